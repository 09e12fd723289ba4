"""`python -m tests.benchmarks.scale FOLDER [MILLIONS]`: large sources beside the same SQL in DuckDB, in the same run.

Every line is a whole process from its start to the answer, with the peak memory of it and its children (Linux). The
data are written into FOLDER and removed afterwards. DuckDB is a development dependency.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.benchmarks import facts

RUNS = 3  # of which the median counts; one of the largest sizes, which take minutes
SUMS = ("SUM(cost)", "SUM(clicks)", "COUNT(*)")
KPI = """
import sys
from datetime import date
from pathlib import Path
from kpi_tui.facts.engines import Uncounted
from kpi_tui.facts.large import large_files, load_large
from kpi_tui.facts.measures import is_additive, measures_of
from kpi_tui.facts.query import Grouping, History, Leaf
from kpi_tui.formula import parse
from kpi_tui.formula.tree import aggregates
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.periods import Calendar

path, dimensions, formulas, grain, by, columns = eval(sys.argv[1])
source = Source(id="s", path=path, time="date", dimensions=dimensions, columns=columns)
files = large_files(source, Path("/"), {"KPI_TUI_LARGE": "1"})
leaves = [Leaf("s", call) for formula in formulas for call in aggregates(parse.formula(formula))]
wanted = measures_of(leaf for leaf in leaves if is_additive(leaf))
engine = load_large(source, files, wanted, Calendar(), None).large
grouping = Grouping(tuple(Calendar().periods(date(2023, 1, 1), date(2025, 12, 31), grain)), by)
ask = lambda: engine.count(grouping, leaves)
if not formulas:
    history = History("retention", "s", "customer_id")
    ask = lambda: engine.history(history, grouping, {}, cohorts=True)
try:
    ask()
except Uncounted as lacking:
    engine.scan([lacking.asked])
    ask()
"""
DUCK = """
import os, sys, duckdb
os.nice(5)  # as the scan is
duckdb.execute("set threads = 2")
duckdb.execute("set enable_progress_bar = false")
duckdb.execute("create temp table answer as " + sys.argv[1])
"""


class Line(NamedTuple):
    """One comparison: what kpi-tui is asked, and the same as SQL over `{rows}`."""

    name: str
    asked: tuple[object, ...]
    sql: str


def lines(folder: Path, kind: str) -> Iterator[Line]:
    """What is compared over the files of one kind."""
    path = str(folder / f"*.{kind}")
    columns = {} if kind == "parquet" else {"cost": "decimal", "clicks": "integer", "customer_id": "integer"}
    cost = "cost" if kind == "parquet" else "cost::decimal(18,2)"
    sums = f"sum({cost}), sum(clicks), count(*)"
    yield Line(
        "cube of 13 thousand cells",
        (path, ("channel",), SUMS, "month", ("channel",), columns),
        f"select date, channel, {sums} from '{path}' group by all",
    )
    yield Line(
        "cube of 880 thousand cells",
        (path, ("channel", "campaign"), SUMS, "month", ("channel",), columns),
        f"select date, channel, campaign, {sums} from '{path}' group by all",
    )
    if kind == "parquet":
        yield Line(
            "exact distinct by month and channel",
            (path, ("channel",), ("COUNT(DISTINCT customer_id)",), "month", ("channel",), columns),
            f"select date_trunc('month', date), channel, count(distinct customer_id) from '{path}' group by all",
        )
        yield Line(
            "retention by month",
            (path, (), (), "month", (), columns),
            f"""with seen as (select distinct customer_id, date_trunc('month', date) as m from '{path}'),
                first as (select customer_id, min(m) as c from seen group by 1)
                select c, m, count(*) from seen join first using (customer_id) group by all""",
        )


def measured(code: str, argument: str) -> tuple[float, float]:
    """Seconds and peak MB of a Python process and its children."""
    start = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", code, argument])
    peak = 0.0
    while process.poll() is None:
        peak = max(peak, _resident(process.pid))
        time.sleep(0.02)
    if process.returncode:
        raise SystemExit(f"failed: {argument}")
    return time.perf_counter() - start, peak


def _resident(pid: int) -> float:
    """MB that a process and those it started have in memory now."""
    total = 0.0
    try:
        status = Path(f"/proc/{pid}/status").read_text()
        total += int(next(line for line in status.splitlines() if line.startswith("VmRSS")).split()[1]) / 1024
        for thread in Path(f"/proc/{pid}/task").iterdir():
            total += sum(_resident(int(child)) for child in (thread / "children").read_text().split())
    except (OSError, StopIteration):
        return total
    return total


def compare(folder: Path, kind: str, millions: int) -> None:
    """Print the table of one size."""
    for line in lines(folder, kind):
        ours, theirs = [], []
        for _ in range(RUNS if millions <= 10 else 1):
            ours.append(measured(KPI, repr(line.asked)))
            theirs.append(measured(DUCK, line.sql))
        mine, other = median(seconds for seconds, _ in ours), median(seconds for seconds, _ in theirs)
        print(
            f"{millions:4} M {kind:8} {line.name:38} {mine:7.2f} s {max(p for _, p in ours):6.0f} MB   "
            f"DuckDB {other:7.2f} s {max(p for _, p in theirs):6.0f} MB   ratio {mine / other:5.2f}",
            flush=True,
        )


def main() -> None:
    """All lines, or those of one size."""
    folder = Path(sys.argv[1])
    sizes = [int(size) for size in sys.argv[2:]] or [10, 100]
    for millions in sizes:
        for kind in ("parquet", "csv") if millions <= 10 else ("parquet",):
            place = folder / f"kpi-tui-{millions}-{kind}"
            try:
                facts.write(place, millions * 1_000_000, text=kind == "csv")
                compare(place, kind, millions)
            finally:
                shutil.rmtree(place, ignore_errors=True)


if __name__ == "__main__":
    main()
