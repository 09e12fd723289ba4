"""However a process is ended, it ends: with the right code, in time, and with the terminal given back."""

from __future__ import annotations

import signal
import sys
import termios
from pathlib import Path

import pytest

import kpi_tui

from .terminal import Terminal

ROOT = Path(kpi_tui.__file__).parents[1]

# What an application does with the terminal and with `Ending`, without Textual; `mode` says how it behaves.
TINY = """
import asyncio, os, signal, sys, termios, tty
from kpi_tui.tui.signals import Ending
mode = sys.argv[1]
if mode == "deaf":
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGHUP])
ending = Ending(grace=0.2)
tty.setraw(0)

async def main():
    loop = asyncio.get_running_loop()
    stopped = loop.create_future()
    ending.install(loop, stopped.set_result)
    os.write(1, b"\\x1b[?1049h\\x1b[?25lready")
    if mode == "stuck":
        while True:
            signal.pause()
    if mode == "stalled":
        os.read(0, 1)
        while True:
            os.write(1, b"x" * 4096)
    code = await stopped
    os.write(1, b"stopped %d" % code)

with __import__("contextlib").suppress(OSError):
    asyncio.run(main())
ending.close()
ending.leave(0)
"""

APP = """
import asyncio, signal
from textual.app import App
from textual.widgets import Static
from kpi_tui.tui.signals import Ending

class Tiny(App):
    BINDINGS = [("ctrl+z", "suspend_process", "Suspend"), ("f", "flood", "Flood"), ("q", "quit", "Quit")]
    presses = 0
    def compose(self):
        yield Static("ready", markup=False)
    def on_mount(self):
        ending.install(asyncio.get_running_loop(), lambda code: self.exit(return_code=code))
    def on_key(self, event):
        self.presses += 1
        self.query_one(Static).update(f"pressed {self.presses}")
    def action_flood(self):
        while True:
            self._driver.write("x" * 4096)

ending = Ending()
app = Tiny()
app.run()
ending.close()
ending.leave(app.return_code or 0)
"""


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    script = tmp_path / "tiny.py"
    script.write_text(TINY)
    return script


@pytest.fixture
def app(tmp_path: Path) -> Path:
    script = tmp_path / "app.py"
    script.write_text(APP)
    return script


def run(*argv: str | Path) -> Terminal:
    return Terminal([*argv], env={"PYTHONPATH": str(ROOT)})


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_an_application_that_stops_when_asked_ends_with_the_signal_as_its_code(
    tiny: Path, number: signal.Signals
) -> None:
    with run(sys.executable, tiny, "polite") as terminal:
        terminal.wait_for("ready")
        terminal.signal(number)
        terminal.wait_for(f"stopped {128 + number}")
        assert terminal.wait_exit() == 128 + number
        assert b"\x1b[?1049l" not in terminal.output, "the watchdog had no reason to act"


def test_one_that_does_not_stop_is_ended_and_the_terminal_given_back(tiny: Path) -> None:
    with run(sys.executable, tiny, "stuck") as terminal:
        cooked = terminal.attributes()
        terminal.wait_for("ready")
        assert not terminal.attributes()[3] & termios.ICANON
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        assert terminal.attributes() == cooked
        assert terminal.output.endswith(b"\x1b[<u\x1b[?1049l\x1b[0m\x1b[?25h")


def test_one_that_blocks_on_a_stalled_terminal_is_ended(tiny: Path) -> None:
    with run(sys.executable, tiny, "stalled") as terminal:
        cooked = terminal.attributes()
        terminal.wait_for("ready")
        terminal.send("f")
        terminal.wait_for_output(b"x" * 512)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit(reading=False) == 128 + signal.SIGTERM
        assert terminal.attributes() == cooked
        assert b"\x1b[?1049l" in terminal.output


def test_a_hang_up_ends_it_even_where_it_was_started_to_ignore_it(tiny: Path) -> None:
    with run("sh", "-c", f"trap '' HUP; exec {sys.executable} {tiny} polite") as terminal:
        terminal.wait_for("ready")
        terminal.signal(signal.SIGHUP)
        assert terminal.wait_exit() == 128 + signal.SIGHUP


@pytest.mark.parametrize("mode", ["polite", "deaf"])
def test_a_terminal_that_vanishes_ends_it_also_without_a_signal(tiny: Path, mode: str) -> None:
    with run(sys.executable, tiny, mode) as terminal:
        terminal.wait_for("ready")
        terminal.hang_up()
        assert terminal.wait_exit() == 128 + signal.SIGHUP


def test_a_textual_app_is_suspended_and_comes_back(app: Path) -> None:
    with run(sys.executable, app) as terminal:
        terminal.wait_for("ready")
        terminal.send("\x1a")
        terminal.wait_for_output(b"\x1b[?1049l")
        terminal.wait_stopped()
        continued = terminal.written
        terminal.signal(signal.SIGCONT)
        terminal.wait_for_output(b"\x1b[?1049h", after=continued)
        terminal.send("a")
        terminal.wait_for(r"pressed \d")
        terminal.send("q")
        assert terminal.wait_exit() == 0


def test_a_textual_app_takes_the_terminal_only_once(app: Path) -> None:
    with run(sys.executable, app) as terminal:
        terminal.wait_for("ready")
        terminal.signal(signal.SIGCONT)
        terminal.send("a")
        terminal.wait_for("pressed 1")
        terminal.send("q")
        assert terminal.wait_exit() == 0
        assert terminal.output.count(b"\x1b[?1049h") == 1


def test_a_textual_app_told_to_end_gives_the_terminal_back(app: Path) -> None:
    with run(sys.executable, app) as terminal:
        cooked = terminal.attributes()
        terminal.wait_for("ready")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit() == 128 + signal.SIGTERM
        assert terminal.attributes() == cooked
        assert terminal.output.rindex(b"\x1b[?1049l") > terminal.output.rindex(b"\x1b[?1049h")


def test_a_textual_app_blocked_on_a_stalled_link_ends(app: Path) -> None:
    with run(sys.executable, app) as terminal:
        cooked = terminal.attributes()
        terminal.wait_for("ready")
        terminal.send("f")
        terminal.wait_for_output(b"x" * 512)
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit(reading=False) == 128 + signal.SIGTERM
        assert terminal.attributes() == cooked
        assert terminal.output.endswith(b"\x1b[?1049l\x1b[0m\x1b[?25h")


def test_a_textual_app_ends_with_its_terminal(app: Path) -> None:
    with run(sys.executable, app) as terminal:
        terminal.wait_for("ready")
        terminal.hang_up()
        assert terminal.wait_exit() == 128 + signal.SIGHUP
