"""A source counted once: its additive measures by day and every dimension, folded batch by batch.

Invariant: a cube gives the answer that its rows would, at every grain, split and filter. Money in it is exact. Its
columns are the source's time column (a date), the dimensions as categories, `CELL_ROWS` and a column a measure.

Memory stays bounded by the cells: each batch of rows becomes cells at once, and cells are merged before there are
many more of them than a merge would leave. Rows are grouped by one integer that the day and the dimensions' codes are
packed into, which is several times faster than grouping by text.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import polars as pl
from msgspec import structs

from kpi_tui.facts.aggregate import PERIOD, ROWS, chosen_rows, row_filter, with_period
from kpi_tui.facts.measures import Folding, Measure, joined, measures, measures_of, value
from kpi_tui.facts.query import Grouping, Leaf

CELL_ROWS = "__cell_rows"
MOST_CELLS = 20_000_000  # beyond it a cube is no smaller than its rows
_DAY_BITS = 22  # every day that Python can write, as its ordinal
_BIRTH = 719_163  # the ordinal of 1970-01-01
_DAY, _KEY = "__day", "__key"
_MERGE_AT = 3_000_000  # cells that wait before they are merged


class TooManyCells(Exception):
    """The dimensions have nearly as many combinations as there are rows."""


class Coding:
    """Days and dimensions packed into one 64-bit integer; codes are those of this process's categories."""

    def __init__(self, time: str | None, dimensions: Sequence[str], space: str) -> None:
        self.time = time
        self.dimensions = tuple(dimensions)
        self.categories = {name: pl.Categories(name, namespace=space) for name in dimensions}
        # Polars forgets the codes of categories that no column and no expression has any more.
        self._alive = [pl.Series(name, [], dtype=pl.Categorical(kept)) for name, kept in self.categories.items()]
        width = (64 - (_DAY_BITS if time is not None else 0)) // max(1, len(self.dimensions))
        self.bits = dict.fromkeys(self.dimensions, min(32, width))

    @property
    def is_packed(self) -> bool:
        """Whether the codes fit; else every dimension stands in its own column."""
        return all(len(self.categories[name].to_series()) + 1 < 2**bits for name, bits in self.bits.items())

    def code(self, name: str) -> pl.Expr:
        """A dimension's text as its code, 0 for the missing one."""
        coded = pl.col(name).cast(pl.String).cast(pl.Categorical(self.categories[name]))
        return (coded.to_physical().cast(pl.UInt64) + 1).fill_null(0)

    def coded(self, name: str, dtype: pl.DataType) -> pl.Expr:
        """As `code`, without a detour over text where the column is text."""
        if dtype == pl.String:
            coded = pl.col(name).cast(pl.Categorical(self.categories[name]))
            return (coded.to_physical().cast(pl.UInt64) + 1).fill_null(0)
        return self.code(name)

    def day(self) -> pl.Expr:
        """The day's ordinal, 0 for a missing one."""
        if self.time is None:
            return pl.lit(0, dtype=pl.UInt64)
        return (pl.col(self.time).to_physical().cast(pl.Int64) + _BIRTH).cast(pl.UInt64).fill_null(0)

    def key(self, schema: Mapping[str, pl.DataType]) -> pl.Expr:
        """All of them in one integer."""
        packed = self.day()
        for name in self.dimensions:
            packed = packed * self._room(name) + self.coded(name, schema[name])
        return packed.alias(_KEY)

    def words(self, name: str) -> pl.Series:
        """The texts that a dimension's codes stand for, the first of which is that of code 1."""
        return self.categories[name].to_series().cast(pl.String).alias(name)

    def unpacked(self, cells: pl.DataFrame) -> pl.DataFrame:
        """`cells` in the order of day and texts, with the time column and the dimensions in place of the key.

        Codes become ranks first: integers are sorted many times faster than texts.
        """
        kept = {name: self.words(name) for name in self.dimensions}
        ranks = {name: words.rank("ordinal").cast(pl.UInt64) for name, words in kept.items()}
        ranked = cells.with_columns(self._translated(ranks)).sort(_KEY)
        rest = pl.col(_KEY)
        columns: list[pl.Expr] = []
        for name in reversed(self.dimensions):
            words = _after_none(kept[name].sort(), pl.String()).cast(pl.Categorical)
            columns.append(pl.lit(words).gather((rest % self._room(name)).cast(pl.UInt32)).alias(name))
            rest = rest // self._room(name)
        if self.time is not None:
            day = (rest.cast(pl.Int64) - _BIRTH).cast(pl.Int32).cast(pl.Date)
            columns.append(pl.when(rest > 0).then(day).alias(self.time))
        return ranked.select(*reversed(columns), pl.exclude(_KEY))

    def _translated(self, ranks: Mapping[str, pl.Series]) -> pl.Expr:
        """The key with each dimension's rank in place of its code; 0 stays 0."""
        rest, unit = pl.col(_KEY), 1
        places: list[pl.Expr] = []
        for name in reversed(self.dimensions):
            rank = pl.lit(_after_none(ranks[name], pl.UInt64()).fill_null(0))
            places.append(rank.gather((rest % self._room(name)).cast(pl.UInt32)) * pl.lit(unit, dtype=pl.UInt64))
            rest = rest // self._room(name)
            unit *= 2 ** self.bits[name]
        if self.time is not None or not places:
            places.append(rest * pl.lit(unit, dtype=pl.UInt64))
        return pl.sum_horizontal(places).alias(_KEY)

    def _room(self, name: str) -> pl.Expr:
        return pl.lit(2 ** self.bits[name], dtype=pl.UInt64)


def _after_none(values: pl.Series, dtype: pl.DataType) -> pl.Series:
    return pl.concat([pl.Series([None], dtype=dtype), values.cast(dtype).alias("")])


class Cube:
    """Takes batches of rows, gives the cells."""

    def __init__(self, time: str | None, dimensions: Sequence[str], wanted: Iterable[Measure], space: str) -> None:
        self.coding = Coding(time, dimensions, space)
        self.measures = tuple(wanted)
        self._cells: list[pl.DataFrame] = []
        self._merged = 0

    def add(self, rows: pl.LazyFrame, schema: Mapping[str, pl.DataType]) -> int:
        """Fold in a batch; how many rows it had. Raises `TooManyCells`, and `FormulaError` for wrong types."""
        folding = Folding(schema, self.measures)
        if self.coding.is_packed:
            cells = self._folded(rows, self.coding.key(schema), folding)
        if not self.coding.is_packed:  # this batch brought more values than there was room for
            raise TooManyCells
        count = int(cells[CELL_ROWS].sum())
        self._cells.append(cells)
        if sum(part.height for part in self._cells) > max(_MERGE_AT, 2 * self._merged):
            self._merge()
        return count

    @staticmethod
    def _folded(rows: pl.LazyFrame, key: pl.Expr, folding: Folding) -> pl.DataFrame:
        prepared = rows.select(key, *folding.inputs.values())
        # The streaming engine is twice as fast, but adds in no order: a sum of floats would change from run to run.
        ordered = folding.is_float
        groups = prepared.group_by(_KEY, maintain_order=ordered)
        cells = groups.agg(pl.len().cast(pl.Int64).alias(CELL_ROWS), *folding.outputs)
        return cells.collect(engine="in-memory" if ordered else "streaming")

    def _merge(self) -> None:
        if len(self._cells) > 1:
            self._cells = [merged(self._cells, [_KEY], self.measures)]
        self._merged = sum(part.height for part in self._cells)
        if self._merged > MOST_CELLS:
            raise TooManyCells

    @property
    def is_empty(self) -> bool:
        """Whether no batch was added."""
        return not self._cells

    def cells(self) -> pl.DataFrame:
        """The cells of all batches in order, the undated first, with a null day."""
        self._merge()
        return self.coding.unpacked(self._cells[0])


def merged(parts: Sequence[pl.DataFrame], keys: Sequence[str], of: Sequence[Measure]) -> pl.DataFrame:
    """Cells of several parts as cells of all of them together."""
    whole = pl.concat(alike(parts), how="vertical", rechunk=False)
    ordered = any(dtype.is_float() for dtype in whole.schema.values())
    groups = whole.lazy().group_by(keys, maintain_order=ordered)
    sums = groups.agg(pl.col(CELL_ROWS).sum(), *(joined(one).alias(one.column) for one in of))
    return sums.collect(engine="in-memory" if ordered else "streaming")


def alike(parts: Sequence[pl.DataFrame]) -> list[pl.DataFrame]:
    """The frames with every column of one type that holds all of them: a decimal's scale is what its batch has."""
    if all(part.schema == parts[0].schema for part in parts):
        return list(parts)
    casts: dict[str, pl.DataType] = {}
    for name in parts[0].columns:
        types = {part.schema[name] for part in parts} - {pl.Null()}
        if len(types) > 1:
            casts[name] = _wide(types)
    return [part.with_columns(pl.col(name).cast(dtype) for name, dtype in casts.items()) for part in parts]


def _wide(types: set[pl.DataType]) -> pl.DataType:
    if any(dtype.is_float() for dtype in types):
        return pl.Float64()
    scales = [dtype.scale for dtype in types if isinstance(dtype, pl.Decimal)]
    if scales:
        return pl.Decimal(38, max(scales))
    return pl.Int64() if all(dtype.is_integer() for dtype in types) else pl.String()


def answer(cells: pl.DataFrame, time: str | None, grouping: Grouping, leaves: Sequence[Leaf]) -> pl.DataFrame:
    """What `aggregate` would give for these additive leaves over the rows that `cells` were made of."""
    keys = [PERIOD, *grouping.by]
    first = leaves[0]
    rows = chosen_rows(cells, time, grouping, structs.replace(first, where=None))
    counted = measures(first)[0].column
    wanted = measures_of(leaves)
    sums = [joined(one).alias(one.column) for one in wanted]
    values = [value(leaf).alias(leaf.column) for leaf in leaves]
    dimensions = [pl.col(name).cast(pl.String) for name in grouping.by]
    kept = rows.filter(pl.col(counted) > 0)  # below in memory, as in `aggregate`: sums of floats are the same every run
    if first.at == "average":
        daily = kept.group_by([*keys, _DAY], maintain_order=True).agg(sums).collect(engine="in-memory")
        means = [pl.col(leaf.column).cast(pl.Float64).mean() for leaf in leaves]
        days = daily.select(*keys, pl.col(counted).alias(ROWS), *values)
        found = days.group_by(keys, maintain_order=True).agg(pl.col(ROWS).sum(), *means)
    else:
        # Collected first: Polars 2.1 stumbles over a when/then of aggregates in the same query.
        groups = kept.group_by(keys, maintain_order=True).agg(sums).collect(engine="in-memory")
        found = groups.select(*keys, pl.col(counted).alias(ROWS), *values)
    return found.with_columns(pl.col(ROWS).cast(pl.UInt32), *dimensions).sort(keys)


def slices(cells: pl.DataFrame, time: str | None, grouping: Grouping) -> set[tuple[str | None, ...]]:
    """The combinations of the grouping's dimensions that have rows in its periods."""
    rows = with_period(cells.lazy().filter(row_filter(grouping.where)), time, grouping)
    return set(rows.select(pl.col(name).cast(pl.String) for name in grouping.by).unique().collect().iter_rows())
