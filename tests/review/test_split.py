"""A target over time: parts add up to the whole, and the plan to date is what the split says."""

from __future__ import annotations

from datetime import date, timedelta
from fractions import Fraction as F

from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.review.split import FlowPlan, LevelPlan, Span, fixed_periods, parts
from kpi_tui.workspace.periods import Calendar
from tests.review.given import DECEMBER, JANUARY, REVENUE, day, goal

YEAR = Span(JANUARY, DECEMBER)
CENT = F(1, 100)
calendar = Calendar()


def flow(target: int, **targets: int) -> FlowPlan:
    return FlowPlan(YEAR, F(target), fixed_periods(goal(REVENUE, target, targets=_named(targets)), calendar))


def level(baseline: int, target: int, **targets: int) -> LevelPlan:
    return LevelPlan(YEAR, F(baseline), F(target), fixed_periods(goal(REVENUE, 0, targets=_named(targets)), calendar))


def _named(targets: dict[str, int]) -> dict[str, int]:
    return {name.replace("_", "-").removeprefix("y"): value for name, value in targets.items()}


def test_elapsed_is_days_over_days_both_ends_inclusive() -> None:
    assert YEAR.days == 365
    assert YEAR.elapsed(day("01-01")) == F(1, 365)
    assert YEAR.elapsed(day("12-31")) == 1
    assert YEAR.elapsed(date(2025, 12, 31)) == 0
    assert YEAR.elapsed(date(2020, 1, 1)) == 0
    assert YEAR.elapsed(date(2027, 5, 1)) == 1
    assert Span(JANUARY, JANUARY).elapsed(JANUARY) == 1


def test_fixed_periods_come_in_order() -> None:
    given = goal(REVENUE, 100, targets={"2026-Q3": 30, "2026-01": 5})
    assert [(period.name, value) for period, value in fixed_periods(given, calendar).items()] == [
        ("2026-01", F(5)),
        ("2026-Q3", F(30)),
    ]


def test_a_flow_spreads_evenly_over_its_days() -> None:
    assert flow(365).until(day("01-31")) == 31
    assert flow(365).between(day("02-01"), day("02-28")) == 28
    assert flow(365).between(date(2025, 1, 1), date(2030, 1, 1)) == 365, "days outside the goal hold nothing"
    assert flow(365).between(date(2027, 1, 1), date(2027, 2, 1)) == 0


def test_fixed_periods_take_their_part_and_the_rest_is_spread_over_the_days_left() -> None:
    plan = flow(1000, y2026_Q1=90, y2026_12=310)
    assert plan.until(day("03-31")) == 90
    assert plan.until(day("01-10")) == 10, "evenly inside a fixed period"
    assert plan.between(day("12-01"), day("12-31")) == 310
    assert plan.until(day("04-01")) == 90 + F(600, 365 - 90 - 31)
    assert plan.until(DECEMBER) == 1000


def test_periods_that_leave_no_day_do_not_reach_the_whole() -> None:
    plan = flow(1000, y2026=900)
    assert plan.until(DECEMBER) == 900


def test_a_level_goes_from_the_baseline_to_the_target() -> None:
    plan = level(0, 365)
    assert plan.until(date(2025, 12, 31)) == 0
    assert plan.until(day("01-01")) == 1
    assert plan.until(DECEMBER) == 365
    assert plan.until(date(2028, 1, 1)) == 365
    assert plan.until(date(2020, 1, 1)) == 0
    assert level(365, 0).until(day("01-01")) == 364


def test_a_level_goes_through_fixed_levels_at_their_periods_ends() -> None:
    plan = level(0, 100, y2026_Q1=90, y2026_Q4=110)
    assert plan.until(day("03-31")) == 90
    assert plan.until(day("01-30")) == 30
    assert plan.until(DECEMBER) == 100, "the path ends at the target: another one for its last period is a finding"
    assert plan.until(day("04-01")) == 90 + F(10, 275)


def test_the_remainder_goes_to_the_largest_and_ties_to_the_earlier() -> None:
    assert parts([F(1, 3)] * 3, F(1)) == [1, 0, 0]
    assert parts([F(10, 3)] * 3, F(1)) == [4, 3, 3]
    assert parts([F(100, 3)] * 3, CENT) == [F("33.34"), F("33.33"), F("33.33")]
    assert parts([F("1.2"), F("1.5"), F("1.3")], F(1)) == [1, 2, 1]
    assert parts([F("0.5"), F("0.5"), F("1.5"), F("1.5")], F(1)) == [1, 1, 1, 1]
    assert parts([], F(1)) == []
    assert parts([F("-1.5"), F("-1.5")], F(1)) == [-1, -2]


amounts = st.lists(st.fractions(0, 10**6, max_denominator=1000), min_size=1, max_size=14)


@given(amounts, st.sampled_from([F(1), F(1, 100), F(1, 1000)]))
def test_parts_add_up_and_are_less_than_a_unit_off(amounts: list[F], unit: F) -> None:
    found = parts(amounts, unit)
    total = sum(amounts, F(0))
    assert abs(sum(found, F(0)) - total) <= unit / 2
    for part, amount in zip(found, amounts, strict=True):
        assert (part / unit).denominator == 1
        assert abs(part - amount) < unit


@given(st.integers(1, 10**12), st.integers(0, 900), st.sampled_from(["week", "month", "quarter", "year"]))
def test_the_periods_of_a_whole_amount_add_up_to_it_exactly(target: int, length: int, grain: str) -> None:
    span = Span(JANUARY, JANUARY + timedelta(days=length))
    plan = FlowPlan(span, F(target), {})
    periods = calendar.periods(span.start, span.due, grain)  # type: ignore[arg-type]  # a literal, drawn as text
    found = parts([plan.between(period.start, period.end) for period in periods], CENT)
    assert sum(found, F(0)) == target


@given(st.fractions(-100, 100), st.integers(-400, 800), st.integers(0, 60))
def test_a_plan_to_date_grows_by_what_lies_between(target: F, after: int, days: int) -> None:
    plan = FlowPlan(YEAR, target, {calendar.period(day("05-05"), "month"): F(7)})
    until = JANUARY + timedelta(days=after)
    later = until + timedelta(days=days)
    assert plan.until(later) == plan.until(until) + plan.between(until + timedelta(days=1), later)
