"""Excel workbooks: each sheet -> a frame with the sheet's rows, read by calamine.

Invariant: no cell is lost on the way. A column whose cells are of one type keeps it; a column with mixed cells is text,
where a number is written with the source's decimal mark, as a text cell would be. Cells that hold an error (#DIV/0!),
which calamine hands out as blanks, are found in the file itself.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import polars as pl

from kpi_tui.errors import Place, count_text, did_you_mean, text
from kpi_tui.facts.cells import as_written
from kpi_tui.facts.delimited import Rows, entitled, merged
from kpi_tui.facts.files import File
from kpi_tui.facts.table import LINE, SHOWN, Findings
from kpi_tui.workspace.model import Read
from kpi_tui.workspace.trouble import reason

if TYPE_CHECKING:
    from fastexcel import DType, ExcelReader

_PLAIN_NUMBER = r"^-?\d+\.\d+$"
_SHORTENED = r"^-?(?:\d+\.\d{9}|0)$"
_ERROR_CELL = re.compile(rb'<c\b[^>]*?\br="([A-Z]+)(\d+)"[^>]*?\bt="e"[^>]*>.*?<v>([^<]*)</v>', re.DOTALL)
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def read(file: File, read: Read, as_text: Collection[str], findings: Findings) -> Iterator[tuple[str, Rows]]:
    """The rows of each sheet asked for, with the name a finding gives it: `book.xlsx`, or `book.xlsx!Sheet`.

    Columns named in `as_text` come as text, whatever their cells are; `LINE` is the sheet's row.
    """
    import logging

    import fastexcel  # 30 ms that only workbooks should cost

    # It would write to the terminal, over the screen, that a column has cells of several types; that is handled here.
    logging.getLogger("fastexcel").setLevel(logging.ERROR)
    try:
        # Polars' arrow types and the bytes are all that is taken; the file is not held open.
        book = fastexcel.read_excel(file.path.read_bytes())
    except OSError as error:
        findings.add(Place(file.name), text("the file cannot be read: {reason}", reason=reason(error)))
        return
    except fastexcel.FastExcelError:
        findings.add(Place(file.name), text("this is not an Excel workbook, or it is broken or locked by a password"))
        return
    wanted = _wanted(book.sheet_names, read.sheet, file.name, findings)
    for sheet in wanted:
        name = file.name if not read.sheet else f"{file.name}!{sheet}"
        try:
            rows = _sheet(book, sheet, read, as_text, name, findings)
        except fastexcel.FastExcelError as error:
            findings.add(Place(name), text("the sheet cannot be read: {reason}", reason=str(error).splitlines()[0]))
            continue
        if rows is not None:
            _say_errors(file.path, sheet, rows.header, name, findings)
            yield name, rows


def _wanted(present: list[str], sheet: str | tuple[str, ...], name: str, findings: Findings) -> list[str]:
    if sheet == "*":
        return present
    if not sheet:
        return present[:1]
    names = [sheet] if isinstance(sheet, str) else list(sheet)
    for missing in [asked for asked in names if asked not in present]:
        findings.add(
            Place(name),
            text("there is no sheet '{sheet}'", sheet=missing),
            did_you_mean(missing, present) or text("its sheets are: {sheets}", sheets=", ".join(present)),
        )
    return [asked for asked in names if asked in present]


def _sheet(
    book: ExcelReader, sheet: str, read: Read, as_text: Collection[str], name: str, findings: Findings
) -> Rows | None:
    letters = book.load_sheet(sheet, header_row=None, skip_rows=read.skip_rows, dtypes="string").to_polars()
    header_at = _first_filled(letters)
    if header_at is None:
        findings.add(Place(name), text("the sheet has no header row"), text("check `skip_rows` in [source.read]"))
        return None
    if read.header_rows:
        found = letters.slice(header_at, read.header_rows).rows()
        header = merged([[(cell or "").strip() for cell in row] for row in found])
    else:
        header = [f"column_{at + 1}" for at in range(letters.width)]
    letters = letters.slice(header_at + read.header_rows)
    above = read.skip_rows + header_at + read.header_rows  # rows up to and with the header
    columns = []
    typed = _below(book, sheet, above, None) if letters.height else letters
    numbers: pl.DataFrame | None = None
    for index, title in enumerate(header):
        written, column = letters.to_series(index), typed.to_series(index)
        if column.dtype == pl.String or column.null_count() > written.null_count():
            numbers = _below(book, sheet, above, "float") if numbers is None and letters.height else numbers
            column = written if numbers is None else _mixed(written, numbers.to_series(index), read)
        elif title in as_text:
            column = as_written(column)
        columns.append(column.alias(f"c{index}"))
    lines = pl.int_range(above + 1, above + 1 + letters.height, dtype=pl.UInt32, eager=True).alias(LINE)
    return entitled(pl.DataFrame([*columns, lines]), header, Place(name, above), 0, findings)


def _below(book: ExcelReader, sheet: str, above: int, kind: DType | None) -> pl.DataFrame:
    """The rows below the header, each column as the type of its cells or as `kind`, null where a cell is not of it."""
    return book.load_sheet(sheet, header_row=None, skip_rows=above, schema_sample_rows=None, dtypes=kind).to_polars()


def _first_filled(frame: pl.DataFrame) -> int | None:
    filled = pl.any_horizontal(pl.all().is_not_null() & (pl.all() != ""))
    return frame.select(filled.arg_max()).item() if frame.width and frame.select(filled.any()).item() else None


def _mixed(letters: pl.Series, numbers: pl.Series, read: Read) -> pl.Series:
    """A column of text and numbers as text: numbers in full, with the mark that the source's text cells use.

    calamine writes numbers with a point and only nine digits after it, and hands out text that looks like one as one
    too.
    """
    shortened = letters.str.contains(_SHORTENED).fill_null(False) & numbers.is_not_null()
    full = letters.zip_with(~shortened, as_written(numbers))
    if read.decimal == ".":
        return full
    marked = full.str.replace(".", read.decimal, literal=True)
    return full.zip_with(~full.str.contains(_PLAIN_NUMBER).fill_null(False), marked)


def _say_errors(path: Path, sheet: str, header: int, name: str, findings: Findings) -> None:
    found = [(int(row), column, value) for column, row, value in _error_cells(path, sheet) if int(row) > header]
    for row, column, value in found[:SHOWN]:
        findings.add(
            Place(name, row),
            text("cell {cell} holds the error {value} and is taken as missing", cell=f"{column}{row}", value=value),
            text("correct its formula in the workbook"),
        )
    if len(found) > SHOWN:
        more = len(found) - SHOWN
        findings.add(
            Place(name), count_text("... and {n} more cell with an error", "... and {n} more cells with errors", more)
        )


def _error_cells(path: Path, sheet: str) -> list[tuple[str, str, str]]:
    """Column, row and text of each cell of `sheet` that holds an error."""
    try:
        with zipfile.ZipFile(path) as package:
            content = package.read(_part(package, sheet))
    except (OSError, KeyError, zipfile.BadZipFile, ElementTree.ParseError):
        return []
    if b't="e"' not in content:
        return []
    return [
        (column.decode(), row.decode(), value.decode())
        for cell in content.split(b"</c>")
        if b't="e"' in cell
        for column, row, value in _ERROR_CELL.findall(cell[cell.rfind(b"<c ") :])
    ]


def _part(package: zipfile.ZipFile, sheet: str) -> str:
    """The name, inside the workbook's package, of the part that holds `sheet`. Raises KeyError."""
    book = ElementTree.fromstring(package.read("xl/workbook.xml"))
    key = next((entry.get(_RELATION) for entry in book.iter(f"{_MAIN}sheet") if entry.get("name") == sheet), None)
    relations = ElementTree.fromstring(package.read("xl/_rels/workbook.xml.rels"))
    target = next((relation.get("Target", "") for relation in relations if relation.get("Id") == key), "")
    return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
