"""A terminal for tests: a program on a real pty, its screen emulated by pyte.

Nothing here sleeps: every wait is a `select` on the pty with a deadline, and a deadline that passes fails the test with
the screen as it was. `screen` knows no alternate screen (pyte has none); what a program turned on and off is in
`output`.
"""

from __future__ import annotations

import fcntl
import os
import re
import select
import signal
import struct
import subprocess
import termios
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import pyte

PATIENCE = 20.0  # seconds; only a failing test ever waits this long

# pyte draws the tail of these on the screen or fails: kitty keys, modify-other-keys, mode queries (CSI with < = > or
# $).
_UNKNOWN_TO_PYTE = re.compile(rb"\x1b\[[<=>][0-9;]*[a-zA-Z]|\x1b\[\??[0-9;]*\$[a-z]|\x1b\[\?[0-9;]*u")
_UNFINISHED = re.compile(rb"\x1b(\[[<=>?]?[0-9;]*\$?)?\Z")


class Terminal:
    """A program running on a terminal of its own; a context manager that ends it."""

    def __init__(
        self,
        argv: Sequence[str | Path],
        *,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        self.output = b""
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.ByteStream(self._screen)
        self._unfinished = b""
        self._master, slave = os.openpty()
        self._path = os.ttyname(slave)
        self._set_size(columns, rows)
        variables = {**os.environ, "TERM": "xterm-256color", **(env or {})}
        for name in ("COLUMNS", "LINES"):
            variables.pop(name, None)
        self._process = subprocess.Popen(
            [str(word) for word in argv],
            stdin=slave,
            stdout=slave,
            stderr=slave,
            env=variables,
            cwd=cwd,
            start_new_session=True,
            preexec_fn=_take_terminal,
        )
        os.close(slave)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(self, *raised: object) -> None:
        if self._process.poll() is None:
            self._process.kill()
        self._process.wait()
        self.hang_up()

    @property
    def pid(self) -> int:
        """The number of the program's process, which leads its own session and process group."""
        return self._process.pid

    @property
    def lines(self) -> list[str]:
        """The rows of the screen, without the blanks at their ends."""
        return [line.rstrip() for line in self._screen.display]

    @property
    def text(self) -> str:
        """The screen as one text."""
        return "\n".join(self.lines)

    @property
    def cursor(self) -> tuple[int, int]:
        """Row and column, from 0."""
        return self._screen.cursor.y, self._screen.cursor.x

    @property
    def written(self) -> int:
        """How many bytes the program has written so far, as far as they were read."""
        return len(self.output)

    def send(self, keys: str | bytes) -> None:
        """Type `keys`."""
        rest = keys.encode() if isinstance(keys, str) else keys
        while rest:
            rest = rest[os.write(self._master, rest) :]

    def wait_for(self, pattern: str, *, within: float = PATIENCE) -> re.Match[str]:
        """Read until the screen matches; the match."""
        self.wait_until(lambda: re.search(pattern, self.text) is not None, what=f"/{pattern}/", within=within)
        match = re.search(pattern, self.text)
        assert match is not None
        return match

    def wait_for_output(self, sequence: bytes, *, after: int = 0, within: float = PATIENCE) -> None:
        """Read until the program has written `sequence`, at or after byte `after` of its output."""
        self.wait_until(lambda: sequence in self.output[after:], what=repr(sequence), within=within)

    def wait_until(self, reached: Callable[[], bool], *, what: str = "the condition", within: float = PATIENCE) -> None:
        """Read until `reached()` holds."""
        deadline = time.monotonic() + within
        while not reached():
            left = deadline - time.monotonic()
            if left <= 0 or not self.read(left):  # also where the program never stops writing
                ended = time.monotonic() < deadline or self._process.poll() is not None
                reason = "the program ended" if ended else f"{within:g} s passed"
                raise AssertionError(f"{reason} before {what} on this screen:\n{self.text}")

    def read(self, timeout: float) -> bool:
        """Read what the program wrote, waiting up to `timeout` seconds for it. False: nothing came, or it has ended."""
        ready, _, _ = select.select([self._master], [], [], timeout)
        if not ready:
            return False
        try:
            data = os.read(self._master, 65536)
        except OSError:  # EIO: no process has the terminal open any more
            return False
        self.output += data
        self._show(data)
        return bool(data)

    def settle(self, quiet: float = 0.3) -> None:
        """Read until the program has written nothing for `quiet` seconds."""
        while self.read(quiet):
            pass

    def resize(self, columns: int, rows: int) -> None:
        """Make the terminal larger or smaller; the kernel tells the program."""
        self._screen.resize(rows, columns)
        self._set_size(columns, rows)

    def signal(self, number: int) -> None:
        """Send a signal to the program's process group, as a terminal does."""
        os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """End the program so that it cannot do anything about it."""
        self.signal(signal.SIGKILL)

    def hang_up(self) -> None:
        """Let the terminal vanish, as a connection that broke."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def wait_stopped(self, within: float = PATIENCE) -> None:
        """Read until the program has stopped itself (ctrl+z)."""

        def stopped() -> bool:
            return Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()[0] == "T"

        deadline = time.monotonic() + within
        while not stopped():
            assert time.monotonic() < deadline, f"the program did not stop:\n{self.text}"
            self.read(0.05)

    def wait_exit(self, within: float = PATIENCE, *, reading: bool = True) -> int:
        """Wait until the program has ended; its exit code, negative for a signal. `reading=False`: as a link that
        stalls.
        """
        deadline = time.monotonic() + within
        while reading and self._master >= 0 and self._process.poll() is None and time.monotonic() < deadline:
            self.read(0.05)
        try:
            code = self._process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the program did not end within {within:g} s:\n{self.text}") from None
        while self._master >= 0 and self.read(0):
            pass
        return code

    def attributes(self) -> list[Any]:
        """How the terminal is set (termios), to compare before and after."""
        return termios.tcgetattr(self._master)

    def _show(self, data: bytes) -> None:
        data = self._unfinished + data
        unfinished = _UNFINISHED.search(data)
        self._unfinished = unfinished[0] if unfinished else b""
        data = data[: len(data) - len(self._unfinished)]
        with suppress(TypeError):  # pyte on a private sequence it has no private form of
            self._stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data))

    def _set_size(self, columns: int, rows: int) -> None:
        fcntl.ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))


def _take_terminal() -> None:
    fcntl.ioctl(0, termios.TIOCSCTTY, 0)
    signal.signal(signal.SIGHUP, signal.SIG_DFL)  # who runs the tests may ignore it (nohup), and children inherit that
