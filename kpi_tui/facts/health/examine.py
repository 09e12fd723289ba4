"""The tables of a workspace -> their health. Slow (a second per million rows) and pure: made for a thread."""

from __future__ import annotations

from collections.abc import Mapping

from kpi_tui.facts.health.across import across_findings
from kpi_tui.facts.health.cells import cell_findings, columns_of
from kpi_tui.facts.health.dates import date_findings, days_of
from kpi_tui.facts.health.repeats import repeat_findings, repeats_of
from kpi_tui.facts.health.scale import scale_findings
from kpi_tui.facts.health.spellings import spelling_findings, variants_of
from kpi_tui.facts.health.values import Health, SourceHealth
from kpi_tui.facts.table import Table
from kpi_tui.workspace.periods import Calendar


def examine(tables: Mapping[str, Table], calendar: Calendar) -> Health:
    """Look at every table, and at each beside the others. What was found while reading is in `Table.findings`."""
    return Health(tuple(_source(table, calendar) for table in tables.values()), tuple(across_findings(tables)))


def _source(table: Table, calendar: Calendar) -> SourceHealth:
    days = days_of(table, calendar)
    columns = columns_of(table)
    repeats = repeats_of(table)
    variants = variants_of(table)
    findings = (
        *date_findings(table, days),
        *cell_findings(table, columns),
        *repeat_findings(table, repeats),
        *(spelling_findings(table, variants) if variants else ()),
        *scale_findings(table),
    )
    return SourceHealth(
        table.source.id,
        table.source.path,
        table.files,
        table.account,
        table.complete_until,
        days,
        columns,
        repeats.len(),
        variants,
        findings,
        unexamined=table.frame is None and table.account.used > 0,
    )
