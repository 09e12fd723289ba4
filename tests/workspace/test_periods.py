"""Where periods begin and end, what they are called, and that a name leads back to its period."""

from __future__ import annotations

from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.workspace.model import Grain, Settings
from kpi_tui.workspace.periods import Calendar, Period, add_months

MONDAY, SATURDAY, SUNDAY = 0, 5, 6
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")

calendars = st.builds(Calendar, st.integers(1, 12), st.integers(0, 6))
days = st.dates(date(1990, 1, 1), date(2060, 12, 31))
grains = st.sampled_from(GRAINS)


def named(calendar: Calendar, day: date, grain: Grain) -> tuple[str, str, str]:
    period = calendar.period(day, grain)
    return period.name, period.start.isoformat(), period.end.isoformat()


def test_the_calendar_is_that_of_the_workspace() -> None:
    assert Calendar.of(Settings()) == Calendar(1, MONDAY)
    assert Calendar.of(Settings(fiscal_year_start=4, week_start="sunday")) == Calendar(4, SUNDAY)


def test_periods_of_a_calendar_year() -> None:
    calendar, day = Calendar(), date(2026, 11, 14)
    assert named(calendar, day, "day") == ("2026-11-14", "2026-11-14", "2026-11-14")
    assert named(calendar, day, "week") == ("2026-W46", "2026-11-09", "2026-11-15")
    assert named(calendar, day, "month") == ("2026-11", "2026-11-01", "2026-11-30")
    assert named(calendar, day, "quarter") == ("2026-Q4", "2026-10-01", "2026-12-31")
    assert named(calendar, day, "year") == ("2026", "2026-01-01", "2026-12-31")


def test_a_fiscal_year_bears_the_year_in_which_it_begins() -> None:
    april = Calendar(fiscal_start=4)
    assert named(april, date(2026, 3, 31), "year") == ("2025", "2025-04-01", "2026-03-31")
    assert named(april, date(2026, 4, 1), "year") == ("2026", "2026-04-01", "2027-03-31")
    assert named(april, date(2026, 3, 31), "quarter") == ("2025-Q4", "2026-01-01", "2026-03-31")
    assert named(april, date(2026, 4, 1), "quarter") == ("2026-Q1", "2026-04-01", "2026-06-30")
    assert named(april, date(2026, 2, 5), "month") == ("2026-02", "2026-02-01", "2026-02-28"), "a month is a month"
    november = Calendar(fiscal_start=11)
    assert named(november, date(2026, 1, 31), "quarter") == ("2025-Q1", "2025-11-01", "2026-01-31")


@pytest.mark.parametrize(
    ("start", "day", "expected"),
    [
        # a week is named by the ISO week of its fourth day
        (MONDAY, date(2025, 12, 31), ("2026-W01", "2025-12-29", "2026-01-04")),
        (MONDAY, date(2027, 1, 3), ("2026-W53", "2026-12-28", "2027-01-03")),
        (SUNDAY, date(2026, 1, 3), ("2026-W01", "2025-12-28", "2026-01-03")),
        (SUNDAY, date(2026, 1, 4), ("2026-W02", "2026-01-04", "2026-01-10")),
        (SATURDAY, date(2026, 1, 1), ("2026-W01", "2025-12-27", "2026-01-02")),
    ],
)
def test_weeks_around_the_new_year(start: int, day: date, expected: tuple[str, str, str]) -> None:
    assert named(Calendar(week_start=start), day, "week") == expected


@given(calendars, days, grains)
def test_a_period_holds_its_day_and_its_name_leads_back(calendar: Calendar, day: date, grain: Grain) -> None:
    period = calendar.period(day, grain)
    assert day in period
    assert calendar.parse(period.name) == period
    assert calendar.period(period.start, grain) == calendar.period(period.end, grain) == period
    assert period.days == (period.end - period.start).days + 1


@given(calendars, days, st.integers(0, 800), grains)
def test_periods_follow_each_other_without_gaps(calendar: Calendar, start: date, length: int, grain: Grain) -> None:
    end = start + timedelta(days=length)
    periods = list(calendar.periods(start, end, grain))
    assert start in periods[0]
    assert end in periods[-1]
    for before, after in pairwise(periods):
        assert after.start == before.end + timedelta(days=1)
        assert calendar.previous(after, grain) == before
    assert len({period.name for period in periods}) == len(periods)


@given(calendars, days)
def test_quarters_and_months_part_the_fiscal_year(calendar: Calendar, day: date) -> None:
    year = calendar.period(day, "year")
    quarters = list(calendar.periods(year.start, year.end, "quarter"))
    assert [quarter.name for quarter in quarters] == [f"{year.name}-Q{number}" for number in (1, 2, 3, 4)]
    assert (quarters[0].start, quarters[-1].end) == (year.start, year.end)
    assert len(list(calendar.periods(year.start, year.end, "month"))) == 12
    assert year.start.month == calendar.fiscal_start


@given(calendars, days, st.sampled_from(["month", "quarter", "year"]))
def test_the_year_before_is_the_same_part_of_it(calendar: Calendar, day: date, grain: Grain) -> None:
    period = calendar.period(day, grain)
    before = calendar.year_before(period, grain)
    assert (before.start.year, before.start.month) == (period.start.year - 1, period.start.month)
    assert before.name[4:].removeprefix("-Q") == period.name[4:].removeprefix("-Q") or grain == "month"


def test_a_week_a_year_before_is_52_weeks_before() -> None:
    calendar = Calendar()
    week = calendar.period(date(2027, 1, 1), "week")
    assert (week.name, calendar.year_before(week, "week").name) == ("2026-W53", "2026-W01")
    assert calendar.year_before(week, "week").start.weekday() == week.start.weekday()


def test_all_is_the_one_stretch_asked() -> None:
    start, end = date(2026, 1, 5), date(2026, 2, 7)
    assert list(Calendar().periods(start, end, "all")) == [Period(start, end, "all")]
    assert list(Calendar().periods(end, start, "month")) == []


@pytest.mark.parametrize(
    "name",
    [
        *(
            "",
            "26",
            "2026-",
            "2026-13",
            "2026-00",
            "2026-Q0",
            "2026-Q5",
            "2026-W00",
            "2026-W54",
            "2025-W53",
            "2026-02-30",
        ),
        *("2026-1", "2026-11-1", "2026-11-14 ", " 2026", "2026-w01", "2026-q1", "all", "0000", "9999", "9999-12"),
    ],
)
def test_what_is_no_name_of_a_period(name: str) -> None:
    assert Calendar().parse(name) is None


def test_a_week_beyond_the_last_date_is_no_period() -> None:
    assert Calendar().parse("9999-W52") is None


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2025, 2, 28), -12, date(2024, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
        (date(2026, 5, 31), 0, date(2026, 5, 31)),
        (date(2026, 12, 1), 25, date(2029, 1, 1)),
    ],
)
def test_months_later(day: date, months: int, expected: date) -> None:
    assert add_months(day, months) == expected
