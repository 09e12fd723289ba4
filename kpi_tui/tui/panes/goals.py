"""The goals pane: the tree of objectives with their goals, actual against target, pace and status."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_tui.report.words import STATUS_GLYPHS, status_words
from kpi_tui.review.goals import GoalResult
from kpi_tui.review.rollup import ObjectiveResult
from kpi_tui.review.status import Status
from kpi_tui.tui.panes.context import Context
from kpi_tui.tui.widgets.grid import Cell, Column, Row

STYLES: dict[Status, str] = {
    "ok": "ok", "met": "ok", "risk": "risk", "off": "off", "missed": "off", "early": "muted", "no_data": "muted",
}  # fmt: skip


def columns(context: Context) -> tuple[Column, ...]:
    """Narrow panes drop from the highest priority down."""
    say = context.language
    return (
        Column("mark", "", 1, reachable=False),
        Column("name", say("Goal"), None, editable=True, least=26),
        Column("actual", say("Actual"), 9, "right"),
        Column("target", say("Target"), 9, "right", editable=True),
        Column("pace", say("Pace"), 9, "right", priority=1),
        Column("done", say("Done"), 7, "right", priority=3),
        Column("status", say("Status"), 12, priority=2),
        Column("due", say("Due"), 12, priority=4, editable=True),
        Column("owner", say("Owner"), 9, priority=5, editable=True),
    )


def rows(context: Context) -> tuple[Row, ...]:
    """Objectives with what hangs below them, then goals without an objective."""
    return tuple(_below(context, None, 0))


def _below(context: Context, parent: str | None, depth: int) -> Iterator[Row]:
    card = context.scorecard
    for objective in card.objectives:
        if objective.objective.parent == parent:
            yield _objective_row(context, objective, depth)
            yield from _below(context, objective.objective.id, depth + 1)
    for result in card.goals:
        if result.goal.objective == parent:
            yield _goal_row(context, result, depth)


def _objective_row(context: Context, result: ObjectiveResult, depth: int) -> Row:
    language, objective = context.language, result.objective
    return Row(
        f"objective.{objective.id}",
        (
            Cell(STATUS_GLYPHS[context.ascii][result.worst], STYLES[result.worst]),
            Cell(objective.name or objective.id, "strong"),
            Cell(""),
            Cell(""),
            Cell(""),
            Cell(language.value(result.progress, "percent") if result.progress is not None else "", "muted"),
            Cell(""),
            Cell(""),
            Cell(""),
        ),
        depth,
    )


def _goal_row(context: Context, result: GoalResult, depth: int) -> Row:
    goal, language = result.goal, context.language
    style = STYLES[result.status]
    members = {member.id: member.name or member.id for member in context.workspace.members}
    return Row(
        f"goal.{goal.id}",
        (
            Cell(STATUS_GLYPHS[context.ascii][result.status], style),
            Cell(goal.name or goal.id),
            Cell(context.shown(result.actual, result.unit)),
            Cell(target_shown(context, result)),
            Cell(language.signed_change(result.pace, points=result.pace_in_points), "" if style == "ok" else style),
            Cell(context.shown(result.progress, "percent")),
            Cell(status_words(language)[result.status], style),
            Cell(language.date(goal.due)),
            Cell(members.get(goal.owner or "", "")),
        ),
        depth,
    )


def target_shown(context: Context, result: GoalResult) -> str:
    """The target as the grid shows it; a band for `between`."""
    goal = result.goal
    if goal.kind == "between":
        low, high = (context.shown(limit, result.unit) for limit in (goal.low, goal.high))
        return f"{low}{'..' if context.ascii else '–'}{high}"
    return context.shown(result.target, result.unit)
