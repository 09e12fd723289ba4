"""What the program knows of the CLDR is what Babel says."""

from __future__ import annotations

import pytest
from babel.core import get_global

from kpi_tui.language import from_babel
from kpi_tui.language.cldr import locale
from kpi_tui.language.language import LANGUAGES
from kpi_tui.workspace.currencies import minor_digits


@pytest.mark.parametrize("code", LANGUAGES)
def test_marks_months_and_signs_are_those_of_babel(code: str) -> None:
    assert locale(code) == from_babel.of(code)


def test_minor_units_are_those_of_babel() -> None:
    said = {code: digits[0] for code, digits in get_global("currency_fractions").items()}
    assert {code: minor_digits(code) for code in said} == said
    assert [minor_digits(code) for code in ("RUB", "EUR", "JPY", "KWD", "???")] == [2, 2, 0, 3, 2]
