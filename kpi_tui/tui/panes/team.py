"""The team pane: every person's index and bonus, and below them the lines of their matrix."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_tui.report.matrix import line_name, line_unit
from kpi_tui.review.team import LineResult, MemberResult
from kpi_tui.tui.panes.context import Context
from kpi_tui.tui.widgets.grid import Cell, Column, Row
from kpi_tui.workspace.naming import names


def columns(context: Context) -> tuple[Column, ...]:
    """A member's row and a line's row share them: plan and fact of a line, index and bonus of a person."""
    say = context.language
    return (
        Column("name", say("Member"), None, editable=True, least=24),
        Column("weight", say("Weight"), 7, "right", priority=2, editable=True),
        Column("plan", say("Plan"), 9, "right", priority=1, editable=True),
        Column("fact", say("Fact"), 9, "right"),
        Column("score", say("Score"), 8, "right"),
        Column("bonus", say("Bonus"), 11, "right", priority=0, editable=True),
        Column("load", say("Hours"), 6, "right", priority=3, editable=True),
    )


def rows(context: Context) -> tuple[Row, ...]:
    """Members in the file's order with their lines."""
    return tuple(row for result in context.scorecard.team for row in _member(context, result))


def _member(context: Context, result: MemberResult) -> Iterator[Row]:
    language, member = context.language, result.member
    index = language.value(result.index, "percent") + ("?" if result.provisional is not None else "")
    yield Row(
        f"member.{member.id}",
        (
            Cell(member.name or member.id, "strong"),
            Cell(""),
            Cell(""),
            Cell(""),
            Cell(index, "strong"),
            Cell(language.value(result.payout, "money") if result.payout is not None else "", "strong"),
            Cell(language.value(member.capacity, "count") if member.capacity is not None else ""),
        ),
    )
    for name, line in zip(names(member.kpis), result.lines, strict=False):
        yield _line(context, member.id, name, line)


def _line(context: Context, member: str, name: str, result: LineResult) -> Row:
    language, unit = context.language, line_unit(result.line, context.workspace)
    attained = result.attainment is not None
    style = "off" if attained and result.score is not None and float(result.score) < 0.8 else ""
    return Row(
        f"kpi.{member}.{name}",
        (
            Cell(line_name(result.line, context.workspace)),
            Cell(language.value(result.line.weight, "count"), "muted"),
            Cell(context.shown(result.plan, unit), "muted"),
            Cell(context.shown(result.fact, unit)),
            Cell(language.value(result.score, "percent"), style),
            Cell(""),
            Cell(""),
        ),
        1,
    )
