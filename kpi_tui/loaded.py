"""A workspace file with its data, read once: what `show` and `check` need, and what a session begins with."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from kpi_tui.errors import Finding
from kpi_tui.facts.reading import load
from kpi_tui.facts.table import ORIGIN, Table
from kpi_tui.metrics.evaluate import Evaluator, LeafTables
from kpi_tui.metrics.plan import PlaceOf, build
from kpi_tui.workspace import document, store
from kpi_tui.workspace.document import Document
from kpi_tui.workspace.model import Source, Workspace
from kpi_tui.workspace.periods import Calendar

Progress = Callable[[int, int], None]  # bytes read, bytes in all


@dataclass(frozen=True, slots=True)
class Loaded:
    """A workspace, its tables and the evaluator over them."""

    document: Document
    tables: Mapping[str, Table]
    evaluator: Evaluator

    @property
    def workspace(self) -> Workspace:
        return self.document.workspace

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What is wrong with the data and the formulas."""
        return (*data_findings(self.tables), *self.evaluator.plan.findings)


def read_and_load(path: Path) -> Loaded:
    """Read the workspace at `path` and all its data. Raises `KpiError` where the file cannot be used."""
    snapshot = store.read(path)
    read = document.read(snapshot.text, str(path))
    tables = load_tables(read.workspace, snapshot.target.parent, {})
    return Loaded(read, tables, evaluator_of(read.workspace, LeafTables(tables), read.places.place))


def load_tables(
    workspace: Workspace, root: Path, known: Mapping[str, Table], progress: Progress | None = None
) -> dict[str, Table]:
    """The tables of all sources; those in `known` that were read by the same description are taken over.

    Slow and without side effects: made for a thread. `progress` is called with bytes done and in all, over all sources.
    """
    calendar = Calendar.of(workspace.settings)
    wanted = [source for source in workspace.sources if source.id not in known or known[source.id].source != source]
    done = dict.fromkeys((source.id for source in wanted), (0, 0))

    def one(source: Source) -> Table:
        def report(read: int, total: int) -> None:
            done[source.id] = (read, total)
            if progress is not None:
                progress(sum(part for part, _ in done.values()), sum(whole for _, whole in done.values()))

        return load(source, root, calendar, report)

    with ThreadPoolExecutor(max_workers=2, thread_name_prefix="load") as pool:
        fresh = {table.source.id: table for table in pool.map(one, wanted)}
    return {source.id: fresh.get(source.id) or known[source.id] for source in workspace.sources}


def evaluator_of(workspace: Workspace, leaf_tables: LeafTables, place_of: PlaceOf) -> Evaluator:
    """The evaluator of a workspace over loaded tables."""
    schemas = {
        name: {column: dtype for column, dtype in table.frame.schema.items() if column not in ORIGIN}
        for name, table in leaf_tables.tables.items()
        if table.frame is not None
    }
    return Evaluator(workspace, build(workspace, schemas, place_of), leaf_tables)


def data_findings(tables: Mapping[str, Table]) -> tuple[Finding, ...]:
    """What is wrong with the data, source by source."""
    return tuple(finding for table in tables.values() for finding in table.findings)
