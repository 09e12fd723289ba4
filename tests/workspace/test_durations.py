"""Lengths of time as they are written, and what a day so long before or after is."""

from __future__ import annotations

from datetime import date

import pytest

from kpi_tui.workspace.durations import Duration, parse


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("28 days", Duration(28, "day")),
        ("1 day", Duration(1, "day")),
        (" 2 weeks ", Duration(2, "week")),
        ("3months", Duration(3, "month")),
        ("4 quarters", Duration(4, "quarter")),
        ("1 year", Duration(1, "year")),
        *((wrong, None) for wrong in ("", "28", "days", "0 days", "-1 day", "1.5 months", "2 decades", "99999 days")),
    ],
)
def test_what_is_a_length_of_time(typed: str, expected: Duration | None) -> None:
    assert parse(typed) == expected


@pytest.mark.parametrize(
    ("length", "day", "before", "after"),
    [
        ("28 days", date(2026, 3, 1), date(2026, 2, 1), date(2026, 3, 29)),
        ("1 month", date(2026, 3, 31), date(2026, 2, 28), date(2026, 4, 30)),
        ("1 quarter", date(2026, 5, 31), date(2026, 2, 28), date(2026, 8, 31)),
        ("1 year", date(2024, 2, 29), date(2023, 2, 28), date(2025, 2, 28)),
        ("9999 years", date(2026, 1, 1), date.min, date.max),
        ("9999 weeks", date(100, 1, 1), date.min, date(291, 8, 21)),
    ],
)
def test_a_day_so_long_before_and_after(length: str, day: date, before: date, after: date) -> None:
    found = parse(length)
    assert found is not None
    assert (found.before(day), found.after(day)) == (before, after)
