"""One question on its way to an answer: a grid of periods and slices, the leaves joined to it, a column per metric.

Inside a source's coverage no rows mean that nothing happened, so sums and counts are 0; outside it nobody knows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct

from kpi_tui.errors import FormulaError, Text, text
from kpi_tui.facts.aggregate import PERIOD, ROWS
from kpi_tui.facts.query import Grouping, Leaf, Rows
from kpi_tui.formula.columns import Compiler, divide, typed_column
from kpi_tui.metrics import entries
from kpi_tui.metrics.answer import Answer, Question, Slice, Value
from kpi_tui.metrics.plan import MetricPlan
from kpi_tui.workspace.model import Metric
from kpi_tui.workspace.periods import GRAINS, Period

if TYPE_CHECKING:
    from kpi_tui.metrics.evaluate import Evaluator

NO_DATES = Period(date.min, date.max, "all")  # the one period of sources without dates
_SLICE = "__slice"


class Coverage(Struct, frozen=True):
    """The dates a source speaks about; `last` is later than `complete_until` where a period is not finished."""

    first: date
    last: date
    complete_until: date


class _Counted(Struct, frozen=True):
    """The answer of an engine: leaves over the same rows; `empty` names the column that tells where there are none."""

    rows: Rows
    grouping: Grouping
    leaves: tuple[Leaf, ...]
    frame: pl.DataFrame

    @property
    def source(self) -> str:
        return self.rows[0]

    @property
    def empty(self) -> str:
        return f"__empty:{self.rows}"


def tabulate(evaluator: Evaluator, question: Question) -> Answer:
    """Answer `question`; called by the evaluator, which keeps the answer."""
    return _Asking(evaluator, question).answer()


def values_with_leaves(evaluator: Evaluator, question: Question) -> tuple[Answer, Mapping[str, tuple[Value, ...]]]:
    """The answer and, by leaf column, the values of every leaf behind it, in the same order."""
    asking = _Asking(evaluator, question)
    answer = asking.answer()
    leaves = [leaf.column for name in question.metrics for leaf in evaluator.plan.metrics[name].leaves]
    frame = asking.frame
    known = [column for column in dict.fromkeys(leaves) if frame is not None and column in frame.columns]
    return answer, {column: tuple(frame[column].to_list()) for column in known if frame is not None}


@dataclass(slots=True)
class _Asking:
    evaluator: Evaluator
    question: Question
    reasons: dict[str, Text] = field(default_factory=dict)
    frame: pl.DataFrame | None = None

    def answer(self) -> Answer:
        plan, question = self.evaluator.plan, self.question
        needed = dict.fromkeys(name for metric in question.metrics for name in plan.needed(metric))
        plans = [plan.metrics[name] for name in needed]
        periods = self._periods(plans)
        for each in plans:
            self._judge(each)
        counted = self._counted(plans, periods) if periods else []
        slices = self._slices(counted, plans)
        frame = self._grid(periods, slices, counted)
        for level in _levels(plans):
            frame = self._with_metrics(frame, level, periods, slices, counted)
        self.frame = frame
        values = {name: tuple(frame[name].to_list()) for name in question.metrics}
        complete = {name: self._complete(name, periods) for name in question.metrics}
        return Answer(question, tuple(periods), tuple(slices), values, complete, self.reasons)

    def _periods(self, plans: Iterable[MetricPlan]) -> list[Period]:
        """Every period from the first to the last data of what is asked, cut by the range asked."""
        evaluator, question = self.evaluator, self.question
        firsts: list[date] = []
        lasts: list[date] = []
        timeless = False
        for each in plans:
            for source in {leaf.source for leaf in each.leaves}:
                coverage = evaluator.coverage.get(source)
                timeless |= coverage is None
                if coverage is not None:
                    firsts.append(coverage.first)
                    lasts.append(coverage.last)
            if each.tree is None and each.metric.entries:
                firsts.append(min(entry.date for entry in each.metric.entries))
                lasts.append(evaluator.as_of or max(entry.date for entry in each.metric.entries))
        if not firsts:
            return [NO_DATES] if timeless and question.grain == "all" else []
        start = max(min(firsts), question.start or date.min)
        end = min(max(lasts), self._until)
        return list(evaluator.calendar.periods(start, end, question.grain)) if start <= end else []

    @property
    def _until(self) -> date:
        """The last day that counts: of the range asked and of an explicit `as_of`."""
        return min(self.question.end or date.max, self.evaluator.workspace.settings.as_of or date.max)

    def _cut(self, period: Period) -> Period:
        """The part of a period that counts."""
        return Period(max(period.start, self.question.start or date.min), min(period.end, self._until), period.name)

    def _judge(self, each: MetricPlan) -> None:
        """Note why a metric is undefined as a whole, if it is."""
        reason = each.error or next((self.reasons[below] for below in each.uses if below in self.reasons), None)
        if reason is None and each.tree is None:
            reason = self._entry_trouble(each)
        for source in sorted({leaf.source for leaf in each.leaves}):
            reason = reason or self._source_trouble(source)
        if reason is not None:
            self.reasons[each.metric.id] = reason

    def _entry_trouble(self, each: MetricPlan) -> Text | None:
        if not each.metric.entries:
            return text("nothing was entered yet")
        return None if self._entered_slices(each) else text("nothing was entered for this split")

    def _source_trouble(self, source: str) -> Text | None:
        question = self.question
        table = self.evaluator.leaf_tables.tables.get(source)
        if table is None or table.frame is None:
            return text("source '{source}' is not loaded", source=source)
        asked = {*question.by, *(dimension for dimension, _ in (*question.where, *question.scope))}
        missing = sorted(asked - set(table.source.dimensions))
        if missing:
            return text("source '{source}' has no dimension '{name}'", source=source, name=missing[0])
        if table.source.time is None and (question.grain != "all" or question.start or question.end):
            return text("source '{source}' has no time column: only its whole is known", source=source)
        if table.source.time is not None and source not in self.evaluator.coverage:
            return text("source '{source}' has no rows", source=source)
        if GRAINS.index(question.grain) < GRAINS.index(table.source.every):
            return text("source '{source}' knows no shorter periods than its rows cover", source=source)
        return None

    def _entered_slices(self, each: MetricPlan) -> list[Mapping[str, str]]:
        """The slices of a hand-entered metric that answer this question: those over exactly the dimensions asked."""
        question = self.question
        fixed = (*question.where, *question.scope)
        dimensions = frozenset((*question.by, *(name for name, _ in fixed)))
        if any(len(values) != 1 and name not in question.by for name, values in fixed):
            return []
        found = entries.slices(each.metric, dimensions)
        return [by for by in found if all(by[name] in values for name, values in fixed)]

    def _counted(self, plans: Sequence[MetricPlan], periods: Sequence[Period]) -> list[_Counted]:
        """The leaves of all metrics that can be evaluated, one frame for all over the same rows."""
        question = self.question
        wanted: dict[Rows, dict[str, Leaf]] = {}
        for each in plans:
            if each.metric.id not in self.reasons:
                for leaf in each.leaves:
                    wanted.setdefault(leaf.rows, {})[leaf.column] = leaf
        span = tuple(self._cut(period) for period in periods)
        counted: list[_Counted] = []
        for rows, by_name in wanted.items():
            timed = rows[0] in self.evaluator.coverage
            grouping = Grouping(span if timed else (), question.by, (*question.where, *question.scope))
            leaves = tuple(by_name.values())
            frame = self.evaluator.leaf_tables.ask(rows, grouping, leaves)
            counted.append(_Counted(rows, grouping, leaves, frame))
        return counted

    def _slices(self, counted: Sequence[_Counted], plans: Sequence[MetricPlan]) -> list[Slice]:
        """Every combination of the split's dimensions that was seen, missing ones last; one empty one without."""
        by = self.question.by
        if not by:
            return [()]
        seen: set[Slice] = set()
        for part in counted:
            _, at, where = part.rows
            if at in ("first", "last") or where:  # the rows counted need not have every combination of the range
                seen |= self.evaluator.leaf_tables.seen(part.source, part.grouping)
            else:
                seen.update(part.frame.select(by).unique().iter_rows())
        for each in plans:
            if each.tree is None:
                seen.update(tuple(entered[name] for name in by) for entered in self._entered_slices(each))
        return sorted(seen, key=lambda part: [(name is None, name or "") for name in part])

    def _grid(self, periods: Sequence[Period], slices: Sequence[Slice], counted: Sequence[_Counted]) -> pl.DataFrame:
        """Every period and slice with the leaves' values."""
        by = self.question.by
        grid = pl.DataFrame(
            {
                PERIOD: [index for index in range(len(periods)) for _ in slices],
                _SLICE: [index for _ in periods for index in range(len(slices))],
                **{name: [part[i] for _ in periods for part in slices] for i, name in enumerate(by)},
            },
            schema={PERIOD: pl.Int32, _SLICE: pl.Int32, **dict.fromkeys(by, pl.String)},
        )
        for part in counted:
            joined = grid.join(part.frame, on=[PERIOD, *by], how="left", nulls_equal=True, maintain_order="left")
            covered = pl.Series([self._is_covered(part.source, period) for period in periods], dtype=pl.Boolean)
            empty = joined[ROWS].is_null() & covered.gather(joined[PERIOD])
            zeroes = [
                pl.when(empty)
                .then(pl.lit(0).cast(part.frame.schema[leaf.column]))
                .otherwise(leaf.column)
                .alias(leaf.column)
                for leaf in part.leaves
                if leaf.counts
            ]
            grid = joined.with_columns(*zeroes, empty.alias(part.empty)).drop(ROWS)
        return grid

    def _is_covered(self, source: str, period: Period) -> bool:
        coverage = self.evaluator.coverage.get(source)
        if coverage is None:
            return True
        cut = self._cut(period)
        return max(cut.start, coverage.first) <= min(cut.end, coverage.complete_until)

    def _with_metrics(
        self,
        frame: pl.DataFrame,
        level: Sequence[MetricPlan],
        periods: Sequence[Period],
        slices: Sequence[Slice],
        counted: Sequence[_Counted],
    ) -> pl.DataFrame:
        """`frame` with a column more for each of these metrics, none of which uses another."""
        columns: list[pl.Expr | pl.Series] = []
        for each in level:
            name = each.metric.id
            if name not in self.reasons and periods and each.tree is None:
                columns.append(pl.Series(name, self._entered(each, periods, slices), strict=False))
            else:
                columns.append(self._compiled(frame, each, known=bool(periods)).alias(name))
        frame = frame.with_columns(columns)
        for each in level:
            if each.metric.id in self.reasons or not periods:
                continue
            if each.metric.share_of_total:
                frame = self._shared(frame, each, periods, slices)
            if each.metric.fill is not None:
                frame = _filled(frame, each.metric, self._rows_below(each), counted)
        return frame

    def _rows_below(self, each: MetricPlan) -> set[Rows]:
        """All rows that the metric is counted over, those of the metrics it uses included."""
        plan = self.evaluator.plan
        return {leaf.rows for name in plan.needed(each.metric.id) for leaf in plan.metrics[name].leaves}

    def _compiled(self, frame: pl.DataFrame, each: MetricPlan, *, known: bool) -> pl.Expr:
        """The metric over the columns of `frame`; undefined where there is a reason for it or nothing is known."""
        if known and each.tree is not None and each.metric.id not in self.reasons:
            try:
                compiler = Compiler(frame.schema, each.metric.formula, exact_products=False)
                return compiler.compile(each.tree).expression
            except FormulaError as error:
                self.reasons[each.metric.id] = error.what
        return pl.lit(None, dtype=pl.Float64)

    def _entered(self, each: MetricPlan, periods: Sequence[Period], slices: Sequence[Slice]) -> list[Value]:
        question = self.question
        fixed = {name: values[0] for name, values in (*question.where, *question.scope)}
        cut = [self._cut(period) for period in periods]
        columns: list[list[Value]] = []
        for part in slices:
            by = {**fixed, **dict(zip(question.by, part, strict=True))}
            known = entries.of_slice(each.metric, by, self.evaluator.as_of)
            columns.append(list(entries.values(each.metric, known, cut)))
        return [column[index] for index in range(len(periods)) for column in columns]

    def _shared(
        self, frame: pl.DataFrame, each: MetricPlan, periods: Sequence[Period], slices: Sequence[Slice]
    ) -> pl.DataFrame:
        """Slice / total over all dimensions asked: the same value without split and scope, period by period."""
        question, name, whole = self.question, each.metric.id, each.uses[0]
        asked = Question((whole,), question.grain, question.start, question.end, where=question.where)
        answer = self.evaluator.ask(asked)
        # By name: the one period of `all` reaches as far as the data of the metrics asked, which may be farther
        # than the whole's.
        totals = {period.name: value for period, value in zip(answer.periods, answer.series(whole), strict=True)}
        total = pl.Series("__total", [totals.get(period.name) for period in periods for _ in slices], strict=False)
        share = divide(typed_column(name, frame.schema[name]), typed_column("__total", total.dtype))
        return frame.with_columns(total).with_columns(share.expression.alias(name)).drop("__total")

    def _complete(self, name: str, periods: Sequence[Period]) -> tuple[bool, ...]:
        """Per period whether all of it is known: not cut by the range asked, the first data or the last."""
        if tuple(periods) == (NO_DATES,):
            return (True,)
        first, judged = self.evaluator.first(name), self.evaluator.judged(name)
        if first is None or judged is None:
            return (False,) * len(periods)
        start, end = max(first, self.question.start or date.min), min(judged, self._until)
        return tuple(start <= period.start and period.end <= end for period in periods)


def _levels(plans: Sequence[MetricPlan]) -> list[list[MetricPlan]]:
    """The plans by how deep they build on each other; those of one level can be computed together."""
    depth: dict[str, int] = {}
    levels: list[list[MetricPlan]] = []
    for each in plans:  # each follows those it uses
        at = max((depth[name] + 1 for name in each.uses if name in depth), default=0)
        depth[each.metric.id] = at
        levels.extend([] for _ in range(at + 1 - len(levels)))
        levels[at].append(each)
    return levels


def _filled(frame: pl.DataFrame, metric: Metric, below: set[Rows], counted: Sequence[_Counted]) -> pl.DataFrame:
    """Where the metric is undefined in a period without rows it takes `fill`: a number, or the value before."""
    name, fill = metric.id, metric.fill
    empties = [part.empty for part in counted if part.rows in below]
    if not empties:
        return frame
    vacant = pl.all_horizontal(empties) & pl.col(name).is_null()
    value = pl.col(name).forward_fill().over(_SLICE) if fill == "previous" else pl.lit(fill).cast(pl.Decimal(38, 12))
    return frame.with_columns(pl.when(vacant).then(value).otherwise(pl.col(name)).alias(name))
