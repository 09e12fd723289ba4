"""The floor for a Textual app: header, a DataTable of 1,000 rows and 9 columns, footer."""

from __future__ import annotations

from typing import ClassVar

from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import DataTable, Footer, Header


class TableApp(App[None]):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("q", "quit", "Quit")]

    def compose(self) -> ComposeResult:
        yield Header()
        yield DataTable(cursor_type="row")
        yield Footer()

    def on_mount(self) -> None:
        table = self.query_one(DataTable)
        table.add_columns(*(f"column {n}" for n in range(9)))
        table.add_rows([[f"{row}:{column}" for column in range(9)] for row in range(1000)])
        table.focus()


if __name__ == "__main__":
    TableApp().run()
