"""The source rows behind one aggregate in one period and slice: how many there are, and the first of them.

Invariant: the same rows in the same order of filters as `aggregate` counts: the day is chosen before any filter, then
come the view's filter, the metric's condition and the aggregate's own.
"""

from __future__ import annotations

import polars as pl
from msgspec import Struct

from kpi_tui.facts.aggregate import chosen_rows
from kpi_tui.facts.query import Grouping, Leaf
from kpi_tui.facts.table import FILE, LINE
from kpi_tui.formula.columns import Compiler
from kpi_tui.formula.tree import column_names
from kpi_tui.workspace.model import Source


class Behind(Struct, frozen=True):
    """`total` rows are behind the leaf, `without_value` of them with a missing cell where it aggregates one.

    `rows` holds the first of them in the order of the files: `FILE`, `LINE`, then date, dimensions and the columns that
    the leaf reads.
    """

    total: int
    without_value: int
    rows: pl.DataFrame


def rows_behind(frame: pl.DataFrame, source: Source, grouping: Grouping, leaf: Leaf, limit: int) -> Behind:
    """The rows of `frame` that `leaf` is counted over; `grouping` holds one period at most, its filter the slice."""
    call = leaf.aggregate
    compiler = Compiler(frame.schema, leaf.text)
    rows = chosen_rows(frame, source.time, grouping, leaf)
    if call.condition is not None:
        rows = rows.filter(compiler.condition(call.condition))
    missing = compiler.compile(call.argument).expression.is_null().sum() if call.argument is not None else pl.lit(0)
    # A constant argument gives one value for any number of rows; only what reads a column can be missing.
    reads_columns = call.argument is not None and any(column_names(call.argument))
    counts = rows.select(pl.len().alias("total"), (missing if reads_columns else pl.lit(0)).alias("missing"))
    shown = rows.select(_columns(frame, source, leaf)).head(limit)
    counted, first = pl.collect_all([counts, shown])
    return Behind(counted["total"][0], counted["missing"][0], first)


def _columns(frame: pl.DataFrame, source: Source, leaf: Leaf) -> list[str]:
    call = leaf.aggregate
    read = [node.name for part in (call.argument, call.condition, leaf.where) if part for node in column_names(part)]
    dated = [source.time] if source.time is not None else []
    wanted = dict.fromkeys([FILE, LINE, *dated, *source.dimensions, *read])
    return [name for name in wanted if name in frame.columns]
