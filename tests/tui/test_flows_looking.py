"""Looking: filter, split, grain, period, zoom, explain, copy, palette, help; and every key on every pane."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_tui.language.language import Language
from kpi_tui.tui.actions import ACTIONS
from kpi_tui.tui.screens.main import MainScreen
from tests.end_to_end.shop import SHOP, write_shop
from tests.tui.piloting import Flow, running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


async def test_filter_by_text_and_by_data_and_escape_takes_them_back(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("slash")
        await flow.shows("Filter")
        await flow.fill_in("turn")
        await flow.hides("New site")
        await flow.shows("Turnover +3,861")
        await flow.shows("/turn")
        await flow.press("escape")
        await flow.shows("New site")
        await flow.press("2", "slash")
        await flow.fill_in("channel=Email; channel=Shop")
        await flow.shows(r"Revenue +434 ")
        await flow.shows("channel=Email,Shop")
        await flow.press("slash")
        await flow.shows("Filter(.|\n)*channel=Email,Shop")
        await flow.fill_in("")
        await flow.shows(r"Revenue +651 ")
        await flow.press("slash")
        await flow.fill_in("channel=Email")
        await flow.shows(r"Revenue +117 ")
        await flow.press("escape")
        await flow.shows(r"Revenue +651 ")


async def test_split_by_one_dimension_and_by_two(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("b", *"channel", "enter")
        await flow.shows("Metrics · by channel")
        await flow.shows(r"Revenue +651 ")
        await flow.shows(r"Search +217 ")
        await flow.press("x")
        await flow.shows("Revenue = SUM")
        await flow.press("escape", "b", *"channel + city", "enter")
        await flow.shows(r"Email · Moscow +117 |Email · Perm +")
        await flow.press("escape")
        await flow.hides("Email")
        await flow.press("b", "up", "enter")
        await flow.hides("Metrics · by")


async def test_the_top_of_a_split_the_rest_and_escape_step_by_step(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("t")
        await flow.shows("there is no split to rank")
        await flow.press("b", *"channel", "enter", "2", "t", *"first", "enter", *"Revenue", "enter")
        await flow.shows(r"Revenue +651 (.|\n)*Shop +317 (.|\n)*Search +217 (.|\n)*Email +117 ")
        await flow.press("v")
        await flow.shows(r"Revenue · channel · Jun 2026 · one scale(.|\n)*Total +651(.|\n)*Shop +317")
        await flow.press("space")
        await flow.shows("each its own scale")
        await flow.press("left_square_bracket")
        await flow.shows("May 2026")
        await flow.press("escape", "escape")
        await flow.shows(r"Email(.|\n)*Search(.|\n)*Shop")
        await flow.press("escape")
        await flow.hides("Email")


async def test_compare_with_the_year_before_and_with_a_fixed_period(file: Path) -> None:
    async with running(file, size=(140, 40)) as flow:
        await flow.press("2")
        await flow.shows(r"Metric +Jun +May")
        await flow.shows(r"Revenue +651 +648 +\+0.5 %")
        await flow.press("c", *"year before", "enter")
        await flow.shows(r"Δ year before")
        await flow.shows(r"Jun +Jun 2025")
        await flow.shows(r"Revenue +651 +615 +\+5.9 %")
        await flow.shows(r"Jun 2025  615  \+5.9 % \(\+36.00\)")
        await flow.press("c", *"2025-01", "enter")
        await flow.shows(r"Δ Jan 2025")
        await flow.shows(r"Revenue +651 +600 +\+8.5 %")
        await flow.press("c", *"2025", "enter")  # the year of this name, not the month that stood there before
        await flow.shows(r"Δ 2025 ")
        await flow.press("c", *"2025-01", "enter")
        await flow.press("e", "escape", "u", "1", "2")
        await flow.shows(r"Δ Jan 2025")
        await flow.press("escape")
        await flow.shows(r"Revenue +651 +648 ")
        await flow.hides("Δ Jan 2025")


async def test_several_dimensions_are_filtered_and_a_wrong_one_is_said(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("2", "slash")
        await flow.fill_in("channel=Email,Shop city=Perm")
        await flow.shows(r"channel=Email,Shop · city=Perm")
        await flow.press("slash")
        await flow.fill_in("channel=Email; sity=Perm")
        await flow.shows("there is no dimension 'sity': did you mean 'city'")
        await flow.press("escape", "slash")
        await flow.fill_in("channel=Emial")
        await flow.shows("no row has 'Emial' as its channel: did you mean 'Email'")
        await flow.press("escape")
        await flow.shows(r"Revenue +651 ")


async def test_cohorts_are_shown_as_shares_with_shades(tmp_path: Path) -> None:
    kept = '[[metric]]\nid = "kept"\nname = "Kept"\nunit = "percent"\n[metric.retention]\nsource = "sales"\n'
    kept += 'entity = "channel"\nperiod = "month"\nafter = 1\n\n[[objective]]'
    file = write_shop(tmp_path, SHOP.replace("[[objective]]", kept, 1))
    async with running(file, size=(80, 24)) as flow:
        await flow.press("2", "g", "o")
        await flow.shows("select a retention")
        await flow.press("G", "o")
        await flow.shows(r"Cohorts of Kept(.|\n)*Cohort +Size +0 +1 +2")
        await flow.shows(r"Jan 2025 +3 +█100 +█100")
        await flow.press("escape")
        await flow.shows("2 Metrics")


async def test_grain_and_period(file: Path) -> None:
    async with running(file) as flow:
        await flow.shows("month Jun 2026")
        await flow.press("left_square_bracket")
        await flow.shows(r"month May 2026(.|\n)*Revenue +648 ")
        await flow.press("plus")
        await flow.shows(r"· Q2 2026(.|\n)*Revenue +1,944 ")
        await flow.press("plus", "plus")
        await flow.shows("year 2026")
        await flow.press("minus", "minus", "minus")
        await flow.shows("W27 2026")
        await flow.press("minus", "minus")
        await flow.shows("day ")
        await flow.press(*["left_square_bracket"] * 600)
        await flow.shows("there is no data beyond this period")


async def test_zoom_shows_one_pane_and_back(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("2", "z")
        await flow.hides("Turnover")
        await flow.shows("Cost per order")
        await flow.press("3")
        await flow.shows("Boris")
        await flow.hides("Cost per order")
        await flow.press("1", "z")
        await flow.shows(r"▌1 Goals")
        for title in ("2 Metrics", "3 Team", "4 Growth"):
            await flow.shows(rf" {title}")
        await flow.press("2", "z", "escape")
        await flow.shows("Turnover")


async def test_the_cursor_keeps_its_row_and_typing_works_after_the_terminal_was_too_small(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("j", "right", "right")
        await flow.pilot.resize_terminal(20, 5)
        await flow.shows("too small")
        await flow.pilot.resize_terminal(80, 24)
        await flow.shows("Turnover")
        await flow.press("e")
        await flow.fill_in("777")
        await flow.shows("Turnover +3,861 +777")


async def test_editing_from_the_detail_opens_all_fields(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("j", "4")
        await flow.shows("4 Turnover")
        await flow.press("e")
        await flow.shows("Goal 'turnover'")


async def test_copy_gives_the_exact_value_and_the_row(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("j", "right", "right", "y")
        await flow.shows("copied: 6000")
        assert flow.app.clipboard == "6000"
        await flow.press("left", "y")
        assert flow.app.clipboard == "3861"
        await flow.press("Y")
        await flow.shows("copied")
        assert flow.app.clipboard.split("\t")[:3] == ["Turnover", "3861", "6000"]
        await flow.press("2", "g", "Y")
        await flow.shows("copied: Revenue")
        name, value, before = flow.app.clipboard.split("\t")
        assert (name, value, before) == ("Revenue", "651", "648"), "no marks, no blanks in numbers, no sparkline"


async def test_the_palette_does_what_it_names(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("colon")
        await flow.shows("Do")
        await flow.shows(r"Open the row +All fields of the row +Enter")
        await flow.press(*"splitby"[:5], "enter")
        await flow.shows("Split by")
        await flow.press("escape", "ctrl+p", *"help", "enter")
        await flow.shows("Keys and words|Help")
        await flow.press("escape", "colon", *"zoom", "enter")
        await flow.hides("Cost per order")


@pytest.mark.parametrize("code", ["en", "ru"])
def test_what_the_palette_lists_has_a_name_of_its_own_and_says_more_than_it(code: str) -> None:
    say = Language(code).say
    listed = [action for action in ACTIONS if action.in_palette]
    names = [say(action.name) for action in listed]
    assert len(set(names)) == len(names)
    assert all(name[0].isupper() for name in names)
    assert [name for name, action in zip(names, listed, strict=True) if name == say(action.help)] == []


async def test_help_names_every_key_and_mark(file: Path) -> None:
    async with running(file, size=(120, 80)) as flow:
        await flow.press("question_mark")
        await flow.shows("Help")
        for action in ACTIONS:
            assert str(action.help) in flow.text, action.id
        for mark in "✔▲✖★✗·":
            assert mark in flow.text


async def test_findings_are_read_whole(file: Path) -> None:
    data = file.parent / "sales.csv"
    data.write_text(data.read_text().replace("2025-03-01,Email", "2025-03-41,Email"))
    async with running(file, size=(80, 24)) as flow:
        await flow.shows("finding")
        await flow.press("exclamation_mark")
        await flow.shows(r"sales.csv:8")
        await flow.shows("2025-03-41")


async def back(flow: Flow) -> None:
    """To the main screen, out of any editor and any screen over it."""
    for _ in range(4):
        await flow.press("escape")
        if isinstance(flow.app.screen, MainScreen):
            break
    assert isinstance(flow.app.screen, MainScreen), flow.text


KEYS = [action for action in ACTIONS if action.id not in ("leave", "suspend_process")]


@pytest.mark.parametrize(("width", "row"), [(80, "g"), (120, "G")])
@pytest.mark.parametrize("pane", ["1", "2", "3", "4"])
async def test_every_key_is_handled_on_every_pane_and_escape_leads_back(
    file: Path, pane: str, width: int, row: str
) -> None:
    async with running(file, size=(width, 24)) as flow:
        for action in KEYS:
            await flow.press(pane, row, action.keys[-1])
            await flow.pilot.pause()
            await back(flow)
        await flow.press("1", "z", "z", "1")
        await flow.shows("▌1 Goals|Growth")


async def test_every_key_on_an_empty_workspace(tmp_path: Path) -> None:
    file = tmp_path / "new.toml"
    file.write_text('schema = 1\n\n[workspace]\nname = "new"\n')
    async with running(file, size=(80, 24)) as flow:
        for pane in "1234":
            for action in KEYS:
                await flow.press(pane, action.keys[-1])
                await back(flow)
        await flow.press("1")
        await flow.shows("No goals yet")


async def test_x_on_a_person_says_what_index_and_bonus_are_made_of(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("3", "g", "x")
        await flow.shows(r"Anna · Jun 2026")
        await flow.shows(r"bonus = 50,000\.00 RUB x index")
        await flow.shows(r"Turnover: weight 60 x score")
        await flow.press("escape", "j", "x")
        await flow.shows(r"Revenue · ")  # on the line itself: where its fact comes from
        await flow.press("escape", "right", "right", "right", "right", "x")
        await flow.shows(r"index = sum of weight x score, divided by 100")
