"""Little charts side by side, so that they can be held against each other. `arrange` is pure; `Panels` shows it.

Invariant: every chart has the same size, and on a common scale the same height means the same value in each.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from kpi_tui.tui.widgets.chart import LARGEST, Picture, draw
from kpi_tui.tui.widgets.drawn import Drawn, Line, line
from kpi_tui.tui.widgets.statusline import status_line

NARROWEST, LOWEST = 25, 5  # cells of a chart with its title
_GAP = 2


class Panel(Struct, frozen=True):
    """A chart with what stands over it: a title, and a figure at the right."""

    title: str
    figure: str
    picture: Picture


def columns(width: int, count: int) -> int:
    """How many charts stand side by side."""
    return max(1, min(count, (width + _GAP) // (NARROWEST + _GAP)))


def on_one_scale(panels: Sequence[Panel]) -> list[Panel]:
    """The same charts, all with the scale that holds every one of them."""
    values = [value for panel in panels for value in panel.picture.series if value is not None and abs(value) < LARGEST]
    if not values:
        return list(panels)
    low, high = min(values), max(values)
    return [Panel(panel.title, panel.figure, replace(panel.picture, low=low, high=high)) for panel in panels]


def arrange(panels: Sequence[Panel], top: int, width: int, height: int, ascii: bool = False) -> list[Line]:
    """`height` lines of `width` cells with the charts from row of charts `top` on; the last rows may be cut off."""
    across = columns(width, len(panels))
    wide = max(1, (width - _GAP * (across - 1)) // across)
    high = chart_height(height, len(panels), across)
    lines: list[Line] = []
    for begin in range(top * across, len(panels), across):
        drawn = [_panel(panel, wide, high, ascii) for panel in panels[begin : begin + across]]
        for parts in zip(*drawn, strict=True):
            spans = [span for index, part in enumerate(parts) for span in (((" " * _GAP, ""),) if index else ()) + part]
            used = len(parts) * wide + (len(parts) - 1) * _GAP
            lines.append(line([*spans, (" " * (width - used), "")]))
        if len(lines) >= height:
            break
    blank = line([(" " * width, "")])
    return (lines + [blank] * height)[:height]


def chart_height(height: int, count: int, across: int) -> int:
    """Lines of a chart with its title and a blank line below it: all of them on one page if they are not too low."""
    rows = -(-count // across) if across else 1
    return max(LOWEST + 1, min(12, height // max(1, rows)))


def _panel(panel: Panel, width: int, height: int, ascii: bool) -> list[Line]:
    title = status_line([(panel.title, "strong")], [(panel.figure, "")], width, ascii)
    blank = line([(" " * width, "")])
    return [title, *draw(panel.picture, width=width, height=height - 2, ascii=ascii), blank]


class Panels(Drawn):
    """Charts that fill its place; `top` is the row of charts that is shown first."""

    DEFAULT_CSS = "Panels { width: 1fr; height: 1fr; }"

    def __init__(self, *, ascii: bool) -> None:
        super().__init__(ascii=ascii)
        self._panels: tuple[Panel, ...] = ()
        self.top = 0

    def show(self, panels: Sequence[Panel]) -> None:
        """Show these; nothing is sent where they look the same."""
        self._panels = tuple(panels)
        self.redraw()

    def step(self, rows: int) -> None:
        """So many rows of charts further, as far as there are any."""
        size = self.content_size
        across = columns(size.width, len(self._panels))
        high = chart_height(size.height, len(self._panels), across)
        last = -(-len(self._panels) // across) - max(1, size.height // high)
        self.top = max(0, min(self.top + rows, last))
        self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        return arrange(self._panels, self.top, width, height, self.ascii)
