"""What the main screen is before anything can be changed: header, panes, messages, hints of keys; and ways about it.

It shows a drawing: the one remembered from last time until the session is there, then that of the desk. Invariant: what
is here needs no session, and importing it imports nothing of the data engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events
from textual.app import ComposeResult
from textual.containers import Container
from textual.timer import Timer

from kpi_tui.language.language import Language
from kpi_tui.tui.actions import ACTIONS
from kpi_tui.tui.drawing import Drawing
from kpi_tui.tui.hints import hints_line, tabs
from kpi_tui.tui.panes.pane import DetailPane, Pane
from kpi_tui.tui.widgets.foot import Foot
from kpi_tui.tui.widgets.grid import Grid, Row, Step
from kpi_tui.tui.widgets.stage import Stage
from kpi_tui.tui.widgets.statusline import StatusLine

if TYPE_CHECKING:
    from kpi_tui.tui.desk import Desk

PANES = ("goals", "metrics", "team", "detail")
GRIDS = PANES[:3]
WIDE = 100  # columns from which the panes stand together
SMALLEST = (60, 12)
LOOK_LATER = 0.12  # seconds the cursor rests before the detail follows it
_ALONE = frozenset(
    key
    for action in ACTIONS
    if action.group == "move" or action.id in ("zoom", "help", "leave", "suspend_process")
    for key in action.keys
) | {"escape", "ctrl+c"}  # keys that need no session


class Front(Stage):
    """Shows a drawing; `active` is the pane with the focus, `pane` the last one with a grid."""

    def __init__(self, drawing: Drawing, language: Language, width: int) -> None:
        super().__init__()
        self.set_class(width < WIDE, "narrow")  # before the first picture, which would be laid out again
        self.language = language
        self.active = "goals"
        self.pane = "goals"
        self.zoomed = False
        self.wanted = ""  # the text rows are filtered by
        self._drawing = drawing
        self._desk: Desk | None = None
        self._later: Timer | None = None
        self._said = ("", "")

    @property
    def desk(self) -> Desk:
        """What there is to work at; asked only by what waits for the session."""
        assert self._desk is not None
        return self._desk

    def obeys(self, event: events.Key | events.Paste) -> bool:
        """Whether this can be done now: before the session is there one can move about, read help and leave."""
        return self.is_live or (isinstance(event, events.Key) and event.key in _ALONE)

    @property
    def is_live(self) -> bool:
        """Whether the desk is shown, and not what was remembered of it."""
        return self._desk is not None

    def go_live(self, desk: Desk, drawing: Drawing) -> None:
        """From now on the desk; the next `show_all` draws what differs."""
        self._desk, self._drawing = desk, drawing

    def compose(self) -> ComposeResult:
        ascii, say = self.language.numbers.ascii, self.language
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
        for name in GRIDS:
            if self._is_shown(name):
                pane, drawn = self.query_one(f"#{name}", Pane), self._drawing.pane(name)
                shown = [row for row in drawn.rows if self._is_wanted(row)]
                pane.show(drawn.columns, shown, self._nothing_wanted() if drawn.rows else ())
                if not self.has_class("narrow"):  # there the tabs are the titles
                    pane.entitle(drawn.title, focused=self.active == name)
        self._show_frame()
        self._show_detail()

    def _is_shown(self, name: str) -> bool:
        return self.active == name or not self.has_class("narrow")

    @property
    def is_silent(self) -> bool:
        """Whether no message stands."""
        return not self._said[0]

    def say(self, message: str, style: str = "") -> None:
        """Show a message until the next one."""
        self._said = (message, style)
        if self.is_mounted:
            for foot in self.query(Foot):
                foot.say(message, style)

    def _show_frame(self) -> None:
        left, right = self._drawing.header(self.wanted, self.size.width or 80)
        self.query_one("#header", StatusLine).show(left, right)
        unsaved = self._desk is not None and self._desk.session.unsaved
        self.query_one("#tabs", StatusLine).show(tabs(self.language, self.active))
        self.query_one(Foot).hint(hints_line(self.language, self.size.width or 80, unsaved=unsaved))

    def _show_detail(self) -> None:
        if self._later is not None:
            self._later.stop()
            self._later = None
        if self._is_shown("detail"):
            detail = self._drawing.detail(self.grid.key)
            self.query_one(DetailPane).show(detail, self.language, focused=self.active == "detail")

    def _nothing_wanted(self) -> tuple[str, ...]:
        say = self.language
        return say("No row has '{text}'.", text=self.wanted), say("Esc shows all again; / asks for something else")

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
