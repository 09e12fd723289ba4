"""One question on its way to an answer: a grid of periods and slices for each layer of days that its metrics are
counted over, the leaves joined to it, a column per metric.

A *layer* is one list of stretches of days, one a period: the periods themselves, the windows that end with them, the
same a month earlier. All layers have the same periods and slices, so a column goes from one to another as it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import date, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct, structs

from kpi_tui.errors import FormulaError, Text, text
from kpi_tui.facts.aggregate import PERIOD
from kpi_tui.facts.engines import Uncounted
from kpi_tui.facts.query import Grouping, History, HistoryLeaf, Leaf, Rows
from kpi_tui.formula.columns import Compiler, divide, typed_column
from kpi_tui.formula.tree import Name, Node, walk
from kpi_tui.metrics import entries
from kpi_tui.metrics.answer import Answer, Question, Slice, Value
from kpi_tui.metrics.corrected import corrected_cells
from kpi_tui.metrics.filling import filled
from kpi_tui.metrics.grid import grid
from kpi_tui.metrics.known import Known
from kpi_tui.metrics.layers import SLICE, Basis, Counted, Layer, MetricNode, Part
from kpi_tui.metrics.plan import MetricPlan, own_sources
from kpi_tui.metrics.stretches import Stretches
from kpi_tui.metrics.undefined import undefined
from kpi_tui.workspace.periods import Period

if TYPE_CHECKING:
    from kpi_tui.metrics.evaluate import Evaluator

NO_DATES = Period(date.min, date.max, "all")  # the one period of sources without dates


class _Columns(Mapping[str, tuple[Value, ...]]):
    """The values of each metric, taken out of the frame when they are first looked at: most never are."""

    def __init__(self, names: Sequence[str], column: Callable[[str], tuple[Value, ...]]) -> None:
        self._names = dict.fromkeys(names)
        self._column = column
        self._taken: dict[str, tuple[Value, ...]] = {}

    def __getitem__(self, name: str) -> tuple[Value, ...]:
        if name not in self._taken:
            if name not in self._names:
                raise KeyError(name)
            self._taken[name] = self._column(name)
        return self._taken[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


def tabulate(evaluator: Evaluator, question: Question) -> Answer:
    """Answer `question`; called by the evaluator, which keeps the answer."""
    return _Asking(evaluator, question).answer()


def periods_of(evaluator: Evaluator, question: Question) -> tuple[Period, ...]:
    """The periods of the answer to `question`, without counting anything."""
    asking = _Asking(evaluator, question)
    return tuple(asking.periods_asked())


def values_with_leaves(
    evaluator: Evaluator, question: Question, given: Stretches | None = None
) -> tuple[Answer, Mapping[str, tuple[Value, ...]]]:
    """The answer and, by leaf column, the values of every leaf behind it, in the same order; over the days `given`
    where these are not the question's own periods.

    A leaf that is counted over several layers, as when a ratio divides a window by a period, is given for the first.
    """
    asking = _Asking(evaluator, question, given, is_shifted=given is not None)
    answer = asking.answer()
    plans = [evaluator.plan.metrics[name] for name in question.metrics]
    leaves = dict.fromkeys(column for each in plans for column in _columns(each))
    found: dict[str, tuple[Value, ...]] = {}
    for layer in asking.layers.values():
        for column in leaves:
            if column not in found and column in layer.frame.columns:
                found[column] = tuple(layer.frame[column].to_list())
    return answer, found


class _Asking(Struct):
    evaluator: Evaluator
    question: Question
    given: Stretches | None = None  # instead of the question's own periods
    is_shifted: bool = False  # what is given are other days than the periods asked
    base: Stretches | None = None  # the periods themselves
    reasons: dict[str, Text] = {}
    layers: dict[Stretches, Layer] = {}
    nodes: dict[tuple[str, int], MetricNode] = {}  # by metric and identity of the layer
    # the data that metrics rest on, which many have in common
    counted: dict[object, Basis] = {}
    bases: dict[Basis, Basis] = {}

    def answer(self) -> Answer:
        periods, slices, base = self.evaluated()
        question, known = self.question, Known(self.evaluator, self.until)
        asked = {name: self.nodes[name, id(base)] for name in question.metrics}
        young = {name: known.immature(node) if self._is_defined(node) else () for name, node in asked.items()}
        return Answer(
            question,
            tuple(periods),
            tuple(slices),
            _Columns(question.metrics, lambda name: tuple(base.frame[name].to_list())),
            {name: known.complete(node, periods, young[name]) for name, node in asked.items()},
            self.reasons,
            corrected_cells(self.evaluator, question, periods, slices),
            {name: flags for name, flags in young.items() if any(flags)},
        )

    def evaluated(self) -> tuple[list[Period], list[Slice], Layer]:
        """The periods, the slices and the layer of the periods themselves, with a column per metric asked."""
        question, plans = self.question, self._plans()
        periods = list(self.given.spans) if self.given is not None else self._periods(plans)
        self.reasons = undefined(self.evaluator, question, plans)
        self.base = self.given or self._stretches(periods)
        base = self._layer(self.base)
        for name in question.metrics:
            self._reach(name, base)
        if periods:
            for layer in self.layers.values():
                self._count(layer)
        slices = self._slices(plans, base)
        for layer in self.layers.values():
            layer.show(grid(layer, question.by, slices, Known(self.evaluator, self.until)))
        for level in self._levels():
            self._add_metrics(level, bool(periods), slices)
        return periods, slices, base

    def periods_asked(self) -> list[Period]:
        """The question's own periods."""
        return self._periods(self._plans())

    def _plans(self) -> list[MetricPlan]:
        """The metrics asked and all below them."""
        plan = self.evaluator.plan
        needed = dict.fromkeys(name for metric in self.question.metrics for name in plan.needed(metric))
        return [plan.metrics[name] for name in needed]

    def _periods(self, plans: Iterable[MetricPlan]) -> list[Period]:
        """Every period from the first to the last data of what is asked, cut by the range asked."""
        evaluator, question = self.evaluator, self.question
        firsts: list[date] = []
        lasts: list[date] = []
        timeless = False
        for each in plans:
            for source in own_sources(each):
                coverage = evaluator.coverage.get(source)
                timeless |= coverage is None
                if coverage is not None:
                    firsts.append(coverage.first)
                    lasts.append(coverage.last)
            if each.tree is None and each.metric.entries:
                firsts.append(min(entry.date for entry in each.metric.entries))
                typed = max(entry.date for entry in each.metric.entries)
                lasts.append(max(typed, evaluator.as_of or typed))  # `until` says which ones an explicit `as_of` leaves
        if not firsts:
            return [NO_DATES] if timeless and question.grain == "all" else []
        start = max(min(firsts), question.start or date.min)
        end = min(max(lasts), self.until)
        return list(evaluator.calendar.periods(start, end, question.grain)) if start <= end else []

    def _stretches(self, periods: Sequence[Period]) -> Stretches:
        start = self.question.start or date.min
        cut = tuple(Period(max(p.start, start), min(p.end, self.until), p.name) for p in periods)
        return Stretches.of(tuple(periods), cut, self.question.grain)

    @property
    def until(self) -> date:
        """The last day that counts: of the range asked and of an explicit `as_of`."""
        return min(self.question.end or date.max, self.evaluator.workspace.settings.as_of or date.max)

    def _layer(self, stretches: Stretches) -> Layer:
        if stretches not in self.layers:
            self.layers[stretches] = Layer(stretches)
        return self.layers[stretches]

    def _reach(self, name: str, layer: Layer) -> MetricNode:
        """The node of a metric over a layer, everything below it reached before it."""
        key = (name, id(layer))
        if key in self.nodes:
            return self.nodes[key]
        each = self.evaluator.plan.metrics[name]
        below = layer
        if each.shift is not None and name not in self.reasons:
            known = self.evaluator.judged(name)
            below = self._layer(each.shift.of(layer.stretches, self.evaluator.calendar, known))
        level, basis = 0, self._own_basis(each, layer)
        for other in each.uses:
            used = self._reach(other, below)
            level = max(level, used.level + 1)
            if used.basis is not basis:
                both = basis | used.basis
                basis = self.bases.setdefault(both, both)
        if name not in self.reasons:
            for leaf in each.leaves:
                layer.leaves.setdefault(leaf.rows, {})[leaf.column] = leaf
            layer.histories.update({count.history.rows: count.history for count in each.histories})
        node = self.nodes[key] = MetricNode(each, layer, below, level, basis)
        return node

    def _own_basis(self, each: MetricPlan, layer: Layer) -> Basis:
        """What the metric itself counts over the layer, or its entries."""
        if len(each.leaves) == 1 and not each.histories:  # most metrics
            return self._basis_of(layer, each.leaves[0].rows)
        found = [self._basis_of(layer, leaf.rows) for leaf in each.leaves]
        found += [self._basis_of(layer, count.history.rows, count.history) for count in each.histories]
        if each.tree is None and each.metric.entries:
            found.append(frozenset({Part(layer, first=min(entry.date for entry in each.metric.entries))}))
        both = frozenset().union(*found)
        return self.bases.setdefault(both, both)

    def _basis_of(self, layer: Layer, rows: Rows, history: History | None = None) -> Basis:
        key = (id(layer), rows, history)
        if key not in self.counted:
            sources = (rows[0], history.converted) if history is not None else (rows[0],)
            known = [self.evaluator.coverage[name].first for name in sources if name in self.evaluator.coverage]
            self.counted[key] = frozenset({Part(layer, rows, max(known, default=None), history)})
        return self.counted[key]

    def _levels(self) -> list[list[MetricNode]]:
        """The nodes by how deep they build on each other; those of one level can be computed together."""
        levels: list[list[MetricNode]] = [
            [] for _ in range(max((node.level + 1 for node in self.nodes.values()), default=0))
        ]
        for node in self.nodes.values():
            levels[node.level].append(node)
        return levels

    def _count(self, layer: Layer) -> None:
        """Everything counted over a layer's stretches, one frame for all over the same rows."""
        question, tables = self.question, self.evaluator.leaf_tables
        filters = (*question.where, *question.scope)
        timed = Grouping(layer.stretches.spans, question.by, filters)
        for rows, by_name in layer.leaves.items():
            grouping = timed if rows[0] in self.evaluator.coverage else Grouping((), question.by, filters)
            leaves = tuple(by_name.values())
            try:
                frame = tables.ask(rows, grouping, leaves)
            except (Uncounted, pl.exceptions.ComputeError):
                leaves = tuple(leaf for leaf in leaves if self._is_counted(rows, grouping, leaf))
                if not leaves:
                    continue
                frame = tables.ask(rows, grouping, leaves)
            zeroes = tuple(leaf.column for leaf in leaves if leaf.counts)
            layer.counted.append(Counted(rows, grouping, zeroes, frame))
        for rows, history in layer.histories.items():
            counts = tuple(HistoryLeaf(history, part).column for part in ("base", "counted"))
            try:
                layer.counted.append(Counted(rows, timed, counts, tables.ask_history(history, timed), history))
            except Uncounted as lacking:
                self._await(counts, lacking.reason)

    def _is_counted(self, rows: Rows, grouping: Grouping, leaf: Leaf) -> bool:
        """Whether the leaf is known already; what is made of it waits otherwise."""
        try:
            self.evaluator.leaf_tables.ask(rows, grouping, (leaf,))
        except Uncounted as lacking:
            self._await((leaf.column,), lacking.reason)
            return False
        except pl.exceptions.ComputeError:
            self._await((leaf.column,), _too_large())
            return False
        return True

    def _await(self, columns: Sequence[str], reason: Text) -> None:
        """The metrics made of these leaves are undefined, and so is what uses them."""
        plan = self.evaluator.plan
        for name in dict.fromkeys(below for metric in self.question.metrics for below in plan.needed(metric)):
            each = plan.metrics[name]
            own = any(column in columns for column in _columns(each))
            if own or any(self.reasons.get(used) == reason for used in each.uses):
                self.reasons.setdefault(name, reason)

    def _slices(self, plans: Sequence[MetricPlan], base: Layer) -> list[Slice]:
        """Every combination of the split's dimensions that was seen, missing ones last; one empty one without.

        Those of the periods themselves are there even where all metrics are counted over other days.
        """
        by = self.question.by
        if not by:
            return [()]
        seen: set[Slice] = set()
        for part in (part for layer in self.layers.values() for part in layer.counted):
            _, at, where = part.rows
            if at or where:  # the rows counted need not have every combination of the range
                with suppress(Uncounted):
                    seen |= self.evaluator.leaf_tables.seen(part.source, part.grouping)
            if at not in ("first", "last"):
                seen.update(zip(*(part.frame[name].to_list() for name in by), strict=True))
        counted = {part.source for layer in self.layers.values() for part in layer.counted}
        for source in counted - {part.source for part in base.counted}:
            periods = Grouping(base.stretches.spans, by, (*self.question.where, *self.question.scope))
            seen |= self.evaluator.leaf_tables.seen(source, periods)
        for each in plans:
            if each.tree is None:
                seen.update(
                    tuple(entered[name] for name in by) for entered in entries.asked(each.metric, self.question)
                )
        return sorted(seen, key=lambda part: [(name is None, name or "") for name in part])

    def _add_metrics(self, level: Sequence[MetricNode], known: bool, slices: Sequence[Slice]) -> None:
        """Columns for metrics none of which uses another, in the frames of their layers; `known`: there are periods."""
        by_layer: dict[int, list[MetricNode]] = {}
        for node in level:
            by_layer.setdefault(id(node.layer), []).append(node)
        for nodes in by_layer.values():
            layer = nodes[0].layer
            try:
                layer.add([self._column(node, known, slices) for node in nodes])
            except pl.exceptions.ComputeError:
                self._add_one_by_one(layer, nodes, known, slices)
            sharing = [node for node in nodes if known and self._is_defined(node) and node.plan.metric.share_of_total]
            if sharing:
                layer.show(self._shared(layer, sharing))
            for node in nodes:
                if known and self._is_defined(node) and node.plan.metric.fill is not None:
                    layer.show(filled(node, self._before(node, slices)))

    def _add_one_by_one(self, layer: Layer, nodes: Sequence[MetricNode], known: bool, slices: Sequence[Slice]) -> None:
        """Columns for these metrics, undefined for those whose exact numbers get too large to be computed."""
        for node in nodes:
            try:
                layer.add([self._column(node, known, slices)])
            except pl.exceptions.ComputeError:
                self.reasons[node.plan.metric.id] = _too_large()
                layer.add([self._column(node, known, slices)])

    def _is_defined(self, node: MetricNode) -> bool:
        return node.plan.metric.id not in self.reasons

    def _column(self, node: MetricNode, known: bool, slices: Sequence[Slice]) -> pl.Expr | pl.Series:
        """The metric over the columns of its layer; undefined where there is a reason for it or nothing is known."""
        each, name = node.plan, node.plan.metric.id
        if known and self._is_defined(node):
            if each.tree is None:
                return pl.Series(name, self._entered(each, node.layer, slices), strict=False)
            if node.below is not node.layer:
                return node.below.frame[each.uses[0]].alias(name)
            try:
                types = tuple([(used, node.layer.types[used]) for used in _names(each.tree)])
                return _compiled(each.tree, each.metric.formula, types, name)
            except FormulaError as error:
                self.reasons[name] = error.what
        return pl.lit(None, dtype=pl.Float64).alias(name)

    def _entered(self, each: MetricPlan, layer: Layer, slices: Sequence[Slice]) -> list[Value]:
        question = self.question
        fixed = {name: values[0] for name, values in (*question.where, *question.scope)}
        columns: list[list[Value]] = []
        for part in slices:
            by = {**fixed, **dict(zip(question.by, part, strict=True))}
            known = entries.of_slice(each.metric, by, self.evaluator.workspace.settings.as_of)
            columns.append(list(entries.values(each.metric, known, layer.stretches.spans)))
        return [column[index] for index in range(len(layer.stretches.spans)) for column in columns]

    def _before(self, node: MetricNode, slices: Sequence[Slice]) -> pl.Series | None:
        """For `fill = "previous"`: the metric's last value before the periods asked, for each row of its layer."""
        question, metric, frame = self.question, node.plan.metric, node.layer.frame
        dtype, grain = frame.schema[metric.id], question.grain
        is_base = node.layer.stretches == self.base and not self.is_shifted
        if metric.fill != "previous" or question.start is None or grain == "all" or not is_base:
            return None
        first = self.evaluator.calendar.period(node.layer.stretches.spans[0].start, grain)
        end = first.start - timedelta(days=1)
        answer = self.evaluator.ask(structs.replace(question, metrics=(metric.id,), start=None, end=end))
        last = len(answer.periods) - 1
        values = {part: answer.value(metric.id, last, at) for at, part in enumerate(answer.slices)} if last >= 0 else {}
        column = pl.Series([values.get(part) for part in slices], dtype=dtype, strict=False)
        return column.gather(frame[SLICE])

    def _shared(self, layer: Layer, sharing: Sequence[MetricNode]) -> pl.DataFrame:
        """Slice / total over all dimensions asked: the same values without split and scope, stretch by stretch."""
        question = self.question
        wholes = tuple(dict.fromkeys(node.plan.uses[0] for node in sharing))
        asked = Question(wholes, question.grain, question.start, question.end, where=question.where)
        shifted = self.is_shifted or layer.stretches != self.base
        _, _, totals = _Asking(self.evaluator, asked, layer.stretches, is_shifted=shifted).evaluated()
        frame = layer.frame
        for node in sharing:
            name, whole = node.plan.metric.id, node.plan.uses[0]
            total = totals.frame[whole].gather(frame[PERIOD]).alias("__total")
            share = divide(typed_column(name, frame.schema[name]), typed_column("__total", total.dtype))
            frame = frame.with_columns(total).with_columns(share.expression.alias(name)).drop("__total")
        return frame


@lru_cache(maxsize=4096)
def _compiled(tree: Node, formula: str, types: tuple[tuple[str, pl.DataType], ...], name: str) -> pl.Expr:
    """The expression of the metric `name` over leaves and metrics of these types. Raises `FormulaError`."""
    return Compiler(dict(types), formula, exact_products=False).compile(tree).expression.alias(name)


@lru_cache(maxsize=4096)
def _names(tree: Node) -> tuple[str, ...]:
    """The leaves and metrics that a metric's arithmetic is over."""
    return tuple(dict.fromkeys(part.name for part in walk(tree) if isinstance(part, Name)))


def _too_large() -> Text:
    return text("a number in it gets too large")


def _columns(each: MetricPlan) -> list[str]:
    """The columns of what the metric itself counts."""
    return [*(leaf.column for leaf in each.leaves), *(count.column for count in each.histories)]
