"""What `show` printed, kept beside what it was read from: the same question about the same files is not computed again.

A number depends on the workspace, its data and this program only, never on the clock, so an answer holds until one of
them changes. Invariants: it is given back only while the workspace has the same bytes, every path and glob names the
same files and each of them is as it was; nothing is kept of files that changed a moment before they were read, since
their times might not tell them from a later change. Neither Polars nor the workspace's model is imported to give one.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterable
from hashlib import sha256
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from kpi_tui import __version__
from kpi_tui.commands.asked import Shown
from kpi_tui.commands.said import complain
from kpi_tui.language.language import Language
from kpi_tui.workspace.disk import Fingerprint, key, named, workspace_digest
from kpi_tui.workspace.shelf import Shelf

if TYPE_CHECKING:
    from kpi_tui.workspace.store import Snapshot

PACKAGE = Path(__file__).parents[1]
SETTLED = 2_000_000_000  # ns that a file must have been left alone before it was read: no clock of a disk is coarser


class Output(Struct, frozen=True):
    """What a command prints: `out` on stdout, a line each of `said` on stderr; `code` is its exit code.

    `exact` output is UTF-8 with LF whatever the locale.
    """

    out: str
    exact: bool
    said: tuple[str, ...]
    code: int

    def print(self) -> int:
        """Print it; the exit code."""
        if self.exact and isinstance(sys.stdout, TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")
        sys.stdout.write(self.out)
        for message in self.said:
            complain(message)
        return self.code


class Named(Struct, frozen=True):
    """What a source's path named when its files were read."""

    path: str
    files: tuple[Fingerprint, ...]


class Kept(Struct, frozen=True):
    """An entry: what was read, and the output. `digest` is that of the workspace's bytes, whose folder is `root`."""

    digest: str
    root: str
    sources: tuple[Named, ...]
    output: Output


class Answers:
    """The answer to one question, kept in the user's cache folder."""

    def __init__(self, folder: Path, asked: Shown, language: Language) -> None:
        self._file = asked.file
        self._shelf = shelf(folder)
        self._asked_at = time.time_ns()  # files are read after it; no number depends on it
        question = (_program(), asked, os.getcwd(), language.code, language.numbers.ascii)
        said = msgspec.json.encode(question, enc_hook=str)  # a path is the only value that JSON does not know
        self._name = f"{key(asked.file)}-{sha256(said).hexdigest()[:32]}"

    def known(self) -> Output | None:
        """What was printed before, where nothing that it was read from has changed."""
        body = self._shelf.get(self._name)
        if body is None:
            return None
        try:
            kept = msgspec.json.decode(body, type=Kept)
            workspace = workspace_digest(self._file)
        except (msgspec.MsgspecError, OSError, ValueError):
            return None
        same = kept.digest == workspace and all(_now(Path(kept.root), each.path) == each for each in kept.sources)
        return kept.output if same else None

    def keep(self, output: Output, read: Snapshot, paths: Iterable[str]) -> None:
        """Keep an output of data below the workspace's folder."""
        root = read.target.parent
        sources = tuple(_now(root, path) for path in paths)
        if all(_is_settled(Path(file.path), self._asked_at) for each in sources for file in each.files):
            self._shelf.put(self._name, msgspec.json.encode(Kept(read.digest, str(root), sources, output)))


def shelf(folder: Path) -> Shelf:
    """Where answers are kept below the cache folder."""
    return Shelf(folder / "answers", ".answer", b"kpi-tui answer 1\n", most_bytes=4 << 20, most_entries=256)


def _now(root: Path, path: str) -> Named:
    marks = (Fingerprint.of(root / name) for name in named(path, root))
    return Named(path, tuple(mark for mark in marks if mark is not None))


def _is_settled(file: Path, asked_at: int) -> bool:
    try:
        status = file.stat()
    except OSError:
        return False
    return max(status.st_mtime_ns, status.st_ctime_ns) < asked_at - SETTLED


def _program() -> tuple[str, int]:
    """This version of the program; while somebody works on it, its newest file."""
    newest = 0
    for folder, _, files in os.walk(PACKAGE):
        if not folder.endswith("__pycache__"):  # what Python writes there changes nothing
            newest = max([newest, *(os.stat(os.path.join(folder, name)).st_mtime_ns for name in files)])
    return __version__, newest
