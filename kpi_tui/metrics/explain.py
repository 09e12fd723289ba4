"""Where a number comes from: the formula with its figures, everything it names, the rows behind it, what is missing.

Invariant: the figures shown are those the number was computed from, so the arithmetic can be done again; the number of
rows of a leaf is that of the rows it was counted over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Literal, TypeAlias

import polars as pl
from msgspec import Struct, structs
from msgspec.structs import replace

from kpi_tui.errors import Text, text
from kpi_tui.facts.correcting import Correction
from kpi_tui.facts.query import BETWEEN, MISSING, Filter, Grouping, History, Leaf, apart
from kpi_tui.formula.columns import Compiler
from kpi_tui.formula.tree import Call, Case, Name, Node, Number, metric_names, render
from kpi_tui.metrics import entries
from kpi_tui.metrics.answer import Question, Slice, Value
from kpi_tui.metrics.corrected import corrections_inside
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.metrics.plan import MetricPlan
from kpi_tui.metrics.stretches import Shift, Stretches
from kpi_tui.metrics.tabulate import NO_DATES, values_with_leaves
from kpi_tui.workspace.model import Unit
from kpi_tui.workspace.periods import Period

Piece: TypeAlias = "str | Figure"  # of a formula: text as it stands, or the figure in the place of a name
_Marking: TypeAlias = Callable[[Name], Node]
_Side: TypeAlias = Literal["", "numerator", "denominator"]
_SIDES: tuple[_Side, _Side] = ("numerator", "denominator")
_MARK = "\ue000"  # no name of a metric holds it
_PLACE = re.compile(f'"?{_MARK}(\\d+){_MARK}"?')
_GRAINS: Mapping[str, Text] = {
    "day": text("day"),
    "week": text("week"),
    "month": text("month"),
    "quarter": text("quarter"),
    "year": text("year"),
}


class Figure(Struct, frozen=True):
    """A value in the place of a name in a formula."""

    value: Value


class Part(Struct, frozen=True):
    """One line of an explanation: `depth` steps below the number; `unit` is None for an aggregate over rows.

    `arithmetic` is the formula with figures in the place of its names, empty where it names but one thing. `side` tells
    which of a ratio's two parts it is. An aggregate has its `leaf` and says how many rows it was counted over, and how
    many of these have no value in the cell it aggregates. `over` are the days counted where they are not the period's.
    """

    depth: int
    label: str | Text
    value: Value
    unit: Unit | None
    arithmetic: tuple[Piece, ...] = ()
    side: _Side = ""
    leaf: Leaf | None = None
    rows: int | None = None
    rows_without_value: int = 0
    over: Period | None = None


class SourceUse(Struct, frozen=True):
    """A source behind the number: rows read and left out in all, and the days it covers."""

    source: str
    files: tuple[str, ...]
    rows_read: int
    rows_left_out: int
    findings: int
    covered: tuple[str, str] | None


class Condition(Struct, frozen=True):
    """What leaves rows out: a source's or a metric's `where` of that name, the view's filter, a goal's scope."""

    kind: Literal["source", "metric", "filter", "scope"]
    name: str
    condition: str


class Explanation(Struct, frozen=True):
    """`parts` begin with the number itself; those below a part are what its formula names.

    `question` and `part` are what was asked: the number is `question`'s for `metric` in `period` and that slice.
    """

    metric: str
    period: Period
    names: Mapping[str, str | None]
    complete: bool
    reason: Text | None
    parts: tuple[Part, ...]
    sources: tuple[SourceUse, ...]
    conditions: tuple[Condition, ...]
    incomplete: tuple[Text, ...]
    question: Question
    part: Slice
    corrections: tuple[Correction, ...] = ()


def explain(evaluator: Evaluator, question: Question, metric: str, period: Period, part: Slice) -> Explanation | None:
    """Explain the value of `metric` in one period and slice of `question`; None where its answer has no such period."""
    needed = evaluator.plan.needed(metric)
    asked = structs.replace(question, metrics=needed)
    answer, leaves = values_with_leaves(evaluator, asked)
    # By name: the one period of `all` reaches as far as the data of what was asked, which may be farther than this.
    named = [each.name for each in answer.periods]
    if period.name not in named or part not in answer.slices:
        return None
    index, place = named.index(period.name), answer.slices.index(part)
    at = index * len(answer.slices) + place
    values = {
        **{name: column[at] for name, column in answer.values.items()},
        **{name: c[at] for name, c in leaves.items()},
    }
    complete = answer.complete[metric][index]
    stretches = Stretches.of((answer.periods[index],), (_counted_days(evaluator, question, period),), question.grain)
    found = _Explaining(evaluator, question, stretches, part, values)
    return Explanation(
        metric,
        period,
        dict(zip(question.by, part, strict=True)),
        complete,
        answer.reasons.get(metric),
        tuple(found.parts(evaluator.plan.metrics[metric], 0)),
        tuple(_source_uses(evaluator, metric)),
        tuple(_conditions(evaluator, question, metric)),
        () if complete else tuple(_missing_days(evaluator, question, metric, answer.periods[index])),
        question,
        part,
        corrections_inside(evaluator, question, metric, answer.periods[index], part),
    )


def _counted_days(evaluator: Evaluator, question: Question, period: Period) -> Period:
    """The part of a period that counts."""
    last = evaluator.workspace.settings.as_of
    start = max(period.start, question.start or period.start)
    end = min(period.end, question.end or period.end, last or period.end)
    return Period(start, end, period.name)


def grouping_of(evaluator: Evaluator, question: Question, source: str, days: Period, part: Slice) -> Grouping:
    """What to ask for the rows of `source` behind one stretch of days and slice of the question."""
    timed = source in evaluator.coverage
    slices: Filter = tuple((name, (value,)) for name, value in zip(question.by, part, strict=True))
    return Grouping((days,) if timed else (), (), (*question.where, *question.scope, *slices))


class _Explaining(Struct, frozen=True):
    evaluator: Evaluator
    question: Question
    stretches: Stretches  # one: the days that are counted here
    part: Slice
    values: Mapping[str, Value]
    shifted: bool = False

    @property
    def days(self) -> Period:
        return self.stretches.spans[0]

    def parts(self, plan: MetricPlan, depth: int, side: _Side = "") -> Iterator[Part]:
        metric = plan.metric
        label = f"{metric.name or metric.id} = {metric.formula}" if metric.formula else metric.name or metric.id
        if plan.shift is not None:
            yield Part(depth, label, self.values.get(metric.id), metric.unit, (), side)
            yield from self._shifted(plan, plan.shift).parts(self.evaluator.plan.metrics[plan.uses[0]], depth + 1)
            return
        if metric.share_of_total and plan.uses:
            yield from self._share(plan, label, depth, side)
            return
        arithmetic = self._arithmetic(plan.tree) if plan.tree is not None else ()
        over = self.days if self.shifted else None
        yield Part(depth, label, self.values.get(metric.id), metric.unit, arithmetic, side, over=over)
        sides = _sides(plan.tree)
        yield from self._composed_sides(plan, depth + 1)
        for leaf in plan.leaves:
            yield self._leaf(leaf, depth + 1, sides.get(leaf.column, ""))
        for counted in plan.histories:
            value = self.values.get(counted.column)
            yield Part(depth + 1, _said(counted.history, counted.part), value, None, side=sides.get(counted.column, ""))
        yield from self._entered(plan, depth + 1)
        for name in plan.uses:
            yield from self.parts(self.evaluator.plan.metrics[name], depth + 1, sides.get(name, ""))

    def _shifted(self, plan: MetricPlan, shift: Shift) -> _Explaining:
        """The same over the days that the metric's window or offset counts."""
        evaluator, below = self.evaluator, plan.uses[0]
        stretches = shift.of(self.stretches, evaluator.calendar, evaluator.judged(below))
        asked = structs.replace(self.question, metrics=evaluator.plan.needed(below))
        answer, leaves = values_with_leaves(evaluator, asked, stretches)
        at = answer.slices.index(self.part) if self.part in answer.slices else None
        columns = {**answer.values, **leaves}
        values = {name: column[at] for name, column in columns.items() if at is not None and at < len(column)}
        return _Explaining(evaluator, self.question, stretches, self.part, values, shifted=True)

    def _entered(self, plan: MetricPlan, depth: int) -> Iterator[Part]:
        """The entries of a hand-entered metric that make its value: those of the period, or the one that stands."""
        if plan.tree is not None or not plan.metric.entries:
            return
        fixed = {name: values[0] for name, values in (*self.question.where, *self.question.scope)}
        by = {**fixed, **dict(zip(self.question.by, self.part, strict=True))}
        known = entries.of_slice(plan.metric, by, self.evaluator.as_of)
        inside = [entry for entry in known if entry.date in self.days]
        standing = [entry for entry in known if entry.date <= self.days.end][-1:]
        for entry in inside or standing:
            label = text("entered on {day}", day=entry.date)
            if entry.note:
                label = text("entered on {day}: {note}", day=entry.date, note=entry.note)
            yield Part(depth, label, entry.value, plan.metric.unit)

    def _composed_sides(self, plan: MetricPlan, depth: int) -> Iterator[Part]:
        """The numerator and the denominator of a ratio where they are more than one name."""
        if not isinstance(plan.tree, Call) or plan.tree.function != "/":
            return
        aggregates = {leaf.column: leaf.aggregate for leaf in plan.leaves}
        for node, side in zip(plan.tree.arguments, _SIDES, strict=True):
            if not isinstance(node, Name | Number):
                label = render(_renamed(node, lambda name: aggregates.get(name.name, name)))
                yield Part(depth, label, self._computed(node), "count", self._arithmetic(node), side)

    def _computed(self, node: Node) -> Value:
        """A part of a formula over the values at hand, by the arithmetic of every formula."""
        names = [name.name for name in metric_names(node)]
        frame = pl.DataFrame({name: [self.values.get(name)] for name in names} or {"": [None]}, strict=False)
        found: Value = frame.select(Compiler(frame.schema, exact_products=False).compile(node).expression).item()
        return found

    def _share(self, plan: MetricPlan, label: str, depth: int, side: _Side) -> Iterator[Part]:
        """A share: the slice and the total it is divided by, which leaves split and scope out."""
        whole, question = plan.uses[0], self.question
        asked = Question((whole,), question.grain, question.start, question.end, where=question.where)
        answer = self.evaluator.ask(asked)
        totals = {period.name: value for period, value in zip(answer.periods, answer.series(whole), strict=True)}
        total = totals.get(self.days.name)
        arithmetic = (Figure(self.values.get(whole)), " / ", Figure(total))
        yield Part(depth, label, self.values.get(plan.metric.id), plan.metric.unit, arithmetic, side)
        inner = self.evaluator.plan.metrics[whole]
        unit = self._unit_below(inner)
        yield from self.parts(replace(inner, metric=structs.replace(inner.metric, unit=unit)), depth + 1, "numerator")
        yield Part(depth + 1, plan.metric.formula, total, unit, side="denominator")

    def _unit_below(self, whole: MetricPlan) -> Unit:
        """What is shared out is in its own unit: that of the metric it names, else a plain number."""
        named = whole.uses[0] if isinstance(whole.tree, Name) and whole.uses else None
        return self.evaluator.plan.metrics[named].metric.unit if named is not None else "ratio"

    def _leaf(self, leaf: Leaf, depth: int, side: _Side) -> Part:
        where = f" WHERE {render(leaf.where)}" if leaf.where is not None else ""
        label = render(leaf.aggregate) + where
        value = self.values.get(leaf.column)
        table = self.evaluator.leaf_tables.tables.get(leaf.source)
        if leaf.column not in self.values or table is None or table.frame is None:
            return Part(depth, label, value, None, side=side, leaf=leaf)
        grouping = grouping_of(self.evaluator, self.question, leaf.source, self.days, self.part)
        behind = self.evaluator.leaf_tables.rows(leaf, grouping, 0)
        return Part(depth, label, value, None, (), side, leaf, behind.total, behind.without_value, self.days)

    def _arithmetic(self, tree: Node) -> tuple[Piece, ...]:
        """The formula with figures in place of names; nothing where it is one name alone."""
        if isinstance(tree, Name):
            return ()
        figures: list[Figure] = []

        def marked(name: Name) -> Name:
            figures.append(Figure(self.values.get(name.name)))
            return Name(f"{_MARK}{len(figures) - 1}{_MARK}")

        pieces = _PLACE.split(render(_renamed(tree, marked)))
        return tuple(figures[int(piece)] if at % 2 else piece for at, piece in enumerate(pieces) if at % 2 or piece)


def _said(history: History, part: Literal["base", "counted"]) -> Text:
    """What a count of entities' histories counts."""
    entity = history.entity
    match history.kind, part:
        case "acquisition", _:
            return text("first rows of a {entity} in all the data", entity=entity)
        case "retention", "base":
            return text(
                "values of {entity} active {n} x {grain} before",
                entity=entity,
                n=history.after,
                grain=_GRAINS[history.period],
            )
        case "retention", _:
            return text("of them active in this period")
        case "repeat", "base":
            return text("values of {entity} active in this period", entity=entity)
        case "repeat", _:
            return text("of them with two or more orders by its end")
        case _, "base":
            return text("base events with a {entity}", entity=entity)
        case _:
            return text("of them followed by a conversion of the same {entity}", entity=entity)


def _renamed(node: Node, marked: _Marking) -> Node:
    match node:
        case Name():
            return marked(node)
        case Call(function, arguments, at):
            return Call(function, tuple(_renamed(argument, marked) for argument in arguments), at)
        case Case(branches, otherwise, at):
            pairs = tuple((_renamed(wanted, marked), _renamed(value, marked)) for wanted, value in branches)
            return Case(pairs, _renamed(otherwise, marked), at)
        case _:
            return node


def _sides(tree: Node | None) -> Mapping[str, Literal["numerator", "denominator"]]:
    """Which of a ratio's two parts its names are; a name in both is neither."""
    if not isinstance(tree, Call) or tree.function != "/":
        return {}
    above, below = tree.arguments
    sides: dict[str, Literal["numerator", "denominator"]] = {}
    if isinstance(above, Name):
        sides[above.name] = "numerator"
    if isinstance(below, Call) and below.function == "NULLIF":
        below = below.arguments[0]
    if isinstance(below, Name):
        sides[below.name] = "denominator"
    return {} if isinstance(above, Name) and isinstance(below, Name) and above.name == below.name else sides


def _conditions(evaluator: Evaluator, question: Question, metric: str) -> Iterator[Condition]:
    """Everything that leaves rows out, from the sources to what was asked."""
    plan = evaluator.plan
    for name in sorted(plan.metrics[metric].sources):
        table = evaluator.leaf_tables.tables.get(name)
        if table is not None and table.source.where:
            yield Condition("source", name, table.source.where)
    for name in plan.needed(metric):
        each = plan.metrics[name].metric
        if each.where and each.id == name:
            yield Condition("metric", each.name or each.id, each.where)
    for kind, where in (("filter", question.where), ("scope", question.scope)):
        for dimension, values in where:
            shown = ", ".join(" + ".join(_parts_of(value)) for value in values)
            yield Condition("filter" if kind == "filter" else "scope", " + ".join(apart(dimension)), shown)


def _parts_of(value: str | None) -> list[str]:
    """A filter's value in each of the dimensions it is of; a missing one is empty."""
    return ["" if part == MISSING else part for part in (value or "").split(BETWEEN)]


def _missing_days(evaluator: Evaluator, question: Question, metric: str, period: Period) -> Iterator[Text]:
    """Why a period is not complete."""
    if period == NO_DATES:
        return
    first, judged = evaluator.first(metric), evaluator.judged(metric)
    if first is not None and first > period.start:
        yield text("the data begin on {day}", day=first)
    if judged is not None and judged < period.end:
        yield text("the data are complete until {day}", day=judged)
    if question.start is not None and question.start > period.start:
        yield text("the range asked begins on {day}", day=question.start)
    if question.end is not None and question.end < period.end:
        yield text("the range asked ends on {day}", day=question.end)


def _source_uses(evaluator: Evaluator, metric: str) -> Iterator[SourceUse]:
    for name in sorted(evaluator.plan.metrics[metric].sources):
        table = evaluator.leaf_tables.tables.get(name)
        if table is None:
            continue
        coverage = evaluator.coverage.get(name)
        covered = (coverage.first.isoformat(), coverage.complete_until.isoformat()) if coverage else None
        yield SourceUse(name, table.files, table.rows_read, table.rows_left_out, len(table.findings), covered)
