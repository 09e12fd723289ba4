"""The lines around the panes that no number is in: tabs, hints of keys."""

from __future__ import annotations

from kpi_tui.language.language import Language
from kpi_tui.tui.actions import ACTIONS, hints
from kpi_tui.tui.widgets.drawn import Span


def tabs(language: Language, active: str) -> list[Span]:
    """The panes by number, for a screen that shows one at a time."""
    titles = {
        "goals": language("Goals"),
        "metrics": language("Metrics"),
        "team": language("Team"),
        "detail": language("Detail"),
    }
    spans: list[Span] = []
    for number, (name, title) in enumerate(titles.items(), 1):
        spans += [(f" {number} {title} ", "cursor" if name == active else "title"), (" ", "")]
    return spans


def hints_line(language: Language, width: int, *, unsaved: bool = False) -> list[Span]:
    """As many hints as fit; how to get help is always among them, and what is `unsaved` is first of all saved."""
    found = sorted(hints(ACTIONS), key=lambda action: not (unsaved and action.id in ("save", "undo")))
    *others, last = [(f" {action.key} ", f"{language.say(action.label)} ") for action in found]
    shown, used = [], len("".join(last))
    for hint in others:
        used += len("".join(hint))
        if used > width:
            break
        shown.append(hint)
    return [span for key, label in (*shown, last) for span in ((key, "strong"), (label, "muted"))]
