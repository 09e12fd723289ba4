"""A judgement is exact: no threshold is missed because of how a float is stored."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.review.exact import exact, number, ratio, rounded


@given(st.integers(-(10**6), 10**6), st.sampled_from([10, 100, 1000, 10_000]))
def test_a_float_is_the_decimal_it_stands_for(above: int, below: int) -> None:
    assert exact(above / below) == Fraction(above, below)


def test_what_is_undefined_stays_so() -> None:
    assert exact(None) is None
    assert number(None) is None
    assert ratio(None, Fraction(1)) is None
    assert ratio(Fraction(1), None) is None
    assert ratio(Fraction(0), Fraction(0)) is None
    assert ratio(Fraction(1), Fraction(4)) == Fraction(1, 4)


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (Fraction(9, 8), Decimal("1.125")),
        (Fraction(100), Decimal(100)),
        (Fraction(0), Decimal(0)),
        (Fraction(1, 10**12), Decimal("1E-12")),
        (Fraction(-7, 2), Decimal("-3.5")),
        (Fraction(10**15) + Fraction(1, 100), Decimal("1000000000000000.01")),
    ],
)
def test_what_has_an_exact_decimal_is_one(value: Fraction, expected: Decimal) -> None:
    assert number(value) == expected
    assert isinstance(number(value), Decimal)


def test_other_fractions_are_floats() -> None:
    assert number(Fraction(1, 3)) == 1 / 3
    assert number(Fraction(10**40)) == 1e40


@given(st.fractions(-(10**9), 10**9), st.integers(0, 3))
def test_rounding_is_half_up_away_from_nought(value: Fraction, digits: int) -> None:
    with localcontext(prec=80):
        exactly = Decimal(value.numerator) / Decimal(value.denominator)
        expected = exactly.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    found = rounded(value, digits)
    assert found == expected or abs(Fraction(found) - value) == Fraction(1, 2 * 10**digits)
    assert found.as_tuple().exponent == -digits


def test_rounding_of_exact_halves() -> None:
    assert rounded(Fraction("0.005"), 2) == Decimal("0.01")
    assert rounded(Fraction("-0.005"), 2) == Decimal("-0.01")
    assert rounded(Fraction("2.675"), 2) == Decimal("2.68")
    assert rounded(Fraction("2.5"), 0) == Decimal(3)
