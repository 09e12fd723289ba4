"""`kill -9` at random moments while the app and `set` edit one file: nothing that was shown as done is lost.

What the screen showed last must come back, and the file must parse, whenever the kill comes: between a key and its
answer, in the middle of a save, while the app takes over what `set` wrote. KPI_TUI_KILLS sets the number of kills.
"""

from __future__ import annotations

import os
import random
import re
import subprocess
import sys
import time
from decimal import Decimal

import pytest

from kpi_tui.session import Session
from kpi_tui.workspace import document
from kpi_tui.workspace.model import Goal, Workspace

from .program import CTRL_S, CTRL_U, ENTER, Shop, opened, press
from .terminal import Terminal

KILLS = int(os.environ.get("KPI_TUI_KILLS", "20"))
PARTS = 4
SHOWN = re.compile(r"Turnover +3,861 +(\d+),(\d{3}) ")


class Setting:
    """`set` run again and again on another goal: every call that ended well is a promise."""

    def __init__(self, shop: Shop, value: int) -> None:
        self.shop = shop
        self.promised = self.tried = value
        self.process: subprocess.Popen[str] | None = None

    def go_on(self) -> None:
        """Begin the next call where the last one has ended."""
        if self.process is not None and self.process.poll() is None:
            return
        self.note()
        self.tried += 1
        argv = [sys.executable, "-m", "kpi_tui", "set", str(self.shop.file), f"goal.cheap.target={self.tried}"]
        env = {"PATH": "/usr/bin:/bin", **self.shop.environment()}
        self.process = subprocess.Popen(argv, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, text=True)

    def note(self) -> None:
        if self.process is not None and self.process.poll() == 0:
            self.promised = self.tried

    def kill_within(self, seconds: float) -> None:
        """End the call that runs, if there is one, by then."""
        if self.process is None:
            return
        try:
            self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.note()


def goal(workspace: Workspace, name: str) -> Goal:
    return next(goal for goal in workspace.goals if goal.id == name)


def shown(terminal: Terminal, before: int) -> int:
    """The target on the screen; while it is being typed the one shown before."""
    found = SHOWN.search(terminal.text)
    return int(found[1] + found[2]) if found else before


def read_for(terminal: Terminal, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (left := deadline - time.monotonic()) > 0:
        terminal.read(left)


@pytest.mark.parametrize("part", range(PARTS))
def test_no_edit_that_was_shown_is_lost_by_a_kill(shop: Shop, part: int) -> None:
    chance = random.Random(part)
    for number in range(part, KILLS, PARTS):
        _edit_until_killed(shop, chance, number)


def _edit_until_killed(shop: Shop, chance: random.Random, number: int) -> None:
    before = document.read(shop.text, "kpi.toml").workspace
    target, cheap = goal(before, "turnover").target, goal(before, "cheap").target
    assert isinstance(target, Decimal)
    assert isinstance(cheap, Decimal)
    setting = Setting(shop, int(cheap))
    on_screen, typed = int(target), 10_000 + number * 10
    with shop.start() as terminal:
        with_set = chance.random() < 0.6
        opened(terminal)
        press(terminal, "g", "j", "\x1b[H", "l", "l")
        for _ in range(chance.randrange(4)):
            if with_set:
                setting.go_on()
            typed += 1
            press(terminal, "e", f"{CTRL_U}{typed}", ENTER)
            terminal.wait_for(f"Turnover +3,861 +{typed:,} ")
            on_screen = typed
            if chance.random() < 0.3:
                press(terminal, CTRL_S)
        if with_set:
            setting.go_on()
        typed += 1
        press(terminal, "e", f"{CTRL_U}{typed}")
        terminal.send(ENTER + CTRL_S * (chance.random() < 0.5))
        read_for(terminal, chance.uniform(0, 0.06))
        on_screen = shown(terminal, on_screen)
        terminal.kill()
        terminal.wait_exit()
        on_screen = shown(terminal, on_screen)
    setting.kill_within(chance.uniform(0, 0.5))

    document.read(shop.text, "kpi.toml")  # parses, always
    session = Session(shop.file, state=shop.home / "state" / "kpi-tui")
    for recovery in session.recoveries():
        merged = session.recover(recovery)
        assert not merged.dropped
    after = session.workspace
    session.save()
    session.close()
    assert goal(after, "turnover").target in {on_screen, typed}, f"kill {number}: the screen showed {on_screen}"
    assert goal(after, "cheap").target in {setting.promised, setting.tried}, f"kill {number}: set has said it is done"
    assert document.read(shop.text, "kpi.toml").workspace == after
