"""The one door for a user's text to the screen: no control character, no reordering, no line break passes.

Invariant: `safe(text)` holds only characters that take 0, 1 or 2 cells in every terminal and that no terminal obeys.
The text stays plain (never markup), so a `[` is a `[`. Joined emoji are shown as their parts and emoji variants in
their base form, since terminals disagree about the width of the joined ones and columns would shift.
"""

from __future__ import annotations

from functools import lru_cache
from unicodedata import category

BREAKS = "\n\v\f\r\x85\u2028\u2029"
# Format characters a terminal shows with a width of their own (Arabic number signs and the like) or that are needed to
# spell Persian words (ZWNJ, width 0 everywhere).
VISIBLE_FORMATS = frozenset("\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u0890\u0891\u08e2\u200c")
# Width depends on the terminal: variation selectors and skin tones; fillers have no ink and no agreed width.
DROPPED = frozenset(map(chr, [*range(0xFE00, 0xFE10), *range(0x1F3FB, 0x1F400), 0x115F, 0x1160, 0x3164]))
REPLACEMENT = "\ufffd"


@lru_cache(maxsize=4096)
def safe(text: str, ascii: bool = False) -> str:
    """`text` on one line and harmless: controls become their pictures (`␛`), bidi marks vanish, line breaks become `⏎`.

    With `ascii` the pictures are `?` and a line break is a space; letters of the user's own stay as they are.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join([_harmless(character, ascii) for character in text.replace("\r\n", "\n")])


def _harmless(character: str, ascii: bool) -> str:
    if character.isprintable():
        return "" if character in DROPPED else character
    if character in BREAKS:
        return " " if ascii else "⏎"
    kind = category(character)
    if character == "\t" or kind == "Zs":
        return " "  # nothing is wrapped here, so a no-break space would only cost a byte more
    if kind == "Cf":
        return character if character in VISIBLE_FORMATS else ""
    if kind == "Co":
        return character
    if ascii:
        return "?"
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    return "␡" if code == 0x7F else REPLACEMENT
