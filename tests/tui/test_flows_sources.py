"""From nothing to a goal on one's own export, by keys; and the forms that all records are edited in."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.end_to_end.shop import write_shop
from tests.tui.piloting import Flow, running

EXPORT = """Отчёт за квартал
Дата;Канал;Расход;Заказы
01.01.2026;Почта;1 200,50;10
02.01.2026;Поиск;800,00;7
15.02.2026;Почта;1 000,00;12
31.03.2026;Поиск;999,50;1
Итого;;4 000,00;30
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


async def set_field(flow: Flow, label: str, value: str) -> None:
    """Type a value into the field of the form that is open."""
    await to_field(flow, label)
    await flow.press("enter")
    await flow.fill_in(value)
    await flow.shows(rf"{label} +\S")


async def to_field(flow: Flow, label: str) -> None:
    grid = flow.app.screen.query_one("#grid")
    rows = [row.cells[0].text for row in grid.rows]  # type: ignore[attr-defined]  # a Grid
    await flow.press("g", *["j"] * rows.index(label))


async def test_an_own_export_in_an_empty_workspace_up_to_a_goal(tmp_path: Path) -> None:
    (tmp_path / "report.csv").write_text(EXPORT, "cp1251")
    file = tmp_path / "new.toml"
    file.write_text('schema = 1\n\n[workspace]\nname = "new"\n')
    async with running(file) as flow:
        await flow.press("s", "a", "down", "enter")
        await flow.shows("Which file")
        await flow.fill_in("report.csv")
        await flow.shows("Source 'report'")
        await flow.shows("report.csv:1: .* cannot be read as utf-8")

        await to_field(flow, "How to read")
        await flow.press("enter")
        await flow.shows("Encoding")
        for label, value in (
            ("Encoding", "cp1251"), ("Separator", ";"), ("Decimal mark", ","), ("Thousands mark", "space"),
            ("Date format", "%d.%m.%Y"), ("Lines to skip", "1"), ("Rows to drop", "\"Дата\" = 'Итого'"),
        ):  # fmt: skip
            await set_field(flow, label, value)
        await flow.press("escape")
        await flow.shows("Дата text +Канал text +Расход text")
        await flow.shows("01.01.2026 +Почта +1 200,50 +10")

        await set_field(flow, "Time column", "Дата")
        await set_field(flow, "Dimensions", "Канал")
        await set_field(flow, "Column types", "Дата = date; Расход = decimal; Заказы = integer")
        await flow.shows("2026-01-01 +Почта +1200.50 +10")
        await flow.hides("Итого +")
        await flow.press("escape")
        await flow.shows(r"report +report.csv +4 +31 Mar 2026")
        await flow.press("escape")

        await flow.press("2", "a", *"formula", "enter")
        await flow.fill_in("Расход")
        await flow.shows("Formula of Расход")
        await flow.fill_in('SUM("Расход")')
        await flow.shows("Metric 'raskhod'")
        await flow.press("escape")
        await flow.press("left_square_bracket", "left_square_bracket")
        await flow.shows(r"Расход +2,00[01] ")  # 1 200.50 + 800.00
        await flow.press("b", *"канал", "enter")
        await flow.shows(r"Поиск +800")
        await flow.press("escape", "1", "a", "enter", "enter")
        await flow.shows("Name")
        await flow.fill_in("Тратить меньше")
        await flow.shows("Goal 'tratit_menshe'")
        await set_field(flow, "Target", "4500")
        await flow.press("escape", "ctrl+s")
        await flow.shows("saved")
        saved = flow.saved
    assert saved.sources[0].time == "Дата"
    assert saved.sources[0].read.thousands == " "
    assert saved.goals[0].target == Decimal(4500)
    async with running(file) as flow:
        await flow.shows("Тратить меньше")
        assert not flow.app.desk or not flow.app.desk.session.findings


async def test_a_tab_and_a_blank_can_be_given_by_name_and_are_shown(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("s", "enter")
        await to_field(flow, "How to read")
        await flow.press("enter")
        await set_field(flow, "Separator", "tab")
        await set_field(flow, "Thousands mark", "space")
        read = flow.workspace.sources[0].read
        assert (read.separator, read.thousands) == ("\t", " ")
        await flow.shows("Separator +tab")
        await to_field(flow, "Separator")
        await flow.press("enter", "enter")
        assert flow.workspace.sources[0].read.separator == "\t", "committing what is shown changes nothing"
        await flow.press("d")
        await flow.shows("Separator +,")


async def test_a_path_that_leads_nowhere_is_said_where_it_is_typed(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("s", "a", "down", "enter")
        await flow.fill_in("nothing-*.csv")
        await flow.shows("Source 'nothing'")
        await flow.shows(r"nothing-\*\.csv")
        await flow.shows("no file|matches nothing|not found|does not exist")


async def test_wrong_values_in_a_form_are_refused_with_the_reason_and_escape_closes_step_by_step(file: Path) -> None:
    async with running(file) as flow:
        before = flow.workspace
        await flow.press("g", "j", "enter")
        await flow.shows("Goal 'turnover'")
        for label, typed, reason in (
            ("Start", "soon", "soon"),
            ("Due", "2020-01-01", "before|after|start"),
            ("Weight", "-1", "negative|less|0"),
            ("Id", "Не то", "letters|id"),
            ("Target", "много", "not a number"),
            ("Only where", "planet", "has no ="),
            ("Targets of periods", "2026-Q9 = 1", "2026-Q9"),
        ):
            await to_field(flow, label)
            await flow.press("enter")
            await flow.fill_in(typed)
            await flow.shows(reason)
            assert flow.workspace == before, label
            assert flow.app.screen.query_one("#grid").editing, f"{label}: the editor stays open"  # type: ignore[attr-defined]  # a Grid
            await flow.press("escape")
            await flow.shows("Goal 'turnover'")
        await flow.press("escape")
        await flow.at_home()


async def test_every_field_of_every_record_can_be_opened_and_committed_without_a_change(file: Path) -> None:
    async with running(file) as flow:
        before = flow.workspace
        for keys in (
            ("w",),
            ("1", "g", "enter"),
            ("1", "g", "j", "enter"),
            ("2", "g", "enter"),
            ("3", "g", "enter"),
            ("s", "enter"),
        ):
            await flow.press(*keys)
            rows = len(flow.app.screen.query_one("#grid").rows)  # type: ignore[attr-defined]  # a Grid
            assert rows > 3
            for row in range(rows):
                depth = len(flow.app.screen_stack)
                await flow.press("g", *["j"] * row, "e", "end")
                if len(flow.app.screen_stack) > depth:
                    await flow.press("escape")
                elif flow.app.screen.query_one("#grid").editing:  # type: ignore[attr-defined]  # a Grid
                    await flow.press("enter")
                    assert not flow.app.screen.query_one("#grid").editing, f"{keys} {row}:\n{flow.text}"  # type: ignore[attr-defined]  # a Grid
                await flow.pilot.pause()
                while len(flow.app.screen_stack) > depth:
                    await flow.press("escape")
            await flow.press("u", "escape", "escape")
            await flow.at_home()
        assert flow.workspace == before


async def test_a_renamed_id_is_followed_by_what_refers_to_it(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("1", "g", "j", "enter")
        await set_field(flow, "Id", "sales_goal")
        await flow.shows("Goal 'sales_goal'|sales_goal")
        assert flow.workspace.members[0].kpis[0].goal == "sales_goal"
        await flow.press("j", "enter")
        await flow.fill_in("Sales")
        await flow.shows("Name +Sales")
        await flow.press("escape")
        await flow.shows(r"Sales +3,861")


async def test_a_check_in_is_added_written_and_shown(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("1", "g", "j", "enter")
        await to_field(flow, "Check-ins")
        await flow.press("a")
        await flow.shows("2026-06-30'")
        await set_field(flow, "Note", "All is well [/]")
        await flow.press("escape", "escape")
        await flow.shows(r"All is well \[/\]")
        assert flow.workspace.goals[0].checkins[0].date == date(2026, 6, 30)


async def test_the_workspace_form_changes_the_currency_everywhere(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("w")
        await set_field(flow, "Currency", "EUR")
        await flow.press("escape")
        await flow.shows("· EUR")


async def test_a_form_saves_without_being_left(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("1", "g", "j", "enter")
        await set_field(flow, "Target", "7000")
        await flow.press("ctrl+s")
        await flow.shows("saved")
        assert flow.saved.goals[0].target == Decimal(7000)
        await flow.shows("Goal 'turnover'")
