"""A window on rows as lines, and the editor lying over one cell of it: pure pictures, without a widget.

Invariant: `Table.lines` gives exactly `height` lines of exactly `width` cells, and reads only the rows in view.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from kpi_tui.tui.widgets.columns import Column, Row, Slot, header_line, lay_out, row_line
from kpi_tui.tui.widgets.drawn import Line, line, overlaid
from kpi_tui.tui.widgets.editor import Typing
from kpi_tui.tui.widgets.fitting import fit, wrapped
from kpi_tui.tui.widgets.window import Window

LEAST_FIELD = 18  # room for a number of twelve digits with its sign and point


class Edited(Struct, frozen=True):
    """What is being typed into the cell (`key`, `column`) and, after a refusal, why it was not taken."""

    key: str
    column: str
    typing: Typing
    reason: str = ""

    def typed(self, typing: Typing) -> Edited:
        """With another text; a reason given before no longer holds."""
        return replace(self, typing=typing, reason="")


class Table(Struct, frozen=True):
    """Rows under their header in `width` x `height` cells; `column` is the key of the cursor's column."""

    columns: Sequence[Column]
    rows: Sequence[Row]
    width: int
    height: int
    ascii: bool = False

    @property
    def header(self) -> int:
        """Lines the header takes: none where there is room for one line only."""
        return 1 if self.height > 1 else 0

    @property
    def view(self) -> int:
        """Rows that fit."""
        return max(1, self.height - self.header)

    @property
    def marked(self) -> bool:
        """Whether the last column of cells says that rows are hidden above or below."""
        return len(self.rows) > self.view

    @property
    def slots(self) -> tuple[Slot, ...]:
        """Where the columns are."""
        return lay_out(self.columns, self._table_width)

    @property
    def _table_width(self) -> int:
        return max(0, self.width - 1) if self.marked else self.width

    def slot(self, column: str | None) -> Slot | None:
        """Where a column is; None where it is not shown."""
        return next((slot for slot in self.slots if slot.column.key == column), None)

    def lines(self, window: Window, column: str | None, *, focused: bool, empty: Sequence[str] = ()) -> list[Line]:
        """The picture, `empty` below the header where there are no rows."""
        slots, width = self.slots, self._table_width
        drawn = [header_line(slots, width, self.ascii)] if self.header else []
        if self.marked and drawn:
            drawn = [line([*drawn[0], (" ", "")])]
        for offset in range(max(0, min(window.height, len(self.rows) - window.top))):
            index = window.top + offset
            cursor = column if index == window.row else None
            shown = row_line(self.rows[index], slots, width, cursor=cursor, focused=focused, ascii=self.ascii)
            drawn.append(line([*shown, (self._mark(window, offset), "muted")]) if self.marked else shown)
        if not self.rows:
            drawn += [line([(fit(text, self.width, "left", self.ascii), "muted")]) for text in empty]
        blank = line([(" " * self.width, "")])
        return (drawn + [blank] * self.height)[: self.height]

    def _mark(self, window: Window, offset: int) -> str:
        """In the last cell of a line: that rows are hidden above the first line or below the last one."""
        if offset == 0 and window.top > 0:
            return "^" if self.ascii else "↑"
        if offset == window.height - 1 and window.top + window.height < window.count:
            return "v" if self.ascii else "↓"
        return " "

    def field(self, window: Window, column: str) -> tuple[int, int, int] | None:
        """First cell, line and width of the editor: over its cell, widened where that is narrow."""
        slot = self.slot(column)
        if slot is None:
            return None
        width = min(self.width, max(slot.width, LEAST_FIELD))
        x = slot.x + slot.width - width if slot.column.align == "right" else slot.x
        return max(0, min(x, self.width - width)), self.header + window.row - window.top, width

    def _half_hidden(self, x: int) -> int:
        """From where to blank what an editor that begins at `x` hides in part: half a number would read as another."""
        slot = next((slot for slot in self.slots if slot.x < x < slot.x + slot.width), None)
        if slot is None:
            return x
        return slot.x if slot.column.align == "right" else x - 1

    def edited(self, drawn: Sequence[Line], window: Window, editor: Edited) -> list[Line]:
        """`drawn` with the editor over its cell and the reason below it, or above it where there is no room below.

        A reason too long for a line takes two where there are two.
        """
        lines = list(drawn)
        place = self.field(window, editor.column)
        if place is None:
            return lines
        x, y, width = place
        hidden = self._half_hidden(x)
        lines[y] = overlaid(lines[y], hidden, line([(" " * (x - hidden), "")]))
        lines[y] = overlaid(lines[y], x, editor.typing.shown(width, self.ascii))
        if editor.reason and len(lines) > 1:
            parts = self._reason(editor.reason, max(len(lines) - 1 - y, y - self.header))
            begin = y + 1 if y + len(parts) < len(lines) else y - len(parts)
            for at, part in enumerate(parts, begin):
                lines[at] = line([(fit(part, self.width, "left", self.ascii), "error")])
        return lines

    def _reason(self, reason: str, room: int) -> list[str]:
        """A reason on as many lines as it may take."""
        parts = wrapped(reason, self.width, self.ascii)
        if room < 2 or len(parts) < 2:
            return [reason]
        return [parts[0], " ".join(parts[1:])]
