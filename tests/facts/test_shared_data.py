"""Published data sets, read as their workspace would say, against figures that another engine computed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from kpi_tui.facts.table import Table
from tests.facts.sources import loaded
from tests.shared_data import data, needs_shared, reference

pytestmark = needs_shared


def read(path: str, **source: Any) -> Table:
    return loaded(data(), path, **source)


def total(table: Table, column: str) -> Any:
    assert table.frame is not None
    return table.frame[column].sum()


def errors(table: Table) -> list[str]:
    return [str(finding) for finding in table.findings if finding.severity == "error"]


def test_robyn() -> None:
    spend = ("tv_S", "ooh_S", "print_S", "search_S", "facebook_S")
    table = read(
        "robyn/dt_simulated_weekly.csv",
        time="DATE",
        every="week",
        columns=dict.fromkeys(("revenue", *spend), "decimal"),
    )
    rows = reference("robyn", "rows")
    assert table.rows_read == rows["n"]
    assert (table.first, table.complete_until) == (date.fromisoformat(rows["first_week"]), date(2019, 11, 17))
    assert float(total(table, "revenue")) == pytest.approx(reference("robyn", "revenue"), rel=1e-12)
    for channel, expected, _ in reference("robyn", "spend_by_channel"):
        assert float(total(table, channel)) == pytest.approx(expected, rel=1e-12)
    assert errors(table) == []


def test_direct_report() -> None:
    columns = {
        "Показы": "integer",
        "Клики": "integer",
        "Расход (руб.)": "decimal",
        "Конверсии": "integer",
        "Продажи": "integer",
    }
    table = read(
        "derived_ru_direct_report/*.csv",
        time="Дата",
        columns=columns,
        read={"encoding": "cp1251", "separator": ";", "decimal": ",", "thousands": " ", "date": "%d.%m.%Y",
              "skip_rows": 2, "nulls": ("", "-"), "drop_rows": "Дата = 'Итого'"},
    )  # fmt: skip
    expected = reference("derived_ru_direct_report", "totals")
    assert [total(table, column) for column in columns] == [
        expected["impressions"],
        expected["clicks"],
        Decimal(str(expected["spent_rounded"])),
        expected["leads"],
        expected["sales"],
    ]
    assert table.rows_read == reference("derived_ru_direct_report", "rows")
    assert table.findings == ()


@pytest.mark.parametrize(("name", "encoding"), [("Продажи.csv", "cp1251"), ("Продажи.utf8.csv", "utf-8")])
def test_produce_sales(name: str, encoding: str) -> None:
    table = read(
        f"ru_produce_sales_cp1251/{name}",
        time="Дата",
        columns={"Итого": "decimal", "Количество": "integer"},
        read={"encoding": encoding, "separator": ";", "date": "%d.%m.%Y %H:%M"},
    )
    rows = reference("ru_produce_sales_cp1251", "rows")
    expected = reference("ru_produce_sales_cp1251", "revenue")
    assert (table.rows_read, str(table.first), str(table.complete_until)) == (rows["n"], rows["a"], rows["b"])
    assert (total(table, "Итого"), total(table, "Количество")) == (expected["revenue"], expected["units"])
    assert table.findings == ()


def test_dairy_orders() -> None:
    table = read(
        "ru_dairy_orders_bom/*.csv",
        time="Дата заказа",
        dimensions=("Категория товара",),
        columns={"Общая стоимость": "decimal", "Количество продаж": "integer"},
        read={"separator": ";", "date": "%d.%m.%Y"},
    )
    expected = reference("ru_dairy_orders_bom", "revenue")
    assert (total(table, "Общая стоимость"), total(table, "Количество продаж")) == (
        expected["revenue"],
        expected["units"],
    )
    assert table.frame is not None
    assert set(table.frame["Категория товара"]) == {row[0] for row in reference("ru_dairy_orders_bom", "by_category")}
    assert table.findings == ()


@pytest.mark.parametrize(
    ("path", "how"),
    [
        (
            "supermarket_sales/supermarket_Sales.csv",
            {"read": {"date": "%m/%d/%Y"}, "rename": {"Cost of goods sold": "cogs"}},
        ),
        ("supermarket_sales/supermarket_sales.xlsx", {"read": {"sheet": "*", "date": "%m/%d/%Y"}}),
    ],
)
def test_supermarket(path: str, how: dict[str, Any]) -> None:
    table = read(path, time="Date", columns={"Total": "decimal", "cogs": "decimal"}, **how)
    rows = reference("supermarket_sales", "rows")
    expected = reference("supermarket_sales", "revenue")
    assert (table.rows_read, str(table.first), str(table.complete_until)) == (rows["n"], rows["a"], rows["b"])
    assert total(table, "Total") == round(Decimal(expected["total"]), 4)
    assert total(table, "cogs") == round(Decimal(expected["cogs"]), 4)
    assert errors(table) == []


def test_cdnow_keeps_ids_as_text() -> None:
    table = read("cdnow/cdnow_master.csv", time="date", columns={"dollar_value": "decimal", "number_of_cds": "integer"})
    rows = reference("cdnow", "rows")
    assert table.frame is not None
    assert (table.rows_read, table.frame["customer_id"].n_unique()) == (rows["n"], rows["customers"])
    assert total(table, "dollar_value") == Decimal("2500315.63")
    assert table.findings == ()


def test_olist_leads() -> None:
    leads = read("olist_leads/olist_marketing*.csv", time="first_contact_date", dimensions=("origin",))
    deals = read("olist_leads/olist_closed*.csv", time="won_date", read={"date": "%m/%d/%Y %H:%M"})
    assert (leads.rows_read, leads.rows_left_out, leads.findings) == (8000, 0, ())
    assert (deals.rows_read, deals.rows_left_out, deals.findings) == (842, 0, ())
    assert str(deals.first) == "2017-12-05"


def test_online_retail_is_the_same_packed_and_as_parquet() -> None:
    packed = read("online_retail/*.csv.gz", time="InvoiceDate", columns={"UnitPrice": "decimal", "Quantity": "integer"})
    parquet = read(
        "online_retail/*.parquet", time="InvoiceDate", columns={"UnitPrice": "decimal", "Quantity": "integer"}
    )
    for table in (packed, parquet):
        assert errors(table) == []
        assert table.rows_read == 541909
    for column in ("UnitPrice", "Quantity"):
        assert total(packed, column) == total(parquet, column)
    assert (packed.first, packed.complete_until) == (parquet.first, parquet.complete_until)


def test_bare_carriage_returns_and_two_digit_years() -> None:
    passengers = read(
        "forecast_series/prophet_example_air_passengers.csv", time="ds", every="month", columns={"y": "integer"}
    )
    assert (passengers.rows_read, str(passengers.complete_until)) == (144, "1960-12-31")
    visits = read(
        "forecast_series/skforecast_visitas*.csv", time="date", columns={"users": "integer"}, read={"date": "%d/%m/%y"}
    )
    assert str(visits.first) == "2020-07-01"
    assert errors(passengers) == errors(visits) == []


@pytest.mark.parametrize(
    "name", ["jbrownlee_monthly-airline-passengers", "jbrownlee_monthly-car-sales", "jbrownlee_monthly_champagne_sales"]
)
def test_months_without_a_day(name: str) -> None:
    table = read(f"forecast_series/{name}.csv", time="Month", every="month", read={"date": "%Y-%m"})
    assert table.findings == ()
    assert table.first is not None
    assert table.first.day == 1


def test_every_csv_here_is_read_as_text_without_an_error() -> None:
    odd = {"M-", "CDNOW"}
    for file in sorted(data().rglob("*.csv")):
        encoding = "cp1251" if "cp1251" in str(file) and "utf8" not in file.name else "utf-8"
        table = read(str(file), read={"encoding": encoding})
        assert table.frame is not None, file
        assert not [found for found in table.findings if "cannot be read as" in str(found)], (file, odd)
