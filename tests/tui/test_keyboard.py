"""Hotkeys from a Cyrillic layout."""

import pytest
from textual.events import Key
from textual.keys import KEY_NAME_REPLACEMENTS, key_to_character

from kpi_tui.tui.keyboard import ALIASES, LAYOUT, NAMES, qwerty, translate


@pytest.mark.parametrize(
    ("key", "character", "expected"),
    [
        ("о", "о", ("j", "j")),
        ("О", "О", ("J", "J")),
        ("п", "п", ("g", "g")),
        ("П", "П", ("G", "G")),
        ("ё", "ё", ("grave_accent", "`")),
        ("х", "х", ("left_square_bracket", "[")),
        ("ъ", "ъ", ("right_square_bracket", "]")),
        ("Ж", "Ж", ("colon", ":")),
        ("full_stop", ".", ("slash", "/")),
        ("comma", ",", ("question_mark", "?")),
        ("numero_sign", "№", ("number_sign", "#")),
        ("ctrl+ы", None, ("ctrl+s", None)),
        ("ctrl+shift+я", None, ("ctrl+shift+z", None)),
        ("ctrl+full_stop", None, None),
        ("j", "j", None),
        ("down", None, None),
        ("ctrl+s", None, None),
        ("slash", "/", None),
        ("i", "i", None),
    ],
)
def test_a_key_is_known_by_its_place(key: str, character: str | None, expected: tuple[str, str | None] | None) -> None:
    assert translate(key, character) == expected


def test_every_letter_has_one_place() -> None:
    assert len(set(LAYOUT.values())) == len(LAYOUT) == 67
    assert not set(LAYOUT) & set(LAYOUT.values())


def test_names_are_those_of_textual() -> None:
    # Textual renames this one and does not know the way back.
    assert NAMES["/"] == KEY_NAME_REPLACEMENTS["solidus"]
    others = NAMES.keys() - {"/"}
    assert {character: key_to_character(NAMES[character]) for character in others} == dict(
        zip(others, others, strict=True)
    )


@pytest.mark.parametrize("latin", sorted({*LAYOUT.values(), *ALIASES.values()}))
def test_nothing_is_translated_twice(latin: str) -> None:
    name = NAMES.get(latin, latin)
    again = translate(name, latin)
    assert again is None or latin in ALIASES


def test_while_typing_letters_are_text_and_chords_are_not() -> None:
    assert qwerty(Key("о", "о"), typing=True) is None
    chord = qwerty(Key("ctrl+ы", None), typing=True)
    assert chord is not None
    assert chord.key == "ctrl+s"


def test_a_translated_key_is_a_fresh_event() -> None:
    event = qwerty(Key("о", "о"), typing=False)
    assert event is not None
    assert (event.key, event.character, event.is_forwarded) == ("j", "j", False)
