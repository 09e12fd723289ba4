"""Formulas to leaves: what is shared, what accumulates, and what is wrong is said at its place while the rest works."""

from __future__ import annotations

from typing import Any, Literal

import polars as pl
import pytest

from kpi_tui.errors import Place
from kpi_tui.formula.tree import render
from kpi_tui.metrics.plan import Plan, build
from kpi_tui.workspace.model import Entry, Metric, Source, Workspace
from tests.review.given import D, day

SCHEMA = {
    "date": pl.Date(),
    "channel": pl.String(),
    "cost": pl.Decimal(20, 2),
    "clicks": pl.Int64(),
    "active": pl.Int64(),
    "paid": pl.Boolean(),
}
AT: tuple[Literal["first", "last", "average", "sum"] | None, ...] = (None, "first", "last", "average", "sum")
ADS = Source(id="ads", path="ads.csv", time="date")


def plan(*metrics: Metric, loaded: bool = True) -> Plan:
    known = Workspace(sources=(ADS,), metrics=metrics)
    return build(known, {"ads": SCHEMA} if loaded else {}, lambda path: Place(".".join(path)))


def metric(formula: str, identity: str = "m", **keys: Any) -> Metric:
    return Metric(**{"id": identity, "source": "ads", "formula": formula, **keys})


def said(*metrics: Metric, **keys: Any) -> list[str]:
    """The findings as `METRIC:LINE:COLUMN what (cure)`."""
    return [
        f"{finding.subject} {finding.what}" + (f" ({finding.cure})" if finding.cure else "")
        for finding in plan(*metrics, **keys).findings
    ]


def test_a_leaf_is_one_distinct_aggregate_with_its_filter() -> None:
    found = plan(metric("SUM(cost) / NULLIF(SUM(clicks), 0) + sum( cost )")).metrics["m"]
    assert [render(leaf.aggregate) for leaf in found.leaves] == ["SUM(cost)", "SUM(clicks)"]
    assert found.tree is not None
    assert render(found.tree).count(found.leaves[0].column) == 2


def test_where_of_the_metric_is_apart_from_the_filter_of_each_aggregate() -> None:
    found = plan(metric("SUM(cost) FILTER (WHERE clicks > 1) / COUNT(*)", where="channel = 'SEO'")).metrics["m"]
    assert [(render(leaf.aggregate), leaf.rows) for leaf in found.leaves] == [
        ("SUM(cost) FILTER (WHERE clicks > 1)", ("ads", None, "channel = 'SEO'")),
        ("COUNT(*)", ("ads", None, "channel = 'SEO'")),
    ]


def test_the_same_aggregate_over_other_rows_is_another_leaf() -> None:
    found = plan(
        metric("SUM(cost)", "all"),
        metric("SUM(cost)", "paid", where="paid"),
        metric("SUM(cost) * 2", "again", where="( paid )"),
        metric("SUM(cost) FILTER (WHERE paid)", "filtered"),
    )
    columns = {name: found.metrics[name].leaves[0].column for name in ("all", "paid", "again", "filtered")}
    assert len(set(columns.values())) == 3
    assert columns["paid"] == columns["again"]


def test_metrics_of_one_source_share_their_leaves_by_name() -> None:
    found = plan(metric("SUM(cost)", "a"), metric("1 + SUM( cost )", "b"), metric("SUM(cost)", "c", at="last"))
    [a], [b], [c] = (found.metrics[name].leaves for name in "abc")
    assert a.column == b.column != c.column


def test_each_metric_follows_those_it_uses() -> None:
    found = plan(metric("b / c", "a"), metric("c + c", "b"), metric("SUM(cost)", "c"), metric("SUM(clicks)", "d"))
    assert list(found.metrics) == ["c", "b", "a", "d"]
    assert found.needed("a") == ("c", "b", "a")
    assert found.needed("d") == ("d",)
    assert found.metrics["a"].sources == frozenset({"ads"})
    assert found.metrics["a"].uses == ("b", "c")


def test_what_is_hand_entered_below_is_known() -> None:
    typed = Metric(id="e", entries=(Entry(date=day("01-01"), value=D(1)),))
    found = plan(typed, metric("e * 2", "twice"), metric("SUM(cost)", "c"))
    assert [found.metrics[name].entered for name in ("e", "twice", "c")] == [True, True, False]


@pytest.mark.parametrize(
    "formula",
    [
        *("SUM(cost)", "COUNT(*)", "COUNT(DISTINCT channel)", "SUM(cost) FILTER (WHERE paid)", "SUM(cost * clicks)"),
        *("SUM(cost) + 2 * COUNT(*)", "SUM(cost) * 0.8 - COUNT(*)", "-SUM(cost)", "SUM(cost) / 100", "-1 * SUM(cost)"),
        *("SUM(cost) * (1 + 0.2)", "SUM(cost) / (1 + 0.2)", "-(SUM(cost) - 3 * COUNT(*))"),
        *(
            "COALESCE(SUM(cost), 0)",
            "COALESCE(SUM(cost), 0) + COUNT(*)",
            "flow",
            "flow - COUNT(*)",
            "2 * (flow + flow)",
        ),
    ],
)
def test_a_linear_combination_of_sums_is_a_flow(formula: str) -> None:
    assert plan(metric(formula), metric("SUM(cost)", "flow")).metrics["m"].is_flow


@pytest.mark.parametrize(
    "formula",
    [
        *(
            "SUM(cost) / SUM(clicks)",
            "AVG(cost)",
            "MEDIAN(cost)",
            "MAX(cost)",
            "SUM(cost) * SUM(clicks)",
            "SUM(cost) + 1",
        ),
        *("ROUND(SUM(cost))", "COALESCE(SUM(cost), 1)", "NULLIF(SUM(cost), 0)", "LN(SUM(cost))", "1 / SUM(cost)", "5"),
        *(
            "CASE WHEN SUM(cost) > 1 THEN SUM(cost) ELSE 0 END",
            "level",
            "flow + level",
            "flow / flow",
            "ABS(SUM(cost))",
        ),
        *("stock", "flow + stock", "share"),
    ],
)
def test_everything_else_is_a_level(formula: str) -> None:
    others = (
        metric("SUM(cost)", "flow"),
        metric("AVG(cost)", "level"),
        metric("SUM(active)", "stock", at="last"),
        metric("SUM(cost)", "share", share_of_total=True),
    )
    assert not plan(metric(formula), *others).metrics["m"].is_flow


@pytest.mark.parametrize("at", ["first", "last", "average"])
def test_a_stock_is_a_level(at: Any) -> None:
    assert not plan(metric("SUM(active)", at=at)).metrics["m"].is_flow


def test_entries_are_a_flow_where_they_add_up() -> None:
    metrics = [Metric(id=at or "none", at=at) for at in AT]
    found = {at: plan(*metrics).metrics[at or "none"].is_flow for at in AT}
    assert found == {None: False, "first": False, "last": False, "average": False, "sum": True}


def test_accumulates_overrides() -> None:
    assert plan(metric("AVG(cost)", accumulates=True)).metrics["m"].is_flow
    assert not plan(metric("SUM(cost)", accumulates=False)).metrics["m"].is_flow
    assert not plan(Metric(id="m", at="sum", accumulates=False)).metrics["m"].is_flow


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("SUM(cost) / spned", "m:1:13 unknown name 'spned' (did you mean 'spend'?)"),
        ("SUM(cots)", "m:1:5 unknown column 'cots' (did you mean 'cost'?)"),
        ("spend / cost", "m:1:9 column cost must be inside an aggregate (for example SUM(cost))"),
        ("SUM(cost) / 2 / xyz", "m:1:17 unknown name 'xyz' (metrics are spend)"),
        (
            "SUM(channel)",
            "m:1:5 SUM needs a number; column 'channel' is not one (declare its type in [source.columns])",
        ),
        ("AVG(date)", "m:1:5 AVG needs a number; column 'date' is not one (declare its type in [source.columns])"),
        ("MIN(date)", "m:1:5 MIN needs a number; column 'date' is not one (declare its type in [source.columns])"),
        ("SUM(cost) FILTER (WHERE clicks)", "m:1:25 this is not a condition (compare it with something)"),
        ("SUM(cost", "m:1:5 this cannot be read at 'cost' (check brackets, commas and quotes)"),
    ],
)
def test_what_is_wrong_with_a_formula(formula: str, expected: str) -> None:
    assert said(metric("SUM(cost)", "spend"), metric(formula)) == [expected]


def test_what_else_is_wrong_with_a_metric() -> None:
    assert said(metric("SUM(cost)", where="channel")) == [
        "m.where:1:1 this is not a condition (compare it with something)"
    ]
    assert said(metric("SUM(cost)", where="SUM(cost) > 1")) == [
        "m.where:1:1 a condition on rows cannot hold an aggregate: SUM (compare columns, such as cost > 100)"
    ]
    assert said(metric("SUM(cost)", source=None)) == [
        "m:1:1 an aggregate needs a source (set the metric's source, one of ads)"
    ]
    assert said(metric("SUM(cost)", "a"), metric("a * 2", at="last")) == [
        "m:1:1 'at' needs an aggregate in this formula (put it on the metric that holds the aggregate)"
    ]


def test_counts_take_any_type() -> None:
    assert said(metric("COUNT(channel) + COUNT(DISTINCT date) + COUNT(paid)")) == []


def test_columns_are_checked_once_the_source_is_loaded() -> None:
    assert said(metric("SUM(cots)"), loaded=False) == []


def test_a_cycle_is_named_and_what_uses_it_is_undefined() -> None:
    found = plan(metric("b + 1", "a"), metric("c + 1", "b"), metric("a + 1", "c"), metric("SUM(cost)", "d"))
    assert [str(finding.what) for finding in found.findings] == ["cycle: a -> b -> c -> a"]
    assert {name: found.metrics[name].error is not None for name in "abcd"} == {
        "a": True,
        "b": True,
        "c": True,
        "d": False,
    }
    assert said(metric("m + 1")) == ["m:1:1 cycle: m -> m (one of them must not use the others)"]


def test_what_uses_a_wrong_metric_says_so_and_the_rest_works() -> None:
    found = plan(metric("SUM(nothing)", "a"), metric("a * 2", "b"), metric("SUM(cost)", "c"))
    assert str(found.metrics["b"].error) == "metric 'a' is wrong"
    assert found.metrics["c"].error is None
    assert len(found.findings) == 1, "the cause is said once"


def test_a_finding_stands_at_the_formula_in_the_file() -> None:
    [finding] = plan(metric("SUM(nothing)")).findings
    assert str(finding.place) == "metric.m.formula"


def test_a_share_of_total_divides_its_own_formula() -> None:
    found = plan(metric("SUM(cost) - SUM(clicks)", share_of_total=True))
    assert found.metrics["m"].uses == ("m whole",)
    assert [render(leaf.aggregate) for leaf in found.metrics["m whole"].leaves] == ["SUM(cost)", "SUM(clicks)"]
    assert found.needed("m") == ("m whole", "m")
    assert found.metrics["m"].sources == frozenset({"ads"})
