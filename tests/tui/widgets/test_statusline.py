"""One line of text."""

from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.tui.widgets.drawn import width_of
from kpi_tui.tui.widgets.statusline import StatusLine, status_line

SPANS = st.lists(st.tuples(st.text(max_size=12), st.sampled_from(["", "ok"])), max_size=4)


@given(SPANS, SPANS, st.integers(1, 60))
def test_the_line_has_the_width_asked_for(
    left: list[tuple[str, str]], right: list[tuple[str, str]], width: int
) -> None:
    assert width_of(status_line(left, right, width)) == width


def test_the_right_end_gives_way_first() -> None:
    assert status_line([("CAC 1 240", "")], [("saved", "ok")], 20) == (("CAC 1 240      ", ""), ("saved", "ok"))
    assert status_line([("CAC 1 240 -> 1 180", "")], [("saved", "ok")], 20) == (("CAC 1 240 -> 1 180  ", ""),)


def test_one_sentence_goes_on_in_the_lines_that_it_has() -> None:
    shown = StatusLine([("a formula is arithmetic over aggregates and metrics", "error")])
    assert [text.rstrip() for ((text, _), *_) in shown.lines(30, 2)] == [
        "a formula is arithmetic over",
        "aggregates and metrics",
    ]
    assert [text.rstrip() for ((text, _), *_) in shown.lines(20, 2)] == ["a formula is", "arithmetic over agg…"]
    assert [width_of(each) for each in shown.lines(20, 4)] == [20] * 4
