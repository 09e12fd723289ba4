"""The source rows under an explanation: where each stands, its date and dimensions, and what the leaf read of it."""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct

from kpi_tui.errors import Place
from kpi_tui.facts.query import Leaf
from kpi_tui.facts.table import FILE, LINE
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.metrics.explain import Explanation, Part, grouping_of

MOST = 500  # rows that are shown; how many there are is said


class SourceRow(Struct, frozen=True):
    """One row of a source: its place and its cells by column, None where a cell is missing."""

    place: Place
    cells: Mapping[str, object]


class LeafRows(Struct, frozen=True):
    """The first rows a leaf was counted over, in the order of the files; `total` is how many there are.

    `dimensions` are the places from..to of the dimensions among the columns; what the leaf reads
    stands behind them.
    """

    leaf: Leaf
    total: int
    columns: tuple[str, ...]
    dimensions: tuple[int, int]
    rows: tuple[SourceRow, ...]


def leaf_rows(evaluator: Evaluator, explanation: Explanation, part: Part, limit: int = MOST) -> LeafRows:
    """The rows behind one part of an explanation that has a leaf and rows."""
    leaf, days = part.leaf, part.over
    assert leaf is not None  # callers saw to it
    assert days is not None  # as to this
    grouping = grouping_of(evaluator, explanation.question, leaf.source, days, explanation.part)
    behind = evaluator.leaf_tables.rows(leaf, grouping, limit)
    table = evaluator.leaf_tables.tables[leaf.source]
    files = table.files
    columns = tuple(name for name in behind.rows.columns if name not in (FILE, LINE))
    begin = int(table.source.time is not None and table.source.time in columns)
    end = begin + sum(name in columns for name in table.source.dimensions)
    rows = []
    for row in behind.rows.iter_rows(named=True):
        file, line = row.get(FILE), row.get(LINE)
        place = Place(files[file] if file is not None and file < len(files) else leaf.source, line or 0)
        rows.append(SourceRow(place, {name: row[name] for name in columns}))
    return LeafRows(leaf, behind.total, columns, (begin, end), tuple(rows))
