"""The metrics pane: every metric in the period looked at, what it is compared with, and the line of the last twelve.

An incomplete period is marked `*` and so is what it is compared with: the same elapsed days, never a whole period.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kpi_tui.metrics.answer import Answer, Value
from kpi_tui.report.words import CORRECTED
from kpi_tui.review.comparison import Change, counterpart, matching
from kpi_tui.review.ranking import Part, total
from kpi_tui.tui.panes.context import Context
from kpi_tui.tui.panes.curve import incomplete
from kpi_tui.tui.widgets.grid import Cell, Column, Row
from kpi_tui.tui.widgets.sparkline import sparkline
from kpi_tui.workspace.model import Metric
from kpi_tui.workspace.periods import Period

SPARK = 12


def columns(context: Context) -> tuple[Column, ...]:
    """The period looked at and the one it is compared with name their columns."""
    say, current = context.language, context.current
    return (
        Column("mark", "", 1, reachable=False),
        Column("name", say("Metric"), None, editable=True, least=20),
        Column("value", say.period(current.name, short=True) if current else say("Value"), 10, "right", editable=True),
        Column("before", _against(context, current) if current else "", 11, "right", priority=3),
        Column("change", "Δ" if not context.ascii else "+/-", 10, "right", priority=1, reachable=False),
        Column("spark", say("{n} periods", n=SPARK), SPARK, priority=2, reachable=False),
    )


def _against(context: Context, current: Period) -> str:
    """The period compared with; where only its elapsed days are, the last of them."""
    view, calendar, say = context.scorecard.view, context.evaluator.calendar, context.language
    other = counterpart(calendar, current, view.grain, view.compare)
    if other is None:
        return ""
    until = min(current.end, view.end or current.end, context.scorecard.as_of or current.end)
    if current.start <= until < current.end:
        span = Period(current.start, until, current.name)
        days = matching(calendar, span, current, other, view.grain, view.compare)
        if days.end < other.end:
            year = "" if days.end.year in (current.start.year, current.start.year - 1) else f" {days.end.year}"
            return say("to {date}", date=say.date(days.end, "short") + year)
    if other.name == "all":
        return say.date(other.end, "short")
    return say.period(other.name, short=view.compare in ("previous", "elapsed"))


def rows(context: Context) -> tuple[Row, ...]:
    """A row per metric; in a split the total first and the slices below it."""
    answer = context.scorecard.metrics
    if not answer.question.by:
        whole = Part("total", (), answer)
        return tuple(_row(context, whole, name, f"metric.{name}") for name in answer.question.metrics)
    return tuple(_split(context, answer))


def _split(context: Context, answer: Answer) -> Iterator[Row]:
    whole, slices = total(context.evaluator, answer.question), context.parts
    for name in answer.question.metrics:
        yield _row(context, whole, name, f"metric.{name}")
        if name in answer.reasons:
            continue
        for part in slices:
            if all(value is None for value in part.series(name)):
                continue
            key = f"slice.{name}.{part.index}" if part.kind == "slice" else f"other.{name}"
            yield _row(context, part, name, key, label(context, part))


def label(context: Context, part: Part) -> str:
    """What a row of a split is called."""
    say = context.language
    if part.kind == "other":
        return say("(other: {n})", n=part.count)
    return " · ".join(value if value is not None else say("(none)") for value in part.names)


def _row(context: Context, part: Part, name: str, key: str, named: str | None = None) -> Row:
    metric, answer = context.metric(name), part.answer
    shown, index = _window(context, answer, part.series(name))
    value = part.series(name)[index] if index is not None else None
    complete = index is not None and answer.complete[name][index]
    open_ones = 0 if index is None else min(len(shown), incomplete(answer.complete[name][: index + 1]))
    change = context.change(name, part) if value is not None else None
    against = change.against if change is not None else None
    cut = change is not None and against is not None and change.cut
    unknown = name in answer.reasons and not context.loading
    here = index is not None and part.answer.is_corrected(name, index, part.index)
    corrected = CORRECTED[context.ascii] if here else ""
    return Row(
        key,
        (
            Cell("!" if unknown else " ", "risk"),
            Cell(named if named is not None else metric.name or name, "" if named is None else "muted"),
            Cell(context.shown(value, metric.unit) + ("" if complete or value is None else "*") + corrected),
            Cell(context.shown(against, metric.unit) + ("*" if cut else ""), "muted"),
            Cell(*_change(context, metric, change)),
            Cell(sparkline(shown, SPARK, context.ascii, open_ones), "series"),
        ),
        0 if named is None else 1,
    )


def _window(context: Context, answer: Answer, series: Sequence[Value]) -> tuple[list[float | None], int | None]:
    """The values up to the period looked at, and its index in this answer."""
    current = context.current
    index = next((i for i, each in enumerate(answer.periods) if current and each.name == current.name), None)
    if index is None:
        return [], None
    return [None if value is None else float(value) for value in series[: index + 1][-SPARK:]], index


def _change(context: Context, metric: Metric, change: Change | None) -> tuple[str, str]:
    """The change in points for percentages, else in per cent; coloured by what is good."""
    shown = change.shown(metric.unit) if change is not None else None
    if shown is None:
        return "", ""
    style = "" if metric.good == "none" or shown == 0 else "ok" if (shown > 0) == (metric.good == "up") else "risk"
    return context.language.signed_change(shown, points=metric.unit == "percent"), style
