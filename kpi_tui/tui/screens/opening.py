"""The first picture: which workspace is being opened. It is drawn before the data engine is imported."""

from __future__ import annotations

from pathlib import Path

from textual.app import ComposeResult

from kpi_tui.language.language import Language
from kpi_tui.tui.widgets.stage import Stage
from kpi_tui.tui.widgets.statusline import StatusLine


class Opening(Stage):
    """One line."""

    def __init__(self, path: Path, language: Language) -> None:
        super().__init__()
        self.path = path
        self.language = language

    def compose(self) -> ComposeResult:
        opening = self.language("opening {file}", file=self.path.name)
        yield StatusLine([(" " + opening, "muted")], ascii=self.language.numbers.ascii)
