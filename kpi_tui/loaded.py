"""A workspace file with its data, evaluated once: what `show` and `check` need."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kpi_tui.errors import Finding
from kpi_tui.facts.table import Table
from kpi_tui.loading import Loading
from kpi_tui.metrics.evaluate import Evaluator, LeafTables
from kpi_tui.metrics.plan import PlaceOf, build
from kpi_tui.workspace.document import Document
from kpi_tui.workspace.model import Workspace
from kpi_tui.workspace.periods import Calendar


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
        return (
            *data_findings(self.tables, self.document.places.place),
            *self.evaluator.plan.findings,
            *self.evaluator.leaf_tables.corrections.findings,
        )


def loaded(loading: Loading) -> Loaded:
    """Wait for the data; the evaluator over them."""
    tables = loading.tables()
    read = loading.document
    return Loaded(read, tables, evaluator_of(read.workspace, LeafTables(tables), read.places.place))


def evaluator_of(workspace: Workspace, leaf_tables: LeafTables, place_of: PlaceOf) -> Evaluator:
    """The evaluator of a workspace over loaded tables."""
    schemas = {name: dict(engine.schema) for name, engine in leaf_tables.engines.items()}
    if workspace.adjustments:
        from kpi_tui.facts.adjusting import Facts, corrections  # most workspaces have none

        facts = Facts(leaf_tables.tables, schemas, leaf_tables.facts, leaf_tables.seen)
        calendar = Calendar.of(workspace.settings)
        leaf_tables = leaf_tables.corrected(corrections(workspace.adjustments, facts, calendar, place_of))
    return Evaluator(workspace, build(workspace, schemas, place_of), leaf_tables)


def data_findings(tables: Mapping[str, Table], place_of: PlaceOf) -> tuple[Finding, ...]:
    """What is wrong with the data, source by source; a source's conditions stand in the workspace file."""
    return tuple(_placed(finding, name, place_of) for name, table in tables.items() for finding in table.findings)


def _placed(finding: Finding, source: str, place_of: PlaceOf) -> Finding:
    if finding.place.file:
        return finding
    key = str(finding.what.values.get("key", ""))
    path = ("source", source, "read", key) if key == "drop_rows" else ("source", source, key)
    return finding._replace(place=place_of(path))
