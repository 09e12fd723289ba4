"""Events of one day are told apart by their time of the day, in small sources and in large ones."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands.running import kpi

Capture = pytest.CaptureFixture[str]
WORKSPACE = """schema = 1
[[source]]
id = "leads"
path = "leads.csv"
time = "ts"
dimensions = ["channel"]
read = { date = "%Y-%m-%d %H:%M" }
columns = { ts = "datetime" }
[[source]]
id = "deals"
path = "deals.csv"
time = "ts"
read = { date = "%Y-%m-%d %H:%M" }
columns = { ts = "datetime" }
[[metric]]
id = "won"
[metric.conversion]
entity = "lead"
base = { source = "leads" }
converted = { source = "deals" }
within = "1 day"
[[metric]]
id = "new"
[metric.acquisition]
source = "leads"
entity = "lead"
[[metric]]
id = "new_by_mail"
where = "channel = 'mail'"
[metric.acquisition]
source = "leads"
entity = "lead"
"""
LEADS = """ts,lead,channel
2026-01-01 18:00,1,ads
2026-01-02 20:00,2,ads
2026-01-02 12:00,2,mail
2026-01-03 08:00,1,mail
2026-01-04 00:00,3,ads
"""
DEALS = """ts,lead
2026-01-01 09:00,1
2026-01-02 13:00,2
2026-01-03 11:00,2
2026-01-04 09:00,1
"""


@pytest.mark.parametrize("size", ["small", "large"])
def test_times_of_the_day_decide(
    size: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, shop: Path, capsys: Capture
) -> None:
    if size == "large":
        monkeypatch.setenv("KPI_TUI_LARGE", "1")
    monkeypatch.chdir(tmp_path)
    for name, content in (("kpi.toml", WORKSPACE), ("leads.csv", LEADS), ("deals.csv", DEALS)):
        Path(name).write_text(content, "utf-8")
    ran = kpi(capsys, "show", "metrics", "kpi.toml", "--grain", "day", "--format", "json")
    found = {(each["metric"], each["period"][-2:]): each["value"] for each in json.loads(ran.out)}
    # 1's deal on the 1st was before the lead; of 2's leads on the 2nd each has a deal within a day; 1's lead on the 3rd
    # had one 25 hours later
    assert [found["won", day] for day in ("01", "02", "03")] == [0.0, 1.0, 0.0]
    split = kpi(capsys, "show", "metrics", "kpi.toml", "--by", "channel", "--metric", "new", "--format", "json")
    values = {each["by"]["channel"]: each["value"] for each in json.loads(split.out)}
    assert values == {"ads": 2, "mail": 1}, "2 came by mail, although that line stands below"
    # who is new is not changed by the condition: 1 was there before its mail
    assert [found["new_by_mail", day] for day in ("01", "02", "03", "04")] == [0, 1, 0, 0]
