"""Which question gives the number that a goal or a line of a matrix shows, so that it can be explained.

Invariant: the answer's value in the period named is the goal's `actual`, the line's `fact`; a test holds both together.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from kpi_tui.metrics.answer import Question, filter_of
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.review.goals import GUARDRAILS, GoalResult
from kpi_tui.review.team import LineResult
from kpi_tui.workspace.model import Goal
from kpi_tui.workspace.periods import Period


class Basis(Struct, frozen=True):
    """The value of `metric` in `period` of the answer to `question`, without a split."""

    metric: str
    question: Question
    period: Period


def basis_of_goal(evaluator: Evaluator, result: GoalResult) -> Basis | None:
    """What a goal's actual is; None where it has none that data give."""
    goal, judged = result.goal, result.judged
    if goal.metric is None or judged is None:
        return None
    until = min(judged, goal.due or judged)
    if result.is_flow:
        return _stretch(evaluator, goal, goal.start, until)
    return _of_level(evaluator, goal, until)


def basis_of_line(evaluator: Evaluator, result: LineResult, goals: tuple[Goal, ...], period: Period) -> Basis | None:
    """What the fact of a matrix's line is in a bonus period; None where no data give it."""
    line = result.line
    if line.metric is not None:
        question = Question((line.metric,), "all", period.start, period.end, scope=filter_of(line.where))
        return _only_period(evaluator, line.metric, question)
    goal = next((goal for goal in goals if goal.id == line.goal), None)
    if goal is None or goal.metric is None:
        return None
    is_flow = evaluator.plan.metrics[goal.metric].is_flow
    end = min(period.end, goal.due or period.end)
    if goal.kind in GUARDRAILS:
        return _stretch(evaluator, goal, goal.start if is_flow and goal.start is not None else period.start, end)
    if is_flow:
        return _stretch(evaluator, goal, max(period.start, goal.start or period.start), end)
    if goal.measure == "window":
        return _of_level(evaluator, goal, end)
    return _stretch(evaluator, goal, period.start, period.end)


def _of_level(evaluator: Evaluator, goal: Goal, until: date) -> Basis | None:
    """The window's value, the standing one of a stock or an entry, or that of the last complete month."""
    assert goal.metric is not None  # callers saw to it
    if goal.measure == "window" and goal.start is not None:
        return _stretch(evaluator, goal, goal.start, until)
    plan = evaluator.plan.metrics[goal.metric]
    if plan.metric.at in (None, "last") if plan.tree is None else plan.metric.at == "last":
        return _stretch(evaluator, goal, None, until)
    question = Question((goal.metric,), "month", None, until, scope=filter_of(goal.where))
    answer = evaluator.ask(question)
    complete = [period for period, whole in zip(answer.periods, answer.complete[goal.metric], strict=True) if whole]
    return Basis(goal.metric, question, complete[-1]) if complete and answer.slices else None


def _stretch(evaluator: Evaluator, goal: Goal, start: date | None, end: date) -> Basis | None:
    assert goal.metric is not None  # callers saw to it
    question = Question((goal.metric,), "all", start, end, scope=filter_of(goal.where))
    return _only_period(evaluator, goal.metric, question)


def _only_period(evaluator: Evaluator, metric: str, question: Question) -> Basis | None:
    answer = evaluator.ask(question)
    return Basis(metric, question, answer.periods[0]) if answer.periods and answer.slices else None
