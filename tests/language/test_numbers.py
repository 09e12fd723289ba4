"""Numbers as they stand on the screen, in both languages."""

from __future__ import annotations

from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.language import Language
from kpi_tui.workspace.model import Unit

UNITS: tuple[Unit, ...] = get_args(Unit)  # money, count, percent, ratio, days, score
EN, RU = Language("en"), Language("ru")


@pytest.mark.parametrize(
    ("value", "unit", "english", "russian"),
    [
        (None, "money", "—", "—"),
        (float("nan"), "ratio", "—", "—"),
        (float("inf"), "percent", "—", "—"),
        (Decimal("1240.5"), "money", "1,241", "1 241"),
        (Decimal("35.105"), "money", "35.11", "35,11"),
        (0, "money", "0", "0"),
        (0.0231, "percent", "2.31 %", "2,31 %"),
        (Decimal("0.241"), "percent", "24.1 %", "24,1 %"),
        (1.04, "percent", "104 %", "104 %"),
        (1234567, "count", "1,234,567", "1 234 567"),
        (-0.004, "count", "0", "0"),
        (-7, "count", "\u22127", "\u22127"),
        (2.345, "ratio", "2.35", "2,35"),
        (12.34, "days", "12.3", "12,3"),
        (46.5, "score", "46.5", "46,5"),
        (1e40, "money", "1.000E+40", "1,000E+40"),
    ],
)
def test_a_value_in_its_unit(value: float | None, unit: Unit, english: str, russian: str) -> None:
    assert EN.value(value, unit).replace("\u00a0", " ") == english
    assert RU.value(value, unit).replace("\u00a0", " ") == russian


@pytest.mark.parametrize(
    ("value", "english", "russian"),
    [
        (104_234_567, "104.2 M", "104,2 млн"),
        (123_456, "123.5 K", "123 456"),
        (99_999, "99,999", "99 999"),
        (999_950, "1.0 M", "1,0 млн"),
        (-4_900_000, "\u22124.9 M", "\u22124,9 млн"),
        (10**17, "100,000.0 T", "100 000,0 трлн"),
    ],
)
def test_compact_values(value: int, english: str, russian: str) -> None:
    assert EN.value(value, "money", compact=True).replace("\u00a0", " ") == english
    assert RU.value(value, "money", compact=True).replace("\u00a0", " ") == russian


def test_changes_bear_a_sign_and_points_differ_from_per_cent() -> None:
    assert EN.signed_change(0.05) == "+5\u00a0%"
    assert EN.signed_change(-0.384) == "\u221238\u00a0%"
    assert EN.signed_change(0.048) == "+4.8\u00a0%"
    assert EN.signed_change(-0.0001) == "0\u00a0%"
    assert EN.signed_change(None) == "—"
    assert EN.signed_change(0.012, points=True) == "+1.2\u00a0pp"
    assert RU.signed_change(0.0003, points=True) == "+0,03\u00a0п.п."


def test_money_bears_its_currency() -> None:
    assert RU.money(1240, "RUB") == "1\u00a0240\u00a0₽"
    assert RU.money(Decimal("62400.5"), "RUB", exact=True) == "62\u00a0400,50\u00a0₽"
    assert EN.money(-1240, "USD") == "\u2212$1,240"
    assert EN.money(1240, "JPY", exact=True) == "¥1,240"
    assert EN.money(None, "RUB") == "—"
    assert EN.value(1240, "money", "EUR") == "€1,240"


def test_ascii_mode_keeps_to_ascii() -> None:
    plain = Language("en", ascii=True)
    shown = [
        plain.value(None, "money"),
        plain.value(-0.05, "percent"),
        plain.money(-5, "EUR"),
        plain.signed_change(-0.4),
    ]
    assert shown == ["-", "-5.00 %", "-5.00 EUR", "-40 %"]
    assert Language("ru", ascii=True).value(-1234, "count") == "-1 234"


@given(st.decimals(-(10**12), 10**12, allow_nan=False, places=3), st.sampled_from(UNITS[:2] + UNITS[3:]))
def test_what_is_shown_is_within_half_a_digit(value: Decimal, unit: Unit) -> None:
    shown = EN.value(value, unit).replace(",", "").replace("\u2212", "-")
    digits = len(shown.partition(".")[2])
    assert abs(Decimal(shown) - value) <= Decimal(5).scaleb(-digits - 1)


@given(
    st.floats(allow_nan=True, allow_infinity=True),
    st.sampled_from(UNITS),
)
def test_no_float_breaks_a_cell(value: float, unit: Unit) -> None:
    for compact in (False, True):
        shown = RU.value(value, unit, compact=compact)
        assert shown
        assert shown.replace("\u00a0", " ").isprintable()
        assert shown not in ("\u22120", "\u22120,0", "\u22120,00", "\u22120\u00a0%")


@pytest.mark.parametrize(
    ("value", "unit", "shown"),
    [
        (Decimal("45000"), "count", "45\u00a0000"),
        (Decimal("1.3E+8"), "money", "130\u00a0000\u00a0000"),
        (Decimal("1047.50"), "money", "1\u00a0047,5"),
        (Decimal("-12000.5"), "money", "\u221212\u00a0000,5"),
        (Decimal("0.31"), "percent", "31\u00a0%"),
        (Decimal("0.24105"), "percent", "24,105\u00a0%"),
        (Decimal(0), "count", "0"),
        (None, "count", ""),
    ],
)
def test_an_exact_number_has_every_digit_and_is_grouped(value: Decimal | None, unit: Unit, shown: str) -> None:
    assert RU.numbers.exact(value, unit) == shown
