"""A large source while the app is open: a file that changed on disk is said, and read again when the user wants it."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.end_to_end.shop import write_shop
from tests.tui.piloting import PATIENCE, Flow, running


async def remembered(flow: Flow) -> None:
    """Wait until the app knows what the files were: what is written before cannot be told from what was read."""
    await flow.at_home()
    deadline = time.monotonic() + PATIENCE
    while not flow.app.scanning._marks:
        assert time.monotonic() < deadline
        await flow.pilot.pause(0.01)


async def test_a_source_that_changed_on_disk_is_said_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KPI_TUI_LARGE", "1")
    monkeypatch.setattr("kpi_tui.tui.app.LOOK_AT_SOURCES", 0.05)
    file = write_shop(tmp_path)
    data = tmp_path / "sales.csv"
    async with running(file) as flow:
        await remembered(flow)
        desk = flow.app.desk
        assert desk is not None
        before = desk.session.tables["sales"].account.used
        lines = data.read_text("utf-8").splitlines()
        data.write_text("\n".join([*lines, *lines[1:]]) + "\n", "utf-8")
        await flow.shows("sales changed on disk")
        assert flow.app.desk.session.tables["sales"].account.used == before
        await flow.press("ctrl+l")
        await flow.hides("changed on disk")
        await flow.at_home()
        assert flow.app.desk.session.tables["sales"].account.used == 2 * before
