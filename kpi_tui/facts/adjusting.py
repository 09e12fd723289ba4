"""The workspace's `[[adjustment]]` records as corrections: amounts worked out, mistakes found.

Records are taken in the order of the file: `set` is the difference to what the sum of its date and slice is then, with
the corrections before it. Invariant: a record that cannot be laid over its source changes nothing and is a finding.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from kpi_tui.errors import Finding, Place, Severity, Text, did_you_mean, text
from kpi_tui.facts.correcting import Ask, Correction, Corrections, Schema
from kpi_tui.facts.engines import Uncounted
from kpi_tui.facts.query import Filter, Grouping, Leaf
from kpi_tui.facts.table import Table
from kpi_tui.formula.tree import Aggregate, Name
from kpi_tui.workspace.model import Adjustment
from kpi_tui.workspace.naming import called
from kpi_tui.workspace.periods import Calendar, Period

PlaceOf = Callable[[tuple[str, ...]], Place]
Seen = Callable[[str, Grouping], set[tuple[str | None, ...]]]


class Facts(Struct, frozen=True):
    """What the corrections are laid over: the sources as read, and an engine to count them."""

    tables: Mapping[str, Table]
    schemas: Mapping[str, Schema]
    ask: Ask
    seen: Seen


def corrections(adjustments: Sequence[Adjustment], facts: Facts, calendar: Calendar, place_of: PlaceOf) -> Corrections:
    """The corrections that hold over the loaded sources, and what is wrong with the others.

    Those of a source that is not loaded wait for it without a word.
    """
    making = _Making(facts, calendar, place_of)
    for adjustment in adjustments:
        try:
            making.take(adjustment)
        except Uncounted as lacking:
            making.wait(adjustment, lacking.reason)
    making.say_superseded(adjustments)
    made = {source: tuple(found) for source, found in making.made.items()}
    return Corrections(made, {source: facts.schemas[source] for source in made}, tuple(making.findings))


class _Making(Struct):
    facts: Facts
    calendar: Calendar
    place_of: PlaceOf
    made: dict[str, list[Correction]] = {}
    findings: list[Finding] = []

    def take(self, adjustment: Adjustment) -> None:
        table, schema = self.facts.tables.get(adjustment.source), self.facts.schemas.get(adjustment.source)
        if table is None or schema is None:
            return
        wrong = list(self._wrong(adjustment, table, schema))
        for key, what, cure in wrong:
            self._say(adjustment, key, what, cure, "error")
        if wrong:
            return
        start, end = self._days(adjustment, table)
        named = {name: adjustment.where.get(name) or None for name in table.source.dimensions}
        where = tuple((name, (value or None,)) for name, value in sorted(adjustment.where.items()))
        amount = adjustment.add
        if adjustment.set is not None:
            amount = adjustment.set - self._total(adjustment, start, end, where)
        assert amount is not None  # the rules of the workspace see to it
        made = Correction(adjustment.id, adjustment.source, adjustment.column, start, end, named, amount)
        self.made.setdefault(adjustment.source, []).append(made)
        self._say_unknown_values(adjustment)

    def wait(self, adjustment: Adjustment, reason: Text) -> None:
        """Say that a correction does not hold yet: what it is the difference to is not known."""
        self._say(adjustment, "set", reason, None, "warning")

    def say_superseded(self, adjustments: Sequence[Adjustment]) -> None:
        """The last `set` of a date and slice stands; those before it do nothing, which nobody means."""
        last: dict[tuple[object, ...], Adjustment] = {}
        for adjustment in adjustments:
            table = self.facts.tables.get(adjustment.source)
            if adjustment.set is None or table is None:
                continue
            days = self._days(adjustment, table)
            key = (adjustment.source, adjustment.column, days, *sorted(adjustment.where.items()))
            if key in last:
                what = text("'{name}' sets the same sum again and stands", name=adjustment.id)
                self._say(last[key], "set", what, text("remove one of them"), "warning")
            last[key] = adjustment

    def _wrong(self, adjustment: Adjustment, table: Table, schema: Schema) -> Iterator[tuple[str, Text, Text | None]]:
        name, source = adjustment.column, adjustment.source
        numbers = numeric_columns(schema)
        listed = text("columns of numbers are {names}", names=", ".join(numbers)) if numbers else None
        if name not in schema:
            what = text("source '{source}' has no column '{name}'", source=source, name=name)
            yield "column", what, did_you_mean(name, numbers) or listed
        elif not schema[name].is_numeric():
            cure = listed or text("declare its type in [source.columns]")
            yield "column", text("column '{name}' does not hold numbers", name=name), cure
        for dimension in adjustment.where:
            known = table.source.dimensions
            if dimension not in known:
                what = text("source '{source}' has no dimension '{name}'", source=source, name=dimension)
                others = text("dimensions are {names}", names=", ".join(known)) if known else None
                yield "where", what, did_you_mean(dimension, known) or others
        first, last = table.first, _last(table)
        if table.source.time is not None and (first is None or last is None or not first <= adjustment.date <= last):
            what = text("{date} is outside what source '{source}' covers", date=adjustment.date, source=source)
            covered = text("it covers {first} to {last}", first=first, last=last) if first and last else None
            yield "date", what, covered

    def _say_unknown_values(self, adjustment: Adjustment) -> None:
        for dimension, value in adjustment.where.items():
            seen = {name for (name,) in self.facts.seen(adjustment.source, Grouping((), (dimension,)))}
            if (value or None) not in seen:
                what = text("no row has {dimension} = '{value}'", dimension=dimension, value=value)
                known = sorted(name for name in seen if name)
                close = did_you_mean(value, known)
                self._say(adjustment, "where", what, close or text("the correction is a slice of its own"), "warning")

    def _days(self, adjustment: Adjustment, table: Table) -> tuple[date, date]:
        """The days that a row of the source stands for which holds the date."""
        if table.source.time is None:
            return date.min, date.max
        period = self.calendar.period(adjustment.date, table.source.every)
        return period.start, period.end

    def _total(self, adjustment: Adjustment, start: date, end: date, where: Filter) -> Decimal:
        """The sum so far of the column on these days in this slice."""
        source = adjustment.source
        leaf = Leaf(source, Aggregate("SUM", Name(adjustment.column)))
        dated = self.facts.tables[source].source.time is not None
        periods = (Period(start, end, ""),) if dated else ()
        counted = self.facts.ask(leaf.rows, Grouping(periods, (), where), (leaf,))[leaf.column]
        total = counted.to_list()[0] if len(counted) else None
        before = sum(
            (
                each.amount
                for each in self.made.get(source, ())
                if each.column == adjustment.column and start <= each.start <= end and each.is_in(where)
            ),
            Decimal(0),
        )
        return Decimal(str(total or 0)) + before

    def _say(self, adjustment: Adjustment, key: str, what: Text, cure: Text | None, severity: Severity) -> None:
        place = self.place_of(("adjustment", adjustment.id, key))
        self.findings.append(Finding(place, what, cure, called("adjustment", adjustment.id), severity))


def _last(table: Table) -> date | None:
    """The last day the source speaks about: *complete until*, or later where it has later rows."""
    until, time = table.complete_until, table.source.time
    newest = table.frame[time].max() if table.frame is not None and time is not None else None
    return max(until, newest) if until is not None and isinstance(newest, date) else until


def numeric_columns(schema: Schema) -> list[str]:
    """The columns that a correction can be of."""
    return [name for name, dtype in schema.items() if dtype.is_numeric() and not name.startswith("__")]
