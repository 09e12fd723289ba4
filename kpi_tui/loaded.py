"""A workspace file with its data, evaluated once: what `show` and `check` need."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from msgspec import Struct

from kpi_tui.errors import Finding
from kpi_tui.facts.table import ORIGIN, Table
from kpi_tui.loading import Loading
from kpi_tui.metrics.evaluate import Evaluator, LeafTables
from kpi_tui.metrics.plan import PlaceOf, build
from kpi_tui.workspace.document import Document
from kpi_tui.workspace.model import Workspace


class Loaded(Struct, frozen=True):
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
        return (*data_findings(self.tables, self.document.places.place), *self.evaluator.plan.findings)


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


def data_findings(tables: Mapping[str, Table], place_of: PlaceOf) -> tuple[Finding, ...]:
    """What is wrong with the data, source by source; a source's conditions stand in the workspace file."""
    return tuple(_placed(finding, name, place_of) for name, table in tables.items() for finding in table.findings)


def _placed(finding: Finding, source: str, place_of: PlaceOf) -> Finding:
    if finding.place.file:
        return finding
    key = str(finding.what.values.get("key", ""))
    path = ("source", source, "read", key) if key == "drop_rows" else ("source", source, key)
    return replace(finding, place=place_of(path))
