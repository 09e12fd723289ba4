"""`python -m tests.benchmarks.keys FOLDER [MILLIONS]`: how soon the app answers keys while a large source is scanned.

Keys move the cursor up and down, one each tenth of a second and a bit, from the first picture until the numbers are
there. Beside them the same keys once the scan is over: what the machine costs by itself. The data are removed at the
end.
"""

from __future__ import annotations

import re
import shutil
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from tests.benchmarks import facts
from tests.benchmarks.__main__ import environment
from tests.end_to_end.terminal import Terminal

EVERY = 0.11  # seconds: no multiple of anything that ticks
MOST = 600  # keys
WORKSPACE = """schema = 1

[workspace]
name = "Large"

[[source]]
id = "facts"
path = "*.parquet"
time = "date"
dimensions = ["channel", "campaign"]

[[metric]]
id = "spend"
source = "facts"
formula = "SUM(cost)"
unit = "money"

[[metric]]
id = "buyers"
source = "facts"
formula = "COUNT(DISTINCT customer_id)"
unit = "count"

[[metric]]
id = "cost_per_buyer"
formula = "spend / buyers"
unit = "money"
"""


def answered(terminal: Terminal, key: str) -> float:
    """Milliseconds from a key to the first byte that follows."""
    before, start = terminal.written, time.perf_counter()
    terminal.send(key)
    terminal.wait_until(lambda: terminal.written > before, what="an answer")
    return (time.perf_counter() - start) * 1000


def keys(terminal: Terminal, most: int, until: str = "") -> list[float]:
    """The times of keys until a pattern is on the screen."""
    found: list[float] = []
    while len(found) < most and not (until and re.search(until, terminal.text)):
        found.append(answered(terminal, "jk"[len(found) % 2]))
        deadline = time.perf_counter() + EVERY
        while (left := deadline - time.perf_counter()) > 0:
            terminal.read(left)
    return found


def said(name: str, times: list[float]) -> None:
    """A line of the table."""
    last = quantiles(times, n=100)[98] if len(times) > 1 else times[0]
    print(
        f"{name:<18} {len(times):4} keys   median {median(times):6.1f} ms   p99 {last:6.1f}   worst {max(times):6.1f}"
    )


def main() -> None:
    """Write the data, open them, type."""
    folder = Path(sys.argv[1]) / "kpi-tui-keys"
    millions = int(sys.argv[2]) if len(sys.argv) > 2 else 100
    program = Path(sys.executable).with_name("kpi-tui")
    try:
        facts.write(folder, millions * 1_000_000)
        (folder / "kpi.toml").write_text(WORKSPACE, "utf-8")
        with (
            tempfile.TemporaryDirectory() as home,
            Terminal([program, "open", folder / "kpi.toml"], env=environment(home)) as terminal,
        ):
            terminal.wait_for("Nobody|No goals|Metrics")
            terminal.send("2")
            terminal.wait_for("spend")
            said("during the scan", keys(terminal, MOST, until=r"cost_per_buyer +[\d.]"))
            terminal.settle()
            said("after it", keys(terminal, 100))
            terminal.send("q")
            terminal.wait_exit()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
