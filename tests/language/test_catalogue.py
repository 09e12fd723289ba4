"""Every sentence of the program is found, translated and keeps its places."""

from __future__ import annotations

import gettext
import re

import pytest

from kpi_tui.language import catalogue
from kpi_tui.language.language import DOMAIN, FOLDER


def test_sentences_are_found_by_the_syntax_tree() -> None:
    source = """
from kpi_tui.errors import text
a = text("goal '{id}' does "
         "not exist", id=1)
b = self.language("Goals"); c = _("Team"); d = text("yes" if e else "no")
f = language.count("{n} goal", "{n} goals", n); g = "a,b".count(","); h = text(name); i = pl.count("x", "y")
o = count_text("{n} row", "{n} rows", n, k=1)
j = "text('not me')"
k = text("{subject}: {what}", subject=1, what=2); l = text(""); m = text("{a}…{b} %", a=1, b=2)
"""
    found = set(catalogue.sentences(source))
    assert found == {
        "goal '{id}' does not exist",
        "Goals",
        "Team",
        "yes",
        "no",
        ("{n} goal", "{n} goals"),
        ("{n} row", "{n} rows"),
    }


def test_the_report_names_what_is_wrong() -> None:
    catalog = catalogue._empty("ru")
    catalog.add("fine {n}", "верно {n}")
    catalog.add("lost {n}", "потеряно {m}")
    catalog.add("unsure", "может быть", flags=["fuzzy"])
    catalog.add("absent")
    catalog.add(("{n} goal", "{n} goals"), ("{n} цель", "{n} цели", "целей"))
    state = catalogue.state(catalog)
    assert state == catalogue.State(("absent",), ("unsure",), ("lost {n}", "{n} goal"), ())
    assert not state.complete


# The narrowest column in which a word must fit; the statuses share one.
WIDTHS = {
    "Actual": 10, "Target": 10, "Pace": 8, "Done": 7, "Status": 11, "Due": 12, "Owner": 9, "Value": 10, "Weight": 7,
    "Plan": 9, "Fact": 9, "Score": 8, "Bonus": 11, "Hours": 6, "Rows": 10, "Complete until": 14, "Findings": 9,
    "ok": 12, "at risk": 12, "off": 12, "met": 12, "missed": 12, "too early": 12, "no data": 12,
}  # fmt: skip


def merged() -> catalogue.State:
    catalog = catalogue.load("ru")
    catalog.update(catalogue.template(), no_fuzzy_matching=True)
    return catalogue.state(catalog)


def test_translations_are_certain_and_keep_the_places() -> None:
    state = merged()
    assert state.fuzzy == ()
    assert state.misplaced == ()


def test_every_sentence_is_in_russian() -> None:
    assert merged().missing == ()


def test_the_places_of_argparse_are_kept_too() -> None:
    assert catalogue.places("argument %(name)s: %r of {n}") == {"%(name)s", "%r", "n"}
    assert catalogue.places("within 5 % of the limit, such as %d.%m.%Y") == frozenset()


def test_checking_says_what_is_missing_and_writes_nothing(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert catalogue.main(["--check"]) == 0
    before = {path: path.read_bytes() for path in FOLDER.rglob("kpi_tui.*")}
    more = catalogue.template()
    more.add("a sentence nobody translated")
    monkeypatch.setattr(catalogue, "template", lambda: more)
    assert catalogue.main(["--check"]) == 1
    assert "missing: 'a sentence nobody translated'" in capsys.readouterr().out
    assert {path: path.read_bytes() for path in FOLDER.rglob("kpi_tui.*")} == before


# Words that mean something to the file, the formulas or the command line stay as they are in every language.
_LITERAL = re.compile(r"`[^`]+`|--\w[\w-]*|\[\[?[a-z.]+\]\]?|\b[A-Z]{4,}\b|kpi-tui")
_TRANSLATED = frozenset(
    ("FILE", "DATE", "DIMENSION", "VALUE", "PERIOD", "COMMAND", "DATA", "NUMBER", "QUESTION", "WORD")
)


def test_what_is_typed_stays_as_it_is() -> None:
    for message in catalogue.load("ru"):
        english = message.id if isinstance(message.id, str) else message.id[0]
        forms = message.string if isinstance(message.string, tuple | list) else (message.string,)
        for literal in set(_LITERAL.findall(english)) - _TRANSLATED:
            assert all(literal in str(form) for form in forms), english


def test_a_label_is_not_much_longer_than_in_english() -> None:
    """Titles of columns: what is longer would be cut."""
    catalog = catalogue.load("ru")
    for english, width in WIDTHS.items():
        message = catalog.get(english)
        assert message is not None, english
        assert 0 < len(str(message.string)) <= width, english


def test_the_compiled_catalogue_is_that_of_the_text() -> None:
    compiled = gettext.translation(DOMAIN, FOLDER, ["ru"])
    for message in catalogue.load("ru"):
        if isinstance(message.id, str) and message.id and message.string:
            assert compiled.gettext(message.id) == message.string
