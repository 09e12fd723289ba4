"""Sources that are too large to be kept in memory: which they are, and their Table, made from cubes of their files.

A source is *large* from 64 MB of Parquet or packed text or 256 MB of text on; `KPI_TUI_LARGE` in the environment
(bytes) is another threshold for all kinds. Excel, SQLite and UTF-16 are always read whole.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

import polars as pl
from msgspec import structs

from kpi_tui.errors import Finding, FormulaError, Place, text
from kpi_tui.facts.cache import Cache
from kpi_tui.facts.coverage import coverage
from kpi_tui.facts.delimited import Rows
from kpi_tui.facts.engines.scanned import Scanned
from kpi_tui.facts.files import File, find
from kpi_tui.facts.measures import Measure, is_additive, measures_of
from kpi_tui.facts.query import Leaf
from kpi_tui.facts.reading import condition_of
from kpi_tui.facts.scan import Progress, ScanFailed, Stop, Stopped
from kpi_tui.facts.table import Account, Findings, Table
from kpi_tui.facts.uniting import Part, unite
from kpi_tui.formula.tree import Node, aggregates
from kpi_tui.workspace.model import Source, Workspace
from kpi_tui.workspace.naming import called
from kpi_tui.workspace.periods import Calendar

PACKED_BYTES = 64 << 20
TEXT_BYTES = 256 << 20
THRESHOLD = "KPI_TUI_LARGE"


def large_files(source: Source, root: Path, environment: Mapping[str, str] = os.environ) -> tuple[File, ...] | None:
    """The files of a large source; None for one that is read whole."""
    if not all(_can_be_cut(source, name) for name in (source.path,)):
        return None
    findings = Findings(source.id)
    files = find(source, root, findings)
    if not files or any(file.kind in ("workbook", "database") or file.packing == ".zst" for file in files):
        return None
    given = environment.get(THRESHOLD, "")
    if given.isdecimal():
        return files if sum(file.size for file in files) >= int(given) else None
    share = sum(file.size / (PACKED_BYTES if file.kind == "parquet" or file.packing else TEXT_BYTES) for file in files)
    return files if share >= 1 else None


def _can_be_cut(source: Source, path: str) -> bool:
    """Whether a line end of the files is one byte."""
    encoding = source.read.encoding.lower().replace("_", "-")
    return bool(path) and not encoding.startswith(("utf-16", "utf16", "utf-32", "utf32", "u16", "u32"))


def wanted_measures(workspace: Workspace, source: Source) -> tuple[Measure, ...]:
    """The measures behind all metrics and corrections over a source; a formula that is wrong has none."""
    leaves: list[Leaf] = []
    for metric in workspace.metrics:
        if metric.source == source.id and metric.formula:
            leaves += _leaves(source.id, metric.formula, metric.where)
    columns = [one.column for one in workspace.adjustments if one.source == source.id]
    leaves += [leaf for column in dict.fromkeys(columns) for leaf in _leaves(source.id, f'SUM("{column}")', "")]
    rows = [Measure("rows", where=leaf.where) for leaf in leaves]
    found = (*rows, *measures_of(leaf for leaf in leaves if is_additive(leaf)))
    return tuple({one.column: one for one in found}.values())


def _leaves(source: str, formula: str, where: str) -> list[Leaf]:
    from kpi_tui.formula import parse

    try:
        condition: Node | None = parse.condition(where) if where else None
        return [Leaf(source, call, where=condition) for call in aggregates(parse.formula(formula))]
    except FormulaError:
        return []


def load_large(
    source: Source,
    files: Sequence[File],
    wanted: Sequence[Measure],
    calendar: Calendar,
    cache: Path | None,
    progress: Progress | None = None,
    stop: Stop | None = None,
) -> Table:
    """The table of a large source. Never raises for bad data; a reading that was stopped or failed is a finding."""
    findings = Findings(source.id)
    if not _conditions_are_sound(source, findings):
        return _nothing(source, files, findings)
    engine = Scanned(source, files, wanted, Cache(cache))
    try:
        engine.prepare(progress, stop)
    except Stopped:
        findings.add(Place(source.path), text("reading was stopped"), text("ctrl+l reads it again"))
        return _nothing(source, files, findings)
    except ScanFailed as error:
        findings.add(Place(source.path), error.reason)
        return _nothing(source, files, findings)
    return table_of(engine, findings, calendar)


def table_of(engine: Scanned, findings: Findings, calendar: Calendar) -> Table:
    """What there is to know of a source that was counted."""
    source, cubes = engine.source, engine.cubes
    columns = [pl.DataFrame(schema=dict.fromkeys(each.columns, pl.String())) for each in cubes]
    parts = [Part(each.file.name, Rows(frame, 0)) for each, frame in zip(cubes, columns, strict=True)]
    if parts:
        unite(source, parts, findings)
    found = [*engine.findings, *findings.found, *(finding for each in cubes for finding in each.findings)]
    account = Account()
    for each in cubes:
        sums = {name: getattr(account, name) + getattr(each.account, name) for name in Account.__struct_fields__}
        account = Account(**sums)
    found += [_empty(source, each.file.name) for each in cubes if not each.account.in_files]
    first, until = coverage(source, engine.oldest, engine.newest, calendar)
    usable = bool(cubes) and (source.time is None or any(source.time in each.columns for each in cubes))
    return Table(
        source,
        None,
        first if engine.oldest else None,
        until,
        account.in_files - account.totals,
        account.broken + account.misdated + account.undated,
        tuple(found),
        tuple(file.name for file in engine.files),
        account,
        large=engine if usable else None,
    )


def _empty(source: Source, name: str) -> Finding:
    what = text("there are no rows below the header")
    cure = text("export it again, or correct `path`")
    return Finding(Place(name), what, cure, called("source", source.id), "warning")


def _conditions_are_sound(source: Source, findings: Findings) -> bool:
    """Whether the source's own conditions parse; what they name is looked at with the rows."""
    from kpi_tui.formula import parse

    for key, condition in (("drop_rows", source.read.drop_rows), ("where", source.where)):
        try:
            if condition:
                parse.condition(condition)
        except FormulaError:
            condition_of(condition, key, {}, findings)
            return False
    return True


def _nothing(source: Source, files: Sequence[File], findings: Findings) -> Table:
    names = tuple(file.name for file in files)
    return structs.replace(Table(source, None, None, None, 0, 0, tuple(findings.found)), files=names)
