"""Rules of the written meaning of the numbers that an evaluator gets wrong first."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Literal

import pytest

from tests.metrics.row_by_row import Asked, Facts, Fill, Grain, Oracle, Row, Share, Simple
from tests.metrics.test_evaluate_oracle import answer

NOTHING = Facts((), frozenset({"channel"}), None, None)


def row(day: date, channel: str | None, quantity: int) -> Row:
    cells = dict.fromkeys(("region", "customer", "cost", "score"))
    return {**cells, "date": day, "channel": channel, "quantity": quantity}


def oracle(
    rows: list[Row],
    metric: Simple,
    grain: Grain,
    *by: str,
    until: date | None = None,
    every: Literal["day", "week", "month"] = "day",
) -> Oracle:
    days = [row["date"] for row in rows]
    facts = Facts(rows, frozenset({"channel", "region"}), min(days), until or max(days), every)
    return Oracle({"sales": facts, "visits": NOTHING}, {"m": metric}, 1, 0, None, Asked(grain, None, None, by, (), ()))


def test_a_stock_has_every_slice_seen_in_the_range() -> None:
    rows = [row(date(2026, 1, 10), "a", 10), row(date(2026, 1, 20), "b", 7)]
    asked = oracle(rows, Simple("sales", "SUM(", "quantity", at="last"), "month", "channel")
    assert set(answer(asked, ["m"]).slices) == asked.slices(["m"]) == {("a",), ("b",)}


def test_after_complete_until_no_rows_do_not_mean_nought() -> None:
    rows = [row(date(2026, 1, 1), "a", 10), row(date(2026, 1, 4), "a", 7)]
    asked = oracle(rows, Simple("sales", "SUM(", "quantity"), "day", until=date(2026, 1, 2))
    assert answer(asked, ["m"]).series("m") == (10, 0, None, 7)


def test_a_derived_metric_is_filled_in_a_period_without_rows() -> None:
    rows = [row(date(2026, 1, 1), "a", 10), row(date(2026, 1, 3), "a", 7)]
    asked = oracle(rows, Simple("sales", "AVG(", "quantity"), "day")
    found = answer(asked, ["m"], more={"doubled": ("m * 2", Decimal(0))})
    assert found.series("doubled") == (20, 0, 14)


def test_a_metrics_where_and_the_views_filter_average_over_the_same_days() -> None:
    rows = [row(date(2026, 1, 10), "a", 10), row(date(2026, 1, 20), "b", 7)]
    narrow = oracle(rows, Simple("sales", "SUM(", "quantity", where="channel = 'a'", at="average"), "month")
    split = oracle(rows, Simple("sales", "SUM(", "quantity", at="average"), "month", "channel")
    assert answer(narrow, ["m"]).value("m") == answer(split, ["m"]).value("m", part=0)


def test_a_stock_without_a_row_that_its_where_keeps_on_the_chosen_day_is_undefined() -> None:
    rows = [row(date(2026, 1, 10), "a", 10), row(date(2026, 1, 20), "b", 7)]
    asked = oracle(rows, Simple("sales", "COUNT(", "*", where="channel = 'a'", at="last"), "month")
    assert answer(asked, ["m"]).value("m") is None
    asked = oracle(rows, Simple("sales", "COUNT(", "*", condition="channel = 'a'", at="last"), "month")
    assert answer(asked, ["m"]).value("m") == 0, "the aggregate's own filter leaves the day"


@pytest.mark.parametrize(
    ("function", "fill", "expected"),
    [
        ("SUM(", Decimal(5), (10, 0)),
        ("AVG(", Decimal(5), (10, 5)),
        ("MAX(", "previous", (10, 10)),
        ("MAX(", None, (10, None)),
    ],
)
def test_a_period_without_rows_that_the_metrics_where_keeps_is_one_without_rows(
    function: str, fill: Fill, expected: tuple[int | None, ...]
) -> None:
    rows = [row(date(2026, 1, 1), "a", 10), row(date(2026, 1, 2), "b", 7)]
    metric = Simple("sales", function, "quantity", where="channel = 'a'", fill=fill)
    assert answer(oracle(rows, metric, "day"), ["m"]).series("m") == expected


@pytest.mark.parametrize("at", [None, "last", "average"])
def test_a_split_has_the_slices_that_the_metrics_where_leaves_out(at: Literal["last", "average"] | None) -> None:
    rows = [row(date(2026, 1, 10), "a", 10), row(date(2026, 1, 10), "b", 7)]
    asked = oracle(rows, Simple("sales", "SUM(", "quantity", where="channel = 'a'", at=at), "month", "channel")
    found = answer(asked, ["m"])
    assert found.slices == (("a",), ("b",))
    assert found.values["m"] == (10, 0 if at is None else None)


def test_a_source_that_is_complete_until_a_day_before_its_first_row_says_nothing_of_the_days_between() -> None:
    rows = [row(date(2026, 1, 20), "a", 10), row(date(2026, 2, 3), "b", 7)]
    asked = oracle(rows, Simple("sales", "SUM(", "quantity"), "month", "channel", until=date(2026, 1, 10))
    assert answer(asked, ["m"]).values["m"] == (10, None, None, 7)


@pytest.mark.parametrize(("every", "grain"), [("month", "day"), ("month", "week"), ("week", "day")])
def test_rows_that_cover_a_longer_stretch_do_not_answer_for_a_shorter_one(
    every: Literal["week", "month"], grain: Grain
) -> None:
    # 2025-12-01 is a Monday: the first day of a week and of a month
    asked = oracle([row(date(2025, 12, 1), "a", 10)], Simple("sales", "SUM(", "quantity"), grain, every=every)
    found = answer(asked, ["m"])
    assert set(found.values["m"]) == {None}
    assert str(found.reasons["m"]) == "source 'sales' knows no shorter periods than its rows cover"


@pytest.mark.parametrize("grain", ["month", "quarter", "year", "all"])
def test_rows_of_a_month_answer_for_a_month_and_longer(grain: Grain) -> None:
    asked = oracle([row(date(2025, 12, 1), "a", 10)], Simple("sales", "SUM(", "quantity"), grain, every="month")
    found = answer(asked, ["m"])
    assert found.series("m") == (10,)
    assert found.reasons == {}


def test_a_share_is_filled_itself_not_its_total() -> None:
    rows = [row(date(2026, 1, 1), "a", 10), row(date(2026, 1, 3), "a", 7)]
    asked = oracle(rows, Simple("sales", "AVG(", "quantity"), "day")
    asked = replace(asked, metrics={**asked.metrics, "share": Share("m", Decimal(0)), "other": Share("m", Decimal(5))})
    found = answer(asked, ["share", "other"])
    assert found.series("share") == (1, 0, 1)
    assert found.series("other") == (1, 5, 1)
