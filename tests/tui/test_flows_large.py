"""A large source while the app is open: a file that changes on disk is offered, and read again when the user wants it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.shop import write_shop
from tests.tui.piloting import running


async def test_a_source_that_changed_on_disk_is_said_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_TUI_LARGE", "1")
    monkeypatch.setattr("kpi_tui.tui.app.LOOK_AT_SOURCES", 0.1)
    file = write_shop(tmp_path)
    data = tmp_path / "sales.csv"
    async with running(file) as flow:
        await flow.press("2", "g")
        await flow.shows("Revenue")
        before = flow.text
        lines = data.read_text("utf-8").splitlines()
        data.write_text("\n".join([*lines, *lines[1:]]) + "\n", "utf-8")
        await flow.shows("sales changed on disk")
        await flow.press("ctrl+l")
        await flow.hides("changed on disk")
        await flow.shows("Revenue")
        assert flow.text != before
