"""A funnel step by step: how many came to each, what share of the first and of the step before, how many were lost.

Every step is a metric of its own, evaluated at the grain and slice asked; a share of something undefined or of nought
is undefined.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct, structs

from kpi_tui.metrics.answer import Question, Slice, Value
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.workspace.periods import Period


class FunnelStep(Struct, frozen=True):
    """One step of a funnel in one period and slice.

    `of_first` = value / first step, `of_previous` = value / step before (both fractions), `lost` = step before - value,
    in the step's unit. The first step has neither `of_previous` nor `lost`.
    """

    metric: str  # the funnel
    step: str
    period: Period
    complete: bool
    part: Slice
    value: Value
    of_first: float | None
    of_previous: float | None
    lost: Value


def funnel(evaluator: Evaluator, metric: str, question: Question) -> tuple[FunnelStep, ...]:
    """The steps of the funnel `metric` under `question` (its metrics aside), by period, slice and step.

    Empty for a metric that is no funnel or is broken.
    """
    plan = evaluator.plan.metrics[metric]
    if plan.metric.funnel is None or plan.error is not None:
        return ()
    return tuple(_steps(evaluator, metric, plan.metric.funnel.steps, question))


def _steps(evaluator: Evaluator, metric: str, steps: tuple[str, ...], question: Question) -> Iterator[FunnelStep]:
    answer = evaluator.ask(structs.replace(question, metrics=steps))
    for index, period in enumerate(answer.periods):
        for place, part in enumerate(answer.slices):
            values = [answer.value(step, index, place) for step in steps]
            for number, (step, value) in enumerate(zip(steps, values, strict=True)):
                before = values[number - 1] if number else None
                yield FunnelStep(
                    metric,
                    step,
                    period,
                    answer.complete[step][index],
                    part,
                    value,
                    _share(value, values[0]),
                    _share(value, before),
                    _less(before, value),
                )


def _share(value: Value, whole: Value) -> float | None:
    return None if value is None or not whole else float(value) / float(whole)


def _less(one: Value, other: Value) -> Value:
    if one is None or other is None:
        return None
    if isinstance(one, float) or isinstance(other, float):
        return float(one) - float(other)
    return Decimal(one) - Decimal(other) if isinstance(one, Decimal) or isinstance(other, Decimal) else one - other
