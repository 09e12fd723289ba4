"""`check`: statuses on stdout, findings on stderr, and an exit code that cron and CI can act on."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.running import kpi

Capture = pytest.CaptureFixture[str]


@pytest.fixture
def file(shop: Path) -> Path:
    return shop / "kpi.toml"


def change(file: Path, old: str, new: str) -> None:
    content = file.read_text("utf-8")
    assert old in content
    file.write_text(content.replace(old, new, 1), "utf-8")


def test_a_sound_workspace_is_fine(file: Path, capsys: Capture) -> None:
    ran = kpi(capsys, "check", "kpi.toml", "--fail-on", "risk")
    assert (ran.code, ran.err) == (0, "")
    goals = ran.out.partition("\n\n")[0]
    assert [line.split()[1] for line in goals.splitlines()[1:]] == ["turnover", "known", "thrift"]


@pytest.mark.parametrize(
    ("target", "fail_on", "status", "code"),
    [
        ("4800", None, "off", 0),
        ("4800", "off", "off", 1),
        ("4800", "risk", "off", 1),
        ("1800", None, "at risk", 0),
        ("1800", "off", "at risk", 0),
        ("1800", "risk", "at risk", 1),
        ("1200", "risk", "ok", 0),
    ],
)
def test_fail_on(target: str, fail_on: str | None, status: str, code: int, file: Path, capsys: Capture) -> None:
    change(file, "target = 1200", f"target = {target}")
    ran = kpi(capsys, "check", "kpi.toml", *(["--fail-on", fail_on] if fail_on else []))
    assert f"turnover  {status}" in ran.out
    assert ran.code == code


def test_a_missed_goal_fails_as_one_that_is_off(file: Path, capsys: Capture) -> None:
    change(file, "due = 2026-12-31", "due = 2026-03-31")
    ran = kpi(capsys, "check", "kpi.toml", "--fail-on", "off")
    assert "missed" in ran.out
    assert ran.code == 1


def test_broken_data_is_worse_than_a_goal_that_is_off(shop: Path, file: Path, capsys: Capture) -> None:
    change(file, "target = 1200", "target = 4800")
    with (shop / "orders.csv").open("a") as orders:
        orders.write("2026-03-31,Email,5,many\n")
    ran = kpi(capsys, "check", "kpi.toml", "--fail-on", "off")
    assert ran.code == 3
    assert "orders.csv:6: source 'orders'" in ran.err
    assert "turnover  off" in ran.out


def test_a_warning_alone_fails_nothing(file: Path, capsys: Capture) -> None:
    change(file, "weight = 60", "weight = 50")
    ran = kpi(capsys, "check", "kpi.toml", "--fail-on", "risk")
    assert ran.code == 0
    assert ran.err == ("kpi.toml:83: member 'anna': weights add up to 90, not to 100: change the weight of a line\n")


def test_the_statuses_are_those_of_show(file: Path, capsys: Capture) -> None:
    shown = kpi(capsys, "show", "goals", "kpi.toml").out
    assert kpi(capsys, "check", "kpi.toml").out.startswith(f"{shown}\n")


def test_the_health_of_every_source_follows(shop: Path, capsys: Capture) -> None:
    with (shop / "orders.csv").open("a") as orders:
        orders.write(
            "Total,,,400.74\n,Email,5,1.00\n2026-03-31,EMAIL,6,1.00\n2026-03-31,test,7,1.00\nlost,Email,8,1.00\n2026-03-31,Email,9,1.00,x\n"
        )
    change(shop / "kpi.toml", 'path = "orders.csv"\n', 'path = "orders.csv"\nwhere = "channel <> \'test\'"\n')
    change(
        shop / "kpi.toml",
        "[source.columns]\nrevenue",
        "[source.read]\ndrop_rows = \"date = 'Total'\"\n[source.columns]\nrevenue",
    )
    ran = kpi(capsys, "check", "kpi.toml")
    head, orders, ads = (line.split("  ") for line in ran.out.partition("\n\n")[2].splitlines())
    assert [name for name in map(str.strip, head) if name] == [
        "Source", "Files", "Rows", "Used", "Totals", "Excluded", "Broken", "Wrong date", "No date", "Data from",
        "Complete until", "Findings",
    ]  # fmt: skip
    cells = [cell.strip() for cell in orders if cell.strip()]
    assert cells == ["orders", "1", "10", "5", "1", "1", "1", "1", "1", "15 Jan 2026", "31 Mar 2026", "4"]
    assert [cell.strip() for cell in ads if cell.strip()][:4] == ["ads", "1", "4", "4"]
    assert "orders.csv:8: source 'orders': one label of 'channel' is written in 2 ways: 'Email' 2" in ran.err


def test_health_as_json(shop: Path, capsys: Capture) -> None:
    with (shop / "orders.csv").open("a") as orders:
        orders.write("2026-03-31,Search,4,99.99\n")
    ran = kpi(capsys, "check", "kpi.toml", "--format", "json")
    records = json.loads(ran.out)
    assert [record["goal"] for record in records if "goal" in record] == ["turnover", "known", "thrift"]
    sources = [record for record in records if "source" in record]
    assert [(each["source"], each["rows_in_files"], each["rows_used"]) for each in sources] == [
        ("orders", 5, 5),
        ("ads", 4, 4),
    ]
    assert sources[0]["repeated_rows"] == 1
    assert sources[0]["complete_until"] == "2026-03-31"
    [finding] = [record for record in records if "finding" in record]
    assert (finding["file"], finding["line"], finding["severity"]) == ("orders.csv", 6, "warning")
    assert ran.code == 0


def test_without_goals_there_is_a_sentence_and_no_empty_table(tmp_path: Path, capsys: Capture) -> None:
    file = tmp_path / "empty.toml"
    file.write_text("schema = 1\n")
    assert kpi(capsys, "check", str(file)).out == "No goals yet.\n"
    assert kpi(capsys, "show", "goals", str(file)).out == "No goals yet.\n"
    assert kpi(capsys, "show", "goals", str(file), "--format", "json").out == "[]\n"
