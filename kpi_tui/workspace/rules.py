"""The rules within one record but for goals: which keys belong together or exclude each other, how far a number goes.

Each rule yields `Problem`s whose paths have indices. Goals have their own file, `goal_rules.py`.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from decimal import Decimal
from functools import cache
from itertools import pairwise
from pathlib import PurePosixPath

from kpi_tui.errors import text
from kpi_tui.workspace import metric_rules, naming
from kpi_tui.workspace.model import Adjustment, KpiLine, Metric, Read, Settings, Source, Workspace
from kpi_tui.workspace.values import Path, Problem

_CURRENCY = re.compile(r"[A-Z]{3}\Z")
_DATABASES = frozenset({".db", ".sqlite", ".sqlite3"})
_PACKED = frozenset({".gz", ".zst"})


def problems(workspace: Workspace) -> Iterator[Problem]:
    """Everything wrong within single records, goals apart."""
    yield from _settings(workspace.settings)
    for index, source in enumerate(workspace.sources):
        yield from _source(source, ("source", index))
        yield from _read(source.read, ("source", index, "read"))
    for index, metric in enumerate(workspace.metrics):
        yield from _metric(metric, ("metric", index))
        yield from metric_rules.problems(metric, workspace, ("metric", index))
    for index, objective in enumerate(workspace.objectives):
        yield from not_negative(objective.weight, ("objective", index, "weight"))
    for index, member in enumerate(workspace.members):
        yield from not_negative(member.capacity, ("member", index, "capacity"))
        yield from not_negative(member.bonus, ("member", index, "bonus"))
        for number, line in enumerate(member.kpis):
            yield from _kpi(line, ("member", index, "kpi", number))
        yield from _said_twice(member.kpis, ("member", index, "kpi"))
    for index, adjustment in enumerate(workspace.adjustments):
        yield from _adjustment(adjustment, ("adjustment", index))


def not_negative(number: Decimal | int | None, path: Path) -> Iterator[Problem]:
    if number is not None and number < 0:
        yield Problem(path, text("'{key}' cannot be negative", key=path[-1]), text("use 0 or more"))


def within(number: Decimal | int | None, low: int, high: int, path: Path) -> Iterator[Problem]:
    if number is not None and not low <= number <= high:
        what = text("'{key}' must be from {low} to {high}", key=path[-1], low=low, high=high)
        yield Problem(path, what)


def empty_scope(where: object, path: Path) -> Iterator[Problem]:
    """A scope whose list of values is empty would never hold."""
    if isinstance(where, dict):
        for dimension, values in where.items():
            if values == ():
                what = text("no value of '{dimension}' is asked for", dimension=dimension)
                yield Problem((*path, dimension), what, text("name at least one value or remove the key"))


def _settings(settings: Settings) -> Iterator[Problem]:
    path: Path = ("workspace",)
    if not _CURRENCY.match(settings.currency):
        what = text("'{code}' is not a currency code", code=settings.currency)
        yield Problem((*path, "currency"), what, text("write its three letters, such as EUR or RUB"))
    yield from within(settings.fiscal_year_start, 1, 12, (*path, "fiscal_year_start"))


def _source(source: Source, path: Path) -> Iterator[Problem]:
    suffixes = [suffix.lower() for suffix in PurePosixPath(source.path).suffixes]
    if suffixes and suffixes[-1] in _PACKED:
        suffixes.pop()
    if not source.path.strip():
        yield Problem((*path, "path"), text("'path' is empty"), text("name a file, such as data/ads-*.csv"))
    elif source.table and suffixes and suffixes[-1] not in _DATABASES:
        what = text("'table' is for databases (.db, .sqlite)")
        yield Problem((*path, "table"), what, text("remove the key"), because=("path",))
    if source.read.date_columns and source.time is None:
        what = text("'date_columns' makes a column that `time` does not name")
        cure = text('add `time = "date"` to the source')
        yield Problem((*path, "read", "date_columns"), what, cure, because=("time",))
    for name in sorted({name for name in source.dimensions if source.dimensions.count(name) > 1}):
        yield Problem((*path, "dimensions"), text("the dimension '{name}' is named twice", name=name))
    renamed = list(source.rename.values())
    for column, name in source.rename.items():
        if not name:
            yield Problem((*path, "rename", column), text("a column cannot be renamed to nothing"))
        elif renamed.count(name) > 1:
            what = text("more than one column is renamed to '{name}'", name=name)
            yield Problem((*path, "rename", column), what, text("give each column its own name"))


def _read(read: Read, path: Path) -> Iterator[Problem]:
    if not _is_encoding(read.encoding):
        what = text("the encoding '{name}' is not known", name=read.encoding)
        yield Problem((*path, "encoding"), what, text("use a name such as utf-8, cp1251 or utf-16"))
    for key, mark in (("separator", read.separator), ("decimal", read.decimal)):
        if len(mark) != 1 or mark in '"\r\n':
            yield Problem((*path, key), text("'{key}' must be one character", key=key))
    if len(read.thousands) > 1:
        yield Problem((*path, "thousands"), text("'{key}' must be one character", key="thousands"))
    if read.thousands and read.thousands == read.decimal:
        what = text("'thousands' and 'decimal' are the same character")
        yield Problem((*path, "thousands"), what, because=("decimal",))
    for written in (read.date,) if isinstance(read.date, str) else read.date or ("",):
        if "%" not in written and written != "excel":
            what = text("'{format}' is not a date format", format=written)
            yield Problem((*path, "date"), what, text("write it like %d.%m.%Y"))
    yield from not_negative(read.skip_rows, (*path, "skip_rows"))
    yield from within(read.header_rows, 0, 5, (*path, "header_rows"))
    if len(read.date_columns) == 1:
        what = text("'date_columns' names a single column")
        yield Problem((*path, "date_columns"), what, text("name it in `time`, without `date_columns`"))
    if "" in read.strip:
        yield Problem((*path, "strip"), text("'strip' holds an empty sign"), text("name signs such as ₽ or USD"))


def _metric(metric: Metric, path: Path) -> Iterator[Problem]:
    if metric.formula and metric.entries:
        what = text("a metric has either a formula or entries, not both")
        yield Problem((*path, "entries"), what, text("remove one of them"), because=("formula",))
    if metric.at == "sum" and metric.formula:
        what = text("'at' = 'sum' is for entries; a formula says itself what is added up")
        yield Problem((*path, "at"), what, text("remove 'at'"), because=("formula",))
    if metric.share_of_total and not metric.formula and metric.events is None:
        what = text("'share_of_total' needs a formula")
        yield Problem((*path, "share_of_total"), what, text("add the formula or remove the key"), because=("formula",))
    slices: set[tuple[object, ...]] = set()
    for index, entry in enumerate(metric.entries):
        key = (entry.date, *sorted(entry.by.items()))
        if key in slices:
            what = text("there is more than one entry for {name}", name=naming.names((entry,))[0])
            yield Problem((*path, "entries", index), what, text("keep one a date and slice"), because=("date", "by"))
        slices.add(key)
        if entry.n is not None and entry.n < 1:
            yield Problem((*path, "entries", index, "n"), text("'n' must be 1 or more"))


def _kpi(line: KpiLine, path: Path) -> Iterator[Problem]:
    if (line.goal is None) == (line.metric is None):
        what = text("a KPI line names either a goal or a metric")
        yield Problem((*path, "goal"), what, text("keep exactly one of them"), because=("metric",))
    if line.goal is None and line.metric is not None and line.plan is None:
        what = text("a metric in a KPI line needs a plan")
        yield Problem((*path, "plan"), what, text("add plan = ..."), because=("metric",))
    if line.goal is not None and line.metric is None:
        for key, given in (("plan", line.plan is not None), ("where", bool(line.where))):
            if given:
                what = text("'{key}' is for a metric; the goal has its own", key=key)
                yield Problem((*path, key), what, text("remove it"), because=("goal", "metric"))
    for key, number in (("weight", line.weight), ("floor", line.floor), ("cap", line.cap)):
        yield from not_negative(number, (*path, key))
    if line.floor is not None and line.cap is not None and line.floor > line.cap:
        yield Problem((*path, "floor"), text("'floor' is above 'cap'"), because=("cap",))
    yield from empty_scope(line.where, (*path, "where"))
    yield from _steps(line, path)


def _steps(line: KpiLine, path: Path) -> Iterator[Problem]:
    if line.scale == "steps" and not line.steps:
        what = text("the scale 'steps' needs steps")
        cure = text("add {example}", example="steps = [{ from = 0, score = 0 }, { from = 1, score = 1 }]")
        yield Problem((*path, "steps"), what, cure, because=("scale",))
    starts = [step.start for step in line.steps]
    if any(later <= earlier for earlier, later in pairwise(starts)):
        yield Problem((*path, "steps"), text("the steps must rise"), text("order them by 'from', each once"))


def _adjustment(adjustment: Adjustment, path: Path) -> Iterator[Problem]:
    if (adjustment.add is None) == (adjustment.set is None):
        what = text("a correction has either 'add' or 'set'")
        yield Problem((*path, "add"), what, text("keep exactly one of them"), because=("set",))
    if not adjustment.column:
        yield Problem((*path, "column"), text("'column' is empty"), text("name the column that is corrected"))


def _said_twice(lines: tuple[KpiLine, ...], path: Path) -> Iterator[Problem]:
    seen: set[str] = set()
    for index, line in enumerate(lines):
        name = naming.kpi_name(line)
        if name in seen:
            what = text("'{name}' is in the matrix twice", name=name)
            yield Problem((*path, index), what, text("keep one line"), because=("goal", "metric", "where"))
        seen.add(name)


@cache
def _is_encoding(name: str) -> bool:
    try:
        codecs.lookup(name)
        "a".encode(name)
    except (LookupError, ValueError):
        return False
    return True
