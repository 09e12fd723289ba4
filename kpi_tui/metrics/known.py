"""What the data know of the days that values are counted over, and which periods are complete: all of the days behind
their values are known, and old enough.

A period is complete for a metric where none of it is cut off by the range asked, everything the metric is made of
begins early enough, and the data reach its end. *Immature* is what later data will still change or earlier data would
have: a conversion whose time to convert has not passed, new entities with less than `BEFORE` days of data before them
(at an export's start everybody looks new), a retention in a period that is not over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from kpi_tui.facts.histories import stretches
from kpi_tui.facts.query import History
from kpi_tui.metrics.layers import Basis, MetricNode
from kpi_tui.workspace.periods import Period

if TYPE_CHECKING:
    from kpi_tui.metrics.evaluate import Evaluator

BEFORE = timedelta(days=28)

Untils = Mapping[str, date]  # the last known day of each source


class Known:
    """What the sources of one question know; `until` is the last day that counts in it."""

    def __init__(self, evaluator: Evaluator, until: date) -> None:
        self.evaluator = evaluator
        self.until = until
        self._whole: dict[tuple[date, Basis], tuple[bool, ...]] = {}  # many metrics rest on the same data

    def covers(self, source: str, span: Period) -> bool:
        """Whether the source speaks about some of the span: of days it covers, periods of its rows begin in it."""
        coverage = self.evaluator.coverage.get(source)
        if coverage is None:
            return True
        start, end = max(span.start, coverage.first), min(span.end, coverage.complete_until)
        every = self.evaluator.leaf_tables.tables[source].source.every
        if start > end or every == "day":
            return start <= end
        holding = self.evaluator.calendar.period(start, every)
        return holding.start == start or holding.end < end

    def hears(self, history: History, span: Period) -> bool:
        """Whether the source of conversions covers some of the time in which events of the span could convert.

        Where it does not, nobody knows whether they did.
        """
        coverage = self.evaluator.coverage.get(history.converted or "")
        if coverage is None:
            return True
        within = history.within
        last = date.max if within is None else within.after(span.end) - timedelta(days=1)
        return max(span.start, coverage.first) <= min(last, coverage.complete_until)

    def complete(self, node: MetricNode, periods: Sequence[Period], young: Sequence[bool]) -> tuple[bool, ...]:
        """Per period whether all of it is known: not cut by the range asked, the first data or the last.

        `young` are its immature ones as `immature` has them.
        """
        if periods and all(part.first is None for part in node.basis) and node.basis:
            return (True,) * len(periods)  # sources without dates: their whole is known
        judged = self.evaluator.judged(node.plan.metric.id)
        if judged is None:
            return (False,) * len(periods)
        end = min(judged, self.until)
        known = self._whole.get((end, node.basis))
        if known is None:
            begun = [(part.layer.stretches.needed, part.first) for part in node.basis if part.first is not None]
            known = self._whole[end, node.basis] = tuple(
                bool(begun) and period.end <= end and all(first <= needed[index] for needed, first in begun)
                for index, period in enumerate(periods)
            )
        return tuple(each and not new for each, new in zip(known, young, strict=True)) if young else known

    def immature(self, node: MetricNode) -> tuple[bool, ...]:
        """Per period whether what later data will change is in it; empty for a metric without histories."""
        histories = [(part.layer, part.history) for part in node.basis if part.history is not None]
        if not histories:
            return ()
        firsts = {name: known.first for name, known in self.evaluator.coverage.items()}
        last = self.evaluator.workspace.settings.as_of or date.max
        untils = {name: min(known.complete_until, last) for name, known in self.evaluator.coverage.items()}
        each = [
            mature(history, layer.stretches.spans, layer.stretches.needed, firsts, untils)
            for layer, history in histories
        ]
        return tuple(not all(known) for known in zip(*each, strict=True))


def is_mature(history: History, span: Period, needed: date, firsts: Mapping[str, date], untils: Untils) -> bool:
    """Whether nothing outside the data bears on what is counted over `span`, whose data are needed from `needed` on."""
    first = firsts.get(history.source)
    match history.kind:
        case "acquisition":
            return first is not None and (needed - first if needed >= first else timedelta()) >= BEFORE
        case "retention" if first is None or needed < first:
            return False
        case "retention":
            pairs = list(stretches(span, history))
            now = pairs[-1][1]
            over = history.calendar.period(now.start, history.period).end == now.end
            return first is not None and first <= pairs[0][0].start and over
        case "conversion" if history.within is not None and history.converted is not None:
            until = untils.get(history.converted)
            return until is not None and history.within.after(span.end) - timedelta(days=1) <= until
        case _:
            return True


def mature(
    history: History, spans: Sequence[Period], needed: Sequence[date], firsts: Mapping[str, date], untils: Untils
) -> tuple[bool, ...]:
    """`is_mature` for each of a layer's stretches."""
    return tuple(is_mature(history, span, day, firsts, untils) for span, day in zip(spans, needed, strict=True))
