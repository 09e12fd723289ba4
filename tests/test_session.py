"""The one door for change: what is refused changes nothing, what is shown is on disk, nothing typed is lost."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from msgspec.structs import replace

from kpi_tui.errors import Conflict, EditError, StoreError
from kpi_tui.loading import load_tables
from kpi_tui.review.view import View
from kpi_tui.session import Merged, Session
from kpi_tui.workspace import document
from kpi_tui.workspace import journal as journal_module
from kpi_tui.workspace.edits import Add, Batch, Delete, Edit, Set, decode
from kpi_tui.workspace.journal import Recovery, recoverable
from kpi_tui.workspace.model import Workspace
from kpi_tui.workspace.processes import Process
from kpi_tui.workspace.writing import write

D = Decimal
FILE = """\
schema = 1

[workspace]
name = "Shop"

[[source]]
id = "sales"
path = "sales.csv"
time = "date"
dimensions = ["channel"]
[source.columns]
amount = "decimal"

[[metric]]
id = "revenue"
source = "sales"
formula = "SUM(amount)"
unit = "money"

[[metric]]
id = "nps"
unit = "score"
good = "up"
entries = [
    { date = 2026-01-31, value = 40 },
]

[[goal]]
id = "turnover"
metric = "revenue"
target = 3650
start = 2026-01-01
due = 2026-12-31
"""
FACTS = "date,channel,amount\n" + "".join(f"2026-01-{day:02},Email,10\n" for day in range(1, 32))
TARGET = ("goal", "turnover", "target")
GONE = Process(pid=4_000_000, start=7, boot="an earlier boot")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kpi.toml"
    path.write_text(FILE, encoding="utf-8")
    (tmp_path / "sales.csv").write_text(FACTS, encoding="utf-8")
    return path


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def session(file: Path, state: Path) -> Iterator[Session]:
    opened = Session(file, state=state)
    load(opened)
    yield opened
    opened.close()


def load(session: Session) -> None:
    session.accept(load_tables(session.workspace, session.root, {}))


def target(workspace: Workspace) -> object:
    return workspace.goals[0].target


def on_disk(file: Path) -> Workspace:
    return document.read(file.read_text(encoding="utf-8"), "kpi.toml").workspace


def somebody_else_writes(file: Path, *edits: Edit) -> None:
    """The file changes as another process would change it."""
    other = Session(file, state=file.parent / "their state")
    other.apply(Batch(edits))
    other.save()
    other.close()


def journalled(state: Path) -> list[bytes]:
    """The records of the one journal, without lengths and sums."""
    [path] = (state / "journal").glob("*.journal")
    return [
        kind.encode() + b" " + payload
        for kind, payload in journal_module._records(path.read_bytes().split(b"\n", 1)[1])
    ][1:]


# -- apply, undo, redo ------------------------------------------------------------------------------------------------


def test_an_edit_tells_what_it_moved(session: Session) -> None:
    moved = session.apply(Set(TARGET, D(7300)))
    [(before, after)] = moved.goals
    assert (before.target, after.target, before.status, after.status) == (D(3650), D(7300), "early", "early")
    assert session.scorecard.goals[0] == after, "the scorecard belongs to the workspace"
    assert session.scorecard.workspace is session.workspace
    assert session.unsaved


def test_opening_and_looking_change_nothing(file: Path, state: Path) -> None:
    session = Session(file, state=state)
    load(session)
    session.look(View(grain="day"))
    assert len(session.scorecard.metrics.periods) == 31
    assert not session.unsaved
    session.save()
    session.close()
    assert file.read_text(encoding="utf-8") == FILE
    assert not state.exists()


def test_undo_and_redo_are_exact_and_journalled_in_order(session: Session, state: Path) -> None:
    start = session.workspace
    session.apply(Set(TARGET, D(4000)))
    session.apply(Set(TARGET, D(5000)))
    last = session.workspace
    session.undo()
    [(before, after)] = session.undo().goals
    assert (before.target, after.target) == (D(4000), D(3650))
    assert session.workspace == start
    assert not session.unsaved, "back where it was saved"
    session.redo()
    session.redo()
    assert session.workspace == last
    session.undo()
    session.apply(Set(("workspace", "name"), "Other"))
    kinds = [record[:4] for record in journalled(state)]
    assert kinds == [b"edit", b"edit", b"undo", b"undo", b"redo", b"redo", b"undo", b"edit"]
    with pytest.raises(EditError, match="there is nothing to redo"):
        session.redo()


def test_a_journalled_edit_can_be_read_again(session: Session, state: Path) -> None:
    edit = Batch(
        (Set(TARGET, D("4000.50")), Add(("goal", "turnover", "checkin"), {"date": date(2026, 2, 1), "note": "ё"}))
    )
    session.apply(edit)
    [record] = journalled(state)
    assert decode(record.removeprefix(b"edit ")) == edit


def test_a_batch_is_one_step(session: Session) -> None:
    session.apply(Batch((Set(TARGET, D(1)), Set(("workspace", "name"), "x"))))
    session.undo()
    assert (target(session.workspace), session.workspace.settings.name) == (D(3650), "Shop")


@pytest.mark.parametrize(
    ("edit", "why"),
    [
        (Set(TARGET, "many"), "not a target"),
        (Set(("goal", "turnover", "due"), date(2025, 1, 1)), "before it starts"),
        (Set(("goal", "turnover", "metric"), "revenu"), "revenu"),
        (Set(("metric", "revenue", "formula"), "SUM(amuont)"), "unknown column 'amuont'"),
        (Set(("metric", "revenue", "formula"), "SUM(amount"), "cannot be read"),
        (Set(("metric", "revenue", "where"), "SUM(amount) > 1"), "cannot hold an aggregate"),
        (Set(("source", "sales", "where"), "amount >"), "cannot be read"),
        (Set(("source", "sales", "read", "drop_rows"), "a; b"), "not part of the formula language"),
        (Add(("metric",), {"id": "loop", "formula": "loop + 1"}), "cycle: loop -> loop"),
        (Delete(("metric", "revenue")), "is used by"),
        (Batch((Set(TARGET, D(1)), Set(("goal", "turnover", "nonsense"), 1))), "nonsense"),
        (Set(("goal", "nobody", "target"), D(1)), "does not exist"),
    ],
)
def test_a_refused_edit_changes_nothing(session: Session, state: Path, edit: Edit, why: str) -> None:
    session.apply(Set(("workspace", "name"), "before"))
    history, scorecard, records = session.history, session.scorecard, journalled(state)
    with pytest.raises(EditError, match=why):
        session.apply(edit)
    assert session.history is history
    assert session.scorecard is scorecard
    assert journalled(state) == records


def test_nothing_to_undo_changes_nothing(session: Session, state: Path) -> None:
    with pytest.raises(EditError, match="there is nothing to undo"):
        session.undo()
    assert not state.exists()


def test_what_was_wrong_before_may_stay_wrong(file: Path, state: Path) -> None:
    file.write_text(FILE.replace("SUM(amount)", "SUM(amuont)"), encoding="utf-8")
    session = Session(file, state=state)
    load(session)
    session.apply(Set(TARGET, D(4000)))
    session.apply(Set(("metric", "revenue", "formula"), "SUM(amount)"))
    assert session.evaluator.plan.findings == ()
    session.close()


def test_reading_only_refuses_every_edit(file: Path, state: Path) -> None:
    session = Session(file, state=state, read_only=True)
    steps: list[Callable[[], object]] = [lambda: session.apply(Set(TARGET, D(1))), session.undo, session.redo]
    for step in steps:
        with pytest.raises(EditError, match="open for reading only"):
            step()
    assert not session.unsaved


def test_an_edit_that_cannot_be_journalled_is_not_made(session: Session, state: Path) -> None:
    state.parent.joinpath("state").write_text("a file where the folder should be", encoding="utf-8")
    history, scorecard = session.history, session.scorecard
    with pytest.raises(StoreError):
        session.apply(Set(TARGET, D(4000)))
    assert session.history is history
    assert session.scorecard is scorecard
    assert not session.unsaved


def test_the_file_is_touched_by_saving_only(session: Session, file: Path) -> None:
    session.apply(Set(TARGET, D(4000)))
    assert file.read_text(encoding="utf-8") == FILE
    session.save()
    assert target(on_disk(file)) == D(4000)
    assert not session.unsaved
    session.undo()
    assert session.unsaved, "undo goes back beyond a save"
    session.save()
    assert file.read_text(encoding="utf-8") == FILE


def test_an_edit_of_a_goal_counts_nothing_again(session: Session) -> None:
    evaluator = session.evaluator
    session.apply(Set(TARGET, D(4000)))
    assert session.evaluator is evaluator
    session.apply(Set(("metric", "revenue", "name"), "Revenue"))
    assert session.evaluator is not evaluator


def test_a_source_described_anew_is_stale_until_it_is_loaded(session: Session) -> None:
    assert not session.stale_sources
    session.apply(Set(("source", "sales", "where"), "amount > 5"))
    assert [source.id for source in session.stale_sources] == ["sales"]
    assert session.scorecard.goals[0].status == "no_data"
    old = session.tables
    session.accept(load_tables(session.workspace, session.root, old))
    assert not session.stale_sources
    assert session.scorecard.goals[0].actual == D(310)


def test_tables_of_a_source_that_changed_meanwhile_are_not_taken(session: Session) -> None:
    loaded = load_tables(session.workspace, session.root, {})
    session.apply(Set(("source", "sales", "where"), "amount > 10"))
    session.accept(loaded)
    assert session.tables == {}
    session.undo()
    session.accept(loaded)
    assert session.scorecard.goals[0].actual == D(310)


# -- two processes ----------------------------------------------------------------------------------------------------


def test_a_file_that_changed_is_not_overwritten(session: Session, file: Path) -> None:
    session.apply(Set(TARGET, D(4000)))
    assert not session.changed_on_disk()
    somebody_else_writes(file, Set(("workspace", "name"), "Theirs"))
    assert session.changed_on_disk()
    with pytest.raises(Conflict):
        session.save()
    assert on_disk(file).settings.name == "Theirs"
    assert (session.unsaved, target(session.workspace)) == (True, D(4000))


def test_edits_of_both_sides_are_put_together(session: Session, file: Path) -> None:
    session.apply(Set(TARGET, D(4000)))
    somebody_else_writes(file, Set(("workspace", "name"), "Theirs"), Set(("metric", "nps", "name"), "NPS"))
    assert session.conflicts() == ()
    assert {edit.path for edit in session.disk_differences()} == {("workspace", "name"), ("metric", "nps", "name")}
    assert session.reload(keep_edits=True) == Merged(1)
    assert (session.workspace.settings.name, target(session.workspace)) == ("Theirs", D(4000))
    assert (session.unsaved, session.changed_on_disk()) == (True, False)
    session.save()
    assert (on_disk(file).settings.name, target(on_disk(file))) == ("Theirs", D(4000))
    assert session.scorecard.goals[0].target == D(4000)


def test_fields_that_both_changed_are_named(session: Session, file: Path) -> None:
    session.apply(Set(TARGET, D(4000)))
    session.apply(Set(("metric", "nps", "entries", "2026-01-31"), D(50)))
    theirs = (
        Set(TARGET, D(9000)),
        Set(("metric", "nps", "entries", "2026-01-31"), D(60)),
        Set(("workspace", "name"), "x"),
    )
    somebody_else_writes(file, *theirs)
    assert session.conflicts() == ("goal.turnover.target", "metric.nps.entries.2026-01-31.value")
    assert session.reload(keep_edits=True) == Merged(2)
    assert target(session.workspace) == D(4000), "what is kept is what was typed here"
    session.undo()
    session.undo()
    assert target(session.workspace) == D(9000), "and undoing it shows theirs"


def test_two_entries_of_different_dates_are_no_conflict(session: Session, file: Path) -> None:
    session.apply(Set(("metric", "nps", "entries", "2026-02-28"), D(50)))
    somebody_else_writes(file, Set(("metric", "nps", "entries", "2026-03-31"), D(60)))
    assert session.conflicts() == ()


def test_edits_that_cannot_be_made_again_are_named(session: Session, file: Path) -> None:
    session.apply(Set(("workspace", "name"), "Mine"))
    session.apply(Set(TARGET, D(4000)))
    somebody_else_writes(file, Delete(("goal", "turnover")))
    merged = session.reload(keep_edits=True)
    assert (merged.kept, [str(what) for what in merged.dropped]) == (1, ["goal 'turnover' does not exist"])
    assert (session.workspace.settings.name, session.workspace.goals) == ("Mine", ())


def test_their_version_without_mine(session: Session, file: Path, state: Path) -> None:
    session.apply(Set(TARGET, D(4000)))
    somebody_else_writes(file, Set(("workspace", "name"), "Theirs"))
    assert session.reload(keep_edits=False) == Merged(0)
    assert session.workspace == on_disk(file)
    assert not session.unsaved
    assert not list((state / "journal").glob("*")), "nothing to recover"


def test_an_undo_beyond_the_save_is_kept_on_reload(session: Session, file: Path) -> None:
    session.apply(Set(TARGET, D(4000)))
    session.save()
    session.undo()
    somebody_else_writes(file, Set(("workspace", "name"), "Theirs"))
    assert session.reload(keep_edits=True) == Merged(1)
    assert (target(session.workspace), session.workspace.settings.name) == (D(3650), "Theirs")


def test_a_file_that_cannot_be_read_changes_nothing(session: Session, file: Path) -> None:
    session.apply(Set(TARGET, D(4000)))
    history = session.history
    file.write_text("schema = [", encoding="utf-8")
    with pytest.raises(Exception, match=r"kpi\.toml"):
        session.reload(keep_edits=True)
    assert session.history is history


def test_my_version_can_be_kept_beside_the_file(session: Session, file: Path) -> None:
    session.apply(Set(TARGET, D(4000)))
    copy = session.save_copy()
    assert copy.parent == file.parent
    assert copy != file
    assert target(on_disk(copy)) == D(4000)
    assert target(on_disk(file)) == D(3650)


# -- recovery ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The journals made in this test say that their process is one that is dead."""
    monkeypatch.setattr(journal_module, "this_process", lambda: GONE)


def crash(session: Session) -> None:
    """Leave the journal as the death of its process would: complete and no longer locked."""
    [left] = (session.state / "journal").glob("*.journal")
    kept = shutil.copy2(left, left.with_suffix(".kept"))
    session.close()
    Path(kept).rename(left)


def only(recoveries: list[Recovery]) -> Recovery:
    assert len(recoveries) == 1
    return recoveries[0]


def after_crash(file: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> Session:
    """The next session, of a process that lives."""
    monkeypatch.undo()
    return Session(file, state=state)


def test_the_edits_of_a_dead_process_are_made_again(
    file: Path, state: Path, gone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = Session(file, state=state)
    dead.apply(Set(TARGET, D(4000)))
    dead.apply(Set(("workspace", "name"), "Typed"))
    dead.apply(Set(("workspace", "name"), "Undone"))
    dead.undo()
    crash(dead)
    session = after_crash(file, state, monkeypatch)
    assert not session.unsaved, "nothing is recovered without asking"
    recovery = only(session.recoveries())
    assert session.recover(recovery) == Merged(2)
    assert (target(session.workspace), session.workspace.settings.name) == (D(4000), "Typed")
    assert session.unsaved
    assert session.recoveries() == [], "the old journal is gone, the new one is ours"
    assert len(journalled(state)) == 2, "and holds the edits before the old one is removed"
    session.undo()
    assert session.workspace.settings.name == "Shop"
    session.close()


def test_what_was_saved_is_not_made_twice(file: Path, state: Path, gone: None, monkeypatch: pytest.MonkeyPatch) -> None:
    dead = Session(file, state=state)
    dead.apply(Add(("goal", "turnover", "checkin"), {"date": date(2026, 2, 1), "note": "saved"}))
    dead.save()
    dead.apply(Add(("goal", "turnover", "checkin"), {"date": date(2026, 2, 2), "note": "typed"}))
    crash(dead)
    session = after_crash(file, state, monkeypatch)
    assert session.recover(only(session.recoveries())) == Merged(1)
    assert [checkin.note for checkin in session.workspace.goals[0].checkins] == ["saved", "typed"]
    session.close()


def test_edits_are_put_on_top_of_a_file_that_changed_since(
    file: Path, state: Path, gone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = Session(file, state=state)
    dead.apply(Set(TARGET, D(4000)))
    dead.apply(Set(("metric", "nps", "name"), "NPS"))
    crash(dead)
    monkeypatch.undo()
    somebody_else_writes(file, Set(("workspace", "name"), "Theirs"), Delete(("goal", "turnover")))
    session = Session(file, state=state)
    merged = session.recover(only(session.recoveries()))
    assert (merged.kept, [str(what) for what in merged.dropped]) == (1, ["goal 'turnover' does not exist"])
    assert (session.workspace.settings.name, session.workspace.metrics[1].name) == ("Theirs", "NPS")
    session.close()


def test_an_undo_beyond_a_save_is_recovered(
    file: Path, state: Path, gone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = Session(file, state=state)
    dead.apply(Set(TARGET, D(4000)))
    dead.save()
    dead.undo()
    crash(dead)
    session = after_crash(file, state, monkeypatch)
    session.recover(only(session.recoveries()))
    assert target(session.workspace) == D(3650)


def test_the_journal_of_a_living_process_is_not_offered(session: Session, file: Path, state: Path) -> None:
    session.apply(Set(TARGET, D(4000)))
    assert recoverable(state, file) == []
    assert session.recoveries() == []


def test_after_a_clean_end_nothing_is_offered(
    file: Path, state: Path, gone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    for save in (True, False):
        dead = Session(file, state=state)
        dead.apply(Set(TARGET, D(4000) if save else D(5000)))
        if save:
            dead.save()
        dead.close()
        assert Session(file, state=state).recoveries() == []
    assert target(on_disk(file)) == D(4000)
    assert write(on_disk(file)) == file.read_text(encoding="utf-8")
    monkeypatch.undo()


def test_a_recovery_that_is_given_up_is_gone(
    file: Path, state: Path, gone: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    dead = Session(file, state=state)
    dead.apply(Set(TARGET, D(4000)))
    crash(dead)
    session = after_crash(file, state, monkeypatch)
    recovery = only(session.recoveries())
    assert replace(recovery).knows(recovery.digest)
    recovery.discard()
    assert session.recoveries() == []
    assert target(session.workspace) == D(3650)
