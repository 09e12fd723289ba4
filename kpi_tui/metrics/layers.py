"""What an answer is laid out in: layers of stretches, what is counted over them, metrics over what is counted.

Invariant: all layers of one answer have the same periods and slices, so a column goes from one to another as it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import polars as pl
from msgspec import Struct, field

from kpi_tui.facts.query import Grouping, History, Leaf, Rows
from kpi_tui.metrics.plan import MetricPlan
from kpi_tui.metrics.stretches import Stretches

SLICE = "__slice"  # the column that says which slice a row is of


class Coverage(Struct, frozen=True):
    """The dates a source speaks about; `last` is later than `complete_until` where a period is not finished."""

    first: date
    last: date
    complete_until: date


class Counted(Struct, frozen=True):
    """The answer of an engine: leaves over the same rows; `empty` names the column that tells where there are none."""

    rows: Rows
    grouping: Grouping
    zeroes: tuple[str, ...]  # the columns in which no rows mean 0
    frame: pl.DataFrame
    history: History | None = None

    @property
    def source(self) -> str:
        return self.rows[0]

    @property
    def empty(self) -> str:
        return f"__empty:{self.rows}"


class Layer(Struct, eq=False):
    """One list of stretches and everything counted over them."""

    stretches: Stretches
    leaves: dict[Rows, dict[str, Leaf]] = {}
    histories: dict[Rows, History] = {}
    counted: list[Counted] = []
    frame: pl.DataFrame = field(default_factory=pl.DataFrame)
    types: dict[str, pl.DataType] = {}  # of the frame's columns; asking the frame is slow

    def show(self, frame: pl.DataFrame) -> None:
        """Take over `frame`."""
        self.frame = frame
        self.types = dict(zip(frame.columns, frame.dtypes, strict=True))

    def add(self, columns: Sequence[pl.Expr | pl.Series]) -> None:
        """The columns, computed from those there are, added to them."""
        before = self.frame.width
        # each is so small that sharing the work among threads costs more than it saves
        self.frame = self.frame.with_columns_seq(columns)
        names, types = self.frame.columns, self.frame.dtypes
        self.types.update(zip(names[before:], types[before:], strict=True))


class Part(Struct, frozen=True, eq=False):
    """Data that values rest on: rows or a history counted over a layer, or entries; `first` is their first day."""

    layer: Layer
    rows: Rows | None = None
    first: date | None = None
    history: History | None = None


Basis = frozenset[Part]  # all data that the values of a metric rest on; metrics of the same data share it


class MetricNode(Struct, eq=False):
    """A metric over one layer; what it uses is over `below`, another one where the metric shifts it.

    `level`: how deep it builds on others.
    """

    plan: MetricPlan
    layer: Layer
    below: Layer
    level: int
    basis: Basis
