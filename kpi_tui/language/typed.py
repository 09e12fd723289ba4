"""What people type into a field, as values: numbers and days written the English or the Russian way.

Invariant: `parse_number(editable(value, unit), unit)` is `value`; whatever could mean two things is refused with a cure
rather than guessed, except for the one rule that is said in `parse_number`.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Context, Decimal
from typing import TYPE_CHECKING

from kpi_tui.errors import EditError, Text, text

if TYPE_CHECKING:
    from kpi_tui.workspace.model import Unit

_WIDE = Context(prec=80)
_LONGEST = 38  # digits; what the workspace and Polars hold exactly
_SPACES = str.maketrans({"\u00a0": " ", "\u202f": " ", "\u2009": " ", "\t": " ", "'": " ", "_": " "})
_MINUS = str.maketrans({"\u2212": "-", "\u2013": "-", "\u2014": "-"})
_NUMBER = re.compile(
    r"(?P<sign>[+-]?) ?(?P<prefix>[₽$€£¥]?) ?(?P<digits>[0-9.,]+(?: [0-9.,]+)*) ?"
    r"(?P<power>k|к|тыс\.?|тысяч[аи]?|m|м|mln|mio|млн\.?|миллион\w*|million|b|bn|млрд\.?|миллиард\w*|billion)? ?"
    r"(?P<suffix>[₽$€£¥%]|руб\.?|р\.?|rub|usd|eur)?\Z",
    re.IGNORECASE,
)
_THOUSAND, _MILLION = ("k", "к", "тыс"), ("m", "м")
_BILLION = ("b", "млрд", "миллиард")
_GROUPED = {mark: re.compile(rf"[0-9]{{1,3}}(?:{re.escape(mark)}[0-9]{{3}})+\Z") for mark in " .,"}
_ISO = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})\Z")
_DOTTED = re.compile(r"([0-9]{1,2})\.([0-9]{1,2})(?:\.([0-9]{4}|[0-9]{2})?)?\Z")
_DAY_MONTH = re.compile(r"([0-9]{1,2})[ -]([^\W\d_]+)\.?,?(?:[ -]([0-9]{4}))?(?: ?г\.?)?\Z")
_MONTH_DAY = re.compile(r"([^\W\d_]+)\.? ([0-9]{1,2})(?:,? ([0-9]{4}))?\Z")
_MONTHS = (
    ("january", "январь", "января"),
    ("february", "февраль", "февраля"),
    ("march", "март", "марта"),
    ("april", "апрель", "апреля"),
    ("may", "май", "мая"),
    ("june", "июнь", "июня"),
    ("july", "июль", "июля"),
    ("august", "август", "августа"),
    ("september", "сентябрь", "сентября"),
    ("october", "октябрь", "октября"),
    ("november", "ноябрь", "ноября"),
    ("december", "декабрь", "декабря"),
)


def parse_number(typed: str, unit: Unit, *, decimal: str = ".") -> Decimal:
    """The number somebody typed; `decimal` is the language's mark.

    A percent field gives a fraction: `24.1` and `24.1 %` are 0.241; below one the sign is needed. Takes spaces
    (also no-break), `'` and `_` between thousands, both decimal marks, a currency sign, `k`, `тыс`, `m`, `млн`,
    `bn`, `млрд`. A single comma or point with exactly three digits after it is decided by the language: in English
    `1,234` is a thousand-odd and `1.234` one and a bit; in Russian, which writes thousands with a space, both are
    one and a bit. Where both marks stand, the last one is the decimal mark.

    Raises EditError, with an example of how to write it.
    """
    cleaned = " ".join(typed.translate(_SPACES).translate(_MINUS).split())
    found = _NUMBER.match(cleaned)
    if found is None:
        raise _refused(text("'{typed}' is not a number", typed=typed.strip()), unit, decimal)
    suffix = found["suffix"] or ""
    if suffix == "%" and (unit != "percent" or found["power"]):
        raise _refused(
            text("'{typed}' is a percentage, and this is not a percentage field", typed=typed.strip()), unit, decimal
        )
    digits = _plain_digits(found["digits"], decimal)
    if digits is None:
        raise _refused(text("the separators in '{typed}' do not make one number", typed=typed.strip()), unit, decimal)
    if unit == "percent" and not suffix and 0 < abs(Decimal(digits)) < 1 and not found["power"]:
        raise _unsigned_share(typed.strip(), Decimal(found["sign"] + digits), decimal)
    number = Decimal(found["sign"] + digits).scaleb(_power(found["power"]) - (2 if unit == "percent" else 0), _WIDE)
    if len(digits) > _LONGEST or number.adjusted() >= _LONGEST:
        raise _refused(text("'{typed}' has too many digits", typed=typed.strip()), unit, decimal)
    return Decimal(_written(number))


def _unsigned_share(typed: str, number: Decimal, decimal: str) -> EditError:
    """A spreadsheet copies 28 % as 0.28: without its sign a number below one could be either."""
    as_share, as_it_is = (editable(number.scaleb(power, _WIDE), "percent", decimal=decimal) for power in (0, -2))
    return EditError(
        text("'{typed}' could mean {share} or {number}", typed=typed, share=as_share, number=as_it_is),
        text("write the sign: {share}", share=as_share),
    )


def editable(value: Decimal | None, unit: Unit, *, decimal: str = ".") -> str:
    """The exact text to edit: every digit, no grouping, a percent with its sign; empty where there is no value."""
    if value is None:
        return ""
    if unit == "percent":
        return _written(value.scaleb(2, _WIDE)).replace(".", decimal) + " %"
    return _written(value).replace(".", decimal)


def parse_date(typed: str, *, today: date | None = None) -> date:
    """The day somebody typed: `2026-11-14`, `14.11.2026`, `14.11.26`, `14 Nov 2026`, `Nov 14, 2026`, `14 ноября 2026`.

    Without a year it is that of `today`, or refused where there is no `today`. `03/04/2026` is refused: it means a day
    in March to some and in April to others. Raises EditError.
    """
    cleaned = " ".join(typed.translate(_SPACES).split()).casefold()
    parts = _date_parts(cleaned)
    if parts is None:
        raise _no_date(typed)
    year, month, day = parts
    if year is None:
        if today is None:
            raise _no_date(typed)
        year = today.year
    try:
        return date(year, month, day)
    except ValueError:
        raise _no_date(typed) from None


def _plain_digits(written: str, decimal: str) -> str | None:
    """`1 234,5` as `1234.5`; None where the marks make no sense or could mean two things."""
    points, commas = written.count("."), written.count(",")
    if points and commas:
        mark = max(".,", key=written.rfind)
    elif points + commas != 1:
        mark = ""  # none, or several of one kind: only thousands can repeat
    else:
        mark = "." if points else ","
        lone = " " not in written and _GROUPED[mark].match(written) and not written.startswith("0")
        if lone and mark != decimal and decimal == ".":
            mark = ""
    whole, _, part = written.rpartition(mark) if mark else (written, "", "")
    if not (part.isdigit() or (mark == "" and part == "")) or (not whole and not part):
        return None
    between = {sign for sign in whole if not sign.isdigit()}
    if len(between) > 1 or (between and not _GROUPED[between.pop()].match(whole)):
        return None
    whole = "".join(sign for sign in whole if sign.isdigit()) or "0"
    return f"{whole}.{part}" if part else whole


def _power(name: str | None) -> int:
    """The power of ten a word stands for."""
    if not name:
        return 0
    word = name.casefold().rstrip(".")
    if word.startswith(_BILLION):
        return 9
    if word.startswith(_THOUSAND):
        return 3
    assert word.startswith(_MILLION)
    return 6


def _written(number: Decimal) -> str:
    """Every digit, without trailing noughts and without an exponent; never a negative nought."""
    if number == 0:
        return "0"
    written = f"{number:f}"
    return written.rstrip("0").rstrip(".") if "." in written else written


def _date_parts(cleaned: str) -> tuple[int | None, int, int] | None:
    if found := _ISO.match(cleaned):
        return int(found[1]), int(found[2]), int(found[3])
    if found := _DOTTED.match(cleaned):
        year = int(found[3]) if found[3] else None
        return (year + 2000 if year is not None and year < 100 else year), int(found[2]), int(found[1])
    if found := _DAY_MONTH.match(cleaned):
        day, name, written_year = found[1], found[2], found[3]
    elif found := _MONTH_DAY.match(cleaned):
        name, day, written_year = found[1], found[2], found[3]
    else:
        return None
    month = _month(name)
    return None if month is None else (int(written_year) if written_year else None, month, int(day))


def _month(name: str) -> int | None:
    """1-12 for a month's name or its first three letters or more, in either language."""
    if len(name) < 3:
        return None
    return next((number for number, names in enumerate(_MONTHS, 1) if any(n.startswith(name) for n in names)), None)


def _refused(what: Text, unit: Unit, decimal: str) -> EditError:
    example = f"24{decimal}1 %" if unit == "percent" else f"1234{decimal}5"
    return EditError(what, text("write it like {example}", example=example))


def _no_date(typed: str) -> EditError:
    return EditError(
        text("'{typed}' is not a date", typed=typed.strip()),
        text("write it like 2026-11-14, 14.11.2026 or 14 Nov 2026"),
    )
