"""Corrections from the command line: `set` edits them, `show` counts and marks them, `check` lists what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.running import kpi

Capture = pytest.CaptureFixture[str]
LATE = """
[[adjustment]]
id = "late"
date = 2026-03-31
source = "orders"
column = "revenue"
add = 12000
reason = "late invoice"
"""


@pytest.fixture
def file(shop: Path) -> Path:
    path = shop / "kpi.toml"
    path.write_text(path.read_text("utf-8") + LATE, "utf-8")
    return path


def revenue(capsys: Capture) -> dict[str, float]:
    ran = kpi(capsys, "show", "metrics", "kpi.toml", "--metric", "revenue", "--format", "json")
    records = json.loads(ran.out)
    assert {tuple(record) for record in records} == {
        ("metric", "period", "start", "end", "complete", "by", "value", "unit")
    }
    return {record["period"]: record["value"] for record in records}


def test_set_edits_a_correction_and_show_counts_it(file: Path, capsys: Capture) -> None:
    before = revenue(capsys)
    ran = kpi(capsys, "set", "kpi.toml", "adjustment.late.add=13000.5")
    assert ran.code == 0, ran.err
    assert "add = 13000.5" in file.read_text("utf-8")
    after = revenue(capsys)
    assert {name: round(after[name] - before[name], 6) for name in after} == {
        name: 1000.5 if name == "2026-03" else 0 for name in after
    }
    table = kpi(capsys, "show", "metrics", "kpi.toml", "--metric", "revenue").out
    assert table.count("±") == 1


def test_set_refuses_what_cannot_be_laid_over_the_source(file: Path, capsys: Capture) -> None:
    before = file.read_bytes()
    ran = kpi(capsys, "set", "kpi.toml", "adjustment.late.set=5")
    assert ran.code == 2
    assert "a correction has either 'add' or 'set'" in ran.err
    assert file.read_bytes() == before


def test_check_warns_of_a_sum_that_is_set_twice(file: Path, capsys: Capture) -> None:
    twice = LATE.replace("add = 12000", "set = 1")
    file.write_text(
        file.read_text("utf-8") + twice.replace('"late"', '"one"') + twice.replace('"late"', '"two"'), "utf-8"
    )
    ran = kpi(capsys, "check", "kpi.toml")
    assert "adjustment 'one': 'two' sets the same sum again and stands: remove one of them" in ran.err
