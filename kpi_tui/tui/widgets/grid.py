"""The grid: rows of cells with a cursor, windowed and drawn by difference, with an editor over a cell.

Why not `DataTable`: one changed cell costs it 7 KB and a step at the edge 8 KB; here a step costs some 150 bytes. The
cursor marks what names the row and the current cell, not the whole row, since every marked cell has to be sent twice.
Invariant: the cursor stays on its row's key when rows change, on the same place where the key is gone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from msgspec.structs import replace
from textual import events
from textual.geometry import Offset
from textual.message import Message

from kpi_tui.tui.widgets.columns import Cell, Column, Row
from kpi_tui.tui.widgets.drawn import Drawn, Line
from kpi_tui.tui.widgets.editor import Typing
from kpi_tui.tui.widgets.table import Edited, Table
from kpi_tui.tui.widgets.window import Window

__all__ = ["Cell", "Column", "Grid", "Row", "Step"]

Step = Literal[
    "up", "down", "left", "right", "page_up", "page_down", "half_up", "half_down", "top", "bottom", "home", "end"
]
WHEEL_ROWS = 3


class Grid(Drawn, can_focus=True):
    """Shows columns and rows. `empty` holds the lines shown where there are no rows."""

    DEFAULT_CSS = """
    Grid {
        width: 1fr;
        height: 1fr;
        overflow: hidden;
    }
    """

    class Moved(Message):
        """The cursor is on another row or column; `key` is None where there are no rows."""

        def __init__(self, grid: Grid, key: str | None, column: str | None) -> None:
            super().__init__()
            self.grid, self.key, self.column = grid, key, column

        @property
        def control(self) -> Grid:
            return self.grid

    class Chosen(Message):
        """The row under the cursor was opened."""

        def __init__(self, grid: Grid, key: str, column: str | None) -> None:
            super().__init__()
            self.grid, self.key, self.column = grid, key, column

        @property
        def control(self) -> Grid:
            return self.grid

    class Submitted(Message):
        """The editor's text was committed: answer with `close_editor()` or `refuse(reason)`."""

        def __init__(self, grid: Grid, key: str, column: str, value: str) -> None:
            super().__init__()
            self.grid, self.key, self.column, self.value = grid, key, column, value

        @property
        def control(self) -> Grid:
            return self.grid

    class Cancelled(Message):
        """The editor was left without a commit."""

        def __init__(self, grid: Grid) -> None:
            super().__init__()
            self.grid = grid

        @property
        def control(self) -> Grid:
            return self.grid

    def __init__(
        self,
        *,
        empty: Sequence[str] = (),
        id: str | None = None,
        classes: str | None = None,
        ascii: bool = False,
    ) -> None:
        super().__init__(id=id, classes=classes, ascii=ascii)
        self.empty: tuple[str, ...] = tuple(empty)
        self._columns: tuple[Column, ...] = ()
        self._rows: Sequence[Row] = ()
        self._column: str | None = None
        self._view = Window()
        self._announced: tuple[str | None, str | None] = (None, None)
        self._editor: Edited | None = None

    # What it shows

    @property
    def rows(self) -> Sequence[Row]:
        """The rows given to `show`."""
        return self._rows

    @property
    def key(self) -> str | None:
        """Key of the row under the cursor, None where there are no rows."""
        return self._rows[self._view.row].key if self._rows else None

    @property
    def column(self) -> str | None:
        """Key of the column the cursor is in."""
        return self._column

    @property
    def row_index(self) -> int:
        """Place of the cursor among the rows, from 0."""
        return self._view.row

    @property
    def editing(self) -> bool:
        """Whether the editor is open."""
        return self._editor is not None

    def show(self, columns: Sequence[Column], rows: Sequence[Row]) -> None:
        """Show these; what is on the screen already is not drawn again. `rows` may be lazy."""
        key = self.key
        self._columns = tuple(columns)
        self._rows = rows
        if not any(self._column == column.key for column in self._columns):
            reachable = [column for column in self._columns if column.reachable]
            naming = [column for column in reachable if column.width is None]
            self._column = next((column.key for column in naming or reachable), None)
        view = self._sized(len(rows))
        found = self._place_of(key, view.row)
        self._view = view if found is None else view.to(found)
        if self._editor is not None and (self.key, self._column) != (self._editor.key, self._editor.column):
            self._cancel()
        self._settle()

    def _place_of(self, key: str | None, likely: int) -> int | None:
        if key is None:
            return None
        if likely < len(self._rows) and self._rows[likely].key == key:
            return likely
        return next((place for place, row in enumerate(self._rows) if row.key == key), None)

    # The cursor

    def move(self, step: Step) -> None:
        """Move the cursor: `home`, `end` to the first and last column, `top`, `bottom` to the first and last row."""
        if self.editing:
            return
        window = self._sized(len(self._rows))
        match step:
            case "up":
                window = window.by(-1)
            case "down":
                window = window.by(1)
            case "page_up":
                window = window.page(-1)
            case "page_down":
                window = window.page(1)
            case "half_up":
                window = window.page(-0.5)
            case "half_down":
                window = window.page(0.5)
            case "top":
                window = window.to(0)
            case "bottom":
                window = window.to(len(self._rows) - 1)
            case "left" | "right" | "home" | "end":
                self._move_across(step)
        self._view = window
        self._settle()

    def _move_across(self, step: Literal["left", "right", "home", "end"]) -> None:
        keys = [column.key for column in self._shown if column.reachable]
        if not keys:
            return
        place = keys.index(self._column) if self._column in keys else 0
        places = {"left": place - 1, "right": place + 1, "home": 0, "end": len(keys) - 1}
        self._column = keys[max(0, min(places[step], len(keys) - 1))]

    # Keys come ahead of the layout: a pane that was just led to has no size yet.

    def _sized(self, count: int) -> Window:
        """The view over so many rows, in the room there is or was."""
        return self._view.sized(self._table.view if self.content_size.width else self._view.height, count)

    @property
    def _shown(self) -> Sequence[Column]:
        """The columns that are not hidden for want of room; before it is known how much there is, none is."""
        return [slot.column for slot in self._table.slots] if self.content_size.width else self._columns

    def move_to(self, key: str, column: str | None = None) -> bool:
        """The cursor to the row of this key (and this column); False where there is none or something is typed."""
        place = self._place_of(key, self._view.row)
        known = column is None or any(column == each.key for each in self._columns)
        if self.editing or place is None or not known:
            return False
        self._column = column or self._column
        self._view = self._sized(len(self._rows)).to(place)
        self._settle()
        return True

    def choose(self) -> None:
        """Post `Chosen` for the row under the cursor."""
        if self.key is not None:
            self.post_message(self.Chosen(self, self.key, self._column))

    def action_move(self, step: Step) -> None:
        """`move`, for a binding such as `move('down')`."""
        self.move(step)

    def action_choose(self) -> None:
        """`choose`, for a binding."""
        self.choose()

    def _settle(self) -> None:
        self.redraw()
        place = (self.key, self._column)
        if place != self._announced:
            self._announced = place
            self.post_message(self.Moved(self, *place))

    # Editing

    def edit(self, value: str) -> bool:
        """Open the editor over the current cell with `value`; False where the column is not editable."""
        column = next((column for column in self._shown if column.key == self._column), None)
        if column is None or not column.editable or self.key is None:
            return False
        self._editor = Edited(self.key, column.key, Typing.of(value))
        self._type(self._editor.typing)
        return True

    def refuse(self, reason: str) -> None:
        """Keep the editor open and say why its text was not taken, on a line of its own."""
        if self._editor is not None:
            self._editor = replace(self._editor, reason=reason)
            self.redraw()

    def close_editor(self) -> None:
        """Close the editor, without a message."""
        self._editor = None
        self.redraw()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """While something is typed, what can be printed is text and not a hotkey."""
        return self.editing and character is not None and character.isprintable()

    def on_key(self, event: events.Key) -> None:
        """While something is typed every plain key is the editor's; others pass."""
        if self._editor is None:
            return
        typing = self._editor.typing
        if event.key == "enter":
            self.post_message(self.Submitted(self, self._editor.key, self._editor.column, typing.text))
        elif event.key == "escape":
            self._cancel()
        elif (typed := typing.pressed(event.key, event.character)) is not None:
            self._type(typed)
        elif "+" in event.key or event.key[1:].isdigit():
            return  # a chord or a function key: ctrl+s, f1
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        if self._editor is not None:
            event.stop()
            self._type(self._editor.typing.pasted(event.text))

    def _cancel(self) -> None:
        self.close_editor()
        self.post_message(self.Cancelled(self))

    def _type(self, typing: Typing) -> None:
        """Draw another text in the editor; input methods open their window at the terminal's cursor."""
        if self._editor is None:
            return
        self._editor = self._editor.typed(typing)
        self.redraw()
        if (place := self._table.field(self._view, self._editor.column)) is not None:
            x, y, width = place
            x += typing.caret(width, self.ascii)
            self.app.cursor_position = self.content_region.offset + Offset(x, y)

    # Drawing

    def lines(self, width: int, height: int) -> list[Line]:
        table = Table(self._columns, self._rows, width, height, self.ascii)
        reachable = [slot.column.key for slot in table.slots if slot.column.reachable]
        if reachable and self._column not in reachable:  # it was reached before there was a layout, or in a wider one
            self._column = reachable[-1]
        view = self._view = self._view.sized(table.view, len(self._rows))
        drawn = table.lines(view, self._column, focused=self.has_focus, empty=self.empty)
        return table.edited(drawn, view, self._editor) if self._editor else drawn

    @property
    def _table(self) -> Table:
        return Table(self._columns, self._rows, *self.content_size, self.ascii)

    # Mouse

    def on_click(self, event: events.Click) -> None:
        offset = event.get_content_offset(self)
        if offset is None or self.editing:
            return
        index = self._view.top + offset.y - self._table.header
        if offset.y < self._table.header or index >= len(self._rows):
            return
        before = (self.key, self._column)
        hit = [slot.column.key for slot in self._table.slots if slot.x <= offset.x and slot.column.reachable]
        self.move_to(self._rows[index].key, hit[-1] if hit else None)
        if event.chain > 1 and before == (self.key, self._column):
            self.choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self._wheel(WHEEL_ROWS)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self._wheel(-WHEEL_ROWS)

    def _wheel(self, rows: int) -> None:
        if not self.editing:
            self._view = self._view.by(rows)
            self._settle()
