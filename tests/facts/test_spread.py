"""Bins by hand, and for any numbers: nothing is lost, edges are exact, outliers do not stretch the scale."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.facts.query import Grouping, Leaf
from kpi_tui.facts.spread import MOST_BINS, NotSpread, Spread, spread, spread_behind
from kpi_tui.formula import parse
from kpi_tui.formula.tree import aggregates
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.periods import Period

D = Decimal


def of(*values: float | None) -> Spread:
    return spread(pl.Series(values, dtype=pl.Float64))


def bins(found: Spread) -> list[tuple[Decimal | None, Decimal | None, int]]:
    return [(each.low, each.high, each.count) for each in found.bins]


def test_whole_numbers_have_bins_of_their_own() -> None:
    found = of(1, 2, 2, 3, 3, 3, None)
    assert bins(found) == [(D(1), D(2), 1), (D(2), D(3), 2), (D(3), D(4), 3)]
    assert (found.total, found.missing, found.step, found.whole, found.outliers) == (6, 1, D(1), True, 0)
    assert (found.least, found.median, found.mean, found.most) == (1.0, 2.5, 14 / 6, 3.0)


def test_an_edge_belongs_to_the_bin_above_it_and_is_exact() -> None:
    """0.3 / 0.1 is 2.9999999999999996 in floating point: 0.3 still is in the bin from 0.3."""
    found = of(*[0.0, 0.1, 0.2, 0.3, 0.7, 1.2] * 60)
    assert found.step == D("0.1")
    assert [(low, count) for low, _, count in bins(found) if count] == [
        (D("0.0"), 60), (D("0.1"), 60), (D("0.2"), 60), (D("0.3"), 60), (D("0.7"), 60), (D("1.2"), 60),
    ]  # fmt: skip


def test_outliers_are_gathered_at_the_ends() -> None:
    """Quartiles 5 and 15, so the fences are at -25 and 45; the bins reach over the numbers inside."""
    found = of(*range(21), -1000, 5000, 6000)
    assert bins(found)[0] == (None, D(0), 1)
    assert bins(found)[-1][1:] == (None, 2)
    assert bins(found)[1:-1] == [
        (D(0), D(5), 5),
        (D(5), D(10), 5),
        (D(10), D(15), 5),
        (D(15), D(20), 5),
        (D(20), D(25), 1),
    ]
    assert (found.outliers, found.least, found.most) == (3, -1000.0, 6000.0)


def test_where_most_values_are_one_the_rest_is_still_seen() -> None:
    found = of(*[0.0] * 90, *range(1, 11))
    assert sum(each.count for each in found.bins) == 100
    assert bins(found)[0] == (D(0), D(1), 90)
    assert found.step == 1


def test_few_values_have_few_bins() -> None:
    assert [count for _, _, count in bins(of(0, 117, 217, 317))] == [1, 1, 1, 1]


def test_one_value_is_one_bin_and_none_is_no_bin() -> None:
    assert [count for _, _, count in bins(of(7.25))] == [1]
    assert of(None, float("nan"), float("inf")) == Spread(missing=3)


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12), min_size=1))
def test_every_value_is_in_exactly_one_bin(values: list[float]) -> None:
    found = of(*values)
    assert sum(each.count for each in found.bins) == len(values)
    assert len(found.bins) <= MOST_BINS + 2
    assert all(before.high == after.low for before, after in pairwise(found.bins))
    for each in found.bins:
        inside = [
            value
            for value in values
            if (each.low is None or float(each.low) <= value) and (each.high is None or value < float(each.high))
        ]
        assert len(inside) == each.count


SALES = Source(id="sales", path="sales.csv", time="date", dimensions=("channel",))
FRAME = pl.DataFrame(
    {
        "date": [date(2026, 1, 1), date(2026, 1, 2), date(2026, 1, 3), date(2026, 2, 1)],
        "channel": ["Email", "Email", "Shop", "Email"],
        "amount": pl.Series([D(10), D(20), D(30), D(40)], dtype=pl.Decimal(10, 2)),
    }
)
JANUARY = (Period(date(2026, 1, 1), date(2026, 1, 31), "2026-01"),)


def leaf(formula: str) -> Leaf:
    [found] = aggregates(parse.formula(formula))
    return Leaf("sales", found)


def test_only_the_rows_of_the_period_the_slice_and_the_filter_count() -> None:
    slice = Grouping(JANUARY, (), (("channel", ("Email",)),))
    assert spread_behind(FRAME, SALES, slice, leaf("MEDIAN(amount)")).total == 2
    filtered = spread_behind(FRAME, SALES, Grouping(JANUARY), leaf("SUM(amount * 2) FILTER (WHERE amount > 10)"))
    assert (filtered.total, filtered.least, filtered.most) == (2, 40.0, 60.0)


@pytest.mark.parametrize("formula", ["COUNT(*)", "COUNT(DISTINCT channel)", "MAX(date)"])
def test_what_is_no_number_has_no_spread(formula: str) -> None:
    with pytest.raises(NotSpread):
        spread_behind(FRAME, SALES, Grouping(JANUARY), leaf(formula))
