"""One line of text."""

from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.tui.widgets.drawn import width_of
from kpi_tui.tui.widgets.statusline import status_line

SPANS = st.lists(st.tuples(st.text(max_size=12), st.sampled_from(["", "ok"])), max_size=4)


@given(SPANS, SPANS, st.integers(1, 60))
def test_the_line_has_the_width_asked_for(
    left: list[tuple[str, str]], right: list[tuple[str, str]], width: int
) -> None:
    assert width_of(status_line(left, right, width)) == width


def test_the_right_end_gives_way_first() -> None:
    assert status_line([("CAC 1 240", "")], [("saved", "ok")], 20) == (("CAC 1 240      ", ""), ("saved", "ok"))
    assert status_line([("CAC 1 240 -> 1 180", "")], [("saved", "ok")], 20) == (("CAC 1 240 -> 1 180  ", ""),)
