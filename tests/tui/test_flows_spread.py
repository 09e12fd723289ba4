"""The values behind a number, the gathered slices, and cohorts wider than the screen, from the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.shop import SHOP, write_shop
from tests.tui.piloting import running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


async def test_the_values_behind_a_sum_are_shown_as_bars(file: Path) -> None:
    """In June the shop sold for 117, 217 and 317, and for 0 in a second row."""
    async with running(file, size=(80, 24)) as flow:
        await flow.press("2", "g", "p")
        await flow.shows(r"Revenue · Jun 2026\n +Values +Count +Share")
        await flow.shows(r"\n +0 - <100 +1 +25.0 % █+\n *100 - <200 +1 +25.0 % █+ +median 167, mean 163\n")
        await flow.shows(r"\n *300 - <400 +1 +25.0 % █+\n")
        await flow.shows(r"SUM\(revenue\): 4 values from 0 to 317")
        await flow.press("j", "y")
        await flow.shows("copied")
        assert flow.app.clipboard.split("\t")[:2] == ["100 - <200", "1"]
        await flow.press("escape")
        await flow.shows("2 Metrics")


async def test_a_ratio_has_several_sums_and_a_filter_counts(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("slash")
        await flow.fill_in("channel=Email")
        await flow.press("2", "g", "j", "j", "p")
        await flow.shows(r"SUM\(cost\): 2 values from 0 to 40")
        await flow.press("b", "down", "enter")
        await flow.shows(r"SUM\(orders\): 2 values from 0 to 5")
        await flow.shows(r"\n *2 +0 +0 % +median 2.5, mean 2.5\n")


async def test_corrections_are_in_the_number_but_are_no_values(tmp_path: Path) -> None:
    made = '[[adjustment]]\nid = "late"\ndate = 2026-06-01\nsource = "sales"\ncolumn = "revenue"\nadd = 49\n'
    file = write_shop(tmp_path, SHOP + made + 'reason = "late invoice"\n')
    async with running(file, size=(80, 24)) as flow:
        await flow.press("2", "g")
        await flow.shows(r"Revenue +700±")
        await flow.press("p")
        await flow.shows(r"4 values from 0 to 317, corrections are not among them")


async def test_bars_are_drawn_in_ascii(file: Path) -> None:
    async with running(file, size=(80, 24), ascii=True) as flow:
        await flow.press("2", "g", "p")
        await flow.shows(r"0 - <100 +1 +25.0 % #+\n")


async def test_what_has_no_values_says_so(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("2", "G", "p")
        await flow.shows("no values of a source's rows are behind this number")
        await flow.press("1", "g", "p")
        await flow.shows("there is no number to explain here")


async def test_the_gathered_slices_are_explained_over_their_own_rows(file: Path) -> None:
    """Of the six pairs of channel and city three have a row of their own."""
    async with running(file, size=(120, 40)) as flow:
        await flow.press("b", *"channel + city", "enter", "2", "t", *"the 3 highest", "enter", *"Revenue", "enter")
        await flow.shows(r"\(other: 3\)")
        await flow.press("g", "j", "j", "j", "j", "x")
        await flow.shows(r"Revenue = SUM\(revenue\)")
        await flow.shows(r"scope channel \+ city = Email \+ Perm, Search \+ Perm, Shop \+ Perm")


async def test_the_oldest_cohorts_ages_are_reached_on_a_narrow_screen(tmp_path: Path) -> None:
    kept = '[[metric]]\nid = "kept"\nname = "Kept"\nunit = "percent"\n[metric.retention]\nsource = "sales"\n'
    kept += 'entity = "channel"\nperiod = "month"\nafter = 1\n\n[[objective]]'
    file = write_shop(tmp_path, SHOP.replace("[[objective]]", kept, 1))
    async with running(file, size=(80, 24)) as flow:
        await flow.press("2", "G", "o")
        await flow.shows(r"Cohort +Size +0 +1 +2 +3 +4 +5 +6 +7\n")
        await flow.shows("ages 0 to 7 of 17")
        await flow.press("end")
        await flow.shows(r"Cohort +Size +10 +11 +12 +13 +14 +15 +16 +17\n")
        await flow.press("home")
        await flow.shows(r"Cohort +Size +0 +1")
        await flow.press(*["right"] * 10)
        await flow.shows(r"Cohort +Size +4 +5 +6 +7 +8 +9 +10 +11\n")
        await flow.press(*["left"] * 10)
        await flow.shows(r"Cohort +Size +0 +1")


async def test_hints_are_no_findings(tmp_path: Path) -> None:
    """A metric that nothing uses is a hint: it is read in the list of findings and counted nowhere."""
    alone = '[[metric]]\nid = "alone"\nsource = "sales"\nformula = "MAX(revenue)"\n\n[[objective]]'
    file = write_shop(tmp_path, SHOP.replace("[[objective]]", alone, 1))
    async with running(file) as flow:
        assert flow.app.desk is not None
        while not flow.app.desk.checked:
            await flow.pilot.pause(0.01)
        await flow.pilot.pause()
        assert "finding" not in flow.text
        await flow.press("exclamation_mark")
        await flow.shows(r"no\s+goal,\s+KPI\s+line\s+or\s+other\s+metric\s+uses\s+awareness,\s+alone")


FUNNEL = """[[metric]]
id = "way"
name = "From cost to order"
unit = "percent"
[metric.funnel]
steps = ["revenue", "spend", "orders"]

[[objective]]"""


@pytest.mark.parametrize(("size", "bar"), [((80, 24), False), ((120, 40), True)])
async def test_the_steps_of_a_funnel(tmp_path: Path, size: tuple[int, int], *, bar: bool) -> None:
    """June: 651, 240, 30: 240 / 651 = 36.9 %, 30 / 240 = 12.5 %, 30 / 651 = 4.61 %."""
    file = write_shop(tmp_path, SHOP.replace("[[objective]]", FUNNEL, 1))
    async with running(file, size=size) as flow:
        await flow.press("2", "G", "o")
        await flow.shows(r"From cost to order · Jun 2026\nStep +Value +Of first +Of before")
        await flow.shows(r"\nRevenue +651 +100 %")
        await flow.shows(r"\nSpend +240 +36.9 % +36.9 % +411")
        await flow.shows(r"\nOrders +30 +4.61 % +12.5 % +210")
        if bar:
            await flow.shows(r"\nOrders .* 210 █+")
        await flow.press("escape", "b", *"channel", "enter", "G", "o")
        await flow.shows(r"From cost to order · Jun 2026 · Shop")
        await flow.shows(r"\nSpend +120 +37.9 %")
