"""The one registry of what can be done: id, keys, label, help, where. Bindings, footer, help, palette and docs read it.

Labels and helps are `Text`, so that they are said in the user's language when shown. An action's id is the name of the
method `action_ID` of the screen or app that does it and the name under which a user remaps its keys.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from msgspec import Struct

from kpi_tui.errors import Text, text

Group = Literal["move", "look", "change", "program"]


class Action(Struct, frozen=True):
    """`keys` are Textual's names, the first is shown; `footer` orders the hints of the last line (0: not there).

    A `label` there is a word beside its key; `title` is what the action is called where it stands alone.
    """

    id: str
    keys: tuple[str, ...]
    label: Text
    help: Text
    group: Group
    footer: int = 0
    shown_key: str = ""
    in_palette: bool = True
    title: Text | None = None

    @property
    def name(self) -> Text:
        """What it is called in the palette."""
        return self.title or self.label

    @property
    def method(self) -> str:
        """What Textual calls: `move('down')` for the id `move_down`."""
        if self.id.startswith("move_"):
            return f"move('{self.id.removeprefix('move_')}')"
        return f"app.{self.id}" if self.id in _OF_THE_APP else self.id

    @property
    def key(self) -> str:
        """The first key as people write it."""
        return self.shown_key or (_written(self.keys[0]) if self.keys else "")


_OF_THE_APP = frozenset(("save", "save_copy", "reload", "suspend_process", "leave"))


def _move(step: str, keys: Sequence[str], help: Text) -> Action:
    return Action(f"move_{step}", tuple(keys), help, help, "move", in_palette=False)


ACTIONS: tuple[Action, ...] = (
    _move("up", ("up", "k"), text("Up a row")),
    _move("down", ("down", "j"), text("Down a row")),
    _move("left", ("left", "h"), text("A column to the left")),
    _move("right", ("right", "l"), text("A column to the right")),
    _move("top", ("g",), text("To the first row")),
    _move("bottom", ("G",), text("To the last row")),
    _move("home", ("home",), text("To the first column")),
    _move("end", ("end",), text("To the last column")),
    _move("page_up", ("pageup",), text("A page up")),
    _move("page_down", ("pagedown",), text("A page down")),
    _move("half_up", ("ctrl+u",), text("Half a page up")),
    _move("half_down", ("ctrl+d",), text("Half a page down")),
    Action("next_pane", ("tab",), text("Next pane"), text("To the next pane"), "move"),
    Action("previous_pane", ("shift+tab",), text("Previous pane"), text("To the pane before"), "move"),
    Action("goals", ("1",), text("Goals"), text("To the goals"), "move"),
    Action("metrics", ("2",), text("Metrics"), text("To the metrics"), "move"),
    Action("team", ("3",), text("Team"), text("To the team"), "move"),
    Action("detail", ("4",), text("Detail"), text("The selected row in full, with its chart"), "move"),
    Action(
        "open",
        ("enter",),
        text("open"),
        text("All fields of the row"),
        "look",
        footer=2,
        title=text("Open the row"),
    ),
    Action(
        "explain",
        ("x",),
        text("explain"),
        text("Where the number comes from"),
        "look",
        footer=4,
        title=text("Explain the number"),
    ),
    Action("why", ("m",), text("Why it moved"), text("Which slices moved the number, and by how much"), "look"),
    Action(
        "filter",
        ("slash",),
        text("filter"),
        text("Only rows with this text, or only data with channel=Email; empty shows all"),
        "look",
        footer=5,
        title=text("Filter"),
    ),
    Action(
        "split",
        ("b",),
        text("by"),
        text("Split metrics by a dimension"),
        "look",
        footer=7,
        title=text("Split by a dimension"),
    ),
    Action(
        "rank", ("t",), text("Top or bottom"), text("Rank a split by a metric, only the top or bottom of it"), "look"
    ),
    Action(
        "compare",
        ("c",),
        text("Compare"),
        text("Compare with the period before, the year before, as many days, or a fixed period"),
        "look",
    ),
    Action(
        "spread",
        ("p",),
        text("Distribution"),
        text("How the values behind the number are spread: orders by size, days by sales"),
        "look",
    ),
    Action("cohorts", ("o",), text("Cohorts"), text("Who came when and who stayed; the steps of a funnel"), "look"),
    Action("multiples", ("v",), text("Small charts"), text("A chart for every slice of the split"), "look"),
    Action(
        "earlier",
        ("left_square_bracket",),
        text("period"),
        text("A period earlier"),
        "look",
        footer=6,
        shown_key="[ ]",
        title=text("Earlier period"),
    ),
    Action("later", ("right_square_bracket",), text("Later period"), text("A period later"), "look"),
    Action(
        "coarser", ("plus",), text("Longer periods"), text("Longer periods: day, week, month, quarter, year"), "look"
    ),
    Action(
        "finer", ("minus",), text("Shorter periods"), text("Shorter periods: year, quarter, month, week, day"), "look"
    ),
    Action("zoom", ("z",), text("Zoom"), text("This pane alone, or all panes"), "look"),
    Action(
        "findings",
        ("exclamation_mark",),
        text("Findings"),
        text("What is wrong with the data and the workspace"),
        "look",
    ),
    Action(
        "health",
        ("H",),
        text("Data health"),
        text("What became of every row, gaps, repeats, spellings and what else looks wrong in the data"),
        "look",
    ),
    Action("copy_cell", ("y",), text("Copy value"), text("Copy the value of the cell"), "look"),
    Action("copy_row", ("Y",), text("Copy row"), text("Copy the row, cells separated by tabs"), "look"),
    Action(
        "edit",
        ("e", "f2"),
        text("edit"),
        text("Edit the cell in place"),
        "change",
        footer=1,
        title=text("Edit the cell"),
    ),
    Action(
        "add",
        ("a",),
        text("add"),
        text("Add a goal, metric, member, line or value"),
        "change",
        footer=3,
        title=text("Add a record"),
    ),
    Action("catalogue", ("C",), text("KPI catalogue"), text("Add a KPI by its name: CTR, CAC, ROMI, ..."), "change"),
    Action("delete", ("d", "delete"), text("Delete"), text("Delete the row; undo brings it back"), "change"),
    Action(
        "adjust",
        ("A",),
        text("Correct"),
        text("Correct the number: an amount more, or what the sum is; the source is not changed"),
        "change",
    ),
    Action("corrections", ("K",), text("Corrections"), text("All corrections: what, when, why, by whom"), "change"),
    Action(
        "entries",
        ("i",),
        text("Type values"),
        text("Values entered by hand, in a table; paste from a spreadsheet"),
        "change",
    ),
    Action("undo", ("u",), text("undo"), text("Take the last edit back"), "change", footer=8, title=text("Undo")),
    Action("redo", ("ctrl+r",), text("Redo"), text("Make the edit again"), "change"),
    Action(
        "sources", ("s",), text("Sources"), text("Files the numbers come from: add, edit, see the first rows"), "change"
    ),
    Action(
        "exports",
        ("L",),
        text("Look at exports"),
        text("Find out how files are read and which KPIs they allow"),
        "change",
    ),
    Action("settings", ("w",), text("Workspace"), text("Name, currency, calendar, strategy"), "change"),
    Action("save", ("ctrl+s",), text("save"), text("Save the workspace"), "program", footer=9, title=text("Save")),
    Action(
        "save_copy", ("S",), text("Save a copy"), text("This version under another name beside the file"), "program"
    ),
    Action("reload", ("ctrl+l",), text("Reload data"), text("Read the files again"), "program"),
    Action("palette", ("colon", "ctrl+p"), text("Palette"), text("Every action by name"), "program", in_palette=False),
    Action(
        "help",
        ("question_mark", "f1"),
        text("help"),
        text("Keys and words"),
        "program",
        footer=10,
        title=text("Help"),
    ),
    Action("suspend_process", ("ctrl+z",), text("Suspend"), text("To the shell; fg brings it back"), "program"),
    Action("leave", ("q", "ctrl+q"), text("Quit"), text("Quit; asks where something is unsaved"), "program"),
)

GROUPS: Mapping[Group, Text] = {
    "move": text("Move"),
    "look": text("Look"),
    "change": text("Change"),
    "program": text("Program"),
}


def hints(actions: Iterable[Action]) -> tuple[Action, ...]:
    """The actions of the footer, in its order."""
    return tuple(sorted((action for action in actions if action.footer), key=lambda action: action.footer))


_NAMES = {
    "slash": "/", "left_square_bracket": "[", "right_square_bracket": "]", "plus": "+", "minus": "-", "colon": ":",
    "question_mark": "?", "exclamation_mark": "!", "pageup": "PgUp", "pagedown": "PgDn",
    "delete": "Del", "enter": "Enter",
    "tab": "Tab", "shift+tab": "Shift+Tab", "home": "Home", "end": "End",
    "up": "↑", "down": "↓", "left": "←", "right": "→",
}  # fmt: skip


def _written(key: str) -> str:
    if key in _NAMES:
        return _NAMES[key]
    if key.startswith("ctrl+"):
        return "^" + key.removeprefix("ctrl+")
    return key.upper() if len(key) > 1 and key[0] == "f" and key[1:].isdigit() else key


_ASCII = {"↑": "Up", "↓": "Down", "←": "Left", "→": "Right"}


def written_keys(action: Action, ascii: bool = False) -> str:
    """All keys of an action as people write them."""
    written = [_written(key) for key in action.keys]
    return " ".join(_ASCII.get(key, key) if ascii else key for key in written)
