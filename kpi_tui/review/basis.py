"""Which question gives the number that a goal or a matrix line shows: who judges it asks it, who explains it too.

A *flow* is asked from the goal's start. A *level* is what it was in the last complete month, or in the last complete
period of a source whose rows cover longer ones; the last value of what stands (a stock, an entry, what is cumulative,
what is made of such); or over the goal's window. What happens after the due date no longer counts.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from msgspec import Struct

from kpi_tui.errors import Text
from kpi_tui.metrics.answer import Question, Value, filter_of
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.workspace.model import Goal, Grain, KpiLine, Scope
from kpi_tui.workspace.periods import GRAINS, Period

GUARDRAILS = ("at_least", "at_most", "between")


class Basis(Struct, frozen=True):
    """The value of `metric` in `period` of the answer to `question`, without a split."""

    metric: str
    question: Question
    period: Period

    def value(self, evaluator: Evaluator) -> Value:
        """The number."""
        answer = evaluator.ask(self.question)
        return answer.value(self.metric, answer.periods.index(self.period))

    def reason(self, evaluator: Evaluator) -> Text | None:
        """Why there is none, where the metric has none at all."""
        return evaluator.ask(self.question).reasons.get(self.metric)


def basis_of_goal(evaluator: Evaluator, goal: Goal, until: date | None = None) -> Basis | None:
    """What a goal's actual is, at most up to `until`; None where it has none that data give."""
    if goal.metric is None:
        return None
    judged = until or evaluator.judged(goal.metric)
    if judged is None:
        return None
    judged = min(judged, goal.due or judged)
    adds_up = evaluator.plan.metrics[goal.metric].is_flow and goal.start is not None
    if adds_up or (goal.measure == "window" and goal.start is not None and goal.kind not in GUARDRAILS):
        return _over(evaluator, goal.metric, goal.start, judged, goal.where)
    if _stands(evaluator, goal.metric):
        return _over(evaluator, goal.metric, None, judged, goal.where)
    question = Question((goal.metric,), level_grain(evaluator, goal.metric), None, judged, scope=filter_of(goal.where))
    answer = evaluator.ask(question)
    complete = [period for period, whole in zip(answer.periods, answer.complete[goal.metric], strict=True) if whole]
    return Basis(goal.metric, question, complete[-1]) if complete and answer.slices else None


def basis_of_line(evaluator: Evaluator, line: KpiLine, goals: Mapping[str, Goal], period: Period) -> Basis | None:
    """What the fact of a matrix's line is in a bonus period; None where no data give it."""
    if line.metric is not None:
        return _over(evaluator, line.metric, period.start, period.end, line.where)
    goal = goals[line.goal] if line.goal is not None else None
    if goal is None or goal.metric is None:
        return None
    is_flow = evaluator.plan.metrics[goal.metric].is_flow
    end = min(period.end, goal.due or period.end)
    if goal.kind in GUARDRAILS:
        # a limit on a sum is a limit on what has come together since the goal's start, not on one period's part of it
        start = goal.start if is_flow and goal.start is not None else period.start
        return _over(evaluator, goal.metric, start, end, goal.where)
    if is_flow:
        return _over(evaluator, goal.metric, max(period.start, goal.start or period.start), end, goal.where)
    if goal.measure == "window":
        return basis_of_goal(evaluator, goal, period.end)
    return _over(evaluator, goal.metric, period.start, period.end, goal.where)


def level_grain(evaluator: Evaluator, metric: str) -> Grain:
    """The periods by which a level is judged: months, or longer ones where a source's rows cover those."""
    tables = evaluator.leaf_tables.tables
    grains: list[Grain] = ["month", *(tables[name].source.every for name in evaluator.sources_of(metric))]
    return max(grains, key=GRAINS.index)


def _stands(evaluator: Evaluator, metric: str) -> bool:
    """Whether the last value is what it is now: of a stock, an entry, what is cumulative, what is made of such."""
    plan = evaluator.plan.metrics[metric]
    if plan.metric.window is not None or plan.metric.to_date is not None:
        return True  # what is cumulative is taken by its last value, as a stock is
    if plan.tree is None:
        return plan.metric.at in (None, "last") and bool(plan.metric.entries)
    if plan.leaves or plan.histories:
        return plan.metric.at == "last"
    return bool(plan.uses) and all(_stands(evaluator, used) for used in plan.uses)


def _over(evaluator: Evaluator, metric: str, start: date | None, end: date, where: Scope) -> Basis | None:
    """The metric over a stretch of days.

    A period of the calendar is asked for as such: `fill` then knows the period before, and a source whose rows cover
    longer ones says so.
    """
    grain = "all" if start is None else evaluator.calendar.grain_of(start, end)
    question = Question((metric,), grain, start, end, scope=filter_of(where))
    answer = evaluator.ask(question)
    return Basis(metric, question, answer.periods[0]) if answer.periods and answer.slices else None
