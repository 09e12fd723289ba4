"""Where the table begins and ends: preamble, header lines, total lines.

Invariant: a line is taken for preamble only above a fuller one, and for a total only by the words that say so.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

import polars as pl
from msgspec import Struct

from kpi_tui.facts.table import ORIGIN

_LOOK = 60  # records from the top within which a header is looked for
_FULL = 0.75  # of the fullest record's cells make a header
_VALUE = re.compile(r"[^\w]*\d[\d\s.,:/'’\u00a0\u202f+-]*\s*(?:%|\w{1,3}\.?)?")
_PERIOD = re.compile(
    r"(?:19|20)\d\d(?:\.0)?|(?:19|20)\d\d[-./]\d\d?(?:[-./]\d\d?)?|(?:\d\d?[-./])?\d\d?[-./](?:19|20)\d\d"
)
TOTALS = (
    r"(?i)^\W*(?:итого|всего|общий итог|итог|промежуточный итог|total|totals|grand total|sub-?total|overall total"
    r"|gesamt|gesamtsumme|summe|suma|somme)"
    r"(?:,?\s*(?:по|за|с|без|к|в|на|for|of|in|with|without|incl|excl|including|excluding|due)\b.*)?\W*$"
)


class Layout(Struct, frozen=True):
    """How many lines to skip, how many name the columns (0: none), and what those lines say."""

    skip_rows: int
    header_rows: int
    header: tuple[tuple[str, ...], ...]


class Totals(Struct, frozen=True):
    """The lines of `column` whose cell is one of `values`; `sure` where they cannot be ordinary rows."""

    column: str
    values: tuple[str, ...]
    rows: int
    sure: bool


def detect_layout(records: Sequence[tuple[int, Sequence[str]]]) -> Layout:
    """The layout of records from the top of a file (blank ones aside), each with the line or row it begins on."""
    top = records[:_LOOK]
    if not top:
        return Layout(0, 1, ())
    fullest = sorted(_filled(cells) for _, cells in top)[-max(1, len(top) // 10) - 1 :][0]
    at = next(index for index, (_, cells) in enumerate(top) if _is_full(cells, fullest, first=index == 0))
    if _is_data(top, at):
        return Layout(_skip(top, at), 0, ())
    first, last = at, at
    if at and _completes(top[at - 1][1], top[at][1]):
        first = at - 1
    elif at + 1 < len(top) and _is_second(top, at):
        last = at + 1
    header = tuple(tuple(cells) for _, cells in top[first : last + 1])
    return Layout(_skip(top, first), last - first + 1, header)


def _is_full(cells: Sequence[str], fullest: int, *, first: bool) -> bool:
    """Whether a record has the cells of a header; a first line may lack the name of the rows' index."""
    filled = _filled(cells)
    return filled >= max(1, _FULL * fullest) or (first and filled == fullest - 1 > 0 and not cells[0])


def _filled(cells: Sequence[str]) -> int:
    return sum(1 for cell in cells if cell)


def _skip(top: Sequence[tuple[int, Sequence[str]]], at: int) -> int:
    """The lines above record `at`; blank ones just above it are skipped by every reader, but may be counted too."""
    return top[at][0] - 1 if at else 0


def _is_value(cell: str) -> bool:
    return bool(_VALUE.fullmatch(cell))


def _is_data(top: Sequence[tuple[int, Sequence[str]]], at: int) -> bool:
    """Whether record `at` is like those below it: where they have values, it has values that are no names (periods)."""
    cells, body = top[at][1], [below for _, below in top[at + 1 :]]
    if not body:
        return _filled(cells) > 1 and sum(map(_is_value, cells)) * 2 >= _filled(cells)
    valued = [
        column
        for column in range(len(cells))
        if cells[column] and sum(1 for row in body if column < len(row) and _is_value(row[column])) * 2 > len(body)
    ]
    alike = [column for column in valued if _is_value(cells[column])]
    if not valued or len(alike) < len(valued):
        return False
    periods = [cells[column] for column in alike if _PERIOD.fullmatch(cells[column])]
    if len(periods) == len(alike) and len(set(periods)) == len(periods) and len(periods) > 1:
        return any(_PERIOD.fullmatch(row[column]) for row in body for column in alike if column < len(row))
    return True


def _completes(above: Sequence[str], names: Sequence[str]) -> bool:
    """Whether the line above is the upper half of a header: it names what the lower leaves unnamed or names twice."""
    upper = [cell for cell in above if cell]
    if len(upper) < 2 and not (upper and len(above) == len(names) and not above[0]):
        return False
    lower = [cell for cell in names if cell]
    twice = len(set(lower)) < len(lower)
    gaps = any(not name and column < len(above) and above[column] for column, name in enumerate(names))
    return twice or (gaps and len(upper) > 1)


def _is_second(top: Sequence[tuple[int, Sequence[str]]], at: int) -> bool:
    """Whether the line below the header is its lower half: names again, where the rows have values."""
    cells, below = top[at][1], top[at + 1][1]
    named = [cell for cell in cells if cell]
    blank = any(not cell for cell in cells)
    if (len(set(named)) == len(named) and not blank) or any(map(_is_value, filter(None, below))):
        return False
    body = [row for _, row in top[at + 2 :]]
    return any(
        column < len(row) and _is_value(row[column]) and column < len(below) and below[column]
        for row in body
        for column in range(len(row))
    )


def find_totals(frame: pl.DataFrame, time_like: Sequence[str] = ()) -> list[Totals]:
    """The total lines of `frame`, whose text columns are as written, column by column."""
    found: list[Totals] = []
    names = [name for name in frame.columns if name not in ORIGIN]
    worded = [name for name, dtype in frame.schema.items() if dtype == pl.String]
    present = frame.select(pl.col(worded).str.contains(TOTALS).any()).row(0) if worded else ()
    left = frame
    for name in [name for name, has in zip(worded, present, strict=True) if has]:
        if not left.height:
            continue
        is_total = left[name].str.contains(TOTALS).fill_null(False)
        if not is_total.any() or int(is_total.sum()) * 2 > left.height + 2:
            continue
        lines = left.filter(is_total)
        sure = name in time_like or _have_gaps(lines, [other for other in names if other != name])
        values = tuple(lines[name].unique(maintain_order=True))
        found.append(Totals(name, values, lines.height, sure))
        left = left.filter(~is_total)
    return found


def _have_gaps(lines: pl.DataFrame, names: Sequence[str]) -> bool:
    """Whether each of the lines lacks a cell, as lines of sums do where the others have a name or date."""
    words = [pl.col(name).cast(pl.String, strict=False).str.strip_chars().fill_null("") == "" for name in names]
    return not words or bool(lines.select(pl.any_horizontal(words).all()).item())


def totals_condition(totals: Sequence[Totals]) -> str:
    """The `drop_rows` that names these lines."""
    return " OR ".join(_condition(one) for one in totals)


def _condition(totals: Totals) -> str:
    name = _identifier(totals.column)
    values = [_quoted(value) for value in totals.values]
    if len(values) == 1:
        return f"{name} = {values[0]}"
    if len(values) <= 8:
        return f"{name} IN ({', '.join(values)})"
    words = sorted({value.split()[0] for value in totals.values})
    return " OR ".join(f"{name} LIKE {_quoted(word + '%')}" for word in words)


def _identifier(name: str) -> str:
    if re.fullmatch(r"[^\W\d]\w*", name) and name.lower() not in _RESERVED:
        return name
    return '"' + name.replace('"', '""') + '"'


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


_RESERVED = frozenset(
    [
        "select",
        "from",
        "where",
        "group",
        "order",
        "by",
        "and",
        "or",
        "not",
        "in",
        "is",
        "null",
        "like",
        "between",
        "case",
        "when",
        "then",
        "else",
        "end",
        "as",
        "on",
        "join",
        "union",
        "all",
        "distinct",
        "having",
        "limit",
        "cast",
        "true",
        "false",
    ]
)
