"""Which days a source's rows cover: a row stands for the whole period of `every` that holds its date."""

from __future__ import annotations

from datetime import date

from kpi_tui.workspace.model import Source
from kpi_tui.workspace.periods import Calendar


def coverage(
    source: Source, earliest: date | None, latest: date | None, calendar: Calendar
) -> tuple[date | None, date | None]:
    """The first day covered and *complete until*, from the earliest and the latest date of the source's rows.

    What the file says about `complete_until` wins over what the rows show: only a person knows that nothing happened
    since.
    """
    if source.time is None:
        return None, None
    first = calendar.period(earliest, source.every).start if earliest else None
    until = calendar.period(latest, source.every).end if latest else None
    return first, source.complete_until or until
