"""Which periods of an answer are complete: all of the days behind their values are known, and old enough.

A period is complete for a metric where none of it is cut off by the range asked, everything the metric is made of
begins early enough, and the data reach its end. *Immature* is what later data will still change or earlier data would
have: a conversion whose time to convert has not passed, new entities with less than `BEFORE` days of data before them
(at an export's start everybody looks new), a retention in a period that is not over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from kpi_tui.facts.histories import stretches
from kpi_tui.facts.query import History
from kpi_tui.workspace.periods import Period

BEFORE = timedelta(days=28)

Untils = Mapping[str, date]  # the last known day of each source


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
