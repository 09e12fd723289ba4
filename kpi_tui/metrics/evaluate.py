"""Plans and facts -> tables of values. The one evaluator: whatever engine counted, arithmetic over leaves is here.

Every question is answered at exactly the grain and slice asked: totals are computed, never added up. Leaf tables are
kept by the grouping they answer, so an edit that changes no leaf counts nothing again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from datetime import date
from typing import TYPE_CHECKING, TypeVar

import polars as pl

from kpi_tui.errors import KpiError, text
from kpi_tui.facts.aggregate import PERIOD, ROWS
from kpi_tui.facts.correcting import Corrections, seen_with
from kpi_tui.facts.engines import Asked, AskedHistory, Uncounted
from kpi_tui.facts.query import Filter, Grouping, History, Leaf, Rows
from kpi_tui.facts.table import Table
from kpi_tui.metrics.answer import Answer, Question, Slice, Value
from kpi_tui.metrics.layers import Coverage
from kpi_tui.metrics.plan import Plan
from kpi_tui.metrics.tabulate import periods_of, tabulate
from kpi_tui.workspace.model import Workspace
from kpi_tui.workspace.periods import Calendar, Period

if TYPE_CHECKING:
    from kpi_tui.facts.behind import Behind
    from kpi_tui.facts.engines.scanned import Scanned
    from kpi_tui.facts.histories import Events
    from kpi_tui.facts.scan import Progress, Stop

Found = TypeVar("Found")
_LOOKS = 3  # an answer may need measures first and rows then


class RowsNotKept(KpiError):
    """The rows of a large source are not in memory."""

    def __init__(self, source: str) -> None:
        super().__init__(text("the rows of '{source}' are too many to be kept", source=source))


class LeafTables:
    """Answers of the engines by what was asked; lives as long as the loaded sources do.

    What needs a look at the rows of a large source is counted at once where it may `wait`; else it raises `Uncounted`
    and is remembered in `uncounted` for `catch_up`, which is made for a thread.
    """

    def __init__(self, tables: Mapping[str, Table], *, wait: bool = True) -> None:
        self.tables = dict(tables)
        self.engines = {name: engine for name, table in tables.items() if (engine := table.engine) is not None}
        self.wait = wait
        self.uncounted: list[Asked | AskedHistory] = []
        self._paused = False
        self.corrections = Corrections()
        self._kept: dict[tuple[Rows, Grouping], pl.DataFrame] = {}
        self._seen: dict[tuple[str, Grouping], set[Slice]] = {}
        self._dates: dict[tuple[str, date, date, Filter], int] = {}

    def corrected(self, corrections: Corrections) -> LeafTables:
        """The same answers, which both keep together, with these corrections laid over them."""
        other = copy(self)
        other.corrections = corrections
        return other

    def ask(self, rows: Rows, grouping: Grouping, leaves: Sequence[Leaf]) -> pl.DataFrame:
        """What `facts` gives, corrected."""
        counted = self.facts(rows, grouping, leaves)
        return self.corrections.applied(counted, rows, grouping, leaves, self.facts)

    def facts(self, rows: Rows, grouping: Grouping, leaves: Sequence[Leaf]) -> pl.DataFrame:
        """Groups, `__rows` and these leaves over the same rows; only those never asked in this grouping are counted."""
        key = (rows, grouping)
        kept = self._kept.get(key)
        missing = [leaf for leaf in leaves if kept is None or leaf.column not in kept.columns]
        if missing:
            engine = self.engines[rows[0]]  # evaluation leaves sources out that did not load
            counted = self._answer(lambda: engine.count(grouping, missing))
            columns = counted.select(leaf.column for leaf in missing)
            self._kept[key] = kept = counted if kept is None else kept.hstack(columns)
        assert kept is not None  # leaves is never empty
        return kept.select(PERIOD, *grouping.by, ROWS, *(leaf.column for leaf in leaves))

    def ask_history(self, history: History, grouping: Grouping) -> pl.DataFrame:
        """Groups, `__rows` and the two counts of a history; `facts.histories` says what they count."""
        key = (history.rows, grouping)
        if key not in self._kept and self._is_large(history):
            self._kept[key] = self._scanned_history(history, grouping, cohorts=False)
        if key not in self._kept:
            from kpi_tui.facts.histories import count  # most workspaces know no entities

            converted = self._events(history.converted) if history.converted else None
            self._kept[key] = count(history, self._events(history.source), grouping, converted)
        return self._kept[key]

    def ask_cohorts(self, history: History, grouping: Grouping) -> pl.DataFrame:
        """How many entities of each cohort were active in each period: see `facts.histories.cohort_rows`."""
        if self._is_large(history):
            return self._scanned_history(history, grouping, cohorts=True)
        from kpi_tui.facts.histories import cohort_rows

        return cohort_rows(history, self._events(history.source), grouping)

    def _is_large(self, history: History) -> bool:
        return any(self.tables[name].large is not None for name in (history.source, history.converted) if name)

    def _scanned_history(self, history: History, grouping: Grouping, *, cohorts: bool) -> pl.DataFrame:
        """The counts or cohorts of a history over sources one of which is not in memory."""
        engine = self.tables[history.source].large
        others = self._others(history.source)
        if engine is None:
            reason = text("a large source and a small one cannot be counted together yet")
            raise Uncounted(AskedHistory(history, grouping), reason)
        return self._answer(lambda: engine.history(history, grouping, others, cohorts=cohorts))

    def _others(self, source: str) -> dict[str, Scanned]:
        """The engines of the other large sources."""
        found = {name: table.large for name, table in self.tables.items() if name != source}
        return {name: engine for name, engine in found.items() if engine is not None}

    def _answer(self, ask: Callable[[], Found]) -> Found:
        """What an engine answers, after a look at the rows where that may be waited for."""
        for _ in range(_LOOKS):
            try:
                return ask()
            except Uncounted as lacking:
                if lacking.failed:
                    raise
                if not self.wait:
                    if self._paused:
                        reason = text("counting was stopped: ctrl+l starts it again")
                        raise Uncounted(lacking.asked, reason) from None
                    if lacking.asked not in self.uncounted:
                        self.uncounted.append(lacking.asked)
                    raise
                self.uncounted.append(lacking.asked)
                self.catch_up()
        return ask()

    def pause(self) -> None:
        """Nothing is to be counted any more; what is lacking says so."""
        self._paused = True
        self.uncounted.clear()

    def catch_up(self, progress: Progress | None = None, stop: Stop | None = None) -> None:
        """Look at the rows for all that was asked and could not be answered. Slow; raises `Stopped`."""
        asked, self.uncounted[:] = list(self.uncounted), []
        for name, table in self.tables.items():
            mine = [one for one in asked if one.source == name]
            if mine and table.large is not None:
                table.large.scan(mine, progress, stop, self._others(name))

    def _events(self, source: str) -> Events:
        from kpi_tui.facts.histories import Events

        table = self.tables[source]
        assert table.frame is not None  # as above
        assert table.source.time is not None  # evaluation saw to it
        return Events(table.frame, table.source.time)

    def rows(self, leaf: Leaf, grouping: Grouping, limit: int) -> Behind:
        """The source rows that `leaf` is counted over in the one period and the filter of `grouping`."""
        from kpi_tui.facts.behind import rows_behind  # asked for by one key, not by every start

        table = self.tables[leaf.source]
        if table.frame is None:
            raise RowsNotKept(table.source.id)
        return rows_behind(table.frame, table.source, grouping, leaf, limit)

    def dates(self, source: str, start: date, end: date, where: Filter) -> int:
        """On how many dates of `start`..`end` the source has a row."""
        key = (source, start, end, where)
        if key not in self._dates:
            self._dates[key] = self.engines[source].dates(start, end, where)
        return self._dates[key]

    def seen(self, source: str, grouping: Grouping) -> set[Slice]:
        """The combinations of the grouping's dimensions that the source's rows, or corrections of it, have."""
        key = (source, grouping)
        if key not in self._seen:
            engine = self.engines[source]
            self._seen[key] = self._answer(lambda: engine.slices(grouping))
        return seen_with(self._seen[key], self.corrections, source, grouping)


class Evaluator:
    """Answers questions about the metrics of one workspace over loaded tables. Answers are kept: ask freely."""

    def __init__(self, workspace: Workspace, plan: Plan, leaf_tables: LeafTables) -> None:
        self.workspace = workspace
        self.plan = plan
        self.leaf_tables = leaf_tables
        self.calendar = Calendar.of(workspace.settings)
        self.coverage = {name: found for name, table in leaf_tables.tables.items() if (found := _coverage(table))}
        self.as_of = self._as_of()
        self._answers: dict[Question, Answer] = {}
        self._judged: dict[frozenset[str], date | None] = {}

    def ask(self, question: Question) -> Answer:
        """The values of the question's metrics; unknown metrics are a KeyError."""
        if question not in self._answers:
            self._answers[question] = tabulate(self, question)
        return self._answers[question]

    def periods(self, question: Question) -> tuple[Period, ...]:
        """The periods its answer has, without counting anything."""
        return self._answers[question].periods if question in self._answers else periods_of(self, question)

    def value(self, metric: str, start: date | None, end: date | None, scope: Filter = ()) -> Value:
        """One metric over one stretch of days, in one number; undefined where there are no data in it."""
        answer = self.ask(Question((metric,), "all", start, end, scope=scope))
        return answer.value(metric) if answer.periods and answer.slices else None

    def judged(self, metric: str) -> date | None:
        """The date up to which a metric is known: the earliest of `as_of` and its sources' complete-until."""
        each = self.plan.metrics[metric]
        names = each.sources | each.awaited if each.awaited else each.sources
        if names not in self._judged:
            dates = [self.coverage[name].complete_until for name in names if name in self.coverage]
            self._judged[names] = min([*dates, self.as_of]) if self.as_of is not None else None
        return self._judged[names]

    def first(self, metric: str) -> date | None:
        """The date from which all that the metric is made of is known."""
        dates = [self.coverage[name].first for name in self.plan.metrics[metric].sources if name in self.coverage]
        for name in self.plan.needed(metric):
            typed = self.plan.metrics[name].metric.entries
            if typed and self.plan.metrics[name].tree is None:
                dates.append(min(entry.date for entry in typed))
        return max(dates, default=None)

    def dates_with_rows(self, metric: str, start: date, end: date, scope: Filter) -> int | None:
        """On how many dates the sparsest of the metric's sources has rows; None for a hand-entered metric."""
        counts = []
        for name in self.sources_of(metric):
            table = self.leaf_tables.tables[name]
            if name in self.leaf_tables.engines and table.source.time is not None and self._has(table, scope):
                counts.append(self.leaf_tables.dates(name, start, end, scope))
        return min(counts, default=None)

    def dimensions(self, metric: str) -> frozenset[str]:
        """The dimensions all sources of the metric have."""
        known = [frozenset(self.leaf_tables.tables[name].source.dimensions) for name in self.sources_of(metric)]
        return frozenset.intersection(*known) if known else frozenset()

    def sources_of(self, metric: str) -> frozenset[str]:
        """The loaded sources below a metric."""
        return frozenset(name for name in self.plan.metrics[metric].sources if name in self.leaf_tables.tables)

    @staticmethod
    def _has(table: Table, scope: Filter) -> bool:
        return all(name in table.source.dimensions for name, _ in scope)

    def _as_of(self) -> date | None:
        if self.workspace.settings.as_of is not None:
            return self.workspace.settings.as_of
        known = [coverage.complete_until for coverage in self.coverage.values()]
        if not known:
            known = [entry.date for metric in self.workspace.metrics for entry in metric.entries]
        return max(known, default=None)


def _coverage(table: Table) -> Coverage | None:
    engine, time = table.engine, table.source.time
    if engine is None or time is None or table.first is None or table.complete_until is None:
        return None
    newest = engine.newest
    last = max(table.complete_until, newest) if newest is not None else table.complete_until
    return Coverage(table.first, last, table.complete_until)
