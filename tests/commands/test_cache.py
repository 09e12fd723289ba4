"""What is kept of large sources: `kpi-tui cache` lists and clears it; corrections lie over a large source as well."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.running import kpi
from tests.commands.test_corrections import LATE, revenue

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(shop: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A workspace whose every source is large."""
    monkeypatch.setenv("KPI_TUI_LARGE", "1")
    return shop / "kpi.toml"


def test_what_was_counted_is_listed_and_cleared(file: Path, capsys: Capture) -> None:
    assert "only large sources are" in kpi(capsys, "cache").out
    kpi(capsys, "show", "metrics", "kpi.toml", "--metric", "revenue")
    lines = kpi(capsys, "cache", "kpi.toml").out.splitlines()
    assert sorted(line.split()[0] for line in lines) == ["ads", "orders"]
    assert all("cells" in line and str(file.parent) in line for line in lines)
    other = file.with_name("other.toml")
    other.write_text('schema = 1\n[[source]]\nid = "ads"\npath = "ads.csv"\ntime = "date"\n', "utf-8")
    assert kpi(capsys, "cache", "other.toml", "--clear").out == "1 entry removed\n"
    assert [line.split()[0] for line in kpi(capsys, "cache").out.splitlines()] == ["orders"]
    assert kpi(capsys, "cache", "--clear").out == "1 entry removed\n"
    assert "only large sources are" in kpi(capsys, "cache", "kpi.toml").out


def test_a_correction_is_counted_over_a_large_source_as_over_a_small_one(
    file: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = revenue(capsys)
    file.write_text(file.read_text("utf-8") + LATE, "utf-8")
    large = revenue(capsys)
    assert {name for name in large if large[name] != plain[name]} == {"2026-03"}
    assert large["2026-03"] - plain["2026-03"] == pytest.approx(12_000)
    monkeypatch.delenv("KPI_TUI_LARGE")
    assert json.dumps(large) == json.dumps(revenue(capsys))
