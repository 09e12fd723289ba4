"""One line of text with something at its right end: status line, title of a pane, hints of keys, tabs.

Drawn by difference, so a clock-less status line costs nothing while it says the same.
"""

from __future__ import annotations

from collections.abc import Sequence

from rich.cells import cell_len

from kpi_tui.tui.safe import safe
from kpi_tui.tui.widgets.drawn import Drawn, Line, Span, line, width_of
from kpi_tui.tui.widgets.fitting import cut, wrapped


class StatusLine(Drawn):
    """Spans from the left, spans at the right end; the right end gives way first where both do not fit.

    One sentence alone goes on in the lines below where it has been given some.
    """

    DEFAULT_CSS = """
    StatusLine {
        width: 1fr;
        height: 1;
    }
    """

    def __init__(
        self,
        left: Sequence[Span] = (),
        right: Sequence[Span] = (),
        *,
        id: str | None = None,
        classes: str | None = None,
        ascii: bool = False,
    ) -> None:
        super().__init__(id=id, classes=classes, ascii=ascii)
        self._left, self._right = tuple(left), tuple(right)

    def show(self, left: Sequence[Span], right: Sequence[Span] = ()) -> None:
        """Show these (text, style name) spans; nothing is sent where they are shown already."""
        self._left, self._right = tuple(left), tuple(right)
        self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        below = [line([(" " * width, "")])] * (height - 1)
        if below and len(self._left) == 1 and not self._right:
            (text, style), *_ = self._left
            parts = wrapped(text, width, self.ascii)
            if len(parts) > height:
                parts = [*parts[: height - 1], " ".join(parts[height - 1 :])]
            return [*(status_line([(part, style)], (), width, self.ascii) for part in parts), *below][:height]
        return [status_line(self._left, self._right, width, self.ascii), *below]


def status_line(left: Sequence[Span], right: Sequence[Span], width: int, ascii: bool = False) -> Line:
    """`left` and, where one blank stays between them, `right`, in exactly `width` cells."""
    harmless = [(safe(text, ascii), style) for text, style in right]
    taken = sum(cell_len(text) for text, _ in harmless)
    shown_left = cut_spans(left, width, ascii)
    blank = width - width_of(shown_left) - taken
    if blank < 1 and taken:
        return line([*shown_left, (" " * (width - width_of(shown_left)), "")])
    return line([*shown_left, (" " * blank, ""), *harmless])


def cut_spans(spans: Sequence[Span], width: int, ascii: bool) -> Line:
    """The spans cut to `width` cells, the last ones first."""
    shown: list[Span] = []
    for text, style in spans:
        fitted = cut(text, max(0, width), ascii)
        shown.append((fitted, style))
        width -= cell_len(fitted)
    return line(shown)
