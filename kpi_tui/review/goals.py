"""One goal against its data: actual, progress, plan to date, pace, attainment and status.

The meanings are those of the product's semantics ("Goals"): a *flow* accumulates from nought since `start`, a *level*
moves from the baseline to the target, a *guardrail* is inside or outside, a *milestone* is a share done. Arithmetic is
exact.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct
from msgspec.structs import replace

from kpi_tui.errors import Text, text
from kpi_tui.metrics.answer import Question, Value, filter_of
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.review import status
from kpi_tui.review.basis import GUARDRAILS, basis_of_goal, level_grain
from kpi_tui.review.exact import exact, number, ratio
from kpi_tui.review.split import FlowPlan, LevelPlan, Span, fixed_periods
from kpi_tui.review.status import Status, Timing, Verdict
from kpi_tui.workspace.goal_rules import relative_target
from kpi_tui.workspace.model import Goal, Unit
from kpi_tui.workspace.periods import add_months


class GoalResult(Struct, frozen=True):
    """A goal and everything a face may show of it.

    `actual`, `baseline`, `target` and `plan_to_date` are in the metric's unit; `progress`, `expected`, `attainment` and
    `growth` are shares; `pace` is relative for flows and guardrails, and in points of the way for levels
    (`pace_in_points`).
    """

    goal: Goal
    unit: Unit
    verdict: Verdict
    is_flow: bool = False
    judged: date | None = None
    baseline: Value = None
    target: Value = None
    actual: Value = None
    plan_to_date: Value = None
    progress: Value = None
    expected: Value = None
    attainment: Value = None
    pace: Value = None
    pace_in_points: bool = False
    growth: Value = None
    growth_asked: Value = None
    level: str | None = None

    @property
    def status(self) -> Status:
        return self.verdict.status

    @property
    def counts_in_progress(self) -> bool:
        """Whether an objective averages it; ceilings and guardrails count by their status only."""
        return self.goal.kind not in GUARDRAILS and not (self.is_flow and self.goal.kind == "decrease")


def judge(evaluator: Evaluator, goal: Goal) -> GoalResult:
    """The result of `goal`; whatever cannot be computed is None and the status says why."""
    if goal.kind == "milestone":
        return _milestone(evaluator, goal)
    assert goal.metric is not None  # validation saw to it
    plan = evaluator.plan.metrics[goal.metric]
    empty = GoalResult(
        goal, plan.metric.unit, status.no_data(text("no data")), plan.is_flow, evaluator.judged(goal.metric)
    )
    if goal.kind in GUARDRAILS:
        return _guardrail(evaluator, empty)
    return _flow(evaluator, empty) if plan.is_flow else _level(evaluator, empty)


def _flow(evaluator: Evaluator, result: GoalResult) -> GoalResult:
    goal, judged = result.goal, result.judged
    span, baseline = _span(goal), baseline_of(evaluator, goal)
    target = target_of(goal, baseline)
    if span is None or judged is None or target is None:
        return replace(result, baseline=number(baseline), target=number(target), verdict=_why(evaluator, result))
    path = FlowPlan(span, target, fixed_periods(goal, evaluator.calendar))
    planned = path.until(judged)
    known = replace(
        result,
        baseline=number(baseline),
        target=number(target),
        plan_to_date=number(planned),
        expected=number(ratio(planned, target)),
        growth_asked=number(_less_one(ratio(target, baseline))),
    )
    timing = _timing(evaluator, goal, span, judged)
    actual = actual_of(evaluator, goal) if timing.started else Fraction(0)
    if actual is None:
        return replace(known, verdict=_why(evaluator, result))
    ceiling = goal.kind == "decrease"
    rule = status.of_ceiling if ceiling else status.of_increasing_flow
    return replace(
        known,
        actual=number(actual),
        progress=number(ratio(actual, target)),
        attainment=number(attainment_of(actual, planned, rising=not ceiling)),
        pace=number(ratio(planned - actual if ceiling else actual - planned, planned)),
        growth=number(_growth(evaluator, goal, span, judged, actual, baseline)),
        # a sum that must stay low is below all its levels at first; which one it keeps shows at the end
        level=None if ceiling and not timing.due_passed else _level_reached(goal, actual, target),
        verdict=rule(actual, target, planned, timing),
    )


def _level(evaluator: Evaluator, result: GoalResult) -> GoalResult:
    goal, judged = result.goal, result.judged
    span, baseline = _span(goal), baseline_of(evaluator, goal)
    target = target_of(goal, baseline)
    known = replace(result, baseline=number(baseline), target=number(target), pace_in_points=True)
    actual = actual_of(evaluator, goal)
    if span is None or judged is None or target is None or actual is None:
        return replace(known, actual=number(actual), verdict=_why(evaluator, result))
    if baseline is None:
        return replace(known, actual=number(actual), verdict=status.no_data(text("a level needs a baseline")))
    timing = _timing(evaluator, goal, span, judged)
    rising = goal.kind == "increase"
    reached = actual >= target if rising else actual <= target
    if baseline == target:  # nothing is on the way, but at the end it is reached or not
        verdict = status.of_level_at_due(reached, timing) or status.no_data(text("the target equals the baseline"))
        return replace(known, actual=number(actual), verdict=verdict)
    path = LevelPlan(span, baseline, target, fixed_periods(goal, evaluator.calendar))
    planned = target if goal.measure == "window" else path.until(judged)
    progress, expected = (actual - baseline) / (target - baseline), (planned - baseline) / (target - baseline)
    return replace(
        known,
        actual=number(actual),
        plan_to_date=number(planned),
        progress=number(progress),
        expected=number(expected),
        attainment=number(attainment_of(actual, planned, rising=rising)),
        pace=number(progress - expected),
        level=_level_reached(goal, actual, target),
        verdict=status.of_level(progress, expected, reached, timing),
    )


def _guardrail(evaluator: Evaluator, result: GoalResult) -> GoalResult:
    goal, judged = result.goal, result.judged
    span, baseline = _span(goal), baseline_of(evaluator, goal)
    limit = target_of(goal, baseline)
    known = replace(result, baseline=number(baseline), target=number(limit))
    actual = actual_of(evaluator, goal)
    if actual is None:
        return replace(known, verdict=_why(evaluator, result))
    inside, pace, margin = _distance(goal, actual, limit)
    timing = _timing(evaluator, goal, span, judged) if span is not None and judged is not None else None
    return replace(
        known,
        actual=number(actual),
        attainment=Decimal(1 if inside else 0),
        pace=number(pace),
        verdict=status.of_guardrail(inside, margin, timing),
    )


def _milestone(evaluator: Evaluator, goal: Goal) -> GoalResult:
    span, done, judged = _span(goal), Fraction(goal.done or 0), evaluator.as_of
    result = GoalResult(goal, "percent", status.no_data(text("there is no date to judge it by")), judged=judged)
    if span is None or judged is None:
        return result
    expected = span.elapsed(judged)
    timing = Timing(judged >= span.due, judged >= span.start, expected)
    return replace(
        result,
        target=Decimal(1),
        actual=number(done),
        progress=number(done),
        plan_to_date=number(expected),
        expected=number(expected),
        attainment=number(done),
        pace=number(done - expected),
        pace_in_points=True,
        verdict=status.of_milestone(done, expected, timing),
    )


def inside_limits(goal: Goal, actual: Fraction, limit: Fraction | None) -> bool:
    """Whether a guardrail holds at this value; a guardrail without a limit does not."""
    return _distance(goal, actual, limit)[0]


def _distance(goal: Goal, actual: Fraction, limit: Fraction | None) -> tuple[bool, Fraction | None, Fraction | None]:
    """Inside or not, the signed relative distance to the limit, and that which is compared with the 5 % of `risk`."""
    if goal.kind == "between":
        low, high = exact(goal.low), exact(goal.high)
        if low is None or high is None:
            return False, None, None
        nearest = min(actual - low, high - actual)
        near = low if actual - low <= high - actual else high
        return nearest >= 0, ratio(nearest, abs(near)), ratio(nearest, high - low)
    if limit is None:
        return False, None, None
    gap = actual - limit if goal.kind == "at_least" else limit - actual
    return gap >= 0, ratio(gap, abs(limit)), ratio(gap, abs(limit))


def actual_of(evaluator: Evaluator, goal: Goal) -> Fraction | None:
    """The goal's actual: `basis` says of which days."""
    basis = basis_of_goal(evaluator, goal)
    return exact(basis.value(evaluator)) if basis is not None else None


def baseline_of(evaluator: Evaluator, goal: Goal) -> Fraction | None:
    """The baseline: typed, or the metric's value over `baseline_period`."""
    if goal.baseline is not None or goal.baseline_period is None or goal.metric is None:
        return exact(goal.baseline)
    period = evaluator.calendar.parse(goal.baseline_period)
    return exact(_measured(evaluator, goal, period.start, period.end)) if period else None


def target_of(goal: Goal, baseline: Fraction | None) -> Fraction | None:
    """The target (or a guardrail's limit) as a number: `+20%` and `+5pp` are relative to the baseline."""
    target = goal.target
    if not isinstance(target, str):
        return exact(target)
    if baseline is None:
        return None
    relative = relative_target(target)
    assert relative is not None  # validation saw to it
    change, of = Fraction(relative[0]) / 100, relative[1]
    return baseline * (1 + change) if of == "percent" else baseline + change


def attainment_of(actual: Fraction | None, plan: Fraction | None, *, rising: bool) -> Fraction | None:
    """v/t where more is better, 2 - v/t (not below 0) where less is; undefined for a plan of 0 or below."""
    if actual is None or plan is None or plan <= 0:
        return None
    return actual / plan if rising else max(2 - actual / plan, Fraction(0))


def _measured(evaluator: Evaluator, goal: Goal, start: date | None, end: date | None) -> Value:
    assert goal.metric is not None
    return evaluator.value(goal.metric, start, end, filter_of(goal.where))


def _span(goal: Goal) -> Span | None:
    return Span(goal.start, goal.due) if goal.start is not None and goal.due is not None else None


def _timing(evaluator: Evaluator, goal: Goal, span: Span, judged: date) -> Timing:
    assert goal.metric is not None
    dates = evaluator.dates_with_rows(goal.metric, span.start, min(judged, span.due), filter_of(goal.where))
    return Timing(judged >= span.due, judged >= span.start, span.elapsed(judged), dates)


def _growth(
    evaluator: Evaluator, goal: Goal, span: Span, judged: date, actual: Fraction, baseline: Fraction | None
) -> Fraction | None:
    """v against the same elapsed part of the baseline, less one."""
    if goal.baseline_period is None:
        elapsed = span.elapsed(judged)
        return _less_one(ratio(actual, baseline * elapsed if baseline is not None else None))
    period = evaluator.calendar.parse(goal.baseline_period)
    if period is None:
        return None
    until = min(judged, span.due)
    months = (span.start.year - period.start.year) * 12 + span.start.month - period.start.month
    aligned = span.start.day == period.start.day
    end = add_months(until, -months) if aligned else period.start + timedelta(days=(until - span.start).days)
    before = exact(_measured(evaluator, goal, period.start, min(end, period.end)))
    return _less_one(ratio(actual, before))


def _less_one(value: Fraction | None) -> Fraction | None:
    return None if value is None else value - 1


def _level_reached(goal: Goal, actual: Fraction, target: Fraction) -> str | None:
    """The highest of commit, target and stretch that the value has reached; by the value, never by a percentage."""
    rising = goal.kind == "increase"
    levels = (("stretch", exact(goal.stretch)), ("target", target), ("commit", exact(goal.commit)))
    for name, limit in levels:
        if limit is not None and (actual >= limit if rising else actual <= limit):
            return name
    return None


def _why(evaluator: Evaluator, result: GoalResult) -> Verdict:
    """Why there is no value."""
    goal = result.goal
    assert goal.metric is not None
    if result.judged is None:
        return status.no_data(text("there is no date to judge it by"))
    grain = "all" if result.is_flow else level_grain(evaluator, goal.metric)
    answer = evaluator.ask(Question((goal.metric,), grain, scope=filter_of(goal.where)))
    reason: Text = answer.reasons.get(goal.metric) or text("no complete period with a value yet")
    if isinstance(goal.target, str) and result.baseline is None and goal.metric not in answer.reasons:
        reason = text("the target is relative to a baseline that has no value")
    return status.no_data(reason)
