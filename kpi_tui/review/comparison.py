"""What a number is compared with: the period before, the year before, as many days, or a fixed period.

Invariant: like is compared with like. Both sides are evaluated over the days compared, never scaled; a period that is
not over in the data is compared with the same elapsed part only, and where there is no such part there is no
comparison. Differences of percent metrics are in points, of others in per cent.
"""

from __future__ import annotations

from datetime import date, timedelta

from msgspec import Struct
from msgspec.structs import replace

from kpi_tui.metrics.answer import Answer, Question, Slice, Value
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.workspace.model import Unit
from kpi_tui.workspace.periods import AnyGrain, Calendar, Period, add_months

COMPARISONS = ("previous", "year", "elapsed")  # anything else names a fixed period
_ONE_DAY = timedelta(days=1)


class Change(Struct, frozen=True):
    """`value` over the days `span` beside `against` over the days `other`, both named after their periods.

    `partial` tells that only the elapsed part of a period is compared; `value` is then that part's. `cut` tells that
    the days compared with end before their period does.
    """

    value: Value
    against: Value
    span: Period
    other: Period
    partial: bool
    cut: bool

    @property
    def change(self) -> Value:
        """The difference in the metric's unit (a fraction for per cent, so hundredths are points)."""
        if self.value is None or self.against is None:
            return None
        if isinstance(self.value, float) or isinstance(self.against, float):
            return float(self.value) - float(self.against)
        return self.value - self.against

    def relative(self, unit: Unit) -> Value:
        """The difference as a fraction of what it is compared with; None for percent metrics and from nought."""
        change = self.change
        if change is None or not self.against or unit == "percent":
            return None
        return float(change) / abs(float(self.against))

    def shown(self, unit: Unit) -> Value:
        """What stands beside a number: points (as a fraction) for percent metrics, else the relative change."""
        return self.change if unit == "percent" else self.relative(unit)


def compared(
    evaluator: Evaluator, question: Question, metric: str, period: Period, names: Slice, comparison: str
) -> Change | None:
    """One value of the question's answer and what it is compared with; None where nothing is like it.

    `names` is a slice of the question's split. All metrics of the question are asked for at once, so asking for one
    after the other costs no more.
    """
    span = known_span(evaluator, question, metric, period)
    other = counterpart(evaluator.calendar, period, question.grain, comparison)
    if span is None or other is None:
        return None
    partial = (span.start, span.end) != (period.start, period.end)
    if not partial and not _is_complete(evaluator, question, metric, period):
        return None  # all its days are there and yet it is not final, as a cohort that is not mature
    days = matching(evaluator.calendar, span, period, other, question.grain, comparison)
    if not _is_known(evaluator, metric, days):
        return None
    value = _over(evaluator, question, metric, period, names, span)
    against = _over(evaluator, question, metric, other, names, days)
    return Change(value, against, span, days, partial, days.end < other.end)


def counterpart(calendar: Calendar, period: Period, grain: AnyGrain, comparison: str) -> Period | None:
    """The period that `period` is compared with; None where the comparison names none.

    The whole range (`all`) is compared with as many days just before it, or with the same dates a year earlier.
    """
    if comparison not in COMPARISONS:
        return calendar.parse(comparison)
    try:
        if grain != "all":
            step = calendar.year_before if comparison == "year" else calendar.previous
            return step(period, grain)
        if comparison == "year":
            return Period(add_months(period.start, -12), add_months(period.end, -12), "all")
        return Period(period.start - timedelta(days=period.days), period.start - _ONE_DAY, "all")
    except (OverflowError, ValueError):  # before the first day there is
        return None


def matching(
    calendar: Calendar, span: Period, period: Period, other: Period, grain: AnyGrain, comparison: str
) -> Period:
    """The days of `other` that correspond to `span`, a part of `period`.

    Between months, quarters and years of the same length a day corresponds to the same day of the month (1-14 November
    to 1-14 October, 1 January - 1 March 2025 to the same dates of 2024), a day that a shorter month lacks to its last
    one; otherwise the n-th day to the n-th. The last day of a period corresponds to the last day of the other, but for
    `elapsed`, which counts days: all of February is compared with 1-28 January.
    """
    same = grain in ("month", "quarter", "year") and calendar.period(other.start, grain) == other
    months = (period.start.year - other.start.year) * 12 + period.start.month - other.start.month

    def day(of: date) -> date:
        moved = add_months(of, -months) if same else other.start + (of - period.start)
        return min(max(moved, other.start), other.end)

    start = other.start if span.start == period.start else day(span.start)
    if span.end < period.end:
        end = day(span.end)
    else:
        end = other.end if comparison != "elapsed" else min(other.end, start + (span.end - span.start))
    return Period(start, end, other.name)


def known_span(evaluator: Evaluator, question: Question, metric: str, period: Period) -> Period | None:
    """The days of `period` that count and are known for `metric`; None where there are none."""
    if date.min in (period.start, period.end) or date.max in (period.start, period.end):
        return None  # the one period of sources without dates
    judged, first = evaluator.judged(metric), evaluator.first(metric)
    if judged is None or first is None:
        return None
    starts = [period.start, question.start or date.min]
    ends = [period.end, question.end or date.max, evaluator.workspace.settings.as_of or date.max]
    if not _stands(evaluator, metric):
        starts.append(first)
        ends.append(judged)
    start, end = max(starts), min(ends)
    return Period(start, end, period.name) if start <= end else None


def _is_known(evaluator: Evaluator, metric: str, days: Period) -> bool:
    """Whether all these days are inside the metric's data."""
    if _stands(evaluator, metric):
        return True
    first, judged = evaluator.first(metric), evaluator.judged(metric)
    return first is not None and judged is not None and first <= days.start and days.end <= judged


def _stands(evaluator: Evaluator, metric: str) -> bool:
    """Whether it is made of entries only, each of which stands until the next one: no period of it is unfinished."""
    plan = evaluator.plan
    below = (plan.metrics[name].metric for name in plan.needed(metric))
    return not plan.metrics[metric].sources and all(each.at != "sum" for each in below)


def _is_complete(evaluator: Evaluator, question: Question, metric: str, period: Period) -> bool:
    if _stands(evaluator, metric):
        return True
    answer = evaluator.ask(question)
    index = _index(answer, period)
    return index is not None and answer.complete[metric][index]


def _over(evaluator: Evaluator, question: Question, metric: str, period: Period, names: Slice, span: Period) -> Value:
    """The value over `span`, which is `period` or a part of it."""
    grain = question.grain
    whole = (span.start, span.end) == (period.start, period.end)
    if whole and grain != "all" and evaluator.calendar.period(period.start, grain) == period:
        asked = replace(question, start=None, end=None)
    elif _reaches_no_farther(evaluator, question, metric, period, span):
        asked = question
    else:
        fits = grain != "all" and evaluator.calendar.period(span.start, grain).end >= span.end
        asked = replace(question, grain=grain if fits else "all", start=span.start, end=span.end)
    answer = evaluator.ask(asked)
    index = 0 if answer.question.start == span.start and len(answer.periods) == 1 else _index(answer, period)
    if index is None:
        return None
    part = _part(answer, names)
    return answer.value(metric, index, part) if part is not None else _unseen(evaluator, asked, metric, index, names)


def _reaches_no_farther(evaluator: Evaluator, question: Question, metric: str, period: Period, span: Period) -> bool:
    """Whether the question's own value of the period is made of nothing outside `span`."""
    sources = [name for name in evaluator.plan.metrics[metric].sources if name in evaluator.coverage]
    index = _index(evaluator.ask(question), period)
    if index is None:
        return False
    start, end = max(period.start, question.start or date.min), min(period.end, question.end or date.max)
    end = min(end, evaluator.workspace.settings.as_of or date.max)
    firsts = [max(start, evaluator.coverage[name].first) for name in sources]
    lasts = [min(end, evaluator.coverage[name].last) for name in sources]
    return span.start <= min(firsts, default=start) and max(lasts, default=end) <= span.end


def _index(answer: Answer, period: Period) -> int | None:
    by_extent = period.name == "all"  # its one period reaches as far as the data of what was asked
    same = (
        i for i, each in enumerate(answer.periods) if each == period or (each.name == period.name and not by_extent)
    )
    return next(same, None)


def _part(answer: Answer, names: Slice) -> int | None:
    return answer.slices.index(names) if names in answer.slices else None


def _unseen(evaluator: Evaluator, question: Question, metric: str, index: int, names: Slice) -> Value:
    """The value of a slice that has no rows in the range asked: nothing sold is 0, an average of nothing undefined."""
    scope = (*question.scope, *((name, (value,)) for name, value in zip(question.by, names, strict=True)))
    answer = evaluator.ask(replace(question, by=(), scope=scope))
    return answer.value(metric, index) if index < len(answer.periods) else None
