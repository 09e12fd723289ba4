"""A source as its workspace describes it -> a Table.

The order is the workspace file's contract: decode, skip rows, header, `rename`, `drop_rows` (on text), `nulls`, trim
and `labels`, cast, `where` (typed); undated rows go last. Invariant: nothing raises for what is wrong with data. A
cell, row, column or file that cannot be used is a finding with its place, and everything else is read.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from pathlib import Path

import polars as pl
from msgspec import structs
from polars import selectors

from kpi_tui.errors import FormulaError, Place, text
from kpi_tui.facts import delimited
from kpi_tui.facts.cells import labelled, plainly, trimmed, typed, without_nulls
from kpi_tui.facts.coverage import coverage
from kpi_tui.facts.delimited import Rows, entitled
from kpi_tui.facts.files import File, contents, decoded, find, repaired, unreadable
from kpi_tui.facts.reporting import say_broken, say_rounded, say_undated
from kpi_tui.facts.table import FILE, HIDDEN, LINE, MOMENT, Account, BrokenCells, Findings, Table
from kpi_tui.facts.uniting import Part, renamed, unite
from kpi_tui.workspace.model import ColumnType, Source
from kpi_tui.workspace.periods import Calendar

Progress = Callable[[int, int], None]
_LOOKED_AT = 100  # cells that show how a column is written


def load(source: Source, root: Path, calendar: Calendar, progress: Progress | None = None) -> Table:
    """Read every file of `source`, whose `path` is relative to `root`.

    `progress(done, total)` is called after each file with bytes of the disk. Never raises for bad data.
    """
    findings = Findings(source.id)
    parts = _parts(source, find(source, root, findings), findings, progress)
    files = tuple(part.name for part in parts)
    left_out = sum(part.rows.left_out for part in parts)
    _say_empty(parts, findings)
    united = unite(source, parts, findings)
    in_files = sum(part.rows.frame.height for part in parts) + left_out
    dated, account = usable(source, united, files, findings, Account(in_files, broken=left_out))
    rows_read = in_files - account.totals
    left_out += account.misdated + account.undated
    first, until = (None, None) if dated is None else _covered(source, dated, calendar)
    found, broken = tuple(findings.found), tuple(findings.broken)
    return Table(source, dated, first, until, rows_read, left_out, found, files, account, broken, findings.clock)


def usable(
    source: Source, united: pl.DataFrame | None, files: tuple[str, ...], findings: Findings, account: Account
) -> tuple[pl.DataFrame | None, Account]:
    """The rows of `united` that can be computed with, typed, and `account` with where the others went.

    `united` may be all rows of a source or any batch of them. None where a condition is wrong.
    """
    counted = None if united is None else _without_totals(source, united, findings)
    cast = None if counted is None else _cast(source, counted, files, findings)
    kept = None if cast is None else _kept(source, cast, findings)
    totals = united.height - counted.height if united is not None and counted is not None else 0
    if counted is None or kept is None:
        return None, structs.replace(account, totals=totals, unusable=account.in_files - totals - account.broken)
    dated, undated = _dated(source, kept, counted, files, findings)
    return dated, structs.replace(
        account,
        totals=totals,
        used=dated.height,
        excluded=counted.height - kept.height,
        misdated=_misdated(source, kept, findings),
        undated=undated,
    )


def _say_empty(parts: list[Part], findings: Findings) -> None:
    for part in parts:
        if not part.rows.frame.height and not part.rows.left_out:
            what = text("there are no rows below the header")
            findings.warn(Place(part.name, part.rows.header), what, text("export it again, or correct `path`"))


def _parts(source: Source, files: tuple[File, ...], findings: Findings, progress: Progress | None) -> list[Part]:
    parts: list[Part] = []
    total, done = sum(file.size for file in files), 0
    for file in files:
        match file.kind:
            case "delimited" | "ndjson":
                found = _delimited(source, file, findings)
            case "parquet":
                found = _parquet(file, findings)
            case "workbook":
                from kpi_tui.facts import workbook  # its XML and ZIP cost 14 ms that a CSV need not pay

                found = list(workbook.read(file, source.read, _as_text(source), findings))
            case "database":
                from kpi_tui.facts import database  # 5 ms of the standard library that a CSV need not pay

                rows = database.read(file, source.table, findings)
                found = [] if rows is None else [(file.name, rows)]
        parts += [renamed(source, name, rows, findings) for name, rows in found]
        done += file.size
        if progress is not None:
            progress(done, total)
    return parts


def _as_text(source: Source) -> set[str]:
    """The header names of the dimensions that are text in a workbook, where every number is a float: 1, not 1.0."""
    names = {*source.dimensions, *source.labels} - {*source.columns}
    return names | {old for old, new in source.rename.items() if new in names}


def _delimited(source: Source, file: File, findings: Findings) -> list[tuple[str, Rows]]:
    raw = contents(file, findings)
    rows = None if raw is None else records(source, file, raw, findings)
    return [] if rows is None else [(file.name, rows)]


def records(source: Source, file: File, raw: bytes, findings: Findings) -> Rows | None:
    """The rows of a text file, or of a block of one below its header, from its bytes as they lie on the disk."""
    data = decoded(raw, source.read.encoding, file.name, findings)
    if data is None:
        return None
    if not data or data.isspace():
        findings.add(Place(file.name), text("the file is empty"), text("export it again, or correct `path`"))
        return None
    separator = "\t" if file.suffix == ".tsv" and source.read.separator == "," else source.read.separator
    before = len(findings.found)
    try:
        return _text_rows(source, file, data, separator, findings)
    except UnicodeDecodeError:
        del findings.found[before:]
        data = repaired(data, "utf-8", file.name, findings)
        return _text_rows(source, file, data, separator, findings)


def _text_rows(source: Source, file: File, data: bytes, separator: str, findings: Findings) -> Rows | None:
    read = source.read
    if file.kind == "ndjson":
        from kpi_tui.facts import ndjson  # for the few that have it

        return ndjson.read(data, read.decimal, read.skip_rows, file.name, findings)
    return delimited.read(data, separator, read.skip_rows, file.name, findings, read.header_rows)


def _parquet(file: File, findings: Findings) -> list[tuple[str, Rows]]:
    try:
        frame = pl.read_parquet(file.path, glob=False)
    except OSError as error:
        unreadable(file.name, error, findings)
        return []
    except (pl.exceptions.PolarsError, pl.exceptions.PanicException):
        say_no_parquet(file, findings)
        return []
    return [(file.name, parquet_rows(file, frame, 1, findings))]


def say_no_parquet(file: File, findings: Findings) -> None:
    """Say that a file cannot be read as Parquet."""
    what = text("this is not a Parquet file, or it is broken or cut off")
    findings.add(Place(file.name), what, text("fetch it again, or export it again"))


def parquet_rows(file: File, frame: pl.DataFrame, first: int, findings: Findings) -> Rows:
    """Records of a Parquet file, the first of which is its record number `first`."""
    coded = [name for name, dtype in frame.schema.items() if dtype.base_type() in (pl.Categorical, pl.Enum)]
    # Data frames write a missing number as NaN, which would swallow every sum.
    frame = frame.with_columns(pl.col(coded).cast(pl.String), selectors.float().fill_nan(None))
    header = frame.columns
    line = pl.int_range(first, first + frame.height, dtype=pl.UInt32, eager=True).alias(LINE)
    unnamed = frame.rename({name: f"c{index}" for index, name in enumerate(header)}).with_columns(line)
    return entitled(unnamed, header, Place(file.name), 0, findings)


def _without_totals(source: Source, frame: pl.DataFrame, findings: Findings) -> pl.DataFrame | None:
    """`frame` without the rows that `drop_rows` names, which sees every column as text.

    None where the condition is wrong: with the total rows in, every sum would be.
    """
    if not source.read.drop_rows:
        return frame
    schema: Mapping[str, pl.DataType] = dict.fromkeys(_columns(frame), pl.String())
    condition = condition_of(source.read.drop_rows, "drop_rows", schema, findings)
    if condition is None:
        return None
    used = [pl.col(name).cast(pl.String, strict=False) for name in dict.fromkeys(condition.meta.root_names())]
    dropped = frame.select(used).select(condition.fill_null(False)).to_series()
    return _some_left(frame, frame.filter(~dropped), "drop_rows", findings)


def _kept(source: Source, frame: pl.DataFrame, findings: Findings) -> pl.DataFrame | None:
    """The rows of `frame` for which `where` holds; None where the condition is wrong."""
    if not source.where:
        return frame
    schema = {name: dtype for name, dtype in frame.schema.items() if name not in HIDDEN}
    condition = condition_of(source.where, "where", schema, findings)
    return None if condition is None else _some_left(frame, frame.filter(condition), "where", findings)


def _some_left(before: pl.DataFrame, after: pl.DataFrame, key: str, findings: Findings) -> pl.DataFrame:
    if before.height and not after.height:
        findings.warn(Place(""), text("'{key}' leaves no rows", key=key), text("correct the condition"))
    return after


def condition_of(condition: str, key: str, schema: Mapping[str, pl.DataType], findings: Findings) -> pl.Expr | None:
    # sqlglot takes 100 ms to import: only a workspace that has conditions pays for it.
    from kpi_tui.formula import columns, parse

    try:
        return columns.compile_condition(parse.condition(condition), schema, condition)
    except FormulaError as error:
        what = text("{key}:{line}:{column}: {what}", key=key, line=error.line, column=error.column, what=error.what)
        findings.add(Place(""), what, error.cure)
        return None


def _cast(source: Source, frame: pl.DataFrame, files: tuple[str, ...], findings: Findings) -> pl.DataFrame:
    tidy = {*source.dimensions, *source.labels}
    columns: list[pl.Series] = []
    for name in _columns(frame):
        column = frame[name]
        kind = _kind(source, name, column.dtype)
        if kind is not None and column.dtype == pl.String and name not in tidy:
            plain = plainly(column, kind, source.read)
            if plain is not None:
                columns.append(plain.alias(name))
                continue
        if column.dtype == pl.String:
            bare = trimmed(column)
            if name in tidy:
                column = labelled(without_nulls(bare, bare, source.read), source.labels.get(name, {}))
            else:
                column = without_nulls(column if kind in (None, "text") else bare, bare, source.read)
        if kind is not None:
            cells = typed(column, kind, source.read)
            if cells.broken is not None:
                say_broken(source, kind, frame[name], cells.broken, frame, files, findings)
                seen = frame.select(FILE, LINE, pl.col(name).cast(pl.String, strict=False).alias("seen"))
                findings.broken.append(BrokenCells(name, seen.filter(cells.broken)))
            if cells.rounded is not None:
                say_rounded(frame[name], cells.rounded, frame, files, findings)
            column = cells.values
        if name == source.time:
            findings.clock = findings.clock or _has_clock(frame[name])
            if (moment := _moment(frame[name], column)) is not None:
                columns.append(moment.alias(MOMENT))
            if column.dtype != pl.Date:
                column = column.cast(pl.Date)
        columns.append(column.alias(name))
    return pl.DataFrame([*columns, frame[FILE], frame[LINE]])


def _moment(raw: pl.Series, typed: pl.Series) -> pl.Series | None:
    """The dates with their times of the day, where there are any."""
    timed = next((column for column in (typed, raw) if isinstance(column.dtype, pl.Datetime)), None)
    if timed is None:
        return None
    moment = timed.dt.replace_time_zone(None).cast(pl.Datetime("us"))
    return moment if (moment.dt.time() != time()).any() else None


def _has_clock(column: pl.Series) -> bool:
    """Whether dates as they are written have a time of the day; the first ones tell."""
    if column.dtype == pl.String:
        return bool(column.drop_nulls().head(_LOOKED_AT).str.contains(":", literal=True).any())
    return isinstance(column.dtype, pl.Datetime)


def _kind(source: Source, name: str, dtype: pl.DataType) -> ColumnType | None:
    declared = source.columns.get(name)
    if name == source.time:
        return "datetime" if declared == "datetime" else "date"
    return declared


def _dated(
    source: Source, frame: pl.DataFrame, raw: pl.DataFrame, files: tuple[str, ...], findings: Findings
) -> tuple[pl.DataFrame, int]:
    """The rows of `frame` that have a date, and how many of the others have nothing in its place.

    Those of `raw` that have something else in its place were said by `_cast`.
    """
    if source.time is None:
        return frame, 0
    undated = frame[source.time].is_null()
    if not undated.any():
        return frame, 0
    missing = frame.filter(undated).join(_blank(source, source.time, raw), [FILE, LINE], "semi", maintain_order="left")
    if missing.height:
        say_undated(source.time, missing, files, findings)
    return frame.filter(~undated), missing.height


def _misdated(source: Source, frame: pl.DataFrame, findings: Findings) -> int:
    """How many rows of `frame` have something in place of the date that is none."""
    return sum(
        frame.join(broken.cells, [FILE, LINE], "semi").height
        for broken in findings.broken
        if broken.column == source.time
    )


def _blank(source: Source, time: str, raw: pl.DataFrame) -> pl.DataFrame:
    """File and line of the rows that have nothing in the column `time`."""
    column = raw[time]
    if column.dtype == pl.String:
        bare = trimmed(column)
        column = without_nulls(bare, bare, source.read)
        column = column.set((column == "").fill_null(False), None)
    return raw.filter(column.is_null()).select(FILE, LINE)


def _covered(source: Source, frame: pl.DataFrame, calendar: Calendar) -> tuple[date | None, date | None]:
    if source.time is None or not frame.height:
        return coverage(source, None, None, calendar)
    days = frame[source.time]
    earliest, latest = days.min(), days.max()
    assert isinstance(earliest, date)  # no row is undated
    assert isinstance(latest, date)
    return coverage(source, earliest, latest, calendar)


def _columns(frame: pl.DataFrame) -> list[str]:
    return [name for name in frame.columns if name not in HIDDEN]
