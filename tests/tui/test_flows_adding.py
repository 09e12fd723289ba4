"""Adding and deleting every kind of record by keys, and taking it back."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from tests.end_to_end.shop import SHOP, write_shop
from tests.tui.piloting import running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


async def test_a_goal_for_a_metric_under_the_objective_at_the_cursor(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("g", "a", "enter")
        await flow.shows("Which metric")
        await flow.press(*"rev", "enter")
        await flow.shows("Name")
        await flow.fill_in("More revenue")
        await flow.shows("Goal 'more_revenue'")
        await flow.press("escape")
        await flow.shows(r"More revenue +3,861")
        goal = flow.workspace.goals[-1]
        assert (goal.id, goal.metric, goal.objective, goal.target) == ("more_revenue", "revenue", "growth", "+10%")
        await flow.press("ctrl+s")
        await flow.shows("saved")
        assert flow.saved.goals[-1] == goal
        await flow.press("u")
        await flow.hides("More revenue")


@pytest.mark.parametrize("begins", ["2026-01-01", "2025-12-01"])
async def test_a_goal_without_a_whole_year_before_begins_from_an_estimate(tmp_path: Path, begins: str) -> None:
    where = f"where = \"date >= '{begins}'\""
    file = write_shop(tmp_path, SHOP.replace('time = "date"\n', f'time = "date"\n{where}\n', 1))
    async with running(file) as flow:
        await flow.press("g", "a", "enter")
        await flow.press(*"rev", "enter")
        await flow.fill_in("More revenue")
        await flow.shows("Goal 'more_revenue'")
        await flow.press("a")
        await flow.shows("checkin '2026-06-30'")
        await flow.press("a")
        await flow.shows("nothing that could be added here")
        baseline = flow.workspace.goals[-1].baseline
        assert baseline == 7786  # 3861 x 365 / 181 days = 7785.99


async def test_a_milestone_an_objective_and_the_names_they_need(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("g", "a", *"mile", "enter")
        await flow.shows("Name")
        await flow.fill_in("  ")
        await flow.shows("a name is needed")
        await flow.fill_in("Запуск сайта")
        await flow.shows("Goal 'zapusk_sayta'")
        labels = [row.cells[0].text for row in flow.app.screen.grid.rows]  # type: ignore[attr-defined]  # the record's
        assert "Done" in labels
        assert not {"Metric", "Target", "Baseline", "Not below", "Commit", "Stretch", "Split"} & set(labels)
        await flow.press("escape")
        await flow.press("g", "a", *"objec", "enter")
        await flow.shows("Name")
        await flow.fill_in("Запуск сайта")
        await flow.shows("Objective 'zapusk_sayta'")
        await flow.press("escape")
        await flow.shows("Запуск сайта")
        assert flow.workspace.goals[-1].kind == "milestone"
        assert flow.workspace.objectives[-1].parent == "growth"


async def test_a_metric_with_a_formula_that_is_checked_as_it_is_typed(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("2", "a", *"formula", "enter")
        await flow.shows("Name")
        await flow.fill_in("Margin")
        await flow.shows("Formula of Margin")
        await flow.fill_in("SUM(revenu) - SUM(cost)")
        await flow.shows("revenu")
        assert flow.workspace.metrics[-1].formula == "COUNT(*)", "a wrong formula is not taken"
        await flow.press("escape")
        await flow.shows("Metric 'margin'")
        await flow.press("enter")
        await flow.fill_in("SUM(revenue) - SUM(cost)")
        await flow.hides("COUNT")
        await flow.press("escape")
        await flow.shows(r"Margin +411 ")
        await flow.press("G", "x")
        await flow.shows(r"Margin = SUM\(revenue\) - SUM\(cost\)")


async def test_a_value_entered_by_hand_in_the_form_and_in_place(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("2", "G", "a", "enter")
        await flow.shows("Metric 'awareness'")
        assert len(flow.workspace.metrics[-1].entries) == 2
        await flow.press("escape", "u")
        await flow.shows("undone")
        await flow.press("G", "home", "right", "e")
        await flow.fill_in("31,5 %")
        await flow.shows(r"Awareness +31\.5 %")
        assert flow.workspace.metrics[-1].entries[-1].value == Decimal("0.315")
        assert [entry.date.isoformat() for entry in flow.workspace.metrics[-1].entries] == ["2026-03-31", "2026-06-30"]
        await flow.press("e")
        await flow.fill_in("32")
        await flow.shows(r"Awareness +32\.0 %")
        assert len(flow.workspace.metrics[-1].entries) == 2, "the period's value is changed, not a second one added"


async def test_a_member_and_a_line_of_the_matrix(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("3", "a", *"member", "enter")
        await flow.shows("Full name")
        await flow.fill_in("Vera")
        await flow.shows("Member 'vera'")
        await flow.press("a")  # from any field: a member has one list
        await flow.shows("A line on which goal")
        await flow.press("escape", "escape")
        await flow.press("G", "a", "enter")
        await flow.shows("A line on which goal")
        await flow.press("enter")
        await flow.shows("Member 'vera'")
        line = flow.workspace.members[-1].kpis[0]
        assert (line.goal, line.weight) == ("turnover", Decimal(10))
        await flow.press("escape")
        await flow.press("G", "right", "e")
        await flow.fill_in("55")
        await flow.shows(r"Turnover +55 ")
        assert flow.workspace.members[-1].kpis[0].weight == Decimal(55)


async def test_a_line_with_a_plan_of_its_own_begins_with_what_the_period_came_to(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("3", "G", "enter")
        await flow.shows("Member 'boris'")
        await flow.press("a", *"revenue", "enter")
        await flow.shows(r"Member 'boris', kpi 'revenue'")
        (line,) = flow.workspace.members[-1].kpis
        assert (line.metric, line.plan) == ("revenue", Decimal(651))  # June's revenue
        await flow.press("escape")


@pytest.mark.parametrize(
    ("keys", "gone"),
    [
        (("1", "G"), "New site"),
        (("2", "G"), "Awareness"),
        (("3", "G"), "Boris"),
        (("3", "g", "j"), r"Turnover +651"),
    ],
)
async def test_what_is_deleted_is_gone_and_undo_brings_it_back(file: Path, keys: tuple[str, ...], gone: str) -> None:
    async with running(file) as flow:
        before = flow.workspace
        await flow.press(*keys)
        await flow.shows(gone)
        await flow.press("d")
        await flow.hides(gone)
        await flow.press("u")
        await flow.shows(gone)
        assert flow.workspace == before


async def test_what_others_refer_to_is_not_deleted_and_the_reason_is_said_whole(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        before = flow.workspace
        await flow.press("g", "j", "d")
        await flow.shows(r"is used by member 'anna'(.|\n)*change or delete what\s+uses it first")
        assert flow.workspace == before


async def test_a_slice_is_not_deleted(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("b", *"channel", "enter")
        await flow.shows("Email")
        before = flow.workspace
        await flow.press("2", "g", "j", "d")
        assert flow.workspace == before
