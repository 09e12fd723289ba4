"""Keys one after the other, however slowly the app gets along."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_tui.tui import turns
from tests.end_to_end.shop import write_shop
from tests.tui.piloting import running


async def test_no_key_overtakes_another_where_the_app_is_slow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a busy machine every marker is late, and taken for lost."""
    monkeypatch.setattr(turns, "LOST", 0.0005)
    async with running(write_shop(tmp_path), size=(80, 24)) as flow:
        await flow.press("2", "b", *"city", "enter", "1", "g", "j", "right", "right", "e", "end", "ctrl+u", *"7000")
        await flow.press("enter", "b", *"city", "enter", "1", "j", "k", "e", "end", "ctrl+u", *"8000", "enter")
        await flow.shows(r"\[\+\]")
        assert flow.workspace.goals[0].target == 8000
