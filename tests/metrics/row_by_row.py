"""The meaning of a metric, row by row in plain Python: what the evaluator must agree with. Slow, and it shares nothing.

Rows are dictionaries; a missing cell is None. A metric is one aggregate (`Simple`), arithmetic over two others
(`Derived`) or a `Share`; each knows its formula's text. Where the written rules leave two readings, the comment says
which one is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, Literal, TypeAlias

Row: TypeAlias = Mapping[str, Any]
Value: TypeAlias = Decimal | int | float | None
Where: TypeAlias = tuple[tuple[str, tuple[str | None, ...]], ...]
Fill: TypeAlias = Decimal | Literal["previous"] | None
Grain: TypeAlias = Literal["day", "week", "month", "quarter", "year", "all"]
DAY = timedelta(days=1)
GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year", "all")

ARGUMENTS: Mapping[str, Callable[[Row], Any]] = {
    "*": lambda row: 1,
    "quantity": lambda row: row["quantity"],
    "cost": lambda row: row["cost"],
    "score": lambda row: row["score"],
    "customer": lambda row: row["customer"],
    "cost * cost": lambda row: None if row["cost"] is None else row["cost"] ** 2,
    "quantity * cost": lambda row: None if None in (row["quantity"], row["cost"]) else row["quantity"] * row["cost"],
}
# What is unknown, because a cell is missing, does not hold.
CONDITIONS: Mapping[str, Callable[[Row], bool]] = {
    "": lambda row: True,
    "cost > 1.5": lambda row: row["cost"] is not None and row["cost"] > Decimal("1.5"),
    "NOT (cost > 1.5)": lambda row: row["cost"] is not None and not row["cost"] > Decimal("1.5"),
    "channel = 'a'": lambda row: row["channel"] == "a",
    "channel <> 'a'": lambda row: row["channel"] not in (None, "a"),
    "channel IS NULL OR quantity >= 0": lambda row: (
        row["channel"] is None or (row["quantity"] is not None and row["quantity"] >= 0)
    ),
    "customer IS NOT NULL": lambda row: row["customer"] is not None,
}


@dataclass(frozen=True)
class Simple:
    """One aggregate with its filter; `where` leaves rows out before anything counts them; `at` makes it a stock."""

    source: str
    function: str
    argument: str
    condition: str = ""
    where: str = ""
    at: Literal["first", "last", "average"] | None = None
    fill: Fill = None

    @property
    def formula(self) -> str:
        filtered = f" FILTER (WHERE {self.condition})" if self.condition else ""
        return f"{self.function}{self.argument}){filtered}"

    def of(self, rows: Sequence[Row]) -> Value:
        """The aggregate over these rows, which `where` kept."""
        kept = [row for row in rows if CONDITIONS[self.condition](row)]
        cells = [cell for cell in map(ARGUMENTS[self.argument], kept) if cell is not None]
        match self.function:
            case "COUNT(":
                return len(cells)
            case "COUNT(DISTINCT ":
                return len(set(cells))
            case "SUM(":
                return sum(cells) if cells else None if kept else 0
            case "AVG(":
                return float(sum(cells)) / len(cells) if cells else None
            case "MEDIAN(":
                return float(median(cells)) if cells else None
            case "MIN(":
                return min(cells, default=None)
            case _:
                return max(cells, default=None)

    @property
    def is_float(self) -> bool:
        """Whether there is a division or a float below, so that the value is not exact."""
        divides = self.at == "average" or self.function in ("AVG(", "MEDIAN(")
        return divides or (self.argument == "score" and not self.function.startswith("COUNT"))

    @property
    def counts(self) -> bool:
        return self.at is None and self.function in ("COUNT(", "COUNT(DISTINCT ", "SUM(")


@dataclass(frozen=True)
class Derived:
    """left / right, left - right: by the names of other metrics."""

    left: str
    operator: str
    right: str
    fill: Fill = None

    @property
    def formula(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


@dataclass(frozen=True)
class Share:
    """A metric's share of its total."""

    whole: str
    fill: Fill = None

    @property
    def formula(self) -> str:
        return self.whole


Metric: TypeAlias = Simple | Derived | Share


@dataclass(frozen=True)
class Facts:
    """One source: its rows and dimensions, and the first and last day it speaks about (None: it has no rows).

    Rows may be later than `complete_until`; `every` is how long a stretch one row covers.
    """

    rows: Sequence[Row]
    dimensions: frozenset[str]
    first: date | None
    complete_until: date | None
    every: Literal["day", "week", "month", "quarter", "year"] = "day"


@dataclass(frozen=True)
class Stretch:
    """A period, and the part of it that counts."""

    name: str
    start: date
    end: date
    cut_start: date
    cut_end: date


@dataclass(frozen=True)
class Asked:
    grain: Grain
    start: date | None
    end: date | None
    by: tuple[str, ...]
    where: Where
    scope: Where


@dataclass(frozen=True)
class Oracle:
    """Answers one question about `metrics` over `facts`."""

    facts: Mapping[str, Facts]
    metrics: Mapping[str, Metric]
    fiscal_start: int
    week_start: int
    as_of: date | None
    asked: Asked

    def speaks_in(self, facts: Facts, start: date, end: date) -> bool:
        """Whether no rows mean that nothing happened: what a row covers begins on a known day of these."""
        if facts.first is None or facts.complete_until is None:
            return False
        day, last = max(start, facts.first), min(end, facts.complete_until)
        while day <= last:
            if self.name(day, facts.every) != self.name(day - DAY, facts.every):
                return True
            day += DAY
        return False

    def name(self, day: date, grain: Grain | None = None) -> str:
        """What the period (of the grain asked) that holds a day is called."""
        months = (day.month - self.fiscal_start) % 12
        year = day.year - (day.month < self.fiscal_start)
        match grain or self.asked.grain:
            case "day":
                return day.isoformat()
            case "week":
                fourth = day - timedelta(days=(day.weekday() - self.week_start) % 7) + 3 * DAY
                return f"{fourth.isocalendar().year}-W{fourth.isocalendar().week:02}"
            case "month":
                return day.isoformat()[:7]
            case "quarter":
                return f"{year}-Q{months // 3 + 1}"
            case "year":
                return str(year)
            case _:
                return "all"

    def below(self, metric: str) -> list[Simple]:
        """The aggregates that a metric is made of."""
        match self.metrics[metric]:
            case Simple() as simple:
                return [simple]
            case Derived(left=left, right=right):
                return [*self.below(left), *self.below(right)]
            case Share(whole=whole):
                return self.below(whole)

    def sources(self, metric: str) -> set[str]:
        return {simple.source for simple in self.below(metric)}

    def is_float(self, metric: str) -> bool:
        """Whether there is a division or a float below, so that the value is not exact."""
        match self.metrics[metric]:
            case Simple() as simple:
                return simple.is_float
            case Derived(left, operator, right):
                return operator == "/" or self.is_float(left) or self.is_float(right)
            case Share():
                return True

    @property
    def until(self) -> date:
        return min(self.asked.end or date.max, self.as_of or date.max)

    def periods(self, names: Sequence[str]) -> list[Stretch]:
        """Every period from the first to the last data of these metrics, inside the range asked."""
        used = [self.facts[source] for metric in names for source in self.sources(metric)]
        first = min((facts.first for facts in used if facts.first), default=None)
        newest = [row["date"] for facts in used for row in facts.rows]
        last = max((*newest, *(facts.complete_until for facts in used if facts.complete_until)), default=None)
        if first is None or last is None:
            return []
        start, end = max(first, self.asked.start or date.min), min(last, self.until)
        inside: dict[str, list[date]] = {}
        for index in range((end - start).days + 1):
            inside.setdefault(self.name(start + index * DAY), []).append(start + index * DAY)
        return [self.stretch(name, days) for name, days in inside.items()]

    def stretch(self, name: str, inside: Sequence[date]) -> Stretch:
        start, end = inside[0], inside[-1]
        if name != "all":
            while self.name(start - DAY) == name:
                start -= DAY
            while self.name(end + DAY) == name:
                end += DAY
        return Stretch(name, start, end, max(start, self.asked.start or date.min), min(end, self.until))

    def lacks(self, metric: str) -> bool:
        """Whether a source of the metric cannot answer."""
        return not all(self.can_answer(self.facts[name]) for name in self.sources(metric))

    def can_answer(self, facts: Facts) -> bool:
        """Whether a source has rows, every dimension asked for, and rows that cover no more than the grain asked."""
        asked = {*self.asked.by, *(name for name, _ in (*self.asked.where, *self.asked.scope))}
        fine_enough = GRAINS.index(self.asked.grain) >= GRAINS.index(facts.every)
        return facts.first is not None and asked <= facts.dimensions and fine_enough

    def slices(self, names: Sequence[str]) -> set[tuple[str | None, ...]]:
        """Every combination seen in the asked range, whatever the metrics leave out, in the sources that can answer."""
        if not self.asked.by:
            return {()}
        filters = (*self.asked.where, *self.asked.scope)
        used = [self.facts[source] for source in {source for metric in names for source in self.sources(metric)}]
        return {
            tuple(row[name] for name in self.asked.by)
            for facts in used
            if self.can_answer(facts)
            for row in facts.rows
            if (self.asked.start or date.min) <= row["date"] <= self.until and matches(row, filters)
        }

    def series(self, metric: str, periods: Sequence[Stretch], part: Mapping[str, str | None]) -> list[Value]:
        """One slice of a metric inside the scope, over all periods."""
        slice_of = tuple((name, (value,)) for name, value in part.items())
        return self._series(metric, periods, (*self.asked.where, *self.asked.scope, *slice_of))

    def sizes(self, metric: str, periods: Sequence[Stretch], part: Mapping[str, str | None]) -> list[float]:
        """How large the sides of a difference are, in which its last digits are lost; 0 for everything else."""
        found = self.metrics[metric]
        if not isinstance(found, Derived) or found.operator != "-":
            return [0.0] * len(periods)
        sides = zip(*(self.series(name, periods, part) for name in (found.left, found.right)), strict=True)
        return [max(abs(float(value)) for value in (*pair, 0) if value is not None) for pair in sides]

    def _series(self, metric: str, periods: Sequence[Stretch], filters: Where) -> list[Value]:
        known = self._unfilled(metric, periods, filters)
        fill, before = self.metrics[metric].fill, self._before(metric, periods, filters)
        for index, period in enumerate(periods):
            if known[index] is None and fill is not None and self._is_vacant(metric, period, filters):
                known[index] = before if fill == "previous" else fill
            value = known[index]
            if value is not None:
                before = known[index] = float(value) if self.is_float(metric) else value
        return known

    def _before(self, metric: str, periods: Sequence[Stretch], filters: Where) -> Value:
        """What stood before the range asked, which fills its first periods; the whole range has no period before it."""
        asked = self.asked
        if self.metrics[metric].fill != "previous" or asked.start is None or asked.grain == "all" or not periods:
            return None
        earlier = replace(self, asked=replace(asked, start=None, end=periods[0].start - DAY))
        known = earlier._series(metric, earlier.periods([metric]), filters)
        return known[-1] if known else None

    def _unfilled(self, metric: str, periods: Sequence[Stretch], filters: Where) -> list[Value]:
        match self.metrics[metric]:
            case Derived(left, operator, right):
                sides = (self._series(name, periods, filters) for name in (left, right))
            case Share(whole):
                operator = "/"
                sides = (self._series(whole, periods, narrowed) for narrowed in (filters, self.asked.where))
            case Simple() as simple:
                return [self._value(simple, period, filters) for period in periods]
        return [computed(operator, one, other) for one, other in zip(*sides, strict=True)]

    def _is_vacant(self, metric: str, period: Stretch, filters: Where) -> bool:
        """Whether every source of the metric speaks about the period and no row of any counts in it."""
        return all(
            self.speaks_in(self.facts[simple.source], period.cut_start, period.cut_end)
            and not self._rows(simple, period, filters)
            for simple in self.below(metric)
        )

    def _rows(self, metric: Simple, period: Stretch, filters: Where) -> list[Row]:
        """What is counted: a stock's day is chosen among all rows; after that, filters and `where` leave rows out."""
        inside = [row for row in self.facts[metric.source].rows if period.cut_start <= row["date"] <= period.cut_end]
        if metric.at in ("first", "last"):
            chosen = (min if metric.at == "first" else max)((row["date"] for row in inside), default=None)
            inside = [row for row in inside if row["date"] == chosen]
        return [row for row in inside if matches(row, filters) and CONDITIONS[metric.where](row)]

    def _value(self, metric: Simple, period: Stretch, filters: Where) -> Value:
        rows = self._rows(metric, period, filters)
        if not rows:
            speaks = self.speaks_in(self.facts[metric.source], period.cut_start, period.cut_end)
            return 0 if metric.counts and speaks else None
        if metric.at != "average":
            return metric.of(rows)
        dates = sorted({row["date"] for row in rows})
        daily = [metric.of([row for row in rows if row["date"] == day]) for day in dates]
        known = [float(value) for value in daily if value is not None]
        return sum(known) / len(known) if known else None

    def complete(self, metric: str, period: Stretch) -> bool:
        """Whether a period neither begins before the data, nor ends after them, nor is cut by what was asked."""
        used = [self.facts[name] for name in self.sources(metric)]
        if any(facts.first is None or facts.complete_until is None for facts in used):
            return False
        cut = period.cut_start > period.start or period.cut_end < period.end
        return not cut and all(
            facts.first is not None
            and facts.complete_until is not None
            and facts.first <= period.start
            and period.end <= facts.complete_until
            for facts in used
        )


def matches(row: Row, filters: Where) -> bool:
    return all(row[name] in values for name, values in filters)


def computed(operator: str, left: Value, right: Value) -> Value:
    """Undefined where a side is, or the divisor is 0."""
    if left is None or right is None:
        return None
    if operator == "/":
        return float(left) / float(right) if right else None
    if isinstance(left, float) or isinstance(right, float):
        return float(left) - float(right)
    return left - right
