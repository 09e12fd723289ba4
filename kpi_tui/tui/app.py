"""The app: wiring only. It opens the session and loads data on threads, and ends as the terminal or the user wants.

Nothing of the data engine is imported here: the first picture is drawn before Polars is loaded, on a thread.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from textual import events
from textual.app import App
from textual.binding import Binding, BindingType
from textual.screen import Screen

from kpi_tui.errors import Conflict, KpiError
from kpi_tui.language.language import Language
from kpi_tui.tui.keyboard import qwerty
from kpi_tui.tui.messages import DataLoaded, Edited, NotOpened, Opened, Progressed
from kpi_tui.tui.screens.choice import Choice
from kpi_tui.tui.screens.opening import Opening
from kpi_tui.tui.signals import Ending
from kpi_tui.tui.terminal import Terminal
from kpi_tui.tui.turns import Passed, Turns, Typed
from kpi_tui.tui.widgets.look import THEME, THEME_16

if TYPE_CHECKING:
    from kpi_tui.facts.table import Table
    from kpi_tui.tui.desk import Desk
    from kpi_tui.tui.screens.main import MainScreen
    from kpi_tui.workspace.journal import Recovery

LOOK_AT_FILE = 2.5  # seconds between looks at the workspace file; nothing is sent while it is the same


class KpiApp(App[int]):
    """Shows the workspace at `path`; `state` is the user's state folder."""

    CSS_PATH = "kpi.tcss"
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+z", "suspend_process", show=False),
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
    ) -> None:
        super().__init__(ansi_color=True)
        self.register_theme(THEME)
        self.register_theme(THEME_16)
        self.theme = "kpi" if terminal.colors in ("256", "full") else "kpi-16"
        self.path = path
        self.language = language
        self.terminal = terminal
        self.state = state
        self.ending = ending
        self.read_only = read_only
        self.desk: Desk | None = None
        self.failure: KpiError | None = None
        self._generation = 0
        self._turns = Turns(self)
        self._left_alone = False  # the user knows that the file changed and leaves it for now

    def get_default_screen(self) -> Screen[Any]:
        return Opening(self.path, self.language)

    def on_mount(self) -> None:
        self.ending.install(asyncio.get_running_loop(), self._stop)
        self.call_after_refresh(self.run_worker, self._open, thread=True, group="open", exit_on_error=False)

    def _stop(self, code: int) -> None:
        """The terminal is gone or the system says so: the journal keeps what is unsaved."""
        self.exit(code)

    async def on_event(self, event: events.Event) -> None:
        """Keys are handled one after the other."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
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
        await super().on_event(event)
        self._turns.follow()

    async def on_passed(self, message: Passed) -> None:
        """The key before was handled: the next one may go."""
        if (event := self._turns.passed(message)) is not None:
            await self._typed(event)

    # Opening

    def _open(self) -> None:
        """On a thread: the imports are the slow part."""
        from kpi_tui.session import Session

        try:
            session = Session(self.path, state=self.state, read_only=self.read_only)
        except KpiError as error:
            self.post_message(NotOpened(error))
            return
        self.post_message(Opened(session))

    def on_not_opened(self, message: NotOpened) -> None:
        """Nothing can be shown: the command line says why, below the terminal's last lines."""
        self.failure = message.error
        self.exit(3)

    def on_opened(self, message: Opened) -> None:
        from kpi_tui.tui.desk import Desk
        from kpi_tui.tui.screens.main import MainScreen

        self.desk = Desk(message.session, self.language, self.terminal.ascii)
        self.push_screen(MainScreen(self.desk))
        self._load({})
        self.set_interval(LOOK_AT_FILE, self._look_at_file)
        self._offer_recovery()

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
        read = partial(self._read, session.workspace, session.root, known, self._generation)
        self.run_worker(read, thread=True, group="load", exit_on_error=False)

    def _read(self, workspace: Any, root: Path, known: dict[str, Table], generation: int) -> None:
        from kpi_tui.loaded import load_tables

        def progress(done: int, total: int) -> None:
            self.post_message(Progressed(done, total))

        self.post_message(DataLoaded(load_tables(workspace, root, known, progress), generation))

    def on_progressed(self, message: Progressed) -> None:
        if self.desk is not None and self.desk.loading and self.main is not None and message.done < message.total:
            share = self.language.value(message.done / message.total, "percent")
            self.main.say(self.language("reading data: {share}", share=share))

    def on_data_loaded(self, message: DataLoaded) -> None:
        if self.desk is None or message.generation != self._generation:
            return
        self.desk.loading = False
        self.desk.session.accept(message.tables)
        self.desk.period = None
        if self.main is not None:
            found = sum(finding.severity == "error" for finding in self.desk.session.findings)
            said = self.language.count("{n} finding: ! shows it", "{n} findings: ! shows them", found) if found else ""
            self.main.say(said, "risk")
        self._show()
        if self.desk.session.stale_sources:
            self._load(dict(self.desk.session.tables))

    def on_edited(self, message: Edited) -> None:
        """Something changed: all screens show it; a changed source is read again."""
        if self.desk is None:
            return
        if self.desk.session.stale_sources:
            self._load(dict(self.desk.session.tables))
        if self.main is not None:
            self.main.say(message.sentence)
        self._show()

    def _show(self) -> None:
        main = self.main
        if main is not None and main.is_mounted:
            main.show_all()
        fill = getattr(self.screen, "fill", None)
        if fill is not None:
            fill()

    def action_reload(self) -> None:
        if self.desk is not None:
            self._load({})
            self._show()

    # The file on disk

    def _look_at_file(self) -> None:
        idle = self.screen is self.main and not self._left_alone
        if self.desk is not None and idle and self.desk.session.changed_on_disk():
            self.action_settle_conflict()

    def action_settle_conflict(self) -> None:
        """The file is not as it was read: what does not collide is put together, what does is asked about."""
        assert self.desk is not None
        say = self.language
        keep = ("k", say("keep mine under another name"))
        try:
            conflicts = self.desk.session.conflicts()
        except KpiError as error:
            self._ask_about(say.error(error), (keep,))
            return
        if conflicts:
            line = say("both changed {fields}", fields=", ".join(conflicts))
            self._ask_about(line, (("r", say("reload, mine on top")), keep, ("d", say("show the difference"))))
        else:
            self._take_over(keep_edits=True)

    def _ask_about(self, line: str, answers: tuple[tuple[str, str], ...]) -> None:
        question = self.language("{file} was changed by another program", file=self.path.name)
        self._left_alone = True
        self.push_screen(Choice(question, [line], answers, self.language), self._settled)

    def _settled(self, answer: str | None) -> None:
        assert self.desk is not None
        self._left_alone = answer is None
        match answer:
            case "r":
                self._take_over(keep_edits=True)
            case "k":
                self._attempt(lambda: self.language("kept as {file}", file=self._keep_copy()))
            case "d":
                self._show_difference()

    def _keep_copy(self) -> str:
        assert self.desk is not None
        copy = self.desk.session.save_copy()
        self._take_over(keep_edits=False)
        return copy.name

    def _take_over(self, *, keep_edits: bool) -> None:
        assert self.desk is not None
        try:
            merged = self.desk.session.reload(keep_edits=keep_edits)
        except KpiError as error:
            self._say(self.language.error(error), "error")
            return
        said = [self.language("the file changed and was read again")]
        if merged.kept:
            said.append(self.language.count("{n} unsaved edit on top", "{n} unsaved edits on top", merged.kept))
        said += [self.language("could not be made again: {edit}", edit=edit) for edit in merged.dropped]
        self._say("; ".join(said), "risk" if merged.dropped else "")
        if self.desk.session.stale_sources:
            self._load(dict(self.desk.session.tables))
        self._show()

    def _show_difference(self) -> None:
        from kpi_tui.tui.screens.reader import Reader

        assert self.desk is not None
        entries = [("", str(edit), "") for edit in self.desk.session.disk_differences()]
        title = self.language("What changed in {file}", file=self.path.name)
        self.push_screen(Reader(title, entries, self.language), lambda _: self.action_settle_conflict())

    def _attempt(self, step: Callable[[], str]) -> None:
        try:
            self._say(step())
        except KpiError as error:
            self._say(self.language.error(error), "error")

    def _say(self, message: str, style: str = "") -> None:
        if self.main is not None:
            self.main.say(message, style)

    # Recovery

    def _offer_recovery(self) -> None:
        assert self.desk is not None
        found = self.desk.session.recoveries()
        if not found or self.read_only:
            return
        recovery = found[-1]
        say = self.language
        question = say("a session of this file ended without saving")
        when = recovery.when.astimezone()
        body = [
            say.count(
                "{n} edit, the last of {when}",
                "{n} edits, the last of {when}",
                len(recovery.edits),
                when=f"{when:%Y-%m-%d %H:%M}",
            )
        ]
        answers = (("r", say("recover them")), ("d", say("discard them")))
        self.push_screen(Choice(question, body, answers, say), lambda answer: self._recover(recovery, answer))

    def _recover(self, recovery: Recovery, answer: str | None) -> None:
        assert self.desk is not None
        if answer == "d":
            recovery.discard()
        elif answer == "r":
            merged = self.desk.session.recover(recovery)
            said = self.language.count(
                "{n} edit recovered, not saved yet", "{n} edits recovered, not saved yet", merged.kept
            )
            lost = [self.language("could not be made again: {edit}", edit=edit) for edit in merged.dropped]
            self._say("; ".join([said, *lost]))
        if answer is not None:
            if self.desk.session.stale_sources:
                self._load(dict(self.desk.session.tables))
            self._show()
            self._offer_recovery()

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
                self.action_settle_conflict()
                return
            except KpiError as error:
                self._say(self.language.error(error), "error")
                return
        if answer is not None:
            self._end()

    def _end(self) -> None:
        if self.desk is not None:
            self.desk.session.close()
        self.exit(0)
