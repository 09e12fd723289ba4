"""Large sources in tests: small files in tiny batches, counted in this process unless a test wants a real one."""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from kpi_tui.facts import answering, batches, distinct, scan
from kpi_tui.facts.cache import Cache
from kpi_tui.facts.engines import cubes, scanned
from kpi_tui.facts.engines.scanned import Scanned
from kpi_tui.facts.files import find
from kpi_tui.facts.measures import is_additive, measures_of
from kpi_tui.facts.query import Leaf
from kpi_tui.facts.table import Findings
from kpi_tui.formula import parse
from kpi_tui.formula.tree import aggregates
from kpi_tui.workspace.model import Source


@contextmanager
def tiny_batches(rows: int = 3, text: int = 64, run: Any = None) -> Iterator[None]:
    """Files in pieces of so many rows or bytes, and `run` (default: `here`) in place of processes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "PARQUET_ROWS", rows)
        patch.setattr(answering, "_DISTINCT_AT_ONCE", rows)
        patch.setattr(distinct, "_COMPACT_AT", 2 * rows)
        patch.setattr(batches, "EAGER_ROWS", rows)
        patch.setattr(batches, "TEXT_BYTES", text)
        for module in (cubes, scanned):
            patch.setattr(module, "run", run or here)
        yield


def here(
    job: scan.FileJob | scan.AskJob, report: Callable[[int, int], None], stop: scan.Stop, _: scan.Child | None = None
) -> Any:
    """`scan.run` without a process; what goes to it and comes back is pickled all the same."""
    if stop.is_set:
        raise scan.Stopped
    return pickle.loads(pickle.dumps(scan.done(pickle.loads(pickle.dumps(job)), report)))


def leaf(formula: str, *, source: str = "s", at: Any = None, where: str = "") -> Leaf:
    """The one aggregate in `formula`."""
    (call,) = aggregates(parse.formula(formula))
    return Leaf(source, call, at, formula, parse.condition(where) if where else None)


def engine(root: Path, source: Source, leaves: list[Leaf], cache: Path | None = None) -> Scanned:
    """A prepared engine that wants these leaves."""
    wanted = measures_of(each for each in leaves if is_additive(each))
    made = Scanned(source, find(source, root, Findings(source.id)), wanted, Cache(cache))
    made.prepare()
    return made
