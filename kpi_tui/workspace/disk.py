"""Files as they lie on the disk: what a path names, what tells a file from another and from itself changed."""

from __future__ import annotations

import glob
import hashlib
import os
import stat
from pathlib import Path

from msgspec import Struct

LARGEST = 64 << 20  # bytes of a workspace; what is larger is a data file named by mistake


class Fingerprint(Struct, frozen=True, array_like=True):
    """What tells a file from the same file changed."""

    path: str
    size: int
    mtime_ns: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Fingerprint | None:
        """That of the file now; None where there is none."""
        try:
            status = path.stat()
        except OSError:
            return None
        return cls(str(path.resolve()), status.st_size, status.st_mtime_ns, status.st_ino)


def named(path: str, root: Path) -> list[str]:
    """The files that a source's `path`, a name or a glob below `root`, means now, sorted by name."""
    if (root / path).exists():
        return [path]
    found = glob.glob(path, root_dir=root, recursive=True)
    return sorted(name for name in found if not (root / name).is_dir())


def resolve(path: Path) -> Path:
    """`path`, absolute and with links followed; it need not exist."""
    return Path(os.path.realpath(path))


def key(path: Path) -> str:
    """The name under which the state and cache folders keep what belongs to the file at `path`, however it is named."""
    return hashlib.sha256(os.fsencode(resolve(path))).hexdigest()[:32]


def digest(data: bytes) -> str:
    """The sha256 of `data`, in hex."""
    return hashlib.sha256(data).hexdigest()


def bytes_of(path: Path, most: int) -> bytes:
    """Raises OSError, and ValueError for what is too large or no file: reading a pipe would hang."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > most:
        raise ValueError("no such file")
    return path.read_bytes()


def workspace_digest(path: Path) -> str:
    """The digest of the workspace at `path` as it is now. Raises as `bytes_of`."""
    return digest(bytes_of(path, LARGEST))
