"""What reading a source gives: its rows, typed and united, what they cover, and what is wrong with them.

Invariant: a row of `frame` says where it stood. `FILE` indexes `Table.files`, `LINE` is the 1-based line its record
begins on (in a workbook the sheet's row, in Parquet the number of the record). Every other column is the source's own.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date

import polars as pl
from msgspec import Struct

from kpi_tui.errors import Finding, Place, Severity, Text
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.naming import called

FILE = "__file"
LINE = "__line"
ORIGIN = {FILE: pl.UInt32(), LINE: pl.UInt32()}

SHOWN = 20  # findings of one kind that are listed before they are only counted


class Table(Struct, frozen=True):
    """One source as read.

    `frame` is None where there is nothing to compute with: no file, no time column, a `where` or `drop_rows` that is
    wrong. A broken cell in it is null. `first` .. `complete_until` are the days its rows cover, None for a source
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

    def place(self, row: int) -> Place:
        """The file and line of a row of `frame`."""
        if self.frame is None:
            return Place(self.source.path)
        return Place(self.files[self.frame[FILE][row]], self.frame[LINE][row])


@dataclass(slots=True)
class Findings:
    """What is found while one source is read, in the order it is found."""

    source: str
    found: list[Finding] = field(default_factory=list)

    def add(self, place: Place, what: Text, cure: Text | None = None, severity: Severity = "error") -> None:
        self.found.append(Finding(place, what, cure, called("source", self.source), severity))

    def warn(self, place: Place, what: Text, cure: Text | None = None) -> None:
        self.add(place, what, cure, "warning")
