"""Charts in text."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kpi_tui.tui.widgets.chart import Picture, ticks
from kpi_tui.tui.widgets.chart import draw as drawn
from kpi_tui.tui.widgets.drawn import Line, width_of

NUMBERS = st.floats(allow_nan=True, allow_infinity=True)
SERIES = st.lists(st.none() | NUMBERS, max_size=40)


def texts(lines: list[Line]) -> list[str]:
    return ["".join(text for text, _ in shown) for shown in lines]


def draw(series: Sequence[float | None], *, width: int, height: int, ascii: bool = False, **shown: Any) -> list[Line]:
    return drawn(Picture(tuple(series), **shown), width=width, height=height, ascii=ascii)


@given(
    SERIES, st.integers(1, 90), st.integers(1, 14), st.none() | NUMBERS, st.integers(0, 3), st.booleans(),
    st.booleans(), SERIES,
)  # fmt: skip
@example([5e-324], 1, 1, 0.0, 0, False, False, [])
@example([5e-324], 1, 6, 0.0, 0, False, False, [])
@example([1e-300, 3e-300], 30, 6, None, 0, False, True, [])
@example([-9e299, 9e299], 30, 6, None, 0, False, False, [])
def test_the_picture_has_the_size_asked_for(
    series: list[float | None],
    width: int,
    height: int,
    target: float | None,
    incomplete: int,
    ascii: bool,
    bars: bool,
    faint: list[float | None],
) -> None:
    shown = {"target": target, "incomplete": incomplete, "bars": bars, "faint": tuple(faint), "marks": ((0, "1"),)}
    labels = [(index, f"p{index}") for index in range(len(series))]
    lines = draw(series, width=width, height=height, x_labels=labels, ascii=ascii, **shown)
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
        (0, 100, [0, 50, 100]),
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


QUARTERS = ((0, "Q1"), (1, "Q2"), (2, "Q3"), (3, "Q4"))


def test_bars_of_blocks() -> None:
    lines = draw([1.0, 2.0, None, 4.0], width=20, height=6, bars=True, x_labels=QUARTERS, target=3.0, incomplete=1)
    assert texts(lines) == [
        "4 ┤            ▒▒▒  ",
        "  │┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈┈ ",
        "2 ┤    ▄▄▄     ▒▒▒  ",
        "  │▂▂▂ ███     ▒▒▒  ",
        "0 ┤███ ███     ▒▒▒  ",
        "    Q1  Q2  Q3  Q4  ",
    ]
    assert {style for text, style in lines[0] if "▒" in text} == {"light"}
    assert {style for text, style in lines[4] if "█" in text} == {"series"}


def test_bars_of_blocks_have_eighths() -> None:
    lines = draw([1.0, 1.5, 1.125, 2.0], width=11, height=2, bars=True)
    assert texts(lines) == ["2 ┤  ▄ ▁ █ ", "0 ┤█ █ █ █ "]


def test_bars_hang_from_nought() -> None:
    lines = draw([2.0, -2.0], width=14, height=4, bars=True)
    assert texts(lines) == [" 2 ┤████      ", "   │████      ", "   │     ████ ", "-2 ┤     ████ "]


def test_bars_in_ascii_and_the_year_before_beside_them() -> None:
    lines = draw(
        [1.0, 2.0, None, 4.0], width=20, height=6, ascii=True, bars=True, x_labels=QUARTERS, faint=(2.0, 1.0, 3.0, 3.0),
        incomplete=1, marks=((1, "1"),),
    )  # fmt: skip
    assert texts(lines) == [
        "4 +            ooo  ",
        "  |     1     :ooo: ",
        "2 +   :###     ooo  ",
        "  |    ###:    ooo  ",
        "0 +### ###     ooo  ",
        "    Q1  Q2  Q3  Q4  ",
    ]


def test_a_line_in_braille_with_the_year_before_and_a_note() -> None:
    lines = draw([1.0, 3.0, 2.0, 5.0], width=16, height=4, faint=(1.0, 1.0, 1.0, 1.0), marks=((1, "1"),))
    assert texts(lines) == ["5 ┤    1      ⡠⠊", "  │   ⢀⠤⣀⡀  ⢀⠜  ", "  │⢀⠤⠊⠁  ⠈⠉⠒⠁   ", "0 ┤⠁············"]
    assert [style for _, style in lines[-1]] == ["muted", "series", "faint"]


def test_a_line_in_ascii_with_a_gap_a_plan_by_period_and_the_year_before() -> None:
    plan, before = (2.0, 2.0, 2.0, 4.0, 4.0), (4.0, 3.0, 2.0, 1.0, 1.0)
    lines = draw([1.0, 3.0, None, 5.0, 4.0], width=24, height=5, ascii=True, target=plan, faint=before)
    assert texts(lines) == [
        "5 +               *..   ",
        "  |:::          -----..*",
        "  |---..*-------        ",
        "  |*..          ::::::::",
        "0 +                     ",
    ]


def test_labels_that_would_be_called_the_same_are_not_marked() -> None:
    lines = draw([0.2, 1.1], width=20, height=9, y_label="{:.0f}".format)
    marked = [text.split()[0] for text in texts(lines) if "┤" in text]
    assert len(marked) == len(set(marked)) >= 2


def test_the_anchor_is_among_the_labels() -> None:
    months = [(i, "2026" if i == 5 else "May") for i in range(24)]
    line = texts(draw([1.0] * 24, width=60, height=4, x_labels=months, anchor=5))[-1]
    assert "2026" in line


def test_charts_with_one_scale() -> None:
    small, large = (draw(each, width=12, height=4, low=0.0, high=8.0) for each in ([1.0, 2.0], [4.0, 8.0]))
    assert [text[:4] for text in texts(small)] == [text[:4] for text in texts(large)]
    assert texts(small) != texts(large)
