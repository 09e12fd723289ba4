"""How far the scans of a source's files are, added up."""

from __future__ import annotations

from collections.abc import Callable

from kpi_tui.facts.files import File
from kpi_tui.facts.scan import Progress


class Meter:
    """Reports to `progress`, where there is one; `total` is in bytes."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress = progress
        self.total = total
        self.behind = 0
        self.rows = 0

    def of(self, file: File) -> Callable[[int, int], None]:
        def report(done: int, rows: int) -> None:
            self.rows += rows
            self._say(self.behind + done)

        return report

    def anywhere(self, done: int, rows: int) -> None:
        self.rows += rows
        self._say(done)

    def ended(self, file: File) -> None:
        self.behind += file.size
        self._say(self.behind)

    def _say(self, done: int) -> None:
        if self.progress is not None:
            self.progress(min(done, self.total), self.total, self.rows)
