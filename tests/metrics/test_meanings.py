"""Rules of the written meaning of the numbers that an evaluator gets wrong first."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Literal

from tests.metrics.row_by_row import Asked, Facts, Oracle, Row, Simple
from tests.metrics.test_evaluate_oracle import answer

NOTHING = Facts((), frozenset({"channel"}), None, None)


def row(day: date, channel: str | None, quantity: int) -> Row:
    cells = dict.fromkeys(("region", "customer", "cost", "score"))
    return {**cells, "date": day, "channel": channel, "quantity": quantity}


def oracle(
    rows: list[Row], metric: Simple, grain: Literal["day", "month"], *by: str, until: date | None = None
) -> Oracle:
    days = [row["date"] for row in rows]
    facts = Facts(rows, frozenset({"channel", "region"}), min(days), until or max(days))
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
