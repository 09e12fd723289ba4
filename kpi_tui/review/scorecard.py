"""Everything any face may show of a workspace under one view: screen, `show`, `check` read the same frozen object."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction
from functools import cached_property

from msgspec import Struct

from kpi_tui.errors import Finding, Severity, Text, did_you_mean, text
from kpi_tui.metrics.answer import Answer, Question, filter_of
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.metrics.plan import PlaceOf
from kpi_tui.review.exact import exact, number
from kpi_tui.review.goals import GoalResult, judge
from kpi_tui.review.rollup import ObjectiveResult, roll_up
from kpi_tui.review.split import fixed_periods
from kpi_tui.review.team import MemberResult, matrices
from kpi_tui.review.view import View, metrics_asked, no_such_value, unknown_values
from kpi_tui.workspace.model import Goal, KpiLine, Scope, Workspace
from kpi_tui.workspace.naming import called, kpi_name
from kpi_tui.workspace.periods import Period


class Scorecard(Struct, frozen=True, eq=False, dict=True):
    """The workspace, judged. `metrics` answers the view's `question`.

    It, the team's matrices and the findings are worked out when they are first looked at: the first picture may need
    none of them.
    """

    workspace: Workspace
    view: View
    goals: tuple[GoalResult, ...]
    objectives: tuple[ObjectiveResult, ...]
    question: Question
    evaluator: Evaluator
    place_of: PlaceOf
    known_team: tuple[MemberResult, ...] = ()  # of a scorecard before it, under the same evaluator

    @property
    def as_of(self) -> date | None:
        """The date up to which anything is known."""
        return self.evaluator.as_of

    @cached_property
    def metrics(self) -> Answer:
        """The view's metrics over its periods and slices."""
        return self.evaluator.ask(self.question)

    @cached_property
    def periods(self) -> tuple[Period, ...]:
        """The periods of `metrics`, known without counting it."""
        return self.evaluator.periods(self.question)

    @cached_property
    def team(self) -> tuple[MemberResult, ...]:
        """Everyone's matrix of the bonus period."""
        return matrices(self.evaluator, self.workspace, self.view.bonus_period, self.known_team)

    @property
    def team_so_far(self) -> tuple[MemberResult, ...]:
        """The matrices, where they were looked at; those known before else."""
        return self.team if "team" in self.__dict__ else self.known_team

    @cached_property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with goals and matrices."""
        return tuple(_findings(self.evaluator, self.workspace, self.goals, self.place_of))


def evaluate(
    evaluator: Evaluator, workspace: Workspace, view: View, place_of: PlaceOf, before: Scorecard | None = None
) -> Scorecard:
    """Judge `workspace` (whose metrics and sources are the evaluator's) under `view`.

    A goal's result is made of the evaluator and the goal alone, so that of the scorecard `before` stands where both are
    the very same.
    """
    known = before if before is not None and before.evaluator is evaluator else None
    judged = {result.goal.id: result for result in known.goals} if known is not None else {}
    asked = metrics_asked(workspace, view)
    question = Question(asked, view.grain, view.start, view.end, view.by, view.where)
    goals = tuple(
        same if (same := judged.get(goal.id)) is not None and same.goal is goal else judge(evaluator, goal)
        for goal in workspace.goals
    )
    return Scorecard(
        workspace,
        view,
        goals,
        roll_up(workspace.objectives, goals),
        question,
        evaluator,
        place_of,
        known.team_so_far if known is not None else (),
    )


def _findings(
    evaluator: Evaluator, workspace: Workspace, goals: tuple[GoalResult, ...], place_of: PlaceOf
) -> Iterator[Finding]:
    results = {result.goal.id: result for result in goals}
    for result in goals:
        for trouble in _goal_troubles(evaluator, workspace, result):
            yield trouble.found(("goal", result.goal.id), called("goal", result.goal.id), place_of)
    for member in workspace.members:
        for line in member.kpis:
            path = ("member", member.id, "kpi", kpi_name(line))
            for trouble in _line_troubles(evaluator, workspace, line, results):
                yield trouble.found(path, called("member", member.id), place_of)
        total = sum((line.weight for line in member.kpis), Decimal(0))
        if member.kpis and total not in (1, 100):
            what = text("weights add up to {total}, not to 100", total=total)
            trouble = _Trouble(what, text("change the weight of a line"), "kpi", "warning")
            yield trouble.found(("member", member.id), called("member", member.id), place_of)


class _Trouble(Struct, frozen=True):
    """Something wrong with the value of `key` of a goal, a member or a line."""

    what: Text
    cure: Text | None
    key: str
    severity: Severity = "error"

    def found(self, path: tuple[str, ...], subject: Text, place_of: PlaceOf) -> Finding:
        return Finding(place_of((*path, self.key)), self.what, self.cure, subject, self.severity)


def _goal_troubles(evaluator: Evaluator, workspace: Workspace, result: GoalResult) -> Iterator[_Trouble]:
    goal = result.goal
    if goal.metric is None or evaluator.plan.metrics[goal.metric].error is not None:
        return
    yield from _scope_troubles(evaluator, workspace, goal.metric, goal.where)
    is_level = not result.is_flow and goal.kind in ("increase", "decrease")
    if is_level and result.baseline is None and goal.baseline_period is None:
        yield _Trouble(text("a level needs a baseline"), text("set baseline or baseline_period"), "baseline")
    if goal.baseline_period is not None and result.baseline is None and evaluator.judged(goal.metric) is not None:
        what = text("its metric has no value in {period}", period=goal.baseline_period)
        yield _Trouble(what, text("type the baseline, or name a period with data"), "baseline_period", "warning")
    if is_level and result.baseline is not None and result.baseline == result.target:
        yield _Trouble(text("the target equals the baseline"), text("set another target"), "target")
    if is_level:
        yield from _end_troubles(evaluator, result)
    if result.is_flow and goal.targets and (what_adds_up := _split_trouble(evaluator, goal, result)) is not None:
        yield _Trouble(what_adds_up, text("change a period's target or the whole"), "targets")


def _end_troubles(evaluator: Evaluator, result: GoalResult) -> Iterator[_Trouble]:
    """A level for the period in which the goal is due that is not its target."""
    due, target = result.goal.due, exact(result.target)
    for period, level in fixed_periods(result.goal, evaluator.calendar).items():
        if due is not None and target is not None and period.end >= due and level != target:
            values = {"level": number(level), "period": period.name, "target": number(target)}
            what = text("its target in {period} is {level}, but the goal is due then at {target}", **values)
            yield _Trouble(what, text("change the period's target or the goal's"), "targets")


def _scope_troubles(evaluator: Evaluator, workspace: Workspace, metric: str, where: Scope) -> Iterator[_Trouble]:
    """Dimensions that are not there, and values that no row has, which make a scope empty without a word."""
    if not where:
        return
    known = sorted({name for source in workspace.sources for name in source.dimensions})
    typed = {name for each in workspace.metrics for entry in each.entries for name in entry.by}
    asked = filter_of(where)
    for name, _ in asked:
        if name not in known and name not in typed:
            listed = text("dimensions are {names}", names=", ".join(known)) if known else None
            what = text("no source has a dimension '{name}'", name=name)
            yield _Trouble(what, did_you_mean(name, known) or listed, "where")
        elif not _has_dimension(evaluator, metric, name):
            yield _Trouble(
                text("its metric has no dimension '{name}'", name=name), text("remove it from where"), "where"
            )
    for name, value, cure in unknown_values(evaluator, (metric,), asked):
        yield _Trouble(no_such_value(name, value), cure, "where", "warning")


def _has_dimension(evaluator: Evaluator, metric: str, name: str) -> bool:
    plan = evaluator.plan
    for below in plan.needed(metric):
        each = plan.metrics[below]
        if each.tree is None and not any(name in entry.by for entry in each.metric.entries):
            return False
        for source in {*(leaf.source for leaf in each.leaves), *(count.source for count in each.histories)}:
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


def _line_troubles(
    evaluator: Evaluator, workspace: Workspace, line: KpiLine, results: dict[str, GoalResult]
) -> Iterator[_Trouble]:
    if line.goal is not None:
        yield from _paid_for_nothing(line, results[line.goal])
        return
    assert line.metric is not None
    plan = evaluator.plan.metrics[line.metric]
    if plan.metric.good == "none":
        what = text("metric '{name}' says no good direction, so the line has no value", name=line.metric)
        yield _Trouble(what, text("set the metric's good to up or down"), "metric", "warning")
    if plan.error is None:
        yield from _scope_troubles(evaluator, workspace, line.metric, line.where)


def _paid_for_nothing(line: KpiLine, result: GoalResult) -> Iterator[_Trouble]:
    goal, baseline, target = result.goal, exact(result.baseline), exact(result.target)
    moves = not result.is_flow and goal.kind in ("increase", "decrease")
    if not moves or line.attainment == "progress" or not baseline or not target:
        return
    at_baseline = baseline / target if goal.kind == "increase" else 2 - baseline / target
    if at_baseline <= Fraction(line.floor or 0):
        return
    what = text("a KPI '{name}' that did not move would pay: its baseline is above the floor", name=line.goal)
    yield _Trouble(what, text('set attainment = "progress" on the line, or a higher floor'), "goal", "warning")
