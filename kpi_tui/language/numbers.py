"""Numbers as people read them: `104 200 000`, `2.31 %`, `104,2 млн`, `+5 %`.

Invariant: rounding is half away from nought, never shows a negative nought, and is for the eye only; exact text comes
from `typed.editable`. Marks and the short names of millions come from the CLDR, loaded at the first number.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Context, Decimal
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kpi_tui.language.cldr import Locale
    from kpi_tui.workspace.model import Unit

Number = Decimal | float | int

NBSP = "\u00a0"
_WIDE = Context(prec=400, rounding=ROUND_HALF_UP)  # wide enough for any float written out
_LONGEST = 30  # digits before the decimal mark; beyond it a number is written as 1.234E+31
_STEPS = tuple(Decimal(1).scaleb(-digits) for digits in range(10))
_POWERS = (3, 6, 9, 12)
_MOST_PERCENT_DIGITS = 5
_COMPACT_FROM = Decimal(99_999)
_ASCII = str.maketrans({NBSP: " ", "\u202f": " ", "\u2212": "-", "—": "-"})


class Numbers:
    """Formats numbers for one language. `translate` says a template in that language."""

    def __init__(self, code: str, *, ascii: bool, translate: Callable[[str], str]) -> None:
        self.code = code
        self.ascii = ascii
        self._translate = translate

    def value(self, value: Number | None, unit: Unit, *, compact: bool = False) -> str:
        """A value in its unit's usual digits, `—` where it is undefined.

        percent takes a fraction (0.0231 -> `2.31 %`); money is whole from 100 on, else with two digits, and without its
        currency; count is whole; ratio has two digits, days and score one. `compact` writes money and counts from
        100,000 on as `104.2 M`, but not where that is the longer one.
        """
        exact = _exact(value)
        if exact is None:
            return self.undefined
        if unit == "percent":
            return self.percent(exact)
        if unit in ("money", "count"):
            whole = self.plain(exact, 2 if unit == "money" and 0 < abs(exact) < 100 else 0)
            if compact and abs(exact) > _COMPACT_FROM:
                return min(self._compact(exact), whole, key=len)  # `863,1 тыс.` says less than `863 122` in more room
            return whole
        return self.plain(exact, 2 if unit == "ratio" else 1)

    def money(self, value: Number | None, currency: str, *, exact: bool = False, compact: bool = False) -> str:
        """A sum with its currency sign: `1 240 ₽`, `$1,240`; `exact` always shows the currency's minor unit."""
        from kpi_tui.workspace.currencies import minor_digits

        amount = _exact(value)
        if amount is None:
            return self.undefined
        shown = self.plain(amount, minor_digits(currency)) if exact else self.value(amount, "money", compact=compact)
        sign = self._sign(currency)
        if self.locale.sign_first and not sign.isalpha():
            negative = shown.startswith(self.minus)
            return f"{self.minus}{sign}{shown[1:]}" if negative else f"{sign}{shown}"
        return self._finish(f"{shown}{NBSP}{sign}")

    def percent(self, fraction: Decimal) -> str:
        """A fraction as per cent with three significant digits: `101 %`, `24.1 %`, `2.31 %`, `0.179 %`, `0.0179 %`."""
        hundredfold = fraction.scaleb(2, _WIDE)
        size = abs(hundredfold)
        digits = 0 if size == 0 else min(max(2 - size.adjusted(), 0), _MOST_PERCENT_DIGITS)
        return self._finish(f"{self.plain(hundredfold, digits)}{NBSP}%")

    def signed_change(self, change: Number | None, *, points: bool = False) -> str:
        """A change with its sign: relative (0.05 -> `+5 %`), or of a percentage in `points` (0.012 -> `+1.2 pp`)."""
        exact = _exact(change)
        if exact is None:
            return self.undefined
        hundredfold = exact.scaleb(2, _WIDE)
        size = abs(hundredfold)
        digits = 0 if size >= 10 else 1
        if points and 0 < size < 1:  # a digit that says something: 0.003 pp of a rate of 0.03 %
            digits = min(max(2, -size.adjusted()), len(_STEPS) - 1)
        rounded = _round(hundredfold, digits)
        shown = self.plain(rounded, 0 if rounded == rounded.to_integral_value() else digits)
        signed = f"+{shown}" if rounded > 0 else shown
        template = self._translate("{change} pp") if points else "{change} %"
        return self._finish(template.format(change=signed).replace(" ", NBSP))

    def plain(self, value: Number, digits: int = 0) -> str:
        """A number with exactly that many digits after the mark, thousands grouped."""
        exact = value if isinstance(value, Decimal) else Decimal(repr(value))
        written = f"{exact:.3E}" if exact.adjusted() > _LONGEST else f"{_round(exact, digits):,f}"
        return self._finish(written.translate(self._marks))

    def all_digits(self, value: Decimal | float) -> str:
        """A number with the digits it has: `0.80` stays so, a whole float has none after the mark."""
        exact = value if isinstance(value, Decimal) else Decimal(repr(value))
        if not exact.is_finite():
            return self.undefined
        exponent = exact.as_tuple().exponent
        whole = isinstance(value, float) and exact == exact.to_integral_value()
        assert isinstance(exponent, int)
        return self.plain(exact, 0 if whole else min(max(0, -exponent), len(_STEPS) - 1))

    def exact(self, value: Number | None, unit: Unit) -> str:
        """Every digit it has, thousands grouped, a percent with its sign: a value as it stands in the file.

        Empty where there is none.
        """
        exact = _exact(value)
        if exact is None:
            return ""
        if unit == "percent":
            return self._finish(f"{self.all_digits(exact.scaleb(2, _WIDE).normalize(_WIDE))}{NBSP}%")
        return self.all_digits(exact.normalize(_WIDE))

    @property
    def undefined(self) -> str:
        return "-" if self.ascii else "—"

    @property
    def minus(self) -> str:
        return "-" if self.ascii else "\u2212"

    @cached_property
    def locale(self) -> Locale:
        """The language's marks and names."""
        from kpi_tui.language.cldr import locale  # at the first number, not at start

        return locale(self.code)

    @cached_property
    def _marks(self) -> dict[int, str]:
        return str.maketrans({",": self.locale.group, ".": self.locale.decimal, "-": self.minus})

    def _compact(self, value: Decimal) -> str:
        scaled = [_round(value.scaleb(-power, _WIDE), 1) for power in _POWERS]
        chosen = next((place for place, shown in enumerate(scaled) if abs(shown) < 1000), len(scaled) - 1)
        return self._finish(f"{self.plain(scaled[chosen], 1)}{NBSP}{self.locale.powers[chosen]}")

    def _sign(self, currency: str) -> str:
        sign = self.locale.signs.get(currency, currency)
        return currency if self.ascii and not sign.isascii() else sign

    def _finish(self, shown: str) -> str:
        return shown.translate(_ASCII) if self.ascii else shown


def _exact(value: Number | None) -> Decimal | None:
    """The value as a `Decimal`; a float by its shortest text, so that 0.1 is 0.1. None where undefined."""
    if value is None:
        return None
    exact = value if isinstance(value, Decimal) else Decimal(repr(value))
    return exact if exact.is_finite() else None


def _round(value: Decimal, digits: int) -> Decimal:
    rounded = value.quantize(_STEPS[digits], context=_WIDE)
    return abs(rounded) if rounded == 0 else rounded
