"""Tables of SQLite files -> a frame, by the standard library, opened for reading only.

Invariant: the file is never written to or locked against others, and no cell is lost: a column whose cells are of one
type keeps it, a column of mixed cells is text, as SQLite itself lets each cell be of its own type.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import polars as pl

from kpi_tui.errors import Place, did_you_mean, text
from kpi_tui.facts.delimited import Rows, entitled
from kpi_tui.facts.files import File
from kpi_tui.facts.table import LINE, Findings

_TABLES = "SELECT name FROM sqlite_master WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite_%' ORDER BY name"


def tables(path: Path) -> list[str]:
    """The names of its tables and views. Raises sqlite3.Error."""
    with closing(_opened(path)) as database:
        return [name for (name,) in database.execute(_TABLES)]


def read(file: File, table: str, findings: Findings) -> Rows | None:
    """The rows of `table`, or of the only one where it is empty; `LINE` is the number of the row."""
    try:
        present = tables(file.path)
        wanted = table or (present[0] if len(present) == 1 else "")
        if wanted not in present:
            _say_missing(file.name, table, present, findings)
            return None
        with closing(_opened(file.path)) as database:
            cursor = database.execute('SELECT * FROM "{}"'.format(wanted.replace('"', '""')))
            header = [column[0] for column in cursor.description]
            records = cursor.fetchall()
    except (sqlite3.Error, OverflowError) as error:
        findings.add(
            Place(file.name),
            text("this database cannot be read: {reason}", reason=str(error)),
            text("copy it while no program writes to it"),
        )
        return None
    columns = [_column([record[at] for record in records]).alias(f"c{at}") for at in range(len(header))]
    line = pl.int_range(1, len(records) + 1, dtype=pl.UInt32, eager=True).alias(LINE)
    return entitled(pl.DataFrame([*columns, line]), header, Place(file.name), 0, findings)


def _opened(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)


def _column(cells: Sequence[object]) -> pl.Series:
    kinds = {type(cell) for cell in cells if cell is not None}
    if kinds == {int}:
        return pl.Series(cells, dtype=pl.Int64)
    if kinds == {float}:
        return pl.Series(cells, dtype=pl.Float64)
    return pl.Series([_written(cell) for cell in cells], dtype=pl.String)


def _written(cell: object) -> str | None:
    match cell:
        case None | str():
            return cell
        case bytes():
            return cell.hex()
        case float():
            return str(int(cell)) if cell.is_integer() else repr(cell)
        case _:
            return str(cell)


def _say_missing(name: str, table: str, present: list[str], findings: Findings) -> None:
    names = ", ".join(present)
    if not present:
        findings.add(Place(name), text("the database has no tables"))
    elif not table:
        findings.add(
            Place(name), text("the database has several tables: {names}", names=names), text("name one in `table`")
        )
    else:
        findings.add(
            Place(name),
            text("there is no table '{table}'", table=table),
            did_you_mean(table, present) or text("its tables are: {names}", names=names),
        )
