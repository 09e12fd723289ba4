"""COUNT(DISTINCT ...) over more rows than fit: exact, by one 64-bit integer a row that holds its group and its value.

A row's integer is its group (period and dimensions) above its value; what is distinct is found by sorting a part of
the values at a time, so memory is the integers' and a part's. Values that do not fit are given up to the general way.
"""

from __future__ import annotations

from collections.abc import Mapping

import polars as pl

from kpi_tui.facts.aggregate import PERIOD, row_filter, with_period
from kpi_tui.facts.query import Grouping, Leaf
from kpi_tui.formula.columns import Compiler
from kpi_tui.formula.tree import Aggregate

_PART = 7_000_000  # integers that are sorted at once
_COMPACT_AT = 100_000_000  # integers that wait before repeated ones are left out
_DIMENSION_BITS = 12
_DATE, _GROUP, _VALUE, _PACKED = "__date", "__group", "__value", "__packed"


class DoesNotFit(Exception):
    """Groups and values need more than 64 bits."""


def is_countable(leaf: Leaf) -> bool:
    """Whether the leaf is one that can be counted here."""
    call = getattr(leaf, "aggregate", None)
    return isinstance(call, Aggregate) and call.function == "COUNT" and call.distinct and leaf.at is None


class Distinct:
    """Takes batches of rows, gives how many distinct values each group has."""

    def __init__(self, time: str | None, grouping: Grouping, leaf: Leaf, space: str) -> None:
        self.time = time
        self.grouping = grouping
        self.leaf = leaf
        self.categories = {name: pl.Categories(name, namespace=f"{space}.by") for name in grouping.by}
        self.words = pl.Categories("values", namespace=space)
        kept = (*self.categories.values(), self.words)
        self._alive = [pl.Series([], dtype=pl.Categorical(each)) for each in kept]  # as in cube.Coding
        self.value_bits = 64 - max(1, len(grouping.periods)).bit_length() - _DIMENSION_BITS * len(grouping.by)
        if self.value_bits < 24:
            raise DoesNotFit
        self.is_text = False
        self._chunks: list[pl.Series] = []
        self._compacted = 0

    def add(self, rows: pl.LazyFrame, schema: Mapping[str, pl.DataType]) -> None:
        """Take a batch. Raises `DoesNotFit`, and `FormulaError` for wrong types."""
        call = self.leaf.aggregate
        assert call.argument is not None  # COUNT(DISTINCT *) does not parse
        compiler = Compiler(schema, self.leaf.text)
        compiled = compiler.compile(call.argument)
        wanted = [compiler.condition(node) for node in (self.leaf.where, call.condition) if node is not None]
        value = compiled.expression
        match compiled.kind:
            case "integer":
                value = value.cast(pl.Int64)
            case "date" | "datetime" | "boolean":
                value = value.to_physical().cast(pl.Int64)
            case _:
                self.is_text = True
                value = value.cast(pl.String).cast(pl.Categorical(self.words)).to_physical().cast(pl.Int64)
        kept = rows
        for condition in (*wanted, *([row_filter(self.grouping.where)] if self.grouping.where else [])):
            kept = kept.filter(condition)
        if self.time is not None:
            kept = kept.filter(pl.col(self.time).is_not_null())
        if self.time is not None and self.grouping.periods:
            first, last = self.grouping.periods[0].start, max(period.end for period in self.grouping.periods)
            kept = kept.filter(pl.col(self.time).is_between(first, last))
        day = pl.col(self.time) if self.time is not None else pl.lit(None, dtype=pl.Date)
        chunk = kept.select(day.alias(_DATE), self._group(), value.alias(_VALUE)).filter(pl.col(_VALUE).is_not_null())
        self._take(self._placed(chunk.collect(engine="streaming")))

    def _placed(self, chunk: pl.DataFrame) -> pl.DataFrame:
        """The group with the period above the dimensions; a row stands in every period that holds its day."""
        above = pl.lit(2 ** (_DIMENSION_BITS * len(self.grouping.by)), dtype=pl.UInt64)
        periods = self.grouping.periods
        if self.time is None or not periods or not chunk.height:
            return chunk
        if self.grouping.overlaps:
            placed = with_period(chunk.lazy(), _DATE, self.grouping)
            return placed.select(
                (pl.col(PERIOD).cast(pl.UInt64) * above + pl.col(_GROUP)).alias(_GROUP), _VALUE
            ).collect()
        index = [at for at, period in enumerate(periods) for _ in range(period.days)]
        indices = pl.lit(pl.Series(index, dtype=pl.UInt64))
        since = (pl.col(_DATE) - periods[0].start).dt.total_days().cast(pl.UInt32)
        return chunk.select((indices.gather(since) * above + pl.col(_GROUP)).alias(_GROUP), _VALUE)

    def _group(self) -> pl.Expr:
        group = pl.lit(0, dtype=pl.UInt64)
        for name, kept in self.categories.items():
            code = pl.col(name).cast(pl.String).cast(pl.Categorical(kept)).to_physical().cast(pl.UInt64) + 1
            group = group * pl.lit(2**_DIMENSION_BITS, dtype=pl.UInt64) + code.fill_null(0)
        return group.alias(_GROUP)

    def _take(self, chunk: pl.DataFrame) -> None:
        if not chunk.height:
            return
        least, most = chunk[_VALUE].min(), chunk[_VALUE].max()
        half = 2 ** (self.value_bits - 1)
        assert isinstance(least, int)
        assert isinstance(most, int)
        full = any(len(kept.to_series()) + 1 >= 2**_DIMENSION_BITS for kept in self.categories.values())
        if full or least < -half or most >= half:
            raise DoesNotFit
        shifted = (pl.col(_VALUE) + half).cast(pl.UInt64)
        packed = pl.col(_GROUP) * pl.lit(2**self.value_bits, dtype=pl.UInt64) + shifted
        self._chunks.append(chunk.select(packed.alias(_PACKED)).to_series())
        if sum(map(len, self._chunks)) > max(_COMPACT_AT, 2 * self._compacted):
            self._compact()

    def _compact(self) -> None:
        """Leave out what repeats; the integers are never there twice."""
        count = 1 + sum(map(len, self._chunks)) // _PART
        done: list[pl.Series] = []
        for part in range(count):
            mine = pl.concat([chunk.filter(chunk % count == part) for chunk in self._chunks], rechunk=True)
            self._chunks = [chunk.filter(chunk % count != part) for chunk in self._chunks]
            done.append(self._unique(mine))
        self._chunks = done
        self._compacted = sum(map(len, done))

    @staticmethod
    def _unique(part: pl.Series) -> pl.Series:
        ordered = part.sort()
        return ordered.filter((ordered != ordered.shift(1)).fill_null(value=True))

    def counted(self) -> pl.DataFrame:
        """`PERIOD`, the dimensions as text, the leaf's column: the groups that have a value."""
        found: list[pl.DataFrame] = []
        count = 1 + sum(map(len, self._chunks)) // _PART
        for part in range(count):
            some = self._chunks if count == 1 else [chunk.filter(chunk % count == part) for chunk in self._chunks]
            if some:
                unique = self._unique(pl.concat(some, rechunk=True))
                groups = (unique // 2**self.value_bits).alias(_GROUP).to_frame()
                found.append(groups.lazy().group_by(_GROUP).len().collect(engine="streaming"))
        if not found:
            empty = {PERIOD: pl.Int32(), **dict.fromkeys(self.grouping.by, pl.String()), self.leaf.column: pl.Int64()}
            return pl.DataFrame(schema=empty)
        total = pl.concat(found).group_by(_GROUP).agg(pl.col("len").sum().cast(pl.Int64).alias(self.leaf.column))
        return self._unpacked(total)

    def _unpacked(self, counts: pl.DataFrame) -> pl.DataFrame:
        rest = pl.col(_GROUP)
        room = pl.lit(2**_DIMENSION_BITS, dtype=pl.UInt64)
        columns: list[pl.Expr] = []
        for name in reversed(self.grouping.by):
            known = self.categories[name].to_series().cast(pl.String)
            words = pl.lit(pl.concat([pl.Series([None], dtype=pl.String), known]))
            columns.append(words.gather((rest % room).cast(pl.UInt32)).alias(name))
            rest = rest // room
        return counts.select(rest.cast(pl.Int32).alias(PERIOD), *reversed(columns), self.leaf.column)
