"""On which line every header and key of a TOML text stands: `tomllib` gives values without places.

The text must already have been accepted by `tomllib`, so this scanner never judges: it only walks. Invariant: the
keys it finds are exactly those `tomllib` finds (a property test holds it).
"""

from __future__ import annotations

import re
import tomllib
from bisect import bisect_left

Path = tuple[str | int, ...]

_BLANK = re.compile(r"(?:[ \t\n]|#[^\n]*)*")  # also between the parts of arrays
_SPACE = re.compile(r"[ \t]*")
_BARE = re.compile(r"[A-Za-z0-9_-]+")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}(?!")' r"|'''.*?'{3,5}(?!')" r'|"(?:\\.|[^"\\])*"' r"|'[^']*'",
    re.DOTALL,
)
_SCALAR = re.compile(r"[^,\]}#\n]*")


def scan(text: str) -> dict[Path, int]:
    """The line (1-based) of every table, array element and key, by path: ``("goal", 0, "target")``."""
    return _Scanner(text.replace("\r\n", "\n")).scan()


class _Scanner:
    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.breaks = [found.start() for found in re.finditer("\n", text)]
        self.lines: dict[Path, int] = {}
        self.last: dict[Path, int] = {}  # of every array of tables, its latest index

    def scan(self) -> dict[Path, int]:
        table: Path = ()
        while True:
            self._skip(_BLANK)
            if self.at >= len(self.text):
                return self.lines
            if self.text[self.at] == "[":
                table = self._header()
            else:
                self._assignment(table)

    def _header(self) -> Path:
        line = self._line()
        array = self.text.startswith("[[", self.at)
        self.at += 2 if array else 1
        *parents, name = self._dotted()
        self._skip(_SPACE)
        self.at += 2 if array else 1
        path: Path = ()
        for parent in parents:
            path = (*path, parent)
            self.lines.setdefault(path, line)
            if path in self.last:
                path = (*path, self.last[path])
        path = (*path, name)
        self.lines.setdefault(path, line)
        if array:
            self.last[path] = self.last.get(path, -1) + 1
            path = (*path, self.last[path])
            self.lines[path] = line
        return path

    def _assignment(self, table: Path) -> None:
        line = self._line()
        path = table
        for name in self._dotted():
            path = (*path, name)
            self.lines.setdefault(path, line)
        self._skip(_SPACE)
        self.at += 1  # the equals sign
        self._skip(_SPACE)
        self._value(path)

    def _value(self, path: Path) -> None:
        first = self.text[self.at]
        if first == "[":
            self._array(path)
        elif first == "{":
            self._inline_table(path)
        elif first in "\"'":
            self._skip(_STRING)
        else:
            self._skip(_SCALAR)

    def _array(self, path: Path) -> None:
        self.at += 1
        index = 0
        while self._next("]"):
            self.lines[(*path, index)] = self._line()
            self._value((*path, index))
            index += 1

    def _inline_table(self, path: Path) -> None:
        self.at += 1
        while self._next("}"):
            self._assignment(path)

    def _next(self, closing: str) -> bool:
        """Step over blanks and a comma to the next part, or over the closing bracket."""
        self._skip(_BLANK)
        if self.text[self.at] == ",":
            self.at += 1
            self._skip(_BLANK)
        if self.text[self.at] != closing:
            return True
        self.at += 1
        return False

    def _dotted(self) -> list[str]:
        names = []
        while True:
            self._skip(_SPACE)
            names.append(self._name())
            self._skip(_SPACE)
            if self.text[self.at] != ".":
                return names
            self.at += 1

    def _name(self) -> str:
        found = _BARE.match(self.text, self.at)
        if found:
            self.at = found.end()
            return found[0]
        start = self.at
        self._skip(_STRING)
        quoted = self.text[start : self.at]
        return quoted[1:-1] if quoted[0] == "'" or "\\" not in quoted else tomllib.loads(f"key = {quoted}")["key"]

    def _skip(self, pattern: re.Pattern[str]) -> None:
        found = pattern.match(self.text, self.at)
        if found is None:  # only where tomllib and this scanner disagree
            raise ValueError(f"no {pattern.pattern} at {self.at}")
        self.at = found.end()

    def _line(self) -> int:
        return bisect_left(self.breaks, self.at) + 1
