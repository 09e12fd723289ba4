"""Excel workbooks: real cells, mixed columns, sheets, errors."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from tests.facts.sources import lines, loaded, rows, said


def book(
    root: Path, sheets: Mapping[str, Sequence[Sequence[Any]]], name: str = "a.xlsx", top: int = 0, left: int = 0
) -> None:
    """A workbook with these rows of cells; a string that begins with `=` and an error is a cell with that error."""
    with xlsxwriter.Workbook(root / name, {"remove_timezone": True}) as workbook:
        dates = workbook.add_format({"num_format": "dd.mm.yyyy"})
        for title, content in sheets.items():
            sheet = workbook.add_worksheet(title)
            for row, cells in enumerate(content, start=top):
                for column, cell in enumerate(cells, start=left):
                    if isinstance(cell, (date, datetime)):
                        sheet.write_datetime(row, column, cell, dates)
                    elif isinstance(cell, str) and cell.startswith("#"):
                        sheet.write_formula(row, column, "=1/0", None, cell)
                    elif isinstance(cell, str):
                        sheet.write_string(row, column, cell)
                    elif cell is not None:
                        sheet.write(row, column, cell)


def test_real_cells_keep_their_types_and_are_cast_where_declared(tmp_path: Path) -> None:
    book(
        tmp_path,
        {
            "A": [
                ["d", "c", "cost", "id", "n", "ok"],
                [date(2026, 1, 2), " x ", 0.1, 10**10, 2.5, True],
                [date(2026, 1, 3), "y", 12.25, 7, 3, False],
            ]
        },
    )
    table = loaded(
        tmp_path,
        "a.xlsx",
        time="d",
        dimensions=("c",),
        columns={"cost": "decimal", "id": "text"},
        read={"date": "%d.%m.%Y"},
    )
    assert rows(table) == [
        (date(2026, 1, 2), "x", Decimal("0.1"), "10000000000", 2.5, True),
        (date(2026, 1, 3), "y", Decimal("12.25"), "7", 3.0, False),
    ]
    assert lines(table) == [2, 3]
    assert table.findings == ()


def test_the_first_sheet_unless_another_is_named(tmp_path: Path) -> None:
    book(tmp_path, {"One": [["a"], [1]], "Two": [["a", "b"], [2, 5]]})
    assert rows(loaded(tmp_path, "a.xlsx", columns={"a": "integer"})) == [(1,)]
    assert rows(loaded(tmp_path, "a.xlsx", columns={"a": "integer"}, read={"sheet": "Two"})) == [(2, 5.0)]
    both = loaded(tmp_path, "a.xlsx", columns={"a": "integer"}, read={"sheet": "*"})
    assert rows(both) == [(1, None), (2, 5.0)]
    assert both.files == ("a.xlsx!One", "a.xlsx!Two")
    assert said(both) == ["a.xlsx!One:1 warning column 'b' is missing in 1 of 2 files and sheets: a.xlsx!One"]
    some = loaded(tmp_path, "a.xlsx", read={"sheet": ("Two", "Thre")})
    assert [str(finding.cure) for finding in some.findings] == ["its sheets are: One, Two"]
    assert some.frame is not None


def test_a_table_that_stands_somewhere_in_the_sheet(tmp_path: Path) -> None:
    book(tmp_path, {"A": [["Report", None], [None, None], ["a", "b"], [1, "x"], [None, None], [2, "y"]]}, top=2, left=1)
    table = loaded(tmp_path, "a.xlsx", columns={"a": "integer"}, read={"skip_rows": 3})
    assert rows(table) == [(1, "x"), (2, "y")]
    assert lines(table) == [6, 8]


def test_text_and_numbers_in_one_column_are_both_read(tmp_path: Path) -> None:
    book(tmp_path, {"A": [["n", "m"], [1234.5, 1], ["1\u00a0234,5", "n/a"], ["oops", 2.5]]})
    table = loaded(tmp_path, "a.xlsx", columns={"n": "decimal"}, read={"decimal": ",", "thousands": " "})
    assert rows(table) == [(Decimal("1234.5"), "1"), (Decimal("1234.5"), "n/a"), (None, "2,5")]
    assert said(table) == ["a.xlsx:4 error column 'n': 'oops' is not a number"]


def test_cells_that_hold_an_error_are_said(tmp_path: Path) -> None:
    book(tmp_path, {"A": [["n", "c"], [1, "x"], ["#DIV/0!", "#REF!"], [2, "y"]]})
    table = loaded(tmp_path, "a.xlsx", columns={"n": "integer"})
    assert rows(table) == [(1, "x"), (2, "y")]
    assert said(table) == [
        "a.xlsx:3 error cell A3 holds the error #DIV/0! and is taken as missing",
        "a.xlsx:3 error cell B3 holds the error #REF! and is taken as missing",
    ]


@pytest.mark.parametrize("content", [[], [[None, None]]])
def test_an_empty_sheet_is_said(tmp_path: Path, content: list[list[None]]) -> None:
    book(tmp_path, {"A": content})
    assert said(loaded(tmp_path, "a.xlsx")) == ["a.xlsx error the sheet has no header row"]


def test_total_rows_are_dropped_by_their_text(tmp_path: Path) -> None:
    book(tmp_path, {"A": [["d", "n"], [date(2026, 1, 2), 5], ["Итого", 5]]})
    table = loaded(tmp_path, "a.xlsx", time="d", columns={"n": "integer"}, read={"drop_rows": "d = 'Итого'"})
    assert rows(table) == [(date(2026, 1, 2), 5)]
    assert table.findings == ()


def test_floats_as_excel_stores_them(tmp_path: Path) -> None:
    book(tmp_path, {"A": [["n"], [0.1 + 0.2], [26.1415], [1e-7], [123456789.123]]})
    table = loaded(tmp_path, "a.xlsx", columns={"n": "decimal"})
    assert rows(table) == [
        (Decimal("0.3"),),
        (Decimal("26.1415"),),
        (Decimal("0.0000001"),),
        (Decimal("123456789.123"),),
    ]
    assert table.findings == ()
