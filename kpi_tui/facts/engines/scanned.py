"""The engine of a source that is too large to be in memory: a cube of its additive leaves, scans for the rest.

Invariant: `count` never waits. What is not known yet is `Uncounted` until somebody calls `scan`, on a thread.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl
from msgspec import structs, to_builtins

from kpi_tui.errors import Finding, Text, text
from kpi_tui.facts import cube
from kpi_tui.facts.aggregate import PERIOD, ROWS, row_filter
from kpi_tui.facts.answering import Where
from kpi_tui.facts.batches import Unusable
from kpi_tui.facts.cache import Cache, Damaged, about, definition, key_of
from kpi_tui.facts.counting import FileCube
from kpi_tui.facts.distinct import is_countable
from kpi_tui.facts.engines import Asked, AskedHistory, Uncounted
from kpi_tui.facts.engines.cubes import Cubes, now
from kpi_tui.facts.engines.meter import Meter
from kpi_tui.facts.files import File
from kpi_tui.facts.measures import Measure, is_additive, measures_of
from kpi_tui.facts.query import Filter, Grouping, History, Leaf, apart
from kpi_tui.facts.scan import AskJob, Progress, ScanFailed, Stop, run
from kpi_tui.formula.tree import Aggregate
from kpi_tui.workspace.model import Source


class Scanned:
    """Answers about one source whose files are `files`; `prepare` before anything else."""

    def __init__(self, source: Source, files: Sequence[File], wanted: Sequence[Measure], cache: Cache) -> None:
        self.source = source
        self.files = tuple(files)
        self._counted = Cubes(source, files, wanted, cache)
        self._asked = 0  # scans for answers
        self._cells = pl.DataFrame()
        self._answers: dict[object, pl.DataFrame] = {}
        self._failed: dict[object, Text] = {}
        self._lock = threading.Lock()

    # What is known

    @property
    def cubes(self) -> tuple[FileCube, ...]:
        """What was counted, file by file."""
        return self._counted.found

    @property
    def findings(self) -> Sequence[Finding]:
        """What was found while files were counted and kept."""
        return self._counted.findings

    @property
    def scans(self) -> int:
        """How often rows were read, for those who want to know what an edit costs."""
        return self._counted.scans + self._asked

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
        return self._counted.changed()

    @property
    def is_tidy(self) -> bool:
        """Whether every dimension is written as it is shown."""
        return all(each.tidy for each in self.cubes)

    def prepare(self, progress: Progress | None = None, stop: Stop | None = None) -> None:
        """Count what is wanted and not kept. Raises `Stopped` and `ScanFailed`."""
        self._counted.count(progress, stop or Stop())
        self._cells = self._counted.joined()
        self._answers.clear()

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
            entry = self._counted.cache.get(self._named(key))
        except Damaged:
            return None
        return entry[1][0] if entry is not None and entry[1] else None

    def _named(self, key: object) -> str:
        marks = [to_builtins(mark) for mark in self._counted.marks]
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
            new = {one.column: one for one in asked_for if one.column not in self._counted.wanted}
            if new:
                self._counted.wanted.update(new)
                self.prepare(progress, stop)
            jobs = self._jobs(simple, [one for one in asked if isinstance(one, AskedHistory)], others or {})
            if not jobs:
                return
            every = {self.source.id: self, **(others or {})}
            where = {
                name: Where(each.source, tuple(map(now, each.files)), each.is_tidy) for name, each in every.items()
            }
            meter = Meter(progress, sum(file.size for file in self.files))
            self._asked += 1
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
                    self._counted.put(self._named(key), facts, [answer])

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


def _all_rows(source: str) -> Leaf:
    return Leaf(source, Aggregate("COUNT", None))


def _answer_key(grouping: Grouping, leaf: Leaf) -> object:
    return leaf.column, grouping


def _history_key(asked: AskedHistory, others: Mapping[str, Scanned]) -> object:
    marks = tuple((name, other._counted.marks) for name, other in sorted(others.items()))
    return asked.history.rows, asked.grouping, asked.cohorts, asked.history.calendar, marks
