"""How dates are written in a column: formats drawn from the shapes of its values, proven on all of them.

Invariant: a format is decided only by reading every value. Where day and month could change places in all of them, both
formats are returned and the choice is a person's; with dots the day stands first, as in every locale of the CLDR.
"""

from __future__ import annotations

import re
from datetime import date

import polars as pl
from msgspec import Struct

from kpi_tui.facts.dates import EXCEL, MONTHS, parsed
from kpi_tui.facts.detect.numbers import is_enough
from kpi_tui.workspace.model import Grain

NAME = re.compile(
    r"date|дата|\bday|день|дни|time|время|period|период|month|месяц|week|недел|^ds$|year|^год|fecha|datum|timestamp|когда",
    re.IGNORECASE,
)
_ISO = r"^\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?)?(?:Z|[+-]\d{2}:?\d{2})?$"
_NUMERIC = re.compile(r"^(\d{1,4})([-./ ])(\d{1,2})([-./ ])(\d{4}|\d{1,2})(.*)$")
_CLOCK = re.compile(r"^(T|,? +)(\d{1,2}):(\d{2})(:\d{2})?(\.\d+)?( ?[AaPp][Mm])?(Z| ?[+-]\d{2}:?\d{2})?$")
_NAMED = re.compile(r"^(\d{1,2})?([-./ ]*)([^\W\d_]{3,9})(\.?)([-./, ']*)(\d{1,2}(?=\D))?([-./, ']*)(\d{4}|\d{2})(.*)$")
_MONTH = re.compile(r"^(\d{4})([-./])(0[1-9]|1[0-2])$|^(0[1-9]|1[0-2])([-./])(\d{4})$")
_QUARTER = re.compile(
    r"^(\d{4})([-./ ]?)(Q|К|кв\.? ?)([1-4])$"
    r"|^(Q|К)?([1-4]|I{1,3}|IV)( ?кв\.?| ?квартал|)([-./ ]*)(\d{4})( ?г\.?)?$"
)
_WEEK = re.compile(r"^(\d{4})(-?)W(\d{2})$")
_TAILS = ("", " г.", " г", " года", "г.")
_SAMPLED = 400
_PLAUSIBLE = (1900, 2199)
_FEW = 3  # distinct values below which eight digits are a date only under a header that says so


class Dated(Struct, frozen=True):
    """A column of dates.

    `formats` are what it needs to be read, in order; `orders` more than one where day and month cannot be told apart:
    each is a whole alternative to `formats[0]`. `every` is what its format says a value covers, None for days.
    """

    formats: tuple[str, ...]
    orders: tuple[str, ...]
    every: Grain | None
    moments: bool
    read: int
    values: int
    days: pl.Series  # the distinct dates by the first order, ascending
    iso: bool = False


def detect_dates(values: pl.Series, name: str, rows: pl.Series | None = None) -> Dated | None:
    """The dates of a column from its distinct, trimmed values; None where it holds none. `name` is its header, `rows`
    says in how many rows each value stands (by default one).
    """
    if not values.len():
        return None
    if (values.str.contains(_ISO)).mean() == 1.0:
        return _dated(values, ("%Y-%m-%d",), _has_clock(values), iso=True)
    sample = values.gather_every(max(1, values.len() // _SAMPLED)).to_list()
    likely = bool(NAME.search(name))
    candidates = dict.fromkeys(form for value in sample for form in _candidates(value, likely, values.len()))
    if values.str.contains(r"^\d\D").any():
        candidates = {form: None for form in candidates if not form.startswith("%y")}  # a year is not one digit
    if not candidates:
        return None
    weights = pl.repeat(1, values.len(), eager=True) if rows is None else rows
    is_iso = values.str.contains(_ISO)
    others = values.filter(~is_iso)
    days = {form: _plausible(parsed(others, form, pl.Date())) for form in candidates}
    chosen: list[str] = []
    left = pl.Series([True] * others.len(), dtype=pl.Boolean)
    orders: tuple[str, ...] = ()
    while left.any() and len(chosen) < 3:
        counts = {form: int((days[form].is_not_null() & left).sum()) for form in candidates}
        best = max(counts.values())
        if not best:
            break
        tied = [form for form in candidates if counts[form] == best]
        different = _different(tied, days)
        if not chosen:
            orders = tuple(different)
        chosen.append(different[0])
        left &= days[different[0]].is_null()
    read = values.len() - int(left.sum())
    can_be_read = is_iso.clone().scatter((~is_iso).arg_true(), ~left)
    if not is_enough(can_be_read, weights):
        return None
    if not chosen:
        return _dated(values.filter(is_iso), ("%Y-%m-%d",), _has_clock(values.filter(is_iso)), iso=True)
    if chosen[0] == EXCEL and read < values.len():
        return None
    return _dated(values, tuple(chosen), any("%H" in form or "%I" in form for form in chosen), orders=orders, read=read)


def _has_clock(iso: pl.Series) -> bool:
    return iso.str.len_chars().max() != 10


def _dated(
    values: pl.Series,
    formats: tuple[str, ...],
    moments: bool,
    *,
    iso: bool = False,
    orders: tuple[str, ...] = (),
    read: int | None = None,
) -> Dated | None:
    from kpi_tui.facts.dates import dates

    days = dates(values, formats, pl.Date()).drop_nulls().unique().sort()
    if not days.len():
        return None
    if iso and days.len() < values.n_unique() and not moments:
        return None
    first = orders or formats[:1]
    return Dated(
        formats, first, _covers(formats[0]), moments, values.len() if read is None else read, values.len(), days, iso
    )


def _plausible(days: pl.Series) -> pl.Series:
    return days.set(~days.dt.year().is_between(*_PLAUSIBLE).fill_null(False), None)


def _different(forms: list[str], days: dict[str, pl.Series]) -> list[str]:
    """Of forms that read as many values one for each reading; with dots only those that begin with the day."""
    if any(form.startswith("%d.") for form in forms):
        forms = [form for form in forms if not form.startswith(("%m.", "%y."))]
    chosen: list[str] = []
    for form in forms:
        if not any(days[form].equals(days[other], null_equal=True) for other in chosen):
            chosen.append(form)
    return chosen


def _candidates(value: str, likely: bool, distinct: int) -> list[str]:
    """The formats that a value could be written in, by its shape."""
    value = value.strip()
    if found := _NUMERIC.match(value):
        return _with_clock(_orders(found.group(1), found.group(2), found.group(4), found.group(5)), found.group(6))
    if found := _MONTH.match(value):
        year_first = found.group(1) is not None
        return [f"%Y{found.group(2)}%m" if year_first else f"%m{found.group(5)}%Y"]
    if re.fullmatch(r"\d{8}", value) and (likely or distinct >= _FEW):
        return ["%Y%m%d", "%d%m%Y"] if likely else ["%Y%m%d"]
    if found := _WEEK.match(value):
        return [f"%G{found.group(2)}W%V"]
    if (found := _QUARTER.match(value)) and (quarters := _quarter(found)):
        return quarters
    if likely and re.fullmatch(r"\d{5}(?:[.,]\d+)?", value) and 20_000 <= int(value[:5]) <= 60_000:
        return [EXCEL]
    if likely and re.fullmatch(r"1\d{9}", value):
        return ["%s"]
    if found := _NAMED.match(value):
        return _named(found)
    return []


def _orders(first: str, one: str, two: str, last: str) -> list[str]:
    if one != two:
        return []
    if len(first) == 4:
        return [f"%Y{one}%m{one}%d"] if len(last) <= 2 else []
    if len(first) > 2:
        return []
    if len(last) == 4:
        return [f"%d{one}%m{one}%Y", f"%m{one}%d{one}%Y"]
    return [f"%d{one}%m{one}%y", f"%m{one}%d{one}%y", f"%y{one}%m{one}%d"] if len(last) == 2 else []


def _with_clock(forms: list[str], rest: str) -> list[str]:
    if rest in _TAILS:
        return [form + rest for form in forms]
    if not (found := _CLOCK.match(rest)):
        return []
    between, _, _, seconds, fraction, half, offset = found.groups()
    clock = ("%I" if half else "%H") + ":%M" + (":%S" if seconds else "") + (".%f" if fraction else "")
    half_mark = (" %p" if half.startswith(" ") else "%p") if half else ""
    return [form + between + clock + half_mark + ("%z" if offset else "") for form in forms]


def _named(found: re.Match[str]) -> list[str]:
    day, before, word, dot, after, inner, gap, year, rest = found.groups()
    if word.lower() not in MONTHS:
        return []
    if day and inner:
        return []
    mark = "%b" + (dot if dot and not after.startswith(".") and len(word) > 4 else "")
    year_mark = "%Y" if len(year) == 4 else "%y"
    if not day and before:
        return []
    head = f"%d{before}{mark}" if day else mark
    form = head + after + (f"%d{gap}" if inner else gap) + year_mark
    return _with_clock([form], rest)


def _quarter(found: re.Match[str]) -> list[str]:
    if found.group(1):
        return [f"%Y{found.group(2)}{found.group(3)}%q"]
    before, _, after, gap, _, tail = found.groups()[4:]
    if not before and not after:
        return []
    return [f"{before or ''}%q{after}{gap}%Y{tail or ''}"]


def _covers(form: str) -> Grain | None:
    if "%q" in form:
        return "quarter"
    if "%V" in form:
        return "week"
    if "%d" in form or form in (EXCEL, "%s"):
        return None
    return "month" if "%m" in form or "%b" in form or "%B" in form else "year"


def spacing(days: pl.Series) -> Grain:
    """What a row covers, from how its dates (distinct, ascending) are spaced; a day unless all say otherwise.

    At least three dates have to be 1 January, firsts of quarters or of months, or the same weekday in whole weeks.
    """
    if days.len() < 3:
        return "day"
    if (days.dt.day() == 1).all():
        months = days.dt.year().cast(pl.Int32) * 12 + days.dt.month()
        steps = months.diff().drop_nulls()
        if (steps % 12 == 0).all() and days[0].month == 1:
            return "year"
        if (steps % 3 == 0).all() and days[0].month % 3 == 1:
            return "quarter"
        return "month"
    weeks = days.cast(pl.Int32).diff().drop_nulls()
    return "week" if (weeks % 7 == 0).all() and int((weeks == 7).sum()) * 2 > weeks.len() else "day"


def parts(names: dict[str, str], ranges: dict[str, tuple[int, int]]) -> tuple[str, ...]:
    """The columns year, month (and day) of a date that is split, by their names and the ranges of their values."""
    found: dict[str, str] = {}
    for part, words, (low, high) in (
        ("year", ("year", "год", "yyyy"), (1900, 2199)),
        ("month", ("month", "месяц", "мес", "mm"), (1, 12)),
        ("day", ("day", "день", "число", "dd"), (1, 31)),
    ):
        for column, lower in names.items():
            if lower in words and column in ranges and low <= ranges[column][0] and ranges[column][1] <= high:
                found[part] = column
                break
    if "year" not in found or "month" not in found:
        return ()
    return tuple(found[part] for part in ("year", "month", "day") if part in found)


def shown(day: object) -> str:
    """A date as an example shows it, beyond doubt."""
    return day.isoformat() if isinstance(day, date) else str(day)
