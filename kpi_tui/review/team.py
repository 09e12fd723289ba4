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

from msgspec import Struct, structs

from kpi_tui.errors import Text, text
from kpi_tui.metrics.answer import Value
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.review.basis import GUARDRAILS, basis_of_line
from kpi_tui.review.exact import exact, number, ratio, rounded
from kpi_tui.review.goals import attainment_of, baseline_of, inside_limits, target_of
from kpi_tui.review.split import FlowPlan, LevelPlan, Span, fixed_periods
from kpi_tui.workspace.currencies import minor_digits
from kpi_tui.workspace.model import Goal, KpiLine, Member, Workspace
from kpi_tui.workspace.periods import Period

_NO_VALUE = text("no value in this period")


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
    goal = goals[line.goal] if line.goal is not None else None
    if goal is not None and _is_idle(goal, period):
        return _Measure(None, None, None, text("the goal is not active in this period"))
    if goal is not None and goal.kind == "milestone":
        done = exact(goal.done)
        return _Measure(Fraction(1), done, done, None if done is not None else _NO_VALUE)
    basis = basis_of_line(evaluator, line, goals, period)
    fact = exact(basis.value(evaluator)) if basis is not None else None
    found = _own_plan(evaluator, line, fact) if goal is None else _of_goal(evaluator, line, goal, period, fact)
    if fact is not None or basis is None or found.why is None:
        return found
    return structs.replace(found, why=basis.reason(evaluator) or found.why)


def _is_idle(goal: Goal, period: Period) -> bool:
    return (goal.start or period.end) > period.end or (goal.due or period.start) < period.start


def _own_plan(evaluator: Evaluator, line: KpiLine, fact: Fraction | None) -> _Measure:
    assert line.metric is not None
    good = evaluator.plan.metrics[line.metric].metric.good
    if good == "none":
        return _Measure(exact(line.plan), fact, None, text("the metric says no good direction"))
    return _attained(fact, exact(line.plan), rising=good == "up")


def _of_goal(evaluator: Evaluator, line: KpiLine, goal: Goal, period: Period, fact: Fraction | None) -> _Measure:
    assert goal.metric is not None  # it is no milestone
    baseline = baseline_of(evaluator, goal)
    target = target_of(goal, baseline)
    if goal.kind in GUARDRAILS:
        if fact is None:
            return _Measure(target, None, None, _NO_VALUE)
        return _Measure(target, fact, Fraction(int(inside_limits(goal, fact, target))))
    if goal.start is None or goal.due is None or target is None:
        return _Measure(None, fact, None, _NO_VALUE)
    if evaluator.plan.metrics[goal.metric].is_flow:
        start, end = max(period.start, goal.start), min(period.end, goal.due)
        plan = _part_of_split(evaluator, goal, target, start, end)
        return _attained(fact, plan, rising=goal.kind == "increase")
    if baseline is None:
        return _Measure(None, fact, None, text("a level needs a baseline"))
    path = LevelPlan(Span(goal.start, goal.due), baseline, target, fixed_periods(goal, evaluator.calendar))
    plan = target if goal.measure == "window" else path.until(period.end)
    if line.attainment == "progress" and fact is not None:
        why = text("its plan is the baseline itself") if plan == baseline else None
        return _Measure(plan, fact, ratio(fact - baseline, plan - baseline), why)
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
    amounts = path.parts(periods, Fraction(1, 10**digits))
    return sum(
        (part for (first, last), part in zip(periods, amounts, strict=True) if start <= first and last <= end),
        Fraction(0),
    )


def _attained(fact: Fraction | None, plan: Fraction | None, *, rising: bool) -> _Measure:
    attainment = attainment_of(fact, plan, rising=rising)
    why = None if attainment is not None else _NO_VALUE if fact is None else text("its plan is not above 0")
    return _Measure(plan, fact, attainment, why)
