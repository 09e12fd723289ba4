"""What the main screen showed last time, so that a workspace opened again has its numbers at once.

An entry in the user's cache folder holds what was drawn (said and styled, no data) and what it was drawn from: the
digest of the workspace's bytes and the sources' files as they were. Invariants: it is shown only for the very same
bytes of the workspace, language, marks and program; never without the mark that it is to be checked; an entry that is
damaged or of another version is as good as none. Nothing of the data engine is imported to read one.
"""

from __future__ import annotations

from pathlib import Path

import msgspec
from msgspec import Struct

from kpi_tui import __version__
from kpi_tui.language.language import Language
from kpi_tui.tui.drawing import Detail, PaneDrawn
from kpi_tui.tui.widgets.drawn import Line, Span, width_of
from kpi_tui.tui.widgets.statusline import cut_spans
from kpi_tui.workspace.disk import Fingerprint, key, workspace_digest
from kpi_tui.workspace.shelf import Shelf

FOLDER = "screens"
WIDTHS = (80, 120)  # for which the header is kept: words are left out of the narrow one
MOST_BYTES = 4 << 20  # of an entry
MOST_ENTRIES = 64
_SUFFIX = ".screen"
_MAGIC = b"kpi-tui screen 1\n"


class Kept(Struct, frozen=True):
    """An entry. `digest` is the sha256 of the workspace's bytes; `headers` has left and right for each of `WIDTHS`."""

    version: str
    digest: str
    files: tuple[Fingerprint, ...]
    headers: tuple[tuple[Line, Line], ...]
    panes: dict[str, PaneDrawn]


class Remembered:
    """A `Drawing` of what was kept; `outdated` says that a source's file is not what it was drawn from."""

    def __init__(self, kept: Kept, language: Language) -> None:
        self.kept = kept
        self.outdated = any(Fingerprint.of(Path(mark.path)) != mark for mark in kept.files)
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
        return list(cut_spans(left, room, self._language.numbers.ascii)), list(marked)

    def detail(self, key: str | None) -> Detail:
        """The row's name; the rest is worked out of data that are not there yet."""
        rows = {row.key: (pane, row) for pane in self.kept.panes.values() for row in pane.rows}
        if key not in rows:
            return Detail("")
        pane, row = rows[key]
        named = next((place for place, column in enumerate(pane.columns) if column.key == "name"), 0)
        return Detail(row.cells[named].text, None, (((self.mark, "muted"),),))


def remembered(folder: Path | None, path: Path, language: Language) -> Remembered | None:
    """What the workspace at `path` showed last time, where its bytes are the same; `folder` is the cache folder."""
    if folder is None:
        return None
    body = shelf(folder).get(_name(path, language))
    try:
        kept = None if body is None else _decoded(body)
        workspace = workspace_digest(path)
    except (OSError, ValueError):
        return None
    same = kept is not None and (kept.version, kept.digest) == (__version__, workspace)
    return Remembered(kept, language) if kept is not None and same else None


def keep(folder: Path, path: Path, language: Language, kept: Kept) -> None:
    """Write the entry; what cannot be written is left, since it only costs time."""
    shelf(folder).put(_name(path, language), msgspec.json.encode(kept))


def shelf(folder: Path) -> Shelf:
    """Where screens are kept below the cache folder. What is larger is not kept, since reading it takes too long."""
    return Shelf(folder / FOLDER, _SUFFIX, _MAGIC, most_bytes=MOST_BYTES, most_entries=MOST_ENTRIES)


def _name(path: Path, language: Language) -> str:
    return f"{key(path)}-{language.code}{'-ascii' if language.numbers.ascii else ''}"


def _decoded(body: bytes) -> Kept:
    """Raises ValueError where it is not what was written."""
    kept = msgspec.json.decode(body, type=Kept)  # its errors are ValueErrors
    if len(kept.headers) != len(WIDTHS) or kept.panes.keys() != {"goals", "metrics", "team"}:
        raise ValueError("another version's")
    return kept
