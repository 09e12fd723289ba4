"""Which corrections are inside a value: the mark beside it, and the list that an explanation gives.

Invariant: a value without a correction named here is what the sources alone say.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import TYPE_CHECKING

from msgspec import Struct, structs

from kpi_tui.facts.adjusting import numeric_columns
from kpi_tui.facts.correcting import CORRECTED, Correction
from kpi_tui.facts.query import Filter, Grouping, Leaf
from kpi_tui.formula.linear import linear_part
from kpi_tui.formula.tree import Aggregate, Name, Node, column_names
from kpi_tui.metrics.answer import Question, Slice, Value
from kpi_tui.metrics.stretches import Stretches
from kpi_tui.workspace.model import Adjustment
from kpi_tui.workspace.periods import Period

if TYPE_CHECKING:
    from collections.abc import Sequence

    from kpi_tui.metrics.evaluate import Evaluator


def corrections_inside(
    evaluator: Evaluator, question: Question, metric: str, period: Period, part: Slice = ()
) -> tuple[Correction, ...]:
    """The corrections in the value of `metric` in one period and slice of `question`, in the order of the file."""
    if not evaluator.leaf_tables.corrections.made:
        return ()
    slices: Filter = tuple((name, (value,)) for name, value in zip(question.by, part, strict=True))
    until = min(question.end or date.max, evaluator.workspace.settings.as_of or date.max)
    cut = Period(max(period.start, question.start or date.min), min(period.end, until), period.name)
    looking = _Looking(evaluator, question, (*question.where, *question.scope, *slices))
    looking.below(metric, Stretches.of((period,), (cut,), question.grain), looking.where)
    order = [each.id for each in evaluator.workspace.adjustments]
    return tuple(sorted(looking.found.values(), key=lambda correction: order.index(correction.adjustment)))


class _Looking(Struct):
    """The way from a metric down to its leaves, over the stretch of days that each is counted over."""

    evaluator: Evaluator
    question: Question
    where: Filter
    found: dict[str, Correction] = {}

    def below(self, name: str, stretches: Stretches, where: Filter) -> None:
        evaluator = self.evaluator
        each = evaluator.plan.metrics[name]
        if each.shift is not None:
            stretches = each.shift.of(stretches, evaluator.calendar, evaluator.judged(name))
        if each.metric.share_of_total:
            where = self.question.where  # a share changes with its total, whatever the slice
        tables = evaluator.leaf_tables
        for leaf in each.leaves:
            asked = stretches.spans[0] if leaf.source in evaluator.coverage else None
            for share in tables.corrections.inside(leaf, asked, where, tables.facts):
                self.found[share.correction.adjustment] = share.correction
        for other in each.uses:
            self.below(other, stretches, where)


def corrected_cells(
    evaluator: Evaluator, question: Question, periods: Sequence[Period], slices: Sequence[Slice]
) -> dict[str, frozenset[int]]:
    """By metric the places of its values (periods outermost, as an answer has them) that have a correction in them."""
    tables, plan = evaluator.leaf_tables, evaluator.plan
    if not tables.corrections.made:
        return {}
    leaves = {leaf.column: leaf for each in plan.metrics.values() for leaf in each.leaves}
    touched = {name for name, leaf in leaves.items() if tables.corrections.inside(leaf, None, (), tables.facts)}
    made_of = {
        name: {leaf.column for below in plan.needed(name) for leaf in plan.metrics[below].leaves}
        for name in question.metrics
    }
    return {
        name: frozenset(_places(evaluator, question, name, periods, slices) if made_of[name] & touched else ())
        for name in question.metrics
    }


def _places(
    evaluator: Evaluator, question: Question, metric: str, periods: Sequence[Period], slices: Sequence[Slice]
) -> Iterator[int]:
    whole = structs.replace(question, by=(), scope=())
    for index, period in enumerate(periods):
        if not corrections_inside(evaluator, whole, metric, period):
            continue  # nothing in the whole period, so nothing in its slices
        for place, part in enumerate(slices):
            if corrections_inside(evaluator, question, metric, period, part):
                yield index * len(slices) + place


def correctable(evaluator: Evaluator, metric: str) -> tuple[tuple[str, str], ...]:
    """The (source, column) pairs whose correction changes the metric: what its sums are proportional to.

    A correction has an amount and a slice and no other cells, so it says nothing of ``price * quantity``.
    """
    found: dict[tuple[str, str], None] = {}
    for name in evaluator.plan.needed(metric):
        for leaf in evaluator.plan.metrics[name].leaves:
            call, table = leaf.aggregate, evaluator.leaf_tables.tables.get(leaf.source)
            engine = table.engine if table is not None else None
            if table is None or engine is None or call.argument is None or call.function not in CORRECTED:
                continue
            for column in numeric_columns(engine.schema):
                part = linear_part(call.argument, column)
                if part is not None and _cells(part) <= {column, *table.source.dimensions}:
                    found[leaf.source, column] = None
    return tuple(found)


def _cells(node: Node) -> set[str]:
    return {name.name for name in column_names(node)}


def sum_now(evaluator: Evaluator, made: Adjustment) -> Value:
    """The sum, corrections included, that `set` of this adjustment would replace; None where nothing is known."""
    table = evaluator.leaf_tables.tables.get(made.source)
    engine = table.engine if table is not None else None
    if table is None or engine is None or made.column not in numeric_columns(engine.schema):
        return None
    if any(name not in table.source.dimensions for name in made.where):
        return None
    leaf = Leaf(made.source, Aggregate("SUM", Name(made.column)))
    where = tuple((name, (value or None,)) for name, value in sorted(made.where.items()))
    periods = (evaluator.calendar.period(made.date, table.source.every),) if table.source.time is not None else ()
    found = evaluator.leaf_tables.ask(leaf.rows, Grouping(periods, (), where), (leaf,))[leaf.column].to_list()
    return found[0] if found else 0
