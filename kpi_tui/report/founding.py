"""What a table that was read holds, in a few words."""

from __future__ import annotations

from kpi_tui.facts.table import Table
from kpi_tui.language.language import Language


def holds(table: Table, language: Language) -> str:
    """The number of usable rows and the days that they cover."""
    rows = language.count("{n} row", "{n} rows", table.rows_read - table.rows_left_out)
    if table.first is None or table.complete_until is None:
        return rows
    dates = language("{first} to {last}", first=language.date(table.first), last=language.date(table.complete_until))
    return f"{rows}, {dates}"
