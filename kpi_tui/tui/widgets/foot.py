"""The last two lines of a screen: a message above, hints of keys below; a long message takes the hints' line too.

So a refusal's reason and cure are read, and nothing is laid out anew for it.
"""

from __future__ import annotations

from collections.abc import Sequence

from kpi_tui.tui.widgets.drawn import Drawn, Line, Span
from kpi_tui.tui.widgets.fitting import wrapped_within
from kpi_tui.tui.widgets.statusline import status_line


class Foot(Drawn):
    """Shows a message until the next one, and hints."""

    DEFAULT_CSS = "Foot { width: 1fr; height: 2; }"

    def __init__(self, hints: Sequence[Span] = (), *, id: str | None = None, ascii: bool = False) -> None:
        super().__init__(id=id, ascii=ascii)
        self._hints = tuple(hints)
        self._message: Span = ("", "")

    def say(self, message: str, style: str = "") -> None:
        """Show a message; an empty one clears it."""
        self._message = (message, style)
        self.redraw()

    def hint(self, hints: Sequence[Span]) -> None:
        """Show these hints."""
        self._hints = tuple(hints)
        self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        text, style = self._message
        parts = wrapped_within(text, max(8, width - 1), height, self.ascii)
        shown = [status_line([(" " + part, style)], (), width, self.ascii) for part in parts]
        hints = status_line(self._hints, (), width, self.ascii)
        return [*shown, *[hints] * (height - len(shown))] if len(parts) < height else shown
