"""The engine of a source whose rows are in memory: it never has to be waited for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

import polars as pl

from kpi_tui.facts.aggregate import aggregate, dates_with_rows, slices_with_rows
from kpi_tui.facts.query import Filter, Grouping, Leaf

if TYPE_CHECKING:
    from kpi_tui.facts.engines import Asked, AskedHistory
    from kpi_tui.facts.scan import Progress, Stop


class Memory:
    """Counts over `frame`, whose dates stand in the column `time`; `hidden` columns are no formula's business."""

    def __init__(self, frame: pl.DataFrame, time: str | None, hidden: Sequence[str] = ()) -> None:
        self.frame = frame
        self.time = time
        self.hidden = frozenset(hidden)

    @property
    def schema(self) -> Mapping[str, pl.DataType]:
        return {name: dtype for name, dtype in self.frame.schema.items() if name not in self.hidden}

    @property
    def newest(self) -> date | None:
        newest = self.frame[self.time].max() if self.time is not None else None
        return newest if isinstance(newest, date) else None

    def count(self, grouping: Grouping, leaves: Sequence[Leaf]) -> pl.DataFrame:
        return aggregate(self.frame, self.time, grouping, leaves)

    def slices(self, grouping: Grouping) -> set[tuple[str | None, ...]]:
        return slices_with_rows(self.frame, self.time, grouping)

    def dates(self, start: date, end: date, where: Filter) -> int:
        return 0 if self.time is None else dates_with_rows(self.frame, self.time, start, end, where)

    def scan(
        self, asked: Sequence[Asked | AskedHistory], progress: Progress | None = None, stop: Stop | None = None
    ) -> None:
        """Nothing is ever left to look at."""
