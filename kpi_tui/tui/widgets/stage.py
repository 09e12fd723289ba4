"""A screen that does not paint itself anew when the focus moves.

Textual's `Screen.focused` repaints the whole screen on each change (4 KB at 80x24, more in colour). Nothing on our
screens shows the focus but the widgets that gain and lose it, and they draw that by difference.
"""

from __future__ import annotations

from typing import Any

from textual.reactive import Reactive
from textual.screen import Screen
from textual.widget import Widget


class Stage(Screen[Any]):
    """Base of the program's screens: no scroll bars, no selecting by mouse, cheap moves of the focus."""

    DEFAULT_CSS = """
    Stage {
        overflow: hidden;
    }
    """
    ALLOW_SELECT = False

    focused: Reactive[Widget | None] = Reactive(None, repaint=False)
