"""How many decimals the minor unit of a currency has: the CLDR's `currency_fractions`, which a test compares."""

from __future__ import annotations

_DIGITS = {
    0: "ADP AFN ALL BIF BYR CLP COP DJF ESP GNF HUF IDR IQD IRR ISK ITL JPY KMF KPW KRW LAK LBP"
    " LUF MGA MGF MMK MRO PYG RWF SLL SOS STD SYP TMM TRL UGX UYI VND VUV XAF XOF XPF YER ZMK ZWD",
    3: "BHD JOD KWD LYD OMR TND",
    4: "CLF UYW",
}  # all others have two
_OF = {currency: digits for digits, names in _DIGITS.items() for currency in names.split()}


def minor_digits(currency: str) -> int:
    """Decimals of the currency's minor unit."""
    return _OF.get(currency, 2)
