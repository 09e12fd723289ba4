"""The frame of every screen that opens over the main one: a title, a grid, a line of hints. Esc closes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Literal

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from kpi_tui.language.language import Language
from kpi_tui.tui.widgets.foot import Foot
from kpi_tui.tui.widgets.grid import Grid, Step
from kpi_tui.tui.widgets.stage import Stage
from kpi_tui.tui.widgets.statusline import StatusLine

_STEPS: Sequence[tuple[str, str]] = (
    ("up,k", "up"), ("down,j", "down"), ("left,h", "left"), ("right,l", "right"), ("g", "top"), ("G", "bottom"),
    ("home", "home"), ("end", "end"), ("pageup", "page_up"), ("pagedown", "page_down"), ("ctrl+u", "half_up"),
    ("ctrl+d", "half_down"),
)  # fmt: skip


class Framed(Stage):
    """Base of those screens: `title_text` above, messages and `hints` below."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(keys, f"move('{step}')", show=False) for keys, step in _STEPS),
        Binding("escape", "close", show=False),
        Binding("q", "close", show=False),
    ]

    def __init__(self, title_text: str, language: Language, *, hints: str = "") -> None:
        super().__init__()
        self.title_text = title_text
        self.language = language
        self.hints = hints

    def compose(self) -> ComposeResult:
        ascii = self.language.numbers.ascii
        yield StatusLine([(self.title_text, "strong")], id="title", ascii=ascii)
        yield Grid(id="grid", ascii=ascii)
        yield Foot([(" " + self.hints, "muted")], ascii=ascii)

    @property
    def grid(self) -> Grid:
        return self.query_one("#grid", Grid)

    @property
    def stands(self) -> bool:
        """Whether there is a grid to fill: a screen is on the stack before it is composed."""
        return bool(self.query("#grid"))

    def on_mount(self) -> None:
        self.fill()
        self.grid.focus()

    def fill(self) -> None:
        """Show the rows; called once at the start and whenever they may differ."""

    def say(self, message: str, style: Literal["", "error"] = "") -> None:
        """Show a message above the hints; nothing where the screen does not stand yet."""
        for foot in self.query(Foot):
            foot.say(message, style)

    def action_move(self, step: Step) -> None:
        self.grid.move(step)

    def action_close(self) -> None:
        self.dismiss(None)
