"""Metrics' formulas -> leaves and the arithmetic over them, in an order in which each metric follows those it uses.

A metric that is wrong (unknown name, cycle, wrong types) is a finding; it and what uses it are undefined, the rest
works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from typing import NoReturn

import polars as pl
from msgspec import Struct, structs
from msgspec.structs import replace

from kpi_tui.errors import Finding, FormulaError, Place, Text, did_you_mean, text
from kpi_tui.facts.query import History, HistoryLeaf, Leaf
from kpi_tui.formula import parse
from kpi_tui.formula.columns import Compiler
from kpi_tui.formula.placing import fail
from kpi_tui.formula.tree import Aggregate, Call, Case, Name, Node, Number, aggregates, metric_names, walk
from kpi_tui.metrics.stretches import Shift
from kpi_tui.workspace import durations
from kpi_tui.workspace.model import Acquisition, Conversion, Metric, Repeat, Retention, Workspace
from kpi_tui.workspace.periods import Calendar

Schemas = Mapping[str, Mapping[str, pl.DataType]]
PlaceOf = Callable[[tuple[str, ...]], Place]

LISTED = 8  # names that a cure lists


class MetricPlan(Struct, frozen=True):
    """One metric, ready to be evaluated.

    `tree` is its formula with every aggregate replaced by the name of its leaf's column; None where it is hand-entered
    or broken. `uses` are the metrics it names, which are counted over its own stretches of days, or over those that
    `shift` makes of them; `sources` and `entered` (whether a hand-entered metric is below it) include theirs.
    `sources` hold the rows that are counted; `awaited` are those besides that must be complete as well: where
    conversions come from.
    """

    metric: Metric
    tree: Node | None = None
    leaves: tuple[Leaf, ...] = ()
    histories: tuple[HistoryLeaf, ...] = ()
    uses: tuple[str, ...] = ()
    shift: Shift | None = None
    sources: frozenset[str] = frozenset()
    awaited: frozenset[str] = frozenset()
    entered: bool = False
    is_flow: bool = False
    error: Text | None = None


def own_sources(each: MetricPlan) -> Sequence[str]:
    """The sources whose rows the metric itself counts, those of metrics below it apart, by name."""
    if len(each.leaves) == 1 and not each.histories:  # most metrics
        return (each.leaves[0].source,)
    return sorted({leaf.source for leaf in each.leaves} | {count.source for count in each.histories})


class Plan(Struct, frozen=True):
    """All metrics of a workspace; `metrics` iterates in an order in which each metric follows those it uses."""

    metrics: Mapping[str, MetricPlan]
    findings: tuple[Finding, ...] = ()
    _needed: dict[str, tuple[str, ...]] = {}

    def needed(self, metric: str) -> tuple[str, ...]:
        """`metric` and every metric below it, in order of evaluation."""
        if metric not in self._needed:
            uses = self.metrics[metric].uses
            below = dict.fromkeys(name for used in uses for name in self.needed(used))
            self._needed[metric] = (*below, metric)
        return self._needed[metric]


def build(workspace: Workspace, schemas: Schemas, place_of: PlaceOf) -> Plan:
    """Plan every metric. `schemas` holds the columns of the sources that are loaded; others' are not checked yet."""
    return _Builder(workspace, schemas, place_of).build()


class _ConditionError(FormulaError):
    """What is wrong stands in the metric's `where`, not in its formula."""


class _KeyedError(FormulaError):
    """What is wrong stands under another key of the metric than its formula."""

    def __init__(self, key: str, what: Text, cure: Text | None) -> None:
        super().__init__(what, cure)
        self.key = key


class _Builder:
    def __init__(self, workspace: Workspace, schemas: Schemas, place_of: PlaceOf) -> None:
        self.workspace = workspace
        self.schemas = schemas
        self.place_of = place_of
        self.metrics = {metric.id: metric for metric in workspace.metrics}
        self.plans: dict[str, MetricPlan] = {}
        self.findings: list[Finding] = []
        self.open: list[str] = []

    def build(self) -> Plan:
        for name in self.metrics:
            self.plan(name)
        return Plan(self.plans, tuple(self.findings))

    def plan(self, name: str) -> MetricPlan:
        """The plan of `name`, made after those of the metrics it uses."""
        if name not in self.plans:
            self.open.append(name)
            try:
                self.plans[name] = self._plan(self.metrics[name])
            except FormulaError as error:
                self.plans[name] = self._broken(self.metrics[name], error)
            finally:
                self.open.pop()
        return self.plans[name]

    def _plan(self, metric: Metric) -> MetricPlan:
        """The plan of the metric, outermost what its keys make of its formula: an offset of a share of a window."""
        plan = self._bare(metric)
        if metric.window or metric.to_date:
            shift = Shift(durations.parse(metric.window) if metric.window else None, metric.to_date)
            plan = self._over(plan, "in its window", shift, is_flow=False)
        if metric.share_of_total:
            plan = self._over(plan, "whole", None, is_flow=False)
        if metric.offset:
            plan = self._over(plan, "before", Shift(offset=durations.parse(metric.offset)), is_flow=plan.is_flow)
        return replace(plan, is_flow=_accumulates(metric, plan.is_flow))

    def _over(self, plan: MetricPlan, name: str, shift: Shift | None, *, is_flow: bool) -> MetricPlan:
        """The metric over `plan`, which becomes a metric of its own under a name nobody can type.

        What is below has neither a fill nor the keys that the metric has over it.
        """
        metric = plan.metric
        below = f"{metric.id} {name}"
        shares = metric.share_of_total and name == "before"
        bare = structs.replace(
            metric, id=below, share_of_total=shares, fill=None, window=None, to_date=None, offset=None
        )
        self.plans[below] = replace(plan, metric=bare)
        return replace(plan, tree=Name(below), leaves=(), histories=(), uses=(below,), shift=shift, is_flow=is_flow)

    def _bare(self, metric: Metric) -> MetricPlan:
        """The plan of the metric's formula, events, steps or entries by themselves."""
        if metric.events is not None:
            return self._of_events(metric, metric.events)
        if metric.funnel is not None:
            return self._of_steps(metric, metric.funnel.steps)
        if not metric.formula:
            return MetricPlan(metric, entered=True, is_flow=metric.at == "sum")
        tree = parse.formula(metric.formula)
        used = self._used(metric, tree)
        leaves, post = self._leaves(metric, tree)
        cure = text("put it on the metric that holds the aggregate")
        if metric.at is not None and not leaves:
            raise FormulaError(text("'at' needs an aggregate in this formula"), cure)
        if metric.where and not leaves:
            raise _ConditionError(text("'where' needs an aggregate in this formula"), cure)
        self._check_arithmetic(metric, post, leaves, used)
        broken = next((plan for plan in used.values() if plan.error is not None), None)
        return MetricPlan(
            metric,
            post,
            leaves,
            uses=tuple(used),
            sources=frozenset(leaf.source for leaf in leaves).union(*(below.sources for below in used.values())),
            awaited=frozenset().union(*(below.awaited for below in used.values())),
            entered=any(below.entered for below in used.values()),
            is_flow=metric.at is None and _is_linear(tree, used),
            error=text("metric '{name}' is wrong", name=broken.metric.id) if broken is not None else None,
        )

    def _of_steps(self, metric: Metric, steps: tuple[str, ...]) -> MetricPlan:
        """A funnel: its last step divided by its first."""
        for name in steps:
            if name in self.open:
                loop = [*self.open[self.open.index(name) :], name]
                what = text("cycle: {names}", names=" -> ".join(loop))
                raise _KeyedError("funnel", what, text("one of them must not use the others"))
        used = [self.plan(name) for name in dict.fromkeys(steps)]
        broken = next((plan for plan in used if plan.error is not None), None)
        return MetricPlan(
            metric,
            Call("/", (Name(steps[-1]), Name(steps[0]))),
            uses=tuple(dict.fromkeys(steps)),
            sources=frozenset().union(*(below.sources for below in used)),
            awaited=frozenset().union(*(below.awaited for below in used)),
            entered=any(below.entered for below in used),
            error=text("metric '{name}' is wrong", name=broken.metric.id) if broken is not None else None,
        )

    def _of_events(self, metric: Metric, events: Conversion | Retention | Acquisition | Repeat) -> MetricPlan:
        """A conversion, retention or repeat divides its two counts; an acquisition is one."""
        history = self._history(metric, events)
        base, counted = HistoryLeaf(history, "base"), HistoryLeaf(history, "counted")
        awaited = frozenset({history.converted} if history.converted else ())
        if history.kind == "acquisition":
            return MetricPlan(
                metric, Name(base.column), histories=(base,), sources=frozenset({history.source}), is_flow=True
            )
        tree = Call("/", (Name(counted.column), Name(base.column)))
        return MetricPlan(metric, tree, histories=(counted, base), sources=frozenset({history.source}), awaited=awaited)

    def _history(self, metric: Metric, events: Conversion | Retention | Acquisition | Repeat) -> History:
        """What is asked of the entities' histories, its columns and conditions checked where they are known."""
        where = self._rows_where(metric, events.base.source if isinstance(events, Conversion) else events.source)
        match events:
            case Conversion(entity=entity, base=base, converted=converted, within=within):
                for source in (base.source, converted.source):
                    self._check_column("conversion", source, entity)
                of_base = self._event_where("conversion", base.source, base.where)
                both = tuple(node for node in (where, of_base) if node is not None)
                return History(
                    "conversion", base.source, entity, Call("AND", both) if len(both) > 1 else next(iter(both), None),
                    converted=converted.source,
                    converted_where=self._event_where("conversion", converted.source, converted.where),
                    within=durations.parse(within) if within else None,
                    until=self.workspace.settings.as_of,
                )  # fmt: skip
            case Retention(source=source, entity=entity, period=period, after=after):
                self._check_column("retention", source, entity)
                calendar = Calendar.of(self.workspace.settings)
                return History("retention", source, entity, where, period=period, after=after, calendar=calendar)
            case Acquisition(source=source, entity=entity):
                self._check_column("acquisition", source, entity)
                return History("acquisition", source, entity, where)
            case Repeat(source=source, entity=entity, order=order):
                self._check_column("repeat", source, entity)
                if order is not None:
                    self._check_column("repeat", source, order)
                return History("repeat", source, entity, where, order)

    def _check_column(self, key: str, source: str, column: str) -> None:
        schema = self.schemas.get(source)
        if schema is not None and column not in schema:
            what = text("source '{source}' has no column '{name}'", source=source, name=column)
            known = [name for name in schema if not name.startswith("__")]
            cure = did_you_mean(column, known) or text("its columns are: {names}", names=", ".join(known))
            raise _KeyedError(key, what, cure)

    def _rows_where(self, metric: Metric, source: str) -> Node | None:
        return self._condition(structs.replace(metric, source=source)) if metric.where else None

    def _event_where(self, key: str, source: str, where: str) -> Node | None:
        """The tree of the condition of one side of a conversion."""
        try:
            return self._condition(Metric(id="", source=source, where=where)) if where else None
        except FormulaError as error:
            raise _KeyedError(key, error.what, error.cure) from None

    def _used(self, metric: Metric, tree: Node) -> dict[str, MetricPlan]:
        used: dict[str, MetricPlan] = {}
        for name in metric_names(tree):
            if name.name not in self.metrics:
                self._unknown(metric, name)
            if name.name in self.open:
                loop = [*self.open[self.open.index(name.name) :], name.name]
                fail(
                    metric.formula,
                    name.at,
                    text("cycle: {names}", names=" -> ".join(loop)),
                    text("one of them must not use the others"),
                )
            used[name.name] = self.plan(name.name)
        return used

    def _unknown(self, metric: Metric, name: Name) -> None:
        columns = self.schemas.get(metric.source or "", {})
        if name.name in columns:
            fail(
                metric.formula,
                name.at,
                text("column {name} must be inside an aggregate", name=name.name),
                text("for example SUM({name})", name=name.name),
            )
        known = [*self.metrics, *(column for column in columns if not column.startswith("__"))]
        others = [other for other in self.metrics if other != metric.id]
        listed = text("metrics are {names}", names=", ".join(others[:LISTED])) if others else None
        cure = did_you_mean(name.name, known) or listed
        fail(metric.formula, name.at, text("unknown name '{name}'", name=name.name), cure)

    def _leaves(self, metric: Metric, tree: Node) -> tuple[tuple[Leaf, ...], Node]:
        calls = list(aggregates(tree))
        if not calls:
            return (), tree
        if metric.source is None:
            fail(
                metric.formula,
                calls[0].at,
                text("an aggregate needs a source"),
                text("set the metric's source, one of {names}", names=", ".join(s.id for s in self.workspace.sources)),
            )
        where = self._condition(metric) if metric.where else None
        at = metric.at if metric.at != "sum" else None
        made: dict[str, Leaf] = {}

        def leaf_name(call: Aggregate) -> Name:
            leaf = Leaf(metric.source or "", call, at, metric.formula, where)
            made.setdefault(leaf.column, leaf)
            return Name(leaf.column, call.at)

        post = _replace(tree, leaf_name)
        self._check_types(metric, made.values())
        return tuple(made.values()), post

    def _check_types(self, metric: Metric, leaves: Iterable[Leaf]) -> None:
        schema = self.schemas.get(metric.source or "")
        if schema is None:
            return
        compiler = Compiler(schema, metric.formula)
        for leaf in leaves:
            call = leaf.aggregate
            if call.condition is not None:
                compiler.condition(call.condition)
            if call.argument is None:
                continue
            self._refuse_metrics(metric, call.argument, schema)
            argument = compiler.compile(call.argument)
            if not argument.is_number and call.function != "COUNT":
                self._not_a_number(compiler, call.argument, call.function)

    def _condition(self, metric: Metric) -> Node:
        """The tree of the metric's `where`, its columns checked where they are known."""
        try:
            where = parse.condition(metric.where)
            schema = self.schemas.get(metric.source or "")
            if schema is not None:
                Compiler(schema, metric.where).condition(where)
        except FormulaError as error:
            raise _ConditionError(error.what, error.cure, line=error.line, column=error.column) from None
        return where

    def _check_arithmetic(
        self, metric: Metric, post: Node, leaves: Iterable[Leaf], used: Mapping[str, MetricPlan]
    ) -> None:
        """Refuse arithmetic that cannot give a number, whatever the data: leaves and metrics are numbers."""
        if not _is_number(post, metric.formula, frozenset((*(leaf.column for leaf in leaves), *used))):
            compiler = Compiler({}, metric.formula)
            compiler.fail(post, text("a metric must be a number"), text("for example SUM(cost)"))

    def _refuse_metrics(self, metric: Metric, argument: Node, schema: Mapping[str, pl.DataType]) -> None:
        others = self.metrics.keys() - {metric.id} - schema.keys()
        for name in metric_names(argument):
            if name.name in others and did_you_mean(name.name, list(schema)) is None:
                what = text("{name} is a metric; an aggregate takes columns", name=name.name)
                fail(metric.formula, name.at, what, text("write {name} without the aggregate", name=name.name))

    @staticmethod
    def _not_a_number(compiler: Compiler, argument: Node, function: str) -> NoReturn:
        if isinstance(argument, Name):
            what = text("{function} needs a number; column '{name}' is not one", function=function, name=argument.name)
            compiler.fail(argument, what, text("declare its type in [source.columns]"))
        compiler.fail(argument, text("{function} needs a number", function=function))

    def _broken(self, metric: Metric, error: FormulaError) -> MetricPlan:
        if isinstance(error, _KeyedError):
            place, subject = self.place_of(("metric", metric.id, error.key)), f"{metric.id}.{error.key}"
        elif isinstance(error, _ConditionError):
            place = self.place_of(("metric", metric.id, "where"))
            subject = f"{metric.id}.where:{error.line}:{error.column}"
        else:
            place = self.place_of(("metric", metric.id, "formula"))
            subject = f"{metric.id}:{error.line}:{error.column}"
        self.findings.append(Finding(place, error.what, error.cure, subject))
        return MetricPlan(metric, error=error.what)


def _replace(node: Node, leaf_name: Callable[[Aggregate], Name]) -> Node:
    """The same tree with every aggregate replaced by a name."""
    match node:
        case Aggregate():
            return leaf_name(node)
        case Call(function, arguments, at):
            return Call(function, tuple(_replace(argument, leaf_name) for argument in arguments), at)
        case Case(branches, otherwise, at):
            replaced = tuple((_replace(wanted, leaf_name), _replace(value, leaf_name)) for wanted, value in branches)
            return Case(replaced, _replace(otherwise, leaf_name), at)
        case _:
            return node


@lru_cache(maxsize=4096)
def _is_number(tree: Node, formula: str, names: frozenset[str]) -> bool:
    """Whether arithmetic over these numbers is one; raises `FormulaError` where it cannot be computed at all."""
    return Compiler(dict.fromkeys(names, pl.Float64()), formula).compile(tree).is_number


def _accumulates(metric: Metric, by_nature: bool) -> bool:
    return by_nature if metric.accumulates is None else metric.accumulates


def _is_linear(node: Node, used: Mapping[str, MetricPlan]) -> bool:
    """Whether the value over two stretches of time is the sum of both: a linear combination of sums and counts."""
    match node:
        case Aggregate(function):
            return function in ("SUM", "COUNT")
        case Name(name):
            return used[name].is_flow
        case Call("+" | "-" | "NEGATE", arguments):
            return all(_is_linear(argument, used) for argument in arguments)
        case Call("*", (left, right)):
            return (_is_constant(left) and _is_linear(right, used)) or (_is_constant(right) and _is_linear(left, used))
        case Call("/", (left, right)):
            return _is_constant(right) and _is_linear(left, used)
        case Call("COALESCE", (inner, Number(value))):
            return value == 0 and _is_linear(inner, used)
        case _:
            return False


def _is_constant(node: Node) -> bool:
    """Whether the value is the same whatever the data: a coefficient."""
    return not any(isinstance(part, Aggregate | Name) for part in walk(node))
