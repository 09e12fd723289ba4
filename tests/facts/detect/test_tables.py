"""Sources of several files, sheets and tables, and the tables that have a type of their own."""

from __future__ import annotations

import sqlite3
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest
import xlsxwriter  # type: ignore[import-untyped]  # it ships no types

from kpi_tui.facts.detect import answered, describe
from kpi_tui.facts.detect.columns import ID_NAME
from kpi_tui.facts.reading import load
from kpi_tui.workspace.periods import Calendar

JAN1, JAN2 = date(2026, 1, 1), date(2026, 1, 2)


def book(path: Path, sheets: dict[str, list[list[object]]]) -> None:
    with xlsxwriter.Workbook(str(path), {"default_date_format": "dd.mm.yyyy"}) as workbook:
        for name, rows in sheets.items():
            sheet = workbook.add_worksheet(name)
            for at, row in enumerate(rows):
                for column, cell in enumerate(row):
                    if cell is not None:
                        sheet.write(at, column, cell)


def database(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def test_a_sheet_below_a_preamble_with_totals(tmp_path: Path) -> None:
    book(
        tmp_path / "a.xlsx",
        {
            "Отчёт": [
                ["Продажи за январь"],
                [],
                ["Дата", "Канал", "Номер заказа", "Сумма", "Штук"],
                [datetime(2026, 1, 1), "A", 100, 10.5, 2],
                [datetime(2026, 1, 2), "B", 101, 7, 3],
                ["Итого", None, None, 17.5, 5],
            ]
        },
    )
    (found,) = describe("a.xlsx", tmp_path)
    assert found.source.time == "Дата"
    assert found.source.read.drop_rows == "Дата = 'Итого'"
    assert dict(found.source.columns) == {"Номер заказа": "text", "Сумма": "decimal", "Штук": "integer"}
    assert found.rows == ((JAN1, "A", "100", Decimal("10.5"), 2), (JAN2, "B", "101", Decimal("7.0"), 3))
    assert found.findings == ()


def test_sheets_with_the_same_header_are_one_source_and_others_are_others(tmp_path: Path) -> None:
    rows: list[list[object]] = [["date", "x"], [datetime(2026, 1, 1), 1], [datetime(2026, 1, 2), 2]]
    book(
        tmp_path / "a.xlsx",
        {
            "January": rows,
            "February": rows,
            "People": [["name", "city"], ["Anna", "Omsk"], ["Ivan", "Tver"]],
            "Empty": [],
        },
    )
    months, people = describe("a.xlsx", tmp_path)
    assert months.source.read.sheet == ("January", "February")
    assert people.source.read.sheet == "People"
    assert (months.source.id, people.source.id) == ("january", "people")
    assert "a.xlsx!Empty: source 'a': the sheet has no table and is left out" in map(str, months.findings)
    table = load(months.source, tmp_path, Calendar())
    assert table.frame is not None
    assert table.frame.height == 4


def test_all_sheets_alike_are_read_by_a_star(tmp_path: Path) -> None:
    rows: list[list[object]] = [["date", "x"], [datetime(2026, 1, 1), 1], [datetime(2026, 1, 2), 2]]
    book(tmp_path / "a.xlsx", {"January": rows, "February": rows})
    (found,) = describe("a.xlsx", tmp_path)
    assert found.source.read.sheet == "*"


def test_day_numbers_of_a_sheet_under_a_header_that_says_date(tmp_path: Path) -> None:
    book(tmp_path / "a.xlsx", {"S": [["Дата", "x"], [46023, 1], [46024, 2]]})
    (found,) = describe("a.xlsx", tmp_path)
    assert found.source.read.date == "excel"
    assert found.rows == ((JAN1, 1), (JAN2, 2))


def test_a_database_of_one_table(tmp_path: Path) -> None:
    database(
        tmp_path / "a.db",
        "CREATE TABLE orders (id INTEGER, day TEXT, channel TEXT, amount REAL)",
        "INSERT INTO orders VALUES (1, '2026-01-01', 'A', 10.1), (2, '2026-01-02', 'B', 20.25)",
    )
    before = (tmp_path / "a.db").read_bytes()
    (found,) = describe("a.db", tmp_path)
    assert found.source.time == "day"
    assert found.source.table == ""
    assert found.rows == (("1", JAN1, "A", Decimal("10.10")), ("2", JAN2, "B", Decimal("20.25")))
    assert (tmp_path / "a.db").read_bytes() == before
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.db"]


def test_a_database_of_several_tables(tmp_path: Path) -> None:
    database(
        tmp_path / "a.sqlite",
        "CREATE TABLE orders (day TEXT, n INTEGER)",
        "INSERT INTO orders VALUES ('2026-01-01', 1), ('2026-01-02', 'many')",
        "CREATE TABLE leads (day TEXT, n INTEGER)",
        "INSERT INTO leads VALUES ('2026-01-01', 1)",
    )
    leads, orders = describe("a.sqlite", tmp_path)
    assert (leads.source.table, orders.source.table) == ("leads", "orders")
    assert leads.rows == ((JAN1, 1),)
    assert orders.rows == ((JAN1, "1"), (JAN2, "many"))


def test_parquet_keeps_its_types(tmp_path: Path) -> None:
    pl.DataFrame({"day": [JAN1, JAN2], "channel": ["A", "B"], "x": [1, 2]}).write_parquet(tmp_path / "a.parquet")
    (found,) = describe("a.parquet", tmp_path)
    assert (found.source.time, found.source.dimensions, found.rows) == (
        "day",
        ("channel",),
        ((JAN1, "A", 1), (JAN2, "B", 2)),
    )


def test_a_folder_is_its_commonest_files_and_all_values_decide_the_order_of_the_date(tmp_path: Path) -> None:
    folder = tmp_path / "export"
    folder.mkdir()
    (folder / "a.csv").write_text("date,x\n01/02/2026,1\n03/04/2026,2\n")
    (folder / "b.csv").write_text("x,date\n3,25/04/2026\n")
    (folder / "readme.md").write_text("nothing")
    (found,) = describe("export", tmp_path)
    assert found.source.path == "export/*.csv"
    assert found.questions == ()
    assert found.source.read.date == "%d/%m/%Y"
    assert len(found.rows) == 3


def test_a_file_written_otherwise_than_the_others_is_named(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes("дата;город\n01.01.2026;Москва\n02.01.2026;Казань\n".encode("cp1251"))
    (tmp_path / "b.csv").write_text("дата;город\n01.01.2026;Москва\n", encoding="utf-8")
    (found,) = describe("*.csv", tmp_path)
    assert any("b.csv" in str(one.place) and "written in another way" in str(one.what) for one in found.findings)


def test_an_answer_changes_what_is_read(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("date;x\n01/02/2026;1,234\n03/04/2026;5,678\n")
    (found,) = describe("a.csv", tmp_path)
    marks, order = sorted(found.questions, key=lambda question: question.id, reverse=True)
    assert (marks.id, order.id) == ("marks", "dates")
    assert [choice.examples for choice in marks.choices] == [("1,234 = 1.234",), ("1,234 = 1234",)]
    assert [choice.examples[0] for choice in order.choices] == ["01/02/2026 = 2026-02-01", "01/02/2026 = 2026-01-02"]
    source = answered(answered(found.source, marks.choices[1]), order.choices[1])
    table = load(source, tmp_path, Calendar())
    assert table.frame is not None
    assert table.frame.select("date", "x").rows() == [(date(2026, 1, 2), 1234), (date(2026, 3, 4), 5678)]


def test_two_columns_of_dates_are_asked_about(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("created,paid,x\n2026-01-01,2026-01-05,1\n2026-01-02,2026-01-09,2\n")
    (found,) = describe("a.csv", tmp_path)
    assert dict(found.source.columns) == {"paid": "date", "x": "integer"}
    source = answered(found.source, found.questions[0].choices[1])
    assert source.time == "paid"


@pytest.mark.parametrize(("path", "said"), [("none.csv", "there is no such file"), ("*.csv", "no file matches")])
def test_nothing_there_is_said(tmp_path: Path, path: str, said: str) -> None:
    (found,) = describe(path, tmp_path)
    assert not found.usable
    assert said in str(found.findings[0])


def test_the_id_of_a_source_comes_from_its_name(tmp_path: Path) -> None:
    (tmp_path / "Продажи 2026.csv").write_text("date,x\n2026-01-01,1\n")
    (found,) = describe("Продажи 2026.csv", tmp_path)
    assert found.source.id == "prodazhi_2026"


def test_a_sheet_that_lacks_a_column_is_of_the_same_table_and_one_with_others_is_not(tmp_path: Path) -> None:
    header = ["date", "city", "product", "x"]
    rows: list[list[object]] = [[datetime(2026, 1, 1), "Omsk", "a", 1], [datetime(2026, 1, 2), "Tver", "b", 2]]
    book(
        tmp_path / "a.xlsx",
        {
            "January": [header[:3], *[row[:3] for row in rows]],
            "February": [header, *rows],
            "Plan": [["date", "city", "plan", "year"], *rows],
        },
    )
    months, plan = describe("a.xlsx", tmp_path)
    assert months.source.read.sheet == ("January", "February")
    assert plan.source.read.sheet == "Plan"
    assert any("column 'x' is missing in 1 of 2 files and sheets" in str(finding) for finding in months.findings)


@pytest.mark.parametrize(
    "name",
    ["uid", "order_id", "orderId", "ClientID", "CLIENTID", "clickid", "companyid", "gclid", "yclid", "fbclid",
     "msclkid", "ymuid", "shopid", "CRM id", "Номер заказа", "№"],
)  # fmt: skip
def test_a_name_that_means_an_id(name: str) -> None:
    assert ID_NAME.search(name)


@pytest.mark.parametrize(
    "name",
    ["Paid", "totalPaid", "PAID", "Prepaid", "Bid", "maxBid", "Valid", "Covid", "Android", "Grid", "Madrid", "void"],
)
def test_a_name_that_only_ends_so(name: str) -> None:
    assert not ID_NAME.search(name)
