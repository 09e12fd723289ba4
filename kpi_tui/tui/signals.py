"""How the program ends when it is told to, or when its terminal is gone.

A user works over ssh: the connection drops (SIGHUP, or the terminal just vanishes), the administrator stops the machine
(SIGTERM), the link stalls so that every write blocks. Invariant: from the first such event on, the process is gone
within `grace` seconds with exit code 128 + the signal's number, and a terminal that still listens is usable again.
Nothing is saved here: the journal holds every edit already.

One thread waits for all of it, because the event loop may be blocked in a write to the terminal. It neither polls nor
needs the main thread: Python writes the number of each signal to a pipe (`signal.set_wakeup_fd`), and the kernel
reports the hang-up of the terminal. This module knows nothing of Textual.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from asyncio import AbstractEventLoop
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import Any, NoReturn

if sys.platform != "win32":
    import select
    import termios

GRACE = 2.0  # seconds between asking the application to stop and ending the process

# The reverse of what Textual's driver turns on: synchronized output, mouse, paste, resize and focus reports; line wrap
# back, kitty keys (before the screen is switched: each screen has its own stack), main screen, plain colours, cursor.
_LEAVE = (
    b"\x1b[?2026l\x1b[?1000l\x1b[?1003l\x1b[?1015l\x1b[?1006l\x1b[?1016l\x1b[?2004l\x1b[?2048l\x1b[?1004l\x1b[?7h"
    b"\x1b[<u\x1b[?1049l\x1b[0m\x1b[?25h"
)
_TRIES = 20  # of 10 ms: a thread that blocks on a stalled terminal has to let go of it first

_Handler = Callable[[int, FrameType | None], Any] | int | None


class Ending:
    """The end of the process by a signal or the loss of its terminal.

    Make it before the application takes the terminal over (it remembers how the terminal was), `install` it once the
    application runs, `close` it when the application returned. `code` is 0 until an end was asked for, then 128 +
    signal.
    """

    def __init__(self, terminal: int = 0, *, grace: float = GRACE) -> None:
        self.code = 0
        self._terminal = terminal
        self._grace = grace
        self._previous: dict[int, _Handler] = {}
        self._pipe: tuple[int, int] | None = None
        self._suspended = False
        self._attributes: list[Any] | None = None
        if sys.platform != "win32":
            with suppress(termios.error):
                self._attributes = termios.tcgetattr(terminal)

    def install(self, loop: AbstractEventLoop, stop: Callable[[int], None]) -> None:
        """From now on SIGHUP, SIGTERM and the loss of the terminal call `stop(128 + n)` on `loop`, and end the process
        `grace` seconds later if that did not. To be called on the main thread, after the driver set its own handlers.
        """
        if sys.platform == "win32":
            return
        receive, send = self._pipe = os.pipe()
        os.set_blocking(send, False)
        for number in (signal.SIGHUP, signal.SIGTERM):  # also where they were ignored when the process began (nohup)
            self._take_over(number, self._on_signal)
        self._take_over(signal.SIGTSTP, self._on_suspend)
        self._take_over(signal.SIGCONT, self._on_continue)
        signal.set_wakeup_fd(send, warn_on_full_buffer=False)
        threading.Thread(target=self._watch, args=(receive, loop, stop), name="ending", daemon=True).start()

    def close(self) -> None:
        """Give the signals back; an end that was asked for already goes on."""
        if sys.platform == "win32" or self._pipe is None or self.code:
            return
        signal.set_wakeup_fd(-1)
        for number, handler in self._previous.items():
            if handler is not None:
                signal.signal(number, handler)
        os.write(self._pipe[1], b"\0")
        self._pipe = None

    def leave(self, code: int) -> NoReturn:
        """End the process with `code`, or with the code of the end that was asked for.

        Not by `sys.exit` in that case: flushing to a terminal that is gone would turn the code into 120.
        """
        if self.code:
            with suppress(OSError, ValueError):
                sys.stdout.flush()
            os._exit(self.code)
        sys.exit(code)

    def _take_over(self, number: int, handler: Callable[[int, FrameType | None], None]) -> None:
        self._previous[number] = signal.getsignal(number)
        signal.signal(number, handler)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.code = self.code or 128 + number
        # The wake-up of `set_wakeup_fd` says the same; this one is for when somebody else has taken that over.
        if self._pipe is not None:
            with suppress(OSError):
                os.write(self._pipe[1], bytes([number]))

    def _on_suspend(self, number: int, frame: FrameType | None) -> None:
        """ctrl+z: the driver's handler leaves the terminal and stops the process; it returns when that is continued."""
        previous = self._previous[number]
        if callable(previous):
            self._suspended = True
            previous(number, frame)
        elif previous == signal.SIG_DFL:
            os.kill(os.getpid(), signal.SIGSTOP)

    def _on_continue(self, number: int, frame: FrameType | None) -> None:
        """The driver takes the terminal again at every SIGCONT, a second time too. The kernel sends one with each
        SIGHUP.
        """
        previous = self._previous[number]
        suspended, self._suspended = self._suspended, False
        if suspended and not self.code and callable(previous):
            previous(number, frame)

    def _watch(self, receive: int, loop: AbstractEventLoop, stop: Callable[[int], None]) -> None:
        number = self._wait(receive)
        if not number:
            os.close(receive)
            return
        self.code = self.code or 128 + number
        with suppress(RuntimeError):  # the loop is closed: the process is ending anyway
            loop.call_soon_threadsafe(stop, self.code)
        time.sleep(self._grace)
        self._restore_terminal()
        os._exit(self.code)

    def _wait(self, receive: int) -> int:
        """The number of the signal that ends the process; SIGHUP for a terminal that is gone, 0 after `close`."""
        watched = select.poll()
        watched.register(receive, select.POLLIN)
        # Only Linux reports the hang-up of a terminal to a poll that asks for nothing else; elsewhere it is looked at.
        linux = sys.platform.startswith("linux")
        if linux and self._attributes is not None:
            watched.register(self._terminal, 0)
        while True:
            for descriptor, _ in watched.poll(None if linux else 1000):
                if descriptor == self._terminal:
                    return signal.SIGHUP
                for number in os.read(receive, 64):
                    if number in (0, signal.SIGHUP, signal.SIGTERM):
                        return number
            if not linux and self._attributes is not None and not os.isatty(self._terminal):
                return signal.SIGHUP

    def _restore_terminal(self) -> None:
        """As well as it can be done without ever waiting for the terminal."""
        if self._attributes is None:
            return
        # Changing a terminal from the background would stop the process instead.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTTOU})
        with suppress(OSError, termios.error):
            # Opened anew: not to wait is then ours alone and does not stay behind with the shell.
            own = os.open(os.ttyname(self._terminal), os.O_WRONLY | os.O_NONBLOCK | os.O_NOCTTY)
            _silence_others()
            rest = _LEAVE
            for _ in range(_TRIES):
                try:
                    rest = rest[os.write(own, rest) :]
                except BlockingIOError:
                    termios.tcflush(own, termios.TCOFLUSH)
                    _interrupt_writers()
                    time.sleep(0.01)
                if not rest:
                    break
        with suppress(OSError, termios.error):
            termios.tcsetattr(self._terminal, termios.TCSANOW, self._attributes)


def _silence_others() -> None:
    """Whatever other threads still write to the terminal goes nowhere, so that ours is the last word."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for descriptor in (1, 2):
        if os.isatty(descriptor):
            os.dup2(nowhere, descriptor)


def _interrupt_writers() -> None:
    """Make every other thread leave the write it is blocked in: a terminal takes only one write at a time."""
    for thread in threading.enumerate():
        if thread.ident is not None and thread is not threading.current_thread():
            with suppress(OSError):
                signal.pthread_kill(thread.ident, signal.SIGCONT)  # it has a handler, and that does nothing by now
