"""Hotkeys by their place on the keyboard: on a Russian layout `ы` is `s`, since both are the same key.

How it is used: `App.on_event` is overridden; an `events.Key` that is not yet forwarded goes through `qwerty()` first.
While a text input has the focus nothing is translated but keys held with a modifier. On the Russian layout `/` sends
`.` and `?` sends `,`; both are aliases, so `.` and `,` can have no other meaning.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from textual.events import Key

_RUSSIAN = "йцукенгшщзхъфывапролджэячсмитьбюё"
_LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_RUSSIAN_SHIFTED = "ЙЦУКЕНГШЩЗХЪФЫВАПРОЛДЖЭЯЧСМИТЬБЮЁ№"
_LATIN_SHIFTED = 'QWERTYUIOP{}ASDFGHJKL:"ZXCVBNM<>~#'

LAYOUT = dict(zip(_RUSSIAN + _RUSSIAN_SHIFTED, _LATIN + _LATIN_SHIFTED, strict=True))
# What the key of `/` sends on the Russian layout, without and with shift.
ALIASES = {".": "/", ",": "?"}

# Textual's names for the characters above that are not letters.
NAMES = {
    "[": "left_square_bracket",
    "]": "right_square_bracket",
    "{": "left_curly_bracket",
    "}": "right_curly_bracket",
    ";": "semicolon",
    ":": "colon",
    "'": "apostrophe",
    '"': "quotation_mark",
    "`": "grave_accent",
    "~": "tilde",
    "<": "less_than_sign",
    ">": "greater_than_sign",
    ",": "comma",
    ".": "full_stop",
    "/": "slash",
    "?": "question_mark",
    "#": "number_sign",
}
_CHARACTERS = {name: character for character, name in NAMES.items()} | {"numero_sign": "№"}


def translate(key: str, character: str | None) -> tuple[str, str | None] | None:
    """Key and character as a QWERTY layout would have sent them, or None where there is nothing to translate.

    `key` is Textual's name of a key (`ы`, `ctrl+ы`, `full_stop`), `character` what it types or None. With a modifier
    held only letters move: `ctrl+.` is nobody's `ctrl+/`.
    """
    *modifiers, name = key.split("+")
    typed = _CHARACTERS.get(name, name)
    latin = LAYOUT.get(typed) or (None if modifiers else ALIASES.get(typed))
    if latin is None:
        return None
    return "+".join([*modifiers, NAMES.get(latin, latin)]), None if character is None else latin


def qwerty(event: Key, typing: bool) -> Key | None:
    """The key event to handle instead of `event`, or None where it is right as it is.

    `typing`: a text input has the focus, so a plain letter is text and not a hotkey.
    """
    held = "+" in event.key
    if typing and not held:
        return None
    translated = translate(event.key, event.character)
    return None if translated is None else type(event)(*translated)
