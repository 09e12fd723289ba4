"""What stands in the cells: missing and broken ones per column, negative counts, ids that a spreadsheet has damaged."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from kpi_tui.errors import Finding, Place, count_text, text
from kpi_tui.facts.health.values import FEW, ColumnHealth, warned
from kpi_tui.facts.table import FILE, HIDDEN, LINE, Table
from kpi_tui.formula.tree import Name, render

EXACT_DIGITS = 15
_SCIENTIFIC = r"^\d(?:[.,]\d+)?[eE]\+\d{2,}$"
_LONG = r"^\d{16,}$"
_CUT_OFF = r"^\d{15}0+$"
_LEAST_LONG = 5
_MOST = 0.5


def columns_of(table: Table) -> tuple[ColumnHealth, ...]:
    """The columns that have missing cells among the rows used, or broken ones anywhere, in the table's order."""
    if table.frame is None:
        return ()
    broken: dict[str, pl.DataFrame] = {}
    for part in table.broken:  # a large source is read in parts
        known = broken.get(part.column)
        broken[part.column] = part.cells if known is None else pl.concat([known, part.cells])
    found = []
    for name in data_columns(table):
        health = _column(table, table.frame, name, broken.get(name))
        if health.missing or health.broken:
            found.append(health)
    return tuple(found)


def data_columns(table: Table) -> list[str]:
    """The columns of a table that are its source's own."""
    return [name for name in table.frame.columns if name not in HIDDEN] if table.frame is not None else []


def cell_findings(table: Table, columns: tuple[ColumnHealth, ...]) -> Iterator[Finding]:
    """What is odd about the cells that could be read. Broken ones were said when they were read."""
    for column in columns:
        if column.missing and column.first_missing is not None and _is_number(table, column.name):
            yield warned(
                table,
                column.first_missing,
                count_text(
                    "column '{column}': {n} cell is missing and left out of sums",
                    "column '{column}': {n} cells are missing and left out of sums; this is the first",
                    column.missing,
                    column=column.name,
                ),
                text(
                    "complete them, or leave such rows out of a ratio: FILTER (WHERE {column} IS NOT NULL)",
                    column=render(Name(column.name)),
                ),
            )
    for name in data_columns(table):
        yield from _negative(table, name)
        yield from _damaged(table, name)


def _column(table: Table, frame: pl.DataFrame, name: str, broken: pl.DataFrame | None) -> ColumnHealth:
    nulls = frame[name].null_count()
    if not nulls and broken is None:
        return ColumnHealth(name)
    gone = frame.lazy().with_row_index("__row").filter(pl.col(name).is_null()).select("__row", FILE, LINE).collect()
    if broken is not None:
        gone = gone.join(broken, [FILE, LINE], "anti", maintain_order="left")
    first = table.place(gone["__row"][0]) if gone.height else None
    if broken is None:
        return ColumnHealth(name, gone.height, first)
    seen = broken["seen"].value_counts(sort=True).sort(["count", "seen"], descending=[True, False]).head(FEW)
    at = Place(table.files[broken[FILE][0]], broken[LINE][0])
    return ColumnHealth(name, gone.height, first, broken.height, at, tuple(seen.iter_rows()))


def _is_number(table: Table, name: str) -> bool:
    assert table.frame is not None
    return name in table.source.columns and table.frame.schema[name].is_numeric()


def _negative(table: Table, name: str) -> Iterator[Finding]:
    """A column declared as whole numbers counts something, and nothing is counted below nought."""
    assert table.frame is not None
    if table.source.columns.get(name) != "integer":
        return
    rows = (table.frame[name] < 0).arg_true()
    if rows.len():
        yield warned(
            table,
            table.place(rows[0]),
            count_text(
                "column '{column}': {n} cell is below zero: {seen}",
                "column '{column}': {n} cells are below zero; the first is {seen}",
                rows.len(),
                column=name,
                seen=int(table.frame[name][rows[0]]),
            ),
            text("if these are returns, say in `where` or in the formula what to do with them"),
        )


def _damaged(table: Table, name: str) -> Iterator[Finding]:
    """Ids that a spreadsheet took for numbers.

    It shows long ones as 1.03E+19 and keeps 15 digits, so that those after it become zeros (IEEE 754 double precision,
    as in Microsoft's specification of Excel). Numbers of 16 digits and more are suspect where at least half of them
    end in nothing but zeros after the 15th; by chance it would be one in ten.
    """
    assert table.frame is not None
    column = table.frame[name]
    if column.dtype != pl.String and not column.dtype.is_integer():
        return
    if column.dtype != pl.String:
        largest = column.max()
        if not isinstance(largest, int) or largest < 10**EXACT_DIGITS:
            return
    words = column.cast(pl.String)
    scientific = words.str.contains(_SCIENTIFIC).fill_null(False).arg_true()
    if scientific.len():
        yield _damage(table, name, scientific, words[scientific[0]])
        return
    long = words.str.contains(_LONG).fill_null(False)
    if int(long.sum()) >= _LEAST_LONG:
        cut = words.str.contains(_CUT_OFF).fill_null(False).arg_true()
        if cut.len() >= _MOST * int(long.sum()):
            yield _damage(table, name, cut, words[cut[0]])


def _damage(table: Table, name: str, rows: pl.Series, seen: str) -> Finding:
    return warned(
        table,
        table.place(rows[0]),
        count_text(
            "column '{column}': {n} id was damaged by a spreadsheet: {seen}",
            "column '{column}': {n} ids were damaged by a spreadsheet; the first is {seen}",
            rows.len(),
            column=name,
            seen=seen,
        ),
        text("export the file again and do not save it in a spreadsheet: several ids may have become one"),
    )
