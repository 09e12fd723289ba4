"""The main screen: header, panes, what an edit moved, hints of keys.

It turns keys into edits and views, nothing more: `front` draws and moves about, `looking` and `changing` hold what keys
do.
"""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType

from kpi_tui.tui.actions import ACTIONS, written_keys
from kpi_tui.tui.screens.changing import Changing


class MainScreen(Changing):
    """Every action of the registry, bound to its keys."""

    BINDINGS: ClassVar[list[BindingType]] = [
        *(Binding(",".join(a.keys), a.method, a.label.template, id=a.id, show=False) for a in ACTIONS),
        Binding("escape", "clear", show=False),
    ]

    def action_help(self) -> None:
        from kpi_tui.tui.screens.help import help_screen

        self.app.push_screen(help_screen(self.language))

    def action_palette(self) -> None:
        from kpi_tui.tui.screens.picker import Option, Picker

        say = self.language.say
        ascii = self.language.numbers.ascii
        offered = [action for action in ACTIONS if action.in_palette]
        options = [Option(a.method, say(a.name), say(a.help), written_keys(a, ascii)) for a in offered]
        self.app.push_screen(Picker(self.language("Do"), options, self.language), self._run)

    def _run(self, method: str | None) -> None:
        if method is not None:
            self.call_later(self.run_action, method)
