"""Answers that do not follow from a cube: distinct counts, medians and histories, by a look at the rows of all files.

What can be is counted in one pass over the files, batch by batch; the rest takes the columns it needs of the rows it
needs and is counted as a small source would be.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import polars as pl
from msgspec import Struct

from kpi_tui.facts.aggregate import aggregate
from kpi_tui.facts.batches import Unusable, batches, head
from kpi_tui.facts.counting import Report, condition_columns, rows_of
from kpi_tui.facts.distinct import Distinct, DoesNotFit, is_countable
from kpi_tui.facts.engines import Asked, AskedHistory
from kpi_tui.facts.files import File
from kpi_tui.facts.histories import Events, cohort_rows, count
from kpi_tui.facts.query import Filter, Grouping, History, Leaf, apart
from kpi_tui.formula.tree import Node, column_names
from kpi_tui.workspace.model import Source


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
    behind = 0
    for file in where.files:
        try:
            known = head(source, file, needed)
        except Unusable:
            continue
        raw = frozenset(source.dimensions) if where.tidy and known.plain else frozenset()
        for batch in batches(source, file, known, needed, raw):
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
    here, grouping = where[one.source], one.grouping
    start = grouping.periods[0].start if grouping.periods else None
    end = max((period.end for period in grouping.periods), default=None)
    rows = rows_of(here.source, here.files, columns_of(one), start, end, distinct=False, tidy=here.tidy, report=report)
    return aggregate(rows, here.source.time, grouping, one.leaves)


def _history(one: AskedHistory, where: Mapping[str, Where], report: Report) -> pl.DataFrame:
    history = one.history
    events = _events(where[history.source], history, history.where, one.grouping, report)
    if one.cohorts:
        return cohort_rows(history, events, one.grouping)
    converted = None
    if history.converted:
        converted = _events(where[history.converted], history, history.converted_where, one.grouping, report)
    return count(history, events, one.grouping, converted)


def _events(here: Where, history: History, condition: Node | None, grouping: Grouping, report: Report) -> Events:
    """The rows that a history needs: of a retention and of first rows every one that repeats another is needless."""
    names = {history.entity, *_names(condition), *_dimensions(grouping), *([history.order] if history.order else [])}
    time = here.source.time
    assert time is not None  # histories have dates
    once = history.kind != "conversion" and not (history.kind == "repeat" and history.order is None)
    rows = rows_of(
        here.source, here.files, frozenset({*names, time}), None, None, distinct=once, tidy=here.tidy, report=report
    )
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
