"""The table in which values are typed: periods down, hand-entered metrics and their slices across.

A digit begins to type over the cell, Enter takes it and goes down; a block copied from a spreadsheet is pasted from the
cursor on, whole or not at all.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, cast

from textual import events
from textual.binding import Binding, BindingType

from kpi_tui.errors import KpiError
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.entering import Place, Sheet, Wrong, sheet
from kpi_tui.tui.screens.ask import Ask
from kpi_tui.tui.screens.editing import Editing
from kpi_tui.tui.screens.picker import Option, Picker
from kpi_tui.tui.screens.reader import Reader
from kpi_tui.tui.screens.record import RecordScreen
from kpi_tui.tui.viewing import GRAINS
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row
from kpi_tui.tui.word_names import word_name
from kpi_tui.workspace.edits import Edit
from kpi_tui.workspace.model import Grain

_BEGINS = frozenset("0123456789-+.,\u2212=")  # what a number can begin with
_WIDEST, _LEAST = 18, 9


class EntriesScreen(Editing):
    """Opened on a hand-entered metric, at the period looked at."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e,f2", "edit", show=False),
        Binding("d,delete,backspace", "empty", show=False),
        Binding("a", "add", show=False),
        Binding("p", "periods", show=False),
        Binding("o", "open", show=False),
    ]

    def __init__(self, desk: Desk, metric: str) -> None:
        hints = desk.language("type or paste numbers, Enter down, d empties, p periods, a slice, o form, Esc")
        super().__init__(desk.language("Values entered by hand"), desk, hints=hints)
        self.metric = metric
        view, current = desk.session.view, desk.context().current
        self.grain: Grain = "month" if view.grain == "all" else view.grain
        self.more: tuple[Place, ...] = ()
        self.looked_at = current.end if current is not None else self._as_of

    @property
    def _as_of(self) -> date:
        """The date of the data; of the calendar where there are none: which rows there are, never a figure."""
        return self.desk.session.evaluator.as_of or date.today()

    @property
    def sheet(self) -> Sheet:
        return sheet(self.desk.workspace, self.metric, self.grain, self._as_of, date.today(), self.more)

    def on_mount(self) -> None:
        super().on_mount()
        self._to_period(self.looked_at)

    def _to_period(self, day: date) -> None:
        found = next((period.name for period in self.sheet.periods if day in period), None)
        if found is not None:
            self.grid.move_to(found, self.grid.column if self.grid.column != "period" else "0")

    def fill(self) -> None:
        if all(metric.id != self.metric or not metric.is_typed for metric in self.desk.workspace.metrics):
            self.dismiss(None)  # an undo has taken it away
            return
        shown = self.sheet
        columns = [Column("period", self.language.say(word_name("every", self.grain)), 14, reachable=False)]
        for index, place in enumerate(shown.places):
            title = self._title(place)
            width = max(_LEAST, min(_WIDEST, len(title)))
            columns.append(Column(str(index), title, width, "right", priority=index, editable=True))
        rows = [
            Row(period.name, (Cell(self.language.period(period.name)), *self._cells(shown, row)))
            for row, period in enumerate(shown.periods)
        ]
        self.grid.show(columns, rows)

    def _cells(self, shown: Sheet, row: int) -> list[Cell]:
        period = shown.periods[row]
        cells = []
        for place in shown.places:
            found = shown.inside(place, period)
            value = shown.value(place, period)
            text = self.language.numbers.exact(value, shown.metrics[place.metric].unit)
            cells.append(Cell(text + ("+" if len(found) > 1 else "")))
        return cells

    def _title(self, place: Place) -> str:
        metric = next(metric for metric in self.desk.workspace.metrics if metric.id == place.metric)
        slice_name = ", ".join(value for _, value in place.by)
        name = "" if place.metric == self.metric and slice_name else metric.name or metric.id
        return ", ".join(filter(None, (slice_name, name)))

    def _here(self, column: str | None = None, row: str | None = None) -> tuple[Sheet, int, int] | None:
        """The sheet and the place of a cell in it, of the cursor's where none is named."""
        shown, key = self.sheet, column or self.grid.column
        names = [period.name for period in shown.periods]
        wanted = row or self.grid.key
        if key is None or not key.isdigit() or wanted not in names:
            return None
        return shown, names.index(wanted), int(key)

    def on_grid_moved(self, event: Grid.Moved) -> None:
        here = self._here()
        if here is None:
            return
        shown, row, column = here
        place = shown.places[column]
        found = shown.inside(place, shown.periods[row])
        said = [self._title(Place(place.metric)), *(f"{name} = {value}" for name, value in place.by)]
        said += [f"{self.language.date(entry.date)} {entry.note}".strip() for entry in found[-1:]]
        if len(found) > 1:
            said.append(self.language.count("{n} entry", "{n} entries", len(found)))
        self.say((" | " if self.desk.ascii else " · ").join(said))

    # Typing

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.action_edit()

    def action_edit(self) -> None:
        if (here := self._here()) is not None:
            shown, row, column = here
            place = shown.places[column]
            value = shown.value(place, shown.periods[row])
            self.grid.edit(self.language.editable(value, shown.metrics[place.metric].unit))

    def on_key(self, event: events.Key) -> None:
        """A digit or a sign begins to type over the cell."""
        if self.grid.editing or event.character not in _BEGINS or self._here() is None:
            return
        event.stop()
        event.prevent_default()
        self.grid.edit(event.character or "")

    def on_grid_submitted(self, event: Grid.Submitted) -> None:
        here = self._here(event.column, event.key)
        if here is None:
            event.grid.close_editor()
            return
        shown, row, column = here
        place, period = shown.places[column], shown.periods[row]
        before = shown.value(place, period)
        unit = shown.metrics[place.metric].unit
        sentence = None
        try:
            if not event.value.strip():
                emptied = shown.emptied(place, period)
                sentence = self.desk.apply(emptied) if emptied is not None else None
            elif event.value != self.language.editable(before, unit):
                sentence = self.desk.apply(shown.typed(place, period, self.language.parse_number(event.value, unit)))
        except KpiError as error:
            event.grid.refuse(self.language.error(error))
            return
        event.grid.close_editor()
        event.grid.move("down")
        if sentence is not None:
            self.edited(sentence)

    def action_empty(self) -> None:
        if (here := self._here()) is None:
            return
        shown, row, column = here
        emptied = shown.emptied(shown.places[column], shown.periods[row])
        if emptied is not None:
            self.step(lambda: self.desk.apply(emptied))

    # Pasting

    def on_paste(self, event: events.Paste) -> None:
        """A block from a spreadsheet, from the cursor right and down."""
        here = self._here()
        if self.grid.editing or here is None:
            return
        event.stop()
        shown, row, column = here
        found = shown.pasted(event.text, row, column, self.language)
        if isinstance(found, list):
            self._refuse(shown, found, row, column)
        elif found.edits:
            self._paste(found)

    def _paste(self, found: Edit) -> None:
        self.step(lambda: self.desk.apply(found))

    def _refuse(self, shown: Sheet, wrong: list[Wrong], row: int, column: int) -> None:
        """Every wrong cell with its place in the block and what it would have become."""
        say = self.language
        entries = []
        for each in wrong:
            down, right = row + each.row - 1, column + each.column - 1
            place = say("row {row}, column {column}", row=each.row, column=each.column)
            named = [
                say.period(shown.periods[down].name) if down < len(shown.periods) else "",
                self._title(shown.places[right]) if right < len(shown.places) else "",
            ]
            reason = say.error(KpiError(each.what, each.cure))
            entries.append((place, ": ".join([", ".join(filter(None, named)), reason]).removeprefix(": "), ""))
        title = say.count("Nothing is pasted: {n} cell is wrong", "Nothing is pasted: {n} cells are wrong", len(wrong))
        self.app.push_screen(Reader(title, entries, say, label_width=24))

    # Looking

    def action_periods(self) -> None:
        options = [Option(grain, self.language.say(word_name("every", grain))) for grain in GRAINS]
        picker = Picker(self.language("Periods"), options, self.language, current=self.grain)
        self.app.push_screen(picker, self._periods)

    def _periods(self, picked: str | None) -> None:
        if picked is None:
            return
        here = self._here()
        day = here[0].periods[here[1]].end if here is not None else self._as_of
        self.grain = cast("Grain", picked)
        self.fill()
        self._to_period(day)

    def action_add(self) -> None:
        def check(typed: str) -> str | None:
            return None if _slice(typed) else self.language("write it like segment = target")

        ask = Ask(self.language("Which slice? Such as segment = target"), self.language, check=check)
        self.app.push_screen(ask, self._added)

    def _added(self, typed: str | None) -> None:
        if typed is not None:
            place = Place(self.metric, _slice(typed))
            self.more = (*self.more, place)
            self.fill()
            self.grid.move_to(self.grid.key or "", str(self.sheet.places.index(place)))

    def action_open(self) -> None:
        here = self._here()
        metric = here[0].places[here[2]].metric if here is not None else self.metric
        self.app.push_screen(RecordScreen(self.desk, ("metric", metric)), lambda _: self.fill())

    # Changing


def _slice(typed: str) -> tuple[tuple[str, str], ...]:
    """`segment = target; city = Ufa` as a slice; empty where it is none."""
    parts = [part.partition("=") for part in typed.split(";") if part.strip()]
    if not parts or any(not name.strip() or not value.strip() for name, _, value in parts):
        return ()
    return tuple(sorted((name.strip(), value.strip()) for name, _, value in parts))
