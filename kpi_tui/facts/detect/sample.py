"""The cells that are looked at: all of a small source; of a large one the ends, and every value of its dates.

Invariant: a sample is cut at line ends and read by the source's own reader.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl
from msgspec import structs

from kpi_tui.facts.cells import trimmed
from kpi_tui.facts.delimited import parted
from kpi_tui.facts.files import File, contents, decoded, find
from kpi_tui.facts.reading import load, records, usable
from kpi_tui.facts.table import FILE, LINE, Account, Findings
from kpi_tui.facts.uniting import renamed, unite
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.periods import Calendar

LARGE = 48 << 20  # bytes of text from which only a part is looked at
_HEAD = 16 << 20
_TAIL = 1 << 20


def reads_whole(source: Source, kind: str, root: Path) -> bool:
    """Whether a source is small enough to be read whole while somebody waits."""
    return sum(file.size for file in find(source, root, Findings(""))) <= LARGE * (1 if _is_text(kind) else 2)


def cells_of(source: Source, kind: str, root: Path) -> pl.DataFrame | None:
    """The cells of a source as they are written (text files) or typed (others), with `FILE` and `LINE`."""
    if reads_whole(source, kind, root):
        bare = structs.replace(source, time=None, read=structs.replace(source.read, nulls=(), date_columns=()))
        return load(bare, root, Calendar()).frame
    return _sampled(source, kind, root)


def typed_sample(source: Source, kind: str, root: Path) -> pl.DataFrame | None:
    """The first part of a large source as `source` reads it."""
    parts = _sampled(source, kind, root)
    return None if parts is None else usable(source, parts, (source.path,), Findings(""), Account(parts.height))[0]


def _is_text(kind: str) -> bool:
    return kind in ("delimited", "ndjson")


def _sampled(source: Source, kind: str, root: Path) -> pl.DataFrame | None:
    quiet = Findings("")
    files = find(source, root, quiet)
    if kind == "parquet":
        head = pl.scan_parquet(files[0].path, glob=False).head(200_000).collect()
        line = pl.int_range(1, head.height + 1, dtype=pl.UInt32, eager=True).alias(LINE)
        return head.with_columns(line, pl.lit(0, dtype=pl.UInt32).alias(FILE))
    if not _is_text(kind):
        return load(structs.replace(source, time=None), root, Calendar()).frame
    parts = []
    for file in _ends(files):
        data = contents(file, quiet)
        if data is None:
            continue
        rows = records(source, file, _cut(data, source.read.encoding), quiet)
        if rows is not None:
            parts.append(renamed(source, file.name, rows, quiet))
    return unite(structs.replace(source, time=None), parts, quiet) if parts else None


def _ends(files: tuple[File, ...]) -> list[File]:
    """The first and the last file: what changed in an export over time shows between them."""
    return [files[0]] if len(files) == 1 else [files[0], files[-1]]


def _cut(data: bytes, encoding: str) -> bytes:
    if len(data) <= _HEAD + _TAIL or encoding.startswith(("utf-16", "utf-32")):
        return data
    head = data[: data.rfind(b"\n", 0, _HEAD) + 1]
    return head + data[data.find(b"\n", len(data) - _TAIL) + 1 :]


def every_value(source: Source, kind: str, root: Path, names: Sequence[str]) -> dict[str, pl.Series]:
    """The distinct cells, trimmed, of some columns over all of a large source, without the others being held.

    A column that is not in the files under this name (a renamed one) or not text is left out.
    """
    quiet = Findings("")
    found: dict[str, list[pl.Series]] = {}
    for file in find(source, root, quiet):
        frame = _columns(source, kind, file, names, quiet)
        if frame is None:
            continue
        for name in frame.columns:
            found.setdefault(name, []).append(trimmed(frame[name]).drop_nulls().unique())
    return {name: pl.concat(parts).unique().sort() for name, parts in found.items()}


def _columns(source: Source, kind: str, file: File, names: Sequence[str], quiet: Findings) -> pl.DataFrame | None:
    if kind == "parquet":
        whole = pl.scan_parquet(file.path, glob=False)
        texts = [name for name, dtype in whole.collect_schema().items() if name in names and dtype == pl.String]
        return whole.select(texts).collect() if texts else None
    raw = contents(file, quiet) if kind == "delimited" and source.read.separator != " " else None
    data = None if raw is None else decoded(raw, source.read.encoding, file.name, quiet)
    if data is None:
        return None
    header, body = parted(data, source.read.separator, source.read.skip_rows, source.read.header_rows)
    wanted = [at for at, name in enumerate(header) if name in names and header.count(name) == 1]
    if not wanted:
        return None
    try:
        frame = pl.read_csv(
            body,
            has_header=False,
            separator=source.read.separator,
            columns=wanted,
            schema=dict.fromkeys((f"c{at}" for at in range(len(header))), pl.String()),
            infer_schema=False,
            truncate_ragged_lines=True,
            encoding="utf8-lossy",
        )
    except pl.exceptions.PolarsError:
        return None  # quotes that are not closed: what the sample says stands
    return frame.rename({f"c{at}": header[at] for at in wanted})
