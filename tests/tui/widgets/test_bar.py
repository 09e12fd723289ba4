"""Bars from the middle, to both sides, in blocks and in ASCII."""

from __future__ import annotations

import pytest

from kpi_tui.tui.widgets.bar import bar


@pytest.mark.parametrize(
    ("length", "blocks", "ascii"),
    [
        (1.0, "    │████", "    |####"),
        (-1.0, "████│    ", "####|    "),
        (0.5, "    │██  ", "    |##  "),
        (-0.625, " ▐██│    ", "  ##|    "),
        (0.03125, "    │▏   ", "    |#   "),
        (-0.001, "   ▐│    ", "   #|    "),
        (0.0, "    │    ", "    |    "),
        (7.0, "    │████", "    |####"),
    ],
)
def test_bars(length: float, blocks: str, ascii: str) -> None:
    assert bar(length, 9) == blocks
    assert bar(length, 9, ascii=True) == ascii


@pytest.mark.parametrize("width", range(12))
def test_a_bar_is_as_wide_as_asked(width: int) -> None:
    for length in (-1.0, -0.3, 0.0, 0.4, 1.0):
        assert len(bar(length, width)) == len(bar(length, width, ascii=True)) == width
