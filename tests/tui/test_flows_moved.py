"""Explain down to rows, and why a number moved, from the keyboard."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.shop import write_shop
from tests.tui.piloting import running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


async def test_explain_goes_down_to_the_source_rows(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("2", "j", "j", "x")
        await flow.shows("Cost per order · Jun 2026")
        await flow.shows(r"8 +Cost per order = spend / orders")
        await flow.shows(r"8 = 240 / 30")
        await flow.shows(r"30 +Orders = SUM\(orders\) +\(denominator\)")
        await flow.press("enter")
        await flow.shows(r"SUM\(cost\): 4 rows")
        await flow.shows(r"sales.csv:53 +2026-06-01 Email +Moscow +40")
        await flow.press("y")
        await flow.shows("copied")
        assert flow.app.clipboard == "sales.csv:53\t2026-06-01\tEmail\tMoscow\t40"
        await flow.press("escape")
        await flow.shows(r"8 = 240 / 30")
        await flow.press("G", "enter")
        await flow.shows("no source rows below this line")
        await flow.press("escape")
        await flow.shows("2 Metrics")


async def test_explain_a_goal_and_a_line_of_the_matrix(file: Path) -> None:
    """A flow's actual is counted from the goal's start, a line's fact over the bonus period."""
    async with running(file, size=(80, 24)) as flow:
        await flow.press("j", "x")
        await flow.shows(r"Revenue · 1 Jan 2026 – 30 Jun 2026")
        await flow.shows(r"3,861 +Revenue")
        await flow.press("escape", "3", "j", "j", "x")
        await flow.shows(r"Orders · Jun 2026")
        await flow.shows(r"30 +Orders = SUM")


async def test_why_a_number_moved_and_the_view_of_one_slice(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("2", "m")
        await flow.shows(r"Revenue: 648 → 651 \(\+3[.0]*\), May 2026 → Jun 2026")
        await flow.shows(r"city +May +Jun +Effect")
        await flow.shows(r"Moscow +0 +651 +\+651 +│████")
        await flow.shows(r"Perm +648 +0 +−648 +[▐█]+│")
        await flow.shows(r"Total +648 +651 +\+3")
        await flow.press("b")
        await flow.shows("By which dimension")
        await flow.press(*"chan", "enter")
        await flow.shows(r"channel +May")
        await flow.shows(r"Email +116 +117 +\+1")
        await flow.press("G", "enter")
        await flow.shows("go to a slice")
        await flow.press("g", "enter")
        await flow.shows("channel=Email")
        await flow.shows(r"Revenue +117 ")


async def test_what_cannot_be_told_apart_says_why(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("2", "G", "m")
        await flow.shows("no bridge: Awareness is entered by hand")
        await flow.press("g", *["left_square_bracket"] * 17, "m")
        await flow.shows("no bridge: there are no data in 2024-12")


async def test_bars_in_ascii_and_rates_on_a_wide_screen(file: Path) -> None:
    data = file.parent / "sales.csv"
    data.write_text(data.read_text().replace("2026-06-01,Email,Moscow,117,40,5", "2026-06-01,Email,Moscow,117,90,5"))
    async with running(file, ascii=True) as flow:
        await flow.press("2", "j", "j", "m", "b", *"chan", "enter")
        await flow.shows(r"channel +May +Jun +Effect +Share +Rate +Mix")
        await flow.shows(r"Email +8.00 +18.00 +\+1.67 +\|#####")
        await flow.shows(r"Total +8.00 +9.67 +\+1.67")
