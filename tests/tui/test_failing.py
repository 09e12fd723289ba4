"""A mistake of the program itself while the workspace is opened ends the program; it does not stand still."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from textual.worker import WorkerFailed

import kpi_tui.loading
from kpi_tui.tui.app import KpiApp
from kpi_tui.tui.desk import Desk
from tests.end_to_end.shop import write_shop
from tests.tui.piloting import running


async def until_it_ends(folder: Path) -> None:
    async with running(write_shop(folder), looks=True) as flow:
        while flow.app.return_code != 1:
            await flow.pilot.pause()


async def test_the_log_of_a_crash_has_the_lines_of_code_and_not_what_variables_held(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: KpiApp, desk: Desk) -> Iterator[None]:
        secret = "kept" + "to" + "ourselves"
        yield
        raise RuntimeError(f"not foreseen, {len(secret)} letters")

    monkeypatch.setattr(KpiApp, "_checks", broken)

    with pytest.raises(RuntimeError, match="not foreseen"):
        await until_it_ends(tmp_path)
    log = (tmp_path / "state" / "crash.log").read_text("utf-8")
    assert "not foreseen, 15 letters" in log
    assert "in _step" in log
    assert "kepttoourselves" not in log


async def test_an_unexpected_error_on_the_thread_that_opens(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("not foreseen")

    monkeypatch.setattr(kpi_tui.loading, "begin", broken)

    with pytest.raises(WorkerFailed, match="not foreseen"):
        await until_it_ends(tmp_path)
