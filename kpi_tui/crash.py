"""The last door: what the program itself did wrong goes into a file, and the user gets one sentence."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TextIO

NAME = "crash.log"


class Crashed(Exception):
    """The screen ended because of a mistake of the program; `file` says which."""

    def __init__(self, file: Path) -> None:
        super().__init__(str(file))
        self.file = file


class CrashLog:
    """A text file in the user's state folder, made with its first line."""

    def __init__(self, state: Path) -> None:
        self.file = state / NAME
        self.written = False
        self._open: TextIO | None = None

    def write(self, text: str) -> int:
        """Keep `text`; a log that cannot be written must not hide what is logged, so it is then dropped."""
        self.written = True
        with suppress(OSError):
            if self._open is None:
                self.file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
                descriptor = os.open(self.file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
                self._open = os.fdopen(descriptor, "w", encoding="utf-8")
            self._open.write(text)
            self._open.flush()
        return len(text)

    def flush(self) -> None:
        """Every write is flushed already."""

    def isatty(self) -> bool:
        return False
