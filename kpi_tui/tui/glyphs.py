"""Marks of the screen and their ASCII stand-ins; a status has a glyph, a word and a style, never a colour alone."""

from __future__ import annotations

from msgspec import Struct


class Glyphs(Struct, frozen=True):
    """The marks of one face of the screen."""

    ascii: bool

    @property
    def separator(self) -> str:
        return "|" if self.ascii else "·"

    @property
    def pointer(self) -> str:
        return ">" if self.ascii else "▸"

    @property
    def rule(self) -> str:
        return "-" if self.ascii else "─"

    @property
    def unsaved(self) -> str:
        return "[+]"
