"""The first rows of a table as they were read, with their columns' types, for a grid below what decides on them."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from kpi_tui.facts.table import HIDDEN
from kpi_tui.language.language import Language
from kpi_tui.tui.widgets.grid import Cell, Column, Row
from kpi_tui.tui.word_names import kind_name

if TYPE_CHECKING:
    import polars as pl


def first_rows(frame: pl.DataFrame, count: int, width: int, language: Language) -> tuple[list[Column], list[Row]]:
    """Columns and rows of the first `count` rows, in `width` cells."""
    shown = [name for name in frame.columns if name not in HIDDEN]
    head = frame.select(shown).head(count)
    titles = [f"{name} {language.say(kind_name(str(frame.schema[name])))}" for name in shown]
    return laid_out(titles, list(head.iter_rows()), width)


def laid_out(titles: Sequence[str], rows: Sequence[Sequence[object]], width: int) -> tuple[list[Column], list[Row]]:
    """Columns of equal width, the last ones dropped first where there is no room."""
    each = max(8, min(16, (width - 2) // max(1, min(len(titles), 6)) - 1))
    columns = [Column(str(i), title, each, priority=i) for i, title in enumerate(titles)]
    return columns, [Row(str(index), tuple(Cell(_text(cell)) for cell in values)) for index, values in enumerate(rows)]


def _text(cell: object) -> str:
    if cell is None:
        return ""
    if isinstance(cell, Decimal):  # nought with twelve digits would be 0E-12
        return f"{cell:f}" if cell else "0"
    return str(cell)
