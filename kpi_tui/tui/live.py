"""The drawing of the desk as it is now: what the main screen shows once the session is there."""

from __future__ import annotations

from kpi_tui.tui.desk import Desk
from kpi_tui.tui.drawing import Detail, PaneDrawn
from kpi_tui.tui.header import header, pane_title
from kpi_tui.tui.panes import goals, metrics, team
from kpi_tui.tui.panes.context import Context
from kpi_tui.tui.panes.detail import describe
from kpi_tui.tui.widgets.drawn import Span

MAKERS = {"goals": goals, "metrics": metrics, "team": team}


class Live:
    """A `Drawing` of a desk."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def pane(self, name: str) -> PaneDrawn:
        """The pane's columns and rows in the desk's view."""
        return drawn(self._desk.context(), name)

    def header(self, wanted: str, width: int) -> tuple[list[Span], list[Span]]:
        """See `header.header`."""
        return header(self._desk, wanted, width)

    def detail(self, key: str | None) -> Detail:
        """See `panes.detail.describe`."""
        return describe(self._desk.context(), key)


def drawn(context: Context, name: str) -> PaneDrawn:
    """One pane of an evaluated workspace."""
    maker = MAKERS[name]
    return PaneDrawn(pane_title(context.language, context, name), maker.columns(context), maker.rows(context))
