"""The health of the data as values: what any face shows of it.

Invariant: nothing here is a number that goes into a metric. A finding of health is a warning: the data are used as they
are, and a person decides.
"""

from __future__ import annotations

from datetime import date

from msgspec import Struct

from kpi_tui.errors import Finding, Place, Text
from kpi_tui.facts.table import Account, Table
from kpi_tui.workspace.naming import called

FEW = 3  # places, stretches or labels that a sentence names before it says how many more there are


class Stretch(Struct, frozen=True):
    """Periods of `every` without a row, one after the other: the first and the last day, and how many they are."""

    start: date
    end: date
    periods: int

    def __str__(self) -> str:
        return f"{self.start}" if self.start == self.end else f"{self.start}..{self.end}"


class Days(Struct, frozen=True):
    """What dates a source has.

    `first`, `last`: the earliest and latest date of a row that is not far off. `days_off` are weekdays (0 = Monday) on
    which the source hardly ever has a row. `gaps` are the other periods without one. `dense`: a missing period is the
    exception, so that a gap means something.
    """

    first: date | None = None
    last: date | None = None
    days_off: tuple[int, ...] = ()
    gaps: tuple[Stretch, ...] = ()
    dense: bool = False


class ColumnHealth(Struct, frozen=True):
    """A column's cells that are missing or not of its type, the first of each, and the commonest broken texts."""

    name: str
    missing: int = 0
    first_missing: Place | None = None
    broken: int = 0
    first_broken: Place | None = None
    seen: tuple[tuple[str, int], ...] = ()


class Variants(Struct, frozen=True):
    """Spellings of a dimension's label that mean the same, with their rows, the most frequent first."""

    dimension: str
    spellings: tuple[tuple[str, int], ...]

    @property
    def kept(self) -> str:
        """The spelling that a merge keeps."""
        return self.spellings[0][0]


class SourceHealth(Struct, frozen=True):
    """One source: where its rows went, which days they cover, its cells, its findings."""

    source: str
    path: str
    files: tuple[str, ...]
    account: Account
    complete_until: date | None
    days: Days
    columns: tuple[ColumnHealth, ...]
    repeats: int
    variants: tuple[Variants, ...]
    findings: tuple[Finding, ...]
    unexamined: bool = False  # a large source is counted while it is read; its rows are not kept to be looked at


class Health(Struct, frozen=True):
    """All sources, and what shows only where two of them are laid side by side."""

    sources: tuple[SourceHealth, ...] = ()
    across: tuple[Finding, ...] = ()

    @property
    def findings(self) -> tuple[Finding, ...]:
        """All findings, source by source."""
        return (*(finding for source in self.sources for finding in source.findings), *self.across)


def warned(table: Table, place: Place, what: Text, cure: Text) -> Finding:
    """A warning about the data of a table."""
    return Finding(place, what, cure, called("source", table.source.id), "warning")


def few(names: list[str]) -> str:
    """The first names, and dots where there are more."""
    return ", ".join([*names[:FEW], *["..."] * (len(names) > FEW)])
