"""What reading a source gives: its rows, typed and united, what they cover, and what is wrong with them.

Invariant: a row of `frame` says where it stood. `FILE` indexes `Table.files`, `LINE` is the 1-based line its record
begins on (in a workbook the sheet's row, in Parquet the number of the record). Every other column but `MOMENT` is the
source's own.
"""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import polars as pl
from msgspec import Struct

from kpi_tui.errors import Finding, Place, Severity, Text
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.naming import called

if TYPE_CHECKING:
    from kpi_tui.facts.engines import Engine
    from kpi_tui.facts.engines.scanned import Scanned

FILE = "__file"
LINE = "__line"
ORIGIN = {FILE: pl.UInt32(), LINE: pl.UInt32()}
MOMENT = "__moment"  # the date with its time of the day, where the files have one: the order of events on one day
HIDDEN = (*ORIGIN, MOMENT)  # columns that are no formula's business

SHOWN = 20  # findings of one kind that are listed before they are only counted


class Account(Struct, frozen=True):
    """Where every record of a source's files went, blank lines aside.

    Each number is counted on its own, none is the rest of the others, so that `adds_up` can fail.
    """

    in_files: int = 0
    used: int = 0
    totals: int = 0  # dropped by `drop_rows`
    excluded: int = 0  # by `where`
    broken: int = 0  # lines that are no records
    misdated: int = 0  # something else stands where the date should
    undated: int = 0  # nothing stands there
    unusable: int = 0  # readable, but the source cannot be computed with

    @property
    def adds_up(self) -> bool:
        """Whether no row was lost on the way."""
        left_out = self.totals + self.excluded + self.broken + self.misdated + self.undated + self.unusable
        return self.in_files == self.used + left_out


class BrokenCells(Struct, frozen=True):
    """The cells of a column that are not of its type: `FILE`, `LINE` and `seen`, the text that stands there."""

    column: str
    cells: pl.DataFrame


class Table(Struct, frozen=True):
    """One source as read.

    `frame` is None where there is nothing to compute with: no file, no time column, a `where` or `drop_rows` that is
    wrong; or where there are too many rows to keep, which `large` counts then.
    A broken cell in it is null. `first` .. `complete_until` are the days its rows cover, None for a source
    without `time` or without rows. `rows_read` counts the records of the files, total lines and blank ones aside;
    `rows_left_out` those of them that could not be used (broken or undated), never those that `where` excludes on
    purpose.
    """

    source: Source
    frame: pl.DataFrame | None
    first: date | None
    complete_until: date | None
    rows_read: int
    rows_left_out: int
    findings: tuple[Finding, ...]
    files: tuple[str, ...] = ()
    account: Account = Account()
    broken: tuple[BrokenCells, ...] = ()
    clock: bool = False  # the files have times of the day, of which `frame` keeps the day
    large: Scanned | None = None  # counts a source whose rows are too many to be kept in `frame`

    @property
    def engine(self) -> Engine | None:
        """Who counts its rows; None where there is nothing to compute with."""
        if self.frame is None:
            return self.large
        from kpi_tui.facts.engines.memory import Memory

        return Memory(self.frame, self.source.time, HIDDEN)

    @property
    def sample(self) -> pl.DataFrame | None:
        """Some of its first rows, to be looked at."""
        return self.large.sample if self.large is not None else self.frame

    def place(self, row: int) -> Place:
        """The file and line of a row of `frame`."""
        if self.frame is None:
            return Place(self.source.path)
        return Place(self.files[self.frame[FILE][row]], self.frame[LINE][row])


class Findings(Struct):
    """What is found while one source is read, in the order it is found."""

    source: str
    found: list[Finding] = []
    broken: list[BrokenCells] = []
    clock: bool = False

    def add(self, place: Place, what: Text, cure: Text | None = None, severity: Severity = "error") -> None:
        self.found.append(Finding(place, what, cure, called("source", self.source), severity))

    def warn(self, place: Place, what: Text, cure: Text | None = None) -> None:
        self.add(place, what, cure, "warning")
