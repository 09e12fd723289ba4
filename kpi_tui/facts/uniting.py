"""The files and sheets of one source as one frame, by column name, and what each of them lacks."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
from msgspec import Struct, structs

from kpi_tui.errors import Place, did_you_mean, text
from kpi_tui.facts.cells import as_written, trimmed
from kpi_tui.facts.dates import joined
from kpi_tui.facts.delimited import Rows
from kpi_tui.facts.table import FILE, HIDDEN, LINE, ORIGIN, Findings
from kpi_tui.workspace.model import Source

_NAMED = 3  # how many files that lack a column a finding names


class Part(Struct, frozen=True):
    """One file or sheet by the name a finding gives it; `rows` bear the renamed names."""

    name: str
    rows: Rows

    @property
    def columns(self) -> list[str]:
        return [name for name in self.rows.frame.columns if name != LINE]


def renamed(source: Source, name: str, rows: Rows, findings: Findings) -> Part:
    """`rows` under the names `rename` gives; a new name that another column has already is refused with both."""
    columns = rows.frame.columns
    names = {old: new for old, new in source.rename.items() if old in columns}
    after = [names.get(column, column) for column in columns]
    reserved = sorted(column for column in after[:-1] if column in HIDDEN)
    for column in reserved:
        findings.add(
            Place(name, rows.header), text("the column name '{name}' is reserved", name=column), text("rename it")
        )
    twice = sorted({new for new in after if after.count(new) > 1})
    for new in twice:
        if new not in reserved:
            findings.add(
                Place(name, rows.header),
                text("two columns are called '{name}' once renamed; neither is read", name=new),
                text("correct [source.rename]"),
            )
    kept = [
        column for column, new in zip(columns, after, strict=True) if column == LINE or new not in (*twice, *reserved)
    ]
    frame = rows.frame.select(kept).rename({old: new for old, new in names.items() if old in kept})
    return Part(name, structs.replace(rows, frame=_dated(source, frame), refused=(*rows.refused, *twice)))


def _dated(source: Source, frame: pl.DataFrame) -> pl.DataFrame:
    """`frame` with the column `time` made of `date_columns`, where it has them and no such column itself."""
    names = source.read.date_columns
    if source.time is None or not names or source.time in frame.columns or not {*names} <= {*frame.columns}:
        return frame
    whole = joined([trimmed(as_written(frame[name])) for name in names])
    return frame.insert_column(frame.width - 1, whole.alias(source.time))


def unite(source: Source, parts: Sequence[Part], findings: Findings) -> pl.DataFrame | None:
    """The rows of all parts with `FILE` and `LINE`; None without parts or where no row could be dated."""
    if not parts:
        return None
    _say_missing(source, parts, findings)
    frames = [
        part.rows.frame.with_columns(pl.lit(index, dtype=ORIGIN[FILE]).alias(FILE)) for index, part in enumerate(parts)
    ]
    if source.time is not None and not any(source.time in frame.columns for frame in frames):
        return None
    return frames[0] if len(frames) == 1 else pl.concat(_agreeing(frames), how="diagonal_relaxed", rechunk=False)


def _agreeing(frames: list[pl.DataFrame]) -> list[pl.DataFrame]:
    """The frames with every column whose types have nothing in common as text in all of them."""
    types: dict[str, set[pl.DataType]] = {}
    for frame in frames:
        for name, dtype in frame.schema.items():
            if dtype != pl.Null:
                types.setdefault(name, set()).add(dtype)
    mixed = [name for name, found in types.items() if len(found) > 1 and not _akin(found)]
    return [
        frame.with_columns(pl.col([name for name in mixed if name in frame.columns]).cast(pl.String))
        for frame in frames
    ]


def _akin(types: set[pl.DataType]) -> bool:
    if all(dtype.is_numeric() for dtype in types):
        return True
    return all(dtype == pl.Date or (isinstance(dtype, pl.Datetime) and dtype.time_zone is None) for dtype in types)


def _other_separator(header: dict[str, None]) -> str | None:
    """The mark that cuts a header of one column into several: what the file is written with."""
    if len(header) != 1:
        return None
    name = next(iter(header))
    return next((said for mark, said in ((";", ";"), ("\t", "\\t"), ("|", "|"), (",", ",")) if mark in name), None)


def _say_missing(source: Source, parts: Sequence[Part], findings: Findings) -> None:
    present: dict[str, None] = {name: None for part in parts for name in part.columns}
    refused = {name for part in parts for name in part.rows.refused}
    old_names = {new: old for old, new in source.rename.items()}
    asked = dict.fromkeys(
        [
            *(source.read.date_columns or ([source.time] if source.time else [])),
            *source.dimensions,
            *source.columns,
            *source.labels,
            *old_names,
        ]
    )
    for name in asked:
        if name not in present and name not in refused:
            wanted = old_names.get(name, name)
            mark = _other_separator(present)
            findings.add(
                Place(parts[0].name, parts[0].rows.header),
                text("there is no column '{name}'", name=wanted),
                text('set `separator = "{mark}"` in [source.read]', mark=mark)
                if mark
                else did_you_mean(wanted, list(present)) or text("its columns are: {names}", names=", ".join(present)),
            )
    for name in present:
        lacking = [part for part in parts if name not in part.columns and name not in part.rows.refused]
        if lacking:
            findings.add(
                Place(lacking[0].name, lacking[0].rows.header),
                text(
                    "column '{name}' is missing in {n} of {total} files and sheets: {files}",
                    name=name,
                    n=len(lacking),
                    total=len(parts),
                    files=", ".join([part.name for part in lacking[:_NAMED]] + ["..."] * (len(lacking) > _NAMED)),
                ),
                severity="error" if name == source.time else "warning",
            )
