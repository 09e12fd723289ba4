"""What the style names of widgets look like, and the two themes they are made for.

A widget names a style by its meaning (`ok`, `muted`, `cursor`); this table says how it looks. Colours come only from
the theme. Plain text has no style at all, so the terminal's own colours show and it costs no byte; what has a colour
has a glyph or an attribute too, so that nothing is lost without colour.
"""

from __future__ import annotations

from collections.abc import Mapping

from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

# style name -> (theme variable of its colour or None, attributes)
_MEANINGS: Mapping[str, tuple[str | None, str]] = {
    "ok": ("success", ""),
    "risk": ("warning", ""),
    "off": ("error", "bold"),
    "muted": (None, "dim"),
    "strong": (None, "bold"),
    "mark": ("accent", "bold"),
    "head": (None, "dim"),
    "title": (None, "dim"),
    "focus": (None, "bold"),
    "cursor": (None, "reverse"),
    "cell": (None, "bold reverse"),
    "resting": (None, "underline"),
    "field": (None, "underline"),
    "caret": (None, "reverse"),
    "series": ("primary", ""),
    "light": ("primary", "dim"),
    "faint": (None, "dim"),
    "target": ("warning", ""),
    "error": ("error", "bold"),
}

# Textual's own style sheets name variables that only its ANSI themes define.
_VARIABLES = BUILTIN_THEMES["ansi-dark"].variables | {
    "border": "ansi_default",
    "border-blurred": "ansi_default",
    "block-cursor-foreground": "ansi_default",
    "block-cursor-background": "ansi_default",
    "block-cursor-text-style": "reverse",
    "block-cursor-blurred-foreground": "ansi_default",
    "block-cursor-blurred-background": "ansi_default",
    "block-cursor-blurred-text-style": "underline",
    "input-cursor-foreground": "ansi_default",
    "input-cursor-background": "ansi_default",
    "input-cursor-text-style": "reverse",
    "input-selection-foreground": "ansi_default",
    "input-selection-background": "ansi_default",
    "screen-selection-foreground": "ansi_default",
    "screen-selection-background": "ansi_default",
}


def _theme(name: str, *, series: str, ok: str, risk: str, off: str, mark: str) -> Theme:
    """A theme on the terminal's own background."""
    return Theme(
        name=name,
        ansi=True,
        primary=series,
        secondary=series,
        success=ok,
        warning=risk,
        error=off,
        accent=mark,
        foreground="ansi_default",
        background="ansi_default",
        surface="ansi_default",
        panel="ansi_default",
        boost="ansi_default",
        variables=_VARIABLES,
    )


# Sixteen colours: the terminal's own palette. Blue and yellow rather than green and red: they differ to everyone.
THEME_16 = _theme(
    "kpi-16",
    series="ansi_cyan",
    ok="ansi_bright_blue",
    risk="ansi_yellow",
    off="ansi_bright_red",
    mark="ansi_magenta",
)
# 256 colours and more: from the fixed cube, so that they are the same everywhere and survive a downgrade.
THEME = _theme("kpi", series="#5fafaf", ok="#5fafff", risk="#d7af00", off="#ff8700", mark="#af87d7")


def styles(variables: Mapping[str, str]) -> dict[str, Style]:
    """The table for a theme's CSS variables (`App.theme_variables`): style name -> what Rich writes."""
    return {name: _style(variables.get(color) if color else None, how) for name, (color, how) in _MEANINGS.items()}


def _style(color: str | None, attributes: str) -> Style:
    how = Style.parse(attributes) if attributes else Style.null()
    if color is None:
        return how
    rich_color = Color.parse(color).rich_color
    return how if rich_color.is_default else how + Style.from_color(rich_color)
