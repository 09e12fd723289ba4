"""The view follows the cursor."""

from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.tui.widgets.window import Window

MOVES = st.one_of(
    st.tuples(st.just("by"), st.integers(-40, 40)),
    st.tuples(st.just("to"), st.integers(-5, 200)),
    st.tuples(st.just("page"), st.sampled_from([-1.0, -0.5, 0.5, 1.0])),
    st.tuples(st.just("sized"), st.tuples(st.integers(1, 30), st.integers(0, 120))),
)


@given(st.lists(MOVES, max_size=20))
def test_the_cursor_is_always_in_view_and_the_view_on_the_rows(moves: list[tuple[str, object]]) -> None:
    window = Window(height=10, count=50)
    for name, value in moves:
        window = getattr(window, name)(*value) if isinstance(value, tuple) else getattr(window, name)(value)
        assert window.top <= window.row < window.top + window.height
        assert 0 <= window.top <= max(0, window.count - window.height)
        assert 0 <= window.row < max(1, window.count)


def test_leaving_the_view_moves_it_by_half_a_page() -> None:
    window = Window(row=9, top=0, height=10, count=50).by(1)
    assert (window.row, window.top) == (10, 5)
    assert Window(row=5, top=5, height=10, count=50).by(-1).top == 0


def test_within_the_view_only_the_cursor_moves() -> None:
    assert Window(row=3, top=0, height=10, count=50).by(1) == Window(row=4, top=0, height=10, count=50)


def test_a_whole_page_keeps_one_line() -> None:
    window = Window(row=0, top=0, height=10, count=50).page(1)
    assert (window.row, window.top) == (9, 9)
