"""A goal's target over time: how much should be there by a day, and how it parts into periods.

A flow spreads its target over the days of start..due, both inclusive; single periods may be fixed (`targets`), the rest
is spread evenly over the days that are left. A level goes from the baseline (the day before `start`) to the target (on
`due`) through the fixed levels at their periods' ends. Parts in a smallest unit add up to the whole exactly (largest
remainder, ties to the earlier period).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from fractions import Fraction
from functools import cached_property
from itertools import pairwise

from msgspec import Struct

from kpi_tui.workspace.model import Goal
from kpi_tui.workspace.periods import Calendar, Period

_ONE_DAY = timedelta(days=1)
_FINEST = Fraction(1, 10**12)  # a target that is no multiple of it is a fraction, whose parts are not rounded to add up


class Span(Struct, frozen=True):
    """start..due of a goal, both inclusive."""

    start: date
    due: date

    @property
    def days(self) -> int:
        return (self.due - self.start).days + 1

    def elapsed(self, until: date) -> Fraction:
        """The share of the days up to and with `until`, 0..1."""
        return Fraction(min(max((until - self.start).days + 1, 0), self.days), self.days)


def fixed_periods(goal: Goal, calendar: Calendar) -> dict[Period, Fraction]:
    """The periods whose target is set by hand, in order."""
    found = {period: Fraction(value) for name, value in goal.targets.items() if (period := calendar.parse(name))}
    return dict(sorted(found.items()))


class FlowPlan(Struct, frozen=True, dict=True):
    """A flow's target over the days of `span`."""

    span: Span
    target: Fraction
    fixed: Mapping[Period, Fraction]

    def between(self, start: date, end: date) -> Fraction:
        """The planned amount over start..end (the part of it inside the span)."""
        start, end = max(start, self.span.start), min(end, self.span.due)
        if start > end:
            return Fraction(0)
        free_days, total = (end - start).days + 1, Fraction(0)
        for period, amount in self.fixed.items():
            common = _common_days(period, start, end)
            total += amount * common / period.days
            free_days -= common
        return total + self._rate * free_days

    def until(self, day: date) -> Fraction:
        """The planned amount up to and with `day`."""
        return self.between(self.span.start, day)

    def parts(self, periods: Sequence[tuple[date, date]], smallest: Fraction) -> list[Fraction]:
        """The amounts of `periods`, which are all of the span, in multiples of `smallest`.

        Those inside a fixed period add up to its amount exactly, all together to the target. Where one of these is no
        multiple of `smallest` itself, smaller units are taken.
        """
        while smallest > _FINEST and any(whole % smallest for whole in (self.target, *self.fixed.values())):
            smallest /= 10
        holders = [next((each for each in self.fixed if start in each and end in each), None) for start, end in periods]
        found = [Fraction(0)] * len(periods)
        for holder in dict.fromkeys(holders):
            places = [place for place, each in enumerate(holders) if each == holder]
            rounded = parts([self.between(*periods[place]) for place in places], smallest)
            for place, amount in zip(places, rounded, strict=True):
                found[place] = amount
        return found

    @cached_property
    def _rate(self) -> Fraction:
        """The amount of a day that no fixed period holds."""
        days = self.span.days - sum(period.days for period in self.fixed)
        return (self.target - sum(self.fixed.values())) / days if days else Fraction(0)


class LevelPlan(Struct, frozen=True):
    """A level's path from `baseline` to `target` over `span`."""

    span: Span
    baseline: Fraction
    target: Fraction
    fixed: Mapping[Period, Fraction]

    def until(self, day: date) -> Fraction:
        """The level the path has reached on `day`."""
        points = [(self.span.start - _ONE_DAY, self.baseline)]
        points += [(period.end, level) for period, level in self.fixed.items() if period.end < self.span.due]
        points.append((self.span.due, self.target))
        for (left, low), (right, high) in pairwise(points):
            if day <= right:
                share = Fraction(max((day - left).days, 0), (right - left).days)
                return low + (high - low) * share
        return points[-1][1]


def parts(amounts: Sequence[Fraction], smallest: Fraction) -> list[Fraction]:
    """`amounts` rounded to multiples of `smallest` so that they still add up to their sum rounded to it."""
    units = [amount / smallest for amount in amounts]
    whole = [unit.numerator // unit.denominator for unit in units]
    total = sum(units, Fraction(0))
    missing = (2 * total.numerator + total.denominator) // (2 * total.denominator) - sum(whole)
    by_remainder = sorted(range(len(units)), key=lambda index: (whole[index] - units[index], index))
    for index in by_remainder[:missing]:
        whole[index] += 1
    return [unit * smallest for unit in whole]


def _common_days(period: Period, start: date, end: date) -> int:
    return max((min(period.end, end) - max(period.start, start)).days + 1, 0)
