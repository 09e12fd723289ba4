"""Cells as their type: exact, or null and said."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Context, Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_tui.facts.cells import plainly, trimmed, typed
from kpi_tui.workspace.model import ColumnType, Read
from tests.facts.sources import csv, rows, said


def read(cells: list[str | None], kind: ColumnType, **how: Any) -> list[Any]:
    return typed(trimmed(pl.Series("x", cells, dtype=pl.String)), kind, Read(**how)).values.to_list()


def broken(cells: list[str | None], kind: ColumnType, **how: Any) -> list[str | None]:
    """The cells that could not be read."""
    mask = typed(trimmed(pl.Series("x", cells, dtype=pl.String)), kind, Read(**how)).broken
    return [] if mask is None else [cell for cell, lost in zip(cells, mask, strict=True) if lost]


def test_decimals_are_exact_and_keep_the_digits_found() -> None:
    column = pl.Series("x", ["0.1", "100000000000000000.07", "-3", None, " 2.5 ", "+1", ".5", "7."])
    values = typed(trimmed(column), "decimal", Read()).values
    assert values.dtype == pl.Decimal(38, 2)
    assert values.to_list() == [
        Decimal(x) if x else None for x in ("0.1", "100000000000000000.07", "-3", "", "2.5", "1", "0.5", "7")
    ]


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f", "\u2009"])
def test_any_space_stands_between_thousands(space: str) -> None:
    assert read([f"1{space}234{space}567,89", "5,1"], "decimal", thousands=" ", decimal=",") == [
        Decimal("1234567.89"),
        Decimal("5.1"),
    ]
    assert read([f"17{space}861"], "integer", thousands=" ") == [17861]


def test_the_minus_of_typesetters() -> None:
    assert read(["\u22125", "\u22121 000,5"], "decimal", thousands=" ", decimal=",") == [
        Decimal(-5),
        Decimal("-1000.5"),
    ]


def test_indian_groups_and_apostrophes() -> None:
    assert read(["12,34,567.8"], "decimal", thousands=",") == [Decimal("1234567.8")]
    assert read(["1'234.5", "1\u2019234.5"], "decimal", thousands="'") == [Decimal("1234.5")] * 2


@pytest.mark.parametrize(
    ("cell", "how"),
    [
        ("1,23", {"thousands": ","}),  # a decimal comma: 123 would be a hundredfold
        ("12,3456", {"thousands": ","}),
        ("1.234,5", {"thousands": ","}),
        ("1.5", {"decimal": ","}),
        ("1 5", {"thousands": " "}),
        ("1,5", {}),
        ("1 234", {}),
        ("12%", {}),
        ("100 руб.", {}),
        ("#REF!", {}),
        ("nan", {}),
        ("inf", {}),
        ("--1", {}),
        ("1_000", {}),
        ("0x10", {}),
        ("1e", {}),
        ("9" * 40, {}),
    ],
)
def test_what_is_not_a_number_is_broken(cell: str, how: dict[str, Any]) -> None:
    assert broken([cell, "1"], "decimal", **how) == [cell]
    assert read([cell, "1"], "decimal", **how)[0] is None


def test_exponents_are_written_out() -> None:
    assert read(["1e3", "1.5E-3", "-2e+2", "4"], "decimal") == [
        Decimal(1000),
        Decimal("0.0015"),
        Decimal(-200),
        Decimal(4),
    ]


def test_more_than_twelve_digits_are_rounded_and_said(tmp_path: Path) -> None:
    table = csv(tmp_path, "x\n1.5\n0.1234567890125\n0.10000000000000\n", columns={"x": "decimal"})
    assert rows(table) == [(Decimal("1.5"),), (Decimal("0.123456789012"),), (Decimal("0.1"),)]
    assert said(table) == [
        "a.csv:3 warning column 'x': 1 cell has more than 12 digits after the mark and is rounded: '0.1234567890125'"
    ]


def test_integers() -> None:
    assert read(["007", "-5", "+3", "12.0", "12.00", "9223372036854775807", None, ""], "integer") == [
        7, -5, 3, 12, 12, 2**63 - 1, None, None,
    ]  # fmt: skip
    assert broken(["1.5", "9223372036854775808", "1e3", "x"], "integer") == ["1.5", "9223372036854775808", "1e3", "x"]


@pytest.mark.parametrize(
    ("written", "cell", "expected"),
    [
        ("%Y-%m-%d", "2026-11-14", date(2026, 11, 14)),
        ("%d.%m.%Y", "31.12.2025", date(2025, 12, 31)),
        ("%d/%m/%Y", "03/04/2025", date(2025, 4, 3)),
        ("%m/%d/%Y", "1/5/2019", date(2019, 1, 5)),
        ("%d.%m.%Y %H:%M", "01.02.2020 0:00", date(2020, 2, 1)),
        ("%m/%d/%Y %H:%M", "2/26/2018 19:58", date(2018, 2, 26)),
        ("%d/%m/%y", "1/7/20", date(2020, 7, 1)),
        ("%Y%m%d", "19970101", date(1997, 1, 1)),
        ("%Y-%m", "1949-01", date(1949, 1, 1)),
        ("%b %Y", "Jan 2020", date(2020, 1, 1)),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-01-02T23:30:00+03:00", date(2026, 1, 2)),
        ("%Y-%m-%dT%H:%M:%S%z", "2026-01-02T23:30:00Z", date(2026, 1, 2)),
        ("%d.%m.%Y %H:%M:%S.%f", "02.01.2026 10:00:00.123", date(2026, 1, 2)),
        ("%d.%m.%Y", "2026-01-02", date(2026, 1, 2)),  # ISO cannot be misread
        ("%d.%m.%Y", "2026-01-02 10:11:12.5", date(2026, 1, 2)),
    ],
)
def test_dates_by_the_source_s_format(written: str, cell: str, expected: date) -> None:
    assert read([cell, None, ""], "date", date=written) == [expected, None, None]
    assert broken([cell, None, ""], "date", date=written) == []


@pytest.mark.parametrize(
    ("written", "cell"),
    [
        ("%d/%m/%Y", "1/7/20"),  # the year 20
        ("%d.%m.%Y", "31.02.2025"),
        ("%d.%m.%Y", "12/31/2025"),
        ("%m/%d/%Y", "13/01/2025"),
        ("%d.%m.%Y", "Итого"),
        ("%d.%m.%Y", "45000"),
        ("nonsense", "2026"),
    ],
)
def test_what_is_not_a_date_is_broken(written: str, cell: str) -> None:
    assert broken([cell], "date", date=written) == [cell]


def test_datetimes_keep_their_time() -> None:
    assert read(["2/6/2018 9:58"], "datetime", date="%m/%d/%Y %H:%M") == [datetime(2018, 2, 6, 9, 58)]
    assert read(["2018-02-06 09:58", "2018-02-06T09:58:01", "2018-02-06"], "datetime") == [
        datetime(2018, 2, 6, 9, 58),
        datetime(2018, 2, 6, 9, 58, 1),
        datetime(2018, 2, 6),
    ]


def test_truth_values() -> None:
    assert read(["TRUE", "false", "1", "0", "Yes", "no", "Да", "нет", "", None], "boolean") == [
        True, False, True, False, True, False, True, False, None, None,
    ]  # fmt: skip
    assert broken(["maybe"], "boolean") == ["maybe"]


def test_numbers_that_files_hold_as_numbers() -> None:
    def native(values: list[Any], kind: ColumnType, dtype: Any = None) -> list[Any]:
        column = pl.Series("x", values, dtype=dtype)
        cells = typed(column, kind, Read(decimal=",", thousands="."))
        assert cells.rounded is None
        return [*cells.values.to_list(), "broken" if cells.broken is not None else "whole"]

    assert native([26.1415, 1e-7, 3.0, 0.1 + 0.2], "decimal") == [
        Decimal("26.1415"), Decimal("0.0000001"), Decimal(3), Decimal("0.3"), "whole",
    ]  # fmt: skip
    assert native([1.0, 2.5], "integer") == [1, None, "broken"]
    assert native([2**64 - 1, 5], "integer", pl.UInt64) == [None, 5, "broken"]
    assert native([17850.0, 2.5], "text") == ["17850", "2.5", "whole"]
    assert native([1, 0, 5], "boolean") == [True, False, None, "broken"]
    assert native([datetime(2026, 1, 2, 5)], "date") == [date(2026, 1, 2), "whole"]
    moscow = (
        pl.Series("x", [datetime(2026, 1, 2, 22)]).dt.replace_time_zone("UTC").dt.convert_time_zone("Europe/Moscow")
    )
    assert typed(moscow, "date", Read()).values.to_list() == [date(2026, 1, 3)]


def test_findings_name_the_text_the_type_and_the_cure(tmp_path: Path) -> None:
    content = "n,i,d,s\n1 234,1,2026-01-01,1.5\n5,12345678901234567890,14.11.2026,12%\n-,1.5,2026-01-02,x\n"
    columns: dict[str, ColumnType] = {"n": "decimal", "i": "integer", "d": "date", "s": "decimal"}
    table = csv(tmp_path, content, columns=columns)
    assert [str(finding) for finding in table.findings] == [
        "a.csv:2: source 's': column 'n': '1 234' is not a number: set `thousands = \" \"` in [source.read]",
        "a.csv:4: source 's': column 'n': '-' is not a number: correct the cell, or add it to `nulls` in [source.read] "
        "if it means a missing one",
        "a.csv:3: source 's': column 'i': '12345678901234567890' is not a whole number: it has more digits than a "
        'number is read with: long ids are text, declare the column as "text"',
        "a.csv:4: source 's': column 'i': '1.5' is not a whole number: declare the column as \"decimal\"",
        "a.csv:3: source 's': column 'd': '14.11.2026' is not a date: `date` in [source.read] is '%Y-%m-%d': "
        "correct it or the cell",
        "a.csv:3: source 's': column 's': '12%' is not a number: name the sign in `strip` of [source.read], or "
        'declare the column as "percent" or "text"',
        "a.csv:4: source 's': column 's': 'x' is not a number: correct the cell, or add it to `nulls` in [source.read] "
        "if it means a missing one",
    ]


def test_many_broken_cells_are_counted(tmp_path: Path) -> None:
    table = csv(tmp_path, "n\n" + "x\n" * 1254, columns={"n": "integer"})
    assert len(table.findings) == 21
    assert said(table)[-1] == "a.csv error column 'n': ... and 1234 more such cells"
    table = csv(tmp_path, "n\n" + "x\n" * 21, columns={"n": "integer"})
    assert said(table)[-1] == "a.csv error column 'n': ... and 1 more such cell"


_WIDE = Context(prec=60)
_EXACT = st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**20), max_value=10**20)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(_EXACT | st.decimals(-(10**9), 10**9, places=2), min_size=1, max_size=6),
    st.sampled_from([",", "."]),
    st.sampled_from(["", " ", "'"]),
)
def test_a_number_is_read_as_it_was_written(numbers: list[Decimal], mark: str, thousands: str) -> None:
    def written(number: Decimal) -> str:
        grouped = f"{number:,f}" if thousands else f"{number:f}"
        return grouped.replace(",", "T").replace(".", mark).replace("T", thousands)

    cells: list[str | None] = [written(number) for number in numbers]
    assert read(cells, "decimal", decimal=mark, thousands=thousands) == numbers
    assert broken(cells, "decimal", decimal=mark, thousands=thousands) == []


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(alphabet="0123456789.,+- e\u00a0\u2212x%", max_size=8), min_size=1, max_size=4))
def test_a_cell_is_read_exactly_or_said_to_be_broken(cells: list[str]) -> None:
    result = typed(trimmed(pl.Series("x", cells)), "decimal", Read())
    lost = result.broken if result.broken is not None else [False] * len(cells)
    for cell, value, is_lost in zip(cells, result.values.to_list(), lost, strict=True):
        bare = cell.strip().replace("\u2212", "-", 1)
        if re.fullmatch(r"[^+-]*\d\s*-", bare):
            bare = "-" + bare[:-1].strip()  # as accounts are kept
        if value is not None:
            assert value == Decimal(bare).quantize(Decimal(1).scaleb(-12), context=_WIDE)
        assert is_lost == (value is None and bare != "")


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.text(alphabet="0123456789.,+- e\u00a0\u2212x", max_size=8), min_size=1, max_size=4),
    st.sampled_from(["integer", "decimal", "date"]),
)
def test_a_plain_column_is_read_as_any_other(cells: list[str], kind: Any) -> None:
    column = pl.Series("x", cells, dtype=pl.String)
    plain = plainly(column, kind, Read())
    if plain is not None:
        closer = typed(trimmed(column), kind, Read())
        assert closer.broken is None
        assert closer.values.to_list() == plain.to_list()
        assert closer.values.dtype == plain.dtype


def test_a_spelling_of_missing_that_is_a_number_is_not_read_plainly() -> None:
    column = pl.Series("x", ["1", "-1"])
    assert plainly(column, "integer", Read(nulls=("", "-1"))) is None
    assert plainly(column, "integer", Read()) is not None
