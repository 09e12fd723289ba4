"""The sources: files, rows, the days they cover, what is wrong; add one, open one."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import ClassVar

from textual.binding import Binding, BindingType

from kpi_tui.errors import KpiError
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.messages import Edited
from kpi_tui.tui.new import identity
from kpi_tui.tui.screens.ask import Ask
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.screens.picker import Option, Picker
from kpi_tui.tui.screens.record import RecordScreen
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row
from kpi_tui.workspace.edits import Add, Delete


class SourcesScreen(Framed):
    """A row per source."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e", "open", show=False),
        Binding("a", "add", show=False),
        Binding("d,delete", "delete", show=False),
    ]

    def __init__(self, desk: Desk) -> None:
        hints = desk.language("Enter opens, a adds a file, d deletes, Esc closes")
        super().__init__(desk.language("Sources"), desk.language, hints=hints)
        self.desk = desk

    def fill(self) -> None:
        say = self.language
        self.grid.empty = (say("No files yet."), say("a adds one: a CSV, Excel or Parquet file beside the workspace."))
        columns = [
            Column("id", say("Source"), 14),
            Column("path", say("Files"), None),
            Column("rows", say("Rows"), 10, "right"),
            Column("until", say("Complete until"), 14, priority=1),
            Column("findings", say("Findings"), 9, "right", priority=2),
        ]
        self.grid.show(columns, [self._row(source.id) for source in self.desk.workspace.sources])

    def _row(self, name: str) -> Row:
        source = next(source for source in self.desk.workspace.sources if source.id == name)
        table = self.desk.session.tables.get(name)
        rows = (
            self.language.numbers.plain(table.rows_read) if table is not None else "…" if not self.desk.ascii else "."
        )
        found = len(table.findings) if table is not None else 0
        until = self.language.date(table.complete_until) if table is not None else ""
        cells = (Cell(name, "strong"), Cell(source.path), Cell(rows), Cell(until), Cell(str(found or ""), "risk"))
        return Row(name, cells)

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.action_open()

    def action_open(self) -> None:
        if self.grid.key is not None:
            self.app.push_screen(RecordScreen(self.desk, ("source", self.grid.key)), lambda _: self.fill())

    def action_add(self) -> None:
        say = self.language
        options = [
            Option("look", say("Look at exports"), say("how they are read is found out")),
            Option("plain", say("A file as it is"), say("how it is read is set by hand")),
        ]
        self.app.push_screen(Picker(say("Add"), options, say), self._picked)

    def _picked(self, picked: str | None) -> None:
        if picked == "look":
            from kpi_tui.tui.exports import ask_for_exports

            ask_for_exports(self.desk, self.app, lambda added: self.fill())
        elif picked == "plain":
            ask = Ask(self.language("Which file? A path beside the workspace; * stands for anything"), self.language)
            self.app.push_screen(ask, self._add)

    def _add(self, path: str | None) -> None:
        if not path or not path.strip():
            return
        stem = PurePosixPath(path.strip().split("*")[0].rstrip("-_.") or "source").name.split(".")[0]
        name = identity(stem, [source.id for source in self.desk.workspace.sources], "source")
        try:
            sentence = self.desk.apply(Add(("source",), {"id": name, "path": path.strip()}))
        except KpiError as error:
            self.say(self.language.error(error), "error")
            return
        self.post_message(Edited(sentence))
        self.fill()
        self.app.push_screen(RecordScreen(self.desk, ("source", name)), lambda _: self.fill())

    def action_delete(self) -> None:
        if self.grid.key is None:
            return
        try:
            self.post_message(Edited(self.desk.apply(Delete(("source", self.grid.key)))))
        except KpiError as error:
            self.say(self.language.error(error), "error")
            return
        self.fill()
