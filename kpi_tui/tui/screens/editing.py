"""A framed screen on which the workspace is edited: one way to make an edit, take it back and say what it moved."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from textual.binding import Binding, BindingType

from kpi_tui.errors import KpiError
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.messages import Edited
from kpi_tui.tui.screens.framed import Framed


class Editing(Framed):
    """Base of those screens; `step` makes every edit, `u` and ctrl+r go back and forth."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("u", "undo", show=False),
        Binding("ctrl+r", "redo", show=False),
    ]

    def __init__(self, title_text: str, desk: Desk, *, hints: str = "") -> None:
        super().__init__(title_text, desk.language, hints=hints)
        self.desk = desk

    def step(self, step: Callable[[], str]) -> None:
        """Do what answers with a sentence; say it, or why it cannot be done."""
        try:
            sentence = step()
        except KpiError as error:
            self.say(self.language.error(error), "error")
            return
        self.edited(sentence)

    def edited(self, sentence: str) -> None:
        """Something changed: all screens show it."""
        self.post_message(Edited(sentence))
        self.fill()
        self.say(sentence)

    def action_undo(self) -> None:
        self.step(self.desk.undo)

    def action_redo(self) -> None:
        self.step(self.desk.redo)
