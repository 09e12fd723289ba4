"""Keys, words and marks, from the registry of actions."""

from __future__ import annotations

from kpi_tui.language.language import Language
from kpi_tui.report.words import CORRECTED, STATUS_GLYPHS, status_words
from kpi_tui.tui.actions import ACTIONS, GROUPS, written_keys
from kpi_tui.tui.screens.reader import Entry, Reader


def help_screen(language: Language) -> Reader:
    """All actions by group, then what the marks mean."""
    entries: list[Entry] = []
    ascii = language.numbers.ascii
    for group, name in GROUPS.items():
        entries.append(("", language.say(name), "strong"))
        entries += [(written_keys(a, ascii), language.say(a.help), "") for a in ACTIONS if a.group == group]
        entries.append(("", "", ""))
    entries.append(("", language("Marks"), "strong"))
    words = status_words(language)
    for status, glyph in STATUS_GLYPHS[ascii].items():
        entries.append((glyph, words[status], ""))
    entries.append(("*", language("the period is not complete: compared with the same elapsed days only"), ""))
    entries.append((CORRECTED[ascii], language("there are corrections in it: x names them"), ""))
    entries.append(("?", language("an index that cannot be paid out yet"), ""))
    entries.append((language.numbers.undefined, language("undefined: never the same as zero"), ""))
    return Reader(language("Help"), entries, language, label_width=16)
