"""What kind of number a metric is made of: a sum over rows, or one sum divided by another, metric names expanded.

Only of these can it be said exactly how much each slice contributed to a change: sums add up over slices, distinct
counts, medians and products of ratios do not. A shape is exact: coefficients are fractions, and
metric = constant + sum of coefficient x leaf, or constant + above / below with both of that form.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import TypeAlias

from msgspec import Struct, structs

from kpi_tui.errors import KpiError, text
from kpi_tui.facts.query import HistoryLeaf, Leaf
from kpi_tui.formula.tree import Aggregate, Call, Name, Node, Null, Number, render
from kpi_tui.metrics.plan import Plan

AnyLeaf: TypeAlias = Leaf | HistoryLeaf
Terms: TypeAlias = Mapping[str, Fraction]  # coefficients by the leaf's column

_ONCE = ("acquisition", "conversion")  # what they count is in exactly one slice: that of the first row, of the event


class Sum(Struct, frozen=True):
    """constant + sum of coefficient x leaf; leaves add up over slices."""

    terms: Terms
    constant: Fraction = Fraction(0)


class Ratio(Struct, frozen=True):
    """constant + above / below; both are sums without a constant."""

    above: Terms
    below: Terms
    constant: Fraction = Fraction(0)


Shape: TypeAlias = Sum | Ratio


class NotAdditive(KpiError):
    """The metric is no sum and no ratio of sums; `what` says why."""


def shape_of(plan: Plan, metric: str) -> tuple[Shape, Mapping[str, AnyLeaf]]:
    """The shape of a metric and its leaves by column. Raises `NotAdditive`."""
    leaves: dict[str, AnyLeaf] = {}
    return _shape_of(plan, metric, leaves), leaves


def _shape_of(plan: Plan, metric: str, found: dict[str, AnyLeaf]) -> Shape:
    each = plan.metrics[metric]
    name = each.metric.name or metric
    if each.error is not None:
        raise NotAdditive(each.error)
    if each.metric.share_of_total:
        raise NotAdditive(text("{name} is a share of a total, which all slices make together", name=name))
    if each.shift is not None:
        raise NotAdditive(text("{name} is counted over other days than its period", name=name))
    if each.tree is None:
        if each.metric.entries or not each.metric.formula:
            raise NotAdditive(text("{name} is entered by hand: its slices need not add up", name=name))
        raise NotAdditive(text("{name} does not add up over slices", name=name))
    own: tuple[AnyLeaf, ...] = (*each.leaves, *each.histories)
    return _Reading(plan, name, {leaf.column: leaf for leaf in own}, found).shape(each.tree)


class _Reading(Struct, frozen=True):
    plan: Plan
    name: str
    leaves: Mapping[str, AnyLeaf]
    found: dict[str, AnyLeaf]

    def shape(self, node: Node) -> Shape:
        match node:
            case Number(value):
                return Sum({}, Fraction(value))
            case Name(name) if name in self.leaves:
                return self._of_leaf(self.leaves[name])
            case Name(name) if name in self.plan.metrics:
                return _shape_of(self.plan, name, self.found)
            case Call("+", (left, right)):
                return self._added(self.shape(left), self.shape(right))
            case Call("-", (left, right)):
                return self._added(self.shape(left), _scaled(self.shape(right), Fraction(-1)))
            case Call("NEGATE", (inner,)):
                return _scaled(self.shape(inner), Fraction(-1))
            case Call("*", (left, right)):
                return self._product(self.shape(left), self.shape(right))
            case Call("/", (left, right)):
                return self._quotient(self.shape(left), self.shape(right))
            case Call("COALESCE" | "NULLIF", (inner, Number(value))) if value == 0:
                return self.shape(inner)  # a sum without rows is 0, and division by 0 is undefined with and without it
            case Call("NULLIF", (inner, Null())):
                return self.shape(inner)
            case _:
                raise self._neither()

    def _of_leaf(self, leaf: AnyLeaf) -> Shape:
        """An aggregate as a shape; an average is a sum over a count."""
        if isinstance(leaf, HistoryLeaf):
            if leaf.history.kind not in _ONCE:
                raise NotAdditive(text("a {entity} may be in several slices", entity=leaf.history.entity))
            return Sum(self._one(leaf))
        call = leaf.aggregate
        if leaf.at == "average":
            raise NotAdditive(text("an average over days does not add up over slices"))
        if call.function == "AVG":
            above, below = (structs.replace(leaf, aggregate=_as(call, function)) for function in ("SUM", "COUNT"))
            return Ratio(self._one(above), self._one(below))
        if call.function not in ("SUM", "COUNT") or call.distinct:
            raise NotAdditive(text("{aggregate} does not add up over slices", aggregate=render(call)))
        return Sum(self._one(leaf))

    def _one(self, leaf: AnyLeaf) -> Terms:
        self.found[leaf.column] = leaf
        return {leaf.column: Fraction(1)}

    def _neither(self) -> NotAdditive:
        return NotAdditive(text("{name} is neither a sum nor one sum divided by another", name=self.name))

    def _added(self, left: Shape, right: Shape) -> Shape:
        match left, right:
            case Sum(), Sum():
                return Sum(_plus(left.terms, right.terms), left.constant + right.constant)
            case Ratio(), Sum() if not right.terms:
                return structs.replace(left, constant=left.constant + right.constant)
            case Sum(), Ratio() if not left.terms:
                return structs.replace(right, constant=left.constant + right.constant)
            case Ratio(), Ratio() if left.below == right.below:
                return Ratio(_plus(left.above, right.above), left.below, left.constant + right.constant)
            case _:
                raise self._neither()

    def _product(self, left: Shape, right: Shape) -> Shape:
        if isinstance(left, Sum) and not left.terms:
            return _scaled(right, left.constant)
        if isinstance(right, Sum) and not right.terms:
            return _scaled(left, right.constant)
        raise self._neither()

    def _quotient(self, above: Shape, below: Shape) -> Shape:
        if isinstance(below, Sum) and not below.terms and below.constant:
            return _scaled(above, 1 / below.constant)
        if isinstance(above, Sum) and isinstance(below, Sum) and below.terms and above.constant == below.constant == 0:
            return Ratio(above.terms, below.terms)
        raise self._neither()


def _as(call: Aggregate, function: str) -> Aggregate:
    return structs.replace(call, function=function)


def _plus(left: Terms, right: Terms) -> Terms:
    terms = {column: left.get(column, Fraction(0)) + right.get(column, Fraction(0)) for column in (*left, *right)}
    return {column: coefficient for column, coefficient in terms.items() if coefficient}


def _scaled(shape: Shape, factor: Fraction) -> Shape:
    match shape:
        case Sum(terms, constant):
            return Sum(_times(terms, factor), constant * factor)
        case Ratio(above, below, constant):
            return Ratio(_times(above, factor), below, constant * factor)


def _times(terms: Terms, factor: Fraction) -> Terms:
    return {column: coefficient * factor for column, coefficient in terms.items() if factor}
