"""How the values behind one aggregate are spread: so many in each of some bins of one width.

The edges are 1, 2 or 5 times a power of ten apart and exact: what is counted in a bin is at least its `low` and less
than its `high`. There are about twice as many bins as the cube root of the values (Rice). Values far outside the middle
half (beyond three times its width: Tukey, Exploratory Data Analysis, 1977, the outer fences) do not stretch the scale:
they are gathered in a first or a last bin that is open.
Invariant: every value is in exactly one bin.
"""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, Decimal
from itertools import pairwise
from math import cbrt, ceil

import polars as pl
from msgspec import Struct

from kpi_tui.errors import KpiError, text
from kpi_tui.facts.aggregate import chosen_rows
from kpi_tui.facts.query import Grouping, Leaf
from kpi_tui.formula.columns import Compiler, as_float
from kpi_tui.formula.tree import render
from kpi_tui.workspace.model import Source

FEWEST_BINS, MOST_BINS = 5, 14  # that the scale is made for, and that there may be besides the two open ones
FENCE = 3  # widths of the middle half
_NICE = (Decimal(1), Decimal(2), Decimal(5), Decimal(10))


class NotSpread(KpiError):
    """An aggregate has no values that lie on a scale."""


class Bin(Struct, frozen=True):
    """`count` values from `low` (inclusive) to `high` (exclusive); None: open to that side."""

    low: Decimal | None
    high: Decimal | None
    count: int


class Spread(Struct, frozen=True):
    """`bins` from the lowest, without gaps, `step` wide; `total` values in them and `missing` cells besides.

    `least`, `median`, `mean`, `most` are of all values, outliers too; None where there are no values. `whole`: all
    values are whole numbers.
    """

    bins: tuple[Bin, ...] = ()
    step: Decimal = Decimal(1)
    total: int = 0
    missing: int = 0
    least: float | None = None
    median: float | None = None
    mean: float | None = None
    most: float | None = None
    whole: bool = False

    @property
    def outliers(self) -> int:
        """How many values are gathered in the open bins."""
        return sum(each.count for each in self.bins if each.low is None or each.high is None)


def spread_behind(frame: pl.DataFrame, source: Source, grouping: Grouping, leaf: Leaf) -> Spread:
    """How the values are spread that `leaf` aggregates over the rows of `grouping`, which has one period at most.

    Raises `NotSpread` where the leaf counts rows or what it reads is no number.
    """
    return spread(values_behind(frame, source, grouping, leaf))


def values_behind(frame: pl.DataFrame, source: Source, grouping: Grouping, leaf: Leaf) -> pl.Series:
    """The values that `leaf` aggregates, as Float64, null where a cell is missing."""
    call = leaf.aggregate
    if call.argument is None:
        raise NotSpread(text("{formula} counts rows: there are no values behind it", formula=render(call)))
    compiler = Compiler(frame.schema, leaf.text)
    value = compiler.compile(call.argument)
    if not value.is_number or (call.function == "COUNT" and call.distinct):
        raise NotSpread(text("the values behind {formula} are no numbers on a scale", formula=render(call)))
    rows = chosen_rows(frame, source.time, grouping, leaf)
    if call.condition is not None:
        rows = rows.filter(compiler.condition(call.condition))
    return rows.select(as_float(value).alias("value")).collect()["value"]


def spread(values: pl.Series) -> Spread:
    """How these numbers (Float64, null where missing) are spread; infinite ones and NaN are missing too."""
    known = values.filter(values.is_finite().fill_null(False))
    missing = len(values) - len(known)
    if known.is_empty():
        return Spread(missing=missing)
    least, most = float(known.min()), float(known.max())  # type: ignore[arg-type]  # numbers, as there are some
    whole = bool((known == known.round()).all())
    wanted = max(FEWEST_BINS, min(MOST_BINS, ceil(2 * cbrt(len(known)))))
    step, edges = _edges(*_middle(known, least, most), wanted, whole=whole)
    bins = _counted(known, edges, open_below=least < float(edges[0]), open_above=most >= float(edges[-1]))
    median, mean = known.median(), known.mean()
    assert isinstance(median, float)  # of Float64 that are there
    assert isinstance(mean, float)  # as this
    return Spread(bins, step, len(known), missing, least, median, mean, most, whole)


def _middle(known: pl.Series, least: float, most: float) -> tuple[float, float]:
    """From where to where the scale reaches: all values but those beyond the outer fences."""
    low, high = (known.quantile(q, interpolation="linear") for q in (0.25, 0.75))
    assert low is not None  # there are values
    assert high is not None  # as this
    width = (high - low) * FENCE
    if width <= 0:  # more than half of the values are one: the middle 98 % instead
        low, high = (known.quantile(q, interpolation="nearest") for q in (0.01, 0.99))
        assert low is not None  # as above
        assert high is not None  # as this
        return low, high
    inside = known.filter((known >= low - width) & (known <= high + width))
    return float(inside.min()), float(inside.max())  # type: ignore[arg-type]  # the quartiles are among them


def _edges(low: float, high: float, wanted: int, *, whole: bool) -> tuple[Decimal, list[Decimal]]:
    """The width of a bin and the edges from below `low` to above `high`."""
    first, last = Decimal(repr(low)), Decimal(repr(high))
    step = _step((last - first) / wanted if last > first else abs(last) / 100)
    if whole:
        step = max(step, Decimal(1))
    while True:
        begin = (first / step).to_integral_value(ROUND_FLOOR)
        end = (last / step).to_integral_value(ROUND_FLOOR) + 1
        if end - begin <= MOST_BINS:
            return step, [step * (begin + n) for n in range(int(end - begin) + 1)]
        step = _step(step * Decimal("1.5"))


def _step(least: Decimal) -> Decimal:
    """The smallest of 1, 2, 5 times a power of ten that is not less."""
    if least <= 0:
        return Decimal(1)
    power = Decimal(1).scaleb(least.adjusted())
    return next(power * nice for nice in _NICE if power * nice >= least)


def _counted(known: pl.Series, edges: Sequence[Decimal], *, open_below: bool, open_above: bool) -> tuple[Bin, ...]:
    marks = pl.Series([float(edge) for edge in edges], dtype=pl.Float64)
    places = marks.search_sorted(known, side="right")  # how many edges are not above the value
    counts = dict(places.value_counts(name="n").iter_rows())
    ends = [(None, edges[0]), *pairwise(edges), (edges[-1], None)]
    return tuple(
        Bin(low, high, counts.get(place, 0))
        for place, (low, high) in enumerate(ends)
        if (low is not None or open_below) and (high is not None or open_above)
    )
