"""The app: wiring only. It opens the session and loads data on threads, and ends as the terminal or the user wants.

Nothing of the data engine is imported here: the first picture is drawn before Polars is loaded, on a thread.
"""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Iterator, Mapping
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TextIO, cast

from rich.console import Console
from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from kpi_tui.crash import CrashLog
from kpi_tui.errors import Conflict, KpiError
from kpi_tui.language.language import Language
from kpi_tui.tui.keeping import Keeping
from kpi_tui.tui.keyboard import qwerty
from kpi_tui.tui.messages import CaughtUp, DataLoaded, Edited, NotOpened, Opened, Progressed, SourcesChanged
from kpi_tui.tui.outside import Outside
from kpi_tui.tui.scanning import FOLLOW, LOOK_AT_SOURCES, Scanning
from kpi_tui.tui.screens.choice import Choice
from kpi_tui.tui.screens.opening import Opening
from kpi_tui.tui.signals import Ending
from kpi_tui.tui.terminal import Terminal
from kpi_tui.tui.turns import Passed, Turns, Typed
from kpi_tui.tui.widgets.look import THEME, THEME_16

if TYPE_CHECKING:
    from kpi_tui.facts.scan import Stop
    from kpi_tui.facts.table import Table
    from kpi_tui.tui.desk import Desk
    from kpi_tui.tui.screens.main import MainScreen

USABLE_AFTER = 0.3  # seconds that the main screen waits for the data; then it comes without numbers
CHECK_AFTER = 0.1  # seconds after the first picture with numbers
_ALWAYS = ("escape", "ctrl+c", "ctrl+q")  # keys that no held key keeps back
LOOK_AT_FILE = 2.5  # seconds between looks at the workspace file; nothing is sent while it is the same


class KpiApp(App[int]):
    """Shows the workspace at `path`; `state` is the user's state folder. With `looks` it asks for exports first."""

    CSS_PATH = "kpi.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+z", "suspend_process", show=False),
        Binding("ctrl+s", "save", show=False),
        Binding("ctrl+q,ctrl+c", "leave", show=False, priority=True),
    ]

    def __init__(
        self,
        path: Path,
        *,
        language: Language,
        terminal: Terminal,
        state: Path,
        ending: Ending,
        read_only: bool = False,
        cache: Path | None = None,
        looks: bool = False,
    ) -> None:
        super().__init__(ansi_color=True)
        self.crashed = CrashLog(state)
        self.error_console = Console(file=cast("TextIO", self.crashed), markup=False, highlight=False, width=120)
        self.register_theme(THEME)
        self.register_theme(THEME_16)
        self.theme = "kpi" if terminal.colors in ("256", "full") else "kpi-16"
        self.path = path
        self.language = language
        self.terminal = terminal
        self.state = state
        self.ending = ending
        self.read_only = read_only
        self.cache = cache
        self.looks = looks
        self.desk: Desk | None = None
        self.failure: KpiError | None = None
        self._generation = 0
        self._turns = Turns(self)
        self.outside = Outside(self)
        self.scanning = Scanning(self)
        self.keeping = Keeping(self)
        self._waited = False  # the session has been there for as long as numbers are waited for
        self._watching = self._following = False
        self.reads_large = False  # rows of a large source are being read

    def get_default_screen(self) -> Screen[Any]:
        """The numbers of last time where they are remembered; else which workspace is being opened."""
        from kpi_tui.tui.remembered import remembered

        found = None if self.looks else remembered(self.cache, self.path, self.language)
        if found is None:
            return Opening(self.path, self.language)
        from kpi_tui.tui.screens.main import MainScreen

        return MainScreen(found, self.language, self.size.width)

    def on_mount(self) -> None:
        self.ending.install(asyncio.get_running_loop(), self._stop)
        self.call_after_refresh(self.run_worker, self._open, thread=True, group="open")

    def _stop(self, code: int) -> None:
        """The terminal is gone or the system says so: the journal keeps what is unsaved."""
        self.scanning.end()
        self.exit(code)

    async def on_event(self, event: events.Event) -> None:
        """Keys are handled one after the other."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            if self._turns.holding and isinstance(event, events.Key) and event.key in _ALWAYS:
                self._turns.forget()
                self.say("")
            if not self._turns.waits(event):
                await self._typed(event)
        else:
            await super().on_event(event)

    async def _typed(self, event: Typed) -> None:
        """A hotkey works by its place on the keyboard, whatever the layout."""
        if isinstance(event, events.Key) and not getattr(self.screen, "literal_keys", False):
            focused = self.focused
            typing = getattr(self.screen, "typing", False) or (
                focused is not None and focused.check_consume_key(event.key, event.character)
            )
            event = qwerty(event, typing) or event
        main = self.main
        if main is not None and self.screen is main and not main.obeys(event):
            self._hold(event)
            return
        await super().on_event(event)
        self._turns.follow()

    async def on_passed(self, message: Passed) -> None:
        """The key before was handled: the next one may go."""
        if (event := self._turns.passed(message)) is not None:
            await self._typed(event)

    def _hold(self, event: Typed) -> None:
        """Keep a key that needs the session until it is there; where numbers are long in coming, go without."""
        self._turns.hold(event)
        self.say(self.language("the workspace is still being read: what you type waits, Esc drops it"))
        if self._waited:
            self._go_live()

    async def _resume(self) -> None:
        if (event := self._turns.release()) is not None:
            self.say("")
            await self._typed(event)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing that was typed waits to be handled."""
        return self._turns.idle

    # Opening

    def _open(self) -> None:
        """On a thread: the imports are the slow part, and the data are read beside them."""
        from kpi_tui.loading import begin

        try:
            stop = self.scanning.begin()
            loading = begin(self.path, self._progress, at_once=1, cache=self.cache, stop=stop)
            from kpi_tui.session import Session

            for name in ("screens.main", "live"):  # needed next, and better here than on the event loop
                import_module(f"kpi_tui.tui.{name}")
            session = Session(self.path, state=self.state, read_only=self.read_only, loading=loading)
        except KpiError as error:
            self.post_message(NotOpened(error))
            return
        self.post_message(Opened(session))
        self.post_message(DataLoaded(loading.tables(), self._generation))

    def _progress(self, done: int, total: int, rows: int = 0) -> None:
        self.reads_large |= rows > 0
        self.post_message(Progressed(done, total, rows))

    def on_not_opened(self, message: NotOpened) -> None:
        """Nothing can be shown: the command line says why, below the terminal's last lines."""
        self.failure = message.error
        self.exit(3)

    def on_opened(self, message: Opened) -> None:
        from kpi_tui.tui.desk import Desk

        self.desk = Desk(message.session, self.language, self.terminal.ascii, loading=True)
        self.set_timer(USABLE_AFTER, self._wait_no_longer)

    def _wait_no_longer(self) -> None:
        """Numbers of last time stand until there are others, unless a key needs the session."""
        self._waited = True
        if self.main is None:
            self._show_main()
        elif self._turns.holding:
            self._go_live()

    def _go_live(self) -> None:
        self._show_main()
        if self.main is not None and self.main.is_mounted:
            self.main.show_all()

    def _show_main(self) -> None:
        """The main screen, with numbers if they are there already: it is drawn once where the data are read quickly."""
        from kpi_tui.tui.live import Live
        from kpi_tui.tui.screens.main import MainScreen

        main = self.main
        if self.desk is None or (main is not None and main.is_live):
            return
        drawing = Live(self.desk)
        shown = main if main is not None else MainScreen(drawing, self.language, self.size.width)
        shown.go_live(self.desk, drawing)
        if main is None:
            self.push_screen(shown)
        self.set_interval(LOOK_AT_FILE, self.outside.look)
        self.outside.offer_recovery()
        if self._turns.holding:
            if self.screen is shown:
                self.call_later(self._resume)
            else:  # what was typed was not meant for a question that nobody had seen
                self._turns.forget()

    @property
    def main(self) -> MainScreen | None:
        """The main screen, once there is one."""
        from kpi_tui.tui.screens.main import MainScreen

        return next((screen for screen in self.screen_stack if isinstance(screen, MainScreen)), None)

    # Data

    def _load(self, known: dict[str, Table]) -> None:
        """Read the sources that are not in `known`, on a thread; what an older reading brings is dropped."""
        assert self.desk is not None
        self._generation += 1
        self.desk.loading = True
        session = self.desk.session
        self.reads_large = False
        read = partial(self._read, session.workspace, session.root, known, self._generation, self.scanning.begin())
        self.run_worker(read, thread=True, group="load")

    def _read(self, workspace: Any, root: Path, known: dict[str, Table], generation: int, stop: Stop) -> None:
        from kpi_tui.loading import load_tables

        tables = load_tables(workspace, root, known, self._progress, at_once=1, cache=self.cache, stop=stop)
        self.post_message(DataLoaded(tables, generation))

    def on_progressed(self, message: Progressed) -> None:
        busy = self.desk is not None and (self.desk.loading or self.scanning.counting)
        if busy and self.main is not None and message.done < message.total:
            self.scanning.say_progress(message)

    def on_caught_up(self, message: CaughtUp) -> None:
        self.scanning.caught_up(message)

    def on_sources_changed(self, message: SourcesChanged) -> None:
        self.scanning.looked(message)

    def on_data_loaded(self, message: DataLoaded) -> None:
        if self.desk is None or message.generation != self._generation:
            return
        self.desk.loading = False
        self.desk.session.accept(message.tables)
        self.desk.period = None
        self._show_main()
        self.desk.checked = False
        self.say("")
        self.refresh_all()

        self.set_timer(CHECK_AFTER, self._check)
        if self.looks and self.main is not None:
            self.looks = False
            self.main.call_after_refresh(self.main.action_exports)

    def take(self, tables: Mapping[str, Table]) -> None:
        """Tables that a screen has read are the session's, where it has their sources now; nothing is read twice."""
        if self.desk is not None and not self.desk.loading:
            self._generation += 1
            self.post_message(DataLoaded({**self.desk.session.tables, **tables}, self._generation))

    def _watch_sources(self) -> None:
        """Look at the sources' files from time to time, and count what large ones lack."""
        assert self.desk is not None
        self.scanning.remember(self.desk.session.workspace, self.desk.session.root)
        if not self._watching:
            self._watching = True
            self.set_interval(LOOK_AT_SOURCES, self.scanning.look)
        if not self._following and any(table.large is not None for table in self.desk.session.tables.values()):
            self._following = True
            self.set_interval(FOLLOW, self.scanning.follow)

    def _check(self) -> None:
        """What the first picture did not wait for: findings, and the matrices that the first edit is compared with."""
        if not gc.isenabled():
            gc.freeze()  # what was imported stays: looking through it again and again would hold keys up
            gc.enable()
        if self.desk is not None and not self.desk.loading:
            self._step(self._checks(self.desk))

    def _step(self, steps: Iterator[None]) -> None:
        """One step, then the keys that came meanwhile, then the next."""
        if next(steps, steps) is None:
            self.call_later(self._step, steps)

    def _checks(self, desk: Desk) -> Iterator[None]:
        session = desk.session
        session.scorecard.metrics  # noqa: B018  # cached properties: looked at now, they are there for the first edit
        yield
        session.scorecard.team  # noqa: B018
        yield
        findings = session.findings
        yield
        self.language.parse_number("0", "count")  # and so is what reading a number imports
        if desk.loading or desk is not self.desk:
            return
        desk.checked = True
        self.keeping.loaded()
        self._watch_sources()
        found = sum(finding.severity != "hint" for finding in findings)
        if found and self.main is not None and self.main.is_silent:  # the header has them; what was said stays
            said = self.language.count("{n} finding: ! shows it", "{n} findings: ! shows them", found)
            self.say(said, "risk")
        self.refresh_all()

    def on_edited(self, message: Edited) -> None:
        """Something changed: all screens show it; a changed source is read again."""
        if self.desk is None:
            return
        self.say(message.sentence)
        self.refresh_all()

    def _fatal_error(self) -> None:
        """Textual's own traceback shows what variables hold: of a whole workspace, in minutes, and it is the user's."""
        import traceback

        from rich.text import Text

        self.bell()
        self.panic(Text(traceback.format_exc()))

    def say(self, message: str, style: str = "") -> None:
        """Show a message on the main screen, and on the one above it where that has a place for it."""
        for screen in {self.main, self.screen if self.screen_stack else None}:
            if (say := getattr(screen, "say", None)) is not None:
                say(message, style)

    def refresh_all(self) -> None:
        """Draw what differs on the main screen and the one above it; a source that changed is read again."""
        if self.desk is not None and self.desk.session.stale_sources:
            self._load(dict(self.desk.session.tables))
        self.keeping.later()
        main = self.main
        if main is not None and main.is_mounted:
            main.show_all()
        above = self.screen if self.screen_stack else None
        if getattr(above, "stands", False) and (fill := getattr(above, "fill", None)) is not None:
            fill()

    def action_reload(self) -> None:
        if self.desk is not None:
            self._load({})
            self.refresh_all()

    def action_save(self) -> None:
        """Write the workspace, from whichever screen."""
        if self.desk is None:
            return
        try:
            self.say(self.desk.save())
        except Conflict:
            self.outside.settle()
        except KpiError as error:
            self.say(self.language.error(error), "error")
        self.refresh_all()

    def action_save_copy(self) -> None:
        """Keep this version under another name; what is unsaved stays so."""
        if self.desk is None:
            return
        try:
            self.say(self.language("kept as {file}", file=self.desk.session.save_copy().name))
        except KpiError as error:
            self.say(self.language.error(error), "error")

    # Leaving

    def action_leave(self) -> None:
        """Quit; asks where something is unsaved."""
        if self.desk is None or not self.desk.session.unsaved:
            self._end()
            return
        say = self.language
        answers = (("s", say("save and quit")), ("d", say("discard and quit")))
        body = [say("There are unsaved edits.")]
        self.push_screen(Choice(say("Quit?"), body, answers, say), self._left)

    def _left(self, answer: str | None) -> None:
        assert self.desk is not None
        if answer == "s":
            try:
                self.desk.session.save()
            except Conflict:
                self.outside.settle()
                return
            except KpiError as error:
                self.say(self.language.error(error), "error")
                return
        if answer is not None:
            self._end()

    def _end(self) -> None:
        self.scanning.end()
        self.keeping.now()
        if self.desk is not None:
            self.desk.session.close()
        self.exit(0)
