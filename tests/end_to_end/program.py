"""kpi-tui itself on a terminal, over a small shop whose figures a test can count in its head."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import kpi_tui

from .shop import write_shop
from .terminal import Terminal

ROOT = Path(kpi_tui.__file__).parents[1]
ENTER, ESCAPE, CTRL_S, CTRL_U, CTRL_R, CTRL_Z = "\r", "\x1b", "\x13", "\x15", "\x12", "\x1a"


class Shop:
    """A folder with the shop's workspace, and a home of its own for state and configuration."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = write_shop(folder / "shop")
        self.home = folder / "home"

    @property
    def text(self) -> str:
        return self.file.read_text("utf-8")

    @property
    def journals(self) -> list[Path]:
        return sorted((self.home / "state" / "kpi-tui" / "journal").glob("*.journal"))

    def environment(self, given: Mapping[str, str] | None = None) -> dict[str, str]:
        """As a user's on a UTF-8 terminal in English, whatever the tests run in."""
        return {
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.home),
            "XDG_STATE_HOME": str(self.home / "state"),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_CACHE_HOME": str(self.home / "cache"),
            "LANG": "C.UTF-8",
            **dict.fromkeys(("LC_ALL", "LC_CTYPE", "LC_MESSAGES", "LANGUAGE", "NO_COLOR", "COLORTERM"), ""),
            **dict.fromkeys(("SSH_CONNECTION", "SSH_TTY"), ""),
            **(given or {}),
        }

    def start(
        self,
        *arguments: str | Path,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> Terminal:
        """The program on a terminal; without arguments it opens the shop."""
        asked: Sequence[str | Path] = arguments or ("open", self.file)
        argv = [sys.executable, "-m", "kpi_tui", *asked]
        return Terminal(argv, columns=columns, rows=rows, env=self.environment(env), cwd=cwd or self.folder)

    def run(self, *arguments: str | Path, env: Mapping[str, str] | None = None) -> subprocess.CompletedProcess[str]:
        """The program without a terminal."""
        given = {"PATH": "/usr/bin:/bin", **self.environment(env)}
        argv = [sys.executable, "-m", "kpi_tui", *map(str, arguments)]
        return subprocess.run(argv, env=given, capture_output=True, text=True, timeout=60, stdin=subprocess.DEVNULL)


def opened(terminal: Terminal) -> Terminal:
    """Wait until the goals are judged: the data are loaded, keys are obeyed."""
    terminal.wait_for(r"(Turnover|Оборот) +3.861")
    terminal.wait_until(lambda: not re.search("reading data|данные читаются", terminal.text), what="the data")
    return terminal


def press(terminal: Terminal, *keys: str) -> None:
    """Type keys one after the other, as a person does: each when the answer to the one before has been drawn."""
    for key in keys:
        before = terminal.written
        terminal.send(key)
        deadline = time.monotonic() + 0.15
        while terminal.written == before and (left := deadline - time.monotonic()) > 0 and terminal.read(left):
            pass


def escape(terminal: Terminal) -> None:
    """Esc, and the time after which a terminal program knows that no sequence follows."""
    terminal.send(ESCAPE)
    terminal.settle(0.15)


def edit_target(terminal: Terminal, typed: str) -> None:
    """Open the editor over the target of the first goal, replace what stands there by `typed`."""
    press(terminal, "g", "j", "\x1b[H", "l", "l", "e")
    press(terminal, CTRL_U, typed)
    terminal.wait_for(typed.replace("+", r"\+") + " ")
