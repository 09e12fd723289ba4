"""Files written whole: a complete file beside the one to replace, on the disk before it takes that one's name.

Invariant: where a function here raises, it has left nothing behind. All raise OSError; `store` says what that means.
"""

from __future__ import annotations

import errno
import os
import secrets
import stat
from contextlib import suppress
from pathlib import Path

_STALE = 3600.0  # seconds; a temporary file this much older than ours was left by a process that was killed


def write_temporary(target: Path, data: bytes, mode: int, *, like: Path | None = None) -> Path:
    """Write `data` beside `target` under a name of its own, with the attributes of `like`; that name."""
    # The name is random, not fixed: another user's process, which our lock does not see, may be saving the same file.
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(6)}.tmp")
    write_new(temporary, data, mode, like=like)
    return temporary


def replace(target: Path, data: bytes, mode: int) -> None:
    """Put a whole file of the user's own in the place of the one there may be, whatever was in it."""
    temporary = write_temporary(target, data, mode)
    try:
        os.replace(temporary, target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def write_new(path: Path, data: bytes, mode: int, *, like: Path | None = None) -> None:
    """Write a file that must not exist, to the disk itself; nothing is left behind where that fails."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0), mode)
    try:
        try:
            rest = memoryview(data)
            while rest:
                rest = rest[os.write(descriptor, rest) :]
            if like is not None:
                _copy_attributes(like, path, descriptor)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _copy_attributes(source: Path, copy: Path, descriptor: int) -> None:
    """Owner, extended attributes (access lists among them) and mode; what the system refuses to us is left as it is."""
    old, new = os.stat(source), os.fstat(descriptor)
    if (old.st_uid, old.st_gid) != (new.st_uid, new.st_gid):
        for owner, group in ((old.st_uid, old.st_gid), (-1, old.st_gid)):
            try:
                os.chown(copy, owner, group)
                break
            except OSError:
                continue
    with suppress(OSError, AttributeError):  # only Linux has them in `os`
        for name in os.listxattr(source):
            with suppress(OSError):
                os.setxattr(copy, name, os.getxattr(source, name))
    os.chmod(copy, stat.S_IMODE(old.st_mode))  # last: chown clears bits


def publish(temporary: Path, target: Path) -> None:
    """Give `temporary` its name, never over an existing file."""
    try:
        os.link(temporary, target)
    except FileExistsError:
        raise
    except OSError as error:
        if error.errno not in {errno.EPERM, errno.ENOTSUP, errno.ENOSYS, errno.EMLINK, errno.EACCES}:
            raise
        if os.path.lexists(target):  # a file system without hard links
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(target)) from None
        os.rename(temporary, target)


def remove_stale(temporary: Path, target: Path) -> None:
    """Remove temporary files that killed processes of this user left; times are compared on the file system's own
    clock.
    """
    ours = os.stat(temporary)
    with suppress(OSError):
        for other in target.parent.glob(f".{target.name}.*.tmp"):
            status = os.lstat(other)
            if status.st_uid == ours.st_uid and status.st_mtime < ours.st_mtime - _STALE:
                other.unlink(missing_ok=True)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` survive a loss of power."""
    # Some file systems (and Windows) cannot sync a folder; the file's own content is on the disk already.
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
