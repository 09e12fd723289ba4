"""Choosing a language, saying sentences in it, and naming days and periods."""

from __future__ import annotations

import gettext
from datetime import date
from decimal import Decimal

import pytest

from kpi_tui.errors import EditError, Finding, Place, WorkspaceError, count_text, text
from kpi_tui.language import Language, choose
from kpi_tui.workspace.naming import called

EN, RU = Language("en"), Language("ru")


@pytest.mark.parametrize(
    ("flag", "config", "env", "code"),
    [
        ("ru", "en", {"LANG": "en_US.UTF-8"}, "ru"),
        (None, "ru", {"LANG": "en_US.UTF-8"}, "ru"),
        (None, None, {"LANG": "ru_RU.UTF-8"}, "ru"),
        (None, None, {"LC_ALL": "ru_RU", "LANG": "en_US"}, "ru"),
        (None, None, {"LC_ALL": "", "LC_MESSAGES": "ru-RU", "LANG": "en_US"}, "ru"),
        (None, None, {"LC_ALL": "C", "LANG": "ru_RU.UTF-8"}, "en"),
        (None, None, {"LANG": "de_DE.UTF-8"}, "en"),
        (None, None, {}, "en"),
    ],
)
def test_the_language_is_chosen_by_flag_config_environment(
    flag: str | None, config: str | None, env: dict[str, str], code: str
) -> None:
    assert choose(flag, config, env) == code


class Shouting(gettext.NullTranslations):
    """A catalogue that is easy to recognise."""

    def gettext(self, message: str) -> str:
        return {"broken {name}": "СЛОМАНО {other}"}.get(message, message.upper().replace("{NAME}", "{name}"))


SHOUTING = Language("en")
SHOUTING.catalogue = Shouting()


def test_a_text_within_a_text_is_said_too() -> None:
    assert SHOUTING.say(text("no {name} here", name=text("goal"))) == "NO GOAL HERE"
    assert EN.say(text("no {name} here", name=text("goal"))) == "no goal here"


def test_numbers_in_a_text_have_the_marks_of_the_language() -> None:
    said = text("{share} of {whole}, line {line}", share=Decimal("0.80"), whole=1234567.0, line=1234)
    assert EN.say(said) == "0.80 of 1,234,567, line 1234"
    assert RU.say(said).replace("\u00a0", " ") == "0,80 of 1 234 567, line 1234"


@pytest.mark.parametrize(
    ("n", "english", "russian"),
    [
        (1, "... and 1 more broken row", "... и ещё 1 испорченная строка"),
        (3, "... and 3 more broken rows", "... и ещё 3 испорченные строки"),
        (11, "... and 11 more broken rows", "... и ещё 11 испорченных строк"),
        (21, "... and 21 more broken rows", "... и ещё 21 испорченная строка"),
    ],
)
def test_a_text_about_a_number_of_things_takes_its_form(n: int, english: str, russian: str) -> None:
    said = count_text("... and {n} more broken row", "... and {n} more broken rows", n)
    assert str(said) == EN.say(said) == english
    assert RU.say(said) == russian
    assert RU.say(text("{what}; the row is left out", what=said)) == f"{russian}; строка пропущена"


def test_ascii_keeps_letters_and_leaves_out_marks() -> None:
    marks = Language("ru", ascii=True)
    assert marks.say(text("'{typed}' is not a date", typed="«x»")) == '"«x»" - не дата'


def test_the_record_of_a_finding_is_said_in_the_language() -> None:
    finding = Finding(Place("kpi.toml", 4), text("the formula is empty"), subject=called("metric", "cac"))
    assert EN.finding(finding) == "kpi.toml:4: metric 'cac': the formula is empty"
    assert RU.finding(finding) == "kpi.toml:4: метрика «cac»: формула пуста"


def test_braces_without_values_are_text() -> None:
    assert EN.say(text("type {name}")) == "type {name}"
    assert EN("") == ""
    assert RU("") == ""


def test_a_broken_translation_shows_the_english_sentence() -> None:
    assert SHOUTING.say(text("broken {name}", name="x")) == "broken x"


def test_an_unknown_sentence_is_said_in_english() -> None:
    assert RU("a sentence nobody translated") == "a sentence nobody translated"


def test_counts_group_their_number() -> None:
    assert EN.count("{n} goal", "{n} goals", 1) == "1 goal"
    assert EN.count("{n} goal of {name}", "{n} goals of {name}", 12345, name="x") == "12,345 goals of x"
    assert EN.count("{n} of {lines} row", "{n} of {lines} rows", 2, lines=2000) == "2 of 2,000 rows"
    assert EN.count("{n} of {lines} row", "{n} of {lines} rows", 999, lines=999) == "999 of 999 rows"


def test_errors_say_what_and_cure() -> None:
    assert SHOUTING.error(EditError(text("wrong"), text("mend"))) == "WRONG: MEND"
    findings = [
        Finding(Place("kpi.toml", 4), text("wrong"), subject="goal 'x'"),
        Finding(Place("kpi.toml"), text("bad")),
    ]
    assert SHOUTING.error(WorkspaceError(findings)) == "kpi.toml:4: goal 'x': WRONG\nkpi.toml: BAD"


def test_the_russian_catalogue_is_found() -> None:
    assert RU("all time") == "всё время"


def test_days() -> None:
    day = date(2026, 11, 14)
    assert [EN.date(day), RU.date(day)] == ["14 Nov 2026", "14 нояб. 2026"]
    assert [EN.date(day, "short"), RU.date(day, "long")] == ["14 Nov", "14 ноября 2026"]
    assert [EN.date(day, "numeric"), RU.date(day, "numeric")] == ["2026-11-14", "14.11.2026"]
    assert EN.date(None) == ""


@pytest.mark.parametrize(
    ("name", "english", "russian"),
    [
        ("2026-11", "Nov 2026", "нояб. 2026"),
        ("2026-05", "May 2026", "май 2026"),
        ("2026-Q4", "Q4 2026", "IV кв. 2026"),
        ("2026-W46", "W46 2026", "46 нед. 2026"),
        ("2026-11-14", "14 Nov 2026", "14 нояб. 2026"),
        ("2026", "2026", "2026"),
        ("all", "all time", "всё время"),
        ("2026-W5", "2026-W5", "2026-W5"),
    ],
)
def test_periods(name: str, english: str, russian: str) -> None:
    assert EN.period(name) == english
    assert RU.period(name) == russian


def test_short_periods_leave_the_year_out() -> None:
    assert [RU.period(name, short=True) for name in ("2026-11", "2026-Q1", "2026-W06", "2026-11-14")] == [
        "нояб.",
        "I кв.",
        "6 нед.",
        "14 нояб.",
    ]
