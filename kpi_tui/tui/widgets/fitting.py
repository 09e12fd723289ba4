"""Text fitted into a number of terminal cells. Invariant: `fit(text, width, ...)` is exactly `width` cells wide."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

from rich.cells import cell_len

from kpi_tui.tui.safe import safe

Align = Literal["left", "right"]
_GROUPED = re.compile(r"(?<=\d) (?=\d{3}(?!\d))")  # the blank between the thousands of a number in ASCII


def clusters(text: str) -> list[tuple[str, int]]:
    """`text` in pieces that stay together, each a character with what combines with it, and the cells it takes."""
    pieces: list[tuple[str, int]] = []
    for character in text:
        width = 1 if character.isascii() else cell_len(character)
        if width == 0 and pieces:
            base, base_width = pieces[-1]
            pieces[-1] = (base + character, base_width)
        else:
            pieces.append((character, width))
    return pieces


def cut(text: str, width: int, ascii: bool = False) -> str:
    """`text`, made harmless and cut to at most `width` cells with `…` (`~`) where something was left out."""
    harmless = safe(text, ascii)
    if cell_len(harmless) <= width:
        return harmless
    if width <= 0:
        return ""
    kept, free = "", width - 1
    for piece, cells in clusters(harmless):
        if cells > free:
            break
        kept += piece
        free -= cells
    return kept.rstrip() + ("~" if ascii else "…")


def wrapped(text: str, width: int, ascii: bool = False) -> list[str]:
    """`text`, made harmless, on lines of at most `width` cells; a number is never broken, nor at a no-break space."""
    lines, width = [""], max(1, width)
    for word in _GROUPED.sub("\u00a0", text).split(" "):
        shown = safe(word, ascii)
        joined = f"{lines[-1]} {shown}" if lines[-1] else shown
        if cell_len(joined) <= width:
            lines[-1] = joined
            continue
        if lines[-1]:
            lines.append("")
        for piece, cells in clusters(shown):
            if lines[-1] and cell_len(lines[-1]) + cells > width:
                lines.append("")
            lines[-1] += piece
    return lines


@lru_cache(maxsize=8192)
def wrapped_within(text: str, width: int, height: int, ascii: bool = False) -> list[str]:
    """`wrapped`, on at most `height` lines: of a longer text the middle is left out, since it ends with what to do."""
    lines = wrapped(text, width, ascii)
    if len(lines) <= height:
        return lines
    left_out = "~" if ascii else "…"
    words = " ".join(lines).split(" ")
    tail = ""
    while words and cell_len(f"{left_out} {words[-1]} {tail}".rstrip()) <= width:
        tail = f"{words.pop()} {tail}".rstrip()
    return [*lines[: height - 1], f"{left_out} {tail}"]


def fit(text: str, width: int, align: Align = "left", ascii: bool = False) -> str:
    """`text` padded or cut to exactly `width` cells.

    What is aligned to the right is a number: cut, it would be another number, so one that does not fit is only `…`.
    """
    if width <= 0:
        return ""
    shown = safe(text, ascii)
    if cell_len(shown) > width:
        shown = ("~" if ascii else "…") if align == "right" else cut(shown, width, ascii)
    blank = " " * (width - cell_len(shown))
    return blank + shown if align == "right" else shown + blank
