"""Histories of entities over in-memory rows: who came first, who stayed, who came again, who converted.

Each kind is a pair of counts by period and slice, `base` (how many could) and `counted` (how many did); what is divided
by what happens elsewhere. An entity is a value of the entity's column: a missing one is no entity. Invariant: the
filter of a view never changes what an entity's first row, its orders or its nearest base event are, only which of the
found rows are counted; it leaves rows out of a retention, which knows no such row. The metric's own `where` leaves rows
out before anything else, but of an acquisition: an entity is new once, whatever its first row was.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from datetime import date

import polars as pl
from msgspec import Struct

from kpi_tui.facts.aggregate import PERIOD, ROWS, row_filter, with_period
from kpi_tui.facts.query import Grouping, History, HistoryLeaf
from kpi_tui.facts.table import MOMENT
from kpi_tui.formula.columns import Compiler
from kpi_tui.formula.tree import Node
from kpi_tui.workspace.periods import Period

_ENTITY, _DAY, _AT, _ROW, _FOUND, _ON = "__entity", "__on", "__at", "__row", "__found", "__found_on"
_FIRST = "__first"


class Events(Struct, frozen=True):
    """The rows of one source and the column that dates them."""

    rows: pl.DataFrame
    time: str


def count(history: History, events: Events, grouping: Grouping, converted: Events | None = None) -> pl.DataFrame:
    """`PERIOD`, the dimensions as text, `ROWS` (the base) and a column per `HistoryLeaf`, a row per group with a base.

    `converted` holds the rows of a conversion's other source. Raises `FormulaError` for a condition of wrong types.
    """
    known = _entities(events, history.entity, None if history.kind == "acquisition" else history.where)
    match history.kind:
        case "acquisition":
            found = _acquired(known, history.where, grouping)
        case "retention":
            found = _retained(known, history, grouping)
        case "repeat":
            found = _repeated(known, history, grouping)
        case _:
            assert converted is not None  # a conversion names its source
            found = _converted(known, converted, history, grouping)
    keys = [PERIOD, *grouping.by]
    base, counted = HistoryLeaf(history, "base").column, HistoryLeaf(history, "counted").column
    counts = [pl.len().cast(pl.Int64).alias(base), pl.col(_FOUND).sum().cast(pl.Int64).alias(counted)]
    return found.group_by(keys).agg(pl.len().alias(ROWS), *counts).sort(keys).collect(engine="in-memory")


def _entities(events: Events, entity: str, where: Node | None) -> pl.LazyFrame:
    """The rows that count and have an entity, in the order of the files, with the entity, the day and the moment."""
    rows = events.rows.lazy()
    if where is not None:
        rows = rows.filter(Compiler(events.rows.schema).condition(where))
    return rows.filter(pl.col(entity).is_not_null()).with_columns(
        pl.col(entity).alias(_ENTITY),
        pl.col(events.time).alias(_DAY),
        moment(events.rows.columns, events.time).alias(_AT),
    )


def moment(columns: Container[str], time: str) -> pl.Expr:
    """When an event was: at its time of the day where the rows have any, else on its day."""
    if MOMENT not in columns:
        return pl.col(time)
    return pl.coalesce(MOMENT, pl.col(time).cast(pl.Datetime("us")))


def _placed(rows: pl.LazyFrame, grouping: Grouping) -> pl.LazyFrame:
    """The rows that the filter keeps, in each period that holds their day, with the dimensions as text."""
    kept = rows.filter(row_filter(grouping.where)) if grouping.where else rows
    return with_period(kept, _DAY, grouping).with_columns(pl.col(name).cast(pl.String) for name in grouping.by)


def first_rows(rows: pl.LazyFrame) -> pl.LazyFrame:
    """Each entity's first row: of the earliest day or moment, there the first in the files."""
    return rows.sort(_AT, maintain_order=True).unique(_ENTITY, keep="first", maintain_order=True)


def _acquired(rows: pl.LazyFrame, where: Node | None, grouping: Grouping) -> pl.LazyFrame:
    """The first rows of entities: a first row carries its slice, and what `where` keeps or leaves out."""
    first = first_rows(rows)
    if where is not None:
        first = first.filter(Compiler(first.collect_schema()).condition(where))
    return _placed(first, grouping).with_columns(pl.lit(value=True).alias(_FOUND))


def _repeated(rows: pl.LazyFrame, history: History, grouping: Grouping) -> pl.LazyFrame:
    """The entities active in a period; found are those whose second order, anywhere in the source, is not after it."""
    if history.order is None:
        orders = rows.select(_ENTITY, _DAY)
    else:
        ordered = rows.filter(pl.col(history.order).is_not_null())
        orders = ordered.group_by(_ENTITY, pl.col(history.order).alias(_ROW)).agg(pl.col(_DAY).min())
    second = orders.group_by(_ENTITY).agg(pl.col(_DAY).sort().get(1, null_on_oob=True).alias(_ON))
    active = _placed(rows, grouping).select(PERIOD, *grouping.by, _ENTITY).unique()
    ends = pl.LazyFrame(
        {PERIOD: range(len(grouping.periods)), _DAY: [period.end for period in grouping.periods]},
        schema={PERIOD: pl.Int32, _DAY: pl.Date},
    )
    joined = active.join(second, on=_ENTITY, how="left").join(ends, on=PERIOD, how="left")
    return joined.with_columns((pl.col(_ON) <= pl.col(_DAY)).fill_null(value=False).alias(_FOUND))


def stretches(span: Period, history: History) -> Iterator[tuple[Period, Period]]:
    """The pairs (then, now) that a retention compares for a span of days.

    Now is every `period` that ends within the span or, where none does, the one that holds its end, up to there; then
    is the whole `period` that lies `after` before.
    """
    calendar, grain = history.calendar, history.period
    nows = [period for period in calendar.periods(span.start, span.end, grain) if period.end <= span.end]
    if not nows:
        holding = calendar.period(span.end, grain)
        nows = [Period(holding.start, span.end, holding.name)]
    for now in nows:
        yield earlier(now, history), now


def earlier(now: Period, history: History) -> Period:
    """The `period` that lies `after` of them before the one that `now` begins."""
    then = now
    try:
        for _ in range(history.after):
            then = history.calendar.previous(then, history.period)
    except OverflowError:
        return Period(date.min, date.min, "")
    return then


def compared_stretches(history: History, grouping: Grouping, begin: date | None) -> list[tuple[int, Period, Period]]:
    """The pairs of all the grouping's spans, with the span's index; `begin` is the day of the first row that counts."""
    return [
        (index, *pair)
        for index, span in enumerate(grouping.periods)
        if begin is not None and span.end >= begin  # nobody was active before, however far back a window reaches
        for pair in stretches(Period(max(span.start, begin), span.end, span.name), history)
    ]


def _retained(rows: pl.LazyFrame, history: History, grouping: Grouping) -> pl.LazyFrame:
    """The entities active then; found are those active now, both by rows of the same slice."""
    begin = rows.select(pl.col(_DAY).min()).collect(engine="in-memory").item()
    pairs = compared_stretches(history, grouping, begin)
    times = sorted({time for _, then, now in pairs for time in (then, now)})
    place = {time: index for index, time in enumerate(times)}
    compared = pl.LazyFrame(
        [(index, place[then], place[now]) for index, then, now in pairs],
        schema={PERIOD: pl.Int32, _ROW: pl.Int32, _ON: pl.Int32},
        orient="row",
    )
    active = _placed(rows, Grouping(tuple(times), grouping.by, grouping.where)).with_row_index(_FIRST)
    # The first of its rows stands for an entity in a slice; with the time added it is one number to compare.
    who = pl.col(_FIRST).cast(pl.Int64).first().over(*grouping.by, _ENTITY) * len(times)
    seen = active.select(pl.col(PERIOD).alias(_ROW), *grouping.by, who.alias(_ENTITY)).unique([_ROW, _ENTITY])
    found = seen.collect(engine="in-memory")
    numbers = found.select(pl.col(_ENTITY) + pl.col(_ROW)).to_series()
    then = compared.join(found.lazy(), on=_ROW, how="inner")
    return then.with_columns((pl.col(_ENTITY) + pl.col(_ON)).is_in(numbers.implode()).alias(_FOUND))


def _converted(rows: pl.LazyFrame, converted: Events, history: History, grouping: Grouping) -> pl.LazyFrame:
    """The base events; found are those with a conversion of the same entity, at their time or later, before `within`.

    A conversion belongs to the nearest base event at or before it, of those at one time to the last in the files,
    whatever the view's filter keeps. Where both sources have times of the day these decide, else days do.
    """
    base = rows.with_row_index(_ROW)
    conversions = _entities(converted, history.entity, history.converted_where).select(_ENTITY, _DAY, _AT)
    if history.until is not None:
        conversions = conversions.filter(pl.col(_DAY) <= history.until)
    if base.collect_schema()[_ENTITY] != conversions.collect_schema()[_ENTITY]:
        base, conversions = (side.with_columns(pl.col(_ENTITY).cast(pl.String)) for side in (base, conversions))
    at = _AT if base.collect_schema()[_AT] == conversions.collect_schema()[_AT] else _DAY
    nearest = base.select(_ENTITY, _ROW, pl.col(at).alias(_ON), at)
    paired = conversions.sort(at).join_asof(
        nearest.sort(at, maintain_order=True), on=at, by=_ENTITY, strategy="backward", check_sortedness=False
    )
    soon = pl.lit(value=True)
    if history.within is not None:
        within = history.within
        length = f"{within.months}mo" if within.months is not None else f"{within.days}d"
        soon = pl.col(at) < pl.col(_ON).dt.offset_by(length)
    kept = paired.filter(pl.col(_ROW).is_not_null() & soon).select(_ROW, pl.lit(value=True).alias(_FOUND)).unique()
    flagged = base.join(kept, on=_ROW, how="left").with_columns(pl.col(_FOUND).fill_null(value=False))
    return _placed(flagged, grouping)


def cohort_rows(history: History, events: Events, grouping: Grouping) -> pl.DataFrame:
    """`cohort` (index of the period of an entity's first row), `period` (index), `active`: how many were active then.

    Cohorts are of the entities whose first row the grouping's filter keeps; they are active by any row. Only pairs with
    active entities are there; `active` in the cohort's own period is its size.
    """
    rows = _entities(events, history.entity, history.where)
    first = _placed(first_rows(rows), Grouping(grouping.periods, (), grouping.where))
    active = with_period(rows, _DAY, Grouping(grouping.periods)).select(_ENTITY, pl.col(PERIOD).alias("period"))
    joined = first.select(_ENTITY, pl.col(PERIOD).alias("cohort")).join(active.unique(), on=_ENTITY)
    counted = joined.group_by("cohort", "period").agg(pl.len().cast(pl.Int64).alias("active"))
    return counted.sort("cohort", "period").collect(engine="in-memory")
