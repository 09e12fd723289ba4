"""Answers that do not follow from a cube: distinct counts, medians and histories, by a look at the rows of all files.

What can be is counted in one pass over the files, batch by batch; the rest takes the columns it needs of the rows it
needs and is counted as a small source would be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date

import polars as pl
from msgspec import Struct

from kpi_tui.facts.activity import Activity, NoMask, TooMany, entity_rows, is_foldable, times_of
from kpi_tui.facts.aggregate import PERIOD, aggregate
from kpi_tui.facts.batches import Batch, Unusable, batches, head
from kpi_tui.facts.counting import Report, condition_columns, rows_of
from kpi_tui.facts.distinct import Distinct, DoesNotFit, is_countable
from kpi_tui.facts.engines import Asked, AskedHistory
from kpi_tui.facts.files import File
from kpi_tui.facts.histories import Events, cohort_rows, count, moment
from kpi_tui.facts.query import Filter, Grouping, History, Leaf, apart
from kpi_tui.facts.table import MOMENT
from kpi_tui.formula.columns import Compiler
from kpi_tui.formula.tree import Node, column_names
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.periods import Period

_ROWS_AT_ONCE = 10_000_000  # of the three columns or so that a history takes
_DISTINCT_AT_ONCE = 3_000_000  # rows of which every one is kept as an integer
_PART_ROWS = 10_000_000  # of a part of the entities that is counted in memory
_MOST_PARTS = 64
_LEAST_LINE, _LEAST_PACKED = 30, 5  # bytes of a row in a text, for an estimate


class Where(Struct, frozen=True):
    """A source and its files; `tidy` where its dimensions are written as they are shown."""

    source: Source
    files: tuple[File, ...]
    tidy: bool = False


Anything = Asked | AskedHistory


def count_asked(asked: Sequence[Anything], where: Mapping[str, Where], report: Report) -> list[pl.DataFrame]:
    """The answers, in the order asked.

    Those of `Asked` for distinct counts lack `__rows` and groups without a value, which the cube knows.
    """
    fast = [one for one in asked if isinstance(one, Asked) and all(map(is_countable, one.leaves))]
    known = _distinct(fast, where, report) if fast else {}
    return [known[index] if (index := _index(fast, one)) in known else _generally(one, where, report) for one in asked]


def _index(among: Sequence[Asked], one: Anything) -> int:
    return next((index for index, other in enumerate(among) if other is one), -1)


def _distinct(asked: Sequence[Asked], where: Mapping[str, Where], report: Report) -> dict[int, pl.DataFrame]:
    """Distinct counts by their place in `asked`, one pass a source; those that do not fit are left out."""
    found: dict[int, pl.DataFrame] = {}
    for name in dict.fromkeys(one.source for one in asked):
        mine = {index: one for index, one in enumerate(asked) if one.source == name}
        for index, counts in _of_source(where[name], mine, report).items():
            frames = [each.counted() for each in counts]
            whole = frames[0]
            keys = [column for column in whole.columns if column != counts[0].leaf.column]
            for other in frames[1:]:
                whole = whole.join(other, on=keys, how="full", coalesce=True, nulls_equal=True)
            found[index] = whole
    return found


def _of_source(where: Where, asked: Mapping[int, Asked], report: Report) -> dict[int, list[Distinct]]:
    source = where.source
    counting: dict[int, list[Distinct]] = {}
    for index, one in asked.items():
        try:
            counting[index] = [
                Distinct(source.time, one.grouping, leaf, f"distinct.{index}.{place}")
                for place, leaf in enumerate(one.leaves)
            ]
        except DoesNotFit:
            continue
    if not counting:
        return {}
    needed = frozenset().union(*(columns_of(asked[index]) for index in counting)) | condition_columns(source)
    needed |= {source.time} if source.time else set()
    spans = [_span(asked[index].grouping) for index in counting]
    known_spans = [span for span in spans if span is not None]
    span = None
    if len(known_spans) == len(spans):
        span = min(first for first, _ in known_spans), max(last for _, last in known_spans)
    behind = 0
    for file in where.files:
        try:
            known = head(source, file, needed)
        except Unusable:
            continue
        raw = frozenset(source.dimensions) if where.tidy and known.plain else frozenset()
        for batch in batches(source, file, known, needed, raw, span=span, most=_DISTINCT_AT_ONCE):
            if batch.schema:
                for index in list(counting):
                    try:
                        for each in counting[index]:
                            each.add(batch.rows, batch.schema)
                    except DoesNotFit:
                        del counting[index]
            report(behind + batch.done, batch.read)
        behind += file.size
    return counting


def _generally(one: Anything, where: Mapping[str, Where], report: Report) -> pl.DataFrame:
    if isinstance(one, AskedHistory):
        return _history(one, where, report)
    here = where[one.source]
    rows = rows_of(
        here.source, here.files, columns_of(one), _span(one.grouping), fold=None, tidy=here.tidy, report=report
    )
    return aggregate(rows, here.source.time, one.grouping, one.leaves)


def _span(grouping: Grouping) -> tuple[date, date] | None:
    """The first and the last day that a grouping asks for."""
    if not grouping.periods:
        return None
    return grouping.periods[0].start, max(period.end for period in grouping.periods)


def _history(one: AskedHistory, where: Mapping[str, Where], report: Report) -> pl.DataFrame:
    history, grouping = one.history, one.grouping
    here = where[history.source]
    if is_foldable(history, grouping, cohorts=one.cohorts):
        with suppress(NoMask):
            return _activity(one, here, report)
    found: list[pl.DataFrame] = []
    parts = 1 if history.kind == "acquisition" and not one.cohorts else _parts(history, where)
    for part in range(parts):
        mine = _of_part(history, part, parts) if parts > 1 else None
        events = _events(here, history, history.where, grouping, mine, report, cohorts=one.cohorts)
        if one.cohorts:
            found.append(cohort_rows(history, events, grouping))
            continue
        converted = None
        if history.converted:
            other = where[history.converted]
            converted = _events(other, history, history.converted_where, grouping, mine, report, cohorts=False)
        found.append(count(history, events, grouping, converted))
    return _added(found, _keys(one))


def _activity(one: AskedHistory, here: Where, report: Report) -> pl.DataFrame:
    """A history by one mask an entity. Raises `NoMask`."""
    history, grouping = one.history, one.grouping
    pairs: list[tuple[int, Period, Period]] = []
    times = grouping.periods
    if not one.cohorts:
        times, pairs = times_of(history, grouping, _first_day(one, here))
    time = here.source.time
    assert time is not None  # histories have dates
    slices = Grouping(times, () if one.cohorts else grouping.by, grouping.where)  # cohorts are of the whole source
    parts = 1
    while True:
        found: list[pl.DataFrame] = []
        try:
            for part in range(parts):
                activity = Activity(history, time, times, slices, f"activity.{parts}.{part}")
                for batch, behind in _batches(one, here):
                    rows = batch.rows if parts == 1 else batch.rows.filter(_of_part(history, part, parts))
                    activity.add(rows, batch.schema)
                    report(behind + batch.done, batch.read)
                found.append(activity.cohorts() if one.cohorts else activity.retention(pairs))
        except TooMany:
            parts *= 4
            if parts > _MOST_PARTS:
                raise NoMask from None
            continue
        return _added(found, _keys(one))


def _keys(one: AskedHistory) -> list[str]:
    """What the counts of parts of the entities are added up by."""
    return ["cohort", "period"] if one.cohorts else [PERIOD, *one.grouping.by]


def _of_part(history: History, part: int, parts: int) -> pl.Expr:
    """The rows of every so manieth entity."""
    return pl.col(history.entity).cast(pl.String).hash() % parts == part


def _first_day(one: AskedHistory, here: Where) -> date | None:
    """The day of the first row that counts."""
    time = here.source.time
    assert time is not None  # the caller saw to it
    days = [
        entity_rows(one.history, time, batch.rows, batch.schema).select(pl.col(time).min()).collect().item()
        for batch, _ in _batches(one, here)
    ]
    return min((day for day in days if day is not None), default=None)


def _batches(one: AskedHistory, here: Where) -> Iterator[tuple[Batch, int]]:
    """The batches that have rows, with the bytes of the files before."""
    source = here.source
    needed = _history_columns(here, one.history, one.history.where, one.grouping) | condition_columns(source)
    behind = 0
    for file in here.files:
        try:
            known = head(source, file, needed)
        except Unusable:
            continue
        raw = frozenset(source.dimensions) - condition_columns(source) if here.tidy and known.plain else frozenset()
        for batch in batches(source, file, known, needed, raw, most=_ROWS_AT_ONCE):
            if batch.schema:
                yield batch, behind
        behind += file.size


def _history_columns(here: Where, history: History, condition: Node | None, grouping: Grouping) -> frozenset[str]:
    time = here.source.time
    assert time is not None  # histories have dates
    names = {history.entity, *_names(condition), *_dimensions(grouping), *([history.order] if history.order else [])}
    timed = history.kind in ("acquisition", "conversion") and here.source.columns.get(time) == "datetime"
    return frozenset({*names, time, *([MOMENT] if timed else [])})


def _parts(history: History, where: Mapping[str, Where]) -> int:
    """In how many parts the entities are counted: the rows of one have to fit into memory.

    Histories of different entities have nothing to do with each other, so counts of parts add up.
    """
    names = {history.source, *([history.converted] if history.converted else [])}
    rows = 0
    for name in names:
        for file in where[name].files:
            try:
                known = head(where[name].source, file, frozenset())
            except Unusable:
                continue
            rows += known.rows or file.size // (_LEAST_PACKED if file.packing else _LEAST_LINE)
    return max(1, (rows + _PART_ROWS - 1) // _PART_ROWS)


def _added(found: Sequence[pl.DataFrame], keys: Sequence[str]) -> pl.DataFrame:
    if len(found) == 1:
        return found[0]
    whole = pl.concat(found)
    return whole.group_by(keys).agg(pl.exclude(keys).sum()).select(whole.columns).cast(whole.schema).sort(keys)


def _events(
    here: Where, history: History, condition: Node | None, grouping: Grouping, mine: pl.Expr | None, report: Report,
    *, cohorts: bool,
) -> Events:  # fmt: skip
    """The rows that a history needs: of a retention and of first rows every one that repeats another is needless."""
    time = here.source.time
    assert time is not None  # histories have dates
    once = history.kind == "acquisition" and not cohorts
    repeats = history.kind == "conversion" or (history.kind == "repeat" and history.order is None)

    def fold(rows: pl.LazyFrame) -> pl.LazyFrame:
        kept = rows.filter(pl.col(history.entity).is_not_null())
        if mine is not None:
            kept = kept.filter(mine)
        schema = kept.collect_schema()
        if once:  # what `where` says of a first row is asked when all are known
            first = kept.sort(moment(schema, time), maintain_order=True)
            return first.unique(history.entity, keep="first", maintain_order=True)
        if condition is not None:
            kept = kept.filter(Compiler(schema).condition(condition))
        return kept if repeats else kept.unique(maintain_order=True)

    columns = _history_columns(here, history, condition, grouping)
    rows = rows_of(here.source, here.files, columns, None, fold=fold, tidy=here.tidy, report=report)
    return Events(rows, time)


def columns_of(asked: Asked) -> frozenset[str]:
    """The columns of the rows that an answer is counted from."""
    names = {name for leaf in asked.leaves for name in _leaf_names(leaf)}
    return frozenset({*names, *_dimensions(asked.grouping)})


def _leaf_names(leaf: Leaf) -> set[str]:
    call = leaf.aggregate
    return {name for node in (call.argument, call.condition, leaf.where) for name in _names(node)}


def _names(node: Node | None) -> set[str]:
    return {name.name for name in column_names(node)} if node is not None else set()


def _dimensions(grouping: Grouping) -> set[str]:
    filtered: Filter = grouping.where
    return {*grouping.by, *(name for key, _ in filtered for name in apart(key))}
