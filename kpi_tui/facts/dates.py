"""Dates as people write them: text -> day or moment, by the formats a source declares.

A format is strftime's, with what exports need beside it: `%B` and `%b` are month names in English and Russian, in any
case and form (`января`, `янв.`); `%q` is the quarter (1-4 or I-IV); a format without a day (`%m.%Y`, `%Y-Q%q`,
`%G-W%V`, `%Y`) gives the first day of its period; `excel` is the day number of a spreadsheet. Invariant: a year is
never guessed from two digits unless the format says `%y` (69 and less: 20xx), and a cell that does not fit is null.
"""

from __future__ import annotations

import re

import polars as pl

from kpi_tui.workspace.model import Read

EXCEL = "excel"
_EARLIEST_YEAR = 1000  # before it a year was written with two digits where the format says four
_ISO = r"^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?))?(?:Z|[+-]\d{2}:?\d{2})?$"
_OFFSET = r"\s*(?:Z|[+-]\d{2}:?\d{2})$"
_DAY = ("%d", "%e", "%j", "%D", "%F", "%u", "%a", "%A", "%w", "%s", "%x", "%c")
_WIDTHS = {"%Y": 4, "%m": 2, "%d": 2, "%y": 2, "%H": 2, "%M": 2, "%S": 2}
_LAST_SERIAL = 109_574  # 31 December 2199
_MONTHS = (
    ("jan january", "янв январь января"),
    ("feb february", "фев февр февраль февраля"),
    ("mar march", "мар март марта"),
    ("apr april", "апр апрель апреля"),
    ("may", "май мая"),
    ("jun june", "июн июнь июня"),
    ("jul july", "июл июль июля"),
    ("aug august", "авг август августа"),
    ("sep sept september", "сен сент сентябрь сентября"),
    ("oct october", "окт октябрь октября"),
    ("nov november", "ноя нояб ноябрь ноября"),
    ("dec december", "дек декабрь декабря"),
)
MONTHS = {name: number for number, names in enumerate(_MONTHS, 1) for part in names for name in part.split()}
_QUARTERS = {"1": 1, "2": 4, "3": 7, "4": 10, "I": 1, "II": 4, "III": 7, "IV": 10}  # the month it begins with


def formats(read: Read) -> tuple[str, ...]:
    """The formats a source declares, the likeliest first."""
    return (read.date,) if isinstance(read.date, str) else read.date


def dates(bare: pl.Series, written: tuple[str, ...], dtype: pl.Date | pl.Datetime) -> pl.Series:
    """Dates by the first format that fits; a cell in the ISO form, which cannot be misread, is taken in any source."""
    values = parsed(bare, written[0], dtype)
    for other in written[1:]:
        if values.null_count() <= bare.null_count():
            return values
        values = pl.select(pl.coalesce(values, parsed(bare, other, dtype))).to_series()
    if values.null_count() > bare.null_count():
        return pl.select(pl.coalesce(values, _iso(bare, dtype))).to_series()
    return values


def parsed(bare: pl.Series, written: str, dtype: pl.Date | pl.Datetime) -> pl.Series:
    """Dates by one format and nothing else; null for every cell it does not fit and for a format that is none."""
    if written == EXCEL:
        return _serial(bare, dtype)
    if "%q" in written:
        return _quarters(bare, written).cast(dtype)
    if "%B" in written or "%b" in written:
        bare, written = _numbered(bare, written)
    if not any(directive in written for directive in _DAY):
        bare, written = _with_day(bare, written)
    # What Python calls %f is %.f to Polars after a point; an offset from UTC does not change the day on the wall.
    layout = written.replace(".%f", "%.f").replace("%f", "%6f")
    if layout.endswith(("%z", "%:z", "%Z")):
        layout = re.sub(r"\s*%:?[zZ]$", "", layout)
        bare = bare.str.replace(_OFFSET, "")
    if (width := _fixed_width(layout)) is not None:
        uneven = bare.str.len_chars() != width
        bare = bare.set(uneven, None) if uneven.any() else bare
    try:
        if "%s" in layout:
            values = bare.str.strptime(pl.Datetime("us"), layout, strict=False).cast(dtype)
        else:
            values = bare.str.strptime(dtype, layout, strict=False)
    except pl.exceptions.PolarsError:
        return pl.Series(bare.name, [None] * bare.len(), dtype=dtype)
    ancient = values.dt.year() < _EARLIEST_YEAR
    return values.set(ancient, None) if ancient.any() else values


def joined(parts: list[pl.Series]) -> pl.Series:
    """The cells of several columns with `-` between them, as `date_columns` makes one date of them; null if any is."""
    return pl.select(pl.concat_str(parts, separator="-", ignore_nulls=False)).to_series()


def _fixed_width(layout: str) -> int | None:
    """How many digits a format without marks between its parts has: Polars would read `2020013` as `%Y%m%d`."""
    directives = re.findall("%[A-Za-z]", layout)
    if len(directives) < 2 or "".join(directives) != layout or not all(part in _WIDTHS for part in directives):
        return None
    return sum(_WIDTHS[part] for part in directives)


def _with_day(bare: pl.Series, written: str) -> tuple[pl.Series, str]:
    if "%V" in written or "%U" in written or "%W" in written:
        return bare + " 1", written + " %u"
    if "%m" in written:
        return bare + " 01", written + " %d"
    return bare + " 01-01", written + " %m-%d"


def _numbered(bare: pl.Series, written: str) -> tuple[pl.Series, str]:
    """The cells and their format with the month's name as two digits."""
    dot = "" if "%b." in written or "%B." in written else r"\.?"
    parts = bare.str.extract_groups(rf"^(.*?)(\p{{L}}{{3,}}){dot}(.*)$").struct.unnest().to_series
    number = parts(1).str.to_lowercase().replace_strict(MONTHS, default=None, return_dtype=pl.Int8())
    return (parts(0) + number.cast(pl.String).str.zfill(2) + parts(2)).alias(bare.name), re.sub("%[Bb]", "%m", written)


def _quarters(bare: pl.Series, written: str) -> pl.Series:
    pattern = re.escape(written).replace("%q", r"(?P<q>[1-4]|I{1,3}|IV)").replace("%Y", r"(?P<y>\d{4})")
    if "(?P<y>" not in pattern:
        return pl.Series(bare.name, [None] * bare.len(), dtype=pl.Date)
    found = bare.str.extract_groups(f"^{pattern}$".replace("\\ ", " ")).struct.unnest()
    month = pl.col("q").replace_strict(_QUARTERS, default=None, return_dtype=pl.Int8())
    return found.select(pl.date(pl.col("y").cast(pl.Int32), month, 1).alias(bare.name)).to_series()


def _serial(bare: pl.Series, dtype: pl.Date | pl.Datetime) -> pl.Series:
    """Days since 30 December 1899, as spreadsheets count (ECMA-376, 18.17.4.1, from March 1900 on)."""
    number = bare.str.replace(",", ".", literal=True).cast(pl.Float64, strict=False)
    number = number.set(~number.is_between(61, _LAST_SERIAL).fill_null(False), None)
    seconds = (number * 86_400).round(0).cast(pl.Int64)
    since = pl.lit("1899-12-30").str.to_datetime("%Y-%m-%d", time_unit="us")
    return pl.select((since + pl.duration(seconds=pl.lit(seconds))).cast(dtype).alias(bare.name)).to_series()


def _iso(bare: pl.Series, dtype: pl.Date | pl.Datetime) -> pl.Series:
    parts = bare.str.extract_groups(_ISO).struct.unnest()
    days, times = parts.to_series(0), parts.to_series(1)
    if dtype == pl.Date:
        return days.str.strptime(pl.Date, "%Y-%m-%d", strict=False)
    clock = times.fill_null("00:00")
    clock = clock.zip_with(clock.str.len_bytes() > len("00:00"), clock + ":00")
    return (days + " " + clock).str.strptime(pl.Datetime("us"), "%Y-%m-%d %H:%M:%S%.f", strict=False)
