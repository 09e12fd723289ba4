"""Metrics' formulas -> leaves and the arithmetic over them, in an order in which each metric follows those it uses.

A metric that is wrong (unknown name, cycle, wrong types) is a finding; it and what uses it are undefined, the rest
works.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import NoReturn

import polars as pl
from msgspec import structs

from kpi_tui.errors import Finding, FormulaError, Place, Text, did_you_mean, text
from kpi_tui.facts.query import Leaf
from kpi_tui.formula import parse
from kpi_tui.formula.columns import Compiler
from kpi_tui.formula.placing import fail
from kpi_tui.formula.tree import Aggregate, Call, Case, Name, Node, Number, aggregates, metric_names, walk
from kpi_tui.workspace.model import Metric, Workspace

Schemas = Mapping[str, Mapping[str, pl.DataType]]
PlaceOf = Callable[[tuple[str, ...]], Place]

LISTED = 8  # names that a cure lists


@dataclass(frozen=True, slots=True)
class MetricPlan:
    """One metric, ready to be evaluated.

    `tree` is its formula with every aggregate replaced by the name of its leaf's column; None where it is hand-entered
    or broken. `uses` are the metrics it names; `sources` and `entered` (whether a hand-entered metric is below it)
    include theirs.
    """

    metric: Metric
    tree: Node | None = None
    leaves: tuple[Leaf, ...] = ()
    uses: tuple[str, ...] = ()
    sources: frozenset[str] = frozenset()
    entered: bool = False
    is_flow: bool = False
    error: Text | None = None


@dataclass(frozen=True)
class Plan:
    """All metrics of a workspace; `metrics` iterates in an order in which each metric follows those it uses."""

    metrics: Mapping[str, MetricPlan]
    findings: tuple[Finding, ...] = ()
    _needed: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def needed(self, metric: str) -> tuple[str, ...]:
        """`metric` and every metric below it, in order of evaluation."""
        if metric not in self._needed:
            below = {metric}
            for name in self.metrics[metric].uses:
                below.update(self.needed(name))
            self._needed[metric] = tuple(name for name in self.metrics if name in below)
        return self._needed[metric]


def build(workspace: Workspace, schemas: Schemas, place_of: PlaceOf) -> Plan:
    """Plan every metric. `schemas` holds the columns of the sources that are loaded; others' are not checked yet."""
    return _Builder(workspace, schemas, place_of).build()


class _ConditionError(FormulaError):
    """What is wrong stands in the metric's `where`, not in its formula."""


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
        if not metric.formula:
            return MetricPlan(metric, entered=True, is_flow=_accumulates(metric, metric.at == "sum"))
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
        linear = metric.at is None and not metric.share_of_total and _is_linear(tree, used)
        plan = MetricPlan(
            metric,
            post,
            leaves,
            tuple(used),
            frozenset(leaf.source for leaf in leaves).union(*(below.sources for below in used.values())),
            any(below.entered for below in used.values()),
            _accumulates(metric, linear),
            text("metric '{name}' is wrong", name=broken.metric.id) if broken is not None else None,
        )
        return self._share_of(plan) if metric.share_of_total else plan

    def _share_of(self, plan: MetricPlan) -> MetricPlan:
        """A share of total divides its own formula, which becomes a metric of its own under a name nobody can type."""
        whole = f"{plan.metric.id} whole"
        self.plans[whole] = replace(
            plan, metric=structs.replace(plan.metric, id=whole, share_of_total=False, fill=None)
        )
        return replace(plan, tree=Name(whole), leaves=(), uses=(whole,))

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
        numbers = dict.fromkeys((*(leaf.column for leaf in leaves), *used), pl.Float64())
        compiler = Compiler(numbers, metric.formula)
        if not compiler.compile(post).is_number:
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
        key, at = ("where", f"{metric.id}.where") if isinstance(error, _ConditionError) else ("formula", metric.id)
        place = self.place_of(("metric", metric.id, key))
        self.findings.append(Finding(place, error.what, error.cure, f"{at}:{error.line}:{error.column}"))
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
