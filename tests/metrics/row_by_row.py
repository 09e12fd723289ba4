"""The meaning of a metric, row by row in plain Python: what the evaluator must agree with. Slow, and it shares nothing.

Rows are dictionaries; a missing cell is None. A metric is one aggregate (`Simple`), arithmetic over two others
(`Derived`) or a `Share`; each knows its formula's text. Where the written rules leave two readings, the comment says
which one is taken.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any, Literal, TypeAlias

Row: TypeAlias = Mapping[str, Any]
Value: TypeAlias = Decimal | int | float | None
Where: TypeAlias = tuple[tuple[str, tuple[str | None, ...]], ...]
DAY = timedelta(days=1)

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
    """One aggregate with its filters; `at` makes it a stock."""

    source: str
    function: str
    argument: str
    condition: str = ""
    where: str = ""
    at: Literal["first", "last", "average"] | None = None
    fill: Decimal | Literal["previous"] | None = None

    @property
    def formula(self) -> str:
        filtered = f" FILTER (WHERE {self.condition})" if self.condition else ""
        return f"{self.function}{self.argument}){filtered}"

    def of(self, rows: Sequence[Row]) -> Value:
        """The aggregate over these rows."""
        kept = [row for row in rows if CONDITIONS[self.condition](row) and CONDITIONS[self.where](row)]
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

    @property
    def formula(self) -> str:
        return f"{self.left} {self.operator} {self.right}"


@dataclass(frozen=True)
class Share:
    """A metric's share of its total."""

    whole: str

    @property
    def formula(self) -> str:
        return self.whole


Metric: TypeAlias = Simple | Derived | Share


@dataclass(frozen=True)
class Facts:
    """One source: its rows and dimensions, and the first and last day it speaks about (None: it has no rows)."""

    rows: Sequence[Row]
    dimensions: frozenset[str]
    first: date | None
    complete_until: date | None


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
    grain: Literal["day", "week", "month", "quarter", "year", "all"]
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

    def name(self, day: date) -> str:
        """What the period that holds a day is called."""
        months = (day.month - self.fiscal_start) % 12
        year = day.year - (day.month < self.fiscal_start)
        match self.asked.grain:
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

    def sources(self, metric: str) -> set[str]:
        match self.metrics[metric]:
            case Simple(source=source):
                return {source}
            case Derived(left=left, right=right):
                return self.sources(left) | self.sources(right)
            case Share(whole):
                return self.sources(whole)

    def picks_days(self, names: Sequence[str]) -> bool:
        """Whether one of the metrics takes one day of a period."""
        return any(self._picks_days(name) for name in names)

    def _picks_days(self, name: str) -> bool:
        match self.metrics[name]:
            case Simple(at=at):
                return at in ("first", "last")
            case Derived(left=left, right=right):
                return self.picks_days((left, right))
            case Share(whole):
                return self._picks_days(whole)

    @property
    def until(self) -> date:
        return min(self.asked.end or date.max, self.as_of or date.max)

    def periods(self, names: Sequence[str]) -> list[Stretch]:
        """Every period from the first to the last data of these metrics, inside the range asked."""
        used = [self.facts[source] for metric in names for source in self.sources(metric)]
        first = min((facts.first for facts in used if facts.first), default=None)
        last = max((facts.complete_until for facts in used if facts.complete_until), default=None)
        if first is None or last is None:
            return []
        start, end = max(first, self.asked.start or date.min), min(last, self.until)
        days = [start + index * DAY for index in range((end - start).days + 1)]
        return [self.stretch(name, days) for name in dict.fromkeys(map(self.name, days))]

    def stretch(self, name: str, days: Sequence[date]) -> Stretch:
        inside = [day for day in days if self.name(day) == name]
        start, end = inside[0], inside[-1]
        if name != "all":
            while self.name(start - DAY) == name:
                start -= DAY
            while self.name(end + DAY) == name:
                end += DAY
        return Stretch(name, start, end, max(start, self.asked.start or date.min), min(end, self.until))

    def lacks(self, metric: str) -> bool:
        """Whether a source of the metric has no rows or lacks a dimension asked for."""
        asked = {*self.asked.by, *(name for name, _ in (*self.asked.where, *self.asked.scope))}
        used = [self.facts[name] for name in self.sources(metric)]
        return any(facts.first is None or asked - facts.dimensions for facts in used)

    def slices(self, names: Sequence[str]) -> set[tuple[str | None, ...]]:
        """Every combination seen in the asked range, in the sources that have these dimensions."""
        if not self.asked.by:
            return {()}
        filters = (*self.asked.where, *self.asked.scope)
        asked = {*self.asked.by, *(name for name, _ in filters)}
        used = [self.facts[source] for source in {source for metric in names for source in self.sources(metric)}]
        return {
            tuple(row[name] for name in self.asked.by)
            for facts in used
            if asked <= facts.dimensions
            for row in facts.rows
            if (self.asked.start or date.min) <= row["date"] <= self.until and matches(row, filters)
        }

    def series(self, metric: str, periods: Sequence[Stretch], part: Mapping[str, str | None]) -> list[Value]:
        """One slice of a metric inside the scope, over all periods."""
        slice_of = tuple((name, (value,)) for name, value in part.items())
        return self._series(metric, periods, (*self.asked.where, *self.asked.scope, *slice_of))

    def _series(self, metric: str, periods: Sequence[Stretch], filters: Where) -> list[Value]:
        match self.metrics[metric]:
            case Derived(left, operator, right):
                sides = (self._series(name, periods, filters) for name in (left, right))
            case Share(whole):
                operator = "/"
                sides = (self._series(whole, periods, narrowed) for narrowed in (filters, self.asked.where))
            case Simple() as simple:
                return list(self._simple(simple, periods, filters))
        return [computed(operator, one, other) for one, other in zip(*sides, strict=True)]

    def _simple(self, metric: Simple, periods: Sequence[Stretch], filters: Where) -> Iterator[Value]:
        facts = self.facts[metric.source]
        assert facts.first is not None
        assert facts.complete_until is not None
        before: Value = None
        for period in periods:
            inside = [row for row in facts.rows if period.cut_start <= row["date"] <= period.cut_end]
            if metric.at in ("first", "last"):
                chosen = (min if metric.at == "first" else max)((row["date"] for row in inside), default=None)
                inside = [row for row in inside if row["date"] == chosen]
            rows = [row for row in inside if matches(row, filters)]
            # Rows that a metric's own filter leaves out are rows: only a period or slice without any is filled.
            covered = period.cut_start <= facts.complete_until and period.cut_end >= facts.first
            value = self._value(metric, rows) if rows else 0 if covered and metric.counts else None
            if value is None and not rows and covered and metric.fill is not None:
                value = before if metric.fill == "previous" else metric.fill
            if value is not None:
                before = value = float(value) if metric.is_float else value
            yield value

    @staticmethod
    def _value(metric: Simple, rows: Sequence[Row]) -> Value:
        if metric.at != "average":
            return metric.of(rows)
        # The days of an average are those with rows of the slice.
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
