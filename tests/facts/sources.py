"""Sources written down in a test: files in a temporary folder, loaded as the workspace would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kpi_tui.facts.reading import load
from kpi_tui.facts.table import HIDDEN, LINE, Table
from kpi_tui.workspace.model import Read, Source
from kpi_tui.workspace.periods import Calendar


def loaded(root: Path, path: str, *, read: dict[str, Any] | None = None, **source: Any) -> Table:
    """The table of a source `s` with this path, `[source.read]` and other keys."""
    return load(Source(id="s", path=path, read=Read(**(read or {})), **source), root, Calendar())


def csv(
    root: Path, content: str | bytes, *, name: str = "a.csv", read: dict[str, Any] | None = None, **source: Any
) -> Table:
    """The table of a source of one file with this content."""
    (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    return loaded(root, name, read=read, **source)


def rows(table: Table) -> list[tuple[Any, ...]]:
    """The cells of a table without where they stood."""
    assert table.frame is not None
    return table.frame.drop(HIDDEN, strict=False).rows()


def lines(table: Table) -> list[int]:
    assert table.frame is not None
    return table.frame[LINE].to_list()


def said(table: Table) -> list[str]:
    """The findings as `file:line severity what`."""
    return [f"{finding.place} {finding.severity} {finding.what}" for finding in table.findings]
