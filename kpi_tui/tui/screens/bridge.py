"""Why a number moved: the slices of one dimension, largest contribution first, adding up to the whole change."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from kpi_tui.report.bridge import BridgeRow, bridge_rows, bridge_title, moved, part_names
from kpi_tui.review.bridge import Bridge
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.explaining import look_at_slice
from kpi_tui.tui.screens.explanation import copy_row
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.screens.picker import Option, Picker
from kpi_tui.tui.widgets.bar import bar
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row
from kpi_tui.tui.widgets.statusline import StatusLine
from kpi_tui.workspace.model import Metric

BAR = 11
TOTAL = "total"


class BridgeScreen(Framed):
    """Shows one of `found`, the one whose slices stand out most first; gives back whether the view was filtered."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "dimension", show=False),
        Binding("enter,f", "filter", show=False),
        Binding("y", "copy", show=False),
    ]

    def __init__(self, desk: Desk, found: Sequence[Bridge]) -> None:
        language = desk.language
        hints = language("b another dimension, Enter filters to the slice, y copies the row, Esc closes")
        super().__init__("", language, hints=hints)
        self.desk = desk
        self.found = tuple(found)
        self.bridge = found[0]

    @property
    def metric(self) -> Metric:
        return self.desk.context().metric(self.bridge.metric)

    def fill(self) -> None:
        say, bridge, metric = self.language, self.bridge, self.metric
        self.query_one("#title", StatusLine).show([(bridge_title(bridge, metric, say), "strong")])
        columns = [
            Column("name", bridge.dimension, None, least=14),
            Column("before", say.period(bridge.start.name, short=True), 9, "right", priority=2),
            Column("after", say.period(bridge.end.name, short=True), 9, "right", priority=1),
            Column("total", say("Effect"), 11, "right"),
            Column("bar", "", BAR, priority=3, reachable=False),
            Column("share", say("Share"), 8, "right", priority=6),
        ]
        for at, name in enumerate(part_names(bridge, say)):
            columns.append(Column(f"part{at}", name, 10, "right", priority=4 + at // 2))
        rows = [self._row(at, row, metric) for at, row in enumerate(bridge_rows(bridge, metric.unit, say))]
        self.grid.show(columns, rows)

    def _row(self, at: int, row: BridgeRow, metric: Metric) -> Row:
        drawn = bar(row.length, BAR, self.desk.ascii) if row.length is not None else ""
        style = "strong" if row.length is None else ""
        up = (row.length or 0) > 0
        good = "" if not row.length or metric.good == "none" else "ok" if up == (metric.good == "up") else "risk"
        cells = (
            Cell(row.name, style),
            Cell(row.before, "muted"),
            Cell(row.after, style),
            Cell(row.total, style or good),
            Cell(drawn, good or "series"),
            Cell(row.share, "muted"),
            *(Cell(part, style) for part in row.parts),
        )
        return Row(TOTAL if row.length is None else str(at), cells)

    def on_resize(self) -> None:
        if self.is_mounted:
            self.fill()

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.action_filter()

    def action_dimension(self) -> None:
        options = [Option(each.dimension, each.dimension, self._hint(each)) for each in self.found]
        title = self.language("By which dimension? Those whose slices stand out most come first")
        self.app.push_screen(Picker(title, options, self.language, current=self.bridge.dimension), self._show)

    def _hint(self, bridge: Bridge) -> str:
        largest = bridge.effects[0]
        name = largest.slice if largest.slice is not None else self.language("(none)")
        return f"{name} {moved(largest.total, self.metric.unit, self.language)}"

    def _show(self, picked: str | None) -> None:
        self.bridge = next((each for each in self.found if each.dimension == picked), self.bridge)
        self.fill()

    def action_filter(self) -> None:
        key = self.grid.key
        if key is None or key == TOTAL:
            self.say(self.language("go to a slice: Enter looks at it alone"))
            return
        look_at_slice(self.desk, self.bridge, self.bridge.effects[int(key)].slice)
        self.dismiss(True)

    def action_copy(self) -> None:
        copy_row(self)
