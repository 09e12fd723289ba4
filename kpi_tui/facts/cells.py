"""What a cell says: text -> number, date, truth value, exactly as written.

Invariant: a cell that cannot be read as its declared type becomes null *and* is marked; nothing is read approximately.
A number goes from its text to a Decimal without ever being a float, and a mark that stands where it cannot stand
(`1,23` with `,` between thousands) makes the cell broken instead of a hundred times larger.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation

import polars as pl
from msgspec import Struct

from kpi_tui.facts.dates import dates, formats, parsed
from kpi_tui.workspace.model import ColumnType, Read

MOST_DIGITS = 12
_WIDTH = 38
_HUNDRED = Decimal(100)
_SPACES = " \u00a0\u202f\u2009"
_APOSTROPHES = "'\u2019"
_MINUS = "\u2212"
_TRUTH = {
    **dict.fromkeys(("true", "1", "yes", "да", "истина"), True),
    **dict.fromkeys(("false", "0", "no", "нет", "ложь"), False),
}


class Cells(Struct, frozen=True):
    """A column as its type.

    `broken` marks cells that are not of it, `rounded` those that lost digits; None where there are none.
    """

    values: pl.Series
    broken: pl.Series | None = None
    rounded: pl.Series | None = None


def without_nulls(column: pl.Series, bare: pl.Series, read: Read) -> pl.Series:
    """`column` with null for the spellings that mean a missing cell; `bare` is the same text trimmed."""
    missing = bare.is_in(read.nulls) if len(read.nulls) > 1 else bare == read.nulls[0] if read.nulls else None
    return column if missing is None or not missing.any() else column.set(missing, None)


def trimmed(column: pl.Series) -> pl.Series:
    """A text column without the spaces around its cells, no-break spaces too."""
    return column.str.strip_chars()


def labelled(bare: pl.Series, labels: Mapping[str, str]) -> pl.Series:
    """A trimmed text column with the spellings in `labels` replaced."""
    return bare.replace(labels) if labels else bare


def typed(column: pl.Series, kind: ColumnType, read: Read) -> Cells:
    """`column` as `kind`: Int64, Decimal(38, digits found), Date, Datetime, Boolean or String.

    A text column, trimmed, is read by the source's own marks and format, any other by its type.
    """
    if kind == "text":
        return Cells(column if column.dtype == pl.String else as_written(column))
    if column.dtype != pl.String:
        return _native(column, kind, read)
    bare = column
    present = bare.is_not_null() & (bare != "")
    match kind:
        case "decimal":
            return _decimals(bare, present, read)
        case "percent":
            return _percents(bare, present, read)
        case "integer":
            return _lost(_integers(_number_text(bare, read)), present)
        case "boolean":
            return _lost(
                bare.str.to_lowercase().replace_strict(_TRUTH, default=None, return_dtype=pl.Boolean()), present
            )
        case "date":
            return _lost(dates(bare, formats(read), pl.Date()), present)
        case _:
            return _lost(dates(bare, formats(read), pl.Datetime("us")), present)


def plainly(column: pl.Series, kind: ColumnType, read: Read) -> pl.Series | None:
    """A text column of whole, clean cells as `kind`, or None where any cell needs a closer look.

    It agrees with `typed` wherever it answers, and most columns of most files need no more: nothing is trimmed, no mark
    replaced, nothing missing.
    """
    if read.thousands or any(character.isdigit() for null in read.nulls for character in null):
        return None
    match kind:
        case "integer":
            values = column.cast(pl.Int64, strict=False)
        case "decimal" if read.decimal == ".":
            scale = _digits(column)
            if scale > MOST_DIGITS or column.str.contains_any(["e", "E"]).any():
                return None
            values = column.cast(pl.Decimal(_WIDTH, scale), strict=False)
        case "date":
            values = parsed(column, formats(read)[0], pl.Date())
        case _:
            return None
    return values if not values.null_count() else None


def _digits(number: pl.Series) -> int:
    """The most digits after a point."""
    digits = number.str.len_bytes() - number.str.find(".", literal=True) - 1
    return int(digits.max() or 0)  # type: ignore[arg-type]  # the maximum of an integer column, or None


def _lost(values: pl.Series, present: pl.Series) -> Cells:
    broken = values.is_null() & present
    return Cells(values, broken if broken.any() else None)


def _native(column: pl.Series, kind: ColumnType, read: Read) -> Cells:
    """A column of Parquet or Excel as `kind`."""
    dtype = column.dtype
    present = column.is_not_null()
    if kind == "decimal" and isinstance(dtype, pl.Decimal) and dtype.scale <= MOST_DIGITS:
        return Cells(column.cast(pl.Decimal(_WIDTH, dtype.scale)))
    if kind == "boolean" and dtype == pl.Boolean:
        return Cells(column)
    if kind in ("date", "datetime") and (dtype == pl.Date or isinstance(dtype, pl.Datetime)):
        if isinstance(dtype, pl.Datetime) and dtype.time_zone:
            column = column.dt.replace_time_zone(None)  # the day that was written on the wall there
        return Cells(column.cast(pl.Date() if kind == "date" else pl.Datetime("us")))
    if kind == "integer" and dtype.is_integer():
        return _lost(column.cast(pl.Int64, strict=False), present)
    plain = Read(date=read.date)
    # A cell that is a number already is the fraction that its sheet shows as a per cent.
    cells = typed(as_written(column), "decimal" if kind == "percent" else kind, plain)
    # A float's last digits are the noise of its base, not something that anybody wrote.
    return Cells(cells.values, cells.broken, None if dtype.is_float() else cells.rounded)


def as_written(column: pl.Series) -> pl.Series:
    """A column as text: a float by its shortest digits, a whole one without a fraction."""
    words = column.cast(pl.String, strict=False)
    if not column.dtype.is_float():
        return words
    whole = column.cast(pl.Int64, strict=False)
    is_whole = (whole.cast(pl.Float64) == column).fill_null(False)
    return words.zip_with(~is_whole, whole.cast(pl.String))


def _number_text(bare: pl.Series, read: Read) -> pl.Series:
    """Numbers as Polars reads them.

    No signs, no marks between thousands, `.` before the fraction, `-` (also for `(5)` and `5-`, as accounts are kept).
    Null where a mark is out of place.
    """
    bare = _signed(bare)
    if read.strip:
        bare = _stripped(bare, read.strip)
    marks = _variants(read.thousands)
    if marks:
        group = "[" + re.escape(marks) + "]"
        grouped = bare.str.contains(group)
        if grouped.any():
            fraction = f"(?:{re.escape(read.decimal)}\\d*)?"
            proper = bare.str.contains(rf"^[+\-{_MINUS}]?\d{{1,3}}(?:{group}\d{{2,3}})*{group}\d{{3}}{fraction}$")
            bare = bare.str.replace_all(group, "").set(grouped & ~proper, None)
    if read.decimal != ".":
        strange = bare.str.contains(".", literal=True)
        if strange.any():
            bare = bare.set(strange, None)
        bare = bare.str.replace_all(read.decimal, ".", literal=True)
    if bare.str.contains(_MINUS, literal=True).any():
        bare = bare.str.replace(_MINUS, "-", literal=True)
    return bare


def _signed(bare: pl.Series) -> pl.Series:
    if bare.str.ends_with(")").any():
        bare = bare.str.replace(r"^\(([^()+-]*)\)$", "-$1")
    if bare.str.ends_with("-").any():
        bare = bare.str.replace(r"^([^+-]*\d)\s*-$", "-$1")
    return bare


def _stripped(bare: pl.Series, signs: tuple[str, ...]) -> pl.Series:
    """Cells without the signs of currency or unit before and after the number."""
    sign = "|".join(re.escape(one) for one in sorted(signs, key=len, reverse=True))
    return bare.str.replace(rf"\s*(?:{sign})$", "").str.replace(rf"^([+\-{_MINUS}]?)\s*(?:{sign})\s*", "$1")


def _variants(thousands: str) -> str:
    if thousands and thousands in _SPACES:
        return _SPACES
    return _APOSTROPHES if thousands and thousands in _APOSTROPHES else thousands


def _integers(number: pl.Series) -> pl.Series:
    values = number.cast(pl.Int64, strict=False)
    if values.null_count() == number.null_count():
        return values
    whole = number.str.replace(r"^([+-]?\d+)\.0*$", "$1")
    return whole.cast(pl.Int64, strict=False)


def _decimals(bare: pl.Series, present: pl.Series, read: Read) -> Cells:
    number = _without_exponents(_number_text(bare, read))
    scale = _digits(number)
    rounded = None
    if scale > MOST_DIGITS:
        number = number.str.replace(r"(\.\d*?)0+$", "$1")
        digits = number.str.len_bytes() - number.str.find(".", literal=True) - 1
        scale = min(_digits(number), MOST_DIGITS)
        long = (digits > MOST_DIGITS).fill_null(False)
        rounded = long if long.any() else None
    cells = _lost(number.cast(pl.Decimal(_WIDTH, scale), strict=False), present)
    return Cells(cells.values, cells.broken, rounded)


def _percents(bare: pl.Series, present: pl.Series, read: Read) -> Cells:
    """Per cents, with or without their sign, as fractions: `2,5 %` is 0.025."""
    cells = _decimals(bare.str.replace(r"\s*%$", ""), present, read)
    assert isinstance(cells.values.dtype, pl.Decimal)
    finer = cells.values.cast(pl.Decimal(_WIDTH, cells.values.dtype.scale + 2), strict=False)
    return Cells(finer / _HUNDRED, cells.broken, cells.rounded)


def _without_exponents(number: pl.Series) -> pl.Series:
    """`1.5e-3` written out. Such cells are few, so each goes through Python's exact Decimal."""
    if not number.str.contains_any(["e", "E"]).any():
        return number
    scientific = number.str.contains(r"^[+-]?(?:\d+\.?\d*|\.\d+)[eE][+-]?\d{1,3}$").fill_null(False)
    if not scientific.any():
        return number
    return number.set(scientific, None).zip_with(
        ~scientific, number.set(~scientific, None).map_elements(_expanded, return_dtype=pl.String)
    )


def _expanded(number: str) -> str | None:
    try:
        return f"{Decimal(number):f}"
    except InvalidOperation:
        return None
