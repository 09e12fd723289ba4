"""The cubes of a large source's files: found in the cache or counted, file by file, and kept file by file.

So a file that comes later is folded in without reading the others. Invariant: numbers of two versions of a file never
go together.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from msgspec import structs, to_builtins

from kpi_tui.errors import Finding, Place, Text, text
from kpi_tui.facts import cube
from kpi_tui.facts.batches import Unusable
from kpi_tui.facts.cache import Cache, Damaged, about, definition, finding_of, finding_to_plain, key_of
from kpi_tui.facts.counting import FileCube
from kpi_tui.facts.engines.meter import Meter
from kpi_tui.facts.files import File
from kpi_tui.facts.measures import Measure
from kpi_tui.facts.scan import Child, FileJob, Progress, Stop, run
from kpi_tui.facts.table import Account
from kpi_tui.workspace.disk import Fingerprint
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.naming import called
from kpi_tui.workspace.trouble import reason

_CHANGED = 2  # times that a file which changes meanwhile is counted


class Cubes:
    """What was counted of each of `files`; `count` before anything else."""

    def __init__(self, source: Source, files: Sequence[File], wanted: Iterable[Measure], cache: Cache) -> None:
        self.source = source
        self.files = tuple(files)
        self.cache = cache
        self.findings: list[Finding] = []
        self.scans = 0  # of files
        self.wanted = {one.column: one for one in (Measure("rows"), *wanted)}
        self._found: dict[str, FileCube] = {}
        self._marks: dict[str, Fingerprint | None] = {}

    @property
    def found(self) -> tuple[FileCube, ...]:
        """What was counted, file by file."""
        return tuple(self._found[file.name] for file in self.files if file.name in self._found)

    @property
    def marks(self) -> tuple[Fingerprint | None, ...]:
        """What each file was when it was counted."""
        return tuple(self._marks.get(file.name) for file in self.files)

    def changed(self) -> bool:
        """Whether a file is no longer the one that was counted."""
        return any(Fingerprint.of(file.path) != self._marks.get(file.name) for file in self.files)

    def count(self, progress: Progress | None, stop: Stop) -> None:
        """Count what is wanted and not kept. Raises `Stopped` and `ScanFailed`."""
        meter = Meter(progress, sum(file.size for file in self.files))
        with Child() as child:
            for file in self.files:
                self._count(file, meter, stop, child)
                meter.ended(file)

    def _count(self, file: File, meter: Meter, stop: Stop, child: Child) -> None:
        known = self._found.get(file.name)
        missing = {name: one for name, one in self.wanted.items() if known is None or not _has(known, name)}
        if not missing:
            return
        mark = Fingerprint.of(file.path)
        if known is not None and mark != self._marks.get(file.name):
            known, missing = None, dict(self.wanted)  # numbers of two versions of a file do not go together
        kept = self._kept(file, mark, missing)
        for each in kept:
            known = each if known is None else _beside(known, each)
        missing = {name: one for name, one in missing.items() if known is None or not _has(known, name)}
        if missing:
            fresh, mark, same = self._scanned(file, tuple(missing.values()), mark, meter, stop, child)
            if fresh is None:
                return
            fresh = structs.replace(fresh, measures=tuple(missing.values()))  # wrong types too: they were tried
            if same:
                self._keep(file, mark, tuple(missing), fresh)
            known = fresh if known is None or not same else _beside(known, fresh)
        if known is not None:
            self._found[file.name] = known
            self._marks[file.name] = mark

    def _scanned(
        self,
        file: File,
        wanted: tuple[Measure, ...],
        mark: Fingerprint | None,
        meter: Meter,
        stop: Stop,
        child: Child,
    ) -> tuple[FileCube | None, Fingerprint | None, bool]:
        """The cube of a file, what the file was, and whether it was the same all the time."""
        found: FileCube | None = None
        for _ in range(_CHANGED):
            trouble: Finding | None = None
            try:
                self.scans += 1
                found = run(FileJob(self.source, now(file), wanted), meter.of(file), stop, child)
            except Unusable as error:
                self.findings += error.findings
                return None, mark, False
            except OSError as error:
                what = text("the file cannot be read: {reason}", reason=reason(error))
                trouble = Finding(Place(file.name), what, subject=called("source", self.source.id))
            after = Fingerprint.of(file.path)
            if after == mark:
                if trouble is not None:
                    self.findings.append(trouble)
                return found, mark, trouble is None
            mark = after
        what = text("the file changes while it is being read: its numbers may be of both versions")
        cure = text("read it again when it is written")
        self.findings.append(Finding(Place(file.name), what, cure, called("source", self.source.id), "warning"))
        return found, None, False

    def joined(self) -> pl.DataFrame:
        """One cube of all files, with the dimensions that all of their cubes have."""
        parts = [each for each in self.found if each.cells.height] or list(self.found[:1])
        if not parts:
            return pl.DataFrame()
        time = [self.source.time] if self.source.time is not None else []
        shared = [name for name in self.source.dimensions if all(_counts_by(each, name) for each in parts)]
        names = [name for name in self.wanted if all(name in each.cells.columns for each in parts)]
        keys = [*time, *shared]
        frames = [_padded(each, keys).select(*keys, cube.CELL_ROWS, *names) for each in parts]
        measures = [self.wanted[name] for name in names]
        whole = frames[0] if len(frames) == 1 else cube.merged(frames, keys, measures) if keys else pl.concat(frames)
        return whole.with_columns(pl.col(name).cast(pl.Categorical) for name in shared)

    # The cache

    def _key(self, mark: Fingerprint | None) -> str:
        return key_of(to_builtins(mark), definition(self.source))

    def _kept(self, file: File, mark: Fingerprint | None, missing: Mapping[str, Measure]) -> list[FileCube]:
        if mark is None:
            return []
        found: list[FileCube] = []
        lacking = set(missing)
        for key, facts in self.cache.named(self._key(mark)):
            if not lacking & set(facts.get("asked", ())):
                continue
            try:
                entry = self.cache.get(key)
                if entry is not None:
                    found.append(_cube_of(file, *entry, missing))
                    lacking -= set(facts["asked"])
            except (Damaged, KeyError, ValueError, TypeError):
                self._warn(text("what was kept of {file} was damaged and is made again", file=file.name))
        return found

    def _keep(self, file: File, mark: Fingerprint | None, asked: tuple[str, ...], made: FileCube) -> None:
        facts = {
            "about": about(self.source, file, made.cells.height),
            "asked": asked,
            "columns": made.columns,
            "account": structs.asdict(made.account),
            "findings": [finding_to_plain(finding) for finding in made.findings],
            "dimensions": made.dimensions,
            "tidy": made.tidy,
            "days": [made.first, made.last],
        }
        frames = [made.cells, pl.DataFrame(schema=made.schema), made.sample]
        self.put(f"{self._key(mark)}-{key_of(sorted(asked))[:12]}", facts, frames)

    def put(self, key: str, facts: Mapping[str, Any], frames: list[pl.DataFrame]) -> None:
        """Keep it in the cache; where that is not possible it is said once and no more is kept."""
        try:
            self.cache.put(key, facts, frames)
        except OSError as error:
            self.cache = Cache(None)
            self._warn(text("what was counted cannot be kept for the next time: {reason}", reason=reason(error)))

    def _warn(self, what: Text) -> None:
        subject = called("source", self.source.id)
        finding = Finding(Place(self.source.path), what, None, subject, "warning")
        if finding not in self.findings:
            self.findings.append(finding)


def now(file: File) -> File:
    """The file with the size that it has now."""
    mark = Fingerprint.of(file.path)
    return file if mark is None else structs.replace(file, size=mark.size)


def _has(known: FileCube, name: str) -> bool:
    return any(one.column == name for one in known.measures)


def _counts_by(each: FileCube, name: str) -> bool:
    """Whether the file's cells tell the dimension's value; a file without the column has nothing there."""
    return name in each.dimensions or name not in each.columns


def _padded(each: FileCube, keys: Sequence[str]) -> pl.DataFrame:
    lacking = [pl.lit(None, dtype=pl.Categorical()).alias(name) for name in keys if name not in each.cells.columns]
    return each.cells.with_columns(lacking)


def _beside(known: FileCube, other: FileCube) -> FileCube:
    """One cube of both's measures: the same cells of the same file, in the same order."""
    keys = [name for name in known.cells.columns if not name.startswith("__")]
    if known.dimensions != other.dimensions or known.cells.height != other.cells.height:
        return other
    new = [name for name in other.cells.columns if name not in known.cells.columns and name not in keys]
    cells = known.cells.hstack(other.cells.select(new))
    schema = {**known.schema, **other.schema}
    return structs.replace(known, cells=cells, measures=(*known.measures, *other.measures), schema=schema)


def _cube_of(
    file: File, facts: Mapping[str, Any], frames: Sequence[pl.DataFrame], wanted: Mapping[str, Measure]
) -> FileCube:
    cells, schema, sample = frames
    first, last = (date.fromisoformat(day) if day else None for day in facts["days"])
    return FileCube(
        file,
        tuple(facts["columns"]),
        dict(schema.schema),
        Account(**facts["account"]),
        tuple(finding_of(plain) for plain in facts["findings"]),
        tuple(facts["dimensions"]),
        tuple(wanted[name] for name in facts["asked"] if name in wanted),
        cells,
        sample,
        first,
        last,
        facts["tidy"],
    )
