"""Large sources: counted once, in another process, whatever happens to it, to the files and to the cache."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kpi_tui.facts import scan
from kpi_tui.facts.cache import Cache
from kpi_tui.facts.engines import Uncounted, scanned
from kpi_tui.facts.files import find
from kpi_tui.facts.large import large_files, load_large, wanted_measures
from kpi_tui.facts.query import Grouping
from kpi_tui.facts.table import Findings
from kpi_tui.workspace.model import Metric, Source, Workspace
from kpi_tui.workspace.periods import Calendar
from tests.facts.large import engine, here, leaf, tiny_batches

ALL = Grouping(())
SUM = leaf("SUM(v)")


def write(path: Path, values: list[int]) -> None:
    pl.DataFrame({"d": ["2026-01-01"] * len(values), "v": values}).with_columns(
        pl.col("d").str.to_date()
    ).write_parquet(path)


def source(path: str = "*.parquet") -> Source:
    return Source(id="s", path=path, time="d")


def total(made: scanned.Scanned) -> Any:
    return made.count(ALL, [SUM])[SUM.column].to_list()


def test_an_appended_file_is_counted_once_and_the_others_not_again(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", [1, 2])
    with tiny_batches():
        first = engine(tmp_path, source(), [SUM], tmp_path / "cache")
        write(tmp_path / "2.parquet", [10])
        second = engine(tmp_path, source(), [SUM], tmp_path / "cache")
        third = engine(tmp_path, source(), [SUM], tmp_path / "cache")
    assert [total(made) for made in (first, second, third)] == [[3], [13], [13]]
    assert [made.scans for made in (first, second, third)] == [1, 1, 0]


def test_a_new_leaf_scans_for_itself_only_and_a_known_one_not_at_all(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", [1, 2])
    more = leaf("MAX(v)")
    with tiny_batches():
        made = engine(tmp_path, source(), [SUM], tmp_path / "cache")
        with pytest.raises(Uncounted) as raised:
            made.count(ALL, [SUM, more])
        made.scan([raised.value.asked])
        assert made.count(ALL, [SUM, more]).row(0) == (0, 2, 3, 2)
        assert made.scans == 2
        again = engine(tmp_path, source(), [SUM, more], tmp_path / "cache")
    assert (again.scans, again.count(ALL, [SUM, more]).row(0)) == (0, (0, 2, 3, 2))


def test_a_distinct_count_is_scanned_once_for_each_grouping(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", [1, 1, 2])
    distinct = leaf("COUNT(DISTINCT v)")
    with tiny_batches():
        made = engine(tmp_path, source(), [], tmp_path / "cache")
        with pytest.raises(Uncounted) as raised:
            made.count(ALL, [distinct])
        made.scan([raised.value.asked])
        assert made.count(ALL, [distinct])[distinct.column].to_list() == [2]
        again = engine(tmp_path, source(), [], tmp_path / "cache")
    assert (again.scans, again.count(ALL, [distinct])[distinct.column].to_list()) == (0, [2])


def test_a_damaged_entry_is_made_anew_and_said_once(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", [1, 2])
    with tiny_batches():
        engine(tmp_path, source(), [SUM], tmp_path / "cache")
        (entry,) = (tmp_path / "cache" / "cubes").glob("*.cube")
        data = bytearray(entry.read_bytes())
        data[-20] ^= 0xFF
        entry.write_bytes(data)
        made = engine(tmp_path, source(), [SUM], tmp_path / "cache")
        healed = engine(tmp_path, source(), [SUM], tmp_path / "cache")
    assert (total(made), made.scans, len(made.findings)) == ([3], 1, 1)
    assert "damaged" in str(made.findings[0].what)
    assert (total(healed), healed.scans, healed.findings) == ([3], 0, [])


def test_a_full_disk_is_said_once_and_counting_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write(tmp_path / "1.parquet", [1])
    write(tmp_path / "2.parquet", [2])

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(Cache, "put", full)
    with tiny_batches():
        made = engine(tmp_path, source(), [SUM], tmp_path / "cache")
    assert total(made) == [3]
    assert [finding.severity for finding in made.findings] == ["warning"]


def test_the_cache_is_for_its_owner_only(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", [1])
    with tiny_batches():
        engine(tmp_path, source(), [SUM], tmp_path / "cache")
    folder = tmp_path / "cache" / "cubes"
    assert folder.stat().st_mode & 0o777 == 0o700
    assert [entry.stat().st_mode & 0o777 for entry in folder.iterdir()] == [0o600]


def test_the_oldest_entries_go_where_there_is_no_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = Cache(tmp_path)
    for n in range(4):
        kept.put(f"k{n}", {"about": {}}, [pl.DataFrame({"v": range(1_000)})])
        os.utime(tmp_path / "cubes" / f"k{n}.cube", (n, n))
    size = (tmp_path / "cubes" / "k0.cube").stat().st_size
    monkeypatch.setattr("kpi_tui.facts.cache.MOST_BYTES", 3 * size)
    kept.put("k4", {"about": {}}, [pl.DataFrame({"v": range(1_000)})])
    assert sorted(path.stem for path in (tmp_path / "cubes").iterdir()) == ["k2", "k3", "k4"]


def test_a_file_that_is_replaced_meanwhile_is_counted_again(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", [1])
    runs: list[int] = []

    def replacing(job: Any, report: Callable[[int, int], None], stop: scan.Stop, child: scan.Child) -> Any:
        runs.append(1)
        found = here(job, report, stop)
        if len(runs) == 1:
            write(tmp_path / "1.parquet", [5, 6])
        return found

    with tiny_batches(run=replacing):
        made = engine(tmp_path, source(), [SUM])
    assert (total(made), len(runs), made.findings) == ([11], 2, [])


def test_a_file_that_keeps_changing_is_said(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", [1])

    def restless(job: Any, report: Callable[[int, int], None], stop: scan.Stop, child: scan.Child) -> Any:
        found = here(job, report, stop)
        write(tmp_path / "1.parquet", [1] * (found.account.used + 1))
        return found

    with tiny_batches(run=restless):
        made = engine(tmp_path, source(), [SUM])
    assert total(made) == [2]
    assert ["changes while" in str(finding.what) for finding in made.findings] == [True]


def test_a_process_of_its_own_counts_and_tells_how_far_it_is(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", [1, 2])
    seen: list[tuple[int, int, int]] = []
    made = scanned.Scanned(source(), find(source(), tmp_path, Findings("s")), [], Cache(None))
    made.prepare(lambda *progress: seen.append(progress))
    size = (tmp_path / "1.parquet").stat().st_size
    assert made.cubes[0].account.used == 2
    assert seen[-1] == (size, size, 2)


def test_a_killed_process_is_started_once_more(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", [1, 2])
    entered: list[int] = []

    class Killer(scan.Stop):
        def enter(self, process: Any) -> None:
            entered.append(process.pid)
            if len(entered) == 1:
                os.kill(process.pid, signal.SIGKILL)
            super().enter(process)

    made = scanned.Scanned(source(), find(source(), tmp_path, Findings("s")), [], Cache(None))
    made.prepare(None, Killer())
    assert (made.cubes[0].account.used, len(entered)) == (2, 2)


def test_what_was_stopped_says_so(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", [1, 2])
    stop = scan.Stop()
    stop.set()
    files = find(source(), tmp_path, Findings("s"))
    table = load_large(source(), files, [], Calendar(), None, None, stop)
    assert table.engine is None
    assert [str(finding.what) for finding in table.findings] == ["reading was stopped"]


def test_what_is_large_is_a_matter_of_bytes(tmp_path: Path) -> None:
    write(tmp_path / "1.parquet", [1, 2])
    assert large_files(source(), tmp_path, {}) is None
    assert large_files(source(), tmp_path, {"KPI_TUI_LARGE": "1"}) is not None


def test_broken_cells_of_a_large_file_are_counted_and_the_first_are_placed(tmp_path: Path) -> None:
    lines = ["d,v", *["2026-01-01,x"] * 30, "2026-01-02,5", "2026-13-01,7", ",8"]
    (tmp_path / "a.csv").write_text("\n".join(lines) + "\n")
    described = Source(id="s", path="a.csv", time="d", columns={"v": "integer"})
    with tiny_batches(text=40):
        files = find(described, tmp_path, Findings("s"))
        workspace = Workspace(sources=(described,), metrics=(Metric(id="m", source="s", formula="SUM(v)"),))
        table = load_large(described, files, wanted_measures(workspace, described), Calendar(), None)
    said = [f"{finding.place} {finding.what}" for finding in table.findings]
    assert said[:2] == [
        "a.csv:2 column 'v': 'x' is not a whole number",
        "a.csv:3 column 'v': 'x' is not a whole number",
    ]
    assert "a.csv column 'v': ... and 10 more such cells" in said
    assert "a.csv:33 column 'd': '2026-13-01' is not a date; the row is left out" in said
    assert [line for line in said if "no date" in line] == ["a.csv:34 1 row has no date in 'd' and is left out"]
    assert (table.rows_read, table.rows_left_out, table.account.adds_up) == (33, 2, True)
    assert table.engine is not None
    assert table.engine.count(ALL, [SUM])[SUM.column].to_list() == [5]


def test_a_text_that_ends_in_the_middle_of_a_line_is_said(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("d,v\n2026-01-01,1\n2026-01-02,2\n2026-01")
    described = Source(id="s", path="a.csv", time="d", columns={"v": "integer"})
    with tiny_batches(text=20):
        table = load_large(described, find(described, tmp_path, Findings("s")), [], Calendar(), None)
    assert ["in the middle of a line" in str(finding.what) for finding in table.findings] == [True]
    assert table.findings[0].place.line == 4
