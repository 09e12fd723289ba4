"""What an engine is asked: leaves over one source, grouped by period and dimensions. Engines never see a formula.

A *leaf* is one aggregate call with its filter; whatever is arithmetic over leaves happens elsewhere, in one place, so
that x/0 and missing values mean the same whatever engine ran.
"""

from __future__ import annotations

from typing import Literal

from msgspec import Struct

from kpi_tui.formula.tree import Aggregate, Node, render
from kpi_tui.workspace.periods import Period

Day = Literal["first", "last", "average"]
Rows = tuple[str, str | None, str]  # source, kind of day, condition
Filter = tuple[tuple[str, tuple[str | None, ...]], ...]  # (dimension, any of these values); None is the missing one


class Leaf(Struct, frozen=True):
    """One aggregate over the rows of `source`; `at` picks one day per period (a stock) or averages over its days.

    `where` leaves rows out before anything else does, as a filter of the view would; the aggregate's own filter does
    not: a day without a matching row is a day on which there were none.
    """

    source: str
    aggregate: Aggregate
    at: Day | None = None
    text: str = ""  # the formula it came from, for places in errors
    where: Node | None = None

    @property
    def rows(self) -> Rows:
        """Which rows it is counted over; leaves over the same rows are counted together."""
        return self.source, self.at, render(self.where) if self.where is not None else ""

    @property
    def column(self) -> str:
        """Its name in an answer; leaves that mean the same have the same name."""
        source, at, where = self.rows
        return f"__{source}:{at or ''}:{where}:{render(self.aggregate)}"

    @property
    def counts(self) -> bool:
        """Whether no rows at all mean 0 (SUM, COUNT of a flow) rather than undefined."""
        return self.at is None and self.aggregate.function in ("SUM", "COUNT")


class Grouping(Struct, frozen=True):
    """How rows are grouped: `periods` in order and without gaps (empty: the whole source is one), `by` dimensions."""

    periods: tuple[Period, ...]
    by: tuple[str, ...] = ()
    where: Filter = ()
