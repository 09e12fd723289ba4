"""A funnel step by step: how many came, what share of the first step and of the one before, how many were lost."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from kpi_tui.metrics.funnel import FunnelStep, funnel
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.explaining import Asked
from kpi_tui.tui.screens.explanation import copy_row
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.widgets.bar import from_left
from kpi_tui.tui.widgets.grid import Cell, Column, Row

FIGURE, SHARE, LEAST_BAR = 12, 9, 8


class FunnelScreen(Framed):
    """The steps of the number asked: in its period, slice and filter."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("o,enter", "close", show=False), Binding("y", "copy", show=False)]

    def __init__(self, desk: Desk, asked: Asked) -> None:
        say, metric = desk.language, desk.context().metric(asked.metric)
        names = [value if value is not None else say("(none)") for value in asked.part]
        dot = " | " if desk.ascii else " · "
        title = dot.join((metric.name or metric.id, say.period(asked.period.name), *names))
        hints = say("* not over yet; y copies the row, Esc closes")
        super().__init__(title, say, hints=hints)
        self.desk = desk
        self.asked = asked

    def fill(self) -> None:
        say, asked = self.language, self.asked
        found = funnel(self.desk.session.evaluator, asked.metric, asked.question)
        steps = [step for step in found if step.period.name == asked.period.name and step.part == asked.part]
        first, previous = say("Of first"), say("Of before")
        shares = [max(SHARE, len(title)) for title in (first, previous)]
        room = self.app.size.width - 20 - 2 * FIGURE - sum(shares) - 6
        bar = max(LEAST_BAR, min(room, 60))
        columns = [
            Column("step", say("Step"), None, least=14),
            Column("value", say("Value"), FIGURE, "right"),
            Column("first", first, shares[0], "right"),
            Column("previous", previous, shares[1], "right"),
            Column("lost", say("Lost"), FIGURE, "right", priority=1),
            Column("bar", "", bar, reachable=False, priority=2),
        ]
        self.grid.empty = (say("there is no funnel with data"),)
        self.grid.show(columns, [self._row(step, bar, is_first=at == 0) for at, step in enumerate(steps)])

    def _row(self, step: FunnelStep, bar: int, *, is_first: bool) -> Row:
        say, metric = self.language, self.desk.context().metric(step.step)
        cells = (
            Cell(metric.name or metric.id),
            Cell(say.value(step.value, metric.unit) + ("" if step.complete else "*")),
            Cell(say.value(step.of_first, "percent"), "muted"),
            Cell("" if is_first else say.value(step.of_previous, "percent")),
            Cell("" if is_first else say.value(step.lost, metric.unit), "muted"),
            Cell(from_left(step.of_first or 0.0, bar, self.desk.ascii), "series"),
        )
        return Row(step.step, cells)

    def on_resize(self) -> None:
        if self.is_mounted:
            self.fill()

    def action_copy(self) -> None:
        copy_row(self)
