"""Where a number comes from: the formula, the value of everything it names, the rows behind it, and what is missing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from msgspec import structs

from kpi_tui.errors import Text
from kpi_tui.formula.tree import render
from kpi_tui.metrics.answer import Question, Slice, Value
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.metrics.plan import MetricPlan
from kpi_tui.metrics.tabulate import values_with_leaves
from kpi_tui.workspace.model import Unit
from kpi_tui.workspace.periods import Period


@dataclass(frozen=True, slots=True)
class Part:
    """One line of an explanation: `depth` steps below the number; `unit` is None for an aggregate over rows."""

    depth: int
    label: str
    value: Value
    unit: Unit | None


@dataclass(frozen=True, slots=True)
class SourceUse:
    """A source behind the number: rows read and left out in all, and the days it covers."""

    source: str
    files: tuple[str, ...]
    rows_read: int
    rows_left_out: int
    findings: int
    covered: tuple[str, str] | None


@dataclass(frozen=True, slots=True)
class Explanation:
    """`parts` begin with the number itself; those below a part are what its formula names."""

    metric: str
    period: Period
    names: Mapping[str, str | None]
    complete: bool
    reason: Text | None
    parts: tuple[Part, ...]
    sources: tuple[SourceUse, ...]


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
    return Explanation(
        metric,
        period,
        dict(zip(question.by, part, strict=True)),
        answer.complete[metric][index],
        answer.reasons.get(metric),
        tuple(_parts(evaluator, evaluator.plan.metrics[metric], values, 0)),
        tuple(_source_uses(evaluator, metric)),
    )


def _parts(evaluator: Evaluator, plan: MetricPlan, values: Mapping[str, Value], depth: int) -> Iterator[Part]:
    metric = plan.metric
    label = f"{metric.name or metric.id} = {metric.formula}" if metric.formula else metric.name or metric.id
    yield Part(depth, label, values.get(metric.id), metric.unit)
    for leaf in plan.leaves:
        where = f" WHERE {render(leaf.where)}" if leaf.where is not None else ""
        yield Part(depth + 1, render(leaf.aggregate) + where, values.get(leaf.column), None)
    for name in plan.uses:
        yield from _parts(evaluator, evaluator.plan.metrics[name], values, depth + 1)


def _source_uses(evaluator: Evaluator, metric: str) -> Iterator[SourceUse]:
    for name in sorted(evaluator.plan.metrics[metric].sources):
        table = evaluator.leaf_tables.tables.get(name)
        if table is None:
            continue
        coverage = evaluator.coverage.get(name)
        covered = (coverage.first.isoformat(), coverage.complete_until.isoformat()) if coverage else None
        yield SourceUse(name, table.files, table.rows_read, table.rows_left_out, len(table.findings), covered)
