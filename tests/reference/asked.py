"""What is asked of the command line about each published data set, and which figures nobody can ask for yet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

JOIN = "days between events of two sources joined by an id are no metric"
ONE_BEFORE = "one lead was won a day before its first contact, which is no conversion of it: see its own test"
TOUCHES = "a path is a list in one cell; touches are no rows of their own"
DUPLICATES = "counts whole rows that repeat: no formula names all columns at once"
NOT_YET: Mapping[str, Mapping[str, str]] = {
    "supermarket_sales": {},
    "robyn": {
        "forecast_baseline.wape": "forecasts are not built yet",
        "forecast_baseline.mape": "forecasts are not built yet",
    },
    "ru_produce_sales_cp1251": {"check.dups": DUPLICATES},
    "ru_dairy_orders_bom": {},
    "derived_ru_direct_report": {},
    "olist_leads": {
        "by_origin.deals": ONE_BEFORE,
        "by_origin.cr": ONE_BEFORE,
        "by_month.deals": ONE_BEFORE,
        "by_month.cr": ONE_BEFORE,
        "sales_cycle_days.mean_days": JOIN,
        "sales_cycle_days.median_days": JOIN,
        "sales_cycle_days.negative": JOIN,
    },
    "online_retail": {
        "cohort_retention_2010_12.active": "in the cohort table: see its own test",
        "cohort_retention_2010_12.retention": "in the cohort table: see its own test",
        "dirty.dup_rows": DUPLICATES,
    },
    "cdnow": {
        "cohort_retention.k": "in the cohort table: see its own test",
        "cohort_retention.active": "in the cohort table: see its own test",
        "cohort_retention.retention": "in the cohort table: see its own test",
        "dirty.dup_rows": DUPLICATES,
    },
    "pymc_mmm": {
        "corr.corr_x1": "correlations are no metrics",
        "corr.corr_x2": "correlations are no metrics",
        "wow_gap": "gaps between rows are no metric",
    },
    "channel_attribution_paths": {
        **{f"{kind}_touch.{figure}": TOUCHES for kind in ("first", "last", "linear") for figure in ("conv", "value")},
        "path_len": TOUCHES,
    },
}


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of `show metrics`: figure -> the metric that gives it. `top`: only the largest slices are known."""

    dataset: str
    workspace: str
    figures: Mapping[str, str]
    grain: str = "all"
    by: str | None = None
    top: bool = False


def _supermarket(workspace: str) -> list[Asked]:
    total = {
        "rows.n": "orders", "revenue.total": "revenue", "revenue.cogs": "cogs", "revenue.gross": "gross",
        "aov": "aov", "margin": "margin", "rating": "rating",
    }  # fmt: skip
    branch = {"branch_share.total": "revenue", "branch_share.share": "share", "branch_share.aov": "aov"}
    customer = {"customer_type.total": "revenue", "customer_type.aov": "aov"}
    name = "supermarket_sales"
    return [
        Asked(name, workspace, total),
        Asked(name, workspace, {"by_month.total": "revenue", "by_month.orders": "orders"}, grain="month"),
        Asked(name, workspace, branch, by="Branch"),
        Asked(name, workspace, {"by_product.total": "revenue"}, by="Product line"),
        Asked(name, workspace, customer, by="Customer type"),
    ]


def _online_retail(workspace: str) -> list[Asked]:
    dirty = ("null_customer", "null_description", "neg_qty", "neg_price", "zero_price")
    total = {
        "rows.n": "rows", "net_revenue": "net_revenue", "gross_revenue": "revenue", "returns_value": "returns",
        "aov": "aov", "arpu.arpu": "arpu", "arpu.customers": "customers", **{f"dirty.{name}": name for name in dirty},
        "repeat_rate": "repeat_rate",
    }  # fmt: skip
    month = {"by_month.revenue": "revenue", "by_month.orders": "orders", "by_month.aov": "aov"}
    country = {"country_share.revenue": "revenue", "country_share.share": "share"}
    name = "online_retail"
    return [
        Asked(name, workspace, total),
        Asked(name, workspace, month, grain="month"),
        Asked(name, workspace, country, by="Country", top=True),
    ]


ROBYN_TOTALS = {
    "rows.n": "weeks", "revenue": "revenue", "blended_roas": "roas", "romi": "romi", "search_cpc": "cpc",
    "facebook_cpm": "cpm", "market_share": "market_share",
}  # fmt: skip
ROBYN_YEARS = {
    "by_year.n_weeks": "weeks", "by_year.revenue": "revenue", "by_year.spend": "spend", "by_year.roas": "roas",
    "by_year.share": "market_share",
}  # fmt: skip
PRODUCE_TOTALS = {
    "rows.n": "shipments", "revenue.revenue": "revenue", "revenue.units": "units", "aov": "aov",
    "avg_price": "avg_price", "check.mismatch": "mismatch",
}  # fmt: skip
DAIRY_TOTALS = {
    "rows.n": "lines", "revenue.revenue": "revenue", "revenue.units": "units", "aov": "aov", "avg_price": "avg_price",
    "check": "mismatch",
}  # fmt: skip
DIRECT_TOTALS = {
    "rows": "rows", "totals.impressions": "impressions", "totals.clicks": "clicks", "totals.spent_rounded": "spend",
    "totals.leads": "leads", "totals.sales": "sales", "ctr": "ctr", "cpl": "cpl", "cac": "cac", "cpc": "cpc",
}  # fmt: skip
# Every deal's lead is among the leads, so the counts of both sources make the rate of the whole.
OLIST_TOTALS = {
    "rows.mql": "mql", "rows.deals": "deals", "lead_to_deal_cr": "deals_per_lead", "nulls.origin_null": "origin_null",
    "nulls.profile_null": "profile_null", "nulls.segment_null": "segment_null",
}  # fmt: skip

CDNOW_TOTALS = {
    "rows.n": "orders", "rows.customers": "buyers", "revenue": "revenue", "aov": "aov", "arpu": "arpu",
    "repeat_rate": "repeat_by_day", "repeat_rate_rows": "repeat_by_row", "dirty.zero_value": "zero_value",
}  # fmt: skip
CDNOW_MONTHS = {"by_month.revenue": "revenue", "by_month.orders": "orders", "by_month.buyers": "buyers"}
MMM_TOTALS = {
    "rows.n": "weeks", "totals.y": "sales", "totals.x1": "x1", "totals.x2": "x2", "totals.e1": "e1", "totals.e2": "e2",
    "sales_per_unit_spend.y_per_x1": "y_per_x1", "sales_per_unit_spend.y_per_x2": "y_per_x2",
    "zero_weeks_x2": "zero_weeks", "roas_data.n_weeks": "simulated_weeks", "roas_data.roas_x1": "roas_x1",
    "roas_data.roas_x2": "roas_x2",
}  # fmt: skip
MMM_YEARS = {"by_year.n_weeks": "weeks", "by_year.sales": "sales", "by_year.x1": "x1", "by_year.x2": "x2"}
PATHS_TOTALS = {
    "rows": "paths", "totals.conv": "conversions", "totals.value": "value", "totals.nulls": "nulls", "cr": "cr",
    "aov": "value_per_conversion",
}  # fmt: skip

ASKED = (
    Asked("cdnow", "cdnow", CDNOW_TOTALS),
    Asked("cdnow", "cdnow", CDNOW_MONTHS, grain="month"),
    Asked("pymc_mmm", "pymc_mmm", MMM_TOTALS),
    Asked("pymc_mmm", "pymc_mmm", MMM_YEARS, grain="year"),
    Asked("channel_attribution_paths", "paths", PATHS_TOTALS),
    *_supermarket("supermarket_csv"),
    *_supermarket("supermarket_xlsx"),
    Asked("robyn", "robyn", ROBYN_TOTALS),
    Asked("robyn", "robyn", ROBYN_YEARS, grain="year"),
    Asked("robyn", "robyn", {"by_event.n_weeks": "weeks", "by_event.revenue": "revenue"}, by="events"),
    Asked("ru_produce_sales_cp1251", "ru_produce", PRODUCE_TOTALS),
    Asked(
        "ru_produce_sales_cp1251",
        "ru_produce",
        {"by_month.revenue": "revenue", "by_month.n": "shipments"},
        grain="month",
    ),
    Asked(
        "ru_produce_sales_cp1251",
        "ru_produce",
        {"customer_share.revenue": "revenue", "customer_share.share": "share"},
        by="Заказчик",
    ),
    Asked("ru_produce_sales_cp1251", "ru_produce", {"by_city.revenue": "revenue"}, by="Город"),
    Asked(
        "ru_produce_sales_cp1251",
        "ru_produce",
        {"by_category.revenue": "revenue", "by_category.units": "units"},
        by="Категория товара",
    ),
    Asked("ru_dairy_orders_bom", "ru_dairy", DAIRY_TOTALS),
    Asked("ru_dairy_orders_bom", "ru_dairy", {"by_day.revenue": "revenue", "by_day.n": "lines"}, grain="day"),
    Asked(
        "ru_dairy_orders_bom",
        "ru_dairy",
        {"by_category.revenue": "revenue", "by_category.share": "share"},
        by="Категория товара",
    ),
    Asked("derived_ru_direct_report", "ru_direct", DIRECT_TOTALS),
    Asked("olist_leads", "olist", OLIST_TOTALS),
    Asked("olist_leads", "olist", {"by_origin.mql": "mql", "by_origin.lead_share": "lead_share"}, by="origin"),
    Asked("olist_leads", "olist", {"by_month.mql": "mql"}, grain="month"),
    Asked("olist_leads", "olist", {"deals_by_won_month.deals": "deals"}, grain="month"),
    Asked("olist_leads", "olist", {"top_segments.deals": "deals"}, by="business_segment", top=True),
    Asked("olist_leads", "olist", {"lead_type.deals": "deals"}, by="lead_type"),
    *_online_retail("online_retail_csv"),
    *_online_retail("online_retail_parquet"),
)


@dataclass(frozen=True, slots=True)
class Range:
    """Figures that are the first and the last date of a data set, and the finest grain it has."""

    dataset: str
    workspaces: Sequence[str]
    metric: str
    first: str = "rows.a"
    last: str = "rows.b"
    grain: str = "day"


RANGES = (
    Range("supermarket_sales", ("supermarket_csv", "supermarket_xlsx"), "orders"),
    Range("robyn", ("robyn",), "weeks", "rows.first_week", "rows.last_week", "week"),
    Range("ru_produce_sales_cp1251", ("ru_produce",), "shipments"),
    Range("ru_dairy_orders_bom", ("ru_dairy",), "lines"),
    Range("cdnow", ("cdnow",), "orders"),
    Range("pymc_mmm", ("pymc_mmm",), "weeks", grain="week"),
    Range("online_retail", ("online_retail_csv", "online_retail_parquet"), "rows"),
)
