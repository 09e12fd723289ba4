"""Nothing that was acknowledged is ever lost, whatever happens to the process or to the journal's last bytes."""

from __future__ import annotations

import errno
import json
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import kpi_tui
from kpi_tui.errors import StoreError
from kpi_tui.workspace import disk, processes, store
from kpi_tui.workspace import journal as journal_module
from kpi_tui.workspace.journal import Journal, Recovery, recoverable
from kpi_tui.workspace.processes import Process, is_running, this_process

ROOT = Path(kpi_tui.__file__).parents[1]
BASE = b"n = 0\n"
GONE = Process(pid=4_000_000, start=7, boot="an earlier boot")


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "kpi.toml"
    path.write_bytes(BASE)
    return path


@pytest.fixture
def gone(monkeypatch: pytest.MonkeyPatch) -> None:
    """The journals made in this test say that their process is `GONE`."""
    monkeypatch.setattr(journal_module, "this_process", lambda: GONE)


def crash(journal: Journal) -> Path:
    """Leave the journal as the death of its process would: no longer locked."""
    left = journal.file.with_name(journal.file.name.replace(".journal", "x.journal"))
    shutil.copy2(journal.file, left)
    journal.discard()
    return left


def only(recoveries: list[Recovery]) -> Recovery:
    assert len(recoveries) == 1
    return recoveries[0]


def test_opening_a_workspace_writes_nothing(state: Path, file: Path) -> None:
    journal = Journal(state, file, BASE)
    journal.append("saved", b"x")
    journal.rebase(BASE)
    journal.discard()
    assert not state.exists()


@pytest.mark.usefixtures("gone")
def test_edits_come_back_in_order(state: Path, file: Path) -> None:
    journal = Journal(state, file, BASE)
    for edit in (b"one", b"two\nlines \xff", b"", b"four"):
        journal.append("edit", edit)
    assert stat.S_IMODE(journal.file.stat().st_mode) == 0o600
    assert stat.S_IMODE(journal.file.parent.stat().st_mode) == 0o700
    crash(journal)
    recovery = only(recoverable(state, file))
    assert recovery.edits == (b"one", b"two\nlines \xff", b"", b"four")
    assert (recovery.base, recovery.digest, recovery.pid) == (BASE, store.read(file).digest, GONE.pid)
    assert recovery.path == disk.resolve(file)
    recovery.discard()
    assert recoverable(state, file) == []


@pytest.mark.usefixtures("gone")
def test_undo_and_redo_are_done_again(state: Path, file: Path) -> None:
    journal = Journal(state, file, BASE)
    for kind, payload in [("edit", b"a"), ("edit", b"b"), ("undo", b""), ("undo", b""), ("redo", b""), ("edit", b"c")]:
        journal.append(kind, payload)  # type: ignore[arg-type]  # the literals of a list are inferred as str
    journal.append("redo")  # nothing to redo after an edit
    crash(journal)
    assert only(recoverable(state, file)).edits == (b"a", b"c")


@pytest.mark.usefixtures("gone")
def test_what_was_saved_is_not_offered(state: Path, file: Path) -> None:
    journal, snapshot = Journal(state, file, BASE), store.read(file)
    journal.append("edit", b"a")
    digest = disk.digest(b"n = 1\n")
    journal.append("saving", digest.encode())
    first = crash_copy(journal, "1")
    assert only(recoverable(state, file)).edits == (b"a",), "announced, not done"
    assert only(recoverable(state, file)).unsaved(snapshot.digest) == (b"a",)
    store.save(snapshot, "n = 1\n", state=state)
    assert recoverable(state, file) == [], "done, not said"
    assert not first.exists()
    journal.append("saved", digest.encode())
    journal.append("edit", b"b")
    second = crash(journal)
    recovery = only(recoverable(state, file))
    assert recovery.edits == (b"a", b"b")
    assert recovery.unsaved(digest) == (b"b",)
    assert recovery.unsaved(disk.digest(b"somebody else's")) is None
    assert (recovery.knows(digest), recovery.knows("other")) == (True, False)
    second.unlink()


def crash_copy(journal: Journal, mark: str) -> Path:
    """As `crash`, but the process of `journal` goes on."""
    left = journal.file.with_name(journal.file.name.replace(".journal", f"{mark}.journal"))
    shutil.copy2(journal.file, left)
    return left


@pytest.mark.usefixtures("gone")
def test_an_undo_beyond_the_save_is_made_from_the_base(state: Path, file: Path) -> None:
    journal = Journal(state, file, BASE)
    journal.append("edit", b"a")
    saved = store.save(store.read(file), "n = 1\n", state=state)
    journal.append("saved", saved.digest.encode())
    journal.append("undo")
    crash(journal)
    recovery = only(recoverable(state, file))
    assert recovery.edits == ()
    assert recovery.unsaved(saved.digest) is None
    assert recovery.knows(saved.digest)
    assert recovery.base == BASE


@pytest.mark.usefixtures("gone")
def test_everything_saved_and_then_changed_by_others_is_not_offered(state: Path, file: Path) -> None:
    journal = Journal(state, file, BASE)
    journal.append("edit", b"a")
    journal.append("saved", disk.digest(b"n = 1\n").encode())
    left = crash(journal)
    file.write_bytes(b"n = 2\n")
    assert recoverable(state, file) == []
    assert not left.exists()


@pytest.mark.usefixtures("gone")
def test_a_new_base_takes_the_edits_that_still_apply(state: Path, file: Path) -> None:
    journal = Journal(state, file, BASE)
    journal.append("edit", b"a")
    journal.append("edit", b"b")
    journal.rebase(b"n = 5\n", [b"b"])
    journal.append("edit", b"c")
    left = crash_copy(journal, "1")
    recovery = only(recoverable(state, file))
    assert (recovery.base, recovery.edits) == (b"n = 5\n", (b"b", b"c"))
    left.unlink()
    journal.rebase(b"n = 6\n")
    assert not journal.file.exists()
    journal.append("edit", b"d")
    crash(journal)
    recovery = only(recoverable(state, file))
    assert (recovery.base, recovery.edits) == (b"n = 6\n", (b"d",))


def test_the_journal_of_a_living_process_is_left_alone(state: Path, file: Path) -> None:
    journal = Journal(state, file, BASE)
    journal.append("edit", b"a")
    crash_copy(journal, "1")  # not locked, but this process lives
    assert recoverable(state, file) == []
    assert journal.file.exists()
    journal.discard()


@pytest.mark.usefixtures("gone")
def test_a_lock_says_that_a_process_lives_that_cannot_be_seen(state: Path, file: Path) -> None:
    journal = Journal(state, file, BASE)
    journal.append("edit", b"a")
    assert recoverable(state, file) == []
    crash(journal)
    assert only(recoverable(state, file)).edits == (b"a",)


@pytest.mark.usefixtures("gone")
def test_only_journals_of_this_file(state: Path, file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.toml"
    link = tmp_path / "link.toml"
    link.symlink_to(file)
    journal = Journal(state, link, BASE)
    journal.append("edit", b"a")
    crash(journal)
    assert recoverable(state, other) == []
    assert only(recoverable(state, file)).edits == (b"a",)


@pytest.mark.usefixtures("gone")
def test_the_newest_comes_last(state: Path, file: Path) -> None:
    journal = Journal(state, file, BASE)
    left = []
    for number in range(3):
        journal.append("edit", b"%d" % number)
        left.append(crash_copy(journal, str(number)))
    for place, seconds in zip(left, (300, 100, 200), strict=True):
        os.utime(place, (seconds, seconds))
    assert [len(recovery.edits) for recovery in recoverable(state, file)] == [2, 3, 1]
    assert [recovery.when.timestamp() for recovery in recoverable(state, file)] == [100, 200, 300]


@pytest.mark.usefixtures("gone")
def test_what_cannot_be_read_is_left_alone(state: Path, file: Path) -> None:
    journal = Journal(state, file, BASE)
    journal.append("edit", b"a")
    left = crash(journal)
    header, rest = left.read_bytes().split(b"\n", 1)
    newer = json.dumps({**json.loads(header), "version": 99}).encode()
    for content in (b"", b"\n", b"[]\n", b"{}\n", b"\xff\n", newer + b"\n" + rest, header + b"\n"):
        left.write_bytes(content)
        assert recoverable(state, file) == []
        assert left.read_bytes() == content


def refuse(code: int) -> Callable[..., int]:
    def call(*arguments: object) -> int:
        raise OSError(code, os.strerror(code))

    return call


@pytest.mark.usefixtures("gone")
@pytest.mark.parametrize("truncate", [True, False])
def test_no_room_refuses_the_edit_and_keeps_the_others(
    state: Path, file: Path, monkeypatch: pytest.MonkeyPatch, truncate: bool
) -> None:
    journal, write = Journal(state, file, BASE), os.write
    journal.append("edit", b"a")
    journal.append("edit", b"b")

    written: list[int] = []

    def half(descriptor: int, data: bytes) -> int:
        if written:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        written.append(write(descriptor, bytes(data)[:9]))
        return written[0]

    with monkeypatch.context() as full:
        full.setattr(os, "write", half)
        if not truncate:
            full.setattr(os, "ftruncate", refuse(errno.EIO))
        with pytest.raises(StoreError, match="no room left: make room"):
            journal.append("edit", b"refused")
    journal.append("edit", b"c")
    crash(journal)
    assert only(recoverable(state, file)).edits == (b"a", b"b", b"c")


def test_a_state_folder_that_cannot_be_written(tmp_path: Path, file: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StoreError, match=r"cannot be written: .*XDG_STATE_HOME"):
        Journal(tmp_path / "state", file, BASE).append("edit", b"a")


@pytest.mark.usefixtures("gone")
def test_a_rebase_that_fails_leaves_the_old_journal(state: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = Journal(state, file, BASE)
    journal.append("edit", b"a")
    with monkeypatch.context() as broken:
        broken.setattr(os, "replace", refuse(errno.EIO))
        with pytest.raises(StoreError):
            journal.rebase(b"n = 5\n", [b"b"])
    journal.append("edit", b"c")
    left = crash_copy(journal, "1")
    assert only(recoverable(state, file)).edits == (b"a", b"c")
    left.unlink()
    journal.file.unlink()
    journal.append("undo")  # writes it again
    crash(journal)
    recovery = only(recoverable(state, file))
    assert (recovery.base, recovery.edits) == (BASE, (b"a",))
    assert [path.suffix for path in (state / "journal").iterdir()] == [".journal"]


@pytest.mark.usefixtures("gone")
def test_a_journal_somebody_removed_is_written_again(state: Path, file: Path) -> None:
    journal = Journal(state, file, BASE)
    journal.append("edit", b"a")
    shutil.rmtree(state)
    journal.append("edit", b"b")
    crash(journal)
    assert only(recoverable(state, file)).edits == (b"a", b"b")


OPERATIONS = st.lists(st.one_of(st.binary(max_size=20), st.sampled_from(["undo", "redo"])), min_size=1, max_size=12)


@pytest.fixture(scope="module")
def module_gone() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(journal_module, "this_process", lambda: GONE)
        patch.setattr(os, "fdatasync", lambda descriptor: None)  # power does not fail in these
        yield


@pytest.mark.usefixtures("module_gone")
@example(operations=[b"one", b"two", b"three"], cut=0, flip=1)
@example(operations=[b"one", b"two", b"three"], cut=1, flip=80)
@given(operations=OPERATIONS, cut=st.integers(0, 40), flip=st.integers(0, 80))
def test_a_torn_or_damaged_end_costs_only_what_follows(
    tmp_path_factory: pytest.TempPathFactory, operations: list[bytes | str], cut: int, flip: int
) -> None:
    folder = tmp_path_factory.mktemp("torn")
    file = folder / "kpi.toml"
    file.write_bytes(BASE)
    journal = Journal(folder, file, BASE)
    done: list[bytes] = []
    undone: list[bytes] = []
    states: list[tuple[bytes, ...]] = [()]
    sizes = [0]
    for operation in operations:
        if isinstance(operation, bytes):
            journal.append("edit", operation)
            done.append(operation)
            undone.clear()
        elif operation == "undo":
            journal.append("undo")
            if done:
                undone.append(done.pop())
        else:
            journal.append("redo")
            if undone:
                done.append(undone.pop())
        states.append(tuple(done))
        sizes.append(journal.file.stat().st_size)
    left = crash(journal)
    content = left.read_bytes()
    kept = max(sizes[1] - 20, len(content) - cut)
    damaged = bytearray(content[:kept])
    whole = sum(size <= kept for size in sizes[1:])
    if len(damaged) - flip > sizes[1]:
        damaged[-flip - 1] ^= 0x41
        whole = sum(size <= len(damaged) - flip - 1 for size in sizes[1:])
    left.write_bytes(damaged)
    found = recoverable(folder, file)
    expected = states[whole]
    assert [recovery.edits for recovery in found] == ([expected] if expected else [])


def test_a_process_is_known_by_its_start() -> None:
    here = this_process()
    if not here.start:
        pytest.skip("this system does not tell start times")
    assert is_running(here)
    assert not is_running(Process(here.pid, here.start + 1, here.boot))
    assert not is_running(Process(here.pid, here.start, "another boot"))
    assert not is_running(Process(here.pid, 0, here.boot))


def test_a_zombie_is_dead() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    start = processes._start(child.pid)
    child.kill()
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    assert not start or not is_running(Process(child.pid, start, this_process().boot))
    child.communicate()


WRITER = """
import sys
from pathlib import Path
from kpi_tui.workspace import disk, store
from kpi_tui.workspace.journal import Journal
state, file = map(Path, sys.argv[1:])
snapshot = store.read(file)
journal = Journal(state, file, snapshot.data)
number = 0
while True:
    number += 1
    journal.append("edit", b"%d" % number)
    print(number, flush=True)
    if number % 5 == 0:
        content = f"n = {number}\\nfiller = '{'x' * 100_000}'\\n"
        digest = disk.digest(content.encode()).encode()
        journal.append("saving", digest)
        snapshot = store.save(snapshot, content, state=state)
        journal.append("saved", digest)
"""


@pytest.mark.parametrize("seed", range(8))
def test_kill_at_any_moment_loses_nothing_that_was_acknowledged(state: Path, file: Path, seed: int) -> None:
    argv = [sys.executable, "-c", WRITER, str(state), str(file)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen(argv, stdout=subprocess.PIPE, env=environment) as process:
        assert process.stdout is not None
        acknowledged = [process.stdout.readline() for _ in range(random.Random(seed).randint(1, 40))]
        process.send_signal(signal.SIGKILL)
        acknowledged += process.stdout.readlines()  # what it acknowledged until it died
    last = int([line for line in acknowledged if line.endswith(b"\n")][-1])
    now = store.read(file)
    saved = tomllib.loads(now.text)["n"]
    numbers = [saved]
    for recovery in recoverable(state, file):
        unsaved = recovery.unsaved(now.digest)
        assert unsaved is not None
        numbers += map(int, unsaved)
    assert numbers == list(range(saved, saved + len(numbers)))
    assert numbers[-1] >= last
