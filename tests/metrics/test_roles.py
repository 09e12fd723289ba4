"""Columns of real exports get their meaning from headers and types; what is open is asked."""

from __future__ import annotations

import polars as pl
import pytest

from kpi_tui.facts.table import FILE, LINE, Table
from kpi_tui.metrics.roles import Column, Columns, Recognised, all_roles, columns_of, normal, recognise
from kpi_tui.workspace.model import ColumnType, Source


def source(*headers: str, id: str = "data", path: str = "data.csv", type: ColumnType = "decimal") -> Columns:
    return Columns(id, tuple(Column(header, type) for header in headers), path)


def roles(found: Recognised) -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for meaning in found.meanings:
        names.setdefault(meaning.column.name, []).append(meaning.role + "?" * (meaning.confidence == "likely"))
    return names


@pytest.mark.parametrize(
    ("header", "plain"),
    [
        ("Расход (руб., с НДС)", "расход"),
        ("Расход, ₽", "расход"),
        ("cost_rub", "cost"),
        ("sessionDefaultChannelGroup", "session default channel group"),
        ("CustomerID", "customer id"),
        ("Impr.", "impr"),
        ("  Кол-во\u00a0заявок ", "кол во заявок"),
        ("№ Кампании", "no кампании"),
        ("Счёт", "счет"),
        ("руб", "руб"),
    ],
)
def test_headers_are_compared_without_units_and_spelling(header: str, plain: str) -> None:
    assert normal(header) == plain


def test_every_header_is_written_as_it_is_compared_and_stands_for_one_role() -> None:
    seen: dict[str, str] = {}
    for role, described in all_roles().role.items():
        assert described.en
        assert described.ru
        for name in (*described.exact, *described.likely):
            assert normal(name) == name, f"{role}: {name}"
        for name in described.exact:
            assert seen.setdefault(name, role) == role, f"{name} is exact in {seen[name]} and {role}"
        assert set(described.beside) <= all_roles().role.keys()
    derived = all_roles().derived
    assert {made.role for made in derived} <= all_roles().role.keys()


# Headers of real cabinets, counters, CRMs and shops.
CABINETS = {
    "Yandex Direct": ("Дата|№ Кампании|Показы|Клики|CTR (%)|Расход (руб.)|Ср. цена клика (руб.)|Конверсии",
                      "date campaign impressions clicks ready_ratio cost ready_ratio conversions"),
    "VK": ("Дата|Кампания|Потрачено всего, ₽|Показы|Клики|Охват|Результаты",
           "date campaign cost impressions clicks reach conversions"),
    "Google Ads": ("Campaign|Impr.|Clicks|Cost|Conv.|Conv. value|Cost / conv.",
                   "campaign impressions clicks cost conversions revenue ready_ratio"),
    "Meta": ("Reporting starts|Campaign name|Reach|Impressions|Amount spent (RUB)|Link clicks|Results|Cost per result",
             "date campaign reach impressions cost clicks conversions ready_ratio"),
    "GA4": ("sessionDefaultChannelGroup|sessions|totalUsers|newUsers|eventCount|purchaseRevenue|bounceRate",
            "channel sessions users new_users events revenue ready_ratio"),
    "utm": ("utm_source|utm_medium|utm_campaign|utm_content|utm_term", "origin channel campaign ad keyword"),
    "CRM": ("deal_id|status|created_at|won|won_date|Менеджер", "deal status date won won_date manager"),
    "shop": ("Invoice ID|StockCode|Quantity|UnitPrice|Customer ID|gross income|cogs|discount|Country",
             "order product quantity unit_price customer gross_profit cogs discount region"),
    "1C": ("Дата продажи|Контрагент|Номенклатура|Кол-во|Цена|Сумма продажи|Себестоимость",
           "date customer product quantity unit_price revenue cogs"),
}  # fmt: skip


@pytest.mark.parametrize("name", CABINETS)
def test_headers_of_real_exports(name: str) -> None:
    headers, expected = (CABINETS[name][0].split("|"), CABINETS[name][1].split())
    assert roles(recognise(source(*headers))) == {h: [r] for h, r in zip(headers, expected, strict=True)}


def test_an_ambiguous_word_means_what_the_columns_beside_it_allow() -> None:
    assert roles(recognise(source("Клики", "Стоимость")))["Стоимость"] == ["cost?"]
    assert roles(recognise(source("Количество", "Стоимость")))["Стоимость"] == ["revenue?"]
    assert "Стоимость" not in roles(recognise(source("Стоимость")))


def test_a_column_with_two_meanings_and_a_role_with_two_columns_are_asked() -> None:
    found = recognise(source("Клики", "Количество", "Сумма", "Расход с НДС", "Расход без НДС"))
    assert roles(found)["Сумма"] == ["cost?", "revenue?"]
    asked = {question.id: [choice.id for choice in question.choices] for question in found.questions("en")}
    assert asked == {"data.Сумма": ["cost", "revenue"], "data:cost": ["Расход с НДС", "Расход без НДС"]}


def test_a_share_is_no_number_of_bounces() -> None:
    found = roles(recognise(source("Отказы (%)", "Отказы")))
    assert found == {"Отказы (%)": ["ready_ratio?"], "Отказы": ["bounces"]}


@pytest.mark.parametrize(
    ("id", "path", "headers", "rows"),
    [
        ("orders", "o.csv", ("date", "customer_id"), "order"),
        ("s1", "data/orders-*.csv", ("date", "customer_id"), "order"),
        ("заказы", "x.csv", ("дата", "клиент"), "order"),
        ("orders", "o.csv", ("date", "product", "quantity"), None),
        ("orders", "o.csv", ("date", "orders"), None),
        ("leads", "marketing_qualified_leads.csv", ("mql_id",), None),
        ("visits", "v.csv", ("date",), None),
    ],
)
def test_rows_are_things_only_where_the_name_says_so(
    id: str, path: str, headers: tuple[str, ...], rows: str | None
) -> None:
    assert recognise(source(*headers, id=id, path=path, type="text")).rows == rows


def test_columns_of_a_table_have_types_and_the_values_of_statuses() -> None:
    frame = pl.DataFrame(
        {"status": ["won", "lost", None, "won"], "n": [1, 2, 3, 4], "x": [1.5, None, 2, 1], "f": [True] * 4}
    ).with_columns(pl.lit(0, pl.UInt32).alias(FILE), pl.lit(1, pl.UInt32).alias(LINE))
    table = Table(Source(id="crm", path="crm.csv"), frame, None, None, 4, 0, ())
    found = columns_of(table)
    types = [(column.name, column.type) for column in found.columns]
    assert types == [("status", "text"), ("n", "integer"), ("x", "decimal"), ("f", "boolean")]
    assert found.columns[0].values == ("won", "lost")
