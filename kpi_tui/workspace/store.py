"""The workspace file on disk: read whole, replaced whole, never half written and never over somebody else's change.

Invariants: whatever goes wrong (no room, no permission, a kill at any moment), the file on disk is either the old one
or the new one, complete; a save replaces only the bytes it has seen (`Conflict` otherwise); a save without a change
touches nothing. Two of one user's processes are kept apart by a lock in the state folder, so that nothing but the file
itself and its `.orig` ever lies in the team's repository. Processes of different users are kept apart only by the
digest.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from msgspec import Struct
from msgspec.structs import replace

from kpi_tui.errors import Conflict, StoreError, text
from kpi_tui.workspace.atomic import (
    publish,
    remove_stale,
    sync_folder,
    write_new,
    write_temporary,
)
from kpi_tui.workspace.disk import LARGEST, digest, key, resolve
from kpi_tui.workspace.trouble import trouble

LOCK_TIMEOUT = 5.0  # seconds; a save takes milliseconds, so a longer wait means something is stuck


class Snapshot(Struct, frozen=True):
    """The file as it was read or written.

    `path` is as the user named it, `target` is it with links followed, `digest` the sha256 of `data` in hex, `stamp`
    (device, inode, size, mtime in ns) tells cheaply that nothing changed, `mode` holds the permission bits. `original`
    is set by the save that kept the replaced bytes under another name.
    """

    path: Path
    target: Path
    data: bytes
    digest: str
    stamp: tuple[int, int, int, int]
    mode: int
    original: Path | None = None

    @property
    def text(self) -> str:
        """The content without a byte order mark."""
        return self.data.decode("utf-8-sig")


def read(path: Path) -> Snapshot:
    """Read the file at `path`. Raises StoreError where it is missing, not a readable text file, or far too large."""
    target = resolve(path)
    try:
        status = os.stat(target)
        if stat.S_ISDIR(status.st_mode):
            raise StoreError(text("{file} is a folder", file=path), text("name the workspace file in it"))
        if not stat.S_ISREG(status.st_mode):  # reading a pipe would hang
            raise StoreError(text("{file} is not a regular file", file=path), text("name a workspace file"))
        if status.st_size > LARGEST:
            raise StoreError(
                text("{file} is too large for a workspace file", file=path),
                text("name the workspace file, not a file of data"),
            )
        data, status = _read_settled(target)
    except OSError as error:
        raise trouble(error, path, "read") from error
    _check_text(path, data)
    return Snapshot(path, target, data, digest(data), _stamp(status), stat.S_IMODE(status.st_mode))


def changed(snapshot: Snapshot) -> bool:
    """Whether the file no longer has the content of `snapshot`; a file that is gone or unreadable has changed."""
    try:
        target = resolve(snapshot.path)
        if _stamp(os.stat(target)) == snapshot.stamp:
            return False
        return digest(_read_settled(target)[0]) != snapshot.digest
    except OSError:
        return True


@contextmanager
def locked(path: Path, *, state: Path, timeout: float = LOCK_TIMEOUT) -> Iterator[None]:
    """Hold the lock of the file at `path` for one read-modify-write; `state` is the user's state folder.

    The same thread may take it again (`save` inside `locked` is the intended use). Raises StoreError where another
    process keeps it longer than `timeout` seconds or the state folder cannot be written.
    """
    from filelock import FileLock, Timeout  # 20 ms that a command which only reads does not pay

    folder = state / "locks"
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = FileLock(folder / f"{key(path)}.lock", is_singleton=True)
        lock.acquire(timeout=timeout)
    except Timeout as error:
        raise StoreError(
            text("another kpi-tui is saving {file} and does not finish", file=path),
            text("try again, or end the other kpi-tui"),
        ) from error
    except OSError as error:
        raise trouble(error, folder, "state") from error
    try:
        yield
    finally:
        lock.release()


def save(snapshot: Snapshot, content: str, *, state: Path, keep_original: bool = False) -> Snapshot:
    """Replace the file that `snapshot` was read from by `content`, atomically; the new snapshot.

    Mode, owner and extended attributes are kept and a link stays a link. With `keep_original` the old bytes are first
    kept as `NAME.orig` (`.orig.1` ... where that exists); the result's `original` names it. If the content is the same,
    nothing is touched. Raises Conflict where the file is not as `snapshot` has it, StoreError where it cannot be
    written.
    """
    path, data = snapshot.path, content.encode("utf-8")
    with locked(path, state=state):
        current = _current(snapshot)
        if current.data == data:
            return current
        _check_writable(current)
        original = _keep_original(current) if keep_original else None
        try:
            saved = _replace(current, data)
        except BaseException:
            if original is not None:
                original.unlink(missing_ok=True)
            raise
        return replace(saved, original=original)


def create(path: Path, content: str) -> Snapshot:
    """Write a new file at `path`. Raises StoreError where something is there already or it cannot be written."""
    target = resolve(path)
    try:
        temporary = write_temporary(target, content.encode("utf-8"), 0o666)
        try:
            publish(temporary, target)
        finally:
            temporary.unlink(missing_ok=True)
        sync_folder(target.parent)
    except OSError as error:
        raise trouble(error, path, "create") from error
    return read(path)


def save_copy(path: Path, content: str) -> Snapshot:
    """Keep `content` beside the file at `path` as `NAME.mine.toml`, `NAME.mine.2.toml` ...: the first name that is
    free.
    """
    target = resolve(path)
    number = 1
    while True:
        infix = ".mine" if number == 1 else f".mine.{number}"
        copy = target.with_name(f"{target.stem}{infix}{target.suffix}")
        if not os.path.lexists(copy):
            return create(copy, content)
        number += 1


def _current(snapshot: Snapshot) -> Snapshot:
    """The file as it is now, where it is still what `snapshot` saw."""
    if not os.path.lexists(snapshot.path):
        raise StoreError(
            text("{file} was deleted or moved since it was read", file=snapshot.path),
            text("keep your version under another name (S), or put the file back and save again"),
        )
    current = read(snapshot.path)
    if current.digest != snapshot.digest:
        raise _conflict(snapshot.path)
    return current


def _conflict(path: Path) -> Conflict:
    return Conflict(
        text("{file} was changed by another program since it was read", file=path),
        text("take over its changes, or keep your version under another name (S)"),
    )


def _check_writable(current: Snapshot) -> None:
    # Replacing needs only a writable folder and root needs nothing, but a file marked read-only says "do not change
    # me".
    if not current.mode & 0o222 or not os.access(current.target, os.W_OK):
        raise StoreError(
            text("{file} is read-only", file=current.path),
            text("make it writable (chmod u+w), or keep your version under another name (S)"),
        )


def _replace(current: Snapshot, data: bytes) -> Snapshot:
    target = current.target
    try:
        temporary = write_temporary(target, data, 0o600, like=target)
        try:
            if _stamp(os.stat(target)) != current.stamp:
                raise _conflict(current.path)
            remove_stale(temporary, target)
            os.replace(temporary, target)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(target.parent)
        status = os.stat(target)
    except OSError as error:
        raise trouble(error, current.path, "save") from error
    return Snapshot(current.path, target, data, digest(data), _stamp(status), stat.S_IMODE(status.st_mode))


def _keep_original(current: Snapshot) -> Path:
    target, number = current.target, 0
    while True:
        name = f"{target.name}.orig.{number}" if number else f"{target.name}.orig"
        original = target.with_name(name)
        try:
            write_new(original, current.data, current.mode)
        except FileExistsError:
            number += 1
        except OSError as error:
            raise trouble(error, original, "save") from error
        else:
            return original


def _read_settled(target: Path) -> tuple[bytes, os.stat_result]:
    """The content and the status that belongs to it; a file being written in place is read again."""
    for _ in range(5):
        with open(target, "rb") as file:
            before = os.fstat(file.fileno())
            data = file.read()
            after = os.fstat(file.fileno())
        if _stamp(before) == _stamp(after):
            break
    return data, after


def _check_text(path: Path, data: bytes) -> None:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise StoreError(
            text("{file}:{line}: is not UTF-8 text", file=path, line=data.count(b"\n", 0, error.start) + 1),
            text("save it as UTF-8, or name the workspace file"),
        ) from error


def _stamp(status: os.stat_result) -> tuple[int, int, int, int]:
    return status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns
