"""Hand-entered metrics: a value typed on a date, for the total or for one slice.

Between entries the last one stands (`at = "last"`, the default); with `at = "sum"` those of a period add up and a
period without one is undefined; `first` takes what stood when the period began, or its first entry; `average` is over
the entries of the period, or what stands where it has none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal

from kpi_tui.facts.query import apart
from kpi_tui.metrics.answer import Question
from kpi_tui.workspace.model import Entry, Metric
from kpi_tui.workspace.periods import Period


def slices(metric: Metric, dimensions: frozenset[str]) -> list[Mapping[str, str]]:
    """The slices over exactly these dimensions for which there are entries."""
    found: dict[tuple[tuple[str, str], ...], Mapping[str, str]] = {}
    for entry in metric.entries:
        if frozenset(entry.by) == dimensions:
            found.setdefault(tuple(sorted(entry.by.items())), entry.by)
    return list(found.values())


def asked(metric: Metric, question: Question) -> list[Mapping[str, str]]:
    """The slices with entries that answer this question: those over exactly the dimensions asked."""
    fixed = (*question.where, *question.scope)
    dimensions = frozenset((*question.by, *(name for name, _ in fixed)))
    if any(len(apart(name)) > 1 or (len(values) != 1 and name not in question.by) for name, values in fixed):
        return []
    return [by for by in slices(metric, dimensions) if all(by[name] in values for name, values in fixed)]


def of_slice(metric: Metric, by: Mapping[str, str | None], until: date | None) -> list[Entry]:
    """The entries for exactly this slice up to `until`, by date."""
    wanted: dict[str, str | None] = dict(by)
    return sorted(
        (e for e in metric.entries if e.by == wanted and (until is None or e.date <= until)), key=lambda e: e.date
    )


def values(metric: Metric, entries: Sequence[Entry], periods: Sequence[Period]) -> list[Decimal | float | None]:
    """One value per period from the entries of one slice."""
    return [_value(metric.at or "last", entries, period) for period in periods]


def _value(at: str, entries: Sequence[Entry], period: Period) -> Decimal | float | None:
    inside = [entry.value for entry in entries if entry.date in period]
    if at == "sum":
        return sum(inside, Decimal(0)) if inside else None
    standing = [entry.value for entry in entries if entry.date <= period.end]
    before = [entry.value for entry in entries if entry.date < period.start]
    if not standing:
        return None
    if at == "first":
        exact = [entry.value for entry in entries if entry.date == period.start]
        return (exact or before[-1:] or inside)[0]
    if at == "average" and inside:
        return float(sum(inside, Decimal(0))) / len(inside)
    return standing[-1]
