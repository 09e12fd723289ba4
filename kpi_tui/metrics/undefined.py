"""Why a metric has no value in all of a question: it is wrong, its data are not there, or they know nothing of what is
asked.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from kpi_tui.errors import Text, text
from kpi_tui.facts.query import apart
from kpi_tui.metrics import entries
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.plan import MetricPlan, own_sources
from kpi_tui.workspace.periods import GRAINS

if TYPE_CHECKING:
    from kpi_tui.metrics.evaluate import Evaluator


def undefined(evaluator: Evaluator, question: Question, plans: Iterable[MetricPlan]) -> dict[str, Text]:
    """The reason for each of these metrics that has one; `plans` in order of evaluation."""
    judge = _Judge(evaluator, question)
    for each in plans:
        judge.judge(each)
    return judge.reasons


class _Judge:
    def __init__(self, evaluator: Evaluator, question: Question) -> None:
        self.evaluator = evaluator
        self.question = question
        self.reasons: dict[str, Text] = {}
        self.troubles: dict[str, Text | None] = {}  # of the sources, which many metrics share

    def judge(self, each: MetricPlan) -> None:
        """Note why a metric is undefined as a whole, if it is."""
        reason = each.error or next((self.reasons[below] for below in each.uses if below in self.reasons), None)
        if reason is None and each.tree is None:
            reason = self._entry_trouble(each)
        for source in own_sources(each):
            if source not in self.troubles:
                self.troubles[source] = self._source_trouble(source)
            reason = reason or self.troubles[source]
        for source in sorted(each.awaited if each.histories else ()):
            reason = reason or self._loading_trouble(source)
        if each.shift is not None or each.histories:
            for source in sorted(each.sources - self.evaluator.coverage.keys()):
                reason = reason or text("source '{source}' has no time column: only its whole is known", source=source)
        if reason is not None:
            self.reasons[each.metric.id] = reason

    def _entry_trouble(self, each: MetricPlan) -> Text | None:
        if not each.metric.entries:
            return text("nothing was entered yet")
        return None if entries.asked(each.metric, self.question) else text("nothing was entered for this split")

    def _loading_trouble(self, source: str) -> Text | None:
        table = self.evaluator.leaf_tables.tables.get(source)
        if table is None or table.engine is None:
            return text("source '{source}' is not loaded", source=source)
        if table.source.time is not None and source not in self.evaluator.coverage:
            return text("source '{source}' has no rows", source=source)
        return None

    def _source_trouble(self, source: str) -> Text | None:
        question = self.question
        table = self.evaluator.leaf_tables.tables.get(source)
        if table is None or table.engine is None:
            return text("source '{source}' is not loaded", source=source)
        named = [name for joined, _ in (*question.where, *question.scope) for name in apart(joined)]
        asked = {*question.by, *named}
        missing = sorted(asked - set(table.source.dimensions))
        if missing:
            return text("source '{source}' has no dimension '{name}'", source=source, name=missing[0])
        if table.source.time is None and (question.grain != "all" or question.start or question.end):
            return text("source '{source}' has no time column: only its whole is known", source=source)
        if table.source.time is not None and source not in self.evaluator.coverage:
            return text("source '{source}' has no rows", source=source)
        if GRAINS.index(question.grain) < GRAINS.index(table.source.every):
            return text("source '{source}' knows no shorter periods than its rows cover", source=source)
        return None
