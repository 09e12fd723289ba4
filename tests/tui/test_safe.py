"""Nothing a user's text contains reaches the terminal as a command."""

from unicodedata import category

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.tui.safe import VISIBLE_FORMATS, safe


@given(st.text(), st.booleans())
def test_no_control_and_no_bidi_character_passes(text: str, ascii: bool) -> None:
    for character in safe(text, ascii):
        assert category(character) not in ("Cc", "Cs", "Zl", "Zp")
        assert category(character) != "Cf" or character in VISIBLE_FORMATS


@given(st.text())
def test_it_is_done_once(text: str) -> None:
    assert safe(safe(text)) == safe(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Turnover +20 %", "Turnover +20 %"),
        ("Оборот", "Оборот"),
        ("[red]x[/]", "[red]x[/]"),
        ("a\x1b[31mb", "a␛[31mb"),
        ("a\x9b31mb", "a\ufffd31mb"),
        ("one\r\ntwo\tthree", "one⏎two three"),
        ("a\u202ebc\u2066d\u200f", "abcd"),
        ("❤\ufe0f", "❤"),
        ("👩\u200d💻", "👩💻"),
        ("a\ud800b", "a\ufffdb"),
        ("1\u00a0240", "1 240"),
        ("\u05d0\u05d1", "\u05d0\u05d1"),
    ],
)
def test_examples(text: str, shown: str) -> None:
    assert safe(text) == shown


def test_in_ascii_mode_the_pictures_are_ascii() -> None:
    assert safe("a\x1bb\nc", True) == "a?b c"
