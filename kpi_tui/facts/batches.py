"""A large file in pieces, each taken through the same steps as a small file's rows: memory is that of a piece.

There are two ways that agree. Where a Parquet file's columns are of the types that the workspace declares, the steps
are expressions and the rows never leave Polars' own pipeline (*plain*); everything else is read piece by piece as
reading reads a whole file. Only the columns asked for are read, and those whose cells may be broken, which are counted.
"""

from __future__ import annotations

import gzip
from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from typing import BinaryIO, cast

import polars as pl
from msgspec import Struct

from kpi_tui.errors import Finding
from kpi_tui.facts import delimited
from kpi_tui.facts.cells import MOST_DIGITS
from kpi_tui.facts.files import File
from kpi_tui.facts.reading import condition_of, parquet_rows, records, say_no_parquet, usable
from kpi_tui.facts.table import HIDDEN, LINE, MOMENT, ORIGIN, Account, Findings
from kpi_tui.facts.uniting import renamed, unite
from kpi_tui.workspace.model import Source

PARQUET_ROWS = 10_000_000  # a piece: more of them need more merges, larger ones more memory
EAGER_ROWS = 1_000_000
TEXT_BYTES = 24 << 20
SAMPLED = 1_000
_AHEAD = 2  # pieces of text that are read while another is folded


class Batch(Struct, frozen=True):
    """Some rows of one file.

    `rows` have the columns asked for, typed; where `account` is None (a plain file) they may be undated, and what is
    not in them of `read` was excluded by `where`. `done` is how many bytes of the file's are behind the batch.
    """

    rows: pl.LazyFrame
    schema: Mapping[str, pl.DataType]
    read: int
    done: int
    account: Account | None = None
    findings: tuple[Finding, ...] = ()


class Unusable(Exception):
    """Nothing of the file can be read."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(findings)
        super().__init__("; ".join(map(str, self.findings)))

    def __reduce__(self) -> tuple[type[Unusable], tuple[tuple[Finding, ...]]]:
        return Unusable, (self.findings,)  # it comes out of another process


class Head(Struct, frozen=True):
    """What is known of a file before its rows: its columns under their renamed names, whether its rows are plain."""

    columns: tuple[str, ...]
    types: Mapping[str, pl.DataType]
    plain: bool
    rows: int = 0  # of a Parquet file
    sample: pl.DataFrame = pl.DataFrame()  # the first rows, typed


def is_plain(source: Source, types: Mapping[str, pl.DataType], needed: Iterable[str]) -> bool:
    """Whether the columns need no look at single cells."""
    if source.read.drop_rows or MOMENT in {*needed}:
        return False
    declared = [name for name in source.columns if name in types]
    return all(_is_plain(source, name, types[name]) for name in {*needed, *declared} if name in types)


def _is_plain(source: Source, name: str, dtype: pl.DataType) -> bool:
    dated = dtype == pl.Date or isinstance(dtype, pl.Datetime)
    if name == source.time:
        return dated
    match source.columns.get(name):
        case None:
            return True
        case "text":
            return dtype == pl.String
        case "integer":
            return dtype.is_integer() and dtype not in (pl.UInt64, pl.Int128)
        case "decimal":
            return isinstance(dtype, pl.Decimal) and dtype.scale <= MOST_DIGITS
        case "boolean":
            return dtype == pl.Boolean
        case "date" | "datetime":
            return dated
        case _:
            return False


def plain_columns(
    source: Source, types: Mapping[str, pl.DataType], needed: Iterable[str], raw: frozenset[str]
) -> dict[str, pl.Expr]:
    """The needed columns as reading would type them. Text dimensions in `raw` stay as they are written."""
    return {name: _plain_column(source, name, types[name], raw).alias(name) for name in needed if name in types}


def _plain_column(source: Source, name: str, dtype: pl.DataType, raw: frozenset[str]) -> pl.Expr:
    column = pl.col(name)
    if isinstance(dtype, pl.Datetime) and dtype.time_zone:
        column = column.dt.replace_time_zone(None)
    kind = source.columns.get(name)
    if name == source.time or kind == "date":
        return column.cast(pl.Date)
    if kind == "datetime":
        return column.cast(pl.Datetime("us"))
    if kind == "integer":
        return column.cast(pl.Int64)
    if kind == "decimal" and isinstance(dtype, pl.Decimal):
        return column.cast(pl.Decimal(38, dtype.scale))
    if dtype.is_float():
        return column.fill_nan(None)
    if dtype.base_type() in (pl.Categorical, pl.Enum):
        column = column.cast(pl.String)
    elif dtype != pl.String:
        return column
    return column if name in raw else tidy_text(source, name, column)


def tidy_text(source: Source, name: str, column: pl.Expr) -> pl.Expr:
    """Text as reading leaves it: missing spellings null; a dimension trimmed and labelled."""
    bare = column.str.strip_chars()
    missing = bare.is_in(source.read.nulls) if source.read.nulls else pl.lit(False)
    if name in source.dimensions or name in source.labels:
        kept = pl.when(~missing).then(bare)
        labels = source.labels.get(name)
        return kept.replace(labels) if labels else kept
    return pl.when(~missing).then(column)


def head(source: Source, file: File, needed: Iterable[str]) -> Head:
    """Look at the beginning of a file. Raises `Unusable`."""
    findings = Findings(source.id)
    if file.kind == "parquet":
        try:
            scan = pl.scan_parquet(file.path, glob=False)
            found = scan.collect_schema()
            count = scan.select(pl.len()).collect().item()
        except (OSError, pl.exceptions.PolarsError, pl.exceptions.PanicException):
            say_no_parquet(file, findings)
            raise Unusable(findings.found) from None
        renames = [source.rename.get(name, name) for name in found]
        types = dict(zip(renames, found.values(), strict=True))
        ordinary = len(types) == len(renames) and all(name and name == name.strip() for name in found)
        plain = ordinary and not {*HIDDEN} & types.keys() and is_plain(source, types, needed)
        plain = plain and not _has_blank_rows(scan, found)
        piece = _Piece(source, file, frozenset(renames))(_Raw(scan.head(SAMPLED).collect(), 1, 0, 0))
        return Head(tuple(renames), types, plain, count, piece.rows.collect())
    with _opened(file) as stream:
        start = stream.read(1 << 20)
    start = start[: _record_end(start)] or start
    rows = records(source, file, start, findings)
    if rows is None:
        raise Unusable(findings.found)
    part = renamed(source, file.name, rows, findings)
    names = frozenset(part.columns)
    sample = _Piece(source, file, names)(_Raw(start, 1, 0, 0)).rows.collect()
    return Head(tuple(part.columns), dict.fromkeys(part.columns, pl.String()), plain=False, sample=sample)


def _has_blank_rows(scan: pl.LazyFrame, schema: Mapping[str, pl.DataType]) -> bool:
    """Whether there are rows without any cell, which reading leaves out.

    Nearly always the first column that is looked at has no blank cell; dates and numbers are looked at sooner.
    """
    blank = pl.lit(value=True)
    for name in sorted(schema, key=lambda name: schema[name] == pl.String):
        cells = pl.col(name)
        here = cells.is_null()
        if schema[name] == pl.String:
            here |= cells == ""
        elif schema[name].is_float():
            here |= cells.is_nan()
        blank &= here.fill_null(value=True)
        if not scan.select(blank.any()).collect(engine="streaming").item():
            return False
    return bool(schema)


def batches(
    source: Source,
    file: File,
    known: Head,
    needed: frozenset[str],
    raw: frozenset[str] = frozenset(),
    *,
    span: tuple[date, date] | None = None,
    most: int = 0,
) -> Iterator[Batch]:
    """The rows of `file` in order, at most `most` of a plain file at once (0: `PARQUET_ROWS`).

    Of a piece of a plain file, the rows before the first and after the last one with a day in `span` are left out.
    Raises `OSError` and Polars' errors where the file is replaced or cut meanwhile.
    """
    if not known.plain:
        wanted = needed | {*source.columns}
        pieces = _parquet_pieces(source, file, known) if file.kind == "parquet" else _text_pieces(source, file)
        yield from _ahead(_Piece(source, file, wanted), pieces)
        return
    old = {source.rename.get(name, name): name for name in pl.scan_parquet(file.path, glob=False).collect_schema()}
    scan = pl.scan_parquet(file.path, glob=False).select(
        pl.col(old[name]).alias(name) for name in needed if name in old
    )
    typed = scan.select(**plain_columns(source, known.types, sorted(needed), raw))
    if source.where:
        condition = condition_of(source.where, "where", typed.collect_schema(), Findings(source.id))
        assert condition is not None  # it was looked at before the scan
        typed = typed.filter(condition)
    schema = typed.collect_schema()
    total = known.rows
    for start, count in _ranges(source, scan, known, most or PARQUET_ROWS, span):
        piece = scan.slice(start, count).select(**plain_columns(source, known.types, sorted(needed), raw))
        if source.where:
            piece = piece.filter(condition)
        yield Batch(piece, schema, count, file.size * (start + count) // total)


def _ranges(
    source: Source, scan: pl.LazyFrame, known: Head, most: int, span: tuple[date, date] | None
) -> Iterator[tuple[int, int]]:
    """First row and number of the rows of each piece."""
    whole = [(start, min(most, known.rows - start)) for start in range(0, known.rows, most)]
    if span is None or source.time not in known.columns:
        yield from whole
        return
    found = False
    day = _plain_column(source, source.time, known.types[source.time], frozenset())
    for start, count in whole:
        rows = scan.slice(start, count)
        first, last = rows.select(day.min().alias("first"), day.max().alias("last")).collect().row(0)
        if first is None or last < span[0] or first > span[1]:
            continue
        if first >= span[0] and last <= span[1]:
            found = True
            yield start, count
            continue
        inside = (
            rows.with_row_index("at").filter(day.is_between(*span)).select(pl.col("at").min(), last=pl.col("at").max())
        )
        low, high = inside.collect().row(0)
        if low is not None:
            found = True
            yield start + low, high - low + 1
    if not found and known.rows:
        yield 0, 0  # no rows have types too


def typed_schema(source: Source, known: Head) -> dict[str, pl.DataType]:
    """The columns of a file's rows as formulas see them."""
    if not known.plain:
        return dict(known.sample.schema)
    plain = pl.LazyFrame(schema=known.types).select(**plain_columns(source, known.types, known.types, frozenset()))
    return dict(plain.collect_schema())


class _Raw(Struct, frozen=True):
    """A piece as it lies on the disk: bytes below the header's, or records; `line` of its first record."""

    content: bytes | pl.DataFrame
    line: int
    shift: int  # what is added to line numbers that count from the piece's own top
    done: int


class _Piece:
    """Takes pieces through reading's steps."""

    def __init__(self, source: Source, file: File, wanted: frozenset[str]) -> None:
        self.source = source
        self.file = file
        self.wanted = wanted

    def __call__(self, raw: _Raw) -> Batch:
        findings = Findings(self.source.id)
        if isinstance(raw.content, bytes):
            rows = records(self.source, self.file, raw.content, findings)
        else:
            rows = parquet_rows(self.file, raw.content, raw.line, findings)
        if rows is None:
            return Batch(pl.LazyFrame(), {}, 0, raw.done, Account(), tuple(findings.found))
        part = renamed(self.source, self.file.name, rows, findings)
        united = unite(self.source, [part], Findings(self.source.id))  # what a file lacks is said once
        if united is not None:
            if raw.shift:
                united = united.with_columns((pl.col(LINE) + raw.shift).cast(ORIGIN[LINE]))
                findings.found = [shifted(finding, raw.shift) for finding in findings.found]
            used = [name for name in united.columns if name in self.wanted or name in ORIGIN or self._is_asked(name)]
            united = united.select(used)
        begun = Account(rows.frame.height + rows.left_out, broken=rows.left_out)
        dated, account = usable(self.source, united, (self.file.name,), findings, begun)
        hidden = ORIGIN if MOMENT in self.wanted else HIDDEN
        frame = dated.drop(hidden, strict=False) if dated is not None else pl.DataFrame()
        return Batch(frame.lazy(), frame.schema, begun.in_files, raw.done, account, tuple(findings.found))

    def _is_asked(self, name: str) -> bool:
        """Conditions of the source name columns too; a text is looked for in them rather than parsed."""
        return name in self.source.read.drop_rows or name in self.source.where


def shifted(finding: Finding, lines: int) -> Finding:
    """The finding with its line counted from the top of the file."""
    place = finding.place
    return finding._replace(place=place._replace(line=place.line + lines)) if place.line else finding


def _ahead(prepare: _Piece, pieces: Iterator[_Raw]) -> Iterator[Batch]:
    """The prepared pieces in order; some are prepared while the caller works on the one before."""
    waiting: deque[Future[Batch]] = deque()
    with ThreadPoolExecutor(max_workers=_AHEAD, thread_name_prefix="piece") as pool:
        for piece in pieces:
            waiting.append(pool.submit(prepare, piece))
            if len(waiting) > _AHEAD:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _parquet_pieces(source: Source, file: File, known: Head) -> Iterator[_Raw]:
    total = known.rows
    scan = pl.scan_parquet(file.path, glob=False)
    for start in range(0, total, EAGER_ROWS):
        count = min(EAGER_ROWS, total - start)
        frame = scan.slice(start, count).collect()
        yield _Raw(frame, start + 1, 0, file.size * (start + count) // total)


def _opened(file: File) -> BinaryIO:
    return cast(BinaryIO, gzip.open(file.path, "rb")) if file.packing == ".gz" else file.path.open("rb")


def _text_pieces(source: Source, file: File) -> Iterator[_Raw]:
    """Blocks of whole records, each below the header that the file has once."""
    read = source.read
    with _opened(file) as stream:
        start = stream.read(TEXT_BYTES)
        separator = "\t" if file.suffix == ".tsv" and read.separator == "," else read.separator
        size, lines = 0, 0
        if file.kind != "ndjson":
            size, lines = delimited.heading(start, separator, read.skip_rows, read.header_rows)
        top, rest = start[:size], start[size:]
        line = lines + 1
        while True:
            more = stream.read(TEXT_BYTES) if len(rest) < TEXT_BYTES else b""
            block = rest + more
            ended = not more and len(rest) < TEXT_BYTES
            cut = len(block) if ended else _record_end(block)
            while cut == 0 and not ended:  # a record longer than a block, or a mark that is never closed
                more = stream.read(TEXT_BYTES)
                block += more
                ended = not more
                cut = len(block) if ended else _record_end(block)
            body, rest = block[:cut], block[cut:]
            if body:
                done = file.size if ended else _position(file, stream, len(rest))
                yield _Raw(top + body, line, line - lines - 1, done)
                line += body.count(b"\n")
            if ended:
                return


def _position(file: File, stream: BinaryIO, ahead: int) -> int:
    """How many of the file's bytes on the disk are behind the records handed out; roughly, where it is packed."""
    if file.packing:
        raw = getattr(stream, "fileobj", None)
        return min(file.size, raw.tell()) if raw is not None else 0
    return stream.tell() - ahead


def _record_end(block: bytes) -> int:
    """Where the last whole record of `block` ends; 0 where none does. A line end between quotation marks ends none."""
    cut = block.rfind(b"\n") + 1
    if b'"' not in block:
        return cut
    marks = block.count(b'"', 0, cut)
    while cut and marks % 2:
        before = block.rfind(b"\n", 0, cut - 1) + 1
        marks -= block.count(b'"', before, cut)
        cut = before
    return cut
