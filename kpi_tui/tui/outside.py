"""What happens outside this process: the file changes on disk, or another session of it died with unsaved edits.

What does not collide is put together without a question; what does is asked about, and nothing is overwritten silently.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from kpi_tui.errors import KpiError
from kpi_tui.report.sentences import difference_words
from kpi_tui.tui.screens.choice import Answer, Choice

if TYPE_CHECKING:
    from kpi_tui.session import Merged
    from kpi_tui.tui.app import KpiApp
    from kpi_tui.tui.desk import Desk
    from kpi_tui.workspace.journal import Recovery


class Outside:
    """Keeps an app's desk and the file together."""

    def __init__(self, app: KpiApp) -> None:
        self.app = app
        self.say = app.language
        self._left_alone = False  # the user knows that the file changed and leaves it for now

    @property
    def _desk(self) -> Desk:
        assert self.app.desk is not None  # nothing here is called before the desk is set
        return self.app.desk

    def look(self) -> None:
        """See whether the file changed; called now and then while nothing else is open."""
        if (
            self.app.screen_stack
            and self.app.screen is self.app.main
            and not self._left_alone
            and self._desk.session.changed_on_disk()
        ):
            self.settle()

    def settle(self) -> None:
        """Put the file and the unsaved edits together, or ask what to do where both changed the same."""
        keep = ("k", self.say("keep mine under another name"))
        try:
            conflicts = self._desk.session.conflicts()
        except KpiError as error:
            self._ask(self.say.error(error), keep)
            return
        if conflicts:
            line = self.say("both changed {fields}", fields=", ".join(conflicts))
            self._ask(line, ("r", self.say("reload, mine on top")), keep, ("d", self.say("show the difference")))
        else:
            self._take_over(keep_edits=True)

    def _ask(self, line: str, *answers: Answer) -> None:
        self._left_alone = True
        question = self.say("{file} was changed by another program", file=self.app.path.name)
        self.app.push_screen(Choice(question, [line], answers, self.say), self._answered)

    def _answered(self, answer: str | None) -> None:
        self._left_alone = answer is None
        match answer:
            case "r":
                self._take_over(keep_edits=True)
            case "k":
                self._attempt(self._keep_copy)
            case "d":
                self._show_difference()

    def _keep_copy(self) -> str:
        copy = self._desk.session.save_copy()
        self._take_over(keep_edits=False)
        return self.say("kept as {file}", file=copy.name)

    def _take_over(self, *, keep_edits: bool) -> None:
        self._attempt(lambda: self._merged(self._desk.session.reload(keep_edits=keep_edits)))
        self.app.refresh_all()

    def _merged(self, merged: Merged) -> str:
        said = [self.say("the file changed and was read again")]
        if merged.kept:
            said.append(self.say.count("{n} unsaved edit on top", "{n} unsaved edits on top", merged.kept))
        return "; ".join([*said, *self._lost(merged)])

    def _lost(self, merged: Merged) -> list[str]:
        return [self.say("could not be made again: {edit}", edit=edit) for edit in merged.dropped]

    def _show_difference(self) -> None:
        from kpi_tui.tui.screens.reader import Reader

        entries = [("", difference_words(edit, self.say), "") for edit in self._desk.session.disk_differences()]
        title = self.say("What changed in {file}", file=self.app.path.name)
        self.app.push_screen(Reader(title, entries, self.say), lambda _: self.settle())

    def _attempt(self, step: Callable[[], str]) -> None:
        try:
            self.app.say(step())
        except KpiError as error:
            self.app.say(self.say.error(error), "error")

    # Recovery

    def offer_recovery(self) -> None:
        """Ask about the newest session that died with unsaved edits, if there is one."""
        found = [] if self.app.read_only else self._desk.session.recoveries()
        if not found:
            return
        recovery = found[-1]
        when = f"{recovery.when.astimezone():%Y-%m-%d %H:%M}"
        body = self.say.count(
            "{n} edit, the last of {when}", "{n} edits, the last of {when}", len(recovery.edits), when=when
        )
        answers = (("r", self.say("recover them")), ("d", self.say("discard them")))
        question = self.say("a session of this file ended without saving")
        self.app.push_screen(
            Choice(question, [body], answers, self.say), lambda answer: self._recover(recovery, answer)
        )

    def _recover(self, recovery: Recovery, answer: str | None) -> None:
        if answer is None:
            return
        if answer == "d":
            recovery.discard()
        else:
            self._attempt(lambda: self._recovered(self._desk.session.recover(recovery)))
        self.app.refresh_all()
        self.offer_recovery()

    def _recovered(self, merged: Merged) -> str:
        said = self.say.count(
            "recovered: {n} edit, not saved yet", "recovered: what {n} edits came to, not saved yet", merged.kept
        )
        return "; ".join([said, *self._lost(merged)])
