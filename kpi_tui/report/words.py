"""The product's words for what is counted and judged, in the user's language, and the glyphs beside them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from kpi_tui.language.language import Language

if TYPE_CHECKING:  # types only: what is not asked for is not imported
    from kpi_tui.review.status import Status

STATUS_GLYPHS: Mapping[bool, Mapping[Status, str]] = {
    False: {"ok": "✔", "risk": "▲", "off": "✖", "met": "★", "missed": "✗", "early": "·", "no_data": "—"},
    True: {"ok": "+", "risk": "!", "off": "x", "met": "*", "missed": "#", "early": ".", "no_data": "-"},
}

CORRECTED: Mapping[bool, str] = {False: "±", True: "~"}  # beside a value that has a correction in it


def status_words(language: Language) -> Mapping[Status, str]:
    """The statuses' names."""
    return {
        "ok": language("ok"),
        "risk": language("at risk"),
        "off": language("off"),
        "met": language("met"),
        "missed": language("missed"),
        "early": language("too early"),
        "no_data": language("no data"),
    }
