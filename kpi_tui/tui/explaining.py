"""What a row's number is made of and why it moved: from the row under the cursor to the questions. No screen here."""

from __future__ import annotations

from decimal import Decimal

from msgspec import Struct, structs

from kpi_tui.errors import Text, text
from kpi_tui.facts.query import Filter
from kpi_tui.metrics.answer import Question, Slice, filter_of
from kpi_tui.metrics.explain import Explanation, explain
from kpi_tui.review.basis import basis_of_goal, basis_of_line
from kpi_tui.review.bridge import Bridge, NoBridge, bridges, compared_periods
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.viewing import look
from kpi_tui.workspace.model import Scope
from kpi_tui.workspace.naming import names
from kpi_tui.workspace.periods import Period


class Asked(Struct, frozen=True):
    """The number of a row: `metric` in `period` and slice `part` of the answer to `question`."""

    metric: str
    question: Question
    period: Period
    part: Slice = ()


def number_of(desk: Desk, key: str | None) -> Asked | None:
    """The number that the row shows; None where it shows none that data give."""
    kind, _, rest = (key or "").partition(".")
    context, view = desk.context(), desk.session.view
    evaluator, current = context.evaluator, context.current
    match kind:
        case "metric" if current is not None:
            question = Question((rest,), view.grain, view.start, view.end, (), view.where)
            return Asked(rest, question, current)
        case "slice" if current is not None:
            name, _, part = rest.rpartition(".")
            slices = context.scorecard.metrics.slices
            if not part.isdigit() or int(part) >= len(slices):
                return None
            question = Question((name,), view.grain, view.start, view.end, view.by, view.where)
            return Asked(name, question, current, slices[int(part)])
        case "other" if current is not None:
            gathered = next((each for each in context.parts if each.kind == "other"), None)
            if gathered is None:
                return None
            return Asked(rest, structs.replace(gathered.answer.question, metrics=(rest,)), current)
        case "goal":
            result = next((each for each in context.scorecard.goals if each.goal.id == rest), None)
            basis = basis_of_goal(evaluator, result.goal) if result is not None else None
        case "kpi":
            member, _, line = rest.partition(".")
            person = next((each for each in context.scorecard.team if each.member.id == member), None)
            if person is None or person.period is None:
                return None
            lines = dict(zip(names(person.member.kpis), person.lines, strict=False))
            found = lines.get(line)
            goals = {goal.id: goal for goal in desk.workspace.goals}
            basis = basis_of_line(evaluator, found.line, goals, person.period) if found else None
        case _:
            return None
    return Asked(basis.metric, basis.question, basis.period) if basis is not None else None


def exact_number(desk: Desk, key: str) -> str:
    """The row's number with all its digits, in the language's marks; empty where there is none."""
    asked = number_of(desk, key)
    if asked is None:
        return ""
    evaluator = desk.context().evaluator
    answer = evaluator.ask(asked.question)
    if asked.period not in answer.periods or asked.part not in answer.slices:
        return ""
    value = answer.value(asked.metric, answer.periods.index(asked.period), answer.slices.index(asked.part))
    unit = evaluator.plan.metrics[asked.metric].metric.unit
    return desk.language.editable(None if value is None else Decimal(str(value)), unit)


def explained(desk: Desk, key: str | None) -> Explanation | Text:
    """Where the number of a row comes from, or why there is none to explain."""
    asked = number_of(desk, key)
    if asked is None:
        return text("there is no number to explain here")
    found = explain(desk.context().evaluator, asked.question, asked.metric, asked.period, asked.part)
    return found if found is not None else text("this metric has no value in this period")


def why_moved(desk: Desk, key: str | None) -> list[Bridge] | Text:
    """Why the metric of a row moved against what the view compares with, by every dimension; or why nobody can say."""
    context, view = desk.context(), desk.session.view
    found = _metric_and_scope(desk, key)
    if found is None or context.current is None:
        return text("there is no number to explain here")
    metric, scope = found
    named = {name for name, _ in scope}
    where = (*(each for each in view.where if each[0] not in named), *scope)
    question = Question((metric,), view.grain, view.start, view.end, where=where)
    fixed = [name for name, values in where if len(values) == 1]
    try:
        start, end = compared_periods(context.evaluator, question, metric, context.current, view.compare)
        return bridges(context.evaluator, metric, start, end, where, fixed)
    except NoBridge as error:
        return text("no bridge: {reason}", reason=error.what)


def look_at_slice(desk: Desk, bridge: Bridge, name: str | None) -> None:
    """Filter the data to one slice of a bridge's dimension."""
    view = desk.session.view
    where = {**dict(view.where), bridge.dimension: (name,)}
    look(desk, structs.replace(view, where=tuple(sorted(where.items()))))


def _metric_and_scope(desk: Desk, key: str | None) -> tuple[str, Filter] | None:
    """The metric behind a row and the slice that the row is about."""
    kind, _, rest = (key or "").partition(".")
    goals = {goal.id: goal for goal in desk.workspace.goals}
    scope: Scope
    metric: str | None
    if kind in ("metric", "slice"):
        asked = number_of(desk, key)
        if asked is None:
            return None
        return asked.metric, tuple((d, (v,)) for d, v in zip(asked.question.by, asked.part, strict=True))
    if kind == "goal" and rest in goals:
        metric, scope = goals[rest].metric, goals[rest].where
    elif kind == "kpi":
        member, _, name = rest.partition(".")
        person = next((each for each in desk.workspace.members if each.id == member), None)
        lines = dict(zip(names(person.kpis), person.kpis, strict=True)) if person is not None else {}
        if name not in lines:
            return None
        goal = goals.get(lines[name].goal or "")
        metric, scope = (goal.metric, goal.where) if goal is not None else (lines[name].metric, lines[name].where)
    else:
        return None
    return (metric, filter_of(scope)) if metric is not None else None
