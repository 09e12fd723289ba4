"""What this terminal can do, decided once from flags and the environment, before Textual is imported.

Textual reads its colour system at import and `NO_COLOR` at start, so `settings()` must be in the environment before the
first import of `textual`. This module therefore imports nothing of Textual.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from typing import Literal

from msgspec import Struct

from kpi_tui.errors import Text, text

Colors = Literal["none", "16", "256", "full"]

# Consoles whose fonts hold neither braille nor block elements.
_POOR_FONTS = ("linux", "ansi", "cons25", "vt")
_COLOR_SYSTEMS: Mapping[Colors, str] = {"none": "standard", "16": "standard", "256": "256", "full": "truecolor"}


class Terminal(Struct, frozen=True):
    """`ascii`: glyphs beyond ASCII are not to be used; `colors`: how many; `mouse`: whether clicks are wanted."""

    ascii: bool
    colors: Colors
    mouse: bool


def terminal(
    environment: Mapping[str, str],
    *,
    ascii: bool = False,
    no_color: bool = False,
    colors: Literal["16", "256", "full"] | None = None,
    mouse: bool | None = None,
) -> Terminal:
    """What to use: a flag wins over the environment; `colors` and `mouse` are None where no flag was given."""
    return Terminal(
        ascii=ascii or _poor_glyphs(environment),
        colors="none" if no_color else colors or _colors(environment),
        mouse=mouse if mouse is not None else not _remote(environment),
    )


def settings(terminal: Terminal) -> Mapping[str, str | None]:
    """Environment variables that make Textual honour `terminal`; None removes one.

    An empty `NO_COLOR` means nothing by its own convention, yet Textual obeys it: it is removed with the others.
    """
    return {
        "TEXTUAL_COLOR_SYSTEM": _COLOR_SYSTEMS[terminal.colors],
        "TEXTUAL_ANIMATIONS": "none",
        "TEXTUAL_SMOOTH_SCROLL": "0",
        "NO_COLOR": "1" if terminal.colors == "none" else None,
    }


def prepare(terminal: Terminal, environment: MutableMapping[str, str]) -> None:
    """Write `settings(terminal)` into `environment` (`os.environ`), before Textual is imported."""
    for name, value in settings(terminal).items():
        if value is None:
            environment.pop(name, None)
        else:
            environment[name] = value


def refusal(environment: Mapping[str, str], isatty: bool) -> Text | None:
    """Why the screen cannot be used here, or None. `isatty`: both the keyboard (stdin) and the screen (stderr) are."""
    if not isatty:
        return text("this is not a terminal; 'kpi-tui show goals FILE' prints the same numbers")
    if environment.get("TERM", "").lower() in ("dumb", "unknown"):
        return text(
            "the terminal cannot be drawn on (TERM={term}); 'kpi-tui show goals FILE' prints the same numbers",
            term=environment["TERM"],
        )
    return None


def _colors(environment: Mapping[str, str]) -> Colors:
    if environment.get("NO_COLOR"):
        return "none"
    if environment.get("COLORTERM", "").strip().lower() in ("truecolor", "24bit"):
        return "full"
    term = environment.get("TERM", "").lower()
    if term.endswith(("-m", "-mono")) or term in ("vt100", "vt102", "vt220"):
        return "none"
    if term.endswith("-direct"):
        return "full"
    return "256" if "256color" in term or term in ("xterm-kitty", "alacritty", "foot", "wezterm") else "16"


def _poor_glyphs(environment: Mapping[str, str]) -> bool:
    """Whether the locale names another encoding than UTF-8 or the console's font lacks the glyphs."""
    named = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(name))), None)
    if named is not None and "utf8" not in named.lower().replace("-", ""):
        return True
    return environment.get("TERM", "").lower().startswith(_POOR_FONTS)


def _remote(environment: Mapping[str, str]) -> bool:
    return bool(environment.get("SSH_CONNECTION") or environment.get("SSH_TTY"))
