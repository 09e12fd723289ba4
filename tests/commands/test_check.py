"""`check`: statuses on stdout, findings on stderr, and an exit code that cron and CI can act on."""

from __future__ import annotations

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
    assert [line.split()[1] for line in ran.out.splitlines()[1:]] == ["turnover", "known", "thrift"]


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
    assert kpi(capsys, "check", "kpi.toml").out == kpi(capsys, "show", "goals", "kpi.toml").out
