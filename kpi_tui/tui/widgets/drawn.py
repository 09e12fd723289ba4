"""A widget whose lines are values, drawn by difference: only cells that changed are sent to the terminal.

Textual sends a refreshed region again even where nothing changed, and refreshes a whole widget when it gains the
focus. Here `lines()` says what should be on the screen, `redraw()` compares it with what is there and refreshes the
changed part of the changed lines. Invariant: the regions refreshed cover every cell in which old and new lines differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from kpi_tui.tui.widgets.fitting import clusters
from kpi_tui.tui.widgets.look import styles

Span = tuple[str, str]  # text, style name ("" = plain)
Line = tuple[Span, ...]


def line(spans: Iterable[Span]) -> Line:
    """Spans as a line: neighbours of one style joined, empty ones left out, so that equal pictures are equal values."""
    joined: list[Span] = []
    for text, style in spans:
        if not text:
            continue
        if joined and joined[-1][1] == style:
            joined[-1] = (joined[-1][0] + text, style)
        else:
            joined.append((text, style))
    return tuple(joined)


def width_of(shown: Line) -> int:
    """Cells a line takes."""
    return sum(cell_len(text) for text, _ in shown)


def overlaid(under: Line, x: int, over: Line) -> Line:
    """`under` with `over` lying on it from cell `x` on; a wide character that is half covered becomes a blank."""
    end = x + width_of(over)
    left: list[Span] = []
    right: list[Span] = []
    cell = 0
    for piece, style, cells in _characters(under):
        if cell + cells <= x:
            left.append((piece, style))
        elif cell >= end:
            right.append((piece, style))
        else:
            left.append((" " * max(0, x - cell), ""))
            right.append((" " * max(0, cell + cells - end), ""))
        cell += cells
    return line([*left, *over, *right])


def changed(old: Sequence[Line], new: Sequence[Line]) -> list[Region]:
    """Regions, at most one a line, that cover every cell in which `new` differs from `old`."""
    regions = [
        _changed_part(y, before, after)
        for y, (before, after) in enumerate(zip(old, new, strict=False))
        if before != after
    ]
    return regions + [Region(0, y, width_of(new[y]), 1) for y in range(len(old), len(new))]


def _changed_part(y: int, before: Line, after: Line) -> Region:
    old, new = _characters(before), _characters(after)
    if sum(width for _, _, width in old) != (total := sum(width for _, _, width in new)):
        return Region(0, y, total, 1)
    start = _common(old, new)
    end = total - _common(old[::-1], new[::-1])
    return Region(min(start, end), y, max(1, end - start), 1)


def _characters(shown: Line) -> list[tuple[str, str, int]]:
    """(character with what combines with it, style, cells) along a line."""
    return [(piece, style, cells) for text, style in shown for piece, cells in clusters(text)]


def _common(old: Sequence[tuple[str, str, int]], new: Sequence[tuple[str, str, int]]) -> int:
    """Cells in which both begin alike."""
    cells = 0
    for left, right in zip(old, new, strict=False):
        if left != right:
            break
        cells += left[2]
    return cells


class Drawn(Widget):
    """Base of the widgets drawn by difference. A subclass gives `lines()` and calls `redraw()` when they may differ."""

    # Selecting text by mouse would mark every cell with its place; lines drawn by hand have nothing to select.
    ALLOW_SELECT = False

    def __init__(self, *, id: str | None = None, classes: str | None = None, ascii: bool = False) -> None:
        super().__init__(id=id, classes=classes)
        self.ascii = ascii
        self._drawn: tuple[Line, ...] = ()
        self._drawn_size = Size(-1, -1)
        self._styles_by_name: Mapping[str, Style] | None = None

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """What to show: `height` lines, each `width` cells wide."""
        raise NotImplementedError

    def redraw(self) -> None:
        """Draw what differs from the screen; nothing where nothing does."""
        if not self.is_attached:
            return
        if self.content_size != self._drawn_size:
            # Not laid out yet, about to be laid out anew, or hidden: render_line is to ask for the lines, also where
            # the size comes back as it was.
            self._drawn_size = Size(-1, -1)
            self.refresh()
            return
        before = self._drawn
        self._drawn = tuple(self.lines(*self._drawn_size))
        if regions := changed(before, self._drawn):
            self.refresh(*regions)

    def render_line(self, y: int) -> Strip:
        if self.content_size != self._drawn_size:
            self._drawn_size = self.content_size
            self._drawn = tuple(self.lines(*self._drawn_size))
        if y >= len(self._drawn):
            return Strip.blank(self.content_size.width)
        shown = self._drawn[y]
        table = self._look()
        return Strip([Segment(text, table.get(style)) for text, style in shown], width_of(shown))

    def on_mount(self) -> None:
        self.watch(self.app, "theme", self._theme_changed, init=False)

    def on_focus(self, event: events.Focus) -> None:
        """Do what Textual does, but for the refresh of the whole widget."""
        event.prevent_default()
        self.has_focus = True
        if self.parent is not None:
            self.parent.post_message(events.DescendantFocus(self))
        self.redraw()

    def on_blur(self, event: events.Blur) -> None:
        event.prevent_default()
        self.has_focus = False
        if self.parent is not None:
            self.parent.post_message(events.DescendantBlur(self))
        self.redraw()

    def _look(self) -> Mapping[str, Style]:
        if self._styles_by_name is None:
            self._styles_by_name = styles(self.app.theme_variables)
        return self._styles_by_name

    def _theme_changed(self) -> None:
        self._styles_by_name = None
        self.refresh()
