"""`kpi-tui catalogue`: KPIs by any name, in every format, and what a workspace's data allow."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.commands.running import kpi
from tests.end_to_end.shop import write_shop


def test_a_kpi_is_found_by_its_name_in_any_language_and_printed_in_full(capsys: pytest.CaptureFixture[str]) -> None:
    ran = kpi(capsys, "catalogue", "ДРР")
    assert (ran.code, ran.err) == (0, "")
    said = " ".join(ran.out.split())
    assert "kpi drr" in said
    assert "formula spend / revenue" in said
    assert "It is one over ROAS." in said


def test_all_of_them_are_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    ran = kpi(capsys, "catalogue")
    lines = ran.out.splitlines()
    assert ran.code == 0
    assert lines[0].split() == ["KPI", "Name", "Formula"]
    assert len(lines) > 100
    assert any(line.split() == ["ctr", "Click-through", "rate", "clicks", "/", "impressions"] for line in lines)


def test_a_workspace_says_what_its_data_allow(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = write_shop(tmp_path)
    ran = kpi(capsys, "catalogue", str(file), "--format", "json")
    states = {record["kpi"]: (record["state"], record["needs"]) for record in json.loads(ran.out)}
    assert ran.code == 0
    assert states["aov"] == ("ready", "")
    assert states["cpo"] == ("present", "")
    assert states["ctr"] == ("lacks", "Clicks: a column with clicks; Impressions: a column with impressions")


def test_csv_has_a_row_a_kpi_in_the_language(capsys: pytest.CaptureFixture[str]) -> None:
    ran = kpi(capsys, "catalogue", "roas", "--format", "csv", "--language", "ru")
    rows = {row["kpi"]: row for row in csv.DictReader(io.StringIO(ran.out))}
    assert rows.keys() == {"roas", "mer"}
    assert rows["roas"]["name"] == "Окупаемость рекламных расходов (ROAS)"


def test_a_name_nobody_uses_is_a_mistake_of_the_user(capsys: pytest.CaptureFixture[str]) -> None:
    ran = kpi(capsys, "catalogue", "zzz")
    assert (ran.code, ran.out) == (2, "")
    assert ran.err == "no KPI is called 'zzz': see all: kpi-tui catalogue\n"
