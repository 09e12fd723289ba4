"""Every edit on disk before it is shown, so that a crash, a kill or a lost connection loses nothing.

A journal belongs to one process and one workspace file and lies in the state folder. It holds the bytes of the file
that the edits apply to (`base`) and then one record an edit, so that everything since then can be made again even where
an undo went back beyond a save. Invariant: when `append` has returned, the record survives a kill and a loss of power;
when it has raised, the journal is as it was before. Opening a workspace writes nothing: the journal begins with the
first edit.

The file: a line of JSON, then records `LENGTH CRC KIND PAYLOAD\\n` (length and CRC-32 of kind and payload in 8 hex
digits, the kind one letter). What follows a record that is cut short or does not match its CRC is not read.
"""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from msgspec import Struct

from kpi_tui.errors import StoreError
from kpi_tui.workspace import disk, store
from kpi_tui.workspace.atomic import sync_folder
from kpi_tui.workspace.processes import Process, is_locked, is_running, lock_for_life, this_process
from kpi_tui.workspace.trouble import trouble

Kind = Literal["edit", "undo", "redo", "saving", "saved"]

_VERSION = 1
_LETTERS = {"base": b"b", "edit": b"e", "undo": b"u", "redo": b"r", "saving": b"w", "saved": b"s"}
_KINDS = {letter: kind for kind, letter in _LETTERS.items()}
_HEAD = re.compile(rb"([0-9a-f]{8}) ([0-9a-f]{8}) (?=[a-z] )")


class Journal:
    """The journal of this process for the workspace file at `path`, whose content as read is `base`; `state` is the
    user's state folder. Not thread-safe: the session that owns it applies one edit after another.
    """

    def __init__(self, state: Path, path: Path, base: bytes) -> None:
        self._folder = state / "journal"
        self._path = disk.resolve(path)
        self._process = this_process()
        self._base = base
        self._records: list[bytes] = []
        self._descriptor: int | None = None
        self._size = 0

    @property
    def file(self) -> Path:
        """Where the journal lies once there was an edit."""
        return self._folder / f"{disk.key(self._path)}-{self._process.pid}-{self._process.start}.journal"

    def append(self, kind: Kind, payload: bytes = b"") -> None:
        """Record what is going to be shown, down to the disk.

        The payload of `edit` is the edit; of `saving` (before the file is replaced) and `saved` (after it) the hex
        digest of its new content; `undo` and `redo` have none. Raises StoreError where it cannot be recorded: an edit
        is then refused.
        """
        if not self._records and kind in {"saving", "saved"}:
            return
        record = _record(kind, payload)
        with self._trouble():
            if self._descriptor is None or os.fstat(self._descriptor).st_nlink == 0:  # 0: somebody removed the file
                self._begin([*self._records, record])
            else:
                self._write(self._descriptor, record)
        self._records.append(record)

    def rebase(self, base: bytes, edits: Sequence[bytes] = ()) -> None:
        """Begin anew on `base`, the file as read again, with the `edits` that still apply to it.

        The old journal stays until the new one is complete on the disk. Raises StoreError as `append` does.
        """
        records = [_record("edit", edit) for edit in edits]
        before, self._base = self._base, base
        if not records:
            self.discard()
            return
        try:
            with self._trouble():
                self._begin(records)
        except BaseException:
            self._base = before
            raise
        self._records = records

    def discard(self) -> None:
        """Remove the journal: all is saved or given up. Never raises; what cannot be removed is offered later."""
        if self._descriptor is not None:
            with suppress(OSError):
                self.file.unlink(missing_ok=True)
            with suppress(OSError):
                os.close(self._descriptor)
        self._descriptor = None
        self._records = []

    def _begin(self, records: Sequence[bytes]) -> None:
        """Write a whole new file and put it in the place of the one there may be."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        content = b"".join((self._header(), _record("base", self._base), *records))
        new = self.file.with_suffix(".new")
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND, 0o600)
        try:
            lock_for_life(descriptor)
            _write_down(descriptor, content)
            os.replace(new, self.file)
        except BaseException:
            os.close(descriptor)
            new.unlink(missing_ok=True)
            raise
        sync_folder(self._folder)
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor, self._size = descriptor, len(content)

    def _write(self, descriptor: int, record: bytes) -> None:
        try:
            _write_down(descriptor, record)
        except BaseException:
            # A part of a record would hide all that follow. Where even this fails, the next append writes a new file.
            try:
                os.ftruncate(descriptor, self._size)
            except OSError:
                os.close(descriptor)
                self._descriptor = None
            raise
        self._size += len(record)

    def _header(self) -> bytes:
        header = {
            "version": _VERSION,
            "path": str(self._path),
            "digest": disk.digest(self._base),
            "pid": self._process.pid,
            "start": self._process.start,
            "boot": self._process.boot,
        }
        return json.dumps(header).encode("ascii") + b"\n"

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise trouble(error, self._folder, "state") from error


class Recovery(Struct, frozen=True):
    """What a process that is dead had not finished: `edits` applied to `base` give what its user saw last.

    `marks` are the states that were saved: the digest of the file and how it was made from `base`. `when` (UTC) is the
    time of the last record.
    """

    file: Path
    path: Path
    pid: int
    when: datetime
    base: bytes
    edits: tuple[bytes, ...]
    marks: tuple[tuple[str, tuple[bytes, ...]], ...]

    @property
    def digest(self) -> str:
        """The digest of the file that `edits` apply to."""
        return disk.digest(self.base)

    def unsaved(self, digest: str) -> tuple[bytes, ...] | None:
        """The edits to apply to the file that has this digest now.

        None where that file is not one this process read or saved (the edits are then to be rebased one by one), or
        where its user went back beyond it (the result is then to be made from `base`).
        """
        before = [made for mark, made in self.marks if mark == digest and self.edits[: len(made)] == made]
        return self.edits[max(map(len, before)) :] if before else None

    def knows(self, digest: str) -> bool:
        """Whether the file that has this digest now is as this process read or saved it."""
        return any(mark == digest for mark, _ in self.marks)

    def discard(self) -> None:
        """Remove the journal, after its edits were taken over into another or given up."""
        with suppress(OSError):
            self.file.unlink(missing_ok=True)


def recoverable(state: Path, path: Path) -> list[Recovery]:
    """What dead processes had not saved of the file at `path`, the newest last. Journals that hold nothing unsaved are
    removed.

    Journals of living processes and those that cannot be read (another version, another user) are left alone.
    """
    try:
        now = store.read(path).digest
    except StoreError:
        now = ""
    found = []
    for file in sorted((state / "journal").glob(f"{disk.key(path)}-*.journal")):
        recovery, finished = _recover(file, disk.resolve(path), now)
        if recovery is None:
            continue
        if finished:
            recovery.discard()
        else:
            found.append(recovery)
    return sorted(found, key=lambda recovery: recovery.when)


def _recover(file: Path, path: Path, now: str) -> tuple[Recovery | None, bool]:
    """The recovery that `file` holds, None where it is not to be touched; and whether nothing in it is unsaved."""
    try:
        with open(file, "rb") as opened:
            if is_locked(opened.fileno()):
                return None, False
            when = datetime.fromtimestamp(os.fstat(opened.fileno()).st_mtime, UTC)
            line, content = opened.readline(), opened.read()
        header = json.loads(line)
        if header["version"] != _VERSION or header["path"] != str(path):
            return None, False
        owner = Process(header["pid"], header["start"], header["boot"])
    except (OSError, ValueError, KeyError, TypeError):
        return None, False
    records = list(_records(content))
    if is_running(owner) or not records or records[0][0] != "base" or disk.digest(records[0][1]) != header["digest"]:
        return None, False
    base, edits, marks, settled = _replay(records)
    untouched = not edits and len(marks) == 1
    finished = untouched or settled or (now, edits) in marks
    return Recovery(file, path, owner.pid, when, base, edits, marks), finished


def _replay(
    records: Sequence[tuple[str, bytes]],
) -> tuple[bytes, tuple[bytes, ...], tuple[tuple[str, tuple[bytes, ...]], ...], bool]:
    """Base, edits that hold, saved states, and whether the last record about saving says that all of it is saved."""
    base = records[0][1]
    done: list[bytes] = []
    undone: list[bytes] = []
    marks: list[tuple[str, tuple[bytes, ...]]] = [(disk.digest(base), ())]
    settled: tuple[bytes, ...] | None = None
    for kind, payload in records[1:]:
        if kind == "edit":
            done.append(payload)
            undone.clear()
        elif kind == "undo" and done:
            undone.append(done.pop())
        elif kind == "redo" and undone:
            done.append(undone.pop())
        elif kind in {"saving", "saved"}:
            marks.append((payload.decode("ascii", "replace"), tuple(done)))
            settled = tuple(done) if kind == "saved" else settled
    return base, tuple(done), tuple(marks), settled == tuple(done)


def _record(kind: str, payload: bytes) -> bytes:
    body = _LETTERS[kind] + b" " + payload
    return b"%08x %08x %b\n" % (len(body), zlib.crc32(body), body)


def _records(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Kind and payload of every whole record, up to the first that is not."""
    place = 0
    while head := _HEAD.match(content, place):
        start, length = head.end(), int(head[1], 16)
        body = content[start : start + length]
        place = start + length + 1
        kind = _KINDS.get(body[:1])
        if kind is None or content[place - 1 : place] != b"\n" or zlib.crc32(body) != int(head[2], 16):
            return
        yield kind, body[2:]


def _write_down(descriptor: int, data: bytes) -> None:
    """Append `data`, in one write where the disk has room for it, and wait until the disk has it."""
    rest = memoryview(data)
    while rest:
        rest = rest[os.write(descriptor, rest) :]
    getattr(os, "fdatasync", os.fsync)(descriptor)  # macOS has no fdatasync
