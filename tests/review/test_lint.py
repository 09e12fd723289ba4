"""What is computed but means little is said, with its place in the formula; what is sound is not."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import polars as pl
import pytest
from msgspec.structs import replace

from kpi_tui.facts.table import Table
from kpi_tui.loaded import evaluator_of
from kpi_tui.metrics.evaluate import LeafTables
from kpi_tui.review.lint import lint
from kpi_tui.workspace.model import Metric
from tests.review.given import SALES, goal, place, workspace

SOURCE = replace(SALES, dimensions=("channel", "currency"))
DAYS = [date(2026, 1, 1), date(2026, 1, 2)]
FRAME = pl.DataFrame(
    {
        "date": DAYS,
        "cost": [Decimal("10.5"), Decimal(3)],
        "clicks": [3, 4],
        "ctr": [0.1, 0.2],
        "reach": [7, 7],
        "customer": ["a", "b"],
        "channel": ["Email", "Email"],
        "currency": ["EUR", "EUR"],
    }
)


def m(id: str, formula: str, unit: str = "count", **keys: object) -> Metric:
    source = "sales" if "(" in formula else None
    return Metric(id=id, formula=formula, unit=unit, source=source, **keys)  # type: ignore[arg-type]  # units by name


TWO_THINGS = "numerator and denominator do not count the same"
ALL = "every row weighs the same"
SPEND = m("spend", "SUM(cost)", "money")
CLICKS = m("clicks", "SUM(clicks)")
SHARE = m("ctr", "clicks / COUNT(*)", "percent", good="up")


def said(*metrics: Metric, goals: bool = False, frame: pl.DataFrame = FRAME) -> list[str]:
    known = replace(workspace(*metrics, goals=[goal(metrics[0], 100)] if goals else []), sources=(SOURCE,))
    table = Table(SOURCE, frame, DAYS[0], DAYS[-1], frame.height, 0, (), (SOURCE.path,))
    found = lint(evaluator_of(known, LeafTables({"sales": table}), place), known, place)
    return [f"{f.severity} {f.subject}: {f.what}" for f in found]


@pytest.mark.parametrize(
    ("metrics", "expected"),
    [
        ([SPEND, CLICKS, m("cpc", "spend / clicks", "money")], []),
        ([SPEND, CLICKS, m("odd", "spend + clicks", "money")], ["error odd:1:1: money and a count do not add up"]),
        (
            [SPEND, CLICKS, m("cr", "COUNT(*) / clicks", "percent"), m("odd", "spend - cr", "money")],
            ["error odd:1:1: money and a mere number do not add up"],
        ),
        (
            [m("over", "SUM(clicks) / COUNT(*)", "percent")],
            [f"warning metric 'over': a share of more than 100 % over all data: {TWO_THINGS}"],
        ),
        (
            [m("mean", "AVG(cost / clicks)", "money")],
            ["warning mean:1:1: AVG of 'cost / clicks', which is a ratio: " + ALL],
        ),
        (
            [
                m("a", "COUNT(DISTINCT customer) FILTER (WHERE channel = 'Email')"),
                m("b", "COUNT(DISTINCT customer) FILTER (WHERE channel <> 'Email')"),
                m("both", "a + b"),
            ],
            ["warning both:1:1: adds distinct counts of the same column: who is in both parts is counted twice"],
        ),
        (
            [SPEND, m("lately", "spend", "money", window="28 days")],
            ["warning metric 'lately': the data cover 2 days, not 28 days: no value is ever complete"],
        ),
        ([SPEND, m("lately", "spend", "money", window="2 days")], []),
        # a mean price and a price per click are both money, whatever they are divided by
        ([SPEND, CLICKS, m("p", "AVG(cost)", "money"), m("q", "spend / clicks - p", "money")], []),
        ([SPEND, m("r", "spend - 100", "money")], []),
        ([SPEND, CLICKS, m("c", "COALESCE(spend, clicks)", "money")], ["error c:1:1: money and a count do not add up"]),
        (
            [SPEND, CLICKS, m("cpc", "spend / clicks", "percent")],
            ["warning metric 'cpc': its formula gives money per count, its unit says a percent"],
        ),
        (
            [SPEND, m("twice", "spend / spend", "count")],
            ["warning metric 'twice': its formula gives a mere number, its unit says a count"],
        ),
        ([SPEND, m("share", "spend", "percent", share_of_total=True)], []),
        (
            [m("ctr", "AVG(ctr)", "percent")],
            ["warning ctr:1:1: AVG of 'ctr', which is a ratio: every row weighs the same"],
        ),
        (
            [m("reach", "SUM(reach)")],
            ["warning reach:1:1: SUM of 'reach', which counts different people: who comes twice is counted twice"],
        ),
        (
            [m("people", "COUNT(DISTINCT customer) + COUNT(DISTINCT customer)")],
            [],  # the same call twice is one leaf
        ),
        (
            [m("people", "COUNT(DISTINCT customer) + COUNT(DISTINCT customer) FILTER (WHERE clicks > 2)")],
            ["warning people:1:28: adds distinct counts of the same column: who is in both parts is counted twice"],
        ),
        (
            [CLICKS, m("rows", "COUNT(*)"), m("cr", "clicks / rows", "percent", good="up")],
            [
                "warning metric 'cr': a share of more than 100 % over all data: "
                "numerator and denominator do not count the same"
            ],
        ),
        ([CLICKS, m("rows", "COUNT(*)"), m("cr", "rows / clicks", "percent", good="up")], []),
    ],
)
def test_advice(metrics: list[Metric], expected: list[str]) -> None:
    assert said(*metrics) == expected


def test_what_nobody_uses_is_a_hint_where_there_are_goals() -> None:
    other = m("other", "COUNT(*)")
    assert said(SPEND, other, goals=False) == []
    assert said(SPEND, other, goals=True) == ["hint : no goal, KPI line or other metric uses other"]


def test_amounts_in_several_currencies_do_not_add_up() -> None:
    mixed = FRAME.with_columns(currency=pl.Series(["EUR", "USD"]))
    euros = m("euros", "SUM(cost) FILTER (WHERE currency = 'EUR')", "money")
    assert said(SPEND, frame=mixed) == ["warning spend:1:1: adds up amounts in EUR, USD"]
    assert said(euros, CLICKS, frame=mixed) == []
