"""A bar to either side of nought, or from the left on, as text: pure, and in ASCII where the font has no blocks."""

from __future__ import annotations

EIGHTHS = " ▏▎▍▌▋▊▉█"


def bar(length: float, width: int, ascii: bool = False) -> str:
    """`length` from -1 to 1 drawn from the middle of `width` cells; a length that is not nought is never invisible.

    To the left only whole and half cells are drawn: there is no block that begins at an eighth from the right.
    """
    room = max(0, (width - 1) // 2)
    axis = "|" if ascii else "│"
    filled = min(abs(length), 1.0) * room
    if ascii:
        cells = "#" * (round(filled) or (1 if filled else 0))
    elif length < 0:
        halves = round(filled * 2) or (1 if filled else 0)
        cells = ("▐" if halves % 2 else "") + "█" * (halves // 2)
    else:
        eighths = round(filled * 8) or (1 if filled else 0)
        cells = "█" * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")
    left, right = (cells, "") if length < 0 else ("", cells)
    return (left.rjust(room) + axis + right.ljust(room)).ljust(width)[:width]


def from_left(length: float, width: int, ascii: bool = False) -> str:
    """`length` of 0..1 from the left, a longer one whole; one that is not nought is never invisible."""
    filled = min(max(length, 0.0), 1.0) * width
    if ascii:
        return "#" * (round(filled) or (1 if filled else 0))
    eighths = round(filled * 8) or (1 if filled else 0)
    return "█" * (eighths // 8) + (EIGHTHS[eighths % 8] if eighths % 8 else "")
