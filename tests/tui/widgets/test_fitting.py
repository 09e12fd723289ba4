"""Text in a number of cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from kpi_tui.tui.safe import safe
from kpi_tui.tui.widgets.fitting import Align, clusters, cut, fit, wrapped, wrapped_within


@given(st.text(), st.integers(0, 30), st.sampled_from(["left", "right"]), st.booleans())
def test_fit_is_exactly_as_wide_as_asked(text: str, width: int, align: Align, ascii: bool) -> None:
    shown = fit(text, width, align, ascii)
    assert cell_len(shown) == width


@given(st.text(), st.integers(0, 30))
def test_cut_is_never_wider_than_asked(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) <= width


@given(st.text(), st.integers(2, 30), st.booleans())
def test_wrapped_lines_are_never_wider_than_asked_and_lose_no_letter(text: str, width: int, ascii: bool) -> None:
    lines = wrapped(text, width, ascii)
    assert all(cell_len(shown) <= width for shown in lines)
    assert "".join("".join(lines).split()) == "".join(safe(text, ascii).split())


def test_a_number_is_not_broken_at_its_blanks() -> None:
    assert wrapped("Revenue 1\u00a0240\u00a0000\u202f% more", 12) == ["Revenue", "1 240 000 %", "more"]
    assert wrapped("Revenue 1 240 000 more", 12, True) == ["Revenue", "1 240 000", "more"]
    assert wrapped("", 12) == [""]


@given(st.text())
def test_clusters_lose_nothing(text: str) -> None:
    assert "".join(piece for piece, _ in clusters(text)) == text


@pytest.mark.parametrize(
    ("text", "width", "shown"),
    [
        ("Turnover", 8, "Turnover"),
        ("Turnover", 5, "Turn…"),
        ("日本語", 4, "日… "),
        ("e\u0301e\u0301e\u0301", 2, "e\u0301…"),
        ("Оборот", 0, ""),
    ],
)
def test_text_is_cut_with_an_ellipsis(text: str, width: int, shown: str) -> None:
    assert fit(text, width) == shown


def test_a_number_that_does_not_fit_is_not_shown_as_another_number() -> None:
    assert fit("126 000 000", 6, "right") == "     …"
    assert fit("126 000 000", 6, "right", True) == "     ~"


def test_of_a_text_that_is_too_long_the_beginning_and_the_end_are_there() -> None:
    text = (
        "metric 'revenue' is used by goal 'revenue', metric 'aov', metric 'margin': change or delete what uses it first"
    )
    assert wrapped_within(text, 60, 2) == [
        "metric 'revenue' is used by goal 'revenue', metric 'aov',",
        "metric 'margin': change or delete what uses it first",
    ]
    assert wrapped_within(text, 40, 2) == [
        "metric 'revenue' is used by goal",
        "… change or delete what uses it first",
    ]
    assert wrapped_within(text, 40, 2, ascii=True)[1] == "~ change or delete what uses it first"
    assert all(len(line) <= 20 for line in wrapped_within("x" * 90, 20, 2))
