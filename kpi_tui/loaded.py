"""A workspace file with its data, evaluated once: what `show` and `check` need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from kpi_tui.errors import Finding
from kpi_tui.facts.table import ORIGIN, Table
from kpi_tui.loading import Loading
from kpi_tui.metrics.evaluate import Evaluator, LeafTables
from kpi_tui.metrics.plan import PlaceOf, build
from kpi_tui.workspace.document import Document
from kpi_tui.workspace.model import Workspace


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


def loaded(loading: Loading) -> Loaded:
    """Wait for the data; the evaluator over them."""
    tables = loading.tables()
    read = loading.document
    return Loaded(read, tables, evaluator_of(read.workspace, LeafTables(tables), read.places.place))


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
