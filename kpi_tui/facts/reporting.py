"""The findings about cells and rows: the first few with file and line, then how many more there are."""

from __future__ import annotations

import re
from collections.abc import Iterator

import polars as pl

from kpi_tui.errors import Place, Text, count_text, text
from kpi_tui.facts.cells import MOST_DIGITS
from kpi_tui.facts.dates import formats
from kpi_tui.facts.table import FILE, LINE, SHOWN, Findings
from kpi_tui.workspace.model import ColumnType, Source

_LONGEST = 40
_EXPECTED: dict[ColumnType, Text] = {
    "integer": text("a whole number"),
    "decimal": text("a number"),
    "percent": text("a number"),
    "date": text("a date"),
    "datetime": text("a date with a time"),
    "boolean": text("true or false"),
}
_MANY_DIGITS = re.compile(r"[+-]?\d{19,}")
_SPACED = re.compile(r"\d[ \u00a0\u202f\u2009]\d")
_COMMA = re.compile(r"\d,\d")
_SIGN = re.compile(r"[%\u2030$\u20ac\u20bd\u00a3]|руб|р\.", re.IGNORECASE)


def say_broken(
    source: Source,
    kind: ColumnType,
    column: pl.Series,
    broken: pl.Series,
    frame: pl.DataFrame,
    files: tuple[str, ...],
    findings: Findings,
) -> None:
    """One finding for each of the first broken cells, then their number. A row whose date is broken is left out."""
    for place, seen in _first(column, broken, frame, files):
        what = text(
            "column '{column}': '{seen}' is not {expected}",
            column=column.name,
            seen=_short(seen),
            expected=_EXPECTED[kind],
        )
        if column.name == source.time:
            what = text("{what}; the row is left out", what=what)
        findings.add(place, what, _cure(source, kind, seen))
    more = int(broken.sum()) - SHOWN
    if more > 0:
        findings.add(
            Place(source.path),
            count_text(
                "column '{column}': ... and {n} more such cell",
                "column '{column}': ... and {n} more such cells",
                more,
                column=column.name,
            ),
        )


def say_rounded(
    column: pl.Series, rounded: pl.Series, frame: pl.DataFrame, files: tuple[str, ...], findings: Findings
) -> None:
    """One warning for a column whose cells have more digits than are kept."""
    place, seen = next(_first(column, rounded, frame, files))
    findings.warn(
        place,
        count_text(
            "column '{column}': {n} cell has more than {digits} digits after the mark and is rounded: '{seen}'",
            "column '{column}': {n} cells have more than {digits} digits after the mark and are rounded: '{seen}'",
            int(rounded.sum()),
            column=column.name,
            digits=MOST_DIGITS,
            seen=_short(seen),
        ),
    )


def say_undated(column: str, undated: pl.DataFrame, files: tuple[str, ...], findings: Findings) -> None:
    """One warning for the rows `undated`, which are left out because they have nothing in the column `column`."""
    findings.warn(
        Place(files[undated[FILE][0]], undated[LINE][0]),
        count_text(
            "{n} row has no date in '{column}' and is left out",
            "{n} rows have no date in '{column}' and are left out; this is the first",
            undated.height,
            column=column,
        ),
        text("give them a date, or name them in `drop_rows` or `where`"),
    )


def _first(
    column: pl.Series, mask: pl.Series, frame: pl.DataFrame, files: tuple[str, ...]
) -> Iterator[tuple[Place, str]]:
    rows = mask.arg_true().head(SHOWN)
    for file, line, seen in zip(frame[FILE].gather(rows), frame[LINE].gather(rows), column.gather(rows), strict=True):
        yield Place(files[file], line), str(seen)


def _short(seen: str) -> str:
    return seen if len(seen) <= _LONGEST else seen[: _LONGEST - 1] + "…"


def _cure(source: Source, kind: ColumnType, seen: str) -> Text:
    read = source.read
    if kind in ("date", "datetime") and not re.search(r"\d", seen):
        return text("if this is a total line, name it in `drop_rows` of [source.read]")
    if kind in ("date", "datetime"):
        return text("`date` in [source.read] is '{format}': correct it or the cell", format=", ".join(formats(read)))
    if kind == "integer" and _MANY_DIGITS.fullmatch(seen.strip()):
        return text('it has more digits than a number is read with: long ids are text, declare the column as "text"')
    if kind in ("integer", "decimal", "percent"):
        if not read.thousands and _SPACED.search(seen):
            return text('set `thousands = " "` in [source.read]')
        if read.decimal != "," and read.thousands != "," and _COMMA.search(seen):
            return text('set `decimal = ","` or `thousands = ","` in [source.read]')
        if _SIGN.search(seen):
            return text('name the sign in `strip` of [source.read], or declare the column as "percent" or "text"')
        if kind == "integer" and re.search(r"\d[.,]\d", seen):
            return text('declare the column as "decimal"')
    return text("correct the cell, or add it to `nulls` in [source.read] if it means a missing one")
