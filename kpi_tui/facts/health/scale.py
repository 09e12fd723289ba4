"""Sudden changes of scale: a column that is a hundred times larger from one file or month to the next.

The rule compares medians, which half of the cells would have to be wrong to move (breakdown point 1/2; Hampel, 1971),
of the absolute values other than zero. Two neighbouring files or months with at least `LEAST` such values each
differ in scale where one median is at least `FACTOR` times the other. Files whose dates overlap are not versions of one
export but its parts (a channel each), which may well differ: they have to be `PARTS` times apart, near a hundred or a
thousand.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

import polars as pl

from kpi_tui.errors import Finding, Place, Text, text
from kpi_tui.facts.health.cells import data_columns
from kpi_tui.facts.health.values import FEW, warned
from kpi_tui.facts.table import FILE, Table

LEAST = 20
FACTOR = 8.0
PARTS = 80.0
_SLIPS = (100.0, 1000.0)
_NEAR = 0.15
_DIGITS = 3


def scale_findings(table: Table) -> Iterator[Finding]:
    """One warning for each of the first changes of a column, by files where they show it, else by months."""
    if table.frame is None:
        return
    for name in data_columns(table):
        if table.frame[name].dtype.is_numeric():
            found = list(_by_file(table, table.frame, name)) or list(_by_month(table, table.frame, name))
            yield from found[:FEW]


def _by_file(table: Table, frame: pl.DataFrame, name: str) -> Iterator[Finding]:
    if len(table.files) < 2:
        return
    time = table.source.time
    ends = [pl.col(time).min().alias("first"), pl.col(time).max().alias("last")] if time is not None else []
    groups = _medians(frame, name, pl.col(FILE).alias("group"), ends)
    if time is not None:
        groups = groups.sort("first", "group")
    for before, after in zip(groups.iter_rows(named=True), groups.slice(1).iter_rows(named=True), strict=False):
        parts = time is None or before["last"] >= after["first"]
        ratio = _ratio(before["median"], after["median"])
        if ratio >= FACTOR and (not parts or (ratio >= PARTS and _slip(ratio))):
            yield _finding(
                table,
                Place(table.files[after["group"]]),
                name,
                (table.files[before["group"]], before["median"]),
                (table.files[after["group"]], after["median"]),
            )


def _by_month(table: Table, frame: pl.DataFrame, name: str) -> Iterator[Finding]:
    time = table.source.time
    if time is None or table.source.every not in ("day", "week"):
        return
    month = pl.col(time).dt.truncate("1mo").alias("group")
    groups = _medians(frame, name, month, [])
    for before, after in zip(groups.iter_rows(named=True), groups.slice(1).iter_rows(named=True), strict=False):
        if _ratio(before["median"], after["median"]) >= FACTOR:
            row = frame.select((pl.col(time).dt.truncate("1mo") == after["group"]).arg_max()).item()
            yield _finding(
                table,
                table.place(row),
                name,
                (f"{before['group']:%Y-%m}", before["median"]),
                (f"{after['group']:%Y-%m}", after["median"]),
            )


def _medians(frame: pl.DataFrame, name: str, group: pl.Expr, more: list[pl.Expr]) -> pl.DataFrame:
    """Per group that has enough of them the median of the absolute values other than zero, in the groups' order."""
    size = pl.col(name).cast(pl.Float64).abs()
    sizes = size.filter(size > 0)
    medians = frame.lazy().group_by(group).agg(sizes.median().alias("median"), sizes.len().alias("cells"), *more)
    return medians.filter(pl.col("cells") >= LEAST).sort("group").collect()


def _ratio(before: float, after: float) -> float:
    return max(before, after) / min(before, after)


def _slip(ratio: float) -> bool:
    return any(abs(ratio / slip - 1) <= _NEAR for slip in _SLIPS)


def _finding(table: Table, place: Place, name: str, before: tuple[str, float], after: tuple[str, float]) -> Finding:
    return warned(
        table,
        place,
        text(
            "column '{column}' changes its scale: half its cells are above {old} in {before}, above {new} in {after}",
            column=name,
            before=before[0],
            after=after[0],
            old=_rounded(before[1]),
            new=_rounded(after[1]),
        ),
        _cure(_ratio(before[1], after[1])),
    )


def _cure(ratio: float) -> Text:
    if _slip(ratio):
        return text("they are 100 or 1000 times apart, as different units are: export both in the same one")
    return text("see whether both were exported in the same unit")


def _rounded(value: float) -> Decimal:
    """To three digits: what a reader compares."""
    return Decimal(format(Decimal(f"{value:.{_DIGITS}g}"), "f"))
