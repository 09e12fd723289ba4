"""A mistake of the program itself: one sentence for the user, the traceback in a file of their own."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from kpi_tui import cli
from kpi_tui.crash import CrashLog


def test_nothing_is_made_where_nothing_is_written(tmp_path: Path) -> None:
    assert not CrashLog(tmp_path / "state").file.exists()


def test_the_log_is_the_users_own(tmp_path: Path) -> None:
    log = CrashLog(tmp_path / "state")
    log.write("one\n")
    log.write("two\n")
    assert log.written
    assert log.file.read_text("utf-8") == "one\ntwo\n"
    assert stat.S_IMODE(log.file.stat().st_mode) == 0o600


def test_no_traceback_reaches_a_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(*_: object) -> int:
        raise RuntimeError("a mistake of ours")

    monkeypatch.setattr(cli, "_run", fail)
    monkeypatch.setattr(cli, "state_folder", lambda: tmp_path)
    assert cli.main(["show", "metrics", "kpi.toml"]) == 70
    said = capsys.readouterr().err
    assert said == f"kpi-tui itself failed; no edit is lost. Please send us {tmp_path / 'crash.log'}\n"
    assert "a mistake of ours" in (tmp_path / "crash.log").read_text("utf-8")
