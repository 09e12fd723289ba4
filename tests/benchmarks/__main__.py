"""`python -m tests.benchmarks`: the figures the product promises, each with its limit.

Run it on an installed kpi-tui.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import NamedTuple

from tests.benchmarks import table_app
from tests.benchmarks.measure import bytes_of, in_turn, peak_memory, ready, until_last_byte, wall
from tests.end_to_end.terminal import Terminal

RUNS = 7
READY = r"114\.3 M"  # the turnover of the sample, computed


class Figure(NamedTuple):
    """One promise: what was measured, its limit, both in `unit`."""

    name: str
    found: float
    limit: float
    unit: str


def main() -> int:
    """Print all figures; 1 where one is over its limit."""
    program = Path(sys.executable).with_name("kpi-tui")
    with tempfile.TemporaryDirectory() as home:
        figures = [*command_line(program, home), *screen(program, home)]
    for figure in figures:
        verdict = "ok" if figure.found <= figure.limit else "OVER"
        print(f"{figure.name:<48} {figure.found:9.1f} {figure.unit:<5} limit {figure.limit:9.1f}  {verdict}")
    return int(any(figure.found > figure.limit for figure in figures))


def environment(home: str) -> dict[str, str]:
    """A home without history, a plain locale."""
    return {"HOME": home, "LANG": "C.UTF-8", "TERM": "xterm-256color", "COLORTERM": ""}


def command_line(program: Path, home: str) -> Iterator[Figure]:
    """--help, and `show` beside the import of Polars."""
    env = environment(home)
    (help_time,) = in_turn(RUNS, lambda: wall([program, "--help"], env))
    yield Figure("--help", help_time * 1000, 100, "ms")
    with tempfile.TemporaryDirectory() as folder:
        with Terminal([program, "demo", folder], env=env) as terminal:  # copies the sample
            terminal.wait_for(READY)
            terminal.send("q")
            terminal.wait_exit()
        show = [program, "show", "metrics", Path(folder) / "kpi.toml"]
        polars = [sys.executable, "-c", "import polars"]
        forget = [program, "cache", "--clear"]
        again, first, floor = in_turn(
            RUNS,
            lambda: wall(show, env),
            lambda: wall(forget, env) * 0 + wall(show, env),
            lambda: wall(polars, env),
        )
    limit = 1200 * floor + 150
    yield Figure("show metrics, asked before (1.2 x polars + 150)", again * 1000, limit, "ms")
    yield Figure("show metrics, asked first (1.2 x polars + 150)", first * 1000, limit, "ms")


def screen(program: Path, home: str) -> Iterator[Figure]:
    """The demo at 80x24 beside a Textual DataTable of 1,000 rows."""
    env = environment(home)
    table = [sys.executable, table_app.__file__]
    started, floor = in_turn(RUNS, lambda: ready([program, "demo"], READY, env), lambda: ready(table, r"13:7", env))
    yield Figure("ready with computed numbers (1.6 x DataTable)", started * 1000, 1600 * floor, "ms")
    with Terminal([program, "demo"], env=env) as terminal:
        terminal.wait_for(READY)
        terminal.settle()
        before = terminal.written
        terminal.settle(5.0)
        yield Figure("idle for 5 s", terminal.written - before, 0, "bytes")
        terminal.send("2")
        terminal.settle()
        steps = [bytes_of(terminal, "j") for _ in range(12)]
        yield Figure("a cursor step, median of 12", median(steps), 300, "bytes")
        for key in ("1", "j", "j", "l", "l", "e", "\x15", "150m"):
            terminal.send(key)
            terminal.settle()
        yield Figure("an edit with all it changes", bytes_of(terminal, "\r"), 2500, "bytes")
        yield Figure("an edit to its last byte, median of 9", median(edits(terminal, 9)), 16, "ms")
        yield Figure("peak memory", peak_memory(terminal.pid), 130, "MB")
        terminal.send("qd")
        terminal.wait_exit()


def edits(terminal: Terminal, count: int) -> Iterator[float]:
    """Milliseconds that each of so many edits of the number under the cursor takes."""
    for millions in range(121, 121 + count):
        for key in ("e", "\x15", f"{millions}m"):
            terminal.send(key)
            terminal.settle()
        yield until_last_byte(terminal, "\r")


if __name__ == "__main__":
    sys.exit(main())
