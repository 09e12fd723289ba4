"""Keeps what the main screen shows for the next open, once nothing has happened for a while.

Only what stands in the file is kept: while an edit is unsaved, data are read or counted, nothing is. The rows are made
a pane at a time between other messages, so that a key never waits for more than one, and written on a thread.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from kpi_tui import __version__
from kpi_tui.tui.remembered import WIDTHS, Kept, keep
from kpi_tui.workspace.disk import Fingerprint

if TYPE_CHECKING:
    from textual.timer import Timer

    from kpi_tui.session import Session
    from kpi_tui.tui.app import KpiApp
    from kpi_tui.workspace.model import Workspace

KEEP_AFTER = 2.0  # seconds in which nothing changed and no key came


class Keeping:
    """What an app keeps for its next open."""

    def __init__(self, app: KpiApp) -> None:
        self.app = app
        self._files: tuple[Fingerprint, ...] | None = None  # the sources' files as they were read
        self._timer: Timer | None = None
        self._making: Iterator[Kept | None] | None = None
        self._last: object = None  # what the entry on disk was made of

    def loaded(self) -> None:
        """Data were read: what their files are is looked up on a thread."""
        if self.app.cache is None or self.app.desk is None:
            return
        self._files = None
        session = self.app.desk.session
        workspace, root = session.workspace, session.root

        def look() -> None:
            self._files = files_of(workspace, root)
            self.app.call_later(self.later)  # not before: without them there is nothing to keep

        self.app.run_worker(look, thread=True, group="keep", exit_on_error=False)

    def later(self) -> None:
        """Something changed: it is kept when that is settled."""
        if self.app.cache is None:
            return
        self._making = None
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.app.set_timer(KEEP_AFTER, self._begin)

    def now(self) -> None:
        """At the end: what was not kept yet."""
        if self._timer is None and self._making is None:
            return
        desk = self.app.desk
        if self._files is None and desk is not None and not desk.loading:
            self._files = files_of(desk.session.workspace, desk.session.root)
        session = self._settled()
        if session is not None:
            for kept in self._made(session):
                if kept is not None:
                    self._write(kept)

    def _begin(self) -> None:
        self._timer = None
        session = self._settled()
        if session is None:
            return
        if not self.app.is_quiet:
            self.later()
            return
        self._making = self._made(session)
        self._go_on()

    def _go_on(self) -> None:
        if self._making is None:
            return
        if not self.app.is_quiet:
            self.later()
            return
        for kept in self._making:
            if kept is None:
                self.app.call_later(self._go_on)
            else:
                self._making = None
                self.app.run_worker(partial(self._write, kept), thread=True, group="keep", exit_on_error=False)
            return
        self._making = None

    def _settled(self) -> Session | None:
        """The session, where what it shows stands in the file and is not kept yet."""
        desk = self.app.desk
        if desk is None or desk.loading or self._files is None:
            return None
        session = desk.session
        if session.unsaved or session.uncounted or self._last == (session.digest, session.evaluator, self._files):
            return None
        return session

    def _made(self, session: Session) -> Iterator[Kept | None]:
        """The entry at last; None after each step on the way."""
        from kpi_tui.review.view import View
        from kpi_tui.tui.header import around
        from kpi_tui.tui.live import MAKERS, drawn
        from kpi_tui.tui.panes.context import Context, latest

        assert self._files is not None  # it was settled
        files, digest, evaluator = self._files, session.digest, session.evaluator
        card = session.under(View())
        context = Context(card, evaluator, self.app.language, latest(card))
        panes = {}
        for name in MAKERS:
            yield None
            panes[name] = drawn(context, name)
        if session.uncounted:  # found out on the way; it is counted and comes back
            return
        left_right = (around(context, session.path.name, "", width) for width in WIDTHS)
        headers = tuple((tuple(left), tuple(right)) for left, right in left_right)
        self._last = (digest, evaluator, files)
        yield Kept(__version__, digest, files, headers, panes)

    def _write(self, kept: Kept) -> None:
        if self.app.cache is not None:
            keep(self.app.cache, self.app.path, self.app.language, kept)


def files_of(workspace: Workspace, root: Path) -> tuple[Fingerprint, ...]:
    """The files of all sources as they are."""
    from kpi_tui.facts.files import find
    from kpi_tui.facts.table import Findings

    paths = {file.path.absolute() for source in workspace.sources for file in find(source, root, Findings(source.id))}
    marks = (Fingerprint.of(path) for path in sorted(paths))
    return tuple(mark for mark in marks if mark is not None)
