"""Corrections over facts: amounts more (or less) in a column on a date and slice, laid over what an engine counted.

A correction is no event: it changes totals and nothing else. So it is never a row of the table, and COUNT, COUNT
DISTINCT, MIN, MAX, MEDIAN, QUANTILE and STDDEV, coverage and "dates with rows" do not know of it. SUM gains the part of
its argument that is proportional to the column (`formula.linear`); AVG is the corrected sum over the number of cells
that are there. A stock takes the corrections of the day it is taken on, the average of a stock those of days with rows.
Filters of the view, of the metric and of the aggregate hold for a correction as for a row that has its slice and
nothing else. Invariant: without corrections nothing here costs anything; with them no file is read again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal

import polars as pl
from msgspec import Struct, structs

from kpi_tui.errors import Finding
from kpi_tui.facts.aggregate import PERIOD, ROWS
from kpi_tui.facts.query import BETWEEN, MISSING, Filter, Grouping, Leaf, Rows, apart
from kpi_tui.formula.columns import Compiler
from kpi_tui.formula.linear import linear_part
from kpi_tui.formula.tree import Aggregate, render
from kpi_tui.workspace.periods import Period

Schema = Mapping[str, pl.DataType]
Ask = Callable[[Rows, Grouping, Sequence[Leaf]], pl.DataFrame]  # the facts alone: leaves over one source's rows
Amount = Decimal | int | float
Slice = tuple[str | None, ...]

CORRECTED = ("SUM", "AVG")  # the aggregates that know of corrections
_MORE = "__more"
_ONE_DAY = timedelta(days=1)


class Correction(Struct, frozen=True):
    """`amount` more in `column` on the days `start`..`end`, the period that a row of the source stands for.

    `slice` has a value, or None for the missing one, for each dimension of the source. A source without dates has
    corrections that hold always.
    """

    adjustment: str
    source: str
    column: str
    start: date
    end: date
    slice: Mapping[str, str | None]
    amount: Decimal

    def is_in(self, where: Filter) -> bool:
        """Whether a filter lets it through."""
        return all(self._named(apart(name)) in values for name, values in where)

    def _named(self, dimensions: Sequence[str]) -> str | None:
        """Its values of dimensions that a filter takes together, as `query.together` writes them."""
        if len(dimensions) == 1:
            return self.slice.get(dimensions[0])
        found = [self.slice.get(name) for name in dimensions]
        return BETWEEN.join(MISSING if value is None else value for value in found)


class Share(Struct, frozen=True):
    """What one correction adds to the sum of a leaf's argument."""

    correction: Correction
    amount: Amount


class Corrections(Struct, frozen=True):
    """The corrections that hold, by source and in the order of the file; `schemas` are the columns of their sources."""

    made: Mapping[str, tuple[Correction, ...]] = {}
    schemas: Mapping[str, Schema] = {}
    findings: tuple[Finding, ...] = ()
    _shares: dict[tuple[Rows, str], tuple[Share, ...]] = {}

    def shares(self, leaf: Leaf) -> tuple[Share, ...]:
        """What each correction that the leaf knows of adds to it, whatever the period and slice."""
        if leaf.source not in self.made or leaf.aggregate.function not in CORRECTED:
            return ()
        key = (leaf.rows, render(leaf.aggregate))
        if key not in self._shares:
            self._shares[key] = tuple(self._computed(leaf))
        return self._shares[key]

    def inside(self, leaf: Leaf, period: Period | None, where: Filter, ask: Ask) -> tuple[Share, ...]:
        """The shares in the value of a leaf in one period (None: a source without dates) under these filters."""
        held = [share for share in self.shares(leaf) if share.correction.is_in(where)]
        if period is None:
            return tuple(held)
        return tuple(share for share in held if self._is_in(share.correction, period, leaf, ask))

    def applied(
        self, frame: pl.DataFrame, rows: Rows, grouping: Grouping, leaves: Sequence[Leaf], ask: Ask
    ) -> pl.DataFrame:
        """The answer `frame` of an engine with the corrections in it.

        A group that has nothing but corrections is a row more, with `ROWS` 0 and other leaves undefined.
        """
        for leaf in leaves:
            if not self.shares(leaf):
                continue
            more = self._more(leaf, grouping, ask)
            if more is None:
                continue
            if leaf.at == "average":
                frame = self._averaged(frame, leaf, more, grouping, ask)
            elif leaf.aggregate.function == "AVG":
                frame = self._of_sums(frame, leaf, more, rows, grouping, ask)
            else:
                frame = _summed(frame, leaf.column, more, grouping)
        return frame

    def _computed(self, leaf: Leaf) -> Iterator[Share]:
        call = leaf.aggregate
        if call.argument is None:
            return
        made = self.made[leaf.source]
        for column in dict.fromkeys(correction.column for correction in made):
            part = linear_part(call.argument, column)
            if part is None:
                continue
            found = [correction for correction in made if correction.column == column]
            frame = _as_rows(found, column, self.schemas[leaf.source])
            compiler = Compiler(frame.schema, leaf.text)
            wanted = pl.lit(True)
            for condition in (leaf.where, call.condition):
                if condition is not None:
                    wanted &= compiler.condition(condition).fill_null(False)
            amounts = frame.select(pl.when(wanted).then(compiler.compile(part).expression).alias(_MORE))[_MORE]
            for correction, amount in zip(found, amounts.to_list(), strict=True):
                if amount is not None:
                    yield Share(correction, amount)

    def _more(self, leaf: Leaf, grouping: Grouping, ask: Ask) -> pl.DataFrame | None:
        """The amounts by period and slice."""
        more: dict[tuple[int, Slice], Amount] = {}
        for index, period in enumerate(grouping.periods or (None,)):
            for share in self.inside(leaf, period, grouping.where, ask):
                group = (index, tuple(share.correction.slice.get(name) for name in grouping.by))
                more[group] = _plus(more.get(group, 0), share.amount)
        if not more:
            return None
        return pl.DataFrame(
            {
                PERIOD: pl.Series([index for index, _ in more], dtype=pl.Int32),
                **{
                    name: pl.Series([part[place] for _, part in more], dtype=pl.String)
                    for place, name in enumerate(grouping.by)
                },
                _MORE: _series(list(more.values())),
            }
        )

    def _is_in(self, correction: Correction, period: Period, leaf: Leaf, ask: Ask) -> bool:
        if correction.start not in period:
            return False
        if leaf.at not in ("first", "last"):
            return True
        earlier, later = (period.start, correction.start - _ONE_DAY), (correction.end + _ONE_DAY, period.end)
        beyond = _rows_between(leaf.source, *(later if leaf.at == "last" else earlier), ask)
        return beyond == 0 and _rows_between(leaf.source, correction.start, correction.end, ask) > 0

    def _of_sums(
        self, frame: pl.DataFrame, leaf: Leaf, more: pl.DataFrame, rows: Rows, grouping: Grouping, ask: Ask
    ) -> pl.DataFrame:
        """AVG as the corrected sum over the number of cells, in the groups that have a correction."""
        call = leaf.aggregate
        total = structs.replace(leaf, aggregate=Aggregate("SUM", call.argument, condition=call.condition))
        count = structs.replace(leaf, aggregate=Aggregate("COUNT", call.argument, condition=call.condition))
        keys = [PERIOD, *grouping.by]
        parts = _summed(ask(rows, grouping, (total, count)), total.column, more, grouping)
        mean = pl.when(pl.col(count.column) > 0).then(pl.col(total.column).cast(pl.Float64) / pl.col(count.column))
        means = parts.join(more, on=keys, how="semi", nulls_equal=True).select(*keys, mean.alias(_MORE))
        return _replaced(frame, leaf.column, means, keys)

    def _averaged(
        self, frame: pl.DataFrame, leaf: Leaf, more: pl.DataFrame, grouping: Grouping, ask: Ask
    ) -> pl.DataFrame:
        """The mean over the days with rows of their corrected values, in the groups that have a correction."""
        daily = structs.replace(leaf, at=None)
        keys = [PERIOD, *grouping.by]
        found: list[pl.DataFrame] = []
        for index in more[PERIOD].unique().sort():
            period = grouping.periods[index] if grouping.periods else None
            days = tuple(_days(period)) if period is not None else ()
            asked = Grouping(days, grouping.by, grouping.where)
            counted = self.applied(ask(daily.rows, asked, (daily,)), daily.rows, asked, (daily,), ask)
            counted = counted.filter(pl.col(ROWS) > 0).with_columns(pl.lit(index, dtype=pl.Int32).alias(PERIOD))
            mean = pl.col(daily.column).cast(pl.Float64).mean().alias(_MORE)
            found.append(counted.group_by(keys, maintain_order=True).agg(mean))
        means = pl.concat(found).join(more, on=keys, how="semi", nulls_equal=True)
        return _replaced(frame, leaf.column, means, keys)


def seen_with(
    seen: set[tuple[str | None, ...]], corrections: Corrections, source: str, grouping: Grouping
) -> set[tuple[str | None, ...]]:
    """The slices that rows have, and those that only corrections have."""
    periods = grouping.periods
    more = {
        tuple(correction.slice.get(name) for name in grouping.by)
        for correction in corrections.made.get(source, ())
        if correction.is_in(grouping.where) and (not periods or any(correction.start in period for period in periods))
    }
    return seen | more


def _rows_between(source: str, start: date, end: date, ask: Ask) -> int:
    if start > end:
        return 0
    leaf = Leaf(source, Aggregate("COUNT", None))
    counted = ask(leaf.rows, Grouping((Period(start, end, ""),)), (leaf,))
    return int(counted[leaf.column].sum())


def _summed(frame: pl.DataFrame, column: str, more: pl.DataFrame, grouping: Grouping) -> pl.DataFrame:
    """`frame` with the amounts added to `column`."""
    keys = [PERIOD, *grouping.by]
    dtype = _wider(frame.schema[column], more.schema[_MORE])
    joined = frame.join(more, on=keys, how="full", coalesce=True, nulls_equal=True, maintain_order="left_right")
    before, amount = pl.col(column).cast(dtype), pl.col(_MORE).cast(dtype)
    total = pl.when(amount.is_null()).then(before).otherwise(before.fill_null(0) + amount)
    return joined.with_columns(total.cast(dtype).alias(column), pl.col(ROWS).fill_null(0)).drop(_MORE).sort(keys)


def _replaced(frame: pl.DataFrame, column: str, values: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    joined = frame.join(values, on=keys, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.coalesce(_MORE, column).alias(column)).drop(_MORE)


def _wider(one: pl.DataType, other: pl.DataType) -> pl.DataType:
    """The type that holds the sums of both exactly, as far as there is one."""
    if one.is_float() or other.is_float():
        return pl.Float64()
    scales = [dtype.scale for dtype in (one, other) if isinstance(dtype, pl.Decimal)]
    return pl.Decimal(38, max(scales)) if scales else pl.Int64()


def _series(amounts: list[Amount]) -> pl.Series:
    if any(isinstance(amount, float) for amount in amounts):
        return pl.Series([float(amount) for amount in amounts], dtype=pl.Float64)
    return _exact([amount for amount in amounts if not isinstance(amount, float)])


def _scale(amount: Decimal | int) -> int:
    if isinstance(amount, int):
        return 0
    exponent = amount.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _plus(one: Amount, other: Amount) -> Amount:
    if isinstance(one, float) or isinstance(other, float):
        return float(one) + float(other)
    return one + other


def _as_rows(found: Sequence[Correction], column: str, schema: Schema) -> pl.DataFrame:
    """The corrections as rows with their slice and amount, everything else missing."""
    columns: dict[str, pl.Series] = {}
    for name, dtype in schema.items():
        if name == column:
            columns[name] = _amounts(found, dtype)
        elif found and name in found[0].slice:
            columns[name] = pl.Series([each.slice[name] for each in found], dtype=pl.String).cast(dtype, strict=False)
        else:
            columns[name] = pl.Series([None] * len(found), dtype=dtype)
    return pl.DataFrame(columns)


def _amounts(found: Sequence[Correction], dtype: pl.DataType) -> pl.Series:
    if dtype.is_float():
        return pl.Series([float(each.amount) for each in found], dtype=pl.Float64)
    scale = dtype.scale if isinstance(dtype, pl.Decimal) else 0
    return _exact([each.amount for each in found], scale)


def _exact(amounts: Sequence[Decimal | int], scale: int = 0) -> pl.Series:
    """Whole numbers as integers where they fit, anything else with `scale` digits or as many more as are needed."""
    digits = max([scale, *(_scale(amount) for amount in amounts)])
    whole = [int(amount) for amount in amounts]
    if digits == 0 and all(-(2**63) < amount < 2**63 for amount in whole):
        return pl.Series(whole, dtype=pl.Int64)
    return pl.Series([Decimal(amount) for amount in amounts], dtype=pl.Decimal(38, digits))


def _days(period: Period) -> Iterator[Period]:
    day = period.start
    while day <= period.end:
        yield Period(day, day, day.isoformat())
        day += _ONE_DAY
