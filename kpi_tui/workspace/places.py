"""Where a record or key of the workspace stands in its file.

The text is scanned only when a place is asked for: a sound file never pays for it.
"""

from __future__ import annotations

from functools import cached_property

from kpi_tui.errors import Place
from kpi_tui.workspace import naming
from kpi_tui.workspace.lines import scan
from kpi_tui.workspace.model import Workspace
from kpi_tui.workspace.values import Path


class Places:
    """The lines of one text, by the paths that edits use: ``("goal", "turnover", "metric")``."""

    def __init__(self, file: str, text: str, workspace: Workspace) -> None:
        self.file = file
        self._text = text
        self._workspace = workspace

    def place(self, path: tuple[str, ...]) -> Place:
        """The line of the key, else of the nearest header above it, else the file."""
        for length in range(len(path), 0, -1):
            if line := self._named.get(path[:length]):
                return Place(self.file, line)
        return Place(self.file)

    def place_of(self, path: Path) -> Place:
        """The same for a path with indices, as the raw file has it."""
        for length in range(len(path), 0, -1):
            if line := self._lines.get(path[:length]):
                return Place(self.file, line)
        return Place(self.file)

    @cached_property
    def _lines(self) -> dict[Path, int]:
        return scan(self._text)

    @cached_property
    def _named(self) -> dict[tuple[str, ...], int]:
        records = naming.paths(self._workspace)
        named: dict[Path, tuple[str, ...]] = {(): ()}
        found: dict[tuple[str, ...], int] = {}
        for path, line in self._lines.items():  # what is above always comes first
            named[path] = records.get(path) or (*named[path[:-1]], str(path[-1]))
            found[named[path]] = line
            for alias in naming.aliases(self._workspace, path, named[path]):
                found.setdefault(alias, line)
        return found
