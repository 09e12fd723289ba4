"""The first screen where there is no workspace yet: one's own data, the demo, a new one, or one of several here."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from textual.app import App

from kpi_tui.language.language import Language
from kpi_tui.tui.screens.picker import Option, Picker
from kpi_tui.tui.widgets.look import THEME


class StartApp(App[str]):
    """Asks one question and ends with the answer."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, found: Sequence[Path], language: Language) -> None:
        super().__init__(ansi_color=True)
        self.register_theme(THEME)
        self.theme = THEME.name
        self.found = found
        self.language = language

    def on_mount(self) -> None:
        say = self.language
        options = [Option(file.name, say("open {file}", file=file.name)) for file in self.found]
        options += [
            Option("data", say("my data"), say("find the KPIs in your exports")),
            Option("demo", say("the demo"), say("a copy of the sample workspace, to try things out")),
            Option("new", say("a new workspace"), say("kpi.toml in this folder")),
        ]
        title = say("There are several workspaces here.") if self.found else say("There is no workspace here yet.")
        self.push_screen(Picker(title, options, say), self.exit)


def ask_what_to_open(found: Sequence[Path], language: Language, *, mouse: bool) -> str | None:
    """The name of a file, `data`, `demo`, `new`, or None where it was left."""
    return StartApp(found, language).run(mouse=mouse)
