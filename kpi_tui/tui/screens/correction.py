"""The form of a correction: what is to be added, or what the sum is, and why; the rest is known from the number it was
opened on.

Enter goes from the amount to the reason to the last line, which makes it: three times Enter from a number.
"""

from __future__ import annotations

import getpass
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import ClassVar

from msgspec import structs
from textual.binding import Binding, BindingType

from kpi_tui.errors import EditError, KpiError, Text, text
from kpi_tui.language.language import Language
from kpi_tui.metrics.corrected import correctable, sum_now
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.field_names import field_help, field_name
from kpi_tui.tui.fields import Field, fields, parse, text_of
from kpi_tui.tui.messages import Edited
from kpi_tui.tui.new import identity
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.screens.picker import Option, Picker
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row
from kpi_tui.workspace.edits import Add
from kpi_tui.workspace.model import Adjustment
from kpi_tui.workspace.writing import plain

_PATH = ("adjustment", "new")
_TYPED = ("reason", "date", "where", "author")


def started(
    desk: Desk, metric: str, scope: dict[str, str], day: date | None = None
) -> tuple[Adjustment, tuple[tuple[str, str], ...]] | Text:
    """A correction of a metric on a day (None: at the end of the period looked at), without its amount, and the columns
    it may be of; or why there can be none.

    `scope` is the slice and filter the number was seen under; a source takes the dimensions that it has.
    """
    context = desk.context()
    found = correctable(context.evaluator, metric)
    if context.metric(metric).is_typed:
        return text("this metric is typed: i opens its values")
    if not found:
        return text("this metric adds up no column: there is nothing to correct")
    return about(desk, found[0], scope, day), found


def about(desk: Desk, column: tuple[str, str], scope: dict[str, str], day: date | None = None) -> Adjustment:
    """A correction of this column of a source, on the day that is nearest to `day` of those that its data cover; None
    is the end of the period looked at.
    """
    context = desk.context()
    source, name = column
    coverage = context.evaluator.coverage.get(source)
    if day is None:
        day = context.current.end if context.current is not None else date.today()
    if coverage is not None:
        day = max(coverage.first, min(day, coverage.last))
    known = next((s.dimensions for s in desk.workspace.sources if s.id == source), ())
    where = {name: value for name, value in scope.items() if name in known}
    return Adjustment(id="new", date=day, source=source, column=name, where=where, author=_login())


def amount_of(typed: str, language: Language) -> dict[str, Decimal]:
    """What was typed as a key of the record: `+12000` and `-500` add, `12000` (or `=-500`) is the sum itself.

    Raises `EditError`.
    """
    stripped = typed.strip()
    if not stripped:
        raise EditError(text("an amount is needed"), text("+12000 adds, 12000 makes the sum so"))
    number = language.parse_number(stripped.removeprefix("="), "count")
    return {"add" if stripped[0] in "+-\u2212\u2013" else "set": number}


class CorrectionScreen(Framed):
    """Makes one correction; `columns` are the (source, column) pairs that can be picked."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,e,f2", "edit", show=False)]

    def __init__(self, desk: Desk, draft: Adjustment, columns: Sequence[tuple[str, str]]) -> None:
        hints = desk.language("Enter edits and goes on, the last line makes it, Esc leaves")
        super().__init__(desk.language("A correction"), desk.language, hints=hints)
        self.desk = desk
        self.draft = draft
        self.columns = tuple(columns)
        self.amount = ""

    def on_mount(self) -> None:
        super().on_mount()
        self._type("amount")

    def on_grid_moved(self, event: Grid.Moved) -> None:
        self._say_help(event.key)

    def fill(self) -> None:
        say = self.language
        rows = [
            self._row("amount", say("Amount"), self.amount),
            *(self._row(f.key.name, say.say(field_name(_PATH, f.key.name)), text_of(f, say)) for f in self._fields[:1]),
            self._row("column", say("Column"), f"{self.draft.source}.{self.draft.column}"),
            *(self._row(f.key.name, say.say(field_name(_PATH, f.key.name)), text_of(f, say)) for f in self._fields[1:]),
            Row("sum", (Cell(say("Sum"), "muted"), Cell(self._sums(), "muted"))),
            Row("make", (Cell(""), Cell(say("Make the correction"), "strong"))),
        ]
        self.grid.show([Column("name", "", 22, reachable=False), Column("value", "", None, editable=True)], rows)

    @staticmethod
    def _row(key: str, label: str, value: str) -> Row:
        return Row(key, (Cell(label, "muted"), Cell(value)))

    @property
    def _fields(self) -> list[Field]:
        found = {field.key.name: field for field in fields(self.desk.workspace, self.draft, _PATH)}
        return [found[name] for name in _TYPED]

    def _sums(self) -> str:
        """What the sum of that date and slice is, and what it will be."""
        now = sum_now(self.desk.session.evaluator, self.draft)
        if now is None:
            return self.language.numbers.undefined
        before = Decimal(str(now))
        try:
            amount = amount_of(self.amount, self.language)
        except KpiError:
            return self._exact(before)
        after = amount["set"] if "set" in amount else before + amount["add"]
        arrow = "->" if self.desk.ascii else "→"
        return f"{self._exact(before)} {arrow} {self._exact(after)}"

    def _exact(self, number: Decimal) -> str:
        exponent = number.normalize().as_tuple().exponent
        return self.language.numbers.plain(number, max(0, -exponent) if isinstance(exponent, int) else 0)

    def _say_help(self, key: str | None) -> None:
        if key == "amount":
            self.say(self.language("+12000 adds, 12000 makes the sum of that date and slice so"))
        elif key == "make":
            self.say(self.language("Enter makes it; u takes it back"))
        elif key in _TYPED:
            self.say(self.language.say(field_help(_PATH, key)))
        else:
            self.say("")

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.action_edit()

    def action_edit(self) -> None:
        match self.grid.key:
            case "make":
                self._make()
            case "column":
                options = [Option(f"{source}\t{name}", f"{source}.{name}") for source, name in self.columns]
                current = f"{self.draft.source}\t{self.draft.column}"
                picker = Picker(self.language("Column"), options, self.language, current=current)
                self.app.push_screen(picker, self._picked)
            case "sum" | None:
                return
            case key:
                self._type(key)

    def _type(self, key: str) -> None:
        self.grid.move_to(key, "value")
        field = next((field for field in self._fields if field.key.name == key), None)
        self.grid.edit(self.amount if field is None else text_of(field, self.language))

    def _picked(self, picked: str | None) -> None:
        if picked is not None:
            source, _, column = picked.partition("\t")
            again = about(self.desk, (source, column), dict(self.draft.where))
            self.draft = structs.replace(self.draft, source=source, column=column, where=again.where)
            self.fill()

    def on_grid_submitted(self, event: Grid.Submitted) -> None:
        try:
            self._take(event.key, event.value)
        except KpiError as error:
            event.grid.refuse(self.language.error(error))
            return
        event.grid.close_editor()
        self.fill()
        if event.key == "amount" and not self.draft.reason:
            self._type("reason")
        elif event.key in ("amount", "reason"):
            self.grid.move_to("make", "value")

    def _take(self, key: str, typed: str) -> None:
        if key == "amount":
            amount_of(typed, self.language)
            self.amount = typed.strip()
            return
        if key == "reason" and not typed.strip():
            raise EditError(text("a reason is needed"), text("say why the source is wrong"))
        field = next(field for field in self._fields if field.key.name == key)
        value = parse(field, typed, self.language)
        if value is None and key == "date":
            raise EditError(text("a date is needed"), text("such as 2026-11-14 or 14.11.2026"))
        self.draft = structs.replace(self.draft, **{key: field.key.default if value is None else value})

    def _make(self) -> None:
        if not self.draft.reason:
            self._type("reason" if self.amount else "amount")
            return
        known = [adjustment.id for adjustment in self.desk.workspace.adjustments]
        made = identity(self.draft.reason, known, "correction")
        try:
            record = structs.replace(self.draft, id=made, **amount_of(self.amount, self.language))
            as_table = plain(record)
            assert isinstance(as_table, dict)  # a record is a table
            sentence = self.desk.apply(Add(("adjustment",), as_table))
        except KpiError as error:
            self.say(self.language.error(error), "error")
            return
        self.app.post_message(Edited(sentence))
        self.dismiss(made)


def _login() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container without a name for its user
        return ""
