"""What every screen works at: the session, the language, and edits that answer with a sentence for the status line."""

from __future__ import annotations

from msgspec import Struct, field

from kpi_tui.language.language import Language
from kpi_tui.report.sentences import moved_sentence
from kpi_tui.review.moved import Moved
from kpi_tui.session import Session
from kpi_tui.tui.panes.context import Context, latest
from kpi_tui.workspace.edits import Edit
from kpi_tui.workspace.model import Workspace


class Desk(Struct):
    """`period` is the index of the period looked at (None: the last); `loading` while data are read on a thread;
    `checked` once findings were looked for, which the first picture does not wait for."""

    session: Session
    language: Language
    ascii: bool
    loading: bool = False
    checked: bool = False
    period: int | None = field(default=None)

    @property
    def workspace(self) -> Workspace:
        return self.session.workspace

    def context(self) -> Context:
        """What panes make their rows from."""
        count = len(self.session.scorecard.periods)
        if self.period is None or self.period >= count:
            self.period = latest(self.session.scorecard)
        return Context(self.session.scorecard, self.session.evaluator, self.language, self.period, self.loading)

    def apply(self, edit: Edit) -> str:
        """Make an edit; the sentence of what it moved. Raises `KpiError`: nothing changed."""
        return self.said(self.session.apply(edit)) or self.language("done; no figure moved")

    def undo(self) -> str:
        """Take back the last edit; what that moved. Raises `KpiError`."""
        return self.language("undone") + self._after(self.session.undo())

    def redo(self) -> str:
        """Make an edit again; what that moved. Raises `KpiError`."""
        return self.language("done again") + self._after(self.session.redo())

    def save(self) -> str:
        """Write the workspace; what there is to say of it. Raises `Conflict` and other `KpiError`s."""
        was = self.session.unsaved
        kept = self.session.save().original
        if was and kept is not None:
            return self.language("saved; the file as it was is kept in {file}", file=kept.name)
        return self.language("saved") if was else self.language("nothing to save")

    def said(self, moved: Moved) -> str:
        """The sentence of what moved."""
        return moved_sentence(moved, self.workspace, self.language)

    def _after(self, moved: Moved) -> str:
        sentence = self.said(moved)
        return f": {sentence}" if sentence else ""
