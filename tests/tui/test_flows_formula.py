"""A formula is typed with candidates, its mistakes shown in place, and its result before it is taken."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual import events

from tests.end_to_end.shop import write_shop
from tests.tui.piloting import Flow, running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


async def open_formula(flow: Flow) -> None:
    """The formula of the first metric, emptied."""
    await flow.press("2", "g", "enter")
    await flow.shows("Metric 'revenue'")
    while flow.app.screen.grid.key != "formula":  # type: ignore[attr-defined]  # the record's screen
        await flow.press("j")
    await flow.press("enter")
    await flow.shows("Formula of")
    await flow.press("end", "ctrl+u")


async def test_candidates_complete_what_was_begun_and_the_result_stands_beside(file: Path) -> None:
    async with running(file) as flow:
        await open_formula(flow)
        flow.app.post_message(events.Paste("SUM(co"))
        await flow.handled()
        await flow.shows(r"cost +column +decimal")
        await flow.press("tab")
        flow.app.post_message(events.Paste(")"))
        await flow.handled()
        await flow.shows(r"SUM\(cost\)")
        shown = await flow.shows(r"Jun\*? (\d+)")
        assert flow.workspace.metrics[0].formula == "SUM(revenue)", "nothing is taken before Enter"
        await flow.press("enter")
        await flow.hides("Formula of")
        assert flow.workspace.metrics[0].formula == "SUM(cost)"
        assert shown.group(1) == "240"


async def test_a_mistake_is_marked_below_its_place_and_not_taken(file: Path) -> None:
    async with running(file) as flow:
        await open_formula(flow)
        flow.app.post_message(events.Paste("SUM(revenue) / ordes"))
        await flow.press("enter")
        await flow.shows("unknown name 'ordes'.*did you mean 'orders'")
        typed, marked = (line for line in flow.text.split("\n")[1:3])
        assert typed.index("ordes") == marked.index("^")
        await flow.press("escape")
        assert flow.workspace.metrics[0].formula == "SUM(revenue)"


async def test_a_new_formula_brings_its_unit_and_what_means_little_is_said(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("2", "a", *"formula", "enter")
        await flow.fill_in("Price")
        await flow.shows("Formula of Price")
        await flow.press("ctrl+u")
        flow.app.post_message(events.Paste("AVG(revenue / orders)"))
        await flow.shows("which is a ratio: every row weighs the same")
        await flow.press("ctrl+u")
        await flow.fill_in("revenue / orders")
        await flow.shows("Metric 'price'")
        made = flow.workspace.metrics[-1]
        assert (made.formula, made.unit) == ("revenue / orders", "money")
        await flow.press("escape", "u")
        assert flow.workspace.metrics[-1].formula == "COUNT(*)", "one step back takes both"
