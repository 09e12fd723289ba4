"""Which days a metric is counted over, one stretch a period: the period itself, the window that ends with it, or the
same stretch a while earlier.

Invariant: whatever moved them, neither the beginnings nor the ends of a question's stretches ever fall.

*Window*, *to date*: the stretch ends with the period, or with the last day that is known where the period holds it. A
window of n units includes its last day t and starts strictly after t minus n units, where the last day of a month minus
months is the last day of a month: three months up to the end of April are February, March and April. `to_date` starts
with the unit that holds t.

*Offset* of n units: days and weeks shift both ends by as many days. Months, quarters and years shift both ends by the
calendar, the last day of a month to the last day of a month, and a day that a month lacks to its last one. A stretch of
counted days (grain day or week, a window of days) keeps its number of days instead: its beginning shifts by the
calendar, that of a week by 52 weeks a year, so that weekdays meet weekdays. A period of which only a part is known is
first cut to that part: the same elapsed days are taken.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Literal

from msgspec import Struct

from kpi_tui.workspace.durations import Duration
from kpi_tui.workspace.periods import AnyGrain, Calendar, Period

_ONE_DAY = timedelta(days=1)
_CUT = date.min  # no data begin before it: what needs them from here on is never complete

ToDate = Literal["week", "month", "quarter", "year"]


class Stretches(Struct, frozen=True):
    """The days counted for each period of a question. `grain` tells how an offset moves them.

    `needed` has the day from which data are needed for a stretch to be complete; it is the first of all days where the
    range asked cut the period's beginning off.
    """

    spans: tuple[Period, ...]
    needed: tuple[date, ...]
    grain: AnyGrain

    @classmethod
    def of(cls, periods: tuple[Period, ...], cut: tuple[Period, ...], grain: AnyGrain) -> Stretches:
        """The periods themselves, `cut` to what was asked."""
        needed = tuple(
            whole.start if part.start <= whole.start else _CUT for whole, part in zip(periods, cut, strict=True)
        )
        return cls(cut, needed, grain)


class Shift(Struct, frozen=True):
    """What leads from the stretches of a metric to those of the formula below it; one of the three is set."""

    window: Duration | None = None
    to_date: ToDate | None = None
    offset: Duration | None = None

    def of(self, stretches: Stretches, calendar: Calendar, known: date | None) -> Stretches:
        """The stretches moved; `known` is the last day that is known (None: all are)."""
        spans = [_elapsed(span, known) for span in stretches.spans]
        if self.offset is not None:
            moved = _earlier(self.offset, stretches.grain)
            needed = [day if day == _CUT else moved(Period(day, day, "")).start for day in stretches.needed]
            return Stretches(tuple(map(moved, spans)), tuple(needed), stretches.grain)
        if self.window is not None:
            starts = [_beginning(self.window, span.end) for span in spans]
        else:
            assert self.to_date is not None  # one of the three is set
            starts = [calendar.period(span.end, self.to_date).start for span in spans]
        counted_in_days = self.to_date == "week" or (self.window is not None and self.window.days is not None)
        spans = [Period(start, span.end, span.name) for start, span in zip(starts, spans, strict=True)]
        return Stretches(tuple(spans), tuple(starts), "day" if counted_in_days else "month")


def _beginning(window: Duration, last: date) -> date:
    """The first day of a window that ends with `last`."""
    after = _following(last)
    if window.months is not None and after.day == 1:
        return window.before(after)
    return _following(window.before(last))


def _elapsed(span: Period, known: date | None) -> Period:
    """The part of a stretch that is known, where some of it is."""
    if known is None or not span.start <= known < span.end:
        return span
    return Period(span.start, known, span.name)


def _earlier(offset: Duration, grain: AnyGrain) -> Callable[[Period], Period]:
    by_days = offset
    if grain == "week" and offset.unit == "year":
        by_days = Duration(52 * offset.n, "week")
    if by_days.days is not None or grain in ("day", "week"):
        return lambda span: _keeping_days(span, by_days.before(span.start))
    return lambda span: _by_calendar(span, offset)


def _keeping_days(span: Period, start: date) -> Period:
    return Period(start, start + (span.end - span.start), span.name)


def _by_calendar(span: Period, offset: Duration) -> Period:
    after = _following(span.end)
    is_month_end = after.day == 1
    end = offset.before(after) - _ONE_DAY if is_month_end and after != date.max else offset.before(span.end)
    start = offset.before(span.start)
    return Period(start, max(start, end), span.name)


def _following(day: date) -> date:
    """The next day, the last of all days where there is none."""
    return day if day == date.max else day + _ONE_DAY
