"""Rows that repeat another in every cell: an export joined to itself, or two that overlap."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from kpi_tui.errors import Finding, Text, count_text, text
from kpi_tui.facts.health.cells import data_columns
from kpi_tui.facts.health.values import FEW, few, warned
from kpi_tui.facts.table import FILE, LINE, Table


def repeats_of(table: Table) -> pl.Series:
    """The indices of the rows that are exactly like one before them. A row of one column tells nothing: none."""
    columns = data_columns(table)
    if table.frame is None or len(columns) < 2:
        return pl.Series(dtype=pl.UInt32)
    frame = table.frame.select(columns)
    alike = frame.hash_rows().is_duplicated().arg_true()  # rows that differ are told apart by this, most at once
    if not alike.len():
        return alike
    alike = _readable(table, table.frame, alike)
    return alike.filter(~frame[alike].select(pl.struct(columns).is_first_distinct()).to_series())


def _readable(table: Table, frame: pl.DataFrame, rows: pl.Series) -> pl.Series:
    """Those of the rows without a broken cell: cells that could not be read look alike and need not be."""
    if not table.broken:
        return rows
    broken = pl.concat([found.cells.select(FILE, LINE) for found in table.broken])
    places = frame[rows].select(FILE, LINE).with_columns(rows.alias("__row"))
    return places.join(broken, [FILE, LINE], "anti", maintain_order="left")["__row"]


def repeat_findings(table: Table, repeats: pl.Series) -> Iterator[Finding]:
    """One warning for all of them, with the first places."""
    if not repeats.len() or table.frame is None:
        return
    places = [table.place(row) for row in repeats.head(FEW + 1)]
    lines = few([str(place.line) if place.file == places[0].file else str(place) for place in places])
    said = _same_day if table.clock else _exactly
    yield warned(
        table,
        places[0],
        said(repeats.len(), lines),
        text("if they are not separate events, export without them")
        if table.frame[FILE].gather(repeats).n_unique() == 1
        else text("the exports may overlap: name each day in one file only"),
    )


def _exactly(n: int, lines: str) -> Text:
    return count_text(
        "{n} row repeats another exactly and is counted again",
        "{n} rows repeat another exactly and are counted again: lines {lines}",
        n,
        lines=lines,
    )


def _same_day(n: int, lines: str) -> Text:
    return count_text(
        "{n} row repeats another of the same day in everything but perhaps the hour",
        "{n} rows repeat another of the same day in everything but perhaps the hour: lines {lines}",
        n,
        lines=lines,
    )
