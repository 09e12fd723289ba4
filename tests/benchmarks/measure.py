"""Times of whole processes and of programs on a pty; pairs are run in turn, so that both see the same machine."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import median

from tests.end_to_end.terminal import Terminal

QUIET = 0.15  # seconds without a byte after which there is none to come

Command = Sequence[str | Path]


def wall(command: Command, env: Mapping[str, str]) -> float:
    """Seconds from the start of a process to its end."""
    start = time.perf_counter()
    subprocess.run([str(word) for word in command], check=True, env={**os.environ, **env}, stdout=subprocess.DEVNULL)
    return time.perf_counter() - start


def in_turn(runs: int, *measures: Callable[[], float]) -> list[float]:
    """The medians of the measures, run A B A B ... after one run of each that does not count."""
    for measure in measures:
        measure()
    found: list[list[float]] = [[] for _ in measures]
    for _ in range(runs):
        for measure, values in zip(measures, found, strict=True):
            values.append(measure())
    return [median(values) for values in found]


def ready(command: Command, pattern: str, env: Mapping[str, str], leave: str = "q") -> float:
    """Seconds from the start to the pattern on an 80x24 screen."""
    start = time.perf_counter()
    with Terminal(command, env=env) as terminal:
        terminal.wait_for(pattern)
        elapsed = time.perf_counter() - start
        terminal.send(leave)
        terminal.wait_exit()
    return elapsed


def bytes_of(terminal: Terminal, keys: str) -> int:
    """What a program writes after these keys, until it is quiet."""
    before = terminal.written
    terminal.send(keys)
    terminal.wait_until(lambda: terminal.written > before, what="an answer")
    terminal.settle()
    return terminal.written - before


def until_last_byte(terminal: Terminal, keys: str) -> float:
    """Milliseconds from these keys to the last byte that they bring about."""
    before, start = terminal.written, time.perf_counter()
    terminal.send(keys)
    terminal.wait_until(lambda: terminal.written > before, what="an answer")
    last = time.perf_counter()
    while True:
        before = terminal.written
        terminal.read(QUIET)
        if terminal.written == before:
            return (last - start) * 1000
        last = time.perf_counter()


def peak_memory(pid: int) -> float:
    """The largest resident size of a process so far, in MB (Linux)."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(next(line for line in status.splitlines() if line.startswith("VmHWM")).split()[1]) / 1024
