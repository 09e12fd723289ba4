"""Comparisons: like with like, over the days that both sides have."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal as D
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.metrics.answer import Question
from kpi_tui.review.comparison import COMPARISONS, Change, compared, counterpart, matching
from kpi_tui.workspace.model import Metric
from kpi_tui.workspace.periods import Calendar, Period
from tests.review.given import RATE, REVENUE, Row, evaluator, rows_of, typed, workspace

CALENDAR = Calendar()
CUSTOMERS = Metric(id="customers", source="sales", formula="COUNT(DISTINCT channel)")


def days(start: str, end: str) -> tuple[date, date]:
    return date.fromisoformat(start), date.fromisoformat(end)


@pytest.mark.parametrize(
    ("grain", "comparison", "elapsed", "other"),
    [
        ("month", "previous", ("2026-11-01", "2026-11-14"), ("2026-10-01", "2026-10-14")),
        ("month", "previous", ("2026-11-01", "2026-11-30"), ("2026-10-01", "2026-10-31")),
        ("month", "previous", ("2026-03-01", "2026-03-30"), ("2026-02-01", "2026-02-28")),  # a shorter month
        ("month", "previous", ("2026-05-10", "2026-05-31"), ("2026-04-10", "2026-04-30")),  # data begin on the 10th
        ("month", "year", ("2026-11-01", "2026-11-14"), ("2025-11-01", "2025-11-14")),
        ("month", "year", ("2024-02-01", "2024-02-29"), ("2023-02-01", "2023-02-28")),
        ("month", "elapsed", ("2026-02-01", "2026-02-28"), ("2026-01-01", "2026-01-28")),
        ("month", "elapsed", ("2026-03-01", "2026-03-31"), ("2026-02-01", "2026-02-28")),
        ("month", "elapsed", ("2026-11-01", "2026-11-14"), ("2026-10-01", "2026-10-14")),
        ("quarter", "previous", ("2026-10-01", "2026-11-14"), ("2026-07-01", "2026-08-14")),
        ("year", "previous", ("2024-01-01", "2024-03-01"), ("2023-01-01", "2023-03-01")),  # a leap day between
        ("year", "year", ("2024-01-01", "2024-02-29"), ("2023-01-01", "2023-02-28")),
        ("week", "previous", ("2026-11-09", "2026-11-11"), ("2026-11-02", "2026-11-04")),
        ("week", "year", ("2026-11-09", "2026-11-11"), ("2025-11-10", "2025-11-12")),
        ("day", "previous", ("2026-11-09", "2026-11-09"), ("2026-11-08", "2026-11-08")),
        ("day", "year", ("2024-02-29", "2024-02-29"), ("2023-02-28", "2023-02-28")),
        ("month", "2025-11", ("2026-11-01", "2026-11-14"), ("2025-11-01", "2025-11-14")),
        ("month", "2025-Q4", ("2026-11-01", "2026-11-30"), ("2025-10-01", "2025-12-31")),
        ("month", "2025-Q4", ("2026-11-01", "2026-11-14"), ("2025-10-01", "2025-10-14")),
        ("quarter", "2025-Q4", ("2026-07-01", "2026-08-14"), ("2025-10-01", "2025-11-14")),
    ],
)
def test_the_days_that_correspond(
    grain: Any, comparison: str, elapsed: tuple[str, str], other: tuple[str, str]
) -> None:
    start, end = days(*elapsed)
    period = CALENDAR.period(start, grain)
    against = counterpart(CALENDAR, period, grain, comparison)
    assert against is not None
    found = matching(CALENDAR, Period(start, end, period.name), period, against, grain, comparison)
    assert (found.start, found.end) == days(*other)


def test_a_fiscal_year_and_weeks_from_sunday() -> None:
    calendar = Calendar(fiscal_start=4, week_start=6)
    year = calendar.period(date(2026, 6, 1), "year")
    before = counterpart(calendar, year, "year", "previous")
    assert before == Period(date(2025, 4, 1), date(2026, 3, 31), "2025")
    span = Period(year.start, date(2026, 6, 15), year.name)
    found = matching(calendar, span, year, before, "year", "previous")
    assert (found.start, found.end) == days("2025-04-01", "2025-06-15")
    week = calendar.period(date(2026, 11, 11), "week")
    assert week.start.weekday() == 6
    assert counterpart(calendar, week, "week", "year") == calendar.period(week.start - timedelta(weeks=52), "week")


def test_the_whole_range_is_compared_with_as_many_days_before_it() -> None:
    stretch = Period(date(2026, 11, 1), date(2026, 11, 14), "all")
    assert counterpart(CALENDAR, stretch, "all", "previous") == Period(date(2026, 10, 18), date(2026, 10, 31), "all")
    assert counterpart(CALENDAR, stretch, "all", "year") == Period(date(2025, 11, 1), date(2025, 11, 14), "all")
    assert counterpart(CALENDAR, stretch, "all", "2025") == CALENDAR.parse("2025")
    assert counterpart(CALENDAR, CALENDAR.period(date(1, 1, 1), "month"), "month", "year") is None


@given(
    st.dates(date(2000, 1, 1), date(2050, 1, 1)),
    st.sampled_from(["day", "week", "month", "quarter", "year"]),
    st.sampled_from([*COMPARISONS, "2025", "2025-Q4", "2025-11", "2025-W10", "2025-11-05"]),
    st.integers(0, 400),
    st.integers(0, 400),
)
def test_the_days_compared_are_days_of_the_other_period(
    day: date, grain: Any, comparison: str, first: int, last: int
) -> None:
    period = CALENDAR.period(day, grain)
    a, b = sorted((first % period.days, last % period.days))
    span = Period(period.start + timedelta(a), period.start + timedelta(b), period.name)
    other = counterpart(CALENDAR, period, grain, comparison)
    assert other is not None
    found = matching(CALENDAR, span, period, other, grain, comparison)
    assert other.start <= found.start <= found.end <= other.end


def november(rows: list[Row], metric: Metric, comparison: str = "previous", **asked: Any) -> Change | None:
    """The change of November 2026, of which 14 days are known."""
    known = evaluator(workspace(metric), rows)
    question = Question((metric.id,), "month", **asked)
    return compared(known, question, metric.id, CALENDAR.period(date(2026, 11, 1), "month"), (), comparison)


A_DAY = [*rows_of(date(2025, 1, 1), date(2026, 11, 14), channel="Email", amount=D("10.00"))]


def test_half_a_month_is_compared_with_the_same_half() -> None:
    found = november(A_DAY, REVENUE)
    assert found is not None
    assert (found.value, found.against, found.change, found.relative("money")) == (D(140), D(140), D(0), 0.0)
    assert found.partial
    assert (found.other.start, found.other.end) == days("2026-10-01", "2026-10-14")


def test_a_whole_month_is_compared_with_a_whole_one() -> None:
    known = evaluator(workspace(REVENUE), A_DAY)
    october = CALENDAR.period(date(2026, 10, 1), "month")
    found = compared(known, Question(("revenue",), "month"), "revenue", october, (), "previous")
    assert found is not None
    assert (found.value, found.against, found.partial) == (D(310), D(300), False)
    assert found.relative("money") == pytest.approx(1 / 30)
    as_long = compared(known, Question(("revenue",), "month"), "revenue", october, (), "elapsed")
    assert as_long is not None
    assert as_long.against == D(300)  # September has no 31st


def test_a_distinct_count_is_recomputed_over_the_elapsed_days_never_scaled() -> None:
    rows = [
        *rows_of(date(2026, 10, 1), date(2026, 10, 3), channel="Email", amount=D(1)),
        *rows_of(date(2026, 10, 20), date(2026, 10, 25), channel="Search", amount=D(1)),
        *rows_of(date(2026, 11, 1), date(2026, 11, 14), channel="Email", amount=D(1)),
    ]
    found = november(rows, CUSTOMERS)
    assert found is not None
    assert (found.value, found.against) == (1, 1)


def test_percent_metrics_differ_in_points() -> None:
    rows = [
        *rows_of(date(2026, 10, 1), date(2026, 10, 31), won=1, leads=10),
        *rows_of(date(2026, 11, 1), date(2026, 11, 14), won=2, leads=10),
    ]
    found = november(rows, RATE)
    assert found is not None
    assert found.change == pytest.approx(0.1)
    assert found.relative("percent") is None
    assert found.shown("percent") == pytest.approx(0.1)


def test_nothing_is_like_a_period_that_the_data_do_not_reach() -> None:
    short = rows_of(date(2026, 10, 10), date(2026, 11, 14), channel="Email", amount=D(1))
    assert november([*short], REVENUE) is None  # the first days of October are not known
    assert november(A_DAY, REVENUE, "2024-11") is None
    assert november(A_DAY, REVENUE, "year") is not None


def test_a_range_that_cuts_the_period_cuts_what_it_is_compared_with() -> None:
    found = november(A_DAY, REVENUE, start=date(2026, 11, 3), end=date(2026, 11, 9))
    assert found is not None
    assert (found.value, found.against) == (D(70), D(70))
    assert (found.other.start, found.other.end) == days("2026-10-03", "2026-10-09")


def test_an_entry_stands_until_the_next_one_so_nothing_of_it_is_unfinished() -> None:
    metric = typed(("10-31", "0.2"), ("11-10", "0.3"), unit="percent")
    found = november([], metric)
    assert found is not None
    assert (found.value, found.against, found.partial) == (D("0.3"), D("0.2"), False)


def test_a_slice_without_sales_in_the_other_days_sold_nothing() -> None:
    rows = [
        *rows_of(date(2026, 10, 1), date(2026, 11, 14), channel="Email", amount=D(1), won=1, leads=1),
        *rows_of(date(2026, 11, 2), date(2026, 11, 3), channel="Shop", amount=D(5), won=1, leads=1),
    ]
    known = evaluator(workspace(REVENUE, RATE), rows)
    question = Question(("revenue", "rate"), "month", by=("channel",))
    month = CALENDAR.period(date(2026, 11, 1), "month")
    revenue = compared(known, question, "revenue", month, ("Shop",), "previous")
    assert revenue is not None
    assert (revenue.value, revenue.against, revenue.relative("money")) == (D(10), D(0), None)
    rate = compared(known, question, "rate", month, ("Shop",), "previous")
    assert rate is not None
    assert (rate.value, rate.against, rate.change) == (1.0, None, None)


@given(st.sets(st.integers(0, 60), min_size=5), st.integers(1, 28), st.sampled_from(["previous", "elapsed"]))
def test_both_sides_are_the_metric_over_their_days(some: set[int], until: int, comparison: str) -> None:
    """What is compared is the same metric asked over exactly the days named."""
    rows = [{"date": date(2026, 1, 1) + timedelta(n), "channel": "Email", "amount": D(n)} for n in sorted(some)]
    rows += [{"date": date(2026, 1, 1), "amount": D(0)}, {"date": date(2026, 2, until), "amount": D(7)}]
    rows = [row for row in rows if row["date"] <= date(2026, 2, until)]
    known = evaluator(workspace(REVENUE), rows)
    month = CALENDAR.period(date(2026, 2, 1), "month")
    found = compared(known, Question(("revenue",), "month"), "revenue", month, (), comparison)
    assert found is not None
    for shown, span in ((found.value, found.span), (found.against, found.other)):
        assert shown == known.value("revenue", span.start, span.end)
