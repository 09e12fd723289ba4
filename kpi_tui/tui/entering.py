"""Typed values as a sheet: a row per period, a column per hand-entered metric and slice. No screen in here.

A cell is the last entry of its slice in its period. Invariant: whatever is typed or pasted is one edit, checked whole
before anything is changed; the entries of other periods and slices are never touched.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal

from msgspec import Struct

from kpi_tui.errors import EditError, KpiError, Text, text
from kpi_tui.language.language import Language
from kpi_tui.workspace.edits import Batch, Delete, Edit, Set
from kpi_tui.workspace.model import Entry, Grain, Metric, Workspace
from kpi_tui.workspace.naming import names
from kpi_tui.workspace.periods import Calendar, Period

BEFORE = 12  # periods that are there before the first entry
_LINES = re.compile(r"\r\n|[\n\r\x0b\x0c\u2028\u2029]")


class Place(Struct, frozen=True):
    """A column of the sheet: a metric, and the slice its entries are of (empty: the total)."""

    metric: str
    by: tuple[tuple[str, str], ...] = ()


class Wrong(Struct, frozen=True):
    """A pasted cell that cannot be taken: its row and column in the block, counted from 1, and why."""

    row: int
    column: int
    what: Text
    cure: Text | None = None


class Sheet(Struct, frozen=True):
    """The periods and columns, and what stands in the workspace. `as_of` is the last day that figures speak about."""

    metrics: Mapping[str, Metric]
    places: tuple[Place, ...]
    periods: tuple[Period, ...]
    as_of: date
    entries: Mapping[tuple[Place, str], Sequence[Entry]]  # by column and the period's name

    def inside(self, place: Place, period: Period) -> Sequence[Entry]:
        """The entries of a cell by date; the last one is shown and edited."""
        return self.entries.get((place, period.name), ())

    def value(self, place: Place, period: Period) -> Decimal | None:
        """What a cell shows: its last entry, or the sum of its entries where the metric adds them up."""
        found = self.inside(place, period)
        if self.metrics[place.metric].at == "sum" and found:
            return sum((entry.value for entry in found), Decimal(0))
        return found[-1].value if found else None

    def typed(self, place: Place, period: Period, value: Decimal) -> Set:
        """The edit that puts a value into a cell. Raises `EditError` where several entries add up to what is there."""
        found = self.inside(place, period)
        if len(found) > 1 and self.metrics[place.metric].at == "sum":
            raise EditError(
                text("several entries add up in this period"), text("choose shorter periods, or edit them one by one")
            )
        if found:
            return Set((*self._path(place, found[-1]), "value"), value)
        entry = Entry(date=self._day(period), value=value, by=dict(place.by))
        return Set(self._path(place, entry), value)

    def emptied(self, place: Place, period: Period) -> Edit | None:
        """The edit that takes all entries of a cell out; None where there are none."""
        parts = tuple(Delete(self._path(place, entry)) for entry in self.inside(place, period))
        return Batch(parts) if len(parts) > 1 else parts[0] if parts else None

    def pasted(self, block: str, row: int, column: int, language: Language) -> Batch | list[Wrong]:
        """The edit that fills the cells from `row`, `column` on with a block copied from a spreadsheet, or everything
        that is wrong with it.

        Cells are separated by tabs; an empty one leaves what is there. Numbers are as people type them.
        """
        edits: list[Edit] = []
        wrong: list[Wrong] = []
        for down, cells in enumerate(rows_of(block)):
            for right, cell in enumerate(cells):
                if not cell.strip():
                    continue
                try:
                    edits.append(self._cell(cell, row + down, column + right, language))
                except KpiError as error:
                    wrong.append(Wrong(down + 1, right + 1, error.what, error.cure))
        return wrong or Batch(tuple(edits))

    def _cell(self, cell: str, row: int, column: int, language: Language) -> Set:
        if row >= len(self.periods) or column >= len(self.places):
            what = text("'{typed}' falls outside the table", typed=cell.strip())
            raise EditError(what, text("begin further up or further left, or copy fewer cells"))
        place = self.places[column]
        number = language.parse_number(cell.strip(), self.metrics[place.metric].unit)
        return self.typed(place, self.periods[row], number)

    def _path(self, place: Place, entry: Entry) -> tuple[str, ...]:
        return "metric", place.metric, "entries", names((entry,))[0]

    def _day(self, period: Period) -> date:
        """The day of a new entry: the last of its period, or the date of the data where the period is not over."""
        return self.as_of if self.as_of in period else period.end


def sheet(
    workspace: Workspace, metric: str, grain: Grain, as_of: date, today: date, more: Sequence[Place] = ()
) -> Sheet:
    """The sheet that opens on a metric: its total and slices, then the other hand-entered metrics.

    It reaches from a year of periods before the first entry to the end of the fiscal year of the later of `as_of` and
    `today`; `more` are columns that have no entries yet.
    """
    calendar = Calendar.of(workspace.settings)
    entered = {each.id: each for each in workspace.metrics if each.is_typed}
    places = [
        *_places(entered[metric]),
        *(place for place in more if place.metric == metric),
        *(place for name, each in entered.items() if name != metric for place in _places(each)),
    ]
    first = min((entry.date for each in entered.values() for entry in each.entries), default=as_of)
    start = calendar.period(min(first, as_of), grain)
    for _ in range(BEFORE):
        start = calendar.previous(start, grain)
    last = calendar.period(max(as_of, today), "year").end
    periods = tuple(calendar.periods(start.start, last, grain))
    return Sheet(entered, tuple(dict.fromkeys(places)), periods, as_of, _by_cell(entered.values(), calendar, grain))


def rows_of(block: str) -> list[list[str]]:
    """The cells of a block as a spreadsheet copies it; lines that end it are no rows."""
    lines = _LINES.split(block)
    while lines and not lines[-1].strip():
        lines.pop()
    return [line.split("\t") for line in lines]


def _by_cell(
    metrics: Iterable[Metric], calendar: Calendar, grain: Grain
) -> Mapping[tuple[Place, str], Sequence[Entry]]:
    found: dict[tuple[Place, str], list[Entry]] = {}
    for metric in metrics:
        for entry in sorted(metric.entries, key=lambda entry: entry.date):
            place = Place(metric.id, tuple(sorted(entry.by.items())))
            found.setdefault((place, calendar.period(entry.date, grain).name), []).append(entry)
    return found


def _places(metric: Metric) -> list[Place]:
    """The total and every slice there are entries of."""
    slices = sorted({tuple(sorted(entry.by.items())) for entry in metric.entries})
    return [Place(metric.id), *(Place(metric.id, by) for by in slices if by)]
