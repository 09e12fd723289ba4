"""Text in a number of cells."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from kpi_tui.tui.widgets.fitting import Align, clusters, cut, fit


@given(st.text(), st.integers(0, 30), st.sampled_from(["left", "right"]), st.booleans())
def test_fit_is_exactly_as_wide_as_asked(text: str, width: int, align: Align, ascii: bool) -> None:
    shown = fit(text, width, align, ascii)
    assert cell_len(shown) == width


@given(st.text(), st.integers(0, 30))
def test_cut_is_never_wider_than_asked(text: str, width: int) -> None:
    assert cell_len(cut(text, width)) <= width


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
