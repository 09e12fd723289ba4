"""Scorecard -> tables of text for people: aligned columns in their language, as `show` prints them."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from typing import TYPE_CHECKING

from msgspec import Struct

from kpi_tui.language.language import Language
from kpi_tui.report.matrix import line_name, line_unit
from kpi_tui.report.words import CORRECTED, STATUS_GLYPHS, status_words
from kpi_tui.workspace.model import Metric, Workspace
from kpi_tui.workspace.periods import Period

if TYPE_CHECKING:  # types only: what is not asked for is not imported
    from kpi_tui.review.goals import GoalResult
    from kpi_tui.review.ranking import Breakdown, Part
    from kpi_tui.review.scorecard import Scorecard
    from kpi_tui.review.team import MemberResult

_GAP = "  "


class TextTable(Struct, frozen=True):
    """Rows of cells below a header; columns whose name is in `left` are flush left, the others flush right."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    left: int = 1  # so many columns from the left are flush left
    empty: str = ""  # the sentence instead of a header without rows

    def lines(self, width: int | None = None) -> list[str]:
        """The table as lines. Where it is wider than `width`, columns after the first are left out from the left."""
        if not self.rows and self.empty:
            return [self.empty]
        widths = [max(map(text_width, column)) for column in zip(self.header, *self.rows, strict=True)]
        shown = _fitting(widths, self.left, width)
        return [self._line(row, widths, shown) for row in (self.header, *self.rows)]

    def hidden(self, width: int | None) -> int:
        """How many columns `lines` leaves out at this width."""
        if not self.rows and self.empty:
            return 0
        widths = [max(map(text_width, column)) for column in zip(self.header, *self.rows, strict=True)]
        return len(widths) - len(_fitting(widths, self.left, width))

    def _line(self, row: Sequence[str], widths: Sequence[int], shown: Sequence[int]) -> str:
        cells = []
        for index in shown:
            space = " " * (widths[index] - text_width(row[index]))
            cells.append(row[index] + space if index < self.left else space + row[index])
        return _GAP.join(cells).rstrip()


def metric_table(workspace: Workspace, shown: Breakdown, language: Language) -> TextTable:
    """A row per metric and slice, a column per period; `*` marks a period that is not complete, `±` a
    value with a correction in it.

    Where a comparison was asked for the change stands beside each value.
    """
    rows: list[tuple[str, ...]] = []
    metrics = {metric.id: metric for metric in workspace.metrics}
    currency = workspace.settings.currency
    answer = shown.answer
    for name in answer.question.metrics:
        metric = metrics[name]
        unit = currency if metric.unit == "money" else ""
        for part in shown.parts:
            labels = part_labels(part, answer.question.by, language)
            values = (
                _with_change(shown, metric, period, part, "" if complete else "*", language)
                for period, complete in zip(answer.periods, answer.complete[name], strict=True)
            )
            rows.append((plain(metric.name or name), *map(plain, labels), unit, *values))
    dimensions = tuple(map(plain, answer.question.by))
    periods = tuple(language.period(period.name) for period in answer.periods)
    return TextTable((language("Metric"), *dimensions, "", *periods), tuple(rows), left=2 + len(dimensions))


def part_labels(part: Part, dimensions: Sequence[str], language: Language) -> tuple[str, ...]:
    """What a row of a split is called, a label a dimension."""
    if part.kind == "slice":
        return tuple(value if value is not None else language("(none)") for value in part.names)
    label = language("(other)") if part.kind == "other" else language("(total)")
    return (label, *[""] * (len(dimensions) - 1)) if dimensions else ()


def _with_change(shown: Breakdown, metric: Metric, period: Period, part: Part, mark: str, language: Language) -> str:
    value = language.value(part.value(metric.id, period), metric.unit) + mark
    if part.is_corrected(metric.id, period):
        value += CORRECTED[language.numbers.ascii]
    if shown.comparison is None:
        return value
    change = shown.change(metric.id, period, part)
    beside = change.shown(metric.unit) if change is not None else None
    return f"{value} ({language.signed_change(beside, points=metric.unit == 'percent')})"


def goal_table(scorecard: Scorecard, language: Language) -> TextTable:
    """A row per goal: status, actual, target, share done, share that should be done, pace and the rule that decided."""
    header = (
        "",
        language("Goal"),
        language("Status"),
        language("Actual"),
        language("Target"),
        language("Done"),
        language("Expected"),
        language("Pace"),
        language("Due"),
        language("Reason"),
    )
    rows = tuple(_goal_row(result, language) for result in scorecard.goals)
    return TextTable(header, rows, left=3, empty=language("No goals yet."))


def _goal_row(result: GoalResult, language: Language) -> tuple[str, ...]:
    goal, unit = result.goal, result.unit
    words = status_words(language)
    return (
        STATUS_GLYPHS[language.numbers.ascii][result.status],
        plain(goal.name or goal.id),
        words[result.status],
        language.value(result.actual, unit),
        language.value(result.target, unit) if goal.kind != "between" else _band(result, language),
        language.value(result.progress, "percent"),
        language.value(result.expected, "percent"),
        language.signed_change(result.pace, points=result.pace_in_points),
        language.date(goal.due),
        language.say(result.verdict.rule),
    )


def _band(result: GoalResult, language: Language) -> str:
    low, high = (language.value(limit, result.unit) for limit in (result.goal.low, result.goal.high))
    return f"{low}…{high}" if not language.numbers.ascii else f"{low}..{high}"


def team_table(team: Sequence[MemberResult], workspace: Workspace, language: Language) -> TextTable:
    """A row per person and one per line of their matrix."""
    header = (
        language("Member"),
        language("Weight"),
        language("Plan"),
        language("Fact"),
        language("Attainment"),
        language("Score"),
        language("Index"),
        language("Bonus"),
    )
    rows: list[tuple[str, ...]] = []
    for result in team:
        index, payout = (
            language.value(result.index, "percent"),
            language.money(result.payout, workspace.settings.currency, exact=True),
        )
        mark = "" if result.provisional is None else "?"
        rows.append((plain(result.member.name or result.member.id), "", "", "", "", "", index + mark, payout))
        for line in result.lines:
            unit = line_unit(line.line, workspace)
            cells = (
                language.value(line.line.weight, "count"),
                language.value(line.plan, unit),
                language.value(line.fact, unit),
                language.value(line.attainment, "percent"),
                language.value(line.score, "percent"),
            )
            rows.append(("  " + plain(line_name(line.line, workspace)), *cells, "", ""))
    return TextTable(header, tuple(rows))


def text_width(text: str) -> int:
    """Terminal columns of a text: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(
        0
        if unicodedata.combining(c) or unicodedata.category(c) == "Cf"
        else 2
        if unicodedata.east_asian_width(c) in "WF"
        else 1
        for c in text
    )


def plain(text: str) -> str:
    """A user's text made harmless for a terminal: control characters (escape sequences too) become visible marks.

    Blanks of any width stay what they are; what would change the order of letters vanishes.
    """
    return text if text.isprintable() else "".join(map(_harmless, text))


def _harmless(character: str) -> str:
    kind = unicodedata.category(character)
    if character.isprintable() or kind == "Zs":
        return character
    if kind == "Cf":
        return ""
    return "␛" if character == "\x1b" else " " if character in "\n\t\r" else "\N{REPLACEMENT CHARACTER}"


def _fitting(widths: Sequence[int], left: int, width: int | None) -> list[int]:
    """The indices of the columns shown: the flush-left ones and as many of the last as fit."""
    kept = list(range(len(widths)))
    while width is not None and len(kept) > left + 1 and sum(widths[i] + len(_GAP) for i in kept) - len(_GAP) > width:
        kept.pop(left)
    return kept
