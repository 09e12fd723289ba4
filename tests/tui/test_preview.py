"""The first rows of a source as a person reads them."""

from __future__ import annotations

from decimal import Decimal

from kpi_tui.tui.preview import laid_out


def test_cells_are_written_as_numbers_are() -> None:
    _, (row,) = laid_out(["a", "b", "c", "d"], [[Decimal("0E-12"), Decimal("1.50"), None, "x"]], 80)
    assert [cell.text for cell in row.cells] == ["0", "1.50", "", "x"]
