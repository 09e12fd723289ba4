"""What the main screen showed last time, so that a workspace opened again has its numbers at once.

An entry in the user's cache folder holds what was drawn (said and styled, no data) and what it was drawn from: the
digest of the workspace's bytes and the sources' files as they were. Invariants: it is shown only for the very same
bytes of the workspace, language, marks and program; never without the mark that it is to be checked; an entry that is
damaged or of another version is as good as none. Nothing of the data engine is imported to read one.
"""

from __future__ import annotations

import os
import stat
import zlib
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

import msgspec
from msgspec import Struct
from rich.cells import cell_len

from kpi_tui import __version__
from kpi_tui.language.language import Language
from kpi_tui.tui.drawing import Detail, PaneDrawn
from kpi_tui.tui.widgets.drawn import Line, Span, line, width_of
from kpi_tui.tui.widgets.fitting import cut

FOLDER = "screens"
WIDTHS = (80, 120)  # for which the header is kept: words are left out of the narrow one
MOST_BYTES = 4 << 20  # of an entry; what is more is not kept, since reading it would not be at once
MOST_ENTRIES = 64
LARGEST = 64 << 20  # of a workspace file, as `workspace.store` has it
_SUFFIX = ".screen"
_MAGIC = b"kpi-tui screen 1\n"


class Mark(Struct, frozen=True, array_like=True):
    """What tells a file from the same file changed: `mtime` in ns."""

    path: str
    size: int
    mtime: int
    inode: int

    @classmethod
    def of(cls, path: Path) -> Mark | None:
        """That of the file now; None where there is none."""
        try:
            status = path.stat()
        except OSError:
            return None
        return cls(str(path), status.st_size, status.st_mtime_ns, status.st_ino)


class Kept(Struct, frozen=True):
    """An entry. `digest` is the sha256 of the workspace's bytes; `headers` has left and right for each of `WIDTHS`."""

    version: str
    digest: str
    files: tuple[Mark, ...]
    headers: tuple[tuple[Line, Line], ...]
    panes: dict[str, PaneDrawn]


class Remembered:
    """A `Drawing` of what was kept; `outdated` says that a source's file is not what it was drawn from."""

    def __init__(self, kept: Kept, language: Language) -> None:
        self.kept = kept
        self.outdated = any(Mark.of(Path(mark.path)) != mark for mark in kept.files)
        self._language = language

    @property
    def mark(self) -> str:
        """What says that the numbers are not of now."""
        say = self._language
        return say("data changed since, checking ...") if self.outdated else say("as of last time, checking ...")

    def pane(self, name: str) -> PaneDrawn:
        """The pane as it was."""
        return self.kept.panes[name]

    def header(self, wanted: str, width: int) -> tuple[list[Span], list[Span]]:
        """The header as it was, and always the mark: statuses give way to it, then the end of the left side."""
        left, right = self.kept.headers[width >= WIDTHS[-1]]
        marked: Line = ((self.mark + " ", "risk"),)
        room = width - width_of(marked) - 1
        if width_of(left) + width_of(right) <= room:
            return list(left), [*right, *marked]
        return _cut(left, room, ascii=self._language.numbers.ascii), list(marked)

    def detail(self, key: str | None) -> Detail:
        """The row's name; the rest is worked out of data that are not there yet."""
        rows = {row.key: (pane, row) for pane in self.kept.panes.values() for row in pane.rows}
        if key not in rows:
            return Detail("")
        pane, row = rows[key]
        named = next((place for place, column in enumerate(pane.columns) if column.key == "name"), 0)
        return Detail(row.cells[named].text, None, (((self.mark, "muted"),),))


def _cut(spans: Line, width: int, *, ascii: bool) -> list[Span]:
    shown: list[Span] = []
    for text, style in spans:
        fitted = cut(text, max(0, width), ascii)
        shown.append((fitted, style))
        width -= cell_len(fitted)
    return list(line(shown))


def remembered(folder: Path | None, path: Path, language: Language) -> Remembered | None:
    """What the workspace at `path` showed last time, where its bytes are the same; `folder` is the cache folder."""
    if folder is None:
        return None
    try:
        kept = _decoded(_bytes_of(folder / FOLDER / _name(path, language), MOST_BYTES + 64))
        digest = sha256(_bytes_of(path, LARGEST)).hexdigest()
    except (OSError, ValueError):
        return None
    return Remembered(kept, language) if (kept.version, kept.digest) == (__version__, digest) else None


def _bytes_of(path: Path, most: int) -> bytes:
    """Raises OSError, and ValueError for what is too large or no file: reading a pipe would hang."""
    status = path.stat()
    if not stat.S_ISREG(status.st_mode) or status.st_size > most:
        raise ValueError("no such file")
    return path.read_bytes()


def keep(folder: Path, path: Path, language: Language, kept: Kept) -> None:
    """Write the entry; what cannot be written is left, since it only costs time."""
    from kpi_tui.workspace import atomic  # written long after the start that this module is there for

    body = msgspec.json.encode(kept)
    if len(body) > MOST_BYTES:
        return
    with suppress(OSError):
        where = folder / FOLDER
        where.mkdir(mode=0o700, parents=True, exist_ok=True)
        atomic.replace(where / _name(path, language), _MAGIC + zlib.crc32(body).to_bytes(4, "big") + body, 0o600)
        _make_room(where)


def clear(folder: Path, path: Path | None = None) -> int:
    """Remove the entries of the workspace at `path` (None: all); how many. Raises OSError."""
    where = folder / FOLDER
    found = list(where.glob(f"{'' if path is None else _stem(path)}*{_SUFFIX}")) if where.is_dir() else []
    for entry in found:
        entry.unlink(missing_ok=True)
    return len(found)


def _make_room(where: Path) -> None:
    """The oldest entries go."""
    found = sorted(where.glob(f"*{_SUFFIX}"), key=lambda entry: entry.stat().st_mtime_ns)
    for entry in found[:-MOST_ENTRIES]:
        entry.unlink(missing_ok=True)


def _stem(path: Path) -> str:
    return sha256(os.fsencode(os.path.realpath(path))).hexdigest()[:32]


def _name(path: Path, language: Language) -> str:
    return f"{_stem(path)}-{language.code}{'-ascii' if language.numbers.ascii else ''}{_SUFFIX}"


def _decoded(data: bytes) -> Kept:
    """Raises ValueError where it is not what was written."""
    at = len(_MAGIC)
    body = data[at + 4 :]
    if not data.startswith(_MAGIC) or zlib.crc32(body) != int.from_bytes(data[at : at + 4], "big"):
        raise ValueError("no entry")
    kept = msgspec.json.decode(body, type=Kept)  # its errors are ValueErrors
    if len(kept.headers) != len(WIDTHS) or kept.panes.keys() != {"goals", "metrics", "team"}:
        raise ValueError("another version's")
    return kept
