"""Plans and facts -> tables of values. The one evaluator: whatever engine counted, arithmetic over leaves is here.

Every question is answered at exactly the grain and slice asked: totals are computed, never added up. Leaf tables are
kept by the grouping they answer, so an edit that changes no leaf counts nothing again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from kpi_tui.facts.aggregate import PERIOD, ROWS, aggregate, dates_with_rows, slices_with_rows
from kpi_tui.facts.query import Filter, Grouping, Leaf, Rows
from kpi_tui.facts.table import Table
from kpi_tui.metrics.answer import Answer, Question, Slice, Value
from kpi_tui.metrics.plan import Plan
from kpi_tui.metrics.tabulate import Coverage, tabulate
from kpi_tui.workspace.model import Workspace
from kpi_tui.workspace.periods import Calendar


class LeafTables:
    """Answers of the engines by what was asked; lives as long as the loaded sources do."""

    def __init__(self, tables: Mapping[str, Table]) -> None:
        self.tables = dict(tables)
        self._kept: dict[tuple[Rows, Grouping], pl.DataFrame] = {}
        self._seen: dict[tuple[str, Grouping], set[Slice]] = {}

    def ask(self, rows: Rows, grouping: Grouping, leaves: Sequence[Leaf]) -> pl.DataFrame:
        """Groups, `__rows` and these leaves over the same rows; only those never asked in this grouping are counted."""
        key = (rows, grouping)
        kept = self._kept.get(key)
        missing = [leaf for leaf in leaves if kept is None or leaf.column not in kept.columns]
        if missing:
            table = self.tables[rows[0]]
            assert table.frame is not None  # evaluation leaves sources out that did not load
            counted = aggregate(table.frame, table.source.time, grouping, missing)
            columns = counted.select(leaf.column for leaf in missing)
            self._kept[key] = kept = counted if kept is None else kept.hstack(columns)
        assert kept is not None  # leaves is never empty
        return kept.select(PERIOD, *grouping.by, ROWS, *(leaf.column for leaf in leaves))

    def seen(self, source: str, grouping: Grouping) -> set[Slice]:
        """The combinations of the grouping's dimensions that the source's rows have."""
        key = (source, grouping)
        if key not in self._seen:
            table = self.tables[source]
            assert table.frame is not None  # as above
            self._seen[key] = slices_with_rows(table.frame, table.source.time, grouping)
        return self._seen[key]


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

    def ask(self, question: Question) -> Answer:
        """The values of the question's metrics; unknown metrics are a KeyError."""
        if question not in self._answers:
            self._answers[question] = tabulate(self, question)
        return self._answers[question]

    def value(self, metric: str, start: date | None, end: date | None, scope: Filter = ()) -> Value:
        """One metric over one stretch of days, in one number; undefined where there are no data in it."""
        answer = self.ask(Question((metric,), "all", start, end, scope=scope))
        return answer.value(metric) if answer.periods and answer.slices else None

    def judged(self, metric: str) -> date | None:
        """The date up to which a metric is known: the earliest of `as_of` and its sources' complete-until."""
        dates = [
            self.coverage[name].complete_until for name in self.plan.metrics[metric].sources if name in self.coverage
        ]
        return min([*dates, self.as_of]) if self.as_of is not None else None

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
            if table.frame is not None and table.source.time is not None and self._has(table, scope):
                counts.append(dates_with_rows(table.frame, table.source.time, start, end, scope))
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
    frame, time = table.frame, table.source.time
    if frame is None or time is None or table.first is None or table.complete_until is None:
        return None
    newest = frame[time].max()
    last = max(table.complete_until, newest) if isinstance(newest, date) else table.complete_until
    return Coverage(table.first, last, table.complete_until)
