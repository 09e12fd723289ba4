"""What an engine is asked: leaves over one source, grouped by period and dimensions. Engines never see a formula.

A *leaf* is one aggregate call with its filter; whatever is arithmetic over leaves happens elsewhere, in one place, so
that x/0 and missing values mean the same whatever engine ran.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from typing import Literal

from msgspec import Struct

from kpi_tui.formula.tree import Aggregate, Node, render
from kpi_tui.workspace.durations import Duration
from kpi_tui.workspace.model import Grain
from kpi_tui.workspace.periods import Calendar, Period

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
        return _rows_of(self)

    @property
    def column(self) -> str:
        """Its name in an answer; leaves that mean the same have the same name."""
        return _column_of(self)

    @property
    def counts(self) -> bool:
        """Whether no rows at all mean 0 (SUM, COUNT of a flow) rather than undefined."""
        return self.at is None and self.aggregate.function in ("SUM", "COUNT")


# Both are asked for at every evaluation, of a thousand leaves.


@lru_cache(maxsize=4096)
def _rows_of(leaf: Leaf) -> Rows:
    return leaf.source, leaf.at, render(leaf.where) if leaf.where is not None else ""


@lru_cache(maxsize=4096)
def _column_of(leaf: Leaf) -> str:
    source, at, where = leaf.rows
    return f"__{source}:{at or ''}:{where}:{render(leaf.aggregate)}"


class History(Struct, frozen=True):
    """What is asked of the histories of a source's entities; `facts/histories.py` says what each kind counts.

    `where` leaves rows of `source` out before anything else. `order` belongs to a repeat; `period`, `after` and
    `calendar` to a retention; `converted` (another source), its condition and `within` to a conversion, whose
    conversions after `until` are left out.
    """

    kind: Literal["acquisition", "retention", "repeat", "conversion"]
    source: str
    entity: str
    where: Node | None = None
    order: str | None = None
    period: Grain = "month"
    after: int = 1
    calendar: Calendar = Calendar()
    converted: str | None = None
    converted_where: Node | None = None
    within: Duration | None = None
    until: date | None = None

    @property
    def rows(self) -> Rows:
        """Its identity: histories that ask the same are counted once."""
        where, converted = (render(node) if node is not None else "" for node in (self.where, self.converted_where))
        rest = (self.order, self.period, self.after, self.converted, converted, self.within, self.until)
        return self.source, f"{self.kind} of {self.entity}: {rest}", where


class HistoryLeaf(Struct, frozen=True):
    """One of the two counts of a history: `base` (how many could) or `counted` (how many did)."""

    history: History
    part: Literal["base", "counted"]

    @property
    def source(self) -> str:
        return self.history.source

    @property
    def column(self) -> str:
        """Its name in an answer; leaves that mean the same have the same name."""
        return f"__{self.history.rows}:{self.part}"


class Grouping(Struct, frozen=True):
    """How rows are grouped: by `periods` (empty: the whole source is one) and the dimensions `by`.

    The periods' beginnings never fall, nor do their ends; they may leave gaps and overlap, as windows do, and a row
    belongs to every one that holds its day.
    """

    periods: tuple[Period, ...]
    by: tuple[str, ...] = ()
    where: Filter = ()

    @property
    def overlaps(self) -> bool:
        """Whether a day may belong to several periods or, between two, to none."""
        return any((after.start - before.end).days != 1 for before, after in pairwise(self.periods))


MISSING = "\x00"  # what stands for a missing value where several are one text; no cell holds a control character
BETWEEN = "\x1f"


def together(dimensions: Sequence[str], slices: Iterable[tuple[str | None, ...]]) -> Filter:
    """The filter that keeps the rows of these slices: of two dimensions it is pairs that are kept, not every value of
    the one with every value of the other.

    Its one condition is named after all the dimensions; `apart` takes the name to pieces again.
    """
    if len(dimensions) == 1:
        return ((dimensions[0], tuple(part[0] for part in slices)),)
    values = tuple(BETWEEN.join(MISSING if value is None else value for value in part) for part in slices)
    return ((BETWEEN.join(dimensions), values),)


def apart(name: str) -> tuple[str, ...]:
    """The dimensions behind the name of a filter's condition: one, or those taken `together`."""
    return tuple(name.split(BETWEEN))
