"""The main screen: header, panes, what an edit moved, hints of keys.

It turns keys into edits and views, nothing more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, cast

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container
from textual.timer import Timer

from kpi_tui.errors import KpiError, Text
from kpi_tui.review.comparison import COMPARISONS
from kpi_tui.tui import viewing
from kpi_tui.tui.actions import ACTIONS
from kpi_tui.tui.cells import editable_field
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.fields import parse, text_of
from kpi_tui.tui.filtering import filter_text, parsed_filter, unknown_part
from kpi_tui.tui.header import header, hints_line, pane_title, tabs
from kpi_tui.tui.messages import Edited
from kpi_tui.tui.panes import goals, metrics, team
from kpi_tui.tui.panes.detail import describe
from kpi_tui.tui.panes.pane import DetailPane, Pane
from kpi_tui.tui.screens.adding import Adding
from kpi_tui.tui.screens.ask import Ask
from kpi_tui.tui.screens.help import help_screen
from kpi_tui.tui.screens.picker import Option, Picker
from kpi_tui.tui.screens.reader import Reader
from kpi_tui.tui.screens.record import RecordScreen
from kpi_tui.tui.screens.sources import SourcesScreen
from kpi_tui.tui.widgets.foot import Foot
from kpi_tui.tui.widgets.grid import Grid, Row, Step
from kpi_tui.tui.widgets.stage import Stage
from kpi_tui.tui.widgets.statusline import StatusLine
from kpi_tui.workspace.edits import Delete, Set

if TYPE_CHECKING:
    from kpi_tui.tui.app import KpiApp

PANES = ("goals", "metrics", "team", "detail")
MAKERS = {"goals": goals, "metrics": metrics, "team": team}
WIDE = 100  # columns from which the panes stand together
SMALLEST = (60, 12)
SEVERITIES = ("error", "warning", "hint")  # in this order findings are read
LOOK_LATER = 0.12  # seconds the cursor rests before the detail follows it


class MainScreen(Stage):
    """Shows a desk; `active` is the pane with the focus, `pane` the last one with a grid."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(",".join(a.keys), a.method, a.label.template, id=a.id, show=False) for a in ACTIONS),
        Binding("escape", "clear", show=False),
    ]

    def __init__(self, desk: Desk, width: int) -> None:
        super().__init__()
        self.set_class(width < WIDE, "narrow")  # before the first picture, which would be laid out again
        self.desk = desk
        self.language = desk.language
        self.active = "goals"
        self.pane = "goals"
        self.zoomed = False
        self.wanted = ""  # the text rows are filtered by
        self._later: Timer | None = None
        self._said = ("", "")

    def compose(self) -> ComposeResult:
        ascii, say = self.desk.ascii, self.language
        add = say("a adds one; L looks at files with numbers; ? helps")
        yield StatusLine(id="header", ascii=ascii)
        yield StatusLine(id="tabs", ascii=ascii)
        with Container(id="body"):
            goals_pane = Pane("goals", 1, (say("No goals yet."), add), ascii=ascii)
            goals_pane.add_class("active")
            yield goals_pane
            yield Pane("metrics", 2, (say("No metrics yet."), add), ascii=ascii)
            yield Pane("team", 3, (say("Nobody here yet."), add), ascii=ascii)
            yield DetailPane(4, ascii=ascii)
        yield Foot(id="foot", ascii=ascii)
        yield StatusLine([(say("too small: at least 60x12"), "strong")], id="small", ascii=ascii)

    def on_mount(self) -> None:
        self._arrange()
        self.say(*self._said)
        self.grid.focus()

    def on_resize(self) -> None:
        self._arrange()

    # Drawing

    @property
    def grid(self) -> Grid:
        """The grid that keys act on."""
        return self.query_one(f"#{self.pane}", Pane).grid

    def show_all(self) -> None:
        """Draw what differs on the whole screen; a pane that is not on it is not worked out."""
        context = self.desk.context()
        for name, maker in MAKERS.items():
            if self._is_shown(name):
                pane = self.query_one(f"#{name}", Pane)
                pane.show(maker.columns(context), [row for row in maker.rows(context) if self._is_wanted(row)])
                if not self.has_class("narrow"):  # there the tabs are the titles
                    pane.entitle(pane_title(self.language, context, name), focused=self.active == name)
        self._show_frame()
        self._show_detail()

    def _is_shown(self, name: str) -> bool:
        return self.active == name or not self.has_class("narrow")

    def say(self, message: str, style: str = "") -> None:
        """Show a message until the next one."""
        self._said = (message, style)
        if self.is_mounted:
            self.query_one(Foot).say(message, style)

    def _show_frame(self) -> None:
        left, right = header(self.desk, self.wanted, self.size.width or 80)
        self.query_one("#header", StatusLine).show(left, right)
        self.query_one("#tabs", StatusLine).show(tabs(self.language, self.active))
        self.query_one(Foot).hint(hints_line(self.language, self.size.width or 80))

    def _show_detail(self) -> None:
        if self._later is not None:
            self._later.stop()
            self._later = None
        if self._is_shown("detail"):
            self.query_one(DetailPane).show(
                describe(self.desk.context(), self.grid.key), self.language, focused=self.active == "detail"
            )

    def _is_wanted(self, row: Row) -> bool:
        wanted = self.wanted.casefold()
        return not wanted or any(wanted in cell.text.casefold() for cell in row.cells)

    def _arrange(self) -> None:
        """Which panes stand on the screen."""
        size = self.size
        narrow = self.zoomed or size.width < WIDE
        self.set_class(size.width < SMALLEST[0] or size.height < SMALLEST[1], "small")
        self.set_class(narrow, "narrow")
        for name in PANES:
            self.query_one(f"#{name}").set_class(self.active == name, "active")
        self.show_all()
        self.call_after_refresh(self._show_detail)
        self.call_after_refresh(self._keep_focus)

    def _keep_focus(self) -> None:
        """A grid that was hidden has lost the focus; without it nothing could be typed."""
        if self.is_current and self.focused is None and not self.has_class("small"):
            self.grid.focus()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """In a terminal too small to see anything, keys do nothing."""
        return not self.has_class("small")

    def on_grid_moved(self, event: Grid.Moved) -> None:
        """The detail follows the cursor once it rests, so that a held key costs no drawing."""
        if event.grid is self.grid and self._is_shown("detail"):
            if self._later is not None:
                self._later.stop()
            self._later = self.set_timer(LOOK_LATER, self._show_detail)

    def on_descendant_focus(self) -> None:
        """A click gives the focus to another pane."""
        focused = self.focused
        name = (focused.parent.id if isinstance(focused, Grid) and focused.parent is not None else None) or self.pane
        if name in PANES and name != self.pane:
            self._go(name)

    # Moving

    def _go(self, name: str) -> None:
        self.active = name
        self.say("")
        if name != "detail":
            self.pane = name
        self._arrange()
        self.grid.focus()

    def action_move(self, step: Step) -> None:
        self.grid.move(step)

    def action_next_pane(self) -> None:
        self._go(PANES[(PANES.index(self.active) + 1) % len(PANES)])

    def action_previous_pane(self) -> None:
        self._go(PANES[PANES.index(self.active) - 1])

    def action_goals(self) -> None:
        self._go("goals")

    def action_metrics(self) -> None:
        self._go("metrics")

    def action_team(self) -> None:
        self._go("team")

    def action_detail(self) -> None:
        self._go("detail")

    def action_zoom(self) -> None:
        self.zoomed = not self.zoomed
        self._arrange()

    def action_clear(self) -> None:
        """Esc takes back the last narrowing: the filter of rows, of data, the zoom."""
        view = self.desk.session.view
        if cast("KpiApp", self.app).scanning.escape():
            self.show_all()
            return
        if self.wanted:
            self.wanted = ""
        elif view.where:
            viewing.look(self.desk, replace(view, where=()))
        elif view.top or view.rank:
            viewing.look(self.desk, replace(view, top=0, rank=None))
        elif view.by:
            viewing.look(self.desk, replace(view, by=()))
        elif view.compare != COMPARISONS[0]:
            viewing.compare(self.desk, COMPARISONS[0])
        elif self.zoomed:
            self.zoomed = False
            self._arrange()
        self.say("")
        self.show_all()

    # Looking

    def _step_period(self, step: int) -> None:
        found = viewing.step_period(self.desk, step)
        self.say("" if found else self.language("there is no data beyond this period"))
        self.show_all()

    def action_earlier(self) -> None:
        self._step_period(-1)

    def action_later(self) -> None:
        self._step_period(1)

    def _step_grain(self, step: int) -> None:
        viewing.step_grain(self.desk, step)
        self.say("")
        self.show_all()

    def action_coarser(self) -> None:
        self._step_grain(1)

    def action_finer(self) -> None:
        self._step_grain(-1)

    def action_split(self) -> None:
        found = viewing.splits(self.desk)
        if not found:
            self.say(self.language("no source has dimensions yet: s, Enter, Dimensions"), "error")
            return
        options = [Option(viewing.NO_SPLIT, self.language("no split")), *(Option(name, name) for name in found)]
        picker = Picker(self.language("Split by"), options, self.language, current=viewing.split_now(self.desk))
        self.app.push_screen(picker, self._split)

    def _split(self, picked: str | None) -> None:
        if picked is not None and viewing.split_by(self.desk, picked):
            self._go("metrics")
        self.show_all()

    def action_filter(self) -> None:
        hint = self.language("text of a row, or data: channel=Email; empty shows all")
        current = self.wanted or filter_text(self.desk.session.view.where)
        ask = Ask(self.language("Filter"), self.language, text=current, hint=hint, check=self._wrong_filter)
        self.app.push_screen(ask, self._filter)

    def _wrong_filter(self, typed: str) -> str | None:
        found = parsed_filter(typed, viewing.dimensions(self.desk))
        return self.language.say(found) if isinstance(found, Text) else None

    def _filter(self, typed: str | None) -> None:
        found = parsed_filter(typed, viewing.dimensions(self.desk)) if typed is not None else None
        if typed is None or found is None or isinstance(found, Text):
            return
        viewing.look(self.desk, replace(self.desk.session.view, where=found))
        self.wanted = "" if found else typed.strip()
        asked = self.desk.session.scorecard.metrics.question.metrics
        unknown = unknown_part(self.desk.session.evaluator, asked, found)
        self.say(self.language.say(unknown) if unknown is not None else "", "error" if unknown is not None else "")
        self.show_all()

    def action_compare(self) -> None:
        say = self.language.say
        found = viewing.comparisons(self.desk)
        options = [
            Option(value, say(name) if isinstance(name, Text) else self.language.period(name), value)
            for value, name in found
        ]
        current = self.desk.session.view.compare
        picker = Picker(self.language("Compare with"), options, self.language, current=current)
        self.app.push_screen(picker, self._compare)

    def _compare(self, picked: str | None) -> None:
        if picked is not None:
            viewing.compare(self.desk, picked)
        self.show_all()

    def action_rank(self) -> None:
        if not self.desk.session.view.by:
            self.say(self.language("there is no split to rank: b splits"), "error")
            return
        options = [Option(value, self.language.say(name)) for value, name in viewing.cuts()]
        picker = Picker(self.language("Slices"), options, self.language, current=viewing.cut_now(self.desk))
        self.app.push_screen(picker, self._cut)

    def _cut(self, picked: str | None) -> None:
        if picked == "0":
            self._rank(picked, None)
        elif picked is not None:
            view, context = self.desk.session.view, self.desk.context()
            names = context.scorecard.metrics.question.metrics
            options = [Option(name, context.metric(name).name or name) for name in names]
            current = view.rank or viewing.metric_of(self.desk, self.grid.key) or ""
            picker = Picker(self.language("Rank by"), options, self.language, current=current)
            self.app.push_screen(picker, lambda metric: self._rank(picked, metric))

    def _rank(self, picked: str, metric: str | None) -> None:
        if picked == "0" or metric is not None:
            viewing.cut(self.desk, picked, metric)
            self._go("metrics")
        self.show_all()

    def action_cohorts(self) -> None:
        from kpi_tui.metrics.cohorts import has_cohorts  # as rarely looked at as the screen
        from kpi_tui.tui.screens.cohorts import CohortsScreen

        metric = viewing.metric_of(self.desk, self.grid.key)
        if metric is None or not has_cohorts(self.desk.session.evaluator, metric):
            self.say(self.language("select a retention, repeat or acquisition metric to see its cohorts"), "error")
            return
        self.app.push_screen(CohortsScreen(self.desk, metric))

    def action_multiples(self) -> None:
        from kpi_tui.tui.screens.multiples import MultiplesScreen  # what few look at should not slow the start

        metric = viewing.metric_of(self.desk, self.grid.key)
        if metric is None or not self.desk.session.view.by:
            self.say(self.language("select a metric and split it (b) to see a chart for every slice"), "error")
            return
        self.app.push_screen(MultiplesScreen(self.desk, metric), lambda _: self.show_all())

    def action_explain(self) -> None:
        from kpi_tui.tui.explaining import explained  # what one key asks for should not slow the start
        from kpi_tui.tui.screens.explanation import ExplanationScreen

        found = explained(self.desk, self.grid.key)
        if isinstance(found, Text):
            self.say(self.language.say(found))
        else:
            self.app.push_screen(ExplanationScreen(self.desk, found))

    def action_spread(self) -> None:
        from kpi_tui.metrics.spread import spreads
        from kpi_tui.tui.explaining import explained
        from kpi_tui.tui.screens.spread import SpreadScreen

        explanation = explained(self.desk, self.grid.key)
        found = spreads(self.desk.session.evaluator, explanation) if not isinstance(explanation, Text) else explanation
        if isinstance(found, Text) or isinstance(explanation, Text):
            self.say(self.language.say(found) if isinstance(found, Text) else "")
        else:
            self.app.push_screen(SpreadScreen(self.desk, explanation, found))

    def action_why(self) -> None:
        from kpi_tui.tui.explaining import why_moved
        from kpi_tui.tui.screens.bridge import BridgeScreen

        found = why_moved(self.desk, self.grid.key)
        if isinstance(found, Text):
            self.say(self.language.say(found))
        else:
            self.app.push_screen(BridgeScreen(self.desk, found), lambda _: self.show_all())

    def action_findings(self) -> None:
        findings = self.desk.session.findings
        ordered = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
        entries = [("!" if f.severity == "error" else "", self.language.finding(f), "") for f in ordered]
        empty = ("", self.language("Nothing is wrong with the data and the workspace."), "")
        self.app.push_screen(Reader(self.language("Findings"), entries or [empty], self.language, label_width=2))

    def action_health(self) -> None:
        from kpi_tui.tui.screens.health import HealthScreen  # what few look at should not slow the start

        self.app.push_screen(HealthScreen(self.desk), lambda _: self.show_all())

    def action_copy_cell(self) -> None:
        field = editable_field(self.desk, self.grid.key, self.grid.column)
        row = self._row()
        columns = [column.key for column in self.query_one(f"#{self.pane}", Pane).columns]
        if row is not None and self.grid.column in columns:
            shown = row.cells[columns.index(self.grid.column)].text.strip()
            exact = text_of(field, self.language) if field is not None else ""
            self._copy(exact or shown)

    def action_copy_row(self) -> None:
        row = self._row()
        if row is not None:
            self._copy("\t".join(cell.text.strip() for cell in row.cells))

    def _copy(self, text: str) -> None:
        self.app.copy_to_clipboard(text)
        self.say(self.language("copied: {text}", text=text))

    def _row(self) -> Row | None:
        return self.grid.rows[self.grid.row_index] if self.grid.rows else None

    # Changing

    def action_open(self) -> None:
        path = record_path(self.grid.key)
        if path is not None:
            self.app.push_screen(RecordScreen(self.desk, path), lambda _: self.show_all())

    def on_grid_chosen(self) -> None:
        self.action_open()

    def action_edit(self) -> None:
        if self.active == "detail":  # the cell may be hidden
            self.action_open()
            return
        field = editable_field(self.desk, self.grid.key, self.grid.column)
        if field is None:
            self.say(self.language("this is computed; Enter shows all that can be edited"))
        elif field.reference is not None or not self.grid.edit(text_of(field, self.language)):
            self.action_open()

    def on_grid_submitted(self, event: Grid.Submitted) -> None:
        field = editable_field(self.desk, event.key, event.column)
        if field is None or event.value == text_of(field, self.language):
            event.grid.close_editor()
            return
        try:
            sentence = self.desk.apply(Set(field.path, parse(field, event.value, self.language)))
        except KpiError as error:
            event.grid.refuse(self.language.error(error))
            return
        event.grid.close_editor()
        self.post_message(Edited(sentence))

    def action_add(self) -> None:
        self._adding().begin(self.pane, self.grid.key)

    def action_catalogue(self) -> None:
        self._adding().from_catalogue()

    def _adding(self) -> Adding:
        return Adding(self.desk, self.app, self.attempt, self._open_added, self._select)

    def _open_added(self, path: tuple[str, ...]) -> None:
        """The form of a new record; when it is closed the cursor is on the record's row."""
        self.app.push_screen(RecordScreen(self.desk, path), lambda _: self._select(path))

    def _select(self, path: tuple[str, ...]) -> None:
        self._go({"metric": "metrics", "member": "team"}.get(path[0], "goals"))
        self.grid.move_to(".".join(path[:2]))

    def action_delete(self) -> None:
        path = record_path(self.grid.key)
        if path is not None and not (self.grid.key or "").startswith(("slice.", "other.")):
            self.attempt(lambda: self.desk.apply(Delete(path)))

    def action_adjust(self) -> None:
        from kpi_tui.tui.screens.correction import CorrectionScreen, started

        metric, scope = viewing.seen_under(self.desk, self.grid.key)
        if metric is None:
            self.say(self.language("there is no number to correct here"))
            return
        found = started(self.desk, metric, scope)
        if isinstance(found, Text):
            self.say(self.language.say(found))
        else:
            self.app.push_screen(CorrectionScreen(self.desk, *found), lambda _: self.show_all())

    def action_corrections(self) -> None:
        from kpi_tui.tui.screens.corrections import CorrectionsScreen

        self.app.push_screen(CorrectionsScreen(self.desk), lambda _: self.show_all())

    def action_entries(self) -> None:
        from kpi_tui.tui.screens.entries import EntriesScreen

        metric, _ = viewing.seen_under(self.desk, self.grid.key)
        typed = [each.id for each in self.desk.workspace.metrics if not each.formula]
        if not typed:
            self.say(self.language("no metric is entered by hand yet: a adds one"))
        elif metric is not None and metric not in typed:
            self.say(self.language("this metric is computed: A corrects it"))
        else:
            self.app.push_screen(EntriesScreen(self.desk, metric or typed[0]), lambda _: self.show_all())

    def action_undo(self) -> None:
        self.attempt(self.desk.undo)

    def action_redo(self) -> None:
        self.attempt(self.desk.redo)

    def attempt(self, step: Callable[[], str]) -> bool:
        """Do something that answers with a sentence or fails with a reason; whether it went well."""
        try:
            sentence = step()
        except KpiError as error:
            self.say(self.language.error(error), "error")
            return False
        self.post_message(Edited(sentence))
        return True

    def action_sources(self) -> None:
        self.app.push_screen(SourcesScreen(self.desk), lambda _: self.show_all())

    def action_exports(self) -> None:
        from kpi_tui.tui.exports import ask_for_exports

        ask_for_exports(self.desk, self.app, lambda added: self._go("metrics"))

    def action_settings(self) -> None:
        self.app.push_screen(RecordScreen(self.desk, ("workspace",)), lambda _: self.show_all())

    # The program

    def action_help(self) -> None:
        self.app.push_screen(help_screen(self.language))

    def action_palette(self) -> None:
        say = self.language.say
        options = [Option(a.method, say(a.label), say(a.help)) for a in ACTIONS if a.in_palette]
        self.app.push_screen(Picker(self.language("Do"), options, self.language), self._run)

    def _run(self, method: str | None) -> None:
        if method is not None:
            self.call_later(self.run_action, method)


def record_path(key: str | None) -> tuple[str, ...] | None:
    """The path of the record a row stands for."""
    kind, _, rest = (key or "").partition(".")
    match kind:
        case "goal" | "objective" | "metric" | "member":
            return kind, rest
        case "slice":
            return "metric", rest.rpartition(".")[0]
        case "other":
            return "metric", rest
        case "kpi":
            member, _, line = rest.partition(".")
            return "member", member, "kpi", line
        case _:
            return None
