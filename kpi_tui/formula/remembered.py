"""Trees of formulas that were parsed before: those of the sample when the program was made, others in the user's cache.

sqlglot's import costs as much as reading the data of a small shop, and a formula's tree depends on nothing but its text
and this program's version. The file can be removed at any time; one that cannot be read is made anew.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import msgspec

from kpi_tui import __version__
from kpi_tui.formula import parse
from kpi_tui.formula.tree import Node

# made by tests/make_common_formulas.py; a test holds it to the parser
COMMON = Path(__file__).with_name("common.json")
MOST = 2_000  # formulas kept

_Trees = dict[str, Node]


@contextmanager
def remembered_formulas(folder: Path) -> Iterator[None]:
    """Inside, formulas parsed before are not parsed again; at the end new ones are added to the file in `folder`."""
    file = folder / f"formulas-{__version__}.json"
    known = {**_read(COMMON), **_read(file)}
    parse.know(known)
    try:
        yield
    finally:
        found = parse.known()
        if found.keys() - known.keys():
            _write(file, dict(list(found.items())[-MOST:]))


def _read(file: Path) -> _Trees:
    try:
        return msgspec.json.decode(file.read_bytes(), type=_Trees)
    except (OSError, msgspec.DecodeError, RecursionError):
        return {}


def _write(file: Path, trees: _Trees) -> None:
    with suppress(OSError):  # a cache that cannot be written only costs time
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        temporary = file.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_bytes(msgspec.json.encode(trees))
        os.replace(temporary, file)
