"""What a pane is given to make its rows: the evaluated workspace, how it is looked at and how things are said."""

from __future__ import annotations

from msgspec import Struct

from kpi_tui.language.language import Language
from kpi_tui.metrics.answer import Value
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.review.comparison import Change, compared
from kpi_tui.review.ranking import Part, parts, ranking_metric
from kpi_tui.review.scorecard import Scorecard
from kpi_tui.workspace.model import Metric, Unit, Workspace
from kpi_tui.workspace.periods import Period


class Context(Struct, frozen=True):
    """`period` is the index of the period looked at among those of the scorecard's metrics, None if there are none."""

    scorecard: Scorecard
    evaluator: Evaluator
    language: Language
    period: int | None
    loading: bool = False

    @property
    def workspace(self) -> Workspace:
        return self.scorecard.workspace

    @property
    def ascii(self) -> bool:
        return self.language.numbers.ascii

    @property
    def current(self) -> Period | None:
        """The period looked at."""
        periods = self.scorecard.periods
        return periods[self.period] if self.period is not None and self.period < len(periods) else None

    @property
    def parts(self) -> tuple[Part, ...]:
        """The slices of the split as the view ranks and cuts them, by the period looked at."""
        question, view = self.scorecard.question, self.scorecard.view
        ranked = bool(view.top or view.rank)
        rank = ranking_metric(self.evaluator, question, view.rank) if ranked else None
        return parts(self.evaluator, question, rank=rank, period=self.current, top=view.top if rank else 0)

    def change(self, metric: str, part: Part) -> Change | None:
        """What the value of the period looked at is compared with."""
        if self.current is None:
            return None
        question = part.answer.question
        return compared(self.evaluator, question, metric, self.current, part.names, self.scorecard.view.compare)

    def metric(self, name: str) -> Metric:
        return self.evaluator.plan.metrics[name].metric

    def shown(self, value: Value, unit: Unit) -> str:
        """A value in a grid: short, in the user's language, `…` while data are loaded."""
        if value is None and self.loading:
            return "." if self.ascii else "…"
        return self.language.value(value, unit, compact=True)


def latest(card: Scorecard) -> int | None:
    """The last period that figures speak about: one typed for later is there, but is not looked at first."""
    begun = [at for at, period in enumerate(card.periods) if card.as_of is None or period.start <= card.as_of]
    return begun[-1] if begun else len(card.periods) - 1 if card.periods else None
