"""Large sources while the app is open: how far a scan is, Esc ends it, and a source that changed on disk is offered.

Nothing here waits: scans run in processes of their own, watched by threads; what they find comes back as a message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from kpi_tui.tui.messages import CaughtUp, Progressed, SourcesChanged

if TYPE_CHECKING:
    from pathlib import Path

    from kpi_tui.facts.scan import Stop
    from kpi_tui.tui.app import KpiApp
    from kpi_tui.workspace.model import Workspace

LOOK_AT_SOURCES = 2.5  # seconds between looks at the sources' files; nothing is sent while they are the same
FOLLOW = 0.15  # seconds until an answer that needs a scan is looked for

Marks = dict[str, tuple[tuple[str, int, int, int], ...]]


class Scanning:
    """What an app's scans do."""

    def __init__(self, app: KpiApp) -> None:
        self.app = app
        self.say = app.language
        self.stop: Stop | None = None
        self._counting = False
        self._marks: Marks = {}
        self._offered: Marks = {}
        self._looking = False

    def begin(self) -> Stop:
        """A stop for scans that begin now; those that ran before are ended."""
        from kpi_tui.facts.scan import Stop

        self.end()
        self.stop = Stop()
        return self.stop

    def end(self) -> None:
        """End what runs; it takes as long as killing a process."""
        if self.stop is not None:
            self.stop.set()

    def escape(self) -> bool:
        """End what runs because the user wants it; False where nothing does."""
        desk = self.app.desk
        if desk is None or self.stop is None or self.stop.is_set or not (desk.loading or self._counting):
            return False
        if desk.loading and not self.app.reads_large:
            return False
        self.stop.set()
        desk.session.pause()
        self.app.say(self.say("stopped: ^l starts it again"))
        return True

    def say_progress(self, message: Progressed) -> None:
        """How far reading is, in the line of messages."""
        share = self.say.value(message.done / message.total, "percent")
        if message.rows:
            rows = self.say.numbers.plain(message.rows)
            self.app.say(self.say("reading data: {share}, {rows} rows; Esc stops it", share=share, rows=rows))
        else:
            self.app.say(self.say("reading data: {share}", share=share))

    # Answers that need a look at the rows

    def follow(self) -> None:
        """Begin to count what the last evaluation lacked; called now and then where there is a large source."""
        desk = self.app.desk
        if desk is None or desk.loading or self._counting or not desk.session.uncounted:
            return
        self._counting = True
        stop = self.begin()
        tables = desk.session.leaf_tables

        def count() -> None:
            from kpi_tui.facts.scan import ScanFailed, Stopped

            try:
                tables.catch_up(self._report, stop)
            except (Stopped, ScanFailed):
                pass
            finally:
                self.app.post_message(CaughtUp(tables))

        self.app.run_worker(count, thread=True, group="count", exit_on_error=False)

    def _report(self, done: int, total: int, rows: int) -> None:
        self.app.post_message(Progressed(done, total, rows))

    def caught_up(self, message: CaughtUp) -> None:
        """Show what was counted."""
        self._counting = False
        desk = self.app.desk
        if desk is not None and message.tables is desk.session.leaf_tables:
            desk.session.recount()
            if self.stop is not None and not self.stop.is_set:
                self.app.say("")
            self.app.refresh_all()

    @property
    def counting(self) -> bool:
        """Whether answers are being counted."""
        return self._counting

    # Changed files

    def remember(self, workspace: Workspace, root: Path) -> None:
        """What the sources' files are now, on a thread."""
        self._look(workspace, root, first=True)

    def look(self) -> None:
        """See whether a source's files changed; called now and then."""
        desk = self.app.desk
        if desk is not None and not desk.loading and not self._looking and self._marks:
            self._look(desk.session.workspace, desk.session.root, first=False)

    def _look(self, workspace: Workspace, root: Path, *, first: bool) -> None:
        self._looking = True

        def look() -> None:
            self.app.post_message(SourcesChanged(marks_of(workspace, root), first=first))

        self.app.run_worker(look, thread=True, group="look", exit_on_error=False)

    def looked(self, message: SourcesChanged) -> None:
        """Offer to read again what changed; once for each change."""
        self._looking = False
        if message.first:
            self._marks = message.marks
            self._offered = {}
            return
        changed = [name for name, mark in message.marks.items() if self._marks.get(name, mark) != mark]
        if changed and any(self._offered.get(name) != message.marks[name] for name in changed):
            self._offered.update({name: message.marks[name] for name in changed})
            names = ", ".join(changed)
            self.app.say(self.say("{names} changed on disk: ^l reads it again", names=names), "risk")


def marks_of(workspace: Workspace, root: Path) -> Marks:
    """What tells each source's files from the same files changed."""
    from kpi_tui.facts.files import find
    from kpi_tui.facts.table import Findings

    found: Marks = {}
    for source in workspace.sources:
        marks = []
        for file in find(source, root, Findings(source.id)):
            try:
                status = file.path.stat()
            except OSError:
                continue
            marks.append((file.name, status.st_size, status.st_mtime_ns, status.st_ino))
        found[source.id] = tuple(marks)
    return found
