"""When entities were active, in as few bytes as that takes: retention and cohorts over more rows than fit.

An entity (in a slice) has one bit for each period and the day of its first row; batches of rows are folded into that by
OR and minimum, so memory is that of the entities, whatever the number of rows. Invariant: the answers are those of
`histories` over the same rows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from kpi_tui.facts.aggregate import PERIOD, ROWS, row_filter, with_period
from kpi_tui.facts.histories import compared_stretches
from kpi_tui.facts.query import Grouping, History, HistoryLeaf
from kpi_tui.formula.columns import Compiler
from kpi_tui.workspace.periods import Period

_BITS = 63  # of a mask; more periods take more masks
MOST = 20_000_000  # entities with one mask that are kept
_MERGE_AT = 12_000_000  # entities that wait before they are merged
_ENTITY, _FIRST, _DAY = "__entity", "__first", "__at"


def is_foldable(history: History, grouping: Grouping, *, cohorts: bool) -> bool:
    """Whether the history can be counted here: a filter of cohorts looks at more of a first row than its day."""
    return not grouping.where if cohorts else history.kind == "retention"


class NoMask(Exception):
    """Entities are neither texts nor whole numbers."""


class TooMany(Exception):
    """There are more entities and slices than are kept at once."""


class Activity:
    """Takes batches of rows of a source dated by `time`; remembers in which of `times` each entity was active."""

    def __init__(self, history: History, time: str, times: Sequence[Period], grouping: Grouping, space: str) -> None:
        self.history = history
        self.time = time
        self.times = tuple(times)
        self.by = grouping.by
        self.where = grouping.where
        self.words = {name: pl.Categories(name, namespace=space) for name in (*grouping.by, _ENTITY)}
        self._alive = [pl.Series([], dtype=pl.Categorical(each)) for each in self.words.values()]  # as in cube.Coding
        self._masks = [f"__mask{number}" for number in range((len(self.times) + _BITS - 1) // _BITS)]
        self._parts: list[pl.DataFrame] = []
        self._merged = 0

    def add(self, rows: pl.LazyFrame, schema: Mapping[str, pl.DataType]) -> None:
        """Fold in a batch. Raises `NoMask`, `TooMany`, and `FormulaError` for wrong types."""
        kept = entity_rows(self.history, self.time, rows, schema)
        if self.where:
            kept = kept.filter(row_filter(self.where))
        entity = self._entity(schema[self.history.entity])
        names = (pl.col(name).cast(pl.String).cast(pl.Categorical(self.words[name])) for name in self.by)
        day = pl.col(self.time)
        prepared = kept.select(entity.alias(_ENTITY), *names, day.alias(_FIRST), *self._marks(day))
        self._parts.append(self._folded(prepared).collect(engine="streaming"))
        if sum(part.height for part in self._parts) > max(_MERGE_AT, 2 * self._merged):
            self._merge()

    def _entity(self, dtype: pl.DataType) -> pl.Expr:
        column = pl.col(self.history.entity)
        if dtype.is_integer() and dtype not in (pl.UInt64, pl.Int128):
            return column.cast(pl.Int64)
        if dtype != pl.String:
            raise NoMask
        return column.cast(pl.Categorical(self.words[_ENTITY])).to_physical().cast(pl.Int64)

    def _marks(self, day: pl.Expr) -> list[pl.Expr]:
        """The masks of a row: the bits of all the times that hold its day."""
        if not self.times:
            return []
        begin, end = min(time.start for time in self.times), max(time.end for time in self.times)
        masks = [[0] * ((end - begin).days + 1) for _ in self._masks]
        for index, time in enumerate(self.times):
            of = masks[index // _BITS]
            for at in range((time.start - begin).days, (time.end - begin).days + 1):
                of[at] |= 1 << index % _BITS
        inside = day.is_between(begin, end)
        place = pl.when(inside).then((day - pl.lit(begin)).dt.total_days().cast(pl.Int64)).cast(pl.UInt32)
        found = (pl.lit(pl.Series(of, dtype=pl.Int64)).gather(place).fill_null(0) for of in masks)
        return [mask.alias(name) for mask, name in zip(found, self._masks, strict=True)]

    def _folded(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        ors = (pl.col(name).bitwise_or() for name in self._masks)
        return rows.group_by(_ENTITY, *self.by).agg(pl.col(_FIRST).min(), *ors)

    def _merge(self) -> None:
        if len(self._parts) > 1:
            whole = pl.concat(self._parts, rechunk=False)
            self._parts = []
            self._parts = [self._folded(whole.lazy()).collect(engine="streaming")]
        self._merged = sum(part.height for part in self._parts)
        if self._merged > MOST // max(1, len(self._masks)):
            raise TooMany

    def _bit(self, time: Period) -> pl.Expr:
        index = self.times.index(time)
        return (pl.col(self._masks[index // _BITS]).and_(1 << index % _BITS)) != 0

    def _entities(self) -> pl.LazyFrame:
        self._merge()
        return self._parts[0].lazy()

    def retention(self, pairs: Sequence[tuple[int, Period, Period]]) -> pl.DataFrame:
        """What `histories.count` gives for these `compared_stretches`."""
        base, counted = (HistoryLeaf(self.history, part).column for part in ("base", "counted"))
        schema = {PERIOD: pl.Int32(), **dict.fromkeys(self.by, pl.String())}
        counts = {ROWS: pl.UInt32(), base: pl.Int64(), counted: pl.Int64()}
        if not self._parts or not pairs:
            return pl.DataFrame(schema={**schema, **counts})
        both = list(dict.fromkeys((then, now) for _, then, now in pairs))
        could = [self._bit(then).sum().cast(pl.Int64).alias(f"b{n}") for n, (then, _) in enumerate(both)]
        did = [
            (self._bit(then) & self._bit(now)).sum().cast(pl.Int64).alias(f"c{n}") for n, (then, now) in enumerate(both)
        ]
        entities = self._entities()
        sums = (entities.group_by(*self.by).agg(*could, *did) if self.by else entities.select(*could, *did)).collect()
        place = {pair: n for n, pair in enumerate(both)}
        of_pairs = [
            sums.select(
                pl.lit(index, dtype=pl.Int32).alias(PERIOD),
                *(pl.col(name).cast(pl.String) for name in self.by),
                pl.col(f"b{place[then, now]}").alias(base),
                pl.col(f"c{place[then, now]}").alias(counted),
            )
            for index, then, now in pairs
        ]
        keys = [PERIOD, *self.by]
        total = pl.concat(of_pairs).group_by(keys).agg(pl.col(base, counted).sum()).filter(pl.col(base) > 0).sort(keys)
        return total.select(*keys, pl.col(base).cast(pl.UInt32).alias(ROWS), base, counted)

    def cohorts(self) -> pl.DataFrame:
        """What `histories.cohort_rows` gives; the times are the grouping's periods."""
        empty = {"cohort": pl.Int32(), "period": pl.Int32(), "active": pl.Int64()}
        if not self._parts or not self.times:
            return pl.DataFrame(schema=empty)
        active = [self._bit(time).sum().cast(pl.Int64).alias(str(n)) for n, time in enumerate(self.times)]
        daily = self._entities().group_by(pl.col(_FIRST).alias(_DAY)).agg(active)
        placed = with_period(daily, _DAY, Grouping(self.times)).select(PERIOD, pl.exclude(PERIOD, _DAY, "__day"))
        long = placed.unpivot(index=PERIOD, variable_name="period", value_name="active")
        pairs = long.group_by(pl.col(PERIOD).alias("cohort"), pl.col("period").cast(pl.Int32)).agg(
            pl.col("active").sum()
        )
        return pairs.filter(pl.col("active") > 0).sort("cohort", "period").collect()


def entity_rows(history: History, time: str, rows: pl.LazyFrame, schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """The rows that count, have an entity and a day. Raises `FormulaError`."""
    kept = rows.filter(pl.col(history.entity).is_not_null() & pl.col(time).is_not_null())
    return kept if history.where is None else kept.filter(Compiler(schema).condition(history.where))


def times_of(
    history: History, grouping: Grouping, begin: date | None
) -> tuple[tuple[Period, ...], list[tuple[int, Period, Period]]]:
    """The periods a retention looks at, and the pairs of them that it compares."""
    pairs = compared_stretches(history, grouping, begin)
    return tuple(sorted({time for _, then, now in pairs for time in (then, now)})), pairs
