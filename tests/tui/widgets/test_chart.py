"""Charts in text."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.tui.widgets.chart import draw, ticks
from kpi_tui.tui.widgets.drawn import Line, width_of

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
SERIES = st.lists(st.none() | NUMBERS, max_size=40)


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in shown) for shown in lines]


@given(
    SERIES,
    st.integers(1, 90),
    st.integers(1, 14),
    st.none() | NUMBERS,
    st.integers(0, 3),
    st.booleans(),
)
def test_the_picture_has_the_size_asked_for(
    series: list[float | None], width: int, height: int, target: float | None, incomplete: int, ascii: bool
) -> None:
    labels = [(index, f"p{index}") for index in range(len(series))]
    lines = draw(series, width=width, height=height, x_labels=labels, target=target, incomplete=incomplete, ascii=ascii)
    assert [width_of(shown) for shown in lines] == [width] * height
    if ascii:
        assert "".join(texts(lines)).isascii()


@given(st.floats(-1e6, 1e6), st.floats(1e-2, 1e9), st.integers(2, 8))
def test_ticks_enclose_the_values_and_are_evenly_spaced(low: float, spread: float, most: int) -> None:
    high = low + spread
    marks = ticks(low, high, most)
    step = marks[1] - marks[0]
    assert 2 <= len(marks) <= max(3, most)
    assert marks[0] <= low + step * 1e-6
    assert marks[-1] >= high - step * 1e-6
    assert all(abs(later - earlier - step) <= abs(step) * 1e-6 for earlier, later in pairwise(marks))


@pytest.mark.parametrize(
    ("low", "high", "marks"),
    [
        (1130, 1370, [1100, 1200, 1300, 1400]),
        (0.021, 0.0245, [0.021, 0.022, 0.023, 0.024, 0.025]),
        (0, 100, [0, 25, 50, 75, 100]),
        (-3, 4, [-4, -2, 0, 2, 4]),
    ],
)
def test_ticks_are_round(low: float, high: float, marks: list[float]) -> None:
    assert ticks(low, high, 5) == marks


def test_a_gap_stays_a_gap() -> None:
    lines = draw([1.0, 1.0, None, None, 1.0, 1.0], width=26, height=3, ascii=True)
    plotted = next(text for text in texts(lines) if "*" in text)
    gap = plotted[plotted.index("*") + 5 : plotted.rindex("*") - 4]
    assert plotted.count("*") == 4
    assert "    " in gap


def test_the_target_is_drawn_where_nothing_else_is() -> None:
    lines = draw([5.0, 6.0, 7.0], width=30, height=6, target=0.0)
    assert [style for _, style in lines[-1]] == ["muted", "target"]
    assert texts(lines)[-1] == " 0 ┤" + "┈" * 26


def test_incomplete_points_are_lighter() -> None:
    lines = draw([1.0, 2.0, 3.0, 1.0], width=30, height=6, incomplete=1, ascii=True)
    light = [text for shown in lines for text, style in shown if style == "light"]
    assert "o" in "".join(light)
    assert "".join(texts(lines)).count("*") == 3


def test_one_point_is_seen() -> None:
    assert sum(text.count("•") for text in texts(draw([5.0], width=20, height=4))) == 1


def test_without_values_the_frame_is_empty() -> None:
    lines = draw([None, None], width=20, height=4, x_labels=[(0, "Jan"), (1, "Feb")])
    assert [text.rstrip() for text in texts(lines)[:-1]] == [" │"] * 3
    assert texts(lines)[-1].split() == ["Jan", "Feb"]


def test_labels_stand_under_their_points_and_do_not_touch() -> None:
    months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    line = texts(draw([float(i) for i in range(12)], width=30, height=5, x_labels=list(enumerate(months))))[-1]
    assert all(label in months for label in line.split())
    assert line.split()[0] == "Jan"
    assert len(line.split()) >= 5
