"""What the main screen draws, as values: said, styled, laid into rows. Nothing here knows where a number comes from.

So the screen can stand before the session does: `live.Live` works a drawing out of the desk, `remembered.Remembered`
holds the one that was seen last time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from msgspec import Struct

from kpi_tui.tui.widgets.columns import Column, Row
from kpi_tui.tui.widgets.drawn import Line, Span

if TYPE_CHECKING:
    from kpi_tui.tui.panes.curve import Curve


class PaneDrawn(Struct, frozen=True):
    """The title, columns and rows of a pane with a grid."""

    title: str
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]


class Detail(Struct, frozen=True):
    """The detail pane: title, an optional curve, and lines of facts."""

    title: str
    curve: Curve | None = None
    facts: tuple[Line, ...] = ()


class Drawing(Protocol):
    """Asked pane by pane: what is not on the screen is not worked out."""

    def pane(self, name: str) -> PaneDrawn:
        """The pane `goals`, `metrics` or `team`."""

    def header(self, wanted: str, width: int) -> tuple[list[Span], list[Span]]:
        """The first line, left and right, in `width` cells; `wanted` is the text rows are filtered by."""

    def detail(self, key: str | None) -> Detail:
        """What there is to say of the row with this key."""
