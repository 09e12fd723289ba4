"""A path to type, relative to a folder; Tab completes the names of folders and files of data."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path, PurePath

from textual import events

from kpi_tui.language.language import Language
from kpi_tui.tui.screens.ask import Ask, TextField
from kpi_tui.tui.widgets.editor import Typing
from kpi_tui.tui.widgets.statusline import StatusLine

MOST_SHOWN = 6


class AskPath(Ask):
    """Gives back the path as it was typed, or None. `offered` says of a file whether its name is worth completing."""

    def __init__(
        self,
        question: str,
        language: Language,
        root: Path,
        *,
        offered: Callable[[Path], bool],
        hint: str = "",
        check: Callable[[str], str | None] | None = None,
    ) -> None:
        super().__init__(question, language, hint=hint, check=check)
        self.root = root
        self.offered = offered

    def on_key(self, event: events.Key) -> None:
        """Tab; the other keys come to the base's own handler."""
        if event.key != "tab":
            return
        event.stop()
        event.prevent_default()
        field = self.query_one(TextField)
        typed, names = completed(field.typed.text, self.root, self.offered)
        if typed != field.typed.text:
            field.take(Typing.of(typed))
        shown = "  ".join(names[:MOST_SHOWN])
        if len(names) > MOST_SHOWN:
            shown += "  " + self.language("and {n} more", n=len(names) - MOST_SHOWN)
        said = shown if len(names) > 1 else "" if names else self.language("nothing begins like this")
        self.query_one("#reason", StatusLine).show([(said, "muted")])


def completed(typed: str, root: Path, offered: Callable[[Path], bool]) -> tuple[str, list[str]]:
    """What was typed as far as it can be continued in one way only, and the names that it may become."""
    before, mark, begun = typed.rpartition("/")
    folder = root / Path(before + mark).expanduser() if before or mark else root
    names = sorted(_names(folder, begun, offered))
    if not names:
        return typed, []
    return before + mark + os.path.commonprefix(names), names  # noqa: RUF071  characters, no parts of a path


def _names(folder: Path, begun: str, offered: Callable[[Path], bool]) -> Iterator[str]:
    try:
        inside = list(folder.iterdir())
    except OSError:
        return
    for entry in inside:
        if not entry.name.startswith(begun) or (entry.name.startswith(".") and not begun):
            continue
        if entry.is_dir():
            yield entry.name + "/"
        elif offered(entry):
            yield entry.name


def from_root(typed: str, root: Path) -> str:
    """The path as a workspace in `root` names it; one on another drive stays as it is."""
    path = os.path.expanduser(typed.strip())
    if not os.path.isabs(path):
        return PurePath(path).as_posix()
    try:
        return PurePath(os.path.relpath(path, root)).as_posix()
    except ValueError:
        return PurePath(path).as_posix()
