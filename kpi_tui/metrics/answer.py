"""A question about metrics and its answer: a table of values over periods and slices."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct

from kpi_tui.errors import Text
from kpi_tui.facts.query import Filter
from kpi_tui.workspace.model import Scope
from kpi_tui.workspace.periods import AnyGrain, Period

Value: TypeAlias = Decimal | int | float | None
Slice: TypeAlias = tuple[str | None, ...]


class Question(Struct, frozen=True):
    """`metrics` at `grain` between `start` and `end` (inclusive; None: where the data begin or end), split `by`
    dimensions.

    `where` is the view's filter; `scope` is a slice asked for by a goal: the same for every metric but a share of
    total, whose total leaves the scope out.
    """

    metrics: tuple[str, ...]
    grain: AnyGrain = "all"
    start: date | None = None
    end: date | None = None
    by: tuple[str, ...] = ()
    where: Filter = ()
    scope: Filter = ()


class Answer(Struct, frozen=True):
    """`values[metric]` has one value per (period, slice), periods outermost; None is undefined.

    `complete[metric]` tells per period whether its data are all there; `reasons[metric]` why all of it is undefined.
    """

    question: Question
    periods: tuple[Period, ...]
    slices: tuple[Slice, ...]
    values: Mapping[str, tuple[Value, ...]]
    complete: Mapping[str, tuple[bool, ...]]
    reasons: Mapping[str, Text]
    corrected: Mapping[str, frozenset[int]] = {}  # places in `values` that have a correction in them
    immature: Mapping[str, tuple[bool, ...]] = {}  # periods (not complete) whose values more data would change

    def is_corrected(self, metric: str, period: int = 0, part: int = 0) -> bool:
        """Whether a correction is in the value with these indices."""
        return period * len(self.slices) + part in self.corrected.get(metric, ())

    def value(self, metric: str, period: int = 0, part: int = 0) -> Value:
        """The value of `metric` in the period and slice with these indices."""
        return self.values[metric][period * len(self.slices) + part]

    def series(self, metric: str, part: int = 0) -> tuple[Value, ...]:
        """The values of one slice over all periods."""
        return self.values[metric][part :: len(self.slices)] if self.slices else ()


def filter_of(scope: Scope) -> Filter:
    """A goal's `where` as a filter: sorted, so that the same scope is the same question."""
    return tuple(sorted((name, (value,) if isinstance(value, str) else tuple(value)) for name, value in scope.items()))
