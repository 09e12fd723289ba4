"""Advice on metrics that can be computed but mean little: what a careful analyst would ask about.

A sum of unlike quantities is an error: there is no right figure. The rest are warnings, and what is only untidy is a
hint. Nothing here changes a number. The rules are the traps of published systems: means of ratios, sums of distinct
counts, currencies added up.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise

import polars as pl
from msgspec import Struct

from kpi_tui.errors import Finding, Severity, Text, text
from kpi_tui.facts.query import Grouping, Leaf
from kpi_tui.formula.placing import place
from kpi_tui.formula.tree import Aggregate, Call, Name, Number, column_names, render
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.metrics.plan import MetricPlan, PlaceOf
from kpi_tui.metrics.units import OF_UNIT, Quantity, Units, fits
from kpi_tui.workspace import durations
from kpi_tui.workspace.model import Unit, Workspace
from kpi_tui.workspace.naming import called
from kpi_tui.workspace.references import metrics_in, references

_RATIO = re.compile(
    r"(^|[_\W])(ctr|cvr|cr|rate|ratio|share|pct|percent|доля|процент|конверсия|дрр|romi|roi|roas)($|[_\W])|%",
    re.IGNORECASE,
)
_DISTINCT = re.compile(
    r"(^|[_\W])(reach|unique\w*|uniq\w*|users|visitors|охват|уникальн\w*|пользовател\w*|посетител\w*)($|[_\W])",
    re.IGNORECASE,
)
_CURRENCY = re.compile(r"(^|[_\W])(currency|curr|валюта)($|[_\W])", re.IGNORECASE)

UNIT_WORDS: dict[Unit, Text] = {
    "money": text("money"),
    "count": text("a count"),
    "percent": text("a percent"),
    "ratio": text("a ratio"),
    "days": text("days"),
    "score": text("a score"),
}


class _Advice(Struct, frozen=True):
    what: Text
    cure: Text | None
    severity: Severity = "warning"
    at: int | None = None  # offset in the formula
    key: str = "formula"


def lint(evaluator: Evaluator, workspace: Workspace, place_of: PlaceOf) -> tuple[Finding, ...]:
    """What there is to say about the workspace's metrics: about each, in its order, then those that nothing uses."""
    return (*advice_on_metrics(evaluator, place_of), *unused(workspace, place_of))


def advice_on(evaluator: Evaluator, metric: str, place_of: PlaceOf) -> tuple[Finding, ...]:
    """What one metric says by itself."""
    each = evaluator.plan.metrics[metric]
    if each.error is not None:
        return ()
    return tuple(_finding(each, advice, place_of) for advice in _advices(evaluator, Units(evaluator.plan), each))


def advice_on_metrics(evaluator: Evaluator, place_of: PlaceOf) -> tuple[Finding, ...]:
    """What the evaluator's metrics say by themselves, whatever uses them; asks it for a few totals."""
    units = Units(evaluator.plan)
    found: list[Finding] = []
    for metric in evaluator.workspace.metrics:
        each = evaluator.plan.metrics[metric.id]
        if each.error is None:
            for advice in _advices(evaluator, units, each):
                found.append(_finding(each, advice, place_of))
    return tuple(found)


def _finding(each: MetricPlan, advice: _Advice, place_of: PlaceOf) -> Finding:
    metric = each.metric
    subject: Text | str = called("metric", metric.id)
    if advice.at is not None:
        line, column = place(metric.formula, advice.at)
        subject = f"{metric.id}:{line}:{column}"
    return Finding(place_of(("metric", metric.id, advice.key)), advice.what, advice.cure, subject, advice.severity)


def _advices(evaluator: Evaluator, units: Units, each: MetricPlan) -> Iterator[_Advice]:
    yield from _mixed_units(units, each)
    for leaf in each.leaves:
        yield from _averaged_ratio(evaluator, leaf)
        yield from _summed_distinct(leaf)
        yield from _mixed_currencies(evaluator, units, each, leaf)
    yield from _added_distincts(evaluator, each)
    yield from _above_whole(evaluator, units, each)
    yield from _uncovered(evaluator, each)


def _mixed_units(units: Units, each: MetricPlan) -> Iterator[_Advice]:
    metric = each.metric
    mixed = units.mixed(metric.id)
    if mixed is not None:
        left, right = _words(mixed.left), _words(mixed.right)
        what = text("{left} and {right} do not add up", left=left, right=right)
        yield _Advice(what, text("convert one, or divide both by what they are counted in"), "error", mixed.at)
        return
    derived = units.derived(metric.id)
    if derived is not None and metric.formula and not fits(derived, metric.unit):
        what = text(
            "its formula gives {found}, its unit says {unit}", found=_words(derived), unit=_unit_words(metric.unit)
        )
        yield _Advice(what, text("correct the unit or the formula"), key="unit")


def _words(quantity: Quantity) -> Text:
    """The quantity as people say it."""
    for unit, known in OF_UNIT.items():
        if known == quantity:
            return text("a mere number") if quantity.is_bare else _unit_words(unit)
    if quantity.money == 1 and quantity.count < 0:
        return text("money per count")
    return text("something of its own kind")


def _unit_words(unit: Unit) -> Text:
    return UNIT_WORDS[unit]


def _averaged_ratio(evaluator: Evaluator, leaf: Leaf) -> Iterator[_Advice]:
    """A mean (or sum) of a ratio, a column or one worked out row by row: every row weighs the same, a day of 3 clicks
    like one of 3,000.
    """
    call = leaf.aggregate
    if call.function not in ("AVG", "SUM"):
        return
    table = evaluator.leaf_tables.tables.get(leaf.source)
    match call.argument:
        case Name(column):
            declared = table.source.columns.get(column) if table is not None else None
            if not _RATIO.search(column) and declared != "percent":
                return
        case Call("/", (_, below)) if not isinstance(below, Number) and call.function == "AVG":
            column = render(call.argument)
        case _:
            return
    what = text(
        "{function} of '{column}', which is a ratio: every row weighs the same", function=call.function, column=column
    )
    yield _Advice(what, text("divide the sum of its numerator by the sum of its denominator"), at=call.at)


def _summed_distinct(leaf: Leaf) -> Iterator[_Advice]:
    """People counted once a day are counted again every day: their sum is no count of people."""
    call = leaf.aggregate
    if call.function == "SUM" and leaf.at is None and isinstance(call.argument, Name):
        column = call.argument.name
        if _DISTINCT.search(column):
            what = text(
                "SUM of '{column}', which counts different people: who comes twice is counted twice", column=column
            )
            yield _Advice(
                what,
                text("COUNT(DISTINCT ...) over rows with an id, or name it for what it is: visits, contacts"),
                at=call.at,
            )


def _added_distincts(evaluator: Evaluator, each: MetricPlan) -> Iterator[_Advice]:
    """Distinct counts of parts that are added, here or as metrics: who is in both parts is counted twice."""
    if not each.metric.formula or not isinstance(each.tree, Call) or each.tree.function != "+":
        return
    own = [(leaf, leaf.aggregate.at) for leaf in each.leaves]
    bare = (evaluator.plan.metrics[used] for used in each.uses)
    own += [(below.leaves[0], each.tree.at) for below in bare if isinstance(below.tree, Name) and below.leaves]
    distinct = [(leaf, at) for leaf, at in own if leaf.aggregate.distinct]
    for (one, _), (other, at) in pairwise(distinct):
        if (one.source, _what(one.aggregate)) == (other.source, _what(other.aggregate)):
            what = text("adds distinct counts of the same column: who is in both parts is counted twice")
            yield _Advice(what, text("COUNT(DISTINCT ...) FILTER (WHERE ... OR ...)"), at=at)


def _what(call: Aggregate) -> str:
    return render(call.argument) if call.argument is not None else "*"


def _mixed_currencies(evaluator: Evaluator, units: Units, each: MetricPlan, leaf: Leaf) -> Iterator[_Advice]:
    """Amounts in several currencies that are summed as if they were one."""
    table = evaluator.leaf_tables.tables.get(leaf.source)
    if each.metric.unit != "money" or leaf.aggregate.function == "COUNT" or table is None:
        return
    named = {name.name for name in column_names(leaf.aggregate.condition)} if leaf.aggregate.condition else set()
    named |= {name.name for name in column_names(leaf.where)} if leaf.where else set()
    for dimension in table.source.dimensions:
        if _CURRENCY.search(dimension) and dimension not in named:
            seen = {part[0] for part in evaluator.leaf_tables.seen(leaf.source, Grouping((), (dimension,))) if part[0]}
            if len(seen) > 1:
                what = text("adds up amounts in {currencies}", currencies=", ".join(sorted(seen)))
                yield _Advice(
                    what,
                    text("FILTER (WHERE {column} = '...'), or convert before", column=render(Name(dimension))),
                    at=leaf.aggregate.at,
                )


def _above_whole(evaluator: Evaluator, units: Units, each: MetricPlan) -> Iterator[_Advice]:
    """A share of things counted that exceeds the whole: the two sides do not count the same things."""
    match each.tree:
        case Call("/", (Name(above), Name(below))) if each.metric.unit == "percent":
            if not all(_is_count(evaluator, units, each, name) for name in (above, below)):
                return
        case _:
            return
    value = evaluator.ask(Question((each.metric.id,), "all")).values[each.metric.id]
    if value and value[0] is not None and value[0] > 1:
        what = text("a share of more than 100 % over all data: numerator and denominator do not count the same")
        yield _Advice(what, text("look at both with x"))


def _is_count(evaluator: Evaluator, units: Units, each: MetricPlan, name: str) -> bool:
    """Whether a side of a ratio counts things: a metric that does, rows, or a sum of whole numbers."""
    if name in evaluator.plan.metrics:
        return units.of(name) == Quantity(count=1)
    leaf = next((leaf for leaf in each.leaves if leaf.column == name), None)
    if leaf is None or leaf.aggregate.function == "COUNT":
        return leaf is not None
    column = leaf.aggregate.argument
    engine = evaluator.leaf_tables.engines.get(leaf.source)
    whole = isinstance(column, Name) and engine is not None and engine.schema.get(column.name, pl.Null()).is_integer()
    return leaf.aggregate.function == "SUM" and whole


def _uncovered(evaluator: Evaluator, each: MetricPlan) -> Iterator[_Advice]:
    """A stretch of time so long that the data never hold all of it."""
    metric, first, judged = each.metric, evaluator.first(each.metric.id), evaluator.judged(each.metric.id)
    if first is None or judged is None:
        return
    lengths = [("window", metric.window), ("offset", metric.offset)]
    lengths += [("within", metric.conversion.within)] if metric.conversion is not None else []
    for key, typed in lengths:
        length = durations.parse(typed) if typed else None
        if length is not None and length.before(judged) < first - timedelta(days=1):
            what = text("the data cover {days} days, not {length}: no value is ever complete",
                        days=(judged - first).days + 1, length=typed)  # fmt: skip
            yield _Advice(what, text("take a shorter one, or more data"), key="conversion" if key == "within" else key)


def unused(workspace: Workspace, place_of: PlaceOf) -> Iterator[Finding]:
    """Metrics that nothing refers to; a workspace without goals and people is only looked at, and all are used."""
    if not workspace.goals and not workspace.members:
        return
    used = {target for _, kind, target in references(workspace) if kind == "metric"}
    used |= {name for metric in workspace.metrics for name in metrics_in(metric.formula)}
    unused = [metric.id for metric in workspace.metrics if metric.id not in used]
    if unused:
        what = text("no goal, KPI line or other metric uses {names}", names=", ".join(unused))
        yield Finding(place_of(("metric", unused[0])), what, None, severity="hint")
