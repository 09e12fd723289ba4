"""A series in one line of text: pure, with gaps, and in ASCII where the font has no blocks."""

from __future__ import annotations

from collections.abc import Sequence
from math import isclose, isfinite

BLOCKS = "▁▂▃▄▅▆▇█"
RAMP = "_.-=^"


def sparkline(values: Sequence[float | None], width: int, ascii: bool = False, incomplete: int = 0) -> str:
    """The last `width` values, one cell each, padded on the left; None (or not finite) is a gap.

    Lowest and highest value of those shown take the lowest and highest step; a constant series runs at mid-height. The
    last `incomplete` values are `*`: the half of a month would look like a fall.
    """
    if width <= 0:
        return ""
    steps = RAMP if ascii else BLOCKS
    shown = [value if value is not None and isfinite(value) else None for value in values[-width:]]
    whole = shown[: len(shown) - incomplete] if incomplete else shown
    known = [value for value in whole if value is not None]
    low, high = (min(known), max(known)) if known else (0.0, 0.0)

    def step(value: float | None) -> str:
        if value is None:
            return " "
        if high / 2 == low / 2 or isclose(high, low, rel_tol=1e-9):  # what differs by rounding is constant
            return steps[(len(steps) - 1) // 2]
        # Halved first: the distance between two huge values of unlike sign would overflow.
        share = (value / 2 - low / 2) / (high / 2 - low / 2)
        return steps[min(len(steps) - 1, int(share * len(steps)))]

    marks = ["*" if value is not None else " " for value in shown[len(whole) :]]
    return "".join([*map(step, whole), *marks]).rjust(width)
