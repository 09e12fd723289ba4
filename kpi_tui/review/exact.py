"""Exact arithmetic for judgements: a bonus must not depend on how a float was rounded."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from kpi_tui.metrics.answer import Value


def exact(value: Value) -> Fraction | None:
    """The value as a fraction, a float as the shortest decimal that stands for it; None stays None."""
    if value is None:
        return None
    # 3 of 100 is the float 0.03, whose binary value is a little less: as such it would miss a target of 0.03.
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def ratio(above: Fraction | None, below: Fraction | None) -> Fraction | None:
    """above / below; undefined where either is or `below` is 0."""
    return None if above is None or not below else above / below


def number(value: Fraction | None) -> Value:
    """A fraction as faces show and JSON prints it: an exact decimal where it has one of up to 12 digits, or a float."""
    if value is None:
        return None
    scaled = value * 10**12
    if scaled.denominator == 1 and abs(scaled.numerator) < 10**28:
        return Decimal(scaled.numerator).scaleb(-12).normalize() + Decimal(0)
    return float(value)


def rounded(value: Fraction, digits: int) -> Decimal:
    """Rounded half-up (away from zero) to `digits` decimals, without a detour through floats."""
    scaled = abs(value) * 10**digits
    whole = (scaled.numerator * 2 + scaled.denominator) // (scaled.denominator * 2)
    result = Decimal(whole).scaleb(-digits).quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP)
    return -result if value < 0 else result
