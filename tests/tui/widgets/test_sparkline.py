"""Sparklines."""

from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.tui.widgets.sparkline import BLOCKS, RAMP, sparkline

VALUES = st.lists(st.none() | st.floats(), max_size=30)


@given(VALUES, st.integers(0, 20), st.booleans())
def test_every_value_is_one_cell(values: list[float | None], width: int, ascii: bool) -> None:
    shown = sparkline(values, width, ascii)
    assert len(shown) == width
    assert set(shown) <= set((RAMP if ascii else BLOCKS) + " ")


@given(st.lists(st.floats(-1e6, 1e6), min_size=2, max_size=12))
def test_a_higher_value_is_never_drawn_lower(values: list[float]) -> None:
    shown = sparkline(values, len(values))
    drawn = sorted(zip(values, shown, strict=True), key=lambda pair: pair[0])
    levels = [BLOCKS.index(glyph) for _, glyph in drawn]
    assert levels == sorted(levels)


def test_examples() -> None:
    assert sparkline([1, 2, 3, 4, 5, 6, 7, 8], 8) == "▁▂▃▄▅▆▇█"
    assert sparkline([1, None, 3], 4) == " ▁ █"
    assert sparkline([5, 5, 5], 3) == "▄▄▄"
    assert sparkline([1, 2, 3], 2) == "▁█"
    assert sparkline([1, 2, 3, 4, 5], 5, True) == "_.-=^"
    assert sparkline([None], 3) == "   "
    assert sparkline([1, 2, 3, 0.5], 4, incomplete=1) == "▁▅█*", "what is not over is no fall, and moves no step"
    assert sparkline([1, 3, 0.5, None], 4, True, incomplete=2) == "_^* "


def test_what_differs_only_by_rounding_is_constant() -> None:
    assert len(set(sparkline([0.1 + 0.2, 0.3, 0.3, 0.30000000000000004], 4))) == 1
    assert sparkline([0.0, 5e-324], 2) == sparkline([1.0, 1.0], 2)
