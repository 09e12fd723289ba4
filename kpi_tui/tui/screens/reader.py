"""Text to read: help, an explanation, findings, differences. Two columns, of which the first may be empty."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from kpi_tui.language.language import Language
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.widgets.grid import Cell, Column, Row

Entry = tuple[str, str, str]  # label, text, style of the text


class Reader(Framed):
    """Shows entries; a long text is broken over several rows."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "close", show=False), Binding("y", "copy", show=False)]

    def __init__(self, title_text: str, entries: Sequence[Entry], language: Language, *, label_width: int = 0) -> None:
        super().__init__(title_text, language, hints=language("Esc closes, y copies the line"))
        self.entries = tuple(entries)
        self.label_width = label_width

    def fill(self) -> None:
        from textwrap import wrap

        width = max(20, self.app.size.width - self.label_width - 2)
        labelled = self.label_width > 0
        columns = [Column("text", "", None)]
        if labelled:
            columns.insert(0, Column("label", "", self.label_width))
        rows: list[Row] = []
        for label, text, style in self.entries:
            for index, part in enumerate(wrap(text, width, break_on_hyphens=False) or [""]):
                shown = [Cell(part, style)]
                if labelled:
                    shown.insert(0, Cell(label if index == 0 else "", "muted"))
                rows.append(Row(str(len(rows)), tuple(shown)))
        self.grid.show(columns, rows)

    def on_resize(self) -> None:
        if self.is_mounted:
            self.fill()

    def action_copy(self) -> None:
        row = self.grid.rows[self.grid.row_index] if self.grid.rows else None
        if row is not None:
            self.app.copy_to_clipboard("\t".join(cell.text for cell in row.cells))
            self.say(self.language("copied"))
