"""All corrections of the workspace: what each changes, on which date and slice, why and by whom."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from kpi_tui.facts.adjusting import numeric_columns
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.screens.correction import CorrectionScreen, about
from kpi_tui.tui.screens.editing import Editing
from kpi_tui.tui.screens.record import RecordScreen
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row
from kpi_tui.workspace.edits import Delete
from kpi_tui.workspace.model import Adjustment


class CorrectionsScreen(Editing):
    """A row per correction, in the order of the file."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e,f2", "open", show=False),
        Binding("a", "add", show=False),
        Binding("d,delete", "delete", show=False),
    ]

    def __init__(self, desk: Desk) -> None:
        hints = desk.language("Enter opens, a adds, d deletes, u undoes, Esc closes")
        super().__init__(desk.language("Corrections"), desk, hints=hints)

    def fill(self) -> None:
        say = self.language
        self.grid.empty = (say("No corrections."), say("A on a metric makes one; the source itself is never changed."))
        columns = [
            Column("mark", "", 1, reachable=False),
            Column("date", say("Date"), 15),
            Column("column", say("Column"), 18),
            Column("where", say("Only where"), 18, priority=2),
            Column("amount", say("Amount"), 14, "right"),
            Column("reason", say("Reason"), None),
            Column("author", say("Author"), 10, priority=1),
        ]
        self.grid.show(columns, [self._row(made) for made in self.desk.workspace.adjustments])

    def _row(self, made: Adjustment) -> Row:
        findings = self.desk.session.evaluator.leaf_tables.corrections.findings
        subjects = [f for f in findings if f.subject and made.id == getattr(f.subject, "values", {}).get("name")]
        amount = made.add if made.add is not None else made.set
        shown = self.language.numbers.exact(amount, "count")
        sign = "=" if made.add is None else "+" if amount is not None and amount >= 0 else ""
        where = ", ".join(f"{name} {value or self.language('(none)')}" for name, value in made.where.items())
        cells = (
            Cell("!" if subjects else "", "risk"),
            Cell(self.language.date(made.date)),
            Cell(f"{made.source}.{made.column}"),
            Cell(where),
            Cell(sign + shown, "strong"),
            Cell(made.reason),
            Cell(made.author, "muted"),
        )
        return Row(made.id, cells)

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """What is wrong with the correction, if anything is."""
        for finding in self.desk.session.evaluator.leaf_tables.corrections.findings:
            if event.key is not None and getattr(finding.subject, "values", {}).get("name") == event.key:
                self.say(self.language.finding(finding), "error")
                return
        self.say("")

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.action_open()

    def action_open(self) -> None:
        if self.grid.key is not None:
            self.app.push_screen(RecordScreen(self.desk, ("adjustment", self.grid.key)), lambda _: self.fill())

    def action_add(self) -> None:
        tables = self.desk.session.tables
        found = [
            (name, column)
            for name, table in tables.items()
            if (engine := table.engine) is not None
            for column in numeric_columns(engine.schema)
        ]
        if not found:
            self.say(self.language("no source has a column of numbers: s, Enter, Column types"), "error")
            return
        draft = about(self.desk, found[0], {})
        self.app.push_screen(CorrectionScreen(self.desk, draft, found), lambda _: self.fill())

    def action_delete(self) -> None:
        if self.grid.key is not None:
            key = self.grid.key
            self.step(lambda: self.desk.apply(Delete(("adjustment", key))))
