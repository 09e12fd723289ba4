"""The file on disk is always one whole version, and never over somebody else's change."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import kpi_tui
from kpi_tui.errors import Conflict, StoreError
from kpi_tui.workspace import disk, store

ROOT = Path(kpi_tui.__file__).parents[1]
OLD, NEW = 'name = "old"\n', 'name = "neu, новый"\n'


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "state"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    folder = tmp_path / "team"
    folder.mkdir()
    path = folder / "kpi.toml"
    path.write_text(OLD)
    return path


def names(file: Path) -> list[str]:
    return sorted(entry.name for entry in file.parent.iterdir())


def refuse(code: int) -> Callable[..., int]:
    def call(*arguments: object, **named: object) -> int:
        raise OSError(code, os.strerror(code))

    return call


def _make_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def test_what_was_saved_is_what_is_read(file: Path, state: Path) -> None:
    before = store.read(file)
    assert (before.text, before.path, before.original) == (OLD, file, None)
    after = store.save(before, NEW, state=state)
    assert file.read_bytes() == NEW.encode()
    assert after == store.read(file)
    assert after.digest == disk.digest(NEW.encode()) != before.digest
    assert names(file) == ["kpi.toml"], "the team's folder holds nothing else"


def test_the_same_content_does_not_touch_the_file(file: Path, state: Path) -> None:
    before = os.stat(file)
    saved = store.save(store.read(file), OLD, state=state, keep_original=True)
    assert (os.stat(file).st_ino, os.stat(file).st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert saved.original is None
    assert names(file) == ["kpi.toml"]


def test_a_byte_order_mark_is_not_part_of_the_text(file: Path) -> None:
    file.write_bytes(b"\xef\xbb\xbf" + OLD.encode())
    assert store.read(file).text == OLD


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: path.unlink(), r"kpi\.toml does not exist: .*kpi-tui open"),
        (lambda path: (path.unlink(), path.mkdir()), r"is a folder"),
        (_make_pipe, r"not a regular file"),
        (lambda path: (path.unlink(), path.symlink_to(path)), r"a link that leads to itself"),
        (lambda path: path.write_bytes(b"a = 1\nb = '\xff'\n"), r"kpi\.toml:2: is not UTF-8 text"),
        (lambda path: os.truncate(path, disk.LARGEST + 1), r"too large"),
    ],
)
def test_what_cannot_be_read_is_said_with_a_cure(file: Path, make: Callable[[Path], object], says: str) -> None:
    make(file)
    with pytest.raises(StoreError, match=says) as caught:
        store.read(file)
    assert caught.value.cure is not None


def test_no_right_to_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("builtins.open", refuse(errno.EACCES))  # root may read everything, so the refusal is made
    with pytest.raises(StoreError, match="may not be read"):
        store.read(file)


def test_changed_asks_for_the_content(file: Path, state: Path) -> None:
    snapshot = store.read(file)
    assert not store.changed(snapshot)
    os.utime(file, ns=(1, 1))
    assert not store.changed(snapshot), "only touched"
    file.write_text(OLD.replace("old", "xyz"))
    assert store.changed(snapshot)
    assert not store.changed(store.read(file))
    file.unlink()
    assert store.changed(snapshot)


def test_somebody_elses_change_is_never_overwritten(file: Path, state: Path) -> None:
    snapshot = store.read(file)
    file.write_text("theirs = 1\n")
    with pytest.raises(Conflict, match="changed by another program"):
        store.save(snapshot, NEW, state=state, keep_original=True)
    assert file.read_text() == "theirs = 1\n"
    assert names(file) == ["kpi.toml"]


def test_a_change_in_the_last_moment_is_seen(file: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    snapshot, fsync = store.read(file), os.fsync

    def editor_saves(descriptor: int) -> None:
        fsync(descriptor)
        file.write_text("theirs = 1\n")

    monkeypatch.setattr(os, "fsync", editor_saves)
    with pytest.raises(Conflict):
        store.save(snapshot, NEW, state=state)
    assert file.read_text() == "theirs = 1\n"
    assert names(file) == ["kpi.toml"]


def test_deleted_meanwhile(file: Path, state: Path) -> None:
    snapshot = store.read(file)
    file.unlink()
    with pytest.raises(StoreError, match=r"was deleted or moved .*: keep your version under another name"):
        store.save(snapshot, NEW, state=state)
    assert names(file) == []


def test_mode_is_kept(file: Path, state: Path) -> None:
    file.chmod(0o640)
    assert store.save(store.read(file), NEW, state=state).mode == 0o640
    assert stat.S_IMODE(os.stat(file).st_mode) == 0o640


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root may give files away")
def test_owner_is_kept(file: Path, state: Path) -> None:
    os.chown(file, 1234, 2345)
    store.save(store.read(file), NEW, state=state)
    assert (os.stat(file).st_uid, os.stat(file).st_gid) == (1234, 2345)


def test_an_owner_that_may_not_be_kept_is_no_error(file: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fstat = os.fstat

    def another_owner(descriptor: int) -> os.stat_result:
        status = list(fstat(descriptor))
        status[4] += 1
        return os.stat_result(status)

    monkeypatch.setattr(os, "chown", refuse(errno.EPERM))
    snapshot = store.read(file)
    monkeypatch.setattr(store, "_read_settled", lambda target: (target.read_bytes(), os.stat(target)))
    monkeypatch.setattr(os, "fstat", another_owner)
    monkeypatch.setattr(store, "locked", lambda path, state: nullcontext())
    store.save(snapshot, NEW, state=state)
    assert file.read_text() == NEW


@pytest.mark.parametrize("relative", [True, False])
def test_a_link_stays_a_link(file: Path, state: Path, tmp_path: Path, relative: bool) -> None:
    link = tmp_path / "link.toml"
    link.symlink_to("team/kpi.toml" if relative else file)
    saved = store.save(store.read(link), NEW, state=state, keep_original=True)
    assert link.is_symlink()
    assert file.read_text() == NEW
    assert saved.original == file.with_name("kpi.toml.orig")
    assert disk.key(link) == disk.key(file)


def test_the_original_is_kept_under_the_first_free_name(file: Path, state: Path) -> None:
    file.chmod(0o600)
    file.with_name("kpi.toml.orig").write_text("somebody's")
    saved = store.save(store.read(file), NEW, state=state, keep_original=True)
    assert saved.original == file.with_name("kpi.toml.orig.1")
    assert saved.original.read_text() == OLD
    assert stat.S_IMODE(saved.original.stat().st_mode) == 0o600
    assert file.with_name("kpi.toml.orig").read_text() == "somebody's"


def test_a_read_only_file_is_not_replaced(file: Path, state: Path) -> None:
    file.chmod(0o444)
    with pytest.raises(StoreError, match="is read-only: make it writable"):
        store.save(store.read(file), NEW, state=state, keep_original=True)
    assert file.read_text() == OLD
    assert names(file) == ["kpi.toml"]


@pytest.mark.parametrize(
    ("call", "code", "says"),
    [
        ("write", errno.ENOSPC, "the disk is full; it is unchanged"),
        ("write", errno.EDQUOT, "the disk is full"),
        ("fsync", errno.EIO, "Input/output error: save again"),
        ("open", errno.EACCES, "may not be written"),
        ("replace", errno.EBUSY, "mounted by itself"),
        ("replace", errno.EROFS, "may not be written"),
    ],
)
def test_a_save_that_fails_leaves_everything_as_it_was(
    file: Path, state: Path, monkeypatch: pytest.MonkeyPatch, call: str, code: int, says: str
) -> None:
    snapshot = store.read(file)
    with store.locked(file, state=state):  # taken before, so that the failure is that of the file
        monkeypatch.setattr(os, call, refuse(code))
        with pytest.raises(StoreError, match=says) as caught:
            store.save(snapshot, NEW, state=state)
        monkeypatch.undo()
    assert not isinstance(caught.value, Conflict)
    assert file.read_text() == OLD
    assert names(file) == ["kpi.toml"]
    assert store.save(snapshot, NEW, state=state).text == NEW


def test_a_failed_save_takes_its_kept_original_back(file: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "replace", refuse(errno.EIO))
    with pytest.raises(StoreError):
        store.save(store.read(file), NEW, state=state, keep_original=True)
    assert names(file) == ["kpi.toml"]


def test_short_writes_are_completed(file: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, bytes(data)[:3]))
    assert store.save(store.read(file), NEW, state=state).text == NEW == file.read_text()


def test_what_killed_processes_left_is_removed_in_time(file: Path, state: Path) -> None:
    old, young, other = (file.with_name(name) for name in (".kpi.toml.aa.tmp", ".kpi.toml.bb.tmp", ".x.toml.aa.tmp"))
    for path in (old, young, other):
        path.write_text("half")
    os.utime(old, (1, 1))
    os.utime(other, (1, 1))
    store.save(store.read(file), NEW, state=state)
    assert names(file) == [".kpi.toml.bb.tmp", ".x.toml.aa.tmp", "kpi.toml"]


def test_a_new_file_must_be_new(file: Path, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="exists already"):
        store.create(file, NEW)
    assert file.read_text() == OLD
    with pytest.raises(StoreError, match=r"the folder .*nowhere does not exist"):
        store.create(tmp_path / "nowhere" / "kpi.toml", NEW)
    fresh = file.with_name("fresh.toml")
    assert store.create(fresh, NEW) == store.read(fresh)
    assert names(file) == ["fresh.toml", "kpi.toml"]


@pytest.mark.parametrize("exists", [True, False])
def test_a_new_file_where_there_are_no_hard_links(file: Path, monkeypatch: pytest.MonkeyPatch, exists: bool) -> None:
    monkeypatch.setattr(os, "link", refuse(errno.EPERM))
    if exists:
        with pytest.raises(StoreError, match="exists already"):
            store.create(file, NEW)
        assert file.read_text() == OLD
    else:
        store.create(file.with_name("fresh.toml"), NEW)
        assert names(file) == ["fresh.toml", "kpi.toml"]


def test_copies_never_overwrite_each_other(file: Path) -> None:
    first, second = store.save_copy(file, NEW), store.save_copy(file, OLD)
    assert (first.path.name, second.path.name) == ("kpi.mine.toml", "kpi.mine.2.toml")
    assert (first.path.read_text(), second.path.read_text(), file.read_text()) == (NEW, OLD, OLD)


def test_a_lock_held_elsewhere_is_said(file: Path, state: Path) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with store.locked(file, state=state):
            held.set()
            release.wait(20)

    thread = threading.Thread(target=hold)
    thread.start()
    try:
        assert held.wait(20)
        with (
            pytest.raises(StoreError, match="another kpi-tui is saving"),
            store.locked(file, state=state, timeout=0.01),
        ):
            pytest.fail("the lock was taken twice")
    finally:
        release.set()
        thread.join()
    with store.locked(file, state=state, timeout=0.01):
        assert stat.S_IMODE((state / "locks").stat().st_mode) == 0o700


def test_a_state_folder_that_cannot_be_made(file: Path, tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file")
    with pytest.raises(StoreError, match=r"the state folder .* cannot be written: .*XDG_STATE_HOME"):
        store.save(store.read(file), NEW, state=tmp_path / "state")
    assert file.read_text() == OLD


COUNTER = """
import sys
from pathlib import Path
from kpi_tui.workspace import store
file, state = map(Path, sys.argv[1:])
for _ in range(50):
    with store.locked(file, state=state, timeout=60):
        snapshot = store.read(file)
        store.save(snapshot, str(int(snapshot.text) + 1), state=state)
"""


def test_two_processes_that_save_in_turn_lose_nothing(file: Path, state: Path) -> None:
    file.write_text("0")
    argv = [sys.executable, "-c", COUNTER, str(file), str(state)]
    processes = [subprocess.Popen(argv, env={**os.environ, "PYTHONPATH": str(ROOT)}) for _ in range(2)]
    assert [process.wait(120) for process in processes] == [0, 0]
    assert file.read_text() == "100"


@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_any_text_survives(tmp_path_factory: pytest.TempPathFactory, content: str) -> None:
    folder = tmp_path_factory.mktemp("any")
    saved = store.create(folder / "a.toml", "x")
    assert store.save(saved, content, state=folder).data == content.encode() == (folder / "a.toml").read_bytes()
