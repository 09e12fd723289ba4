"""KPIs that the data allow come as metrics a careful analyst would write; what is open is asked for."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from kpi_tui.errors import Place
from kpi_tui.metrics import units
from kpi_tui.metrics.catalogue import catalogue
from kpi_tui.metrics.plan import Plan, build
from kpi_tui.metrics.proposing import TOGETHER, Offer, Proposer, propose
from kpi_tui.metrics.roles import ADDED, Column, Columns, all_roles
from kpi_tui.workspace.edits import Add, Batch, apply
from kpi_tui.workspace.model import (
    Acquisition,
    ColumnType,
    Conversion,
    Events,
    Metric,
    Repeat,
    Retention,
    Source,
    Workspace,
)
from kpi_tui.workspace.writing import plain

TYPES: dict[str, ColumnType] = {"date": "date", "дата": "date", "is_first": "boolean", "won_date": "date"}
TEXTS = frozenset(("channel", "customer_id", "order_id", "lead_id", "status", "Кампания", "Клиент"))


def data(source: str, headers: str, **given: ColumnType) -> Columns:
    columns = [
        Column(name, given.get(name) or TYPES.get(name.casefold()) or ("text" if name in TEXTS else "decimal"))
        for name in headers.split("|")
    ]
    time = next((column.name for column in columns if column.type == "date"), None)
    return Columns(source, tuple(columns), f"{source}.csv", time)


ADS = data("ads", "date|channel|impressions|clicks|cost_rub")
ORDERS = data("orders", "date|customer_id|order_id|revenue|goods_cost")


def offer(kpi: str, *sources: Columns, present: Sequence[Metric] = (), code: str = "en", **answers: str) -> Offer:
    return Proposer(sources, present, code).offer(kpi, answers)


def written(made: Offer) -> dict[str, str]:
    return {
        metric.id: f"{metric.source}: {metric.formula}" if metric.source else metric.formula for metric in made.metrics
    }


def test_cac_comes_with_its_base_metrics_over_two_sources() -> None:
    made = offer("cac", ADS, ORDERS)
    assert made.ready
    spend, new, cac = made.metrics
    assert spend == Metric(id="spend", name="Ad spend", source="ads", formula="SUM(cost_rub)", unit="money")
    assert new.acquisition == Acquisition(source="orders", entity="customer_id")
    assert (new.id, new.unit, new.good) == ("new_customers", "count", "up")
    assert (cac.source, cac.formula, cac.unit, cac.good) == (None, "spend / new_customers", "money", "down")


def test_metrics_are_named_in_the_language() -> None:
    assert [metric.name for metric in offer("cpc", ADS, code="ru").metrics] == [
        "Расход на рекламу",
        "Клики",
        "Цена клика",
    ]


def test_what_is_there_is_used_whatever_it_is_called_and_however_spelt() -> None:
    outlay = Metric(id="outlay", source="ads", formula="sum( cost_rub )", unit="money")
    made = offer("cpc", ADS, present=[outlay])
    assert written(made) == {"clicks": "ads: SUM(clicks)", "cpc": "outlay / clicks"}
    assert made.uses == ("outlay",)
    there = Metric(id="price", formula="(outlay) / clicks_all", unit="money")
    clicks = Metric(id="clicks_all", source="ads", formula="SUM(clicks)")
    assert offer("cpc", ADS, present=[outlay, clicks, there]).present == "price"
    gross = Metric(id="g", source="orders", formula="SUM(revenue) - SUM(goods_cost)", unit="money")
    assert offer("gross_profit", ORDERS, present=[gross]).present == "g"


def test_ones_own_definition_under_the_same_name_is_kept() -> None:
    own = Metric(id="x", name="Выручка", source="orders", formula="SUM(revenue) * 0.8", unit="money")
    made = offer("aov", ORDERS, present=[own])
    assert written(made)["aov"] == "x / orders"


def test_an_id_of_something_else_is_not_taken_over() -> None:
    other = Metric(id="clicks", source="ads", formula="SUM(cost_rub)", unit="money")
    made = offer("ctr", ADS, present=[other])
    assert written(made) == {
        "clicks_2": "ads: SUM(clicks)",
        "impressions": "ads: SUM(impressions)",
        "ctr": "clicks_2 / impressions",
    }


def test_two_cabinets_are_asked_for_and_can_be_added_up() -> None:
    sources = (ADS, data("vk", "Дата|Потрачено всего, ₽|Клики"))
    asked = offer("spend", *sources)
    assert not asked.ready
    (question,) = asked.questions
    assert [choice.id for choice in question.choices] == [
        "ads: SUM(cost_rub)",
        'vk: SUM("Потрачено всего, ₽")',
        TOGETHER,
    ]
    assert written(offer("spend", *sources, spend=question.choices[1].id)) == {"spend": 'vk: SUM("Потрачено всего, ₽")'}
    assert written(offer("spend", *sources, spend=TOGETHER)) == {
        "spend_ads": "ads: SUM(cost_rub)",
        "spend_vk": 'vk: SUM("Потрачено всего, ₽")',
        "spend": "spend_ads + spend_vk",
    }
    assert not offer("cpc", *sources, spend=TOGETHER).ready, "clicks are open still"
    assert offer("cpc", *sources, spend=TOGETHER, clicks=TOGETHER).metrics[-1].formula == "spend / clicks"


def test_people_of_two_sources_are_never_added_up() -> None:
    sources = (data("site", "date|users"), data("app", "date|users"))
    (question,) = offer("users", *sources).questions
    assert TOGETHER not in [choice.id for choice in question.choices]


def test_two_columns_are_both_offered_and_one_is_not_guessed() -> None:
    direct = data("direct", "Дата|Клики|Расход с НДС|Расход без НДС")
    (question,) = offer("cpc", direct).questions
    assert [choice.id for choice in question.choices] == [
        'direct: SUM("Расход с НДС")',
        'direct: SUM("Расход без НДС")',
    ]


def test_a_likely_column_is_taken_and_said() -> None:
    made = offer("revenue", data("sales", "date|Количество|Товар|Итого"))
    assert written(made) == {"revenue": "sales: SUM(Итого)"}
    assert [str(what) for what in made.assumed] == ["'Итого' is taken for a column with revenue"]


def test_revenue_is_a_product_where_no_column_has_it() -> None:
    shop = data("shop", "InvoiceDate|InvoiceNo|Quantity|UnitPrice|CustomerID", InvoiceDate="date", InvoiceNo="text")
    assert written(offer("aov", shop)) == {
        "revenue": "shop: SUM(Quantity * UnitPrice)",
        "orders": "shop: COUNT(DISTINCT InvoiceNo)",
        "aov": "revenue / orders",
    }
    assert offer("repeat_rate", shop).metrics[0].repeat == Repeat(source="shop", entity="CustomerID", order="InvoiceNo")


def test_the_exact_column_is_preferred_to_a_product_and_to_a_likely_one() -> None:
    shop = data("shop", "date|order_id|quantity|unit_price|total|revenue")
    assert written(offer("revenue", shop)) == {"revenue": "shop: SUM(revenue)"}


def test_flags_are_conditions_whether_yes_or_one() -> None:
    first = "date|customer_id|is_first"
    assert written(offer("new_customers", data("sales", first))) == {
        "new_customers": "sales: COUNT(DISTINCT customer_id) FILTER (WHERE is_first)"
    }
    assert written(offer("new_customers", data("sales", first, is_first="integer"))) == {
        "new_customers": "sales: COUNT(DISTINCT customer_id) FILTER (WHERE is_first = 1)"
    }


def test_a_status_says_what_is_won_by_its_values() -> None:
    status = Column("Статус", "text", ("Новая", "Успешно реализовано", "Закрыто и не реализовано"))
    crm = Columns("crm", (Column("ID сделки", "text"), status, Column("Дата", "date")), "crm.csv", "Дата")
    assert written(offer("win_rate", crm)) == {
        "deals": """crm: COUNT(DISTINCT "ID сделки") FILTER (WHERE Статус = 'Успешно реализовано')""",
        "closed_deals": "crm: COUNT(DISTINCT \"ID сделки\") FILTER (WHERE (Статус = 'Успешно реализовано') OR "
        "(Статус = 'Закрыто и не реализовано'))",
        "win_rate": "deals / closed_deals",
    }
    unknown = Columns("crm", (Column("ID сделки", "text"), Column("Статус", "text", ("A", "B"))), "crm.csv")
    assert offer("deals", unknown).missing


def test_rows_are_counted_only_where_they_are_the_thing() -> None:
    assert written(offer("orders", data("orders", "date|customer_id|revenue"))) == {"orders": "orders: COUNT(*)"}
    assert offer("orders", data("stock", "date|customer_id|revenue")).missing


def test_a_conversion_follows_one_number_through_two_sources() -> None:
    leads = data("leads", "date|mql_id|origin", mql_id="text", origin="text")
    won = data("won", "won_date|mql_id", mql_id="text")
    made = offer("lead_to_deal", won, leads)
    base, converted = Events(source="leads"), Events(source="won")
    assert made.metrics[0].conversion == Conversion(entity="mql_id", base=base, converted=converted)


def test_retention_and_churn() -> None:
    made = offer("churn", ORDERS)
    assert made.metrics[0].retention == Retention(source="orders", entity="customer_id", period="month", after=1)
    assert made.metrics[1].formula == "1 - retention"
    undated = data("orders", "customer_id|order_id")
    assert [str(what) for what in offer("retention", undated).missing] == [
        "Retention, month to month: a source with a time column whose rows say when"
    ]


def test_what_is_missing_is_named_all_of_it() -> None:
    assert [str(what) for what in offer("cpl", data("x", "date|clicks")).missing] == [
        "Ad spend: a column with ad cost",
        "Leads: a column with leads / the lead's number",
    ]
    said = [str(what) for what in offer("cpc", data("x", "Клики"), code="ru").missing]
    assert said == ["Расход на рекламу: a column with расходом на рекламу"]


def test_a_column_of_the_wrong_type_is_named() -> None:
    typed = data("ads", "date|clicks|cost", cost="text")
    assert [str(what) for what in offer("cpc", typed).missing] == [
        "Ad spend: column 'cost' of 'ads' is no number: declare it in [source.columns]"
    ]


def test_a_ready_made_ratio_is_never_computed_with() -> None:
    made = propose([data("ads", "date|CTR (%)|Ср. цена клика (руб.)|conversion rate")])
    assert [o.kpi.id for o in made if any(metric.source for metric in o.metrics)] == []


def test_what_no_file_has_is_typed_by_hand() -> None:
    made = offer("market_share", ORDERS)
    assert [(metric.id, metric.at) for metric in made.metrics] == [
        ("revenue", None),
        ("market_revenue", "sum"),
        ("market_share", None),
    ]
    assert offer("awareness").metrics == (
        Metric(id="awareness", name="Brand awareness (aided)", unit="percent", good="up", at="last"),
    )


def test_a_base_figure_that_no_source_has_may_be_typed_by_hand() -> None:
    known = Proposer([ORDERS], (), "en")
    lacking = known.offer("cac")
    assert (lacking.metrics, lacking.typeable) == ((), ("spend",))
    made = known.with_typed(lacking.typeable).offer("cac")
    spend, new, cac = made.metrics
    assert spend == Metric(id="spend", name="Ad spend", unit="money", at="sum")
    assert (new.acquisition is not None, cac.formula) == (True, "spend / new_customers")
    again = Proposer([ORDERS], made.metrics, "en").offer("drr")
    assert (written(again), again.uses) == ({"revenue": "orders: SUM(revenue)", "drr": "spend / revenue"}, ("spend",))


def test_what_a_source_has_is_not_typed_and_what_does_not_add_up_is_not_offered_to_be() -> None:
    assert Proposer([ADS, ORDERS], (), "en").with_typed(("spend",)).offer("cac").metrics[0].formula == "SUM(cost_rub)"
    written_as_text = data("ads", "date|cost_rub", cost_rub="text")
    assert Proposer([written_as_text, ORDERS], (), "en").offer("cac").typeable == ()
    for kpi in ("reach", "retention"):
        made = offer(kpi, ADS)
        assert made.missing
        assert made.typeable == (), kpi


def test_without_data_only_what_is_typed_by_hand_is_offered() -> None:
    assert {o.kpi.id for o in propose([]) if o.metrics} >= {"awareness", "nps", "budget"}
    assert all(o.missing for o in propose([]) if o.kpi.id in ("ctr", "cac", "aov"))


# Everything at once: a source with a column for every role.


def everything() -> tuple[Columns, Workspace]:
    kinds: dict[str, ColumnType] = {"key": "text", "flag": "boolean", "time": "date", "dimension": "text"}
    columns = tuple(
        Column(role.exact[0], "decimal" if role.kind in ADDED else kinds[role.kind])
        for role in all_roles().role.values()
        if role.kind not in ("ratio", "status")
    )
    source = Source(id="all", path="all.csv", time="date", columns={"date": "date"})
    return Columns("all", columns, "all.csv", "date"), Workspace(sources=(source,))


def planned(workspace: Workspace, columns: Columns) -> Plan:
    types = {"decimal": pl.Float64(), "text": pl.String(), "boolean": pl.Boolean(), "date": pl.Date()}
    schema = {column.name: types[column.type] for column in columns.columns}
    return build(workspace, {"all": schema}, lambda path: Place("kpi.toml"))


def added(workspace: Workspace, made: Offer) -> Workspace:
    records = [plain(metric) for metric in made.metrics]
    return apply(workspace, Batch(tuple(Add(("metric",), record) for record in records if isinstance(record, dict))))


ALONE = [kpi for kpi in catalogue() if kpi != "lead_to_deal"]  # it needs two sources


@pytest.mark.parametrize("kpi", ALONE)
def test_every_kpi_is_made_where_its_data_are_and_its_unit_is_that_of_its_formula(kpi: str) -> None:
    columns, workspace = everything()
    made = offer(kpi, columns)
    assert made.ready, (made.missing, made.questions)
    after = added(workspace, made)
    plan = planned(after, columns)
    assert plan.findings == ()
    known = units.Units(plan)
    for metric in after.metrics:
        quantity = known.derived(metric.id)
        assert quantity is None or units.fits(quantity, metric.unit), metric.id
        assert known.mixed(metric.id) is None
    again = offer(kpi, columns, present=after.metrics)
    assert again.present == made.metrics[-1].id, "what was added is known again"


def test_all_kpis_can_be_added_one_after_the_other_and_nothing_twice() -> None:
    columns, workspace = everything()
    for kpi in ALONE:
        made = offer(kpi, columns, present=workspace.metrics)
        workspace = added(workspace, made) if made.metrics else workspace
    assert len(workspace.metrics) == len(ALONE)
    assert planned(workspace, columns).findings == ()
