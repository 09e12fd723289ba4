"""The slices of a split in the order of one metric: the top or bottom few, the rest as one row, and the total.

Invariant: the row `(other)` and the total are evaluated over exactly their rows, never added up, so a count of distinct
customers or a ratio is right in them too.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from kpi_tui.facts.query import together
from kpi_tui.metrics.answer import Answer, Question, Slice, Value
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.review.comparison import Change, compared
from kpi_tui.review.view import View
from kpi_tui.workspace.periods import Period

PartKind = Literal["slice", "other", "total"]


class Part(Struct, frozen=True):
    """One row of a split: where its values are. `names` are those of the split's dimensions, empty but for a slice;
    `count` is how many slices it gathers.
    """

    kind: PartKind
    names: Slice
    answer: Answer
    index: int = 0
    count: int = 1

    def value(self, metric: str, period: Period) -> Value:
        """The value in a period; None where the answer does not reach there."""
        found = next((i for i, each in enumerate(self.answer.periods) if each.name == period.name), None)
        return self.answer.value(metric, found, self.index) if found is not None and self.answer.slices else None

    def is_corrected(self, metric: str, period: Period) -> bool:
        """Whether a correction is in the value of a period."""
        found = next((i for i, each in enumerate(self.answer.periods) if each.name == period.name), None)
        return found is not None and self.answer.is_corrected(metric, found, self.index)

    def series(self, metric: str) -> tuple[Value, ...]:
        """The values over all periods of its answer."""
        return self.answer.series(metric, self.index)


class Breakdown(Struct, frozen=True):
    """Metrics as they are shown: `answer` to the question asked, its rows and what they are compared with, if they are.

    `cut` tells that only some slices have a row of their own.
    """

    evaluator: Evaluator
    answer: Answer
    parts: tuple[Part, ...]
    comparison: str | None = None
    cut: bool = False

    def change(self, metric: str, period: Period, part: Part) -> Change | None:
        """What a value is compared with."""
        if self.comparison is None:
            return None
        return compared(self.evaluator, part.answer.question, metric, period, part.names, self.comparison)


def breakdown(evaluator: Evaluator, question: Question, view: View, *, compare: bool) -> Breakdown:
    """What a view shows of a question that it asks: cut to its top or bottom few, a total below them then."""
    answer = evaluator.ask(question)
    rank = ranking_metric(evaluator, question, view.rank) if question.by and (view.top or view.rank) else None
    period = ranking_period(evaluator, question, rank) if rank is not None else None
    found = parts(evaluator, question, rank=rank, period=period, top=view.top)
    cut = bool(view.top and question.by)
    if cut:
        found = (*found, total(evaluator, question))
    return Breakdown(evaluator, answer, found, view.compare if compare else None, cut)


def parts(
    evaluator: Evaluator, question: Question, *, rank: str | None = None, period: Period | None = None, top: int = 0
) -> tuple[Part, ...]:
    """The slices of a split question: all in the order of their names, or by the metric `rank` in `period`.

    With `top` so many are kept, the highest first (negative: the lowest first), and the rest gathered. A slice without
    a value comes last either way; slices with the same value keep the order of their names.
    """
    answer = evaluator.ask(question)
    if not question.by:
        return (Part("total", (), answer),)
    found = [Part("slice", names, answer, index) for index, names in enumerate(answer.slices)]
    if rank is not None and period is not None:
        found = _ranked(found, rank, period, highest=top >= 0)
    if not top or abs(top) >= len(found):
        return tuple(found)
    kept, rest = found[: abs(top)], found[abs(top) :]
    scope = (*question.scope, *together(question.by, sorted((part.names for part in rest), key=str)))
    gathered = evaluator.ask(replace(question, by=(), scope=scope))
    return (*kept, Part("other", (), gathered, count=len(rest)))


def total(evaluator: Evaluator, question: Question) -> Part:
    """The whole of a split question."""
    return Part("total", (), evaluator.ask(replace(question, by=())))


def ranking_metric(evaluator: Evaluator, question: Question, wanted: str | None) -> str | None:
    """The metric slices are ranked by: the one wanted, else the first that has a value in this split."""
    if wanted is not None:
        return wanted
    reasons = evaluator.ask(question).reasons
    return next((name for name in question.metrics if name not in reasons), None)


def ranking_period(evaluator: Evaluator, question: Question, rank: str) -> Period | None:
    """The period whose values decide where none is looked at: the last complete one, else the last."""
    answer = evaluator.ask(question)
    whole = [period for period, complete in zip(answer.periods, answer.complete[rank], strict=True) if complete]
    return next(reversed(whole or answer.periods), None)


def _ranked(found: list[Part], rank: str, period: Period, *, highest: bool) -> list[Part]:
    def place(part: Part) -> tuple[bool, float]:
        value = part.value(rank, period)
        return (value is None, 0.0 if value is None else -float(value) if highest else float(value))

    return sorted(found, key=place)
