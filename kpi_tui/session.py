"""The one mutable object: a workspace being worked on, its history, its file, its data and its current scorecard.

`apply` is the only door for change: the grid, dialogs, `set` and recovery all go through it. Invariants: an edit is in
the journal on disk before `apply` returns; a refused edit changes nothing; `scorecard` always belongs to `workspace`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from msgspec import Struct

from kpi_tui.errors import EditError, Finding, FormulaError, StoreError, Text, text
from kpi_tui.facts.table import Table
from kpi_tui.formula import parse
from kpi_tui.loaded import data_findings, evaluator_of
from kpi_tui.loading import Loading
from kpi_tui.metrics.evaluate import Evaluator, LeafTables
from kpi_tui.metrics.plan import Plan
from kpi_tui.review.moved import Moved, moved
from kpi_tui.review.scorecard import Scorecard, evaluate
from kpi_tui.review.view import View
from kpi_tui.workspace import disk, document, store
from kpi_tui.workspace.differences import Difference, differences
from kpi_tui.workspace.document import Document
from kpi_tui.workspace.edits import Add, Edit, decode, encode
from kpi_tui.workspace.history import History
from kpi_tui.workspace.journal import Journal, Kind, Recovery, recoverable
from kpi_tui.workspace.model import Source, Workspace
from kpi_tui.workspace.naming import called
from kpi_tui.workspace.writing import write


class Merged(Struct, frozen=True):
    """What came of putting unsaved edits on top of another version of the file: `dropped` could not be made again."""

    kept: int
    dropped: tuple[Text, ...] = ()


class Session:
    """One workspace, open. `state` is the user's state folder; `read_only` refuses every edit.

    Nothing is computed before the first look at `scorecard`, so that a workspace whose data are read quickly is
    evaluated once.
    """

    def __init__(self, path: Path, *, state: Path, read_only: bool = False, loading: Loading | None = None) -> None:
        self.path = path
        self.state = state
        self.read_only = read_only
        snapshot = loading.snapshot if loading is not None else store.read(path)
        self._open(snapshot, loading.document if loading is not None else document.read(snapshot.text, str(path)))
        self.view = View()
        self._tables: dict[str, Table] = {}
        self._leaf_tables = LeafTables({}, wait=False)
        self._evaluated: tuple[object, Evaluator] | None = None
        self._advice: tuple[Evaluator, Document, tuple[Finding, ...]] | None = None
        self._journal = Journal(state, path, self._snapshot.data)
        self._scorecard: Scorecard | None = None
        self._before: Scorecard | None = None  # what it says of goals and people that nothing changed stands

    def _open(self, snapshot: store.Snapshot, read: Document) -> None:
        self._document = read
        self._snapshot = snapshot
        self._saved = self._document.workspace
        self.history = History(self._saved)

    @property
    def scorecard(self) -> Scorecard:
        """The workspace as it is, judged under the view."""
        if self._scorecard is None:
            self._scorecard = self._before = self._evaluate(self.workspace)
        return self._scorecard

    @property
    def workspace(self) -> Workspace:
        return self.history.present

    @property
    def root(self) -> Path:
        """The folder that the sources' paths are relative to."""
        return self._snapshot.target.parent

    @property
    def unsaved(self) -> bool:
        return self.workspace != self._saved

    @property
    def tables(self) -> Mapping[str, Table]:
        return self._tables

    @property
    def digest(self) -> str:
        """The sha256 of the file's bytes as they were read or saved here, in hex."""
        return self._snapshot.digest

    @property
    def stale_sources(self) -> tuple[Source, ...]:
        """The sources that are not loaded as they are described now."""
        known = self._tables
        return tuple(s for s in self.workspace.sources if s.id not in known or known[s.id].source != s)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the data, the formulas and the goals, and advice on the metrics."""
        from kpi_tui.review.lint import advice_on_metrics, unused  # the first picture does not wait for findings

        place_of = self._document.places.place
        if self._advice is None or self._advice[0] is not self.evaluator or self._advice[1] is not self._document:
            self._advice = (self.evaluator, self._document, advice_on_metrics(self.evaluator, place_of))
        return (
            *data_findings(self._tables, place_of),
            *self.evaluator.plan.findings,
            *self.evaluator.leaf_tables.corrections.findings,
            *self.scorecard.findings,
            *self._advice[2],
            *unused(self.workspace, place_of),
        )

    @property
    def evaluator(self) -> Evaluator:
        """Answers questions about the workspace as it is."""
        return self._evaluator(self.workspace)

    def accept(self, tables: Mapping[str, Table]) -> None:
        """Take over loaded tables; those of sources that changed or went away meanwhile are left out."""
        current = {source.id: source for source in self.workspace.sources}
        self._tables = {name: table for name, table in tables.items() if current.get(name) == table.source}
        self._renew()

    @property
    def leaf_tables(self) -> LeafTables:
        """What the engines answered; `catch_up` of it, on a thread, counts what they could not."""
        return self._leaf_tables

    @property
    def uncounted(self) -> bool:
        """Whether something that was looked at needs a scan first."""
        return bool(self._leaf_tables.uncounted)

    def recount(self) -> None:
        """Evaluate again: something that was not counted is."""
        self._evaluated = None
        self._scorecard = None

    def pause(self) -> None:
        """Leave uncounted what is, until the data are read again."""
        self._leaf_tables.pause()
        self.recount()

    def under(self, view: View) -> Scorecard:
        """The workspace as it is, judged under a view that is not taken."""
        card = self.scorecard
        return card if view == self.view else evaluate(self.evaluator, self.workspace, view, card.place_of, card)

    def look(self, view: View) -> None:
        """Show the workspace under another view."""
        self.view = view
        self._scorecard = None

    def apply(self, edit: Edit) -> Moved:
        """Make an edit and tell what it moved.

        Raises `EditError` (wrong value) or `StoreError` (no journal): nothing changed.
        """
        self._refuse_when_read_only()
        history = self.history.do(edit)
        known, after = self.evaluator, self._evaluator(history.present)
        refuse_wrong_formulas(known.plan, self.workspace, after.plan, history.present)
        _refuse_wrong_corrections(known, after)
        return self._step("edit", history, encode(edit))

    def tried(self, edit: Edit) -> Evaluator:
        """The evaluator of the workspace as it would be after an edit, which is not made.

        Raises `EditError` where it could not be made; formulas that are wrong are findings of its plan.
        """
        return evaluator_of(self.history.do(edit).present, self._leaf_tables, self._document.places.place)

    def undo(self) -> Moved:
        """Take the last edit back. Raises `EditError` where there is none."""
        self._refuse_when_read_only()
        return self._step("undo", self.history.undo())

    def redo(self) -> Moved:
        """Make the edit again that was undone last. Raises `EditError` where there is none."""
        self._refuse_when_read_only()
        return self._step("redo", self.history.redo())

    def _step(self, kind: Kind, history: History, payload: bytes = b"") -> Moved:
        before = self.scorecard
        self._journal.append(kind, payload)
        self.history = history
        self._drop_stale()
        self._scorecard = None
        return moved(before, self.scorecard)

    def _refuse_when_read_only(self) -> None:
        if self.read_only:
            raise EditError(text("the workspace is open for reading only"), text("open it without --read-only"))

    def save(self) -> store.Snapshot:
        """Write the workspace.

        Raises `Conflict` where the file is not as it was read, `StoreError` where it cannot be written.
        """
        if not self.unsaved:
            return self._snapshot
        content = write(self.workspace)
        keep = not self._document.canonical
        with suppress(StoreError):  # this mark spares a needless offer to recover; the save does not depend on it
            self._journal.append("saving", disk.digest(content.encode()).encode())
        self._snapshot = store.save(self._snapshot, content, state=self.state, keep_original=keep)
        with suppress(StoreError):
            self._journal.append("saved", self._snapshot.digest.encode())
        self._document = document.read(content, str(self.path))
        self._saved = self.workspace
        self.recount()  # what is wrong stands on other lines now
        return self._snapshot

    def save_copy(self) -> Path:
        """Keep this version under another name beside the file."""
        return store.save_copy(self.path, write(self.workspace)).path

    def changed_on_disk(self) -> bool:
        """Whether the file is no longer the one that was read or saved here."""
        return store.changed(self._snapshot)

    def conflicts(self) -> tuple[str, ...]:
        """The fields that both the unsaved edits and the file on disk changed.

        Raises `KpiError` where it cannot be read.
        """
        theirs = {_touched(edit) for edit in self.disk_differences()}
        mine = {_touched(edit) for edit in differences(self._saved, self.workspace)}
        return tuple(".".join(path) for path in sorted(theirs & mine))

    def reload(self, *, keep_edits: bool) -> Merged:
        """Take the file as it is now, with the unsaved edits on top where asked.

        Raises `KpiError` where it cannot be read.
        """
        edits = self._unsaved_edits() if keep_edits else []
        snapshot = store.read(self.path)
        read = document.read(snapshot.text, str(self.path))
        theirs = read.workspace
        history, dropped = _replayed(theirs, edits)
        self._journal.rebase(snapshot.data, [encode(step.edit) for step in history.past])
        self._open(snapshot, read)
        self.history = history
        self._renew()
        return Merged(len(history.past), dropped)

    def disk_differences(self) -> tuple[Difference, ...]:
        """How the file on disk differs from what was read or saved here."""
        theirs = document.read(store.read(self.path).text, str(self.path)).workspace
        return tuple(differences(self._saved, theirs))

    def recoveries(self) -> list[Recovery]:
        """What processes that died had not saved of this file, the newest last."""
        return recoverable(self.state, self.path)

    def recover(self, recovery: Recovery) -> Merged:
        """Make a dead process's unsaved edits again. They are journalled here before its journal is removed."""
        unsaved = recovery.unsaved(self._snapshot.digest)
        edits: list[Edit]
        if unsaved is not None:
            edits = [decode(line) for line in unsaved]
        else:
            base = document.read(recovery.base.decode("utf-8-sig"), str(self.path)).workspace
            seen, _ = _replayed(base, [decode(line) for line in recovery.edits])
            # a file that the dead process saved itself it went back beyond; somebody else's it never saw
            known = recovery.knows(self._snapshot.digest)
            edits = list(differences(self.workspace if known else base, seen.present))
        dropped: list[Text] = []
        for edit in edits:
            try:
                self.apply(edit)
            except EditError as error:
                dropped.append(error.what)
        recovery.discard()
        return Merged(len(edits) - len(dropped), tuple(dropped))

    def close(self) -> None:
        """End cleanly: what is unsaved now is given up."""
        self._journal.discard()

    def _unsaved_edits(self) -> list[Edit]:
        """The edits since the last save; where undo went back beyond it, the difference to it."""
        past = self.history.past
        if self.workspace == self._saved:
            return []
        for index in range(len(past), -1, -1):
            state = past[index - 1].after if index else (past[0].before if past else self.workspace)
            if state == self._saved:
                return [step.edit for step in past[index:]]
        return list(differences(self._saved, self.workspace))

    def _drop_stale(self) -> None:
        stale = {source.id for source in self.stale_sources}
        gone = set(self._tables) - {source.id for source in self.workspace.sources}
        if stale & set(self._tables) or gone:
            self._tables = {name: table for name, table in self._tables.items() if name not in stale | gone}
            self._leaf_tables = LeafTables(self._tables, wait=False)
            self._evaluated = None

    def _renew(self) -> None:
        self._drop_stale()
        self._leaf_tables = LeafTables(self._tables, wait=False)
        self._evaluated = None
        self._scorecard = None

    def _evaluate(self, workspace: Workspace) -> Scorecard:
        return evaluate(self._evaluator(workspace), workspace, self.view, self._document.places.place, self._before)

    def _evaluator(self, workspace: Workspace) -> Evaluator:
        """The evaluator of these metrics and sources; the last one is kept, so that an edit of a goal computes no
        metric.
        """
        key = (workspace.settings, workspace.sources, workspace.metrics, workspace.adjustments, self._leaf_tables)
        if self._evaluated is None or self._evaluated[0] != key:
            self._evaluated = (key, evaluator_of(workspace, self._leaf_tables, self._document.places.place))
        return self._evaluated[1]


def refuse_wrong_formulas(known: Plan, before: Workspace, plan: Plan, after: Workspace) -> None:
    """Raise `EditError` where a formula or condition is wrong after an edit that was not wrong before it."""
    said = {(str(finding.subject), str(finding.what)) for finding in known.findings}
    for finding in plan.findings:
        if (str(finding.subject), str(finding.what)) not in said:
            raise EditError(text("{subject}: {what}", subject=finding.subject, what=finding.what), finding.cure)
    sources = {source.id: source for source in before.sources}
    for source in after.sources:
        for key, condition in (("where", source.where), ("drop_rows", source.read.drop_rows)):
            if condition and sources.get(source.id) != source:
                _refuse_wrong_condition(source.id, key, condition)


def _refuse_wrong_corrections(known: Evaluator, after: Evaluator) -> None:
    """Raise `EditError` where a correction cannot be laid over its source after an edit and could before it."""
    said = {(str(f.subject), str(f.what)) for f in known.leaf_tables.corrections.findings}
    for finding in after.leaf_tables.corrections.findings:
        if finding.severity == "error" and (str(finding.subject), str(finding.what)) not in said:
            raise EditError(text("{subject}: {what}", subject=finding.subject, what=finding.what), finding.cure)


def _refuse_wrong_condition(source: str, key: str, condition: str) -> None:
    try:
        parse.condition(condition)
    except FormulaError as error:
        at = f"{key}:{error.line}:{error.column}"
        what = text("{subject}: {at}: {what}", subject=called("source", source), at=at, what=error.what)
        raise EditError(what, error.cure) from None


def _touched(edit: Difference) -> tuple[str, ...]:
    """What an edit changes: a field, or the record that it adds."""
    if not isinstance(edit, Add):
        return edit.path
    named = edit.record.get("id") or edit.record.get("date") or sorted(map(str, edit.record.items()))
    return (*edit.path, str(named))


def _replayed(workspace: Workspace, edits: Iterable[Edit]) -> tuple[History, tuple[Text, ...]]:
    """A history that makes these edits one by one; those that cannot be made are named."""
    history = History(workspace)
    dropped: list[Text] = []
    for edit in edits:
        try:
            history = history.do(edit)
        except EditError as error:
            dropped.append(error.what)
    return history, tuple(dropped)
