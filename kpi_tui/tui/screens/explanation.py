"""Where a number comes from: what it is made of, line by line, and the source rows below any of its sums."""

from __future__ import annotations

from textwrap import wrap
from typing import ClassVar

from textual.binding import Binding, BindingType

from kpi_tui.metrics.explain import Explanation, Part
from kpi_tui.metrics.rows import LeafRows, leaf_rows
from kpi_tui.report.explanation import cell_text, explanation_lines, explanation_title, rows_title
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row

LABEL = 18
WIDEST_CELL = 18
PLACE = 30


class ExplanationScreen(Framed):
    """Shows an explanation; Enter on a sum or a count opens the rows it was counted over."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "rows", show=False), Binding("y", "copy", show=False)]

    def __init__(self, desk: Desk, explanation: Explanation) -> None:
        hints = desk.language("Enter opens the source rows of a line or below it, y copies it, Esc closes")
        metric = desk.context().metric(explanation.metric)
        super().__init__(explanation_title(explanation, metric, desk.language), desk.language, hints=hints)
        self.desk = desk
        self.explanation = explanation
        self.opened: dict[str, Part] = {}

    def fill(self) -> None:
        width = max(20, self.app.size.width - LABEL - 2)
        rows: list[Row] = []
        self.opened = {}
        for line in explanation_lines(self.explanation, self.language):
            indent = "  " * line.depth
            for index, part in enumerate(wrap(line.text, width - len(indent), break_on_hyphens=False) or [""]):
                key = str(len(rows))
                if line.part is not None:
                    self.opened[key] = line.part
                label = Cell(line.label if index == 0 else "", "" if line.number else "muted")
                rows.append(Row(key, (label, Cell(indent + part, line.style))))
        columns = [Column("label", "", LABEL, "right"), Column("text", "", None)]
        self.grid.show(columns, rows)

    def on_resize(self) -> None:
        if self.is_mounted:
            self.fill()

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.action_rows()

    def action_rows(self) -> None:
        # on a formula: the rows of the first sum or count below it
        below = (part for key, part in self.opened.items() if int(key) >= self.grid.row_index)
        part = next(below, None)
        if part is None:
            self.say(self.language("no source rows below this line"))
            return
        found = leaf_rows(self.desk.context().evaluator, self.explanation, part)
        self.app.push_screen(RowsScreen(self.desk, found))

    def action_copy(self) -> None:
        copy_row(self)


class RowsScreen(Framed):
    """The source rows behind one sum or count: place, date, dimensions, and the columns it reads."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("y", "copy", show=False)]

    def __init__(self, desk: Desk, found: LeafRows) -> None:
        super().__init__(
            rows_title(found, desk.language), desk.language, hints=desk.language("y copies the row, Esc closes")
        )
        self.found = found

    def fill(self) -> None:
        found = self.found
        texts = [[cell_text(row.cells[name], self.language) for name in found.columns] for row in found.rows]
        places = [_short(str(row.place)) for row in found.rows]
        columns = [
            Column("place", self.language("File and line"), None, least=min(PLACE, max(map(len, places), default=1)))
        ]
        for at, name in enumerate(found.columns):
            width = min(WIDEST_CELL, max([len(name), *(len(row[at]) for row in texts)]))
            is_number = any(_is_number(row.cells[name]) for row in found.rows)
            columns.append(Column(name, name, width, "right" if is_number else "left", priority=_priority(found, name)))
        rows = [
            Row(str(at), (Cell(place, "muted"), *(Cell(text) for text in cells)))
            for at, (place, cells) in enumerate(zip(places, texts, strict=True))
        ]
        self.grid.show(columns, rows)

    def action_copy(self) -> None:
        copy_row(self)


def copy_row(screen: Framed) -> None:
    """Copy the row under the cursor, cells separated by tabs."""
    row = screen.grid.rows[screen.grid.row_index] if screen.grid.rows else None
    if row is not None:
        screen.app.copy_to_clipboard("\t".join(cell.text.strip() for cell in row.cells))
        screen.say(screen.language("copied"))


def _priority(found: LeafRows, name: str) -> int:
    """Where it gets narrow dimensions go first, the last one before the others; what the sum reads stays."""
    reads = found.columns[found.dimensions[1] :]
    return 0 if name in reads else found.columns.index(name)


def _short(place: str) -> str:
    """The end of a long path: the file's name and the line are what one looks for."""
    return place if len(place) <= PLACE else "…" + place[-PLACE + 1 :]


def _is_number(value: object) -> bool:
    return not isinstance(value, str | bool) and hasattr(value, "__abs__")
