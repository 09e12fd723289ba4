"""Lengths of time as a workspace says them: `28 days`, `1 month`.

Days and weeks are counted; months, quarters and years go by the calendar, where a day that a month lacks becomes its
last one.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import Literal, get_args

from msgspec import Struct

from kpi_tui.workspace.periods import add_months

TimeUnit = Literal["day", "week", "month", "quarter", "year"]
MOST = 10_000  # of any unit; what is longer is a slip of the finger

_DURATION = re.compile(rf"\s*(\d{{1,9}})\s*({'|'.join(get_args(TimeUnit))})s?\s*\Z")
_MONTHS = {"month": 1, "quarter": 3, "year": 12}


class Duration(Struct, frozen=True):
    """`n` (1 or more) days, weeks, months, quarters or years."""

    n: int
    unit: TimeUnit

    @property
    def months(self) -> int | None:
        """How many months it is by the calendar; None for days and weeks."""
        per_unit = _MONTHS.get(self.unit)
        return None if per_unit is None else self.n * per_unit

    @property
    def days(self) -> int | None:
        """How many days it is whatever the calendar; None for months and longer units."""
        return {"day": self.n, "week": 7 * self.n}.get(self.unit)

    def before(self, day: date) -> date:
        """The day this long before `day`; the first of all days where there is none."""
        try:
            if self.months is not None:
                return add_months(day, -self.months)
            return day - timedelta(days=self.days or 0)
        except (ValueError, OverflowError):
            return date.min

    def after(self, day: date) -> date:
        """The day this long after `day`; the last of all days where there is none."""
        try:
            if self.months is not None:
                return add_months(day, self.months)
            return day + timedelta(days=self.days or 0)
        except (ValueError, OverflowError):
            return date.max


def parse(typed: str) -> Duration | None:
    """The length that is written, or None where it is none."""
    found = _DURATION.match(typed)
    if found is None or not 1 <= int(found[1]) <= MOST:
        return None
    unit: TimeUnit = next(unit for unit in get_args(TimeUnit) if unit == found[2])
    return Duration(int(found[1]), unit)
