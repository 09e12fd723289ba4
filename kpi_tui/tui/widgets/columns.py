"""Columns, rows and where they go: a table laid out in a given width, as lines.

Invariant: `header_line` and `row_line` give lines of exactly the width they are asked for.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from rich.cells import cell_len

from kpi_tui.tui.widgets.drawn import Line, Span, line, width_of
from kpi_tui.tui.widgets.fitting import Align, cut, fit

GAP = 1


class Column(Struct, frozen=True):
    """`width` in cells, None = takes the rest, at least `least`. In a narrow pane columns of the highest `priority` are
    dropped first.

    The cursor stops only in columns that are `reachable`: a sparkline at the far end has nothing to edit and, since a
    line is sent from its beginning, is dear to mark.
    """

    key: str
    title: str
    width: int | None = None
    align: Align = "left"
    priority: int = 0
    editable: bool = False
    reachable: bool = True
    least: int = 12


class Cell(Struct, frozen=True, array_like=True):
    """What a cell shows; `style` is a meaning such as `ok`, `risk`, `off`, `muted`, `strong`, `mark`."""

    text: str
    style: str = ""


class Row(Struct, frozen=True):
    """One line, known by `key` when rows change. `cells` has one cell a column; `indent` steps of two cells."""

    key: str
    cells: tuple[Cell, ...]
    indent: int = 0


class Slot(Struct, frozen=True):
    """A column that is shown: `index` among all columns, first cell and width on the screen."""

    column: Column
    index: int
    x: int
    width: int


def lay_out(columns: Sequence[Column], width: int) -> tuple[Slot, ...]:
    """The columns that fit into `width` cells, from the left. At least one is shown, cut where it must be."""
    kept = list(range(len(columns)))
    while len(kept) > 1 and _least(columns, kept) > width:
        worst = max(kept, key=lambda index: (columns[index].priority, index))
        kept.remove(worst)
    flexible = [index for index in kept if columns[index].width is None]
    rest = max(0, width - GAP * (len(kept) - 1) - sum(columns[index].width or 0 for index in kept))
    slots: list[Slot] = []
    x = 0
    for index in kept:
        given = columns[index].width
        if given is None:
            place = flexible.index(index)
            given = rest // len(flexible) + (1 if place < rest % len(flexible) else 0)
        given = max(0, min(given, width - x))
        slots.append(Slot(columns[index], index, x, given))
        x += given + GAP
    return tuple(slots)


def _least(columns: Sequence[Column], kept: Sequence[int]) -> int:
    """Cells that the kept columns need."""
    needed = sum(columns[index].least if (given := columns[index].width) is None else given for index in kept)
    return needed + GAP * (len(kept) - 1)


def naming(slots: Sequence[Slot]) -> int:
    """How many slots from the left name the row: up to the first that takes the rest. The cursor marks these."""
    for place, slot in enumerate(slots):
        if slot.column.width is None:
            return place + 1
    return min(1, len(slots))


def header_line(slots: Sequence[Slot], width: int, ascii: bool) -> Line:
    """The titles over their columns."""
    spans: list[Span] = []
    for slot in slots:
        title = cut(slot.column.title, slot.width, ascii)
        blank = " " * (slot.width - cell_len(title))
        text = blank + title if slot.column.align == "right" else title + blank
        spans += [(text + " " * GAP, "head")]
    return _fill(spans, width)


def row_line(
    row: Row, slots: Sequence[Slot], width: int, *, cursor: str | None = None, focused: bool = True, ascii: bool = False
) -> Line:
    """A row; `cursor` is the key of the column the cursor is in, None for a row it is not on."""
    named = naming(slots)
    spans: list[Span] = []
    for place, slot in enumerate(slots):
        text, style = _cell(row, slot, ascii)
        if cursor is not None and place < named:
            style = "cursor" if focused else "resting"
        elif cursor is not None and slot.column.key == cursor and focused:
            style = "cell"
        gap = style if cursor is not None and place < named - 1 else ""
        spans += [(text, style), (" " * GAP, gap)] if place < len(slots) - 1 else [(text, style)]
    return _fill(spans, width)


def _cell(row: Row, slot: Slot, ascii: bool) -> Span:
    cell = row.cells[slot.index] if slot.index < len(row.cells) else Cell("")
    indent = min(2 * row.indent, slot.width // 2) if slot.column.width is None else 0
    text = " " * indent + fit(cell.text, slot.width - indent, slot.column.align, ascii)
    # Blanks need no style: they look the same without.
    return text, cell.style if cell.text.strip() else ""


def _fill(spans: Sequence[Span], width: int) -> Line:
    """A line of `width` cells: padded, or without the blanks that are too many."""
    shown = line(spans)
    missing = width - width_of(shown)
    if missing < 0:
        *before, (text, style) = shown
        return line([*before, (text[:missing], style)])
    return line([*shown, (" " * missing, "")])
