"""The driver of the other tests here is itself tested: against small scripts whose behaviour is known."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

import pytest

from .terminal import Terminal

ECHO = """
import os, sys, termios, tty, signal
tty.setcbreak(0)
def size(*_):
    columns, rows = os.get_terminal_size(0)
    os.write(1, f"\\x1b[2J\\x1b[Hsize {columns}x{rows}\\r\\n".encode())
signal.signal(signal.SIGWINCH, size)
size()
while True:
    key = os.read(0, 1)
    if key == b"q":
        sys.exit(7)
    os.write(1, b"[" + key + b"]")
"""


@pytest.fixture
def echo(tmp_path: Path) -> Path:
    script = tmp_path / "echo.py"
    script.write_text(ECHO)
    return script


def test_it_types_waits_and_reads_the_screen(echo: Path) -> None:
    with Terminal([sys.executable, echo], columns=60, rows=12) as terminal:
        terminal.wait_for("size 60x12")
        before = terminal.written
        terminal.send("ab")
        terminal.wait_for(r"\[a\]\[b\]$|\[a\]\[b\]\n")
        assert terminal.lines[1] == "[a][b]"
        assert terminal.cursor == (1, 6)
        assert terminal.written - before == len("[a][b]")


def test_the_program_is_told_of_a_new_size(echo: Path) -> None:
    with Terminal([sys.executable, echo]) as terminal:
        terminal.wait_for("size 80x24")
        terminal.resize(100, 30)
        terminal.wait_for("size 100x30")
        assert len(terminal.lines) == 30


def test_it_knows_how_the_program_ended(echo: Path) -> None:
    with Terminal([sys.executable, echo]) as terminal:
        terminal.wait_for("size")
        terminal.send("q")
        assert terminal.wait_exit() == 7
    with Terminal([sys.executable, echo]) as terminal:
        terminal.wait_for("size")
        terminal.kill()
        assert terminal.wait_exit() == -signal.SIGKILL
    with Terminal([sys.executable, echo]) as terminal:
        terminal.wait_for("size")
        terminal.hang_up()
        assert terminal.wait_exit() == -signal.SIGHUP


def test_a_wait_that_cannot_come_true_fails_with_the_screen(echo: Path) -> None:
    with Terminal([sys.executable, echo]) as terminal:
        terminal.wait_for("size")
        with pytest.raises(AssertionError, match=r"(?s)before /never/.*size 80x24"):
            terminal.wait_for("never", within=0.05)
        terminal.send("q")
        with pytest.raises(AssertionError, match=r"the program ended before /never/"):
            terminal.wait_for("never")


def test_sequences_pyte_does_not_know_leave_nothing_on_the_screen(tmp_path: Path) -> None:
    # Cut in the middle of a sequence, as a pty may do: the reader answers before the rest comes.
    script = tmp_path / "queries.py"
    script.write_text(
        "import os, tty\n"
        "tty.setcbreak(0)\n"
        "os.write(1, b'one\\x1b[>25u\\x1b[?2026$p\\x1b[?2048$p\\x1b[<')\n"
        "os.read(0, 1)\n"
        "os.write(1, b'utwo\\x1b[?1u\\x1b[>4;2mthree')\n"
        "os.read(0, 1)\n"
    )
    with Terminal([sys.executable, script]) as terminal:
        terminal.wait_for("one")
        terminal.send(" ")
        terminal.wait_for("three")
        assert terminal.lines[0] == "onetwothree"
