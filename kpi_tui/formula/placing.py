"""Where in a formula's text something stands, and errors that say so."""

from __future__ import annotations

import re
from typing import NoReturn

from kpi_tui.errors import FormulaError, Text

_LINE_END = re.compile("\r\n|\r|\n")  # as sqlglot counts them


def place(source: str, offset: int) -> tuple[int, int]:
    """Line and column (both 1-based) of the character at `offset`."""
    before = _LINE_END.split(source[: max(0, offset)])
    return len(before), len(before[-1]) + 1


def fail(source: str, offset: int, what: Text, cure: Text | None = None) -> NoReturn:
    """Raise `FormulaError` about the character at `offset` of `source`."""
    line, column = place(source, offset)
    raise FormulaError(what, cure, line=line, column=column)
