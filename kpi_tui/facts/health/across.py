"""Two sources side by side: days and labels that have spend in one and no row in the other, and the other way round.

Which source is spend and which revenue is told by the names of their number columns; a source with both is neither. A
label that brings revenue and costs nothing (an organic channel) is usual and no finding, unless it is but another
spelling of one that costs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date

import polars as pl
from msgspec import Struct

from kpi_tui.errors import Finding, Place, count_text, did_you_mean, text
from kpi_tui.facts.health.dates import MOSTLY
from kpi_tui.facts.health.spellings import folded, shown
from kpi_tui.facts.health.values import few, warned
from kpi_tui.facts.table import Table

LEAST_DATES = 7  # what was paid for on fewer dates may well have brought nothing
_SPEND = re.compile(r"(^|_|\b)(ad_?)?(cost|costs|spend|spent)($|_|\b)|расход|затрат", re.IGNORECASE)
_GOODS = re.compile(r"goods|cogs|себестоим|закуп", re.IGNORECASE)
_REVENUE = re.compile(r"revenue|turnover|(^|_|\b)sales($|_|\b)|выручк|оборот|доход", re.IGNORECASE)


class _Pair(Struct, frozen=True):
    """A source of spend and one of revenue, and the days that both cover."""

    spend: Table
    cost: str
    revenue: Table
    first: date
    until: date

    def paid(self) -> pl.DataFrame:
        """The rows of spend inside the common days that cost something."""
        rows = _inside(self.spend, self.first, self.until)
        return rows.filter(pl.col(self.cost) > 0)

    def sold(self) -> pl.DataFrame:
        """The rows of revenue inside the common days."""
        return _inside(self.revenue, self.first, self.until)


def across_findings(tables: Mapping[str, Table]) -> Iterator[Finding]:
    """What two sources say against each other."""
    for pair in _pairs(tables):
        yield from _days(pair)
        for dimension in pair.spend.source.dimensions:
            if dimension in pair.revenue.source.dimensions and _is_text(pair, dimension):
                yield from _labels(pair, dimension)


def _pairs(tables: Mapping[str, Table]) -> Iterator[_Pair]:
    for spend in tables.values():
        cost = next((name for name in _numbers(spend) if _SPEND.search(name) and not _GOODS.search(name)), None)
        if cost is None or any(_REVENUE.search(name) for name in _numbers(spend)):
            continue
        for revenue in tables.values():
            if revenue is spend or not any(_REVENUE.search(name) for name in _numbers(revenue)):
                continue
            if spend.first and spend.complete_until and revenue.first and revenue.complete_until:
                first, until = max(spend.first, revenue.first), min(spend.complete_until, revenue.complete_until)
                if first <= until:
                    yield _Pair(spend, cost, revenue, first, until)


def _numbers(table: Table) -> list[str]:
    if table.frame is None or table.source.time is None:
        return []
    return [name for name, dtype in table.frame.schema.items() if dtype.is_numeric() and not name.startswith("__")]


def _inside(table: Table, first: date, until: date) -> pl.DataFrame:
    assert table.frame is not None
    assert table.source.time is not None
    return table.frame.filter(pl.col(table.source.time).is_between(first, until))


def _is_text(pair: _Pair, dimension: str) -> bool:
    return all(
        table.frame is not None and table.frame.schema.get(dimension) == pl.String
        for table in (pair.spend, pair.revenue)
    )


def _days(pair: _Pair) -> Iterator[Finding]:
    """Days that one of two daily sources has and the other, which has nearly every day, has not."""
    if pair.spend.source.every != "day" or pair.revenue.source.every != "day":
        return
    paid, sold = _dates(pair.spend, pair.paid()), _dates(pair.revenue, pair.sold())
    days = (pair.until - pair.first).days + 1
    if len(sold) >= MOSTLY * days and (missing := sorted(paid - sold)):
        what = count_text(
            "on {n} day '{spend}' has spend and '{revenue}' no row: {days}",
            "on {n} days '{spend}' has spend and '{revenue}' no row: {days}",
            len(missing),
            spend=pair.spend.source.id,
            revenue=pair.revenue.source.id,
            days=few([day.isoformat() for day in missing]),
        )
        yield warned(pair.revenue, Place(pair.revenue.source.path), what, text("export those days again"))
    if len(paid) >= MOSTLY * days and (missing := sorted(sold - paid)):
        what = count_text(
            "on {n} day '{revenue}' has rows and '{spend}' no spend: {days}",
            "on {n} days '{revenue}' has rows and '{spend}' no spend: {days}",
            len(missing),
            spend=pair.spend.source.id,
            revenue=pair.revenue.source.id,
            days=few([day.isoformat() for day in missing]),
        )
        yield warned(pair.spend, Place(pair.spend.source.path), what, text("export those days again"))


def _dates(table: Table, rows: pl.DataFrame) -> set[date]:
    assert table.source.time is not None
    return set(rows[table.source.time].unique())


def _labels(pair: _Pair, dimension: str) -> Iterator[Finding]:
    """Labels that cost something and are not in the other source, with the one there that is nearest."""
    dates = pair.paid().group_by(dimension).agg(pl.col(pair.spend.source.time or "").n_unique().alias("__dates"))
    paid = set(dates.filter(pl.col("__dates") >= LEAST_DATES)[dimension].drop_nulls())
    sold = set(pair.sold()[dimension].drop_nulls().unique())
    once = {folded(label): label for label in sorted(paid - sold, reverse=True)}  # each, however many spellings it has
    missing = sorted(once.values())
    if not missing or not paid & sold:  # without a label in common they are not the same names at all
        return
    spellings = {folded(label): label for label in sorted(sold)}
    alike = next((spellings[folded(label)] for label in missing if folded(label) in spellings), None)
    near = text("did you mean '{name}'?", name=alike) if alike is not None else did_you_mean(missing[0], sorted(sold))
    assert pair.spend.frame is not None
    row = pair.spend.frame.select((pl.col(dimension) == missing[0]).arg_max()).item()
    yield warned(
        pair.spend,
        pair.spend.place(row),
        count_text(
            "{n} '{dimension}' has spend and no row in '{revenue}': {labels}",
            "{n} of '{dimension}' have spend and no row in '{revenue}': {labels}",
            len(missing),
            dimension=dimension,
            revenue=pair.revenue.source.id,
            labels=few([f"'{shown(label)}'" for label in missing]),
        ),
        near
        or text("if they are called otherwise there, name them in [source.labels.{dimension}]", dimension=dimension),
    )
