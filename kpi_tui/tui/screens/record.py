"""Every field of one record, edited in place; records inside it (KPI lines, entries) open on a screen of their own.

A source shows below its fields the first rows as they were read.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar

from msgspec import Struct
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from kpi_tui.errors import KpiError, Text
from kpi_tui.facts.table import Table
from kpi_tui.language.language import Language
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.field_names import field_help, field_name
from kpi_tui.tui.fields import Field, choices, fields, is_source, nested_record, parse, shown_of, text_of
from kpi_tui.tui.messages import Edited
from kpi_tui.tui.new import new_record
from kpi_tui.tui.preview import first_rows
from kpi_tui.tui.screens.editing import Editing
from kpi_tui.tui.screens.picker import Option, Picker
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row
from kpi_tui.tui.widgets.statusline import StatusLine
from kpi_tui.workspace.edits import Add, Delete, Set
from kpi_tui.workspace.goal_rules import idle_keys
from kpi_tui.workspace.model import Goal, Metric
from kpi_tui.workspace.naming import names, subject
from kpi_tui.workspace.schema import RecordsShape
from kpi_tui.workspace.writing import is_default

PREVIEWED = 6  # rows of a source
_IN_THE_NAME = frozenset(("id", "date", "goal", "metric", "by", "where"))  # a record in a list is called by them


class RecordScreen(Editing):
    """The fields of the record at `path`: `("goal", "turnover")`, `("member", "anna", "kpi", "cac")`."""

    CSS = "RecordScreen #preview { height: 8; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e,f2", "edit", show=False),
        Binding("a", "add", show=False),
        Binding("d,delete", "delete", show=False),
    ]

    def __init__(self, desk: Desk, path: tuple[str, ...], field: str | None = None) -> None:
        title = _title(path, desk.language)
        hints = desk.language("Enter edits, d clears or deletes, a adds, u undoes, Esc closes")
        super().__init__(title, desk, hints=hints)
        self.path = path
        self._begin_with = field

    def on_mount(self) -> None:
        super().on_mount()
        if self._begin_with is not None:
            self.grid.move_to(self._begin_with, "value")
            self.call_after_refresh(self.action_edit)

    def compose(self) -> ComposeResult:
        parts = list(super().compose())
        yield from parts[:2]
        if is_source(self.path):
            yield Grid(id="preview", ascii=self.desk.ascii)
            yield StatusLine(id="found", ascii=self.desk.ascii)
        yield parts[2]

    @property
    def record(self) -> Struct | None:
        return nested_record(self.desk.workspace, self.path)

    def fill(self) -> None:
        record = self.record
        if record is None:
            self.grid.show([], [])
            return
        columns = [
            Column("field", self.language("Field"), 24, reachable=False),
            Column("value", self.language("Value"), None, editable=True),
        ]
        self.grid.show(columns, [row for field in self._fields(record) for row in self._rows(field)])
        self.grid.move_to(self.grid.key or "", "value")
        if is_source(self.path):
            self._preview()

    def _fields(self, record: Struct) -> Sequence[Field]:
        """The fields, without those of a goal that mean nothing in its kind and are empty."""
        idle = idle_keys(record.kind) if isinstance(record, Goal) else frozenset[str]()
        shown = fields(self.desk.workspace, record, self.path)
        return [field for field in shown if field.key.name not in idle or not is_default(field.key, field.value)]

    def _rows(self, field: Field) -> Sequence[Row]:
        name = field.key.name
        label = Cell(self.language.say(field_name(self.path, name)), "muted")
        if isinstance(field.shape, RecordsShape) and isinstance(field.value, tuple):
            count = self.language.count("{n} record, a adds one", "{n} records, a adds one", len(field.value))
            below = [
                Row(f"{name}\t{called}", (Cell(""), Cell(f"{called}  {self._summary((*field.path, called), item)}")), 0)
                for called, item in zip(names(field.value), field.value, strict=True)
            ]
            return [Row(name, (label, Cell(count, "muted"))), *below]
        if field.is_nested:
            return [Row(name, (label, Cell(self.language("Enter opens"), "muted")))]
        shown = text_of(field, self.language)
        options = choices(field, self.desk.workspace) if shown else None
        called = next((said for value, said in options or () if value == shown), shown_of(field, self.language))
        return [Row(name, (label, Cell(self._said(called))))]

    def _summary(self, path: tuple[str, ...], record: Struct) -> str:
        """What a record inside this one says besides its name: numbers with their field's name, texts as they are."""
        parts = []
        for field in fields(self.desk.workspace, record, path):
            value, shown = field.value, shown_of(field, self.language)
            if field.key.name in _IN_THE_NAME or value in (None, (), field.key.default):
                continue
            if isinstance(value, Decimal | int):
                parts.append(f"{self.language.say(field_name(path, field.key.name))} {shown}")
            elif isinstance(value, str):
                options = choices(field, self.desk.workspace) or ()
                parts.append(next((self._said(said) for word, said in options if word == value), shown))
        return "  ".join(parts)

    def _said(self, name: str | Text) -> str:
        return self.language.say(name) if isinstance(name, Text) else name

    def _field(self, key: str | None) -> Field | None:
        record = self.record
        if record is None or key is None:
            return None
        return next((field for field in self._fields(record) if field.key.name == key.split("\t")[0]), None)

    def on_grid_moved(self, event: Grid.Moved) -> None:
        field = self._field(event.key)
        if field is not None and event.grid is self.grid:
            self.say(self.language.say(field_help(self.path, field.key.name)))

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.action_edit()

    def action_edit(self) -> None:
        key, field = self.grid.key, self._field(self.grid.key)
        if key is None or field is None or self.grid.editing:
            return
        if "\t" in key:
            self.app.push_screen(RecordScreen(self.desk, (*self.path, *key.split("\t"))), self._returned)
        elif isinstance(field.shape, RecordsShape):
            self.action_add()
        elif field.is_nested:
            self.app.push_screen(RecordScreen(self.desk, field.path), self._returned)
        elif (options := choices(field, self.desk.workspace)) is not None:
            picker = Picker(
                self.language.say(field_name(self.path, field.key.name)),
                [Option(value, self._said(label)) for value, label in options],
                self.language,
                current=text_of(field, self.language),
            )
            self.app.push_screen(picker, lambda picked: self._picked(field, picked))
        elif isinstance(record := self.record, Metric) and field.key.name == "formula":
            self._edit_formula(record, field)
        else:
            self.grid.edit(text_of(field, self.language))

    def _edit_formula(self, metric: Metric, field: Field) -> None:
        from kpi_tui.tui.screens.formula import FormulaScreen

        self.app.push_screen(FormulaScreen(self.desk, metric, field, text_of(field, self.language)), self._returned)

    def _picked(self, field: Field, picked: str | None) -> None:
        if picked is None:
            return
        value = {"true": True, "false": False}.get(picked, picked) if isinstance(field.value, bool) else picked
        self._apply(Set(field.path, value if value != "" else None))

    def on_grid_submitted(self, event: Grid.Submitted) -> None:
        field = self._field(event.key)
        if field is None:
            event.grid.close_editor()
            return
        try:
            if event.value == text_of(field, self.language):
                event.grid.close_editor()
                return
            sentence = self.desk.apply(Set(field.path, parse(field, event.value, self.language)))
        except KpiError as error:
            event.grid.refuse(self.language.error(error))
            return
        event.grid.close_editor()
        if field.key.name == "id":
            self.path = (*self.path[:-1], event.value.strip())
        self.edited(sentence)

    def action_add(self) -> None:
        """Add to the list under the cursor, or to the only one there is."""
        field = self._field(self.grid.key)
        if field is None or not isinstance(field.shape, RecordsShape):
            whole = self.record
            lists = [each for each in self._fields(whole) if isinstance(each.shape, RecordsShape)] if whole else []
            if len(lists) != 1:
                self.say(self.language("there is nothing that could be added here"), "error")
                return
            (field,) = lists
        if field.path[::2] == ("member", "kpi"):
            from kpi_tui.tui.screens.adding import ask_for_line

            ask_for_line(self.desk, self.app, field.path[1], lambda made: self._add(field, made))
            return
        record = new_record(self.desk.context(), field.path)
        if record is None:
            self.say(self.language("there is nothing that could be added here"), "error")
            return
        self._add(field, record)

    def _add(self, field: Field, record: dict[str, object]) -> None:
        """Add a record to the list of a field, and open it."""
        before = names(field.value) if isinstance(field.value, tuple) else ()
        self._apply(Add(field.path, record))
        now = self._field(field.key.name)
        added = (
            [name for name in names(now.value) if name not in before] if now and isinstance(now.value, tuple) else []
        )
        if added:
            self.app.push_screen(RecordScreen(self.desk, (*field.path, added[-1])), self._returned)

    def action_delete(self) -> None:
        key, field = self.grid.key, self._field(self.grid.key)
        if key is None or field is None:
            return
        if "\t" in key:
            self._apply(Delete((*self.path, *key.split("\t"))))
        elif not isinstance(field.shape, RecordsShape):
            self._apply(Set(field.path, None))

    def _apply(self, edit: Set | Add | Delete) -> None:
        self.step(lambda: self.desk.apply(edit))

    def edited(self, sentence: str) -> None:
        """A record that is gone is no longer shown."""
        if self.record is not None:
            super().edited(sentence)
            return
        self.post_message(Edited(sentence))
        self.dismiss(None)

    def _returned(self, result: object) -> None:
        self.fill()

    def _preview(self) -> None:
        """The first rows as read, so that a wrong separator or date is seen at once."""
        grid = self.query_one("#preview", Grid)
        table = self.desk.session.tables.get(self.path[1])
        grid.empty = self._why_nothing(table)
        wrong = table.findings[:1] if table is not None and table.frame is not None and table.frame.height else ()
        self.query_one("#found", StatusLine).show([(self.language.finding(finding), "risk") for finding in wrong])
        if table is None or table.frame is None:
            grid.show([Column("x", "", None)], [])
            return
        grid.show(*first_rows(table.frame, PREVIEWED, self.app.size.width, self.language))

    def _why_nothing(self, table: Table | None) -> tuple[str, ...]:
        """What stands in the place of the rows where there are none."""
        from textwrap import wrap

        if table is None or (self.desk.loading and not table.findings):
            return (self.language("reading data") if self.desk.loading else self.language("nothing could be read"),)
        found = [self.language.finding(finding) for finding in table.findings[:PREVIEWED]] or [self.language("no rows")]
        return tuple(part for said in found for part in wrap(said, self.app.size.width - 2, break_on_hyphens=False))


def _title(path: tuple[str, ...], language: Language) -> str:
    """The record by its kind and id, a table inside it by the table's name as well."""
    record = subject(path)
    shown = language.say(record) if isinstance(record, Text) else ""
    below = language("Workspace") if path == ("workspace",) else ""
    if path[-1] == "read":
        below = language.say(field_name(path[:-1], path[-1]))
    title = (" | " if language.numbers.ascii else " · ").join(filter(None, (shown, below)))
    return title[:1].upper() + title[1:]
