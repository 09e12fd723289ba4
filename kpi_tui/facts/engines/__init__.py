"""Who counts: one engine per source, asked for leaves grouped by period and dimensions.

Invariant: every engine gives the same answer to the same question, with the same columns and types; what they differ
in is whether they have to look at the rows for it. One that does raises `Uncounted` until `scan` was called.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Protocol

import polars as pl
from msgspec import Struct

from kpi_tui.errors import KpiError, Text, text
from kpi_tui.facts.query import Filter, Grouping, History, Leaf

if TYPE_CHECKING:
    from kpi_tui.facts.scan import Progress, Stop


class Asked(Struct, frozen=True):
    """Leaves over the same rows in one grouping, of one source."""

    source: str
    grouping: Grouping
    leaves: tuple[Leaf, ...]


class AskedHistory(Struct, frozen=True):
    """A history in one grouping: its counts, or its cohorts."""

    history: History
    grouping: Grouping
    cohorts: bool = False

    @property
    def source(self) -> str:
        """Whose entities they are."""
        return self.history.source


class Uncounted(KpiError):
    """The answer is not known before rows are scanned; `asked` is what `Engine.scan` must be given.

    `reason` says it on the screen: that it is being counted, or why it could not be.
    """

    def __init__(self, asked: Asked | AskedHistory, reason: Text | None = None) -> None:
        self.asked = asked
        self.failed = reason is not None
        self.reason = reason if reason is not None else text("being counted")
        super().__init__(self.reason)


class Engine(Protocol):
    """Answers about one source."""

    @property
    def schema(self) -> Mapping[str, pl.DataType]:
        """The columns of the source's rows, as formulas see them."""

    @property
    def newest(self) -> date | None:
        """The latest date of any row."""

    def count(self, grouping: Grouping, leaves: Sequence[Leaf]) -> pl.DataFrame:
        """What `aggregate` gives: `__period`, the dimensions, `__rows` and a column per leaf, sorted.

        Raises `Uncounted`, and `FormulaError` for types that do not go together.
        """

    def slices(self, grouping: Grouping) -> set[tuple[str | None, ...]]:
        """The combinations of the grouping's dimensions that have rows in its periods."""

    def dates(self, start: date, end: date, where: Filter) -> int:
        """On how many dates of `start`..`end` there is a row."""

    def scan(
        self, asked: Sequence[Asked | AskedHistory], progress: Progress | None = None, stop: Stop | None = None
    ) -> None:
        """Look at the rows, so that what was `Uncounted` can be answered. Slow: made for a thread."""
