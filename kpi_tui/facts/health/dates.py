"""Which dates a source has: gaps, days off, dates far from all others, dates after *complete until*.

Invariant: today's clock decides nothing. A date is odd only by the other dates of its source or by what the workspace
file says.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta

import polars as pl

from kpi_tui.errors import Finding, Place, Text, count_text, text
from kpi_tui.facts.health.values import Days, Stretch, few, warned
from kpi_tui.facts.table import Table
from kpi_tui.workspace.periods import Calendar

MOSTLY = 0.8  # from this share of periods with rows on, one without is worth a word
HARDLY = 0.25  # a weekday with rows less often than this is a day off
_WEEKS = 4  # weekdays are judged over at least so many
_WEEKEND = (5, 6)
_FENCE = 3
_YEAR = timedelta(days=365)
_EMPTY_DATES = (date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1), date(1970, 1, 1), date(9999, 12, 31))
_MONTH = timedelta(days=31)


def days_of(table: Table, calendar: Calendar) -> Days:
    """The dates of a table's rows; those far off take no part."""
    present = _distinct(table)
    odd = set(far(present))
    near = [day for day in present if day not in odd]
    if not near:  # a large source is counted, not kept
        return Days(table.first, table.complete_until) if table.first is not None else Days()
    periods = [period.start for period in calendar.periods(near[0], near[-1], table.source.every)]
    filled = {calendar.period(day, table.source.every).start for day in near}
    days_off = _days_off(periods, filled) if table.source.every == "day" else ()
    working = [start for start in periods if start.weekday() not in days_off or table.source.every != "day"]
    missing = {start for start in working if start not in filled}
    dense = bool(working) and len(missing) <= (1 - MOSTLY) * len(working)
    stretches = tuple(_stretches(working, missing, table, calendar)) if dense else ()
    return Days(near[0], near[-1], days_off, stretches, dense)


def far(days: Sequence[date]) -> list[date]:
    """Those of the sorted, distinct `days` that stand far from the others.

    Tukey's outer fences (Exploratory Data Analysis, 1977): more than three times the distance of the quartiles away
    from them, that distance being at least a year; and the dates that programs write for "none" (1900-01-01,
    1970-01-01 ...) where no other date is within a month.
    """
    if len(days) < 2:
        return []
    low, high = days[len(days) // 4], days[(3 * len(days)) // 4 - (len(days) % 4 == 0)]
    reach = max(_FENCE * (high - low), _FENCE * _YEAR)
    outside = [day for day in days if low - day > reach or day - high > reach]
    return sorted({*outside, *(day for day in _EMPTY_DATES if day in days and _alone(day, days))})


def date_findings(table: Table, days: Days) -> Iterator[Finding]:
    """What is odd about the dates."""
    yield from _far_findings(table)
    yield from _late_findings(table)
    gaps = days.gaps
    if gaps and not only_weekends(days):
        n = sum(gap.periods for gap in gaps)
        what = _MISSING[table.source.every](n, few([str(gap) for gap in gaps]))
        yield warned(table, Place(table.source.path), what, text("export them again if anything happened then"))


def only_weekends(days: Days) -> bool:
    """Whether every day without rows is a Saturday or a Sunday."""
    return all(
        (gap.start + timedelta(days=offset)).weekday() in _WEEKEND
        for gap in days.gaps
        for offset in range((gap.end - gap.start).days + 1)
    )


def _no_days(n: int, gaps: str) -> Text:
    return count_text("{n} day has no rows: {gaps}", "{n} days have no rows: {gaps}", n, gaps=gaps)


def _no_weeks(n: int, gaps: str) -> Text:
    return count_text("{n} week has no rows: {gaps}", "{n} weeks have no rows: {gaps}", n, gaps=gaps)


def _no_months(n: int, gaps: str) -> Text:
    return count_text("{n} month has no rows: {gaps}", "{n} months have no rows: {gaps}", n, gaps=gaps)


def _no_periods(n: int, gaps: str) -> Text:
    return count_text("{n} period has no rows: {gaps}", "{n} periods have no rows: {gaps}", n, gaps=gaps)


_MISSING = {"day": _no_days, "week": _no_weeks, "month": _no_months, "quarter": _no_periods, "year": _no_periods}


def _distinct(table: Table) -> list[date]:
    if table.frame is None or table.source.time is None:
        return []
    return table.frame[table.source.time].unique().sort().to_list()


def _days_off(days: Sequence[date], filled: set[date]) -> tuple[int, ...]:
    """The weekdays that hardly ever have rows, where the others mostly do."""
    if len(days) < 7 * _WEEKS:
        return ()
    share = []
    for weekday in range(7):
        same = [day for day in days if day.weekday() == weekday]
        share.append(sum(day in filled for day in same) / len(same))
    off = tuple(weekday for weekday in range(7) if share[weekday] < HARDLY)
    return off if all(share[weekday] >= MOSTLY for weekday in range(7) if weekday not in off) and len(off) < 7 else ()


def _stretches(working: Sequence[date], missing: set[date], table: Table, calendar: Calendar) -> Iterator[Stretch]:
    """The missing periods that follow each other; a day off between two of them does not part them."""
    begin: date | None = None
    last: date | None = None
    count = 0
    for start in [*working, None]:
        if start is not None and start in missing:
            begin, last, count = begin or start, start, count + 1
        elif begin is not None and last is not None:
            yield Stretch(begin, calendar.period(last, table.source.every).end, count)
            begin, count = None, 0


def _alone(day: date, days: Sequence[date]) -> bool:
    return all(other == day or abs(other - day) > _MONTH for other in days)


def _far_findings(table: Table) -> Iterator[Finding]:
    odd = far(_distinct(table))
    if not odd or table.frame is None or table.source.time is None:
        return
    mask = table.frame[table.source.time].is_in(odd)
    where = mask.arg_true()
    yield warned(
        table,
        table.place(where[0]),
        count_text(
            "{n} row has a date far from all others: {dates}",
            "{n} rows have dates far from all others: {dates}",
            where.len(),
            dates=few([day.isoformat() for day in odd]),
        ),
        text("correct the dates, or leave the rows out with `where`"),
    )


def _late_findings(table: Table) -> Iterator[Finding]:
    until = table.source.complete_until
    if until is None or table.frame is None or table.source.time is None:
        return
    late = table.frame.select(pl.col(table.source.time) > until).to_series().arg_true()
    if late.len():
        yield warned(
            table,
            table.place(late[0]),
            count_text(
                "{n} row is dated after `complete_until`, {until}",
                "{n} rows are dated after `complete_until`, {until}; this is the first",
                late.len(),
                until=until,
            ),
            text("move `complete_until`, or correct the dates"),
        )
