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
    assert "KPI drr" in said
    assert "Formula spend / revenue" in said
    assert "It is one over ROAS." in said
    assert "Not to be confused with 'Return on ad spend', 'ROMI on margin'." in said


def test_what_a_reader_sees_is_in_the_language_and_scripts_get_the_words_of_the_file(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    said = " ".join(kpi(capsys, "catalogue", "bounce_rate", "--language", "ru").out.split())
    assert "Показатель отказов" in said
    assert "Единица проценты Хорошо, когда меньше" in said
    assert "Не путать с метриками «Доля брошенных корзин», «Доля вовлечённых визитов»." in said
    assert "Для целей вовлечённость" in said
    kept = json.loads(kpi(capsys, "catalogue", "bounce_rate", "--language", "ru", "--format", "json").out)[0]
    assert (kept["unit"], kept["good"], kept["serves"]) == ("percent", "down", "engagement")
    table = kpi(capsys, "catalogue", str(write_shop(tmp_path)), "--language", "ru").out
    assert {word for word in ("уже есть", "можно добавить", "нет данных") if word in table} == {
        "уже есть", "можно добавить", "нет данных",
    }  # fmt: skip
    assert "lacks" not in table


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
