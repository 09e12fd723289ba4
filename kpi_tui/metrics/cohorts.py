"""The cohort table of a retention, repeat or acquisition: of those who came in one period, how many were active later.

A cohort are the entities whose first row in the whole source falls into a period (and is kept by the filter asked);
they are active in a later one by any row of theirs. Age 0 is the cohort's own period, where all of it is active.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from kpi_tui.facts.query import Grouping, History, apart
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.workspace.model import Grain, Retention
from kpi_tui.workspace.periods import Period

KINDS = ("retention", "repeat", "acquisition")  # of histories that have cohorts


class CohortRow(Struct, frozen=True):
    """`active` of the `size` entities of `cohort` were active in `period`, `age` periods later; `share` of them.

    `mature`: the period is over and all of its data are there, and so is the whole period in which the cohort came.
    """

    cohort: Period
    age: int
    period: Period
    size: int
    active: int
    share: float
    mature: bool


def has_cohorts(evaluator: Evaluator, metric: str) -> bool:
    """Whether there is a cohort table of the metric."""
    return _history(evaluator, metric) is not None


def cohorts(
    evaluator: Evaluator, metric: str, grain: Grain | None = None, question: Question | None = None
) -> tuple[CohortRow, ...]:
    """The cohort table of `metric` in periods of `grain` (default: a retention's own, else months), by cohort and age.

    Of `question` count the filters and the range, which says of which cohorts; their ages go on to the last data. Empty
    for a metric without cohorts and where its source is not there.
    """
    history = _history(evaluator, metric)
    coverage = evaluator.coverage.get(history.source) if history is not None else None
    if history is None or coverage is None:
        return ()
    question = question or Question((metric,))
    if not _has_all(evaluator, history.source, question):
        return ()
    own = evaluator.plan.metrics[metric].metric.retention
    every = grain or (own.period if isinstance(own, Retention) else "month")
    last = min(coverage.last, evaluator.workspace.settings.as_of or coverage.last)
    if last < coverage.first:
        return ()
    whole = list(evaluator.calendar.periods(coverage.first, last, every))
    periods = tuple(Period(period.start, min(period.end, last), period.name) for period in whole)
    grouping = Grouping(periods, (), (*question.where, *question.scope))
    active = {
        (cohort, period): count
        for cohort, period, count in evaluator.leaf_tables.ask_cohorts(history, grouping).iter_rows()
    }
    known = min(coverage.complete_until, last)
    kept = [
        index
        for index, period in enumerate(whole)
        if (question.start is None or period.start >= question.start)
        and (question.end is None or period.end <= question.end)
    ]
    return tuple(
        row for index in kept for row in _rows(index, whole, active, coverage.first <= whole[index].start, known)
    )


def _rows(
    index: int, periods: list[Period], active: dict[tuple[int, int], int], begun: bool, known: date
) -> Iterator[CohortRow]:
    """The rows of one cohort; one of nobody has none."""
    size = active.get((index, index), 0)
    for later in range(index, len(periods)) if size else ():
        count, period = active.get((index, later), 0), periods[later]
        yield CohortRow(periods[index], later - index, period, size, count, count / size, begun and period.end <= known)


def _history(evaluator: Evaluator, metric: str) -> History | None:
    """What the metric, or the one below its window, offset or share, asks of histories."""
    for name in reversed(evaluator.plan.needed(metric)):
        each = evaluator.plan.metrics[name]
        if each.metric.events != evaluator.plan.metrics[metric].metric.events or each.metric.events is None:
            return None
        if each.histories:
            history = each.histories[0].history
            return history if history.kind in KINDS else None
    return None


def _has_all(evaluator: Evaluator, source: str, question: Question) -> bool:
    table = evaluator.leaf_tables.tables[source]
    return all(
        name in table.source.dimensions for joined, _ in (*question.where, *question.scope) for name in apart(joined)
    )
