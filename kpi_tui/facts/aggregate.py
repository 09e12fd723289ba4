"""Leaves over an in-memory table: one GROUP BY per grouping.

The answer has a row per group that has rows: `__period` (index into the grouping's periods), the dimensions as text,
`__rows` (how many rows), and a column per leaf. A SUM over rows whose cells are all missing is undefined; one over no
rows is 0. Polars' in-memory engine counts what is in memory: the streaming one adds floats in no order, has threads of
its own and 4 MB more of code.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from kpi_tui.facts.query import BETWEEN, MISSING, Filter, Grouping, Leaf, apart
from kpi_tui.formula.columns import Compiler, Typed, as_float
from kpi_tui.formula.tree import Node, render

PERIOD, ROWS = "__period", "__rows"
_DAY = "__day"


def aggregate(frame: pl.DataFrame, time: str | None, grouping: Grouping, leaves: Sequence[Leaf]) -> pl.DataFrame:
    """Compute `leaves` (all over the same rows) over `frame`.

    Raises `FormulaError` for types that do not go together.
    """
    keys = [PERIOD, *grouping.by]
    at = leaves[0].at if leaves else None
    rows = chosen_rows(frame, time, grouping, leaves[0] if leaves else None)
    inputs = _Inputs(frame.schema)
    outputs = [inputs.output(leaf) for leaf in leaves]
    dimensions = [pl.col(name).cast(pl.String) for name in grouping.by]
    prepared = rows.select(PERIOD, _DAY, *dimensions, *inputs.columns.values())
    if at != "average":
        groups = prepared.group_by(keys, maintain_order=True).agg(pl.len().alias(ROWS), *outputs)
        return groups.sort(keys).collect(engine="in-memory")
    daily = prepared.group_by([*keys, _DAY], maintain_order=True).agg(pl.len().alias(ROWS), *outputs)
    means = [pl.col(leaf.column).cast(pl.Float64).mean() for leaf in leaves]
    groups = daily.group_by(keys, maintain_order=True).agg(pl.col(ROWS).sum(), *means)
    return groups.sort(keys).collect(engine="in-memory")


def chosen_rows(frame: pl.DataFrame, time: str | None, grouping: Grouping, leaf: Leaf | None) -> pl.LazyFrame:
    """The rows that `leaf` is counted over, with the index of their period and their day, before its own FILTER."""
    wanted = [row_filter(grouping.where)]  # never empty: Polars takes a filter by nothing for one that keeps no row
    if leaf is not None and leaf.where is not None:
        wanted.append(Compiler(frame.schema).condition(leaf.where))
    if leaf is not None and leaf.at in ("first", "last"):
        rows = with_period(frame.lazy(), time, grouping)
        return _on_chosen_day(rows, latest=leaf.at == "last").filter(*wanted)
    return with_period(frame.lazy().filter(*wanted), time, grouping)


def row_filter(where: Filter) -> pl.Expr:
    """The rows in which every dimension has one of its values; None asks for the missing one."""
    condition = pl.lit(True)
    for dimension, values in where:
        names = apart(dimension)
        if len(names) > 1:
            parts = [pl.col(name).cast(pl.String).fill_null(MISSING) for name in names]
            condition &= pl.concat_str(parts, separator=BETWEEN).is_in([value for value in values if value is not None])
            continue
        column = pl.col(dimension).cast(pl.String)
        named = column.is_in([value for value in values if value is not None]).fill_null(False)
        condition &= (named | column.is_null()) if None in values else named
    return condition


def with_period(rows: pl.LazyFrame, time: str | None, grouping: Grouping) -> pl.LazyFrame:
    """The rows inside the periods, once for each that holds their day, with its index (`PERIOD`) and their day."""
    if time is None or not grouping.periods:
        day = pl.col(time) if time is not None else pl.lit(None, dtype=pl.Date)
        return rows.with_columns(pl.lit(0, dtype=pl.Int32).alias(PERIOD), day.alias(_DAY))
    first, last = grouping.periods[0].start, grouping.periods[-1].end
    if grouping.overlaps:
        return _in_each_period(rows, time, grouping)
    inside = rows.filter(pl.col(time).is_between(first, last))
    index = pl.lit(0, dtype=pl.Int32)
    if len(grouping.periods) > 1:
        starts = pl.lit(pl.Series([period.start for period in grouping.periods], dtype=pl.Date).to_physical())
        index = starts.search_sorted(pl.col(time).to_physical(), side="right").cast(pl.Int32) - 1
    return inside.with_columns(index.alias(PERIOD), pl.col(time).alias(_DAY))


def _in_each_period(rows: pl.LazyFrame, time: str, grouping: Grouping) -> pl.LazyFrame:
    """The rows once for each of the periods, which may overlap, that holds their day."""
    starts = pl.lit(pl.Series([period.start for period in grouping.periods], dtype=pl.Date).to_physical())
    ends = pl.lit(pl.Series([period.end for period in grouping.periods], dtype=pl.Date).to_physical())
    day = pl.col(time).to_physical()
    begun, over = starts.search_sorted(day, side="right"), ends.search_sorted(day, side="left")
    placed = rows.filter(begun > over).with_columns(
        pl.int_ranges(over, begun, dtype=pl.Int32).alias(PERIOD), pl.col(time).alias(_DAY)
    )
    return placed.explode(PERIOD)


def _on_chosen_day(rows: pl.LazyFrame, *, latest: bool) -> pl.LazyFrame:
    """The rows of one day per period: the last (first) on which the source has any row, whatever is filtered later."""
    chosen = pl.col(_DAY).max() if latest else pl.col(_DAY).min()
    return rows.filter(pl.col(_DAY) == chosen.over(PERIOD))


class _Inputs:
    """The columns that leaves aggregate: every argument and filter once, computed row by row before grouping."""

    def __init__(self, schema: Mapping[str, pl.DataType]) -> None:
        self.schema = schema
        self.columns: dict[str, pl.Expr] = {}

    def output(self, leaf: Leaf) -> pl.Expr:
        """The aggregate expression of `leaf` over the prepared columns."""
        call = leaf.aggregate
        wanted = self._column(leaf, call.condition) if call.condition is not None else None
        rows = wanted.expression.sum() if wanted else pl.len()
        if call.argument is None:
            return rows.cast(pl.Int64).alias(leaf.column)
        value = self._column(leaf, call.argument)
        cells = Typed(value.expression.filter(wanted.expression), value.kind, value.scale) if wanted else value
        return _output(leaf, cells, rows).alias(leaf.column)

    def _column(self, leaf: Leaf, node: Node) -> Typed:
        compiled = Compiler(self.schema, leaf.text).compile(node)
        name = f"__in:{render(node)}"
        self.columns[name] = compiled.expression.alias(name)
        return Typed(pl.col(name), compiled.kind, compiled.scale)


def _output(leaf: Leaf, cells: Typed, rows: pl.Expr) -> pl.Expr:
    values = cells.expression
    match leaf.aggregate.function:
        case "COUNT" if leaf.aggregate.distinct:
            return values.drop_nulls().n_unique().cast(pl.Int64)
        case "COUNT":
            return values.count().cast(pl.Int64)
        case "SUM":
            return pl.when((values.count() > 0) | (rows == 0)).then(values.sum())
        case "AVG":
            return pl.when(values.count() > 0).then(as_float(Typed(values.sum(), cells.kind)) / values.count())
        case "MIN":
            return values.min()
        case "MAX":
            return values.max()
        case "MEDIAN":
            return as_float(cells).median()
        case "QUANTILE":
            assert leaf.aggregate.quantile is not None  # the parser saw to it
            return as_float(cells).quantile(float(leaf.aggregate.quantile), interpolation="linear")
        case _:
            return as_float(cells).std(ddof=1)


def slices_with_rows(frame: pl.DataFrame, time: str | None, grouping: Grouping) -> set[tuple[str | None, ...]]:
    """The combinations of the grouping's dimensions that its rows have in all its periods together."""
    rows = with_period(frame.lazy().filter(row_filter(grouping.where)), time, grouping)
    seen = rows.select(pl.col(name).cast(pl.String) for name in grouping.by).unique()
    return set(seen.collect(engine="in-memory").iter_rows())


def dates_with_rows(frame: pl.DataFrame, time: str, start: date, end: date, where: Filter) -> int:
    """On how many dates of `start`..`end` there is a row."""
    inside = frame.filter(pl.col(time).is_between(start, end) & row_filter(where))
    return inside[time].n_unique()
