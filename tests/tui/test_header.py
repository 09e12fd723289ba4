"""The line above the panes: whatever narrows the view, what is unsaved or wrong is said."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.shop import write_shop
from tests.tui.piloting import running


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


async def test_unsaved_edits_are_marked_whatever_narrows_the_view(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("2", "b", *"city", "enter", "slash")
        await flow.fill_in("channel=Email,Direct,Shop; city=Moscow")
        await flow.press("1", "g", "j", "right", "right", "e")
        await flow.fill_in("7000")
        await flow.shows(r"\[\+\]")
        assert flow.text.splitlines()[0].rstrip().endswith("[+]")
        await flow.shows(r"\^s save")


async def test_a_filter_that_no_row_has_says_so(file: Path) -> None:
    async with running(file, size=(80, 24)) as flow:
        await flow.press("2", "slash")
        await flow.fill_in("zzz")
        await flow.shows("No row has 'zzz'")
        await flow.press("escape")
        await flow.shows("Revenue")
