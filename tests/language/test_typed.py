"""What people type becomes exactly the number or day they mean, or is refused with a cure."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.errors import EditError
from kpi_tui.language import Language
from kpi_tui.language.dates import DateStyle
from kpi_tui.workspace.model import Unit

EN, RU = Language("en"), Language("ru")
UNITS: st.SearchStrategy[Unit] = st.sampled_from(get_args(Unit))


@pytest.mark.parametrize(
    ("typed", "number"),
    [
        ("0", "0"),
        ("-0", "0"),
        ("1234.5", "1234.5"),
        ("1234,5", "1234.5"),
        ("1 234,5", "1234.5"),
        ("1\u00a0234,5", "1234.5"),
        ("1\u202f234\u202f567", "1234567"),
        ("1,234.5", "1234.5"),
        ("1.234,5", "1234.5"),
        ("1,234,567", "1234567"),
        ("1.234.567", "1234567"),
        ("1 234,567", "1234.567"),
        ("12'345", "12345"),
        ("130_000_000", "130000000"),
        (".5", "0.5"),
        ("0,125", "0.125"),
        ("\u22125", "-5"),
        ("+5", "5"),
        ("5 млн", "5000000"),
        ("1,2 млн.", "1200000"),
        ("5m", "5000000"),
        ("5M", "5000000"),
        ("1.2k", "1200"),
        ("30 тыс", "30000"),
        ("30 тыс. руб.", "30000"),
        ("2 млрд ₽", "2000000000"),
        ("2bn", "2000000000"),
        ("$900", "900"),
        ("900 р.", "900"),
        ("0.100", "0.1"),
    ],
)
def test_numbers_of_either_language(typed: str, number: str) -> None:
    assert str(EN.parse_number(typed, "money")) == number
    assert str(RU.parse_number(typed, "money")) == number


def test_a_lone_separator_before_three_digits_is_decided_by_the_language() -> None:
    assert EN.parse_number("1,234", "count") == 1234
    assert RU.parse_number("1,234", "count") == Decimal("1.234")
    assert EN.parse_number("1.234", "count") == RU.parse_number("1.234", "count") == Decimal("1.234")


def test_a_percent_field_takes_per_cent_with_or_without_the_sign() -> None:
    for typed in ("24.1", "24,1", "24.1%", "24.1 %"):
        assert EN.parse_number(typed, "percent") == Decimal("0.241")
    assert RU.parse_number("0,5 %", "percent") == Decimal("0.005")


def test_a_share_below_one_needs_its_sign() -> None:
    """A spreadsheet copies 28 % as 0.28: taken as 0.28 % it would be a hundred times too small."""
    with pytest.raises(EditError, match=r"'0,28' could mean 28 % or 0,28 %"):
        RU.parse_number("0,28", "percent")
    assert EN.parse_number("0", "percent") == 0
    assert EN.parse_number("1", "percent") == Decimal("0.01")


@pytest.mark.parametrize(
    "typed",
    [
        "",
        " ",
        "-",
        "x",
        "1 2",
        "12 34",
        "1 2345",
        "1.234.56",
        "1,23,4.5",
        "5.",
        "--5",
        "5 5 млн",
        "1e5",
        "٣",
        "NaN",
        "inf",
        "9" * 39,
        "1;2",
    ],
)
def test_what_is_no_number_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(EditError) as refused:
        RU.parse_number(typed, "money")
    assert refused.value.cure is not None
    assert "1234,5" in str(refused.value.cure)


def test_a_percentage_is_refused_where_it_does_not_belong() -> None:
    with pytest.raises(EditError, match="not a percentage field"):
        EN.parse_number("12%", "money")
    with pytest.raises(EditError):
        EN.parse_number("5k%", "percent")


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**18), max_value=10**18, places=9), UNITS)
def test_what_is_edited_and_left_alone_is_the_same_number(value: Decimal, unit: Unit) -> None:
    for language in (EN, RU):
        assert language.parse_number(language.editable(value, unit), unit) == value


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=-(10**12), max_value=10**12, places=0))
def test_a_number_copied_from_the_screen_can_be_typed_back(value: Decimal) -> None:
    for language in (EN, RU):
        assert language.parse_number(language.value(value, "count"), "count") == value


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_an_edit_error(typed: str) -> None:
    for language in (EN, RU):
        try:
            number = language.parse_number(typed, "percent")
        except EditError:
            continue
        assert number.is_finite()


def test_the_text_to_edit_hides_nothing() -> None:
    assert EN.editable(Decimal("130000000"), "money") == "130000000"
    assert EN.editable(Decimal("1.3E+8"), "money") == "130000000"
    assert RU.editable(Decimal("0.24105"), "percent") == "24,105 %"
    assert EN.editable(Decimal("2.50"), "ratio") == "2.5"
    assert EN.editable(None, "money") == ""


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-14",
        " 2026-11-14 ",
        "14.11.2026",
        "14.11.26",
        "14 Nov 2026",
        "14 november 2026",
        "Nov 14, 2026",
        "14-Nov-2026",
        "14 ноя 2026",
        "14 нояб. 2026",
        "14 ноября 2026 г.",
        "14\u00a0ноября\u00a02026",
        "14.11",
        "14 Nov",
        "14 ноября",
        "Nov 14",
    ],
)
def test_days_of_either_language(typed: str) -> None:
    assert EN.parse_date(typed, today=date(2026, 2, 1)) == date(2026, 11, 14)


@pytest.mark.parametrize(
    "typed", ["", "03/04/2026", "31.02.2026", "14.13.2026", "14 x 2026", "14 n 2026", "2026", "0000-01-01"]
)
def test_what_is_no_day_is_refused(typed: str) -> None:
    with pytest.raises(EditError, match="2026-11-14"):
        EN.parse_date(typed, today=date(2026, 2, 1))


def test_a_day_without_a_year_needs_today() -> None:
    with pytest.raises(EditError):
        EN.parse_date("14.11")


@given(st.dates(date(1000, 1, 1)), st.sampled_from(["medium", "long", "numeric"]))
def test_a_day_copied_from_the_screen_can_be_typed_back(day: date, style: DateStyle) -> None:
    for language in (EN, RU):
        assert language.parse_date(language.date(day, style)) == day
