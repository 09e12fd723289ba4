"""Where a person's index and bonus come from: each line's part with all its digits, so that it adds up again."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from kpi_tui.language.language import Language
from kpi_tui.workspace.model import KpiLine, Unit, Workspace

if TYPE_CHECKING:  # types only: what is not asked for is not imported
    from kpi_tui.review.team import LineResult, MemberResult

Entry = tuple[str, str, str]  # the number, what it is, style of the text


def line_name(line: KpiLine, workspace: Workspace) -> str:
    """What people call a line of a matrix: its goal or its metric."""
    records = workspace.goals if line.goal is not None else workspace.metrics
    identity = line.goal or line.metric or ""
    return next((record.name for record in records if record.id == identity), "") or identity


def line_unit(line: KpiLine, workspace: Workspace) -> Unit:
    """The unit of a line's plan and fact: its metric's; a milestone is a share done."""
    goal = next((goal for goal in workspace.goals if goal.id == line.goal), None)
    name = line.metric or (goal.metric if goal is not None else None)
    return next((metric.unit for metric in workspace.metrics if metric.id == name), "percent")


def matrix_entries(result: MemberResult, workspace: Workspace, language: Language) -> Iterator[Entry]:
    """Bonus, index, and for each line its part of the index and what its score is made of."""
    member, currency, exact = result.member, workspace.settings.currency, language.numbers.exact
    if result.payout is not None and member.bonus is not None:
        full = language.money(member.bonus, currency, exact=True)
        what = language("bonus = {bonus} x index, rounded once", bonus=full)
        yield language.money(result.payout, currency, exact=True), what, "strong"
    weights = sum((Fraction(each.line.weight) for each in result.lines if each.score is not None), Fraction(0))
    if weights:
        total = language.numbers.all_digits(float(weights))
        yield exact(result.index, "percent"), language("index = sum of weight x score, divided by {n}", n=total), ""
    for each in result.lines:
        yield from _line(each, workspace, language)
    if result.provisional is not None:
        yield "", language("provisional") + ": " + language.say(result.provisional), "risk"


def _line(each: LineResult, workspace: Workspace, language: Language) -> Iterator[Entry]:
    exact, name, unit = language.numbers.exact, line_name(each.line, workspace), line_unit(each.line, workspace)
    if each.score is None:
        yield language.numbers.undefined, f"{name}: " + (language.say(each.why) if each.why else ""), "muted"
        return
    weight = exact(each.line.weight, "count")
    score = exact(each.score, "percent")
    part = language("{name}: weight {weight} x score {score}", name=name, weight=weight, score=score)
    yield exact(each.contribution, "percent"), part, ""
    measured = language(
        "attainment {attainment}: fact {fact}, plan {plan}",
        attainment=exact(each.attainment, "percent"),
        fact=exact(each.fact, unit),
        plan=exact(each.plan, unit),
    )
    yield "", f"  {measured}{_scale(each.line, language)}", "muted"


def _scale(line: KpiLine, language: Language) -> str:
    """What makes a score another number than its attainment; empty where nothing does."""
    percent = language.numbers.percent
    said = []
    if line.scale == "threshold":
        said.append(language("scored from the floor on"))
    if line.scale == "steps":
        said.append(language("scored by steps"))
    if line.floor is not None:
        said.append(language("below {floor} nothing", floor=percent(line.floor)))
    if line.cap is not None:
        said.append(language("at most {cap}", cap=percent(line.cap)))
    return "".join(f"; {part}" for part in said)
