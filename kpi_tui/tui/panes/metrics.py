"""The metrics pane: every metric in the period looked at, against the one before, with the line of the last twelve.

An incomplete period is marked `*` and has no change beside it: half a month against a full one looks like a crash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kpi_tui.metrics.answer import Answer, Question, Value
from kpi_tui.tui.panes.context import Context
from kpi_tui.tui.widgets.grid import Cell, Column, Row
from kpi_tui.tui.widgets.sparkline import sparkline
from kpi_tui.workspace.model import Metric

SPARK = 12


def columns(context: Context) -> tuple[Column, ...]:
    """The period looked at and the one before name their columns."""
    say = context.language
    periods, index = context.scorecard.metrics.periods, context.period
    current = periods[index] if index is not None else None
    before = periods[index - 1] if index else None
    return (
        Column("mark", "", 1, reachable=False),
        Column("name", say("Metric"), None, editable=True, least=22),
        Column("value", say.period(current.name, short=True) if current else say("Value"), 10, "right", editable=True),
        Column("before", say.period(before.name, short=True) if before else "", 9, "right", priority=1),
        Column("change", "Δ" if not context.ascii else "+/-", 8, "right", priority=3, reachable=False),
        Column("spark", say("{n} periods", n=SPARK), SPARK, priority=2, reachable=False),
    )


def rows(context: Context) -> tuple[Row, ...]:
    """A row per metric; in a split the total first and the slices below it."""
    answer = context.scorecard.metrics
    view = context.scorecard.view
    if not view.by:
        return tuple(_row(context, answer, name, 0, f"metric.{name}") for name in answer.question.metrics)
    total = context.evaluator.ask(Question(answer.question.metrics, view.grain, view.start, view.end, (), view.where))
    return tuple(_split(context, answer, total))


def _split(context: Context, answer: Answer, total: Answer) -> Iterator[Row]:
    for name in answer.question.metrics:
        yield _row(context, _aligned(total, answer), name, 0, f"metric.{name}")
        if name in answer.reasons:
            continue
        for part, names in enumerate(answer.slices):
            if all(value is None for value in answer.series(name, part)):
                continue
            label = " · ".join(value if value is not None else context.language("(none)") for value in names)
            yield _row(context, answer, name, part, f"slice.{name}.{part}", label)


def _aligned(total: Answer, split: Answer) -> Answer:
    """The total over the split's periods: a split may reach less far where a source lacks the dimension."""
    return total if total.periods == split.periods or len(total.periods) >= len(split.periods) else split


def _row(context: Context, answer: Answer, name: str, part: int, key: str, label: str | None = None) -> Row:
    metric = context.metric(name)
    series = answer.series(name, part)
    shown, index = _window(context, answer, series)
    value = series[index] if index is not None else None
    complete = index is not None and answer.complete[name][index]
    before = series[index - 1] if index else None
    unknown = name in answer.reasons and not context.loading
    return Row(
        key,
        (
            Cell("!" if unknown else " ", "risk"),
            Cell(label if label is not None else metric.name or name, "" if label is None else "muted"),
            Cell(context.shown(value, metric.unit) + ("" if complete or value is None else "*")),
            Cell(context.shown(before, metric.unit), "muted"),
            Cell(*_change(context, metric, value, before) if complete else ("", "")),
            Cell(sparkline(shown, SPARK, context.ascii), "series"),
        ),
        0 if label is None else 1,
    )


def _window(context: Context, answer: Answer, series: Sequence[Value]) -> tuple[list[float | None], int | None]:
    """The values up to the period looked at, and its index in this answer."""
    current = context.current
    index = next((i for i, period in enumerate(answer.periods) if period == current), None)
    if index is None:
        return [], None
    return [None if value is None else float(value) for value in series[: index + 1][-SPARK:]], index


def _change(context: Context, metric: Metric, value: Value, before: Value) -> tuple[str, str]:
    """The change in points for percentages, else in per cent; coloured by what is good."""
    if value is None or before is None:
        return "", ""
    now, then = float(value), float(before)
    points = metric.unit == "percent"
    if not points and then == 0:
        return "", ""
    change = now - then if points else (now - then) / abs(then)
    style = "" if metric.good == "none" or change == 0 else "ok" if (change > 0) == (metric.good == "up") else "risk"
    return context.language.signed_change(change, points=points), style
