"""`init` on the published data sets as they were downloaded: which questions it asks, and that the figures of its
metrics are those that another engine computed.

Every figure of a reference is either asked for or named in `REST` with the reason why no metric of `init` says it.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kpi_tui.cli import main
from tests.reference.figures import figures
from tests.reference.test_reference import is_equal
from tests.shared_data import data, needs_shared, reference

pytestmark = needs_shared

ROWS = "what a row stands for is not said by the files: no KPI counts rows of an unknown kind"
DATES = "dates and counts of rows are no KPIs; the range is said by `init` and held by test_reference"
OTHER = "the other answer to the question of returns"
CHECK = "a check of the data, no KPI"
NO_ENTRY = "the catalogue has no KPI of this definition"
FORECAST = "an error of a forecast that the reference makes"
UNNAMED = "the column is called by a letter: nobody can know what it is"


@dataclass(frozen=True, slots=True)
class Shown:
    """Figures of a reference by the metric that says them, under one grain or split; `top`: the reference has only the
    largest slices."""

    figures: Mapping[str, str]
    grain: str = "all"
    by: str | None = None
    top: bool = False
    only: str = ""  # periods of the reference: those that begin with this


@dataclass(frozen=True, slots=True)
class Given:
    """Files of a data set given to `init`, the questions it asks, a person's answers, and what comes of it."""

    name: str
    dataset: str
    files: tuple[str, ...]
    shown: tuple[Shown, ...] = ()
    asked: frozenset[str] = frozenset()
    answers: Mapping[str, int] = field(default_factory=dict)
    rest: Mapping[str, str] = field(default_factory=dict)
    code: int = 0


def _supermarket(file: str, cells: str) -> Given:
    return Given(
        cells,
        "supermarket_sales",
        (file,),
        (
            Shown({
                "rows.n": "orders", "revenue.total": "revenue", "revenue.cogs": "cogs", "revenue.gross": "gross_profit",
                "aov": "aov", "margin": "margin", "rating": "rating",
            }),
            Shown(
                {"branch_share.total": "revenue", "branch_share.share": "revenue_share", "branch_share.aov": "aov"},
                by="Branch",
            ),
            Shown({"by_product.total": "revenue"}, by="Product line"),
            Shown({"customer_type.total": "revenue", "customer_type.aov": "aov"}, by="Customer type"),
            Shown({"by_month.total": "revenue", "by_month.orders": "orders"}, "month"),
        ),
        rest={"rows.a": DATES, "rows.b": DATES},
    )  # fmt: skip


def _cdnow(file: str) -> Given:
    return Given(
        file,
        "cdnow",
        (file,),
        (
            Shown({
                "rows.n": "orders", "rows.customers": "customers", "revenue": "revenue", "aov": "aov", "arpu": "arppu",
                "repeat_rate_rows": "repeat_rate",
            }),
            Shown(
                {"by_month.revenue": "revenue", "by_month.orders": "orders", "by_month.buyers": "customers"}, "month"
            ),
        ),
        frozenset({"cdnow_master.row"}),
        {"cdnow_master.row": 1},
        rest={
            "rows.a": DATES, "rows.b": DATES, "dirty.zero_value": CHECK, "dirty.dup_rows": CHECK,
            "repeat_rate": "counts days with an order: the answer was that each row is one",
            **dict.fromkeys(("cohort_retention.k", "cohort_retention.active", "cohort_retention.retention"), ""),
        },
    )  # fmt: skip


def _online(file: str, *, gross: bool) -> Given:
    """Returns are rows below zero: whether sales are meant with or without them is asked."""
    figures_of_sales = {
        "gross_revenue": "revenue", "aov": "aov", "repeat_rate": "repeat_rate", "arpu.customers": "customers",
    }  # fmt: skip
    monthly = {"by_month.revenue": "revenue", "by_month.orders": "orders", "by_month.aov": "aov"}
    countries = {"country_share.revenue": "revenue", "country_share.share": "revenue_share"}
    of_sales = (
        Shown(figures_of_sales),
        Shown(monthly, "month"),
        Shown(countries, by="Country", top=True),
    )
    of_all = (Shown({"net_revenue": "revenue"}),)
    other = of_all if gross else of_sales
    dirty = ("null_customer", "null_description", "neg_qty", "neg_price", "zero_price", "dup_rows")
    cohorts = ("cohort_retention_2010_12.active", "cohort_retention_2010_12.retention")
    return Given(
        f"{file} {'gross' if gross else 'net'}",
        "online_retail",
        (file,),
        of_sales if gross else of_all,
        asked=frozenset({"online_retail.returns"}),
        answers={"online_retail.returns": 2 if gross else 1},
        rest={
            "rows.n": ROWS, "rows.a": DATES, "rows.b": DATES, "returns_value": NO_ENTRY,
            "arpu.arpu": "revenue of known customers only: no catalogue entry leaves the others out",
            **dict.fromkeys(cohorts, "held by test_cohorts"),
            **{name: OTHER for shown in other for name in shown.figures},
            **{f"dirty.{name}": CHECK for name in dirty},
        },
    )  # fmt: skip


def _series(file: str, shown: tuple[Shown, ...] = ()) -> Given:
    return Given(file, "forecast_series", (file,), shown)


GIVEN = (
    _supermarket("supermarket_Sales.csv", "csv"),
    _supermarket("supermarket_sales.xlsx", "xlsx"),
    _cdnow("cdnow_master.csv"),
    _cdnow("CDNOW_master.txt"),
    Given(
        "paths",
        "channel_attribution_paths",
        ("PathData.csv",),
        (Shown({"totals.conv": "conversions", "totals.value": "revenue"}),),
        rest={
            "rows": ROWS, "totals.nulls": NO_ENTRY, "cr": NO_ENTRY, "aov": NO_ENTRY, "path_len": NO_ENTRY,
            **{f"{touch}_touch.conv": NO_ENTRY for touch in ("first", "last", "linear")},
            **{f"{touch}_touch.value": NO_ENTRY for touch in ("first", "last", "linear")},
        },
    ),
    Given(
        "direct",
        "derived_ru_direct_report",
        ("yandex_direct_style_cp1251.csv",),
        (
            Shown({
                "totals.impressions": "impressions", "totals.clicks": "clicks", "totals.spent_rounded": "spend",
                "totals.leads": "conversions", "ctr": "ctr", "cpl": "cpa", "cpc": "cpc",
            }),
        ),
        rest={
            "rows": ROWS,
            "totals.sales": "'Продажи' may be a sum of money or a number: it is not guessed",
            "cac": "'Продажи' may be a sum of money or a number: it is not guessed",
        },
    ),
    Given(
        "olist",
        "olist_leads",
        ("olist_closed_deals_dataset.csv", "olist_marketing_qualified_leads_dataset.csv"),
        (
            Shown({"rows.mql": "mql", "rows.deals": "deals"}),
            Shown({"by_origin.mql": "mql"}, by="origin"),
            Shown({"by_month.mql": "mql"}, "month"),
            Shown({"deals_by_won_month.deals": "deals"}, "month"),
            Shown({"top_segments.deals": "deals"}, by="business_segment", top=True),
            Shown({"lead_type.deals": "deals"}, by="lead_type"),
        ),
        asked=frozenset({"mql"}),
        answers={"mql": 2},
        rest={
            "lead_to_deal_cr": "`init` follows each lead to its deal: one was won a day before its first contact",
            **dict.fromkeys(("by_origin.deals", "by_origin.cr", "by_month.deals", "by_month.cr"), "the same"),
            "by_origin.lead_share": NO_ENTRY,
            **{f"sales_cycle_days.{what}": NO_ENTRY for what in ("mean_days", "median_days", "negative")},
            **{f"nulls.{what}": CHECK for what in ("origin_null", "profile_null", "segment_null")},
        },
    ),
    _online("online_retail.csv.gz", gross=False),
    _online("online_retail.parquet", gross=True),
    Given(
        "mmm",
        "pymc_mmm",
        ("mmm_example.csv", "mmm_roas_data.csv"),
        rest={
            "rows.n": ROWS, "rows.a": DATES, "rows.b": DATES,
            **{f"totals.{name}": UNNAMED for name in ("y", "x1", "x2", "e1", "e2")},
            **{f"by_year.{name}": UNNAMED for name in ("n_weeks", "sales", "x1", "x2")},
            "sales_per_unit_spend.y_per_x1": UNNAMED, "sales_per_unit_spend.y_per_x2": UNNAMED,
            "zero_weeks_x2": CHECK, "corr.corr_x1": UNNAMED, "corr.corr_x2": UNNAMED, "roas_data.n_weeks": ROWS,
            "roas_data.roas_x1": UNNAMED, "roas_data.roas_x2": UNNAMED, "wow_gap": CHECK,
        },
    ),
    Given(
        "robyn",
        "robyn",
        ("dt_simulated_weekly.csv",),
        (
            Shown({"revenue": "revenue", "blended_roas": "roas", "romi": "romi_revenue"}),
            Shown({"by_year.revenue": "revenue", "by_year.spend": "spend", "by_year.roas": "roas"}, "year"),
            Shown({"by_event.revenue": "revenue"}, by="events"),
        ),
        frozenset({"dt_simulated_weekly.spend"}),
        {"dt_simulated_weekly.spend": 1},
        rest={
            **dict.fromkeys(("rows.n", "by_year.n_weeks", "by_event.n_weeks"), ROWS),
            **dict.fromkeys(("rows.first_week", "rows.last_week"), DATES),
            **dict.fromkeys(
                ("search_cpc", "facebook_cpm"), "P and I at the end of two names alone: nobody can know what they are"
            ),
            "spend_by_channel.spend": "a metric a channel: held by test_spend_in_a_column_a_channel",
            "spend_by_channel.share": "channels are metrics here, no dimension to take a share over",
            **dict.fromkeys(("market_share", "by_year.share"), "the market is one competitor: no general KPI"),
            **dict.fromkeys(("forecast_baseline.wape", "forecast_baseline.mape"), FORECAST),
        },
    ),
    Given(
        "dairy",
        "ru_dairy_orders_bom",
        ("продажи.csv",),
        (
            Shown({
                "revenue.revenue": "revenue", "revenue.units": "units_sold", "aov": "aov", "avg_price": "average_price",
            }),
            Shown({"by_category.revenue": "revenue", "by_category.share": "revenue_share"}, by="Категория товара"),
            Shown({"by_day.revenue": "revenue"}, "day"),
        ),
        rest={"rows.n": ROWS, "rows.a": DATES, "rows.b": DATES, "by_day.n": ROWS, "check": CHECK},
    ),
    Given(
        "tidy",
        "ru_pivot_xlsx",
        ("tidy.csv",),
        (
            Shown({"revenue": "revenue", "avg_price": "average_price"}),
            Shown({"by_year.revenue": "revenue", "by_year.growth": "revenue_growth"}, "year"),
            Shown({"by_product.revenue": "revenue", "by_product.share": "revenue_share"}, by="product"),
        ),
        rest={"rows.n": ROWS, "rows.products": NO_ENTRY, "rows.a": DATES, "rows.b": DATES, "zero_qty": CHECK},
    ),
    Given("pivot", "ru_pivot_xlsx", ("Продажи.xlsx",)),
    Given(
        "produce",
        "ru_produce_sales_cp1251",
        ("Продажи.csv",),
        (
            Shown({
                "rows.n": "orders", "revenue.revenue": "revenue", "revenue.units": "units_sold", "aov": "aov",
                "avg_price": "average_price",
            }),
            Shown({"customer_share.revenue": "revenue", "customer_share.share": "revenue_share"}, by="Заказчик"),
            Shown({"by_city.revenue": "revenue"}, by="Город"),
            Shown({"by_category.revenue": "revenue", "by_category.units": "units_sold"}, by="Категория товара"),
            Shown({"by_month.revenue": "revenue", "by_month.n": "orders"}, "month"),
        ),
        frozenset({"prodazhi.row"}),
        {"prodazhi.row": 1},
        rest={"rows.a": DATES, "rows.b": DATES, "check.mismatch": CHECK, "check.dups": CHECK},
    ),
    _series(
        "skforecast_visitas_por_dia_web_cienciadedatos.csv",
        (Shown({"web_traffic.users": "users"}), Shown({"web_by_month.users": "users"}, "month")),
    ),
    _series(
        "tsibbledata_aus_retail.csv",
        (
            Shown({"aus_basic.total": "revenue"}),
            Shown({"aus_market_share_2018.turnover": "revenue", "aus_market_share_2018.share": "revenue_share"},
                  by="State", only="2018"),
        ),
    ),
    *map(
        _series,
        (
            "jbrownlee_monthly-airline-passengers.csv", "jbrownlee_monthly-car-sales.csv",
            "jbrownlee_monthly-shampoo-sales.csv", "jbrownlee_monthly-writing-paper-sales.csv",
            "jbrownlee_monthly_champagne_sales.csv", "prophet_example_air_passengers.csv",
            "prophet_example_retail_sales.csv", "prophet_example_wp_log_R_outliers1.csv",
            "prophet_example_wp_log_peyton_manning.csv", "skforecast_australia_tourism.csv",
            "skforecast_expenditures_australia.csv", "skforecast_h2o.csv", "skforecast_simulated_items_sales.csv",
            "skforecast_wikipedia_visits.csv", "statsmodels_co2.csv",
        ),
    ),
    Given("m4", "m4_weekly", ("Weekly-test.csv",)),
)  # fmt: skip


def asked_of(printed: str) -> frozenset[str]:
    """The questions that `init` says are open."""
    return frozenset(re.findall(r"--answer (\S+)=1", printed))


@pytest.mark.parametrize("given", GIVEN, ids=lambda given: given.name)
def test_init(
    given: Given, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in given.files:
        shutil.copy(data() / given.dataset / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    blocked = any(name.endswith(".returns") for name in given.asked)
    assert main(["init", *given.files, "--language", "en"]) == (2 if blocked else 0)
    printed = capsys.readouterr()
    assert asked_of(printed.out + printed.err) == given.asked
    if given.answers:
        Path("kpi.toml").unlink(missing_ok=True)
        answers = [part for name, number in given.answers.items() for part in ("--answer", f"{name}={number}")]
        assert main(["init", *given.files, *answers, "--language", "en"]) == 0
        printed = capsys.readouterr()
        assert asked_of(printed.out + printed.err) == frozenset()
    for shown in given.shown:
        wrong = differing(given, shown, capsys)
        assert wrong == {}, shown


def differing(given: Given, shown: Shown, capsys: pytest.CaptureFixture[str]) -> dict[object, object]:
    """The figures that are not those of the reference."""
    options = [part for metric in dict.fromkeys(shown.figures.values()) for part in ("--metric", metric)]
    options += ["--by", shown.by] if shown.by else []
    options += ["--from", f"{shown.only}-01-01", "--to", f"{shown.only}-12-31"] if shown.only else []
    assert main(["show", "metrics", "kpi.toml", "--grain", shown.grain, "--format", "json", *options]) == 0
    records = json.loads(capsys.readouterr().out, parse_float=Decimal, parse_int=Decimal)
    found = {(record["metric"], _key(record, shown)): record["value"] for record in records}
    wrong: dict[object, object] = {}
    for name, metric in shown.figures.items():
        for key, value in figures(given.dataset)[name].values.items():
            seen = found.pop((metric, _called(key, shown)), None)
            if not (is_equal(seen, value) if value is not None else seen is None):
                wrong[name, key] = (seen, value)
    if not shown.top and shown.by:
        wrong |= {key: value for key, value in found.items() if value}
    return wrong


def _key(record: Mapping[str, Any], shown: Shown) -> object:
    if shown.by is not None:
        return record["by"][shown.by]
    return {"all": None, "year": record["period"]}.get(shown.grain, record["start"])


def _called(key: object, shown: Shown) -> object:
    """What the reference calls a period, as `_key` does."""
    if shown.by is not None or shown.grain == "all":
        return key
    if shown.grain == "year":
        return str(key)
    return f"{key}-01" if len(str(key)) == 7 else str(key)


@pytest.mark.parametrize("given", [given for given in GIVEN if given.rest], ids=lambda given: given.name)
def test_no_figure_is_left_out(given: Given) -> None:
    said = {name for shown in given.shown for name in shown.figures}
    traps = {name for name, figure in figures(given.dataset).items() if figure.trap}
    assert not said & given.rest.keys()
    assert said | given.rest.keys() | traps == figures(given.dataset).keys()


def test_spend_in_a_column_a_channel(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = "dt_simulated_weekly.csv"
    shutil.copy(data() / "robyn" / file, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["init", file, "--answer", "dt_simulated_weekly.spend=1"]) == 0
    capsys.readouterr()
    assert main(["show", "metrics", "kpi.toml", "--grain", "all", "--format", "json"]) == 0
    records = json.loads(capsys.readouterr().out, parse_float=Decimal, parse_int=Decimal)
    found = {record["metric"]: record["value"] for record in records}
    known = figures("robyn")["spend_by_channel.spend"].values
    assert len(known) == 5
    for column, spend in known.items():
        assert is_equal(found[f"spend_{column.removesuffix('_S')}"], spend)


@pytest.mark.parametrize("file", ["cdnow_master.csv"])
def test_cohorts(
    file: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(data() / "cdnow" / file, tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["init", file]) == 0
    capsys.readouterr()
    assert main(["show", "cohorts", "kpi.toml", "--metric", "retention", "--format", "json"]) == 0
    found = {
        (record["cohort"], record["age"]): (record["active"], record["share"])
        for record in json.loads(capsys.readouterr().out)
    }
    content = json.loads((data() / "cdnow" / "reference.json").read_text(encoding="utf-8"))
    (known,) = (entry for entry in content["kpis"] if entry["id"] == "cohort_retention")
    assert known["rows"]
    for cohort, age, active, share in known["rows"]:
        assert found[cohort[:7], age][0] == active
        assert is_equal(Decimal(str(found[cohort[:7], age][1])), share)


def test_cohorts_of_sales_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(data() / "online_retail" / "online_retail.parquet", tmp_path)
    monkeypatch.chdir(tmp_path)
    assert main(["init", "online_retail.parquet", "--answer", "online_retail.returns=2"]) == 0
    capsys.readouterr()
    assert main(["show", "cohorts", "kpi.toml", "--metric", "retention", "--format", "json"]) == 0
    records = json.loads(capsys.readouterr().out)
    found = {record["age"]: record for record in records if record["cohort"] == "2010-12"}
    known = reference("online_retail", "cohort_retention_2010_12")
    assert known
    for age, active, share in known:
        assert found[age]["active"] == active
        assert is_equal(Decimal(str(found[age]["share"])), share)
