"""One of several: type to narrow the list, Enter takes the row.

The palette is one, and so is every choice of a field.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from textual import events

from kpi_tui.language.language import Language
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.widgets.editor import Typing
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row
from kpi_tui.tui.widgets.statusline import StatusLine


class Option(Struct, frozen=True):
    """What can be picked: the value given back, how it is shown, a hint beside it, the keys that do the same."""

    value: str
    label: str
    hint: str = ""
    keys: str = ""


def _cells(option: Option, columns: Sequence[Column]) -> tuple[Cell, ...]:
    cells = {"label": Cell(option.label), "hint": Cell(option.hint, "muted"), "keys": Cell(option.keys, "strong")}
    return tuple(cells[column.key] for column in columns)


class Picker(Framed):
    """Gives back the value picked, or None."""

    typing = True  # letters narrow the list: they are no hotkeys

    def __init__(self, title_text: str, options: Sequence[Option], language: Language, *, current: str = "") -> None:
        super().__init__(title_text, language, hints=language("type to narrow, Enter takes, Esc leaves"))
        self.options = tuple(options)
        self.current = current
        self.typed = Typing()

    def fill(self) -> None:
        wanted = self.typed.text.casefold().split()
        found = [o for o in self.options if all(part in f"{o.label} {o.hint} {o.value}".casefold() for part in wanted)]
        # the one of this very name stands first, then those whose own name has it: Enter takes the first
        shown = sorted(
            found,
            key=lambda o: (
                o.label.casefold().split() != wanted,
                not all(part in o.label.casefold() for part in wanted),
            ),
        )
        columns = [Column("label", "", None)]
        if any(option.hint for option in self.options):
            columns.append(Column("hint", "", min(48, max(12, self.app.size.width // 2)), priority=1, reachable=False))
        if keys := max((len(option.keys) for option in self.options), default=0):
            columns.append(Column("keys", "", keys, reachable=False))
        self.grid.empty = (self.language("nothing with that name"),)
        self.grid.show(columns, [Row(option.value, _cells(option, columns)) for option in shown])
        typed = [(self.title_text + "  ", "strong"), (self.typed.text, "mark")]
        self.query_one("#title", StatusLine).show(typed)

    def on_mount(self) -> None:
        super().on_mount()
        if self.current:
            self.grid.move_to(self.current)

    def on_key(self, event: events.Key) -> None:
        """Letters before bindings see them."""
        if event.key in ("up", "down", "pageup", "pagedown", "escape", "home", "end"):
            return
        event.stop()
        event.prevent_default()
        if event.key == "enter":
            if self.grid.key is not None:
                self.dismiss(self.grid.key)
            return
        pressed = self.typed.pressed(event.key, event.character)
        if pressed is not None:
            self.typed = pressed
            self.fill()
            if self.grid.rows:
                self.grid.move_to(self.grid.rows[0].key)

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.dismiss(event.key)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return action != "close" or not self.typed.text or super().check_action(action, parameters)
