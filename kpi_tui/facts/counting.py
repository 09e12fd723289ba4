"""What is done to the rows of large files, one batch after the other: cubes, and answers that need a look at the rows.

Runs in a process of its own, which can be killed. Invariant: what comes out is what reading the same files whole, and
`aggregate` over them, would give.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

import polars as pl
from msgspec import Struct, structs

from kpi_tui.errors import Finding, FormulaError, Place, text
from kpi_tui.facts.batches import Batch, Head, Unusable, batches, head, tidy_text, typed_schema
from kpi_tui.facts.combining import combined
from kpi_tui.facts.cube import CELL_ROWS, Cube, TooManyCells, alike, merged
from kpi_tui.facts.files import File
from kpi_tui.facts.measures import Measure, tried
from kpi_tui.facts.reading import condition_of
from kpi_tui.facts.reporting import say_undated
from kpi_tui.facts.table import FILE, LINE, ORIGIN, Account, Findings
from kpi_tui.formula.tree import column_names
from kpi_tui.workspace.model import Source

Fold = Callable[[pl.LazyFrame], pl.LazyFrame]
Report = Callable[[int, int], None]  # bytes of the file behind, rows read since the last call
_SPACE = "kpi"
_FOLD_AT = 8_000_000  # rows that wait before they are folded together


class FileCube(Struct, frozen=True):
    """One file counted: `cells` by day and `dimensions`, and what reading the file whole would have said of it.

    `dimensions` are those of the source without the ones that have nearly as many values as there are rows. `tidy`
    tells whether its dimensions are written as they are shown.
    """

    file: File
    columns: tuple[str, ...]
    schema: dict[str, pl.DataType]
    account: Account
    findings: tuple[Finding, ...]
    dimensions: tuple[str, ...]
    measures: tuple[Measure, ...]
    cells: pl.DataFrame
    sample: pl.DataFrame
    first: date | None = None
    last: date | None = None
    tidy: bool = True


def needed_columns(source: Source, of: Iterable[Measure]) -> frozenset[str]:
    """The columns that these measures, the dimensions, the dates and the source's condition are taken from."""
    nodes = [node for one in of for node in (one.argument, one.condition, one.where) if node is not None]
    names = {name.name for node in nodes for name in column_names(node)}
    return frozenset({*names, *source.dimensions, *([source.time] if source.time else []), *condition_columns(source)})


def condition_columns(source: Source) -> frozenset[str]:
    """The columns that the source's own condition names."""
    if not source.where:
        return frozenset()
    from kpi_tui.formula import parse

    try:
        return frozenset(name.name for name in column_names(parse.condition(source.where)))
    except FormulaError:
        return frozenset()


def count_file(source: Source, file: File, wanted: Sequence[Measure], report: Report) -> FileCube:
    """The cube of one file. Raises `OSError` and Polars' errors where the file is replaced or cut meanwhile."""
    needed = needed_columns(source, wanted)
    known = head(source, file, needed)
    schema = typed_schema(source, known)
    _refuse_wrong_conditions(source, known, schema)
    dimensions = tuple(name for name in source.dimensions if name in known.columns)
    possible = tried(wanted, schema)
    while True:
        counting = _Counting(source, file, known, schema, dimensions, possible)
        try:
            return counting.count(report)
        except TooManyCells:
            dimensions = counting.without_the_widest()


def _refuse_wrong_conditions(source: Source, known: Head, schema: Mapping[str, pl.DataType]) -> None:
    """Raise `Unusable` where a condition of the source names what is not there: with its rows every sum is wrong."""
    findings = Findings(source.id)
    texts = dict.fromkeys(known.columns, pl.String())
    conditions = (("drop_rows", source.read.drop_rows, texts), ("where", source.where, schema))
    sound = [not said or condition_of(said, key, types, findings) is not None for key, said, types in conditions]
    if not all(sound):
        raise Unusable(findings.found)


class _Counting:
    """One attempt at a file."""

    def __init__(
        self,
        source: Source,
        file: File,
        known: Head,
        schema: dict[str, pl.DataType],
        dimensions: tuple[str, ...],
        wanted: Sequence[Measure],
    ) -> None:
        self.source = source
        self.file = file
        self.known = known
        self.schema = schema
        self.dimensions = dimensions
        self.time = source.time if source.time in known.columns else None
        self.cube = Cube(self.time, dimensions, wanted, f"{_SPACE}.{file.name}.{len(dimensions)}")
        conditions = {*condition_columns(source)}
        for one in wanted:
            for node in (one.argument, one.condition, one.where):
                conditions |= {name.name for name in column_names(node)} if node is not None else set()
        # A dimension that nothing asks for is grouped as it is written and tidied when there are few of it left.
        self.raw = frozenset(dimensions) - conditions if known.plain else frozenset()
        self.account = Account()
        self.found: list[Finding] = []

    def without_the_widest(self) -> tuple[str, ...]:
        """The dimensions without the one that has most values."""
        sizes = {name: len(kept.to_series()) for name, kept in self.cube.coding.categories.items()}
        widest = max(self.dimensions, key=lambda name: sizes[name])
        return tuple(name for name in self.dimensions if name != widest)

    def count(self, report: Report) -> FileCube:
        needed = needed_columns(self.source, self.cube.measures)
        for batch in batches(self.source, self.file, self.known, needed, self.raw):
            self._take(batch)
            report(batch.done, batch.read)
        if self.cube.is_empty:  # an empty cube has its columns too
            columns = {name: dtype for name, dtype in self.schema.items() if name in needed}
            self.cube.add(pl.LazyFrame(schema=columns), columns)
        cells, tidy = self._tidied(self.cube.cells())
        cells = self._dated(cells)
        days = cells[self.time] if self.time is not None and cells.height else None
        first, last = (days.min(), days.max()) if days is not None else (None, None)
        return FileCube(
            self.file,
            self.known.columns,
            self.schema,
            self.account,
            self._findings(),
            self.dimensions,
            self.cube.measures,
            cells,
            self.known.sample.head(50),
            first if isinstance(first, date) else None,
            last if isinstance(last, date) else None,
            tidy,
        )

    def _take(self, batch: Batch) -> None:
        self.found += batch.findings
        account = batch.account
        if account is not None and not account.used:
            self._add(account)
            return
        rows = self.cube.add(batch.rows, batch.schema)
        if account is None:
            account = Account(batch.read, used=rows, excluded=batch.read - rows)
        self._add(account)
        for name, dtype in batch.schema.items():
            if name in self.schema and isinstance(dtype, pl.Decimal):
                self.schema[name] = _wider(self.schema[name], dtype)

    def _add(self, more: Account) -> None:
        sums = {name: getattr(self.account, name) + getattr(more, name) for name in Account.__struct_fields__}
        self.account = Account(**sums)

    def _tidied(self, cells: pl.DataFrame) -> tuple[pl.DataFrame, bool]:
        """`cells` with tidy dimensions; whether all are known to have been tidy before."""
        if not cells.height or all(map(self._is_tidy, self.raw)):
            return cells, self.raw >= {*self.dimensions}  # those in conditions were tidied while they were read
        texts = (tidy_text(self.source, name, pl.col(name).cast(pl.String)).alias(name) for name in self.raw)
        keys = [*([self.time] if self.time is not None else []), *self.dimensions]
        whole = merged([cells.with_columns(texts)], keys, self.cube.measures)
        ordered = whole.sort(pl.col(name).cast(pl.String) if name != self.time else pl.col(name) for name in keys)
        return ordered.with_columns(pl.col(name).cast(pl.Categorical) for name in self.dimensions), False

    def _is_tidy(self, name: str) -> bool:
        words = self.cube.coding.words(name).to_frame()
        return words.equals(words.select(tidy_text(self.source, name, pl.col(name)).alias(name)))

    def _dated(self, cells: pl.DataFrame) -> pl.DataFrame:
        """The cells that have a day; the rows of the others are said and left out."""
        if self.time is None or not cells.height:
            return cells
        missing = cells.filter(pl.col(self.time).is_null())
        if not missing.height:
            return cells
        count = int(missing[CELL_ROWS].sum())
        self.account = structs.replace(self.account, used=self.account.used - count, undated=count)
        self._say_undated(count)
        return cells.filter(pl.col(self.time).is_not_null())

    def _say_undated(self, count: int) -> None:
        assert self.time is not None  # the caller saw to it
        old = next((old for old, new in self.source.rename.items() if new == self.time), self.time)
        scan = pl.scan_parquet(self.file.path, glob=False, row_index_name=LINE)
        first = scan.filter(pl.col(old).is_null()).select(pl.col(LINE) + 1).head(1).collect()
        line = int(first.item()) if first.height else 0
        findings = Findings(self.source.id)
        say_undated(self.time, pl.DataFrame({FILE: [0], LINE: [line]}, schema=ORIGIN), (self.file.name,), findings)
        said = findings.found[0]
        what = said.what._replace(values={**said.what.values, "n": count})
        self.found.append(said._replace(what=what))

    def _findings(self) -> tuple[Finding, ...]:
        # A piece without rows that count says nothing about the file.
        found = [finding for finding in self.found if finding.what.template != "'{key}' leaves no rows"]
        if self.source.where and self.account.excluded and not self.account.used:
            cure = text("correct the condition")
            found.append(Finding(Place(""), text("'{key}' leaves no rows", key="where"), cure, "", "warning"))
        return combined(found, self.file.name)


def _wider(known: pl.DataType, other: pl.DataType) -> pl.DataType:
    if isinstance(known, pl.Decimal) and isinstance(other, pl.Decimal) and other.scale > known.scale:
        return pl.Decimal(38, other.scale)
    return known


def rows_of(
    source: Source, files: Sequence[File], columns: frozenset[str], span: tuple[date, date] | None,
    *, fold: Fold | None, tidy: bool, report: Report,
) -> pl.DataFrame:  # fmt: skip
    """These columns of all rows between the days, or what `fold` leaves of them.

    It is called with the rows of each batch, and again with those that it left, until that makes no difference.
    """
    columns |= {source.time} if source.time else set()
    needed = columns | condition_columns(source)
    parts: list[pl.DataFrame] = []
    folded = behind = 0
    for file in files:
        try:
            known = head(source, file, needed)
        except Unusable:
            continue
        raw = frozenset(source.dimensions) if tidy and known.plain else frozenset()
        for batch in batches(source, file, known, needed, raw - condition_columns(source), span=span):
            found = batch.rows.select(sorted(columns & batch.schema.keys()))
            if source.time is not None and source.time in batch.schema:
                found = found.filter(pl.col(source.time).is_not_null())
                if span is not None:
                    found = found.filter(pl.col(source.time).is_between(*span))
            if batch.schema:
                parts.append((found if fold is None else fold(found)).collect())
            if fold is not None and sum(part.height for part in parts) > max(_FOLD_AT, 2 * folded):
                parts = [fold(_whole(parts).lazy()).collect()]
                folded = parts[0].height
            report(behind + batch.done, batch.read)
        behind += file.size
    whole = _whole(parts)
    return fold(whole.lazy()).collect() if fold is not None and len(parts) > 1 else whole


def _whole(parts: Sequence[pl.DataFrame]) -> pl.DataFrame:
    filled = [part for part in parts if part.width]
    return pl.concat(alike(filled), how="diagonal_relaxed") if filled else pl.DataFrame()
