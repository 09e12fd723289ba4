"""Windows, offsets and the histories of entities, row by row in plain Python: what the evaluator must agree with.

Everything is worked out from a stretch of days and a filter, one value at a time; nothing is shared with the program
but the rows. Where the written rules leave two readings, the comment says which one is taken.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal, TypeAlias

from tests.metrics import row_by_row
from tests.metrics.row_by_row import CONDITIONS, DAY, Grain, Oracle, Row, Simple, Stretch, Value, Where, matches

MONTHS = {"month": 1, "quarter": 3, "year": 12}
HISTORY = 28 * DAY  # that must lie before a period for its new entities to be new


@dataclass(frozen=True)
class Length:
    n: int
    unit: Literal["day", "week", "month", "quarter", "year"]

    def __str__(self) -> str:
        return f"{self.n} {self.unit}s"

    @property
    def in_days(self) -> bool:
        return self.unit in ("day", "week")


@dataclass(frozen=True)
class Derived:
    left: str
    operator: str
    right: str


@dataclass(frozen=True)
class Share:
    whole: str


@dataclass(frozen=True)
class Window:
    of: str
    length: Length


@dataclass(frozen=True)
class ToDate:
    of: str
    unit: Literal["week", "month", "quarter", "year"]


@dataclass(frozen=True)
class Offset:
    of: str
    length: Length


@dataclass(frozen=True)
class Acquisition:
    source: str
    where: str = ""


@dataclass(frozen=True)
class Retention:
    source: str
    period: Literal["day", "week", "month", "quarter", "year"]
    after: int
    where: str = ""


@dataclass(frozen=True)
class Repeat:
    source: str
    order: str | None
    where: str = ""


@dataclass(frozen=True)
class Conversion:
    source: str
    converted: str
    within: Length | None
    where: str = ""
    converted_where: str = ""


Leaf: TypeAlias = Simple | Acquisition | Retention | Repeat | Conversion
Metric: TypeAlias = Leaf | Derived | Share | Window | ToDate | Offset


@dataclass(frozen=True)
class Span:
    """Days that count; `needed`: from which day data are needed, None where the range asked cut that off; `moves`:
    whether an offset keeps the number of days or goes by the calendar."""

    start: date
    end: date
    needed: date | None
    moves: Literal["days", "week", "calendar"]


@dataclass(frozen=True)
class Kinds:
    """Answers about `metrics` over the facts and the question of `plain`."""

    plain: Oracle
    metrics: Mapping[str, Metric]

    def below(self, name: str) -> list[Leaf]:
        match self.metrics[name]:
            case Derived(left, _, right):
                return [*self.below(left), *self.below(right)]
            case Share(inner) | Window(inner) | ToDate(inner) | Offset(inner):
                return self.below(inner)
            case leaf:
                return [leaf]

    def sources(self, name: str) -> set[str]:
        """The sources whose rows are counted."""
        return {leaf.source for leaf in self.below(name)}

    def judged(self, name: str) -> date:
        """Until when all sources below the metric are known, those of conversions included."""
        leaves = self.below(name)
        awaited = {leaf.converted for leaf in leaves if isinstance(leaf, Conversion)}
        untils = [self.plain.facts[source].complete_until for source in self.sources(name) | awaited]
        asked = [until for facts in self.plain.facts.values() if (until := facts.complete_until)]
        as_of = self.plain.as_of or max(asked)
        return min(as_of, *(until for until in untils if until is not None))

    def lacks(self, name: str) -> bool:
        leaves = self.below(name)
        awaited = {leaf.converted for leaf in leaves if isinstance(leaf, Conversion)}
        answers = all(self.plain.can_answer(self.plain.facts[source]) for source in self.sources(name))
        return not answers or any(self.plain.facts[source].first is None for source in awaited)

    def span(self, period: Stretch) -> Span:
        grain = self.plain.asked.grain
        moves: Literal["days", "week", "calendar"] = (
            "week" if grain == "week" else "days" if grain == "day" else "calendar"
        )
        cut = period.cut_start > period.start
        return Span(period.cut_start, period.cut_end, None if cut else period.start, moves)

    def inner(self, name: str, span: Span) -> Span:
        """The days that what is below a window or an offset is counted over."""
        known = self.judged(name)
        end = known if span.start <= known < span.end else span.end
        match self.metrics[name]:
            case Window(_, length):
                start = back(end, length) + DAY
                if not length.in_days and (end + DAY).month != end.month:  # from the end of a month on
                    start = back(end + DAY, length)
                return Span(start, end, start, "days" if length.in_days else "calendar")
            case ToDate(_, unit):
                start = self.bounds(end, unit)[0]
                return Span(start, end, start, "days" if unit == "week" else "calendar")
            case Offset(_, length):
                return shifted(Span(span.start, end, span.needed, span.moves), length)
            case _:
                return span

    def bounds(self, day: date, grain: Grain) -> tuple[date, date]:
        """The first and last day of the period of `grain` that holds `day`."""
        if grain == "day":
            return day, day
        if grain == "week":
            start = day - timedelta(days=(day.weekday() - self.plain.week_start) % 7)
            return start, start + 6 * DAY
        months = {"month": 1, "quarter": 3, "year": 12}[grain]
        start = day.replace(day=1)
        while (start.month - self.plain.fiscal_start) % months:
            start = (start - DAY).replace(day=1)
        return start, back(start, Length(-months, "month")) - DAY

    def value(self, name: str, span: Span, filters: Where) -> Value:
        match self.metrics[name]:
            case Derived(left, operator, right):
                return row_by_row.computed(operator, self.value(left, span, filters), self.value(right, span, filters))
            case Share(whole):
                part, total = (self.value(whole, span, kept) for kept in (filters, self.plain.asked.where))
                return row_by_row.computed("/", part, total)
            case Window(inner) | ToDate(inner) | Offset(inner):
                return self.value(inner, self.inner(name, span), filters)
            case Simple() as simple:
                value = self.plain._value(simple, Stretch("", span.start, span.end, span.start, span.end), filters)
                return float(value) if simple.is_float and value is not None else value
            case Acquisition() as metric:
                first = self.firsts(metric).values()
                new = sum(1 for row in first if span.start <= row["date"] <= span.end and matches(row, filters))
                return (
                    new if new or self.plain.speaks_in(self.plain.facts[metric.source], span.start, span.end) else None
                )
            case Retention() as metric:
                return self.retained(metric, span, filters)
            case Repeat() as metric:
                return self.repeated(metric, span, filters)
            case Conversion() as metric:
                return self.converted(metric, span, filters)

    def rows(self, source: str, where: str) -> list[Row]:
        rows = self.plain.facts[source].rows
        return [row for row in rows if row["customer"] is not None and CONDITIONS[where](row)]

    def firsts(self, metric: Acquisition) -> dict[str, Row]:
        found: dict[str, Row] = {}
        for row in self.rows(metric.source, ""):
            known = found.get(row["customer"])
            if known is None or row["date"] < known["date"]:  # on one day the first in the file
                found[row["customer"]] = row
        return {name: row for name, row in found.items() if CONDITIONS[metric.where](row)}

    def nows(self, metric: Retention, span: Span) -> list[tuple[date, date]]:
        """The periods that end in the span, or the beginning of the one that holds its end."""
        ends = {self.bounds(day, metric.period) for day in days(span.start, span.end)}
        over = sorted(bounds for bounds in ends if bounds[1] <= span.end)
        return over or [(self.bounds(span.end, metric.period)[0], span.end)]

    def then(self, metric: Retention, start: date) -> tuple[date, date]:
        for _ in range(metric.after):
            start = self.bounds(start - DAY, metric.period)[0]
        return self.bounds(start, metric.period)

    def retained(self, metric: Retention, span: Span, filters: Where) -> Value:
        rows = [row for row in self.rows(metric.source, metric.where) if matches(row, filters)]
        base = stayed = 0
        for now in self.nows(metric, span):
            then = self.then(metric, now[0])
            before, after = (
                {row["customer"] for row in rows if start <= row["date"] <= end} for start, end in (then, now)
            )
            base += len(before)
            stayed += len(before & after)
        return stayed / base if base else None

    def repeated(self, metric: Repeat, span: Span, filters: Where) -> Value:
        rows = self.rows(metric.source, metric.where)
        active = {row["customer"] for row in rows if span.start <= row["date"] <= span.end and matches(row, filters)}
        again = 0
        for customer in active:
            orders = [row for row in rows if row["customer"] == customer and row["date"] <= span.end]
            if metric.order is None:
                again += len(orders) >= 2
            else:
                again += len({row[metric.order] for row in orders} - {None}) >= 2
        return again / len(active) if active else None

    def converted(self, metric: Conversion, span: Span, filters: Where) -> Value:
        other = self.plain.facts[metric.converted]
        assert other.first is not None
        assert other.complete_until is not None
        last = ahead(span.end, metric.within) - DAY if metric.within is not None else date.max
        if max(span.start, other.first) > min(last, other.complete_until):
            return None  # nobody knows what followed
        base = self.rows(metric.source, metric.where)
        found: set[int] = set()
        for row in self.rows(metric.converted, metric.converted_where):
            if self.plain.as_of is not None and row["date"] > self.plain.as_of:
                continue
            earlier = [
                (event["date"], index)
                for index, event in enumerate(base)
                if event["customer"] == row["customer"] and event["date"] <= row["date"]
            ]
            if not earlier:
                continue
            on, index = max(earlier)  # of those on one day the last in the file
            if metric.within is None or row["date"] < ahead(on, metric.within):
                found.add(index)
        counted = [
            index for index, row in enumerate(base) if span.start <= row["date"] <= span.end and matches(row, filters)
        ]
        return sum(index in found for index in counted) / len(counted) if counted else None

    def complete(self, name: str, period: Stretch) -> bool:
        span = self.span(period)
        judged = min(self.judged(name), self.plain.until)
        return period.end <= judged and self.begun(name, span)

    def begun(self, name: str, span: Span) -> bool:
        """Whether the data below the metric begin early enough for these days and nothing later bears on them."""
        match self.metrics[name]:
            case Derived(left, _, right):
                return self.begun(left, span) and self.begun(right, span)
            case Share(inner):
                return self.begun(inner, span)
            case Window(inner) | ToDate(inner) | Offset(inner):
                return self.begun(inner, self.inner(name, span))
            case leaf:
                used = (leaf.source, leaf.converted) if isinstance(leaf, Conversion) else (leaf.source,)
                first = max(first for source in used if (first := self.plain.facts[source].first) is not None)
                return span.needed is not None and first <= span.needed and self.mature(leaf, span, first)

    def mature(self, leaf: Leaf, span: Span, first: date) -> bool:
        assert span.needed is not None
        match leaf:
            case Acquisition():
                return span.needed - first >= HISTORY
            case Retention():
                nows = self.nows(leaf, span)
                return first <= self.then(leaf, nows[0][0])[0] and self.bounds(nows[-1][0], leaf.period) == nows[-1]
            case Conversion(within=Length() as within):
                until = self.plain.facts[leaf.converted].complete_until
                assert until is not None
                return ahead(span.end, within) - DAY <= min(until, self.plain.as_of or date.max)
            case _:
                return True


def days(start: date, end: date) -> list[date]:
    return [start + index * DAY for index in range((end - start).days + 1)]


def month_moved(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a month that has no such day."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    for number in range(day.day, 0, -1):
        try:
            return date(year, month + 1, number)
        except ValueError:
            continue
    raise AssertionError(day)


def back(day: date, length: Length) -> date:
    if length.in_days:
        return day - (7 if length.unit == "week" else 1) * length.n * DAY
    return month_moved(day, -MONTHS[length.unit] * length.n)


def ahead(day: date, length: Length) -> date:
    if length.in_days:
        return day + (7 if length.unit == "week" else 1) * length.n * DAY
    return month_moved(day, MONTHS[length.unit] * length.n)


def shifted(span: Span, length: Length) -> Span:
    """The stretch `length` earlier: counted days keep their number, a week moves by 52 weeks a year, all else goes by
    the calendar, the last day of a month to the last day of one."""
    if span.moves == "week" and length.unit == "year":
        length = Length(52 * length.n, "week")
    start = back(span.start, length)
    needed = None if span.needed is None else back(span.needed, length)
    if length.in_days or span.moves != "calendar":
        return Span(start, start + (span.end - span.start), needed, span.moves)
    after = span.end + DAY
    end = back(after, length) - DAY if after.day == 1 else back(span.end, length)
    return Span(start, end, needed, span.moves)


def slices_seen(kinds: Kinds, names: Sequence[str], periods: Sequence[Stretch]) -> set[tuple[str | None, ...]]:
    """The combinations of the split's dimensions that rows of the asked range have, which an answer has at least."""
    asked = kinds.plain.asked
    filters = (*asked.where, *asked.scope)
    return {
        tuple(row[name] for name in asked.by)
        for source in {source for name in names if not kinds.lacks(name) for source in kinds.sources(name)}
        for row in kinds.plain.facts[source].rows
        if any(period.cut_start <= row["date"] <= period.cut_end for period in periods) and matches(row, filters)
    }
