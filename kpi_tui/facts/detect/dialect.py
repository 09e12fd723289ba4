"""Which mark stands between the cells: the one that cuts the lines evenly and into cells that look like something.

Invariant: nothing is decided by the header alone; every sampled line is cut by the rules of CSV, quotes included.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

SEPARATORS = (",", ";", "\t", "|")
_EVEN = 0.6  # of the lines have to be of one width for a mark to count as a separator
_VALUE = re.compile(r"[+\-\u2212]?[\d][\d\s.,:/'\u00a0\u202fTZ+-]*%?|true|false|", re.IGNORECASE)
_SPACES = re.compile(r"[ \t]+")


class Dialect(Struct, frozen=True):
    """The separator, and of how many of the lines sampled it makes records of `width` cells."""

    separator: str
    width: int
    even: int
    lines: int


def detect_dialect(lines: Sequence[str]) -> Dialect:
    """The dialect of `lines` (without preamble or with a little of it); one column is separated by a comma."""
    found = {mark: _judged(lines, mark) for mark in SEPARATORS}
    mark = max(found, key=lambda name: found[name][0])
    if found[mark][0] <= 0 or found[mark][1].even < _EVEN * found[mark][1].lines:
        spaced = _judged([_SPACES.sub(" ", line.strip()) for line in lines], " ")
        if spaced[1].even >= 0.9 * spaced[1].lines and _typed(lines) and spaced[0] > 0:
            return spaced[1]
    return found[mark][1] if found[mark][0] > 0 else Dialect(",", 1, len(lines), len(lines))


def records(lines: Sequence[str], separator: str) -> list[tuple[int, list[str]]]:
    """Each record of `lines` that has anything in it, with the number (1-based) of the line it begins on."""
    reader = csv.reader((line + "\n" for line in lines), delimiter=separator)
    found: list[tuple[int, list[str]]] = []
    begin = 1
    try:
        for cells in reader:
            if any(cell.strip() for cell in cells):
                found.append((begin, [cell.strip() for cell in cells]))
            begin = reader.line_num + 1
    except csv.Error:
        pass
    return found


def _judged(lines: Sequence[str], separator: str) -> tuple[float, Dialect]:
    """How good a separator is (0 and less: none), and what it makes of the lines."""
    cut = records(lines, separator)
    widths = Counter(len(cells) for _, cells in cut if len(cells) > 1)
    if not widths:
        return 0.0, Dialect(separator, 1, 0, len(cut))
    # Of widths that are as frequent the greater: a preamble of two cells is not the table.
    width = max(widths, key=lambda one: (widths[one], one))
    rows = [cells for _, cells in cut if len(cells) == width]
    values = sum(1 for cells in rows for cell in cells if _VALUE.fullmatch(cell))
    foreign = sum(1 for cells in rows if any(other in cell for other in ";\t|" if other != separator for cell in cells))
    even = len(rows) / len(cut)
    typed = values / (width * len(rows))
    score = even + 0.3 * typed - 0.5 * foreign / len(rows) + 0.01 * min(width, 20)
    return score, Dialect(separator, width, len(rows), len(cut))


def _typed(lines: Sequence[str]) -> bool:
    """Whether a good part of the words are numbers: a listing, not prose."""
    words = [word for line in lines[:200] for word in line.split()]
    return sum(1 for word in words if _VALUE.fullmatch(word)) > 0.3 * len(words)
