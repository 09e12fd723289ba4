"""The engine of a source that is too large to be in memory: a cube of its additive leaves, scans for the rest.

Files are counted one by one and kept one by one, so a file that comes later is folded in without reading the others.
Invariant: `count` never waits. What is not known yet is `Uncounted` until somebody calls `scan`, on a thread.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl
from msgspec import structs, to_builtins

from kpi_tui.errors import Finding, Place, Text, text
from kpi_tui.facts import cube
from kpi_tui.facts.aggregate import PERIOD, ROWS, row_filter
from kpi_tui.facts.answering import Where
from kpi_tui.facts.batches import Unusable
from kpi_tui.facts.cache import Cache, Damaged, about, definition, finding_of, finding_to_plain, key_of
from kpi_tui.facts.counting import FileCube
from kpi_tui.facts.distinct import is_countable
from kpi_tui.facts.engines import Asked, AskedHistory, Uncounted
from kpi_tui.facts.files import File
from kpi_tui.facts.measures import Measure, is_additive, measures_of
from kpi_tui.facts.query import Filter, Grouping, History, Leaf, apart
from kpi_tui.facts.scan import AskJob, Child, FileJob, Progress, ScanFailed, Stop, run
from kpi_tui.facts.table import Account
from kpi_tui.formula.tree import Aggregate
from kpi_tui.workspace.disk import Fingerprint
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.naming import called
from kpi_tui.workspace.trouble import reason

_CHANGED = 2  # times that a file which changes meanwhile is counted


class Scanned:
    """Answers about one source whose files are `files`; `prepare` before anything else."""

    def __init__(self, source: Source, files: Sequence[File], wanted: Sequence[Measure], cache: Cache) -> None:
        self.source = source
        self.files = tuple(files)
        self.cache = cache
        self.findings: list[Finding] = []
        self.scans = 0  # processes that were started, for those who want to know what an edit costs
        self._wanted = {one.column: one for one in (Measure("rows"), *wanted)}
        self._cubes: dict[str, FileCube] = {}
        self._marks: dict[str, Fingerprint | None] = {}
        self._cells = pl.DataFrame()
        self._answers: dict[object, pl.DataFrame] = {}
        self._failed: dict[object, Text] = {}
        self._lock = threading.Lock()

    # What is known

    @property
    def cubes(self) -> tuple[FileCube, ...]:
        """What was counted, file by file."""
        return tuple(self._cubes[file.name] for file in self.files if file.name in self._cubes)

    @property
    def schema(self) -> Mapping[str, pl.DataType]:
        found: dict[str, pl.DataType] = {}
        for each in self.cubes:
            found = {**each.schema, **found}
        return found

    @property
    def sample(self) -> pl.DataFrame:
        """The first rows of the first file."""
        return self.cubes[0].sample if self.cubes else pl.DataFrame()

    @property
    def newest(self) -> date | None:
        return max((each.last for each in self.cubes if each.last), default=None)

    @property
    def oldest(self) -> date | None:
        return min((each.first for each in self.cubes if each.first), default=None)

    @property
    def cells(self) -> int:
        return self._cells.height

    def changed(self) -> bool:
        """Whether a file is no longer the one that was counted."""
        return any(Fingerprint.of(file.path) != self._marks.get(file.name) for file in self.files)

    # Counting files

    def prepare(self, progress: Progress | None = None, stop: Stop | None = None) -> None:
        """Count what is wanted and not kept. Raises `Stopped` and `ScanFailed`."""
        stop = stop or Stop()
        meter = _Meter(progress, sum(file.size for file in self.files))
        with Child() as child:
            for file in self.files:
                self._count(file, meter, stop, child)
                meter.ended(file)
        self._join()

    def _count(self, file: File, meter: _Meter, stop: Stop, child: Child) -> None:
        known = self._cubes.get(file.name)
        missing = {name: one for name, one in self._wanted.items() if known is None or not _has(known, name)}
        if not missing:
            return
        mark = Fingerprint.of(file.path)
        if known is not None and mark != self._marks.get(file.name):
            known, missing = None, dict(self._wanted)  # numbers of two versions of a file do not go together
        kept = self._kept(file, mark, missing)
        for each in kept:
            known = each if known is None else _beside(known, each)
        missing = {name: one for name, one in missing.items() if known is None or not _has(known, name)}
        if missing:
            fresh, mark, same = self._scanned(file, tuple(missing.values()), mark, meter, stop, child)
            if fresh is None:
                return
            fresh = structs.replace(
                fresh, measures=tuple(missing.values())
            )  # those of wrong types too: they were tried
            if same:
                self._keep(file, mark, tuple(missing), fresh)
            known = fresh if known is None or not same else _beside(known, fresh)
        if known is not None:
            self._cubes[file.name] = known
            self._marks[file.name] = mark

    def _scanned(
        self,
        file: File,
        wanted: tuple[Measure, ...],
        mark: Fingerprint | None,
        meter: _Meter,
        stop: Stop,
        child: Child,
    ) -> tuple[FileCube | None, Fingerprint | None, bool]:
        """The cube of a file, what the file was, and whether it was the same all the time."""
        found: FileCube | None = None
        for _ in range(_CHANGED):
            trouble: Finding | None = None
            try:
                self.scans += 1
                found = run(FileJob(self.source, _now(file), wanted), meter.of(file), stop, child)
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

    def _join(self) -> None:
        """One cube of all files, with the dimensions that all of their cubes have."""
        parts = [each for each in self.cubes if each.cells.height] or list(self.cubes[:1])
        if not parts:
            self._cells = pl.DataFrame()
            return
        time = [self.source.time] if self.source.time is not None else []
        shared = [name for name in self.source.dimensions if all(_counts_by(each, name) for each in parts)]
        names = [name for name in self._wanted if all(name in each.cells.columns for each in parts)]
        keys = [*time, *shared]
        frames = [_padded(each, keys).select(*keys, cube.CELL_ROWS, *names) for each in parts]
        measures = [self._wanted[name] for name in names]
        whole = frames[0] if len(frames) == 1 else cube.merged(frames, keys, measures) if keys else pl.concat(frames)
        self._cells = whole.with_columns(pl.col(name).cast(pl.Categorical) for name in shared)
        self._answers.clear()

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
        self._put(f"{self._key(mark)}-{key_of(sorted(asked))[:12]}", facts, frames)

    def _put(self, key: str, facts: Mapping[str, Any], frames: list[pl.DataFrame]) -> None:
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

    # Answers

    def count(self, grouping: Grouping, leaves: Sequence[Leaf]) -> pl.DataFrame:
        if self._is_in_cube(grouping, leaves):
            return cube.answer(self._cells, self.source.time, grouping, leaves)
        asked = Asked(self.source.id, grouping, tuple(leaves))
        known = [self._answer(asked, leaf) for leaf in leaves]
        first = structs.replace(leaves[0], aggregate=Aggregate("COUNT", None))
        keys = [PERIOD, *grouping.by]
        if self._is_in_cube(grouping, [first]):
            whole = cube.answer(self._cells, self.source.time, grouping, [first]).select(*keys, ROWS)
        else:
            whole = known[0].select(*keys, ROWS)
        for leaf, answer in zip(leaves, known, strict=True):
            found = answer.select(*keys, leaf.column)
            whole = whole.join(found, on=keys, how="left", nulls_equal=True, maintain_order="left")
            if is_countable(leaf):
                whole = whole.with_columns(pl.col(leaf.column).fill_null(0))
        return whole

    def _answer(self, asked: Asked, leaf: Leaf) -> pl.DataFrame:
        if self._is_in_cube(asked.grouping, [leaf]):
            return cube.answer(self._cells, self.source.time, asked.grouping, [leaf])
        return self._known(_answer_key(asked.grouping, leaf), asked)

    def _is_in_cube(self, grouping: Grouping, leaves: Sequence[Leaf]) -> bool:
        used = {*grouping.by, *(name for key, _ in grouping.where for name in apart(key))}
        if not all(is_additive(leaf) for leaf in leaves) or not used <= set(self._cells.columns):
            return False
        return all(one.column in self._cells.columns for one in measures_of(leaves))

    def slices(self, grouping: Grouping) -> set[tuple[str | None, ...]]:
        if not set(grouping.by) <= set(self._cells.columns):
            rows = structs.replace(_all_rows(self.source.id), where=None)
            return set(self.count(grouping, [rows]).select(grouping.by).unique().iter_rows())
        return cube.slices(self._cells, self.source.time, grouping)

    def dates(self, start: date, end: date, where: Filter) -> int:
        if self.source.time is None or not self._cells.height:
            return 0
        inside = self._cells.filter(pl.col(self.source.time).is_between(start, end) & row_filter(where))
        return inside[self.source.time].n_unique()

    def history(
        self, history: History, grouping: Grouping, others: Mapping[str, Scanned], *, cohorts: bool
    ) -> pl.DataFrame:
        """A history's counts or cohorts, counted over the rows of all files. Raises `Uncounted`."""
        asked = AskedHistory(history, grouping, cohorts)
        if history.converted and history.converted not in {self.source.id, *others}:
            raise Uncounted(asked, text("a large source and a small one cannot be counted together yet"))
        return self._known(_history_key(asked, others), asked)

    def _known(self, key: object, asked: Asked | AskedHistory) -> pl.DataFrame:
        """What was counted before, now or in another run. Raises `Uncounted`."""
        if key in self._failed:
            raise Uncounted(asked, self._failed[key])
        if key not in self._answers:
            found = self._kept_answer(key)
            if found is None:
                raise Uncounted(asked)
            self._answers[key] = found
        return self._answers[key]

    def _kept_answer(self, key: object) -> pl.DataFrame | None:
        try:
            entry = self.cache.get(self._named(key))
        except Damaged:
            return None
        return entry[1][0] if entry is not None and entry[1] else None

    def _named(self, key: object) -> str:
        marks = [to_builtins(self._marks.get(file.name)) for file in self.files]
        return "answer-" + key_of(marks, definition(self.source), repr(key))

    def scan(self, asked: Sequence[Asked | AskedHistory], progress: Progress | None = None, stop: Stop | None = None,
             others: Mapping[str, Scanned] | None = None) -> None:  # fmt: skip
        """Find the answers to what was `Uncounted`. Raises `Stopped`; what fails is `Uncounted` with its reason."""
        stop = stop or Stop()
        with self._lock:
            simple = [one for one in asked if isinstance(one, Asked)]
            leaves = [leaf for one in simple for leaf in one.leaves]
            asked_for = [*measures_of(leaf for leaf in leaves if is_additive(leaf))]
            asked_for += [Measure("rows", where=leaf.where) for leaf in leaves]
            new = {one.column: one for one in asked_for if one.column not in self._wanted}
            if new:
                self._wanted.update(new)
                self.prepare(progress, stop)
            jobs = self._jobs(simple, [one for one in asked if isinstance(one, AskedHistory)], others or {})
            if not jobs:
                return
            every = {self.source.id: self, **(others or {})}
            where = {
                name: Where(each.source, tuple(map(_now, each.files)), each.is_tidy) for name, each in every.items()
            }
            meter = _Meter(progress, sum(file.size for file in self.files))
            self.scans += 1
            try:
                answers = run(AskJob(tuple(one for _, one in jobs), where), meter.anywhere, stop)
            except (ScanFailed, OSError, Unusable) as error:
                why = error.reason if isinstance(error, ScanFailed) else text("its rows cannot be read")
                self._failed.update({key: why for keys, _ in jobs for key in keys})
                return
            for (keys, _), answer in zip(jobs, answers, strict=True):
                for key in keys:
                    self._answers[key] = answer
                    facts = {"about": about(self.source, self.files[0], answer.height)}
                    self._put(self._named(key), facts, [answer])

    def _jobs(
        self, simple: Sequence[Asked], histories: Sequence[AskedHistory], others: Mapping[str, Scanned]
    ) -> list[tuple[list[object], Asked | AskedHistory]]:
        """What is left to ask, with the keys of the answers; leaves that need different ways go apart."""
        jobs: list[tuple[list[object], Asked | AskedHistory]] = []
        for one in simple:
            left = [leaf for leaf in one.leaves if not self._is_in_cube(one.grouping, [leaf])]
            for fast in (True, False):
                chosen = [leaf for leaf in left if is_countable(leaf) == fast]
                fresh = [leaf for leaf in chosen if _answer_key(one.grouping, leaf) not in self._answers]
                if fresh:
                    keys = [_answer_key(one.grouping, leaf) for leaf in fresh]
                    jobs.append((keys, structs.replace(one, leaves=tuple(fresh))))
        jobs += [([_history_key(one, others)], one) for one in histories]
        return jobs

    @property
    def is_tidy(self) -> bool:
        """Whether every dimension is written as it is shown."""
        return all(each.tidy for each in self.cubes)


class _Meter:
    """Adds up how far the scans of a source's files are."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress = progress
        self.total = total
        self.behind = 0
        self.rows = 0

    def of(self, file: File) -> Callable[[int, int], None]:
        def report(done: int, rows: int) -> None:
            self.rows += rows
            self._say(self.behind + done)

        return report

    def anywhere(self, done: int, rows: int) -> None:
        self.rows += rows
        self._say(done)

    def ended(self, file: File) -> None:
        self.behind += file.size
        self._say(self.behind)

    def _say(self, done: int) -> None:
        if self.progress is not None:
            self.progress(min(done, self.total), self.total, self.rows)


def _now(file: File) -> File:
    """The file with the size that it has now."""
    mark = Fingerprint.of(file.path)
    return file if mark is None else structs.replace(file, size=mark.size)


def _all_rows(source: str) -> Leaf:
    return Leaf(source, Aggregate("COUNT", None))


def _answer_key(grouping: Grouping, leaf: Leaf) -> object:
    return leaf.column, grouping


def _history_key(asked: AskedHistory, others: Mapping[str, Scanned]) -> object:
    marks = tuple((name, tuple(other._marks.values())) for name, other in sorted(others.items()))
    return asked.history.rows, asked.grouping, asked.cohorts, asked.history.calendar, marks


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
