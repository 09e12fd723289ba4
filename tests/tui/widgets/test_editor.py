"""One line being typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.tui.widgets.drawn import width_of
from kpi_tui.tui.widgets.editor import Typing

KEYS = st.one_of(
    st.sampled_from(["left", "right", "home", "end", "backspace", "delete", "ctrl+w", "ctrl+left", "ctrl+right"]).map(
        lambda key: (key, None)
    ),
    st.characters(codec="utf-8").map(lambda character: (character, character)),
)


@given(st.lists(KEYS, max_size=30), st.integers(3, 20))
def test_the_field_always_shows_the_caret_in_its_width(keys: list[tuple[str, str | None]], width: int) -> None:
    typing = Typing.of("12")
    for key, character in keys:
        typing = typing.pressed(key, character) or typing
        shown = typing.shown(width)
        assert width_of(shown) == width
        assert sum(style == "caret" for _, style in shown) == 1
        assert 0 <= typing.caret(width) < width
        assert typing.text.isprintable()


def press(text: str, *keys: str) -> str:
    typing = Typing.of(text)
    for key in keys:
        typing = typing.pressed(key, key if len(key) == 1 else None) or typing
    return f"{''.join(typing.before)}|{''.join(typing.after)}"


@pytest.mark.parametrize(
    ("text", "keys", "shown"),
    [
        ("126", ["0"], "1260|"),
        ("126", ["home", "delete", "3"], "3|26"),
        ("126", ["left", "backspace"], "1|6"),
        ("yearly turnover", ["ctrl+w"], "yearly |"),
        ("yearly turnover", ["ctrl+left", "ctrl+left", "ctrl+right"], "yearly| turnover"),
        ("126", ["home", "ctrl+k"], "|"),
        ("126", ["left", "ctrl+u"], "|6"),
        ("e\u0301a", ["left", "backspace"], "|a"),
        ("", ["left", "right", "backspace", "delete"], "|"),
    ],
)
def test_keys_edit(text: str, keys: list[str], shown: str) -> None:
    assert press(text, *keys) == shown


def test_a_blank_can_be_typed() -> None:
    assert Typing.of("5").pressed("space", " ") == Typing(("5", " "))


def test_keys_that_mean_nothing_are_not_taken() -> None:
    assert Typing.of("1").pressed("f5", None) is None
    assert Typing.of("1").pressed("tab", "\t") is None


def test_pasting_takes_the_first_line_and_no_controls() -> None:
    assert Typing.of("1").pasted("\n 2\x1b[31m3\r\n4").text == "1 2[31m3"
