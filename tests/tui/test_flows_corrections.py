"""Correcting a number from its row, the list of corrections, and typing values into the table, by keys."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from textual import events

from kpi_tui.workspace.model import Entry
from tests.end_to_end.shop import SHOP, write_shop
from tests.tui.piloting import Flow, running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


async def corrected(flow: Flow, amount: str, reason: str) -> None:
    await flow.press("A")
    await flow.shows("A correction")
    await flow.fill_in(amount)
    await flow.fill_in(reason)
    await flow.press("enter")


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_an_amount_more_and_back(file: Path, size: tuple[int, int]) -> None:
    async with running(file, size=size) as flow:
        await flow.press("2", "g")
        await corrected(flow, "+12000", "Late invoice")
        await flow.shows(r"Revenue +\d+[.,]?\d* ?K?\S*±")
        (made,) = flow.workspace.adjustments
        assert (made.id, made.source, made.column, made.add, made.set) == (
            "late_invoice", "sales", "revenue", Decimal(12000), None,
        )  # fmt: skip
        assert made.reason == "Late invoice"
        assert made.author
        await flow.press("x")
        await flow.shows(r"correction +late_invoice \+12,000 \(sales\.revenue\)")
        await flow.press("escape", "ctrl+s")
        await flow.shows("saved")
        assert flow.saved.adjustments == (made,)
        await flow.press("u")
        await flow.hides("±")
        assert flow.workspace.adjustments == ()


async def test_the_sum_itself_of_the_slice_looked_at(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("2", "g", "b", *"chan", "enter")
        await flow.shows("Email")
        await flow.press("g", "j")
        await flow.press("A")
        await flow.shows("channel = Email")
        await flow.fill_in("77.5")
        await flow.fill_in("Counted again")
        await flow.shows(r"Sum +[\d,]+ → 77\.5")
        await flow.press("enter")
        await flow.shows("±")
        (made,) = flow.workspace.adjustments
        assert (made.set, made.where, made.date) == (Decimal("77.5"), {"channel": "Email"}, date(2026, 6, 30))


async def test_a_line_of_a_matrix_is_corrected_in_its_own_period(file: Path) -> None:
    """Whatever period is looked at: the matrix is of June, the last month that is over."""
    async with running(file, size=(80, 24)) as flow:
        await flow.press("left_square_bracket", "left_square_bracket", "3", "g", "j", "j")
        await corrected(flow, "+10", "A late order")
        await flow.shows(r"A correction|Team")
        (made,) = flow.workspace.adjustments
        assert (made.date, made.column, made.add) == (date(2026, 6, 30), "orders", Decimal(10))
        await flow.press("3", "g", "A")
        await flow.shows("there is no number to correct here")


async def test_a_number_that_is_none_and_a_reason_that_is_missing(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("2", "g", "A")
        await flow.shows("A correction")
        await flow.fill_in("many")
        await flow.shows("'many' is not a number")
        await flow.fill_in("5")
        await flow.fill_in(" ")
        await flow.shows("a reason is needed")
        await flow.press("escape", "escape")
        assert flow.workspace.adjustments == ()
        await flow.press("G", "A")
        await flow.shows("this metric is typed: i opens its values")


async def test_a_ratio_lets_the_column_be_picked(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("2", "g", "j", "j", "A")
        await flow.shows("A correction")
        await flow.press("escape", "j", "j", "enter")
        await flow.shows(r"sales\.cost")
        await flow.press(*"orders", "enter")
        await flow.shows(r"Column +sales\.orders")


async def test_a_product_of_columns_is_no_sum_that_could_be_corrected(tmp_path: Path) -> None:
    """An amount says nothing of the other factor: no column is offered that would leave the number as it is."""
    file = write_shop(tmp_path, SHOP.replace('formula = "SUM(revenue)"', 'formula = "SUM(revenue * orders)"', 1))
    async with running(file) as flow:
        await flow.press("2", "g", "A")
        await flow.shows("adds up no column: there is nothing to correct")


async def test_the_list_opens_and_deletes(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("2", "g")
        await corrected(flow, "-5", "Double entry")
        await flow.press("K")
        await flow.shows(r"sales\.revenue +−5 Double entry")
        await flow.press("enter")
        await flow.shows("Adjustment 'double_entry'")
        await flow.press("escape", "d")
        await flow.shows("No corrections")
        await flow.press("u")
        await flow.shows("Double entry")


async def entries(flow: Flow) -> list[Entry]:
    return list(flow.workspace.metrics[4].entries)


async def test_typing_over_a_cell_goes_down(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("2", "G", "i")
        await flow.shows("Jun 2026")
        await flow.press("3", "1", ",", "5", "enter", "4", "0", "enter")
        await flow.shows(r"Jul 2026 +40")
        found = [(entry.date.isoformat(), entry.value) for entry in await entries(flow)]
        assert found == [
            ("2026-03-31", Decimal("0.24")), ("2026-06-30", Decimal("0.315")), ("2026-07-31", Decimal("0.4")),
        ]  # fmt: skip
        await flow.press("k", "d")
        await flow.hides(r"Jul 2026 +40")
        await flow.press("u", "u", "u")
        assert len(await entries(flow)) == 1


async def test_a_block_is_pasted_whole_or_not_at_all(file: Path) -> None:
    async with running(file, size=(120, 40)) as flow:
        await flow.press("2", "G", "i")
        await flow.shows("Jun 2026")
        await flow.press("a")
        await flow.shows("Which slice")
        await flow.fill_in("segment = new")
        await flow.shows(r"month +Awareness +new")
        await flow.press("left")
        flow.app.post_message(events.Paste("24,1 %\t31\n1\u00a0000\u00a0%\tmany\nx\t\n"))
        await flow.shows("Nothing is pasted: 2 cells are wrong")
        await flow.shows(r"row 2, column 2 +Jul 2026, new: 'many' is not a number")
        await flow.shows(r"row 3, column 1 +Aug 2026, Awareness: 'x' is not a number")
        await flow.press("escape")
        assert len(await entries(flow)) == 1
        flow.app.post_message(events.Paste("24,1 %\t31\r\n\t32,5\r\n"))
        await flow.shows(r"Jul 2026 +32\.5 %")
        found = [(entry.date.isoformat(), dict(entry.by), entry.value) for entry in (await entries(flow))[1:]]
        assert found == [
            ("2026-06-30", {}, Decimal("0.241")),
            ("2026-06-30", {"segment": "new"}, Decimal("0.31")),
            ("2026-07-31", {"segment": "new"}, Decimal("0.325")),
        ]
        await flow.press("u")
        await flow.hides("32.5 %")
        assert len(await entries(flow)) == 1, "one undo takes all of it back"


async def test_what_is_computed_is_not_typed(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("2", "g", "i")
        await flow.shows("this metric is computed: A corrects it")
