"""What each column holds: dates, numbers, truth values, names; which words mean a missing cell.

Invariant: judged on every distinct value of a column (of a bounded number for numbers), weighed by the rows it stands
in, never on the first rows. What is not clearly something else is text, as it is in the file.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

import polars as pl
from msgspec import Struct, structs

from kpi_tui.facts.cells import as_written, trimmed
from kpi_tui.facts.detect import dates, numbers
from kpi_tui.facts.detect.dates import Dated
from kpi_tui.facts.detect.layout import TOTALS
from kpi_tui.facts.detect.numbers import Numeric
from kpi_tui.facts.table import ORIGIN

_MISSING = (
    "-", "–", "—", "--", "---", "n/a", "N/A", "#N/A", "n.a.", "NA", "na", "NULL", "null", "None", "nan", "NaN", "\\N",
    "нет данных", "Нет данных", "н/д", "Н/Д", "н.д.", "..", "…", "...", "?", "#DIV/0!", "#VALUE!", "#REF!",
    "#NUM!", "#NAME?", "#Н/Д",
    "#ДЕЛ/0!", "#ЗНАЧ!", "#ССЫЛКА!", "не указано", "(пусто)", "(blank)", "0000-00-00", "00.00.0000",
)  # fmt: skip
# These are missing in a column of text too; in the others they are one value among others.
_MISSING_TEXT = frozenset({"-", "–", "—", "--", "#N/A", "n/a", "N/A", "NULL", "null", "NaN", "nan", "\\N", "нет данных",
                           "Нет данных", "н/д", "Н/Д", "#Н/Д", "(пусто)", "(blank)"})  # fmt: skip
_TRUTHS = (({"true", "false"}, 1), ({"истина", "ложь"}, 1), ({"yes", "no"}, 2), ({"да", "нет"}, 2))
_MOST = 20_000  # distinct values from which numbers are judged: the first and the last of them
ID_NAME = re.compile(  # a word that means one, `orderId`, `clientid`, `uid`; "Paid", "Bid" and "Valid" are none
    r"(?:^|[\s_.-])(?:id|ид|uuid|guid|key|код|номер|no|sku|артикул|инн|телефон|phone|email|e-mail|zip|index|barcode|штрихкод|hash|token)(?:$|[\s_.-])|№"
    r"|(?-i:[a-zа-я]I[dD])$"
    r"|(?:^|[\s_.-])(?!(?:aid|bid|kid|lid|mid|rid)$)[a-z]id$"
    r"|(?:account|ad|adgroup|advertiser|banner|campaign|card|cart|category|click|client|company|contact|contract|cookie"
    r"|customer|deal|device|employee|event|(?:fb|g|d|y|ym)cl|msclk|ymu|group|invoice|item|keyword|lead|manager|member|offer|order"
    r"|payment|product|project|session|shop|store|subscriber|subscription|supplier|ticket|transaction|user|visit|visitor)id$",
    re.IGNORECASE,
)
_MOST_DISTINCT = 1_000
_FEW_DISTINCT = 20
_LONG_TEXT = 60
_EARLIEST = 1900


class Columns(Struct, frozen=True):
    """The columns of a table by what they hold, in the table's order.

    `missing` says how many cells each word stands in; `damaged` has a cell of each column whose ids were ruined.
    """

    dated: dict[str, Dated]
    numbers: dict[str, Numeric]
    truths: tuple[str, ...]
    texts: tuple[str, ...]
    empty: tuple[str, ...]
    missing: dict[str, int]
    damaged: dict[str, str]


def judge(frame: pl.DataFrame) -> Columns:
    """What the columns of `frame` hold, as they stand in the file; `FILE` and `LINE` aside."""
    found = Columns({}, {}, (), (), (), {}, {})
    truths: list[str] = []
    texts: list[str] = []
    empty: list[str] = []
    for name in frame.columns:
        if name in ORIGIN:
            continue
        column = frame[name]
        if column.dtype != pl.String:
            if column.null_count() == column.len():
                empty.append(name)
            elif (dated := _native_dates(column)) is not None:
                found.dated[name] = dated
            continue
        _text(name, column, found, truths, texts, empty)
    return Columns(found.dated, found.numbers, tuple(truths), tuple(texts), tuple(empty), found.missing, found.damaged)


def over_all(columns: Columns, everything: Mapping[str, pl.Series]) -> Columns:
    """`columns` of a sample with the dates decided again on every value of the source."""
    dated = dict(columns.dated)
    for name, cells in everything.items():
        values = cells.filter((cells != "") & ~cells.is_in(list(_MISSING)) & ~cells.str.contains(TOTALS))
        decided = dates.detect_dates(values, name)
        if decided is not None:
            dated[name] = decided
    return structs.replace(columns, dated=dated)


def _text(name: str, column: pl.Series, found: Columns, truths: list[str], texts: list[str], empty: list[str]) -> None:
    cells = trimmed(column).drop_nulls()
    cells = cells.filter(cells != "")
    everything, standing = cells.unique(maintain_order=True), cells.unique_counts()
    if not everything.len():
        empty.append(name)
        return
    missing = everything.is_in(list(_MISSING))
    values, rows = everything.filter(~missing), standing.filter(~missing)
    words = dict(zip(everything.filter(missing), standing.filter(missing), strict=True))
    if not values.len():
        empty.append(name)
        _count(words, found)
        return
    lower = set(values.str.to_lowercase().head(5))
    if any(lower <= pair and len(lower) >= least for pair, least in _TRUTHS):
        truths.append(name)
        _count({word: n for word, n in words.items() if word in _MISSING_TEXT}, found)
        return
    dated = dates.detect_dates(values, name, rows)
    if dated is not None:
        found.dated[name] = dated
        _count(words, found)
        return
    sample, rows = _ends(values), _ends(rows)
    lost = numbers.damaged(sample)
    number = None if lost is not None else numbers.numeric(sample, rows)
    if lost is not None:
        found.damaged[name] = lost
    if number is not None:
        found.numbers[name] = number
        _count(words, found)
        return
    texts.append(name)
    _count({word: n for word, n in words.items() if word in _MISSING_TEXT}, found)


def _ends(values: pl.Series) -> pl.Series:
    return values if values.len() <= _MOST else pl.concat([values.head(_MOST // 2), values.tail(_MOST // 2)])


def _count(words: dict[str, int], found: Columns) -> None:
    for word, number in words.items():
        found.missing[word] = found.missing.get(word, 0) + number


def _native_dates(column: pl.Series) -> Dated | None:
    """The dates of a column that has a type; whole numbers are dates under a header that says so."""
    if column.dtype == pl.Date or isinstance(column.dtype, pl.Datetime):
        days = column.cast(pl.Date).drop_nulls().unique().sort()
        if not days.len() or days[-1].year <= _EARLIEST:
            return None  # times of day: Excel counts them from its first day
        return Dated(("%Y-%m-%d",), ("%Y-%m-%d",), None, False, column.len(), column.len(), days, iso=True)
    if not column.dtype.is_numeric() or not dates.NAME.search(column.name):
        return None
    return dates.detect_dates(as_written(column.drop_nulls().unique()).drop_nulls(), column.name)


def dimensions(frame: pl.DataFrame, texts: tuple[str, ...], missing: frozenset[str]) -> tuple[str, ...]:
    """The text columns to split by: those with few values.

    At most 1,000 distinct values, and on average at least two rows a value or no more than 20 values; no longer than 60
    characters on average; the header does not say id, code, number, phone or e-mail; never all values different in more
    than 20 rows; at least two values.
    """
    chosen = []
    for name in texts:
        if ID_NAME.search(name):
            continue
        cells = trimmed(frame[name]).drop_nulls()
        cells = cells.filter((cells != "") & ~cells.is_in(list(missing)))
        distinct, rows = cells.n_unique(), cells.len()
        if distinct < 2 or distinct > _MOST_DISTINCT or (distinct == rows and rows > _FEW_DISTINCT):
            continue
        if distinct > _FEW_DISTINCT and distinct * 2 > rows:
            continue
        if float(cells.unique().str.len_chars().mean() or 0) > _LONG_TEXT:  # type: ignore[arg-type]  # of integers
            continue
        chosen.append(name)
    return tuple(chosen)
