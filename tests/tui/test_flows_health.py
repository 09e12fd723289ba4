"""Data health on the screen: the rows of every source, what looks wrong, and one key that merges spellings."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.tui.piloting import running

WORKSPACE = """schema = 1

[workspace]
name = "Shop"

[[source]]
id = "orders"
path = "orders.csv"
time = "date"
dimensions = ["channel"]
where = "channel <> 'test'"
[source.columns]
revenue = "decimal"

[[source]]
id = "visits"
path = "visits.csv"
time = "date"
[source.columns]
visits = "integer"

[[metric]]
id = "revenue"
source = "orders"
formula = "SUM(revenue)"
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    rows = [
        "2026-01-05,YouTube,10", "2026-01-06,YouTube,11", "2026-01-07,youtube,12", "2026-01-07,test,1", ",Email,13",
        "2026-01-07,You\u00a0Tube,14", "2026-01-08,Email,x",
    ]  # fmt: skip
    (tmp_path / "orders.csv").write_text("date,channel,revenue\n" + "\n".join(rows) + "\n", "utf-8")
    (tmp_path / "visits.csv").write_text("date,visits\n2026-01-05,3\n2026-01-06,4\n")
    path = tmp_path / "kpi.toml"
    path.write_text(WORKSPACE)
    return path


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_rows_findings_and_all_about_a_source(file: Path, size: tuple[int, int]) -> None:
    async with running(file, size=size) as flow:
        await flow.press("H")
        left_out = "2" if size[0] < 100 else "1 +1"
        await flow.shows(rf"orders +1 +7 +5 +{left_out} .*8 Jan 2026 +3")
        await flow.shows(r"visits +1 +2 +2 +[5-6]")
        await flow.shows("! orders.csv:8: .*'x' is not a number")
        await flow.shows("orders.csv:6: .*no date")
        await flow.shows("orders.csv:4: .*'channel' is written in 3 ways")
        await flow.press("enter")
        await flow.shows(r"Rows in files +7\n.*1 excluded by `where`\n.*1 without a date\nRows used +5")
        await flow.shows(r"revenue: 1 cell broken \('x' 1\), first orders.csv:8")
        await flow.press("escape", "escape")
        await flow.hides("Data health")


async def test_one_key_merges_spellings_and_another_takes_it_back(file: Path) -> None:
    async with running(file) as flow:
        await flow.press("H")
        await flow.shows("is written in 3 ways")
        await flow.press("m")
        await flow.hides("is written in 3 ways")
        await flow.shows(r"orders +1 +7 +5 .* 2\n")
        assert flow.workspace.sources[0].labels == {
            "channel": {"You\u00a0Tube": "YouTube", "youtube": "YouTube"},
        }
        await flow.shows("2 findings: ! shows them")  # the last that is said of the new data
        await flow.press("m")
        await flow.shows("'orders' has no spellings to merge")
        await flow.press("u")
        await flow.shows("is written in 3 ways")
        assert flow.workspace.sources[0].labels == {}
        await flow.press("tab", "G", "m")  # on the finding itself
        await flow.hides("is written in 3 ways")
        await flow.press("ctrl+s")
        await flow.shows("saved")
        assert flow.saved.sources[0].labels["channel"]["youtube"] == "YouTube"


async def test_nothing_is_merged_in_a_workspace_open_for_reading(file: Path) -> None:
    async with running(file, read_only=True) as flow:
        await flow.press("H")
        await flow.shows("is written in 3 ways")
        await flow.press("m")
        await flow.shows("open for reading only")


async def test_sound_data_are_called_so(file: Path) -> None:
    file.write_text(WORKSPACE.replace("channel <> 'test'", "revenue > 100000"))
    (file.parent / "orders.csv").write_text("date,channel,revenue\n2026-01-05,Email,100001\n")
    async with running(file) as flow:
        await flow.press("colon", *"health", "enter")
        await flow.shows("Nothing looks wrong in the data")
        await flow.shows(r"orders +1 +1 +1 ")
