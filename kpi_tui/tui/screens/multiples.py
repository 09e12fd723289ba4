"""One metric by the slices of the split: a little chart for each, in the order of the ranking, on a common scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from msgspec.structs import replace
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from kpi_tui.review.ranking import Part, parts, total
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.panes.curve import curve
from kpi_tui.tui.panes.metrics import label
from kpi_tui.tui.widgets.foot import Foot
from kpi_tui.tui.widgets.panels import Panel, Panels, on_one_scale
from kpi_tui.tui.widgets.stage import Stage
from kpi_tui.tui.widgets.statusline import StatusLine


class MultiplesScreen(Stage):
    """Charts of `metric`; space gives each its own scale and takes it back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,enter,v", "close", show=False),
        Binding("space", "scale", show=False),
        Binding("down,j", "step(1)", show=False),
        Binding("up,k", "step(-1)", show=False),
        Binding("pagedown,ctrl+d,G,end", "step(3)", show=False),
        Binding("pageup,ctrl+u,g,home", "step(-3)", show=False),
        Binding("left_square_bracket", "period(-1)", show=False),
        Binding("right_square_bracket", "period(1)", show=False),
    ]

    def __init__(self, desk: Desk, metric: str) -> None:
        super().__init__()
        self.desk = desk
        self.metric = metric
        self.common = True

    def compose(self) -> ComposeResult:
        ascii = self.desk.ascii
        yield StatusLine(id="title", ascii=ascii)
        yield Panels(ascii=ascii)
        hints = self.desk.language("space one scale or each its own, [ ] period ranked by, Esc closes")
        yield Foot([(" " + hints, "muted")], ascii=ascii)

    def on_mount(self) -> None:
        self.fill()

    def fill(self) -> None:
        """Draw what differs."""
        context, language = self.desk.context(), self.desk.language
        metric, view = context.metric(self.metric), context.scorecard.view
        dot = " | " if self.desk.ascii else " · "
        scale = language("one scale") if self.common else language("each its own scale")
        period = language.period(context.current.name) if context.current is not None else ""
        named = [metric.name or self.metric, ", ".join(view.by), period, scale]
        self.query_one("#title", StatusLine).show([(dot.join(filter(None, named)), "strong")])
        found = list(self._panels())
        self.query_one(Panels).show([*found[:1], *on_one_scale(found[1:])] if self.common else found)

    def _panels(self) -> Iterator[Panel]:
        """The total, on its own scale, then the slices."""
        context = self.desk.context()
        question, view = context.scorecard.question, context.scorecard.view
        rank = view.rank or self.metric
        shown = parts(context.evaluator, question, rank=rank, period=context.current, top=view.top)
        whole = total(context.evaluator, question)
        for part in (whole, *shown):
            if any(value is not None for value in part.series(self.metric)):
                yield self._panel(part)

    def _panel(self, part: Part) -> Panel:
        context, language = self.desk.context(), self.desk.language
        asked = replace(part.answer.question, metrics=(self.metric,))
        drawn = curve(context, asked, self.metric, part.names, most=18)
        assert drawn is not None  # it has values
        value = part.value(self.metric, context.current) if context.current is not None else None
        title = language("Total") if part.kind == "total" else label(context, part)
        plain = replace(drawn.picture(language), faint=(), marks=(), bars=False)
        return Panel(title, context.shown(value, drawn.unit), plain)

    def action_scale(self) -> None:
        self.common = not self.common
        self.fill()

    def action_step(self, rows: int) -> None:
        self.query_one(Panels).step(rows)

    def action_period(self, step: int) -> None:
        from kpi_tui.tui.viewing import step_period

        step_period(self.desk, step)
        self.fill()

    def action_close(self) -> None:
        self.dismiss(None)
