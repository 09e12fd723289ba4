"""How numbers are written in a file: the mark before the fraction, the one between thousands, the signs around.

A source has one pair of marks. The pair that reads most columns whole wins; pairs that read as many, but not as the
same numbers (`1,234`), are a question. Invariant: what has leading zeros, more than 18 digits, or lost its digits to a
spreadsheet (`1.03E+19`) is a name and no number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal

import polars as pl
from msgspec import Struct

from kpi_tui.facts.cells import typed
from kpi_tui.workspace.model import ColumnType, Read

Marks = tuple[str, str]  # before the fraction, between thousands

PAIRS: tuple[Marks, ...] = (
    (".", ""), (",", ""), (",", " "), (".", ","), (".", " "), (",", "."), (".", "'"), (",", "'"),
)  # fmt: skip
ENOUGH = 0.95  # of the cells of a column have to be of a kind for the column to be of it
AT_LEAST = 0.5  # of its cells, where nearly all of its distinct values are
_SPACES = " \u00a0\u202f\u2009"
_GROUPS = {"": "", " ": f"[{_SPACES}]", ",": ",", ".": r"\.", "'": "['\u2019]"}
_CURRENCY = r"(?:₽|\$|€|£|¥|₸|₴|US\$|(?i:руб\.?|р\.|rub|rur|usd|eur|gbp|chf|cny|kzt|byn|uah|шт\.?|pcs))"
_SIGN = "[+\\-\u2212]?"
_CURRENCIES = {
    "RUB": r"₽|руб\.?|р\.|rub|rur", "USD": r"\$|us\$|usd", "EUR": "€|eur", "GBP": "£|gbp", "JPY": "¥", "KZT": "₸|kzt",
    "UAH": "₴|uah", "CHF": "chf", "CNY": "cny", "BYN": "byn",
}  # fmt: skip
_NUMBERISH = (
    rf"^\(?{_SIGN}\s*{_CURRENCY}?\s*{_SIGN}\s*[\d.,](?:[\d.,'’{_SPACES}]*\d)?[.,]?"
    rf"(?:[eE][+-]?\d+)?\s*(?:%|{_CURRENCY})?\s*\)?-?$"
)
_AROUND = rf"^\(?{_SIGN}\s*({_CURRENCY}?)\s*{_SIGN}[\d.,'’eE+\-{_SPACES}]*?\s*({_CURRENCY}?)\)?-?$"
_LONG = r"^\(?[+\-\u2212]?\d{19,}$"
_ZEROS = r"^0\d+$"
_LOST = r"^\d(?:[.,]\d+)?[eE]\+(\d{2,})$"
_COMPARED = 2_000  # values of a column on which the marks are tried
_CODES = 0.005  # of the cells: names with digits among whole numbers from which these are names too
_CODE_DIGITS = 5  # whole numbers of one length, so long or longer, are names where anything else stands among them
_LOST_FROM = 11  # a spreadsheet shows whole numbers of 12 digits and more in this form


class Numeric(Struct, frozen=True):
    """A column that holds numbers: its distinct values as written, in how many rows each of them stands, and the signs
    of currency or unit among them.
    """

    values: pl.Series
    rows: pl.Series
    signs: tuple[str, ...]
    percent: bool


class Reading(Struct, frozen=True):
    """A pair of marks and how many columns it reads whole."""

    marks: Marks
    columns: int


def numeric(values: pl.Series, rows: pl.Series) -> Numeric | None:
    """`values` (distinct, trimmed, none missing, each in so many `rows`) as a column of numbers; None for text."""
    if not values.len() or is_name(values):
        return None
    is_number = values.str.contains(_NUMBERISH)
    if not is_enough(is_number, rows) or _are_codes(values, is_number, rows):
        return None
    kept = values.filter(is_number)
    signs = kept.str.extract_groups(_AROUND).struct.unnest()
    found = {sign for at in range(2) for sign in signs.to_series(at).unique() if sign}
    with_percent = kept.str.ends_with("%")
    percent = bool((with_percent | kept.is_in(["0", "0,0", "0.0", "0,00", "0.00"])).all() and with_percent.any())
    if with_percent.any() and not percent:
        return None
    return Numeric(kept, rows.filter(is_number), tuple(sorted(found)), percent)


def is_enough(holds: pl.Series, rows: pl.Series) -> bool:
    """Whether distinct values that are of a kind make a column of it: a broken cell is one, however few values there
    are, and so is a word for what is missing that stands in many.
    """
    cells = share(holds, rows)
    return cells >= ENOUGH or (cells >= AT_LEAST and share(holds) >= ENOUGH)


def share(holds: pl.Series, rows: pl.Series | None = None) -> float:
    """The share of the rows, or of the values themselves, that hold."""
    whole = holds.len() if rows is None else int(rows.sum())
    return int(holds.sum() if rows is None else rows.filter(holds).sum()) / whole if whole else 0.0


def _are_codes(values: pl.Series, is_number: pl.Series, rows: pl.Series) -> bool:
    """Whether numbers with something else among them are names of things: whole and all of a length, or beside others
    that hold digits too (`536365` and `C536379`). Nothing is said of columns of which nearly every value is a number.
    """
    if share(is_number) >= ENOUGH:
        return False
    numbers = values.filter(is_number)
    if not numbers.str.contains(r"^\d+$").all():
        return False
    lengths = numbers.str.len_chars().unique()
    alike = ~is_number & values.str.contains(r"\d")
    return (lengths.len() == 1 and lengths[0] >= _CODE_DIGITS) or share(alike, rows) > _CODES


def currencies(signs: Iterable[str]) -> dict[str, str]:
    """The currencies that signs stand for, each with the first of its signs."""
    found: dict[str, str] = {}
    for sign in signs:
        named = (code for code, pattern in _CURRENCIES.items() if re.fullmatch(pattern, sign.lower()))
        if (code := next(named, None)) is not None:
            found.setdefault(code, sign)
    return found


def is_name(values: pl.Series) -> bool:
    """Whether values that look like numbers are names: leading zeros, more digits than a number can hold, damage."""
    return bool(values.str.contains(_ZEROS).any() or values.str.contains(_LONG).any() or damaged(values))


def damaged(values: pl.Series) -> str | None:
    """One of the values whose digits a spreadsheet has replaced by an exponent, where that is what happened."""
    powers = values.str.extract(_LOST).cast(pl.Int64, strict=False)
    far = (powers >= _LOST_FROM).fill_null(False)
    others = values.filter(~far)
    if not far.any() or others.str.contains(r"[.,]").any() or (far.sum() < others.len() and _short(others)):
        return None
    return str(values.filter(far)[0])


def _short(others: pl.Series) -> bool:
    return int(others.str.len_chars().max() or 0) < _LOST_FROM  # type: ignore[arg-type]  # of an integer column


def choose(columns: Mapping[str, Numeric]) -> list[Reading]:
    """The pairs of marks that read most columns, one for each way in which they differ; the plainest first.

    More than one is a question. Without any number the first pair is the answer.
    """
    bare = {name: _bare(column).head(_COMPARED) for name, column in columns.items()}
    rows = {name: column.rows.head(_COMPARED) for name, column in columns.items()}
    fits = {
        marks: frozenset(name for name in bare if is_enough(bare[name].str.contains(_pattern(marks)), rows[name]))
        for marks in PAIRS
    }
    most = max(map(len, fits.values()), default=0)
    chosen: list[Reading] = []
    seen: list[list[object]] = []
    together = pl.concat([*bare.values(), pl.Series(dtype=pl.String)]).unique(maintain_order=True)
    marked = together.filter(together.str.contains(r"\d[^\d]\d"))
    for marks in PAIRS:
        if len(fits[marks]) < most:
            continue
        read = _read(marked, marks)
        if read not in seen:
            seen.append(read)
            chosen.append(Reading(marks, most))
    return chosen


def differing(columns: Mapping[str, Numeric], one: Marks, other: Marks) -> tuple[str, str, str] | None:
    """A value that two pairs of marks read differently, and as what each of them does."""
    for column in columns.values():
        values = _bare(column)
        for seen, first, second in zip(values, _read(values, one), _read(values, other), strict=True):
            if first != second and first is not None and second is not None:
                return str(seen), _plain(first), _plain(second)
    return None


def _plain(value: object) -> str:
    assert isinstance(value, Decimal)
    return f"{value.normalize():f}"


def column_type(column: Numeric, marks: Marks) -> ColumnType | None:
    """What a column is with these marks; None where they do not read it."""
    bare = _bare(column)
    if not is_enough(bare.str.contains(_pattern(marks)), column.rows):
        return None
    if column.percent:
        return "percent"
    fraction = rf"\d{re.escape(marks[0])}\d*[eE]?|[eE]"
    return "decimal" if bare.str.contains(fraction).any() or column.signs else "integer"


def _bare(column: Numeric) -> pl.Series:
    values = column.values.str.replace(r"\s*%$", "")
    if column.signs:
        sign = "|".join(re.escape(one) for one in sorted(column.signs, key=len, reverse=True))
        values = values.str.replace_all(rf"\s*(?:{sign})\s*", "")
    return values


def _pattern(marks: Marks) -> str:
    decimal, thousands = marks
    whole = r"\d+"
    if thousands:
        group = _GROUPS[thousands]
        whole = rf"(?:\d+|[1-9]\d{{0,2}}(?:{group}\d{{2,3}})*{group}\d{{3}})"
    fraction = rf"(?:{re.escape(decimal)}\d*)?"
    return rf"^\(?{_SIGN}\s*(?:{whole}{fraction}|{re.escape(decimal)}\d+)(?:[eE][+-]?\d+)?\)?-?$"


def _read(values: pl.Series, marks: Marks) -> list[object]:
    """Some of the values, those with marks in them, as numbers."""
    scaled = typed(values, "decimal", Read(decimal=marks[0], thousands=marks[1])).values
    return scaled.to_list()
