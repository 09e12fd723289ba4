"""Looking at exports, as `init` does, with every decision changeable before it is written: tables found, what is open
about them, how they are read, the first rows as read, what is wrong; then the metrics that their columns allow.

Files are looked at and read on threads. Invariant: until the last Enter nothing is changed, and that makes one edit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from msgspec import structs
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.message import Message

from kpi_tui.errors import KpiError, Text
from kpi_tui.facts.detect import Description, Question
from kpi_tui.facts.scan import Stop
from kpi_tui.facts.table import Table
from kpi_tui.loading import load_tables
from kpi_tui.metrics import founding
from kpi_tui.metrics.proposing import Offer
from kpi_tui.tui import proposal
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.exports import asking, proposed
from kpi_tui.tui.field_names import field_help, field_name
from kpi_tui.tui.fields import choices, parse, text_of
from kpi_tui.tui.founding_rows import GO_ON, Shown, columns, telling
from kpi_tui.tui.messages import Edited
from kpi_tui.tui.proposal import Candidate, Decision
from kpi_tui.tui.screens.catalogue import Described
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.screens.offering import OfferingScreen
from kpi_tui.tui.screens.path import from_root
from kpi_tui.tui.screens.picker import Option, Picker
from kpi_tui.tui.widgets.foot import Foot
from kpi_tui.tui.widgets.grid import Column, Grid
from kpi_tui.tui.widgets.statusline import StatusLine
from kpi_tui.workspace.model import Metric, Workspace
from kpi_tui.workspace.schema import RecordShape, RecordsShape

if TYPE_CHECKING:
    from kpi_tui.tui.app import KpiApp

SAY_AFTER = 0.3  # seconds until it is said that something takes time
PREVIEWED = 6  # rows
FINDINGS = 2


class FoundingScreen(Framed):
    """Gives back the ids of the sources added, or None."""

    DEFAULT_CSS = """
    FoundingScreen #preview { height: 7; }
    FoundingScreen #described { height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,e,f2", "edit", show=False),
        Binding("space", "mark", show=False),
        Binding("tab", "go_on", show=False),
        Binding("a", "more", show=False),
        Binding("d,delete", "clear", show=False),
    ]

    class Looked(Message):
        """These tables were found."""

        def __init__(self, found: Sequence[Description]) -> None:
            super().__init__()
            self.found = found

    class Failed(Message):
        """They could not be looked at."""

        def __init__(self, error: KpiError) -> None:
            super().__init__()
            self.error = error

    class Read(Message):
        """The sources as they are described now were read; `generation` tells whether they changed meanwhile."""

        def __init__(
            self, tables: Mapping[str, Table], metrics: Sequence[Metric], offers: Sequence[Offer], generation: int
        ) -> None:
            super().__init__()
            self.tables, self.metrics, self.offers, self.generation = tables, metrics, offers, generation

    class Progressed(Message):
        """So much of the data is read."""

        def __init__(self, done: int, total: int) -> None:
            super().__init__()
            self.done, self.total = done, total

        def can_replace(self, message: Message) -> bool:
            return isinstance(message, FoundingScreen.Progressed)

    def __init__(self, desk: Desk, path: str) -> None:
        say = desk.language
        hints = say("Enter changes, space takes or leaves, a more files, Tab goes on, Esc leaves")
        super().__init__(say("Look at exports"), say, hints=hints)
        self.desk = desk
        self.path = path
        self.found: tuple[Candidate, ...] = ()
        self.tables: Mapping[str, Table] = {}
        self.metrics: Sequence[Metric] = ()
        self.offers: Sequence[Offer] = ()
        self._stop = Stop()
        self._generation = 0
        self._looking = self._reading = self._goes_on = False

    def compose(self) -> ComposeResult:
        ascii = self.desk.ascii
        yield StatusLine([(self.title_text, "strong")], id="title", ascii=ascii)
        yield Grid(id="grid", ascii=ascii)
        yield Grid(id="preview", ascii=ascii)
        yield Described(ascii=ascii)
        yield Foot([(" " + self.hints, "muted")], ascii=ascii)

    def on_mount(self) -> None:
        super().on_mount()
        self._look(self.path)

    # Looking and reading, on threads

    def _look(self, path: str) -> None:
        self._looking = True
        taken = [source.id for source in self._draft.sources]
        looking = partial(self._look_at, path, self.desk.session.root, taken)
        self.run_worker(looking, thread=True, group="look", exit_on_error=False)
        self.set_timer(SAY_AFTER, self._say_busy)

    def _look_at(self, path: str, root: Path, taken: Sequence[str]) -> None:
        try:
            self.post_message(self.Looked(founding.look([path], root, taken)))
        except KpiError as error:
            self.post_message(self.Failed(error))

    def on_founding_screen_looked(self, message: Looked) -> None:
        """Show them, the first open question under the cursor, and read them."""
        self._looking = False
        self.found = (*self.found, *proposal.candidates(message.found, self.desk.workspace))
        self.say("")
        self._read()
        self.fill()
        self._to_open()

    def on_founding_screen_failed(self, message: Failed) -> None:
        self._looking = False
        self.say(self.language.error(message.error), "error")
        self.fill()

    def _read(self) -> None:
        """Read the taken sources that are not read as they are described now, and propose metrics."""
        self._generation += 1
        self._reading = True
        sources = tuple(each.source for each in proposal.taken(self.found))
        workspace = structs.replace(self.desk.workspace, sources=sources)
        present = dict(self.desk.session.tables)
        reading = partial(self._read_on_thread, workspace, dict(self.tables), present, self._generation)
        self.run_worker(reading, thread=True, group="read", exit_on_error=False)
        self.set_timer(SAY_AFTER, self._say_busy)

    def _read_on_thread(
        self, workspace: Workspace, read: dict[str, Table], present: dict[str, Table], generation: int
    ) -> None:
        root = self.desk.session.root
        tables = load_tables(workspace, root, read, self._progress, at_once=1, stop=self._stop)
        made, offers = proposed(workspace, present, tables, {}, self.language)
        self.post_message(self.Read(tables, made, offers, generation))

    def _progress(self, done: int, total: int, rows: int = 0) -> None:
        self.post_message(self.Progressed(done, total))

    def on_founding_screen_progressed(self, message: Progressed) -> None:
        if self._reading and message.done < message.total:
            share = self.language.value(message.done / message.total, "percent")
            self.say(self.language("reading data: {share}", share=share))

    def on_founding_screen_read(self, message: Read) -> None:
        if message.generation != self._generation:
            return
        self._reading = False
        self.tables, self.metrics, self.offers = message.tables, message.metrics, message.offers
        self.say("")
        self.fill()
        if self._goes_on:
            self.action_go_on()

    def _say_busy(self) -> None:
        if self._looking:
            self.say(self.language("looking at {path}", path=self.path))
        elif self._reading:
            self.say(self.language("reading data"))

    # Drawing

    @property
    def _draft(self) -> Workspace:
        return proposal.draft(self.desk.workspace, self.found)

    def fill(self) -> None:
        self.grid.empty = ("" if not self._looking else self.language("looking at {path}", path=self.path),)
        known = Shown(self.desk.workspace, self.found, self.tables, self.language)
        metrics = None if self._reading else len(self.metrics)
        self.grid.show(columns(self.app.size.width), list(known.rows(metrics)))
        self.grid.move_to(self.grid.key or GO_ON, "value")
        self._show_table()

    def _show_table(self) -> None:
        """The first rows of the table under the cursor, and what is wrong with it."""
        grid = self.query_one("#preview", Grid)
        each = self._current() or (self.found[0] if self.found else None)
        if each is None:
            grid.show([Column("x", "", None)], [])
            self.query_one(Described).show(())
            return
        known = Shown(self.desk.workspace, self.found, self.tables, self.language)
        grid.empty = (self.language("nothing could be read") if known.table(each) is not None else "",)
        grid.show(*known.preview(each, PREVIEWED, self.app.size.width))
        self.query_one(Described).show([(said, "risk") for said in known.findings(each, FINDINGS)])

    def _current(self) -> Candidate | None:
        index = self._index()
        return self.found[index] if index is not None else None

    def _index(self) -> int | None:
        number = (self.grid.key or "").partition(".")[0].partition("?")[0]
        return int(number) if number.isdigit() else None

    def _question(self) -> Question | None:
        each, (_, mark, name) = self._current(), (self.grid.key or "").partition("?")
        return next((q for q in each.described.questions if q.id == name), None) if each is not None and mark else None

    def _decision(self) -> Decision | None:
        each, (_, mark, name) = self._current(), (self.grid.key or "").partition(".")
        if each is None or not mark:
            return None
        made = proposal.decisions(self.desk.workspace, each)
        return next((d for d in made if ".".join(d.field.path[2:]) == name), None)

    def on_grid_moved(self, event: Grid.Moved) -> None:
        if event.grid is not self.grid:
            return
        self._show_table()
        question, decision = self._question(), self._decision()
        if question is not None:
            self.say(self.language.say(question.what))
        elif decision is not None:
            field = decision.field
            said = [decision.why, field_help(field.path[:-1], field.key.name)]
            self.say(" | ".join(filter(None, (self.language.say(each) for each in said if each is not None))))
        elif not (self._looking or self._reading):
            self.say("")

    # Keys

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.action_edit()

    def action_edit(self) -> None:
        self._goes_on = False
        if self.grid.editing:
            return
        if self.grid.key == GO_ON:
            self.action_go_on()
        elif (question := self._question()) is not None:
            self._ask(question)
        elif (decision := self._decision()) is not None:
            self._edit(decision)
        elif self._current() is not None:
            self.action_mark()

    def _ask(self, question: Question) -> None:
        say = self.language.say
        options = [
            Option(str(number), say(choice.label), telling(question, choice))
            for number, choice in enumerate(question.choices, 1)
        ]
        index, each = self._index(), self._current()
        assert index is not None
        assert each is not None
        current = str(each.answers.get(question.id, 1))
        picker = Picker(say(question.what), options, self.language, current=current)
        self.app.push_screen(picker, lambda picked: self._answer(index, question, picked))

    def _answer(self, index: int, question: Question, picked: str | None) -> None:
        if picked is not None:
            changed = proposal.answer(self.found[index], question, int(picked))
            self._take((*self.found[:index], changed, *self.found[index + 1 :]))
            self._to_open()

    def _to_open(self) -> None:
        """The cursor to the next open question, or to where it goes on."""
        key = next((f"{i}?{each.open[0].id}" for i, each in enumerate(self.found) if each.taken and each.open), GO_ON)
        self.grid.move_to(key, "value")

    def _edit(self, decision: Decision) -> None:
        field = decision.field
        title = self.language.say(field_name(field.path[:-1], field.key.name))
        current = text_of(field, self.language)
        if field.path[2:] == ("time",):
            options = [Option("", "—" if not self.desk.ascii else "-"), *(Option(name, name) for name in self._names())]
        elif (known := choices(field, self._draft)) is not None:
            options = [Option(value, self.language.say(s) if isinstance(s, Text) else s) for value, s in known]
        elif isinstance(field.shape, RecordShape | RecordsShape):
            return
        else:
            self.grid.edit(current)
            return
        picker = Picker(title, options, self.language, current=current)
        self.app.push_screen(picker, lambda picked: self._set(decision, picked or None) if picked is not None else None)

    def _names(self) -> Sequence[str]:
        """The columns of the table under the cursor."""
        each = self._current()
        return each.described.header if each is not None else ()

    def _set(self, decision: Decision, value: object) -> None:
        try:
            self._change(decision, value)
        except KpiError as error:
            self.say(self.language.error(error), "error")

    def _change(self, decision: Decision, value: object) -> None:
        """Raises `EditError`."""
        index = self._index()
        assert index is not None
        self._take(proposal.change(self.desk.workspace, self.found, index, decision.field.path[2:], value))

    def on_grid_submitted(self, event: Grid.Submitted) -> None:
        decision = self._decision()
        if decision is None or event.value == text_of(decision.field, self.language):
            event.grid.close_editor()
            return
        try:
            self._change(decision, parse(decision.field, event.value, self.language))
        except KpiError as error:
            event.grid.refuse(self.language.error(error))
            return
        event.grid.close_editor()

    def action_clear(self) -> None:
        decision = self._decision()
        if decision is not None:
            self._set(decision, None)

    def action_mark(self) -> None:
        index, each = self._index(), self._current()
        if index is None or each is None:
            return
        if not each.described.usable:
            self.say(self.language("cannot be read"), "error")
            return
        changed = structs.replace(each, taken=not each.taken)
        self.grid.move_to(str(index), "value")
        self._take((*self.found[:index], changed, *self.found[index + 1 :]))

    def _take(self, found: tuple[Candidate, ...]) -> None:
        self.found = found
        self._read()
        self.fill()

    def action_more(self) -> None:
        self.app.push_screen(asking(self.desk), self._more)

    def _more(self, typed: str | None) -> None:
        if typed is not None and not self._looking:
            self.path = from_root(typed, self.desk.session.root)
            self._look(self.path)

    def action_go_on(self) -> None:
        """To the metrics, once every question is answered and the data are read."""
        taken = proposal.taken(self.found)
        if self.grid.editing or self._looking:
            return
        if not taken:
            self.say(self.language("no table is taken: space takes one"), "error")
            return
        if any(each.open for each in taken):
            self._to_open()
            question = self._question()
            if question is not None:
                self._ask(question)
            return
        self._goes_on = self._reading
        if self._reading:
            self.say(self.language("reading data"))
            return
        again = partial(
            proposed, self._taken_alone, dict(self.desk.session.tables), dict(self.tables), language=self.language
        )
        screen = OfferingScreen(self.language, len(taken), self.metrics, self.offers, lambda answers: again(answers))
        self.app.push_screen(screen, self._add)

    @property
    def _taken_alone(self) -> Workspace:
        """The workspace with these sources only."""
        sources = tuple(each.source for each in proposal.taken(self.found))
        return structs.replace(self.desk.workspace, sources=sources)

    def _add(self, metrics: Sequence[Metric] | None) -> None:
        """The one edit."""
        if metrics is None:
            return
        say, taken = self.language, proposal.taken(self.found)
        currency = founding.named_currency([each.described for each in taken])
        try:
            self.desk.apply(proposal.adding(self.desk.workspace, self.found, metrics, currency))
        except KpiError as error:
            self.say(say.error(error), "error")
            return
        ids = tuple(each.source.id for each in taken)
        sources = say.count("{n} source", "{n} sources", len(ids))
        counted = say.count("{n} metric", "{n} metrics", len(metrics))
        app = cast("KpiApp", self.app)
        app.take(self.tables)
        self.dismiss(ids)
        app.post_message(Edited(say("added: {names}", names=f"{sources}, {counted}")))

    def action_close(self) -> None:
        self._stop.set()
        self.dismiss(None)
