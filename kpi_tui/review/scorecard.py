"""Everything any face may show of a workspace under one view: the screen, `show`, `check` read the same frozen object."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from kpi_tui.errors import Finding, Text, did_you_mean, text
from kpi_tui.metrics.answer import Answer, Question
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.metrics.plan import PlaceOf
from kpi_tui.review.exact import exact
from kpi_tui.review.goals import GoalResult, judge
from kpi_tui.review.rollup import ObjectiveResult, roll_up
from kpi_tui.review.split import fixed_periods
from kpi_tui.review.team import MemberResult, matrices
from kpi_tui.review.view import View
from kpi_tui.workspace.model import Goal, KpiLine, Workspace


@dataclass(frozen=True, slots=True)
class Scorecard:
    """The workspace, judged. `metrics` answers the view's question; `findings` are about goals and matrices."""

    workspace: Workspace
    view: View
    as_of: date | None
    goals: tuple[GoalResult, ...]
    objectives: tuple[ObjectiveResult, ...]
    team: tuple[MemberResult, ...]
    metrics: Answer
    findings: tuple[Finding, ...]


def metrics_asked(workspace: Workspace, view: View) -> tuple[str, ...]:
    """The metrics a view shows, in the file's order."""
    return tuple(metric.id for metric in workspace.metrics if not view.metrics or metric.id in view.metrics)


def evaluate(evaluator: Evaluator, workspace: Workspace, view: View, place_of: PlaceOf) -> Scorecard:
    """Judge `workspace` (whose metrics and sources are the evaluator's) under `view`."""
    asked = metrics_asked(workspace, view)
    question = Question(asked, view.grain, view.start, view.end, view.by, view.where)
    goals = tuple(judge(evaluator, goal) for goal in workspace.goals)
    return Scorecard(
        workspace,
        view,
        evaluator.as_of,
        goals,
        roll_up(workspace.objectives, goals),
        matrices(evaluator, workspace, view.bonus_period),
        evaluator.ask(question),
        tuple(_findings(evaluator, workspace, goals, place_of)),
    )


def _findings(
    evaluator: Evaluator, workspace: Workspace, goals: tuple[GoalResult, ...], place_of: PlaceOf
) -> Iterator[Finding]:
    results = {result.goal.id: result for result in goals}
    for result in goals:
        for what, cure, key in _goal_troubles(evaluator, workspace, result):
            yield Finding(place_of(("goal", result.goal.id, key)), what, cure, f"goal '{result.goal.id}'")
    for member in workspace.members:
        for line in member.kpis:
            if (trouble := _line_trouble(evaluator, line, results)) is not None:
                place = place_of(("member", member.id, "kpi", line.goal or line.metric or ""))
                yield Finding(place, *trouble, f"member '{member.id}'", "warning")


def _goal_troubles(
    evaluator: Evaluator, workspace: Workspace, result: GoalResult
) -> Iterator[tuple[Text, Text | None, str]]:
    goal = result.goal
    known = sorted({name for source in workspace.sources for name in source.dimensions})
    typed = {name for metric in workspace.metrics for entry in metric.entries for name in entry.by}
    for name in goal.where:
        if name not in known and name not in typed:
            yield text("no source has a dimension '{name}'", name=name), did_you_mean(name, known), "where"
        elif goal.metric is not None and not _has_dimension(evaluator, goal.metric, name):
            yield text("its metric has no dimension '{name}'", name=name), text("remove it from where"), "where"
    needs_way = not result.is_flow and goal.kind in ("increase", "decrease") and goal.metric is not None
    if needs_way and result.baseline is None and goal.baseline_period is None:
        yield text("a level needs a baseline"), text("set baseline or baseline_period"), "baseline"
    if needs_way and result.baseline is not None and result.baseline == result.target:
        yield text("the target equals the baseline"), text("set another target"), "target"
    if result.is_flow and goal.targets and (trouble := _split_trouble(evaluator, goal, result)) is not None:
        yield trouble, text("change a period's target or the whole"), "targets"


def _has_dimension(evaluator: Evaluator, metric: str, name: str) -> bool:
    plan = evaluator.plan
    for below in plan.needed(metric):
        each = plan.metrics[below]
        if each.tree is None and not any(name in entry.by for entry in each.metric.entries):
            return False
        for source in {leaf.source for leaf in each.leaves}:
            table = evaluator.leaf_tables.tables.get(source)
            if table is not None and name not in table.source.dimensions:
                return False
    return True


def _split_trouble(evaluator: Evaluator, goal: Goal, result: GoalResult) -> Text | None:
    """Parts that cannot add up to the whole: more than it, or less with no day left to hold the rest."""
    fixed = fixed_periods(goal, evaluator.calendar)
    whole, total = exact(result.target), sum(fixed.values(), Fraction(0))
    if whole is None or goal.start is None or goal.due is None:
        return None
    days_left = (goal.due - goal.start).days + 1 - sum(period.days for period in fixed)
    if total > whole or (total < whole and (days_left == 0 or goal.split == "by_hand")):
        return text(
            "the targets of its periods add up to {total}, not to {whole}", total=float(total), whole=float(whole)
        )
    return None


def _line_trouble(evaluator: Evaluator, line: KpiLine, results: dict[str, GoalResult]) -> tuple[Text, Text] | None:
    if line.goal is None:
        assert line.metric is not None
        if evaluator.plan.metrics[line.metric].metric.good != "none":
            return None
        what = text("metric '{name}' says no good direction, so the line has no value", name=line.metric)
        return what, text("set the metric's good direction")
    result = results[line.goal]
    goal, baseline, target = result.goal, exact(result.baseline), exact(result.target)
    moves = not result.is_flow and goal.kind in ("increase", "decrease")
    if not moves or line.attainment == "progress" or not baseline or not target:
        return None
    at_baseline = baseline / target if goal.kind == "increase" else 2 - baseline / target
    if at_baseline <= Fraction(line.floor or 0):
        return None
    what = text("a KPI '{name}' that did not move would pay: its baseline is above the floor", name=line.goal)
    return what, text('set attainment = "progress" on the line, or a higher floor')
