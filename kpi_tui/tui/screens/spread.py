"""How the values behind a number are spread: a bar for every bin; `b` looks at another sum or median of the number."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual.binding import Binding, BindingType

from kpi_tui.formula.tree import render
from kpi_tui.metrics.explain import Explanation
from kpi_tui.metrics.spread import LeafSpread
from kpi_tui.report.explanation import explanation_title
from kpi_tui.report.spread import bin_rows, spread_title
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.screens.explanation import copy_row
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.screens.picker import Option, Picker
from kpi_tui.tui.widgets.bar import from_left
from kpi_tui.tui.widgets.grid import Cell, Column, Row
from kpi_tui.tui.widgets.statusline import StatusLine

LEAST_BAR = 10


class SpreadScreen(Framed):
    """Shows one of `found`, which has at least one; `explanation` is of the number they are behind."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("b", "another", show=False),
        Binding("p,enter", "close", show=False),
        Binding("y", "copy", show=False),
    ]

    def __init__(self, desk: Desk, explanation: Explanation, found: Sequence[LeafSpread]) -> None:
        several = len(found) > 1
        hints = (
            desk.language("b other values of this number, y copies the row, Esc closes")
            if several
            else desk.language("y copies the row, Esc closes")
        )
        super().__init__("", desk.language, hints=hints)
        self.desk = desk
        self.explanation = explanation
        self.found = tuple(found)
        self.index = 0

    def fill(self) -> None:
        say, each = self.language, self.found[self.index]
        metric = self.desk.context().metric(self.explanation.metric)
        self.query_one("#title", StatusLine).show([(explanation_title(self.explanation, metric, say), "strong")])
        aside = [say("corrections are not among them")] if self.explanation.corrections else []
        self.say(", ".join([spread_title(each, say), *aside]))
        made = bin_rows(each, say)
        name = max([len(say("Values")), *(len(row.name) for row in made)])
        marks = max([0, *(len(row.marks) for row in made)])
        room = self.app.size.width - name - 9 - 8 - marks - 4
        width = max(LEAST_BAR, room)
        columns = [
            Column("name", say("Values"), None, "right", least=name),
            Column("count", say("Count"), 9, "right"),
            Column("share", say("Share"), 8, "right", priority=2),
            Column("bar", "", width, reachable=False, priority=1 if room >= LEAST_BAR else 3),
            Column("marks", "", marks, reachable=False),
        ]
        self.grid.empty = (say("there are no values"),)
        self.grid.show(
            columns,
            [
                Row(
                    str(at),
                    (
                        Cell(row.name, "muted" if row.gathered else ""),
                        Cell(row.count),
                        Cell(row.share, "muted"),
                        Cell(from_left(row.length, width, self.desk.ascii), "muted" if row.gathered else "series"),
                        Cell(row.marks, "mark"),
                    ),
                )
                for at, row in enumerate(made)
            ],
        )

    def on_resize(self) -> None:
        if self.is_mounted:
            self.fill()

    def action_another(self) -> None:
        options = [Option(str(at), self._formula(each)) for at, each in enumerate(self.found)]
        if len(options) > 1:
            picker = Picker(self.language("Values behind"), options, self.language, current=str(self.index))
            self.app.push_screen(picker, self._show)

    @staticmethod
    def _formula(each: LeafSpread) -> str:
        return render(each.part.leaf.aggregate) if each.part.leaf is not None else each.function

    def _show(self, picked: str | None) -> None:
        if picked is not None:
            self.index = int(picked)
        self.fill()

    def action_copy(self) -> None:
        copy_row(self)
