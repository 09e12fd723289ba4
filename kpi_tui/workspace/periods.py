"""Days, weeks, months, quarters and fiscal years: where each begins and ends, and what it is called.

Weeks begin on the workspace's first weekday and are named by the ISO week of their fourth day; a fiscal year bears the
calendar year in which it begins, and quarters count from it. Today's clock is never asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from kpi_tui.workspace.model import Grain, Settings

AnyGrain = Grain | Literal["all"]
GRAINS: tuple[AnyGrain, ...] = ("day", "week", "month", "quarter", "year", "all")

_PERIODICAL: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_ONE_DAY = timedelta(days=1)
_PERIOD = re.compile(
    r"(?P<year>\d{4})(?:-(?:(?P<month>\d{2})(?:-(?P<day>\d{2}))?|Q(?P<quarter>[1-4])|W(?P<week>\d{2})))?\Z"
)


class Period(Struct, frozen=True, order=True):
    """A stretch of days, both ends inclusive, and its name: `2026-11`, `2026-Q4`, `2026-W46`, `2026-11-14`, `2026`,
    `all`.
    """

    start: date
    end: date
    name: str

    @property
    def days(self) -> int:
        return (self.end - self.start).days + 1

    def __contains__(self, day: date) -> bool:
        return self.start <= day <= self.end


class Calendar(Struct, frozen=True):
    """The workspace's calendar. `fiscal_start` is a month (1-12), `week_start` a weekday (0 = Monday)."""

    fiscal_start: int = 1
    week_start: int = 0

    @classmethod
    def of(cls, settings: Settings) -> Calendar:
        return cls(settings.fiscal_year_start, _WEEKDAYS.index(settings.week_start))

    def period(self, day: date, grain: Grain) -> Period:
        """The period of `grain` that holds `day`."""
        if grain == "day":
            return Period(day, day, day.isoformat())
        if grain == "week":
            start = day - timedelta(days=(day.weekday() - self.week_start) % 7)
            iso = (start + timedelta(days=3)).isocalendar()
            return Period(start, start + timedelta(days=6), f"{iso.year:04}-W{iso.week:02}")
        if grain == "month":
            start = day.replace(day=1)
            return Period(start, add_months(start, 1) - _ONE_DAY, f"{start:%Y-%m}")
        year = self._fiscal_year(day)
        first = date(year, self.fiscal_start, 1)
        if grain == "year":
            return Period(first, add_months(first, 12) - _ONE_DAY, f"{year:04}")
        quarter = ((day.year - first.year) * 12 + day.month - first.month) // 3
        start = add_months(first, 3 * quarter)
        return Period(start, add_months(start, 3) - _ONE_DAY, f"{year:04}-Q{quarter + 1}")

    def periods(self, start: date, end: date, grain: AnyGrain) -> Iterator[Period]:
        """Every period of `grain` that has a day in `start`..`end`, in order; for `all` the one stretch itself."""
        if grain == "all":
            yield Period(start, end, "all")
            return
        while start <= end:
            period = self.period(start, grain)
            yield period
            start = period.end + _ONE_DAY

    def previous(self, period: Period, grain: Grain) -> Period:
        """The period of the same grain just before."""
        return self.period(period.start - _ONE_DAY, grain)

    def grain_of(self, start: date, end: date) -> AnyGrain:
        """The grain of the period that begins and ends with these days; `all` for any other stretch."""
        found = ((grain, self.period(start, grain)) for grain in _PERIODICAL)
        return next((grain for grain, period in found if (period.start, period.end) == (start, end)), "all")

    def year_before(self, period: Period, grain: Grain) -> Period:
        """The same period a year earlier (a week: 52 weeks earlier)."""
        if grain == "week":
            return self.period(period.start - timedelta(weeks=52), grain)
        return self.period(add_months(period.start, -12), grain)

    def parse(self, name: str) -> Period | None:
        """The period with this name, or None where there is none."""
        found = _PERIOD.match(name)
        if found is None:
            return None
        year = int(found["year"])
        try:
            if found["week"]:
                middle = date.fromisocalendar(year, int(found["week"]), 4)
                start = middle - timedelta(days=3)
                start += timedelta(days=(self.week_start - start.weekday() + 3) % 7 - 3)
                return self.period(start, "week")
            if found["day"]:
                return self.period(date(year, int(found["month"]), int(found["day"])), "day")
            if found["month"]:
                return self.period(date(year, int(found["month"]), 1), "month")
            first = date(year, self.fiscal_start, 1)
            if found["quarter"]:
                return self.period(add_months(first, 3 * int(found["quarter"]) - 3), "quarter")
            return self.period(first, "year")
        except (ValueError, OverflowError):
            return None

    def _fiscal_year(self, day: date) -> int:
        return day.year if day.month >= self.fiscal_start else day.year - 1


def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, or that month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    first = date(index // 12, index % 12 + 1, 1)
    after = date((index + 1) // 12, (index + 1) % 12 + 1, 1)
    return min(first + timedelta(days=day.day - 1), after - _ONE_DAY)
