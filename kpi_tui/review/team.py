"""The KPI matrix: what each person's lines came to in one bonus period, their index and their bonus.

Score s(a) of a line's attainment a: `line` is a itself, 0 below the floor and not above the cap; `threshold` rises from
0 at the floor to 1 at a = 1; `steps` is the last step reached. Index = Σ w·s / Σ w over the lines with a value; bonus ×
index is rounded half-up to the currency's minor unit once, at the end. All arithmetic before that is exact.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from kpi_tui.errors import Text, text
from kpi_tui.metrics.answer import Value, filter_of
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.review.exact import exact, number, ratio, rounded
from kpi_tui.review.goals import GUARDRAILS, attainment_of, baseline_of, inside_limits, level_value, target_of
from kpi_tui.review.split import FlowPlan, LevelPlan, Span, fixed_periods, parts
from kpi_tui.workspace.currencies import minor_digits
from kpi_tui.workspace.model import Goal, KpiLine, Member, Workspace
from kpi_tui.workspace.periods import Period


class LineResult(Struct, frozen=True):
    """One line of a matrix; `why` says why it has no value, `contribution` is its share of the index, `goal` the goal
    whose plan and fact it takes."""

    line: KpiLine
    plan: Value = None
    fact: Value = None
    attainment: Value = None
    score: Value = None
    contribution: Value = None
    why: Text | None = None
    goal: Goal | None = None


class MemberResult(Struct, frozen=True):
    """A person's matrix of one period; `provisional` says why the index cannot be paid out yet."""

    member: Member
    period: Period | None
    complete: bool
    index: Value
    payout: Decimal | None
    provisional: Text | None
    lines: tuple[LineResult, ...]


class _Measure(Struct, frozen=True):
    """What a line measures in the period, before its scale."""

    plan: Fraction | None
    fact: Fraction | None
    attainment: Fraction | None
    why: Text | None = None


def matrices(
    evaluator: Evaluator, workspace: Workspace, bonus_period: str | None, known: Iterable[MemberResult] = ()
) -> tuple[MemberResult, ...]:
    """The matrices of everyone for the named period, or the last complete one.

    Those of `known`, of the same evaluator, are taken as they are where nothing that they are made of changed.
    """
    period = _period(evaluator, workspace, bonus_period)
    goals = {goal.id: goal for goal in workspace.goals}
    digits = minor_digits(workspace.settings.currency)
    before = {result.member.id: result for result in known}
    return tuple(
        same
        if (same := before.get(member.id)) is not None and _stands(same, member, goals, period)
        else _matrix(evaluator, member, goals, period, digits)
        for member in workspace.members
    )


def _stands(known: MemberResult, member: Member, goals: Mapping[str, Goal], period: Period | None) -> bool:
    """Whether a matrix is of this very member and period and of goals that are the very same."""
    same = known.member is member and known.period == period
    return same and all(each.goal is (goals[each.line.goal] if each.line.goal else None) for each in known.lines)


def score(line: KpiLine, attainment: Fraction) -> Fraction:
    """The score of an attainment on the line's scale."""
    if line.scale == "steps":
        reached = [Fraction(step.score) for step in line.steps if Fraction(step.start) <= attainment]
        return reached[-1] if reached else Fraction(0)
    floor = Fraction(line.floor) if line.floor is not None else Fraction(0)
    if attainment < floor:
        return Fraction(0)
    scored = attainment
    if line.scale == "threshold" and attainment < 1:
        scored = (attainment - floor) / (1 - floor) if floor < 1 else Fraction(0)
    return min(scored, Fraction(line.cap)) if line.cap is not None else scored


def _period(evaluator: Evaluator, workspace: Workspace, name: str | None) -> Period | None:
    if name is not None:
        return evaluator.calendar.parse(name)
    known_until = _known_until(evaluator, workspace)
    if known_until is None:
        return None
    grain = workspace.settings.bonus_period
    period = evaluator.calendar.period(known_until, grain)
    return period if period.end == known_until else evaluator.calendar.previous(period, grain)


def _known_until(evaluator: Evaluator, workspace: Workspace) -> date | None:
    """The date up to which every metric of the matrices is known."""
    goals = {goal.id: goal for goal in workspace.goals}
    lines = [line for member in workspace.members for line in member.kpis]
    metrics = {line.metric or (goals[line.goal].metric if line.goal else None) for line in lines}
    dates = [judged for metric in metrics if metric is not None and (judged := evaluator.judged(metric)) is not None]
    return min(dates, default=evaluator.as_of)


def _matrix(
    evaluator: Evaluator, member: Member, goals: Mapping[str, Goal], period: Period | None, digits: int
) -> MemberResult:
    if period is None:
        return MemberResult(member, None, False, None, None, text("there is no complete period yet"), ())
    measures = [_measure(evaluator, line, goals, period) for line in member.kpis]
    scores = [
        None if measure.attainment is None else score(line, measure.attainment)
        for line, measure in zip(member.kpis, measures, strict=True)
    ]
    weights = [Fraction(line.weight) for line in member.kpis]
    total = sum((w for w, s in zip(weights, scores, strict=True) if s is not None), Fraction(0))
    index = (
        sum((w * s for w, s in zip(weights, scores, strict=True) if s is not None), Fraction(0)) / total
        if total
        else None
    )
    lines = tuple(
        LineResult(
            line,
            number(measure.plan),
            number(measure.fact),
            number(measure.attainment),
            number(scored),
            number(weight * scored / total) if scored is not None and total else None,
            measure.why,
            goals[line.goal] if line.goal else None,
        )
        for line, measure, weight, scored in zip(member.kpis, measures, weights, scores, strict=True)
    )
    payout = rounded(Fraction(member.bonus) * index, digits) if member.bonus is not None and index is not None else None
    complete = all(_is_complete(evaluator, line, goals, period) for line in member.kpis)
    return MemberResult(member, period, complete, number(index), payout, _provisional(weights, lines, complete), lines)


def _provisional(weights: Sequence[Fraction], lines: Sequence[LineResult], complete: bool) -> Text | None:
    missing = [line for line in lines if line.score is None]
    if not lines:
        return text("no KPI lines yet")
    if not complete:
        return text("the period is not complete")
    if missing:
        return text("{count} of {total} lines without a value", count=len(missing), total=len(lines))
    if sum(weights) not in (1, 100):
        return text("weights add up to {total}, not to 100", total=number(sum(weights, Fraction(0))))
    return None


def _is_complete(evaluator: Evaluator, line: KpiLine, goals: Mapping[str, Goal], period: Period) -> bool:
    metric = line.metric or (goals[line.goal].metric if line.goal else None)
    judged = evaluator.judged(metric) if metric else evaluator.as_of
    return judged is not None and period.end <= judged


def _measure(evaluator: Evaluator, line: KpiLine, goals: Mapping[str, Goal], period: Period) -> _Measure:
    if line.goal is None:
        return _own_plan(evaluator, line, period)
    goal = goals[line.goal]
    if (goal.start is not None and goal.start > period.end) or (goal.due is not None and goal.due < period.start):
        return _Measure(None, None, None, text("the goal is not active in this period"))
    if goal.kind == "milestone":
        return _Measure(Fraction(1), exact(goal.done), exact(goal.done), None if goal.done is not None else _no_value())
    assert goal.metric is not None
    if goal.kind in GUARDRAILS:
        return _guardrail(evaluator, goal, period)
    is_flow = evaluator.plan.metrics[goal.metric].is_flow
    return _of_flow(evaluator, goal, period) if is_flow else _of_level(evaluator, line, goal, period)


def _own_plan(evaluator: Evaluator, line: KpiLine, period: Period) -> _Measure:
    assert line.metric is not None
    good = evaluator.plan.metrics[line.metric].metric.good
    plan = exact(line.plan)
    fact = exact(evaluator.value(line.metric, period.start, period.end, filter_of(line.where)))
    if good == "none":
        return _Measure(plan, fact, None, text("the metric says no good direction"))
    return _attained(fact, plan, rising=good == "up")


def _guardrail(evaluator: Evaluator, goal: Goal, period: Period) -> _Measure:
    assert goal.metric is not None
    limit = target_of(goal, baseline_of(evaluator, goal))
    # a limit on a sum is a limit on what has come together since the goal's start, not on one period's part of it
    adds_up = evaluator.plan.metrics[goal.metric].is_flow and goal.start is not None
    start = goal.start if adds_up else period.start
    fact = exact(evaluator.value(goal.metric, start, min(period.end, goal.due or period.end), filter_of(goal.where)))
    if fact is None:
        return _Measure(limit, None, None, _no_value())
    return _Measure(limit, fact, Fraction(int(inside_limits(goal, fact, limit))))


def _of_flow(evaluator: Evaluator, goal: Goal, period: Period) -> _Measure:
    """Plan: the goal's split over the period's days inside start..due; fact: the metric over those days."""
    target = target_of(goal, baseline_of(evaluator, goal))
    if goal.metric is None or goal.start is None or goal.due is None or target is None:
        return _Measure(None, None, None, _no_value())
    start, end = max(period.start, goal.start), min(period.end, goal.due)
    plan = _part_of_split(evaluator, goal, target, start, end)
    fact = exact(evaluator.value(goal.metric, start, end, filter_of(goal.where)))
    return _attained(fact, plan, rising=goal.kind == "increase")


def _part_of_split(evaluator: Evaluator, goal: Goal, target: Fraction, start: date, end: date) -> Fraction:
    """The part of the target that falls to start..end, days inside the goal.

    The parts of all bonus periods add up to the target exactly, in the metric's smallest unit.
    """
    assert goal.start is not None
    assert goal.due is not None
    assert goal.metric is not None
    path = FlowPlan(Span(goal.start, goal.due), target, fixed_periods(goal, evaluator.calendar))
    settings = evaluator.workspace.settings
    periods = [
        (max(period.start, goal.start), min(period.end, goal.due))
        for period in evaluator.calendar.periods(goal.start, goal.due, settings.bonus_period)
    ]
    unit = evaluator.plan.metrics[goal.metric].metric.unit
    whole_periods = start in {first for first, _ in periods} and end in {last for _, last in periods}
    if unit not in ("money", "count") or not whole_periods:
        return path.between(start, end)
    digits = minor_digits(settings.currency) if unit == "money" else 0
    amounts = parts([path.between(first, last) for first, last in periods], Fraction(1, 10**digits))
    return sum(
        (part for (first, last), part in zip(periods, amounts, strict=True) if start <= first and last <= end),
        Fraction(0),
    )


def _of_level(evaluator: Evaluator, line: KpiLine, goal: Goal, period: Period) -> _Measure:
    """Plan: the path at the period's end; fact: the metric in the period."""
    baseline = baseline_of(evaluator, goal)
    target = target_of(goal, baseline)
    assert goal.metric is not None
    if goal.measure == "window":
        fact = exact(level_value(evaluator, goal, period.end))
    else:
        fact = exact(evaluator.value(goal.metric, period.start, period.end, filter_of(goal.where)))
    if goal.start is None or goal.due is None or baseline is None or target is None or fact is None:
        return _Measure(None, fact, None, _no_value())
    path = LevelPlan(Span(goal.start, goal.due), baseline, target, fixed_periods(goal, evaluator.calendar))
    plan = target if goal.measure == "window" else path.until(period.end)
    if line.attainment == "progress":
        return _Measure(plan, fact, ratio(fact - baseline, plan - baseline))
    return _attained(fact, plan, rising=goal.kind == "increase")


def _attained(fact: Fraction | None, plan: Fraction | None, *, rising: bool) -> _Measure:
    attainment = attainment_of(fact, plan, rising=rising)
    why = None if attainment is not None else _no_value() if fact is None else text("its plan is not above 0")
    return _Measure(plan, fact, attainment, why)


def _no_value() -> Text:
    return text("no value in this period")
