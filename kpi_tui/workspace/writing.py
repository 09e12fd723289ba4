"""A workspace as canonical TOML text, made to be read in a pull request.

`tomli_w` writes every scalar and quotes every key; the layout is laid down here. Invariants: the same workspace
always gives the same bytes; keys at their default are left out; a record is always `[[kind]]`, a small table or an
entry always one line, so that an edit of a one-line value changes one line.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import lru_cache

import tomli_w
from msgspec import Struct

from kpi_tui.workspace.model import Source, Workspace
from kpi_tui.workspace.schema import INLINE, Key, RecordShape, RecordsShape, TableShape, keys
from kpi_tui.workspace.values import normalised

_INDENT = "    "
_LARGEST = 2**63  # beyond it other TOML readers may refuse an integer


def write(workspace: Workspace) -> str:
    """The text of the workspace's file; `document.read` gives the same workspace back."""
    first, *kinds = keys(Workspace).values()
    blocks = [[_assignment(first.name, workspace.schema)]]
    for key in kinds:
        value = getattr(workspace, key.attribute)
        if isinstance(value, Struct):
            blocks.append(list(_table((key.name,), value, "[{}]")))
        else:
            blocks.extend(list(_table((key.name,), record, "[[{}]]")) for record in value)
    return "\n\n".join("\n".join(block) for block in blocks) + "\n"


def plain(value: object) -> object:
    """The value as an edit or a TOML reader has it: structs as dicts without defaults, tuples as lists."""
    if isinstance(value, Struct):
        present = ((key, getattr(value, key.attribute)) for key in keys(type(value)).values())
        return {key.name: plain(item) for key, item in present if not is_default(key, item)}
    if isinstance(value, Mapping):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, tuple | list) else value


def is_default(key: Key, value: object) -> bool:
    """Whether the file leaves the key out."""
    return not key.required and value == key.default


def _table(path: tuple[str, ...], record: Struct, header: str) -> Iterator[str]:
    """A header, the record's keys in their order, then the tables below it."""
    yield header.format(".".join(map(_key, path)))
    below: list[Iterator[str]] = []
    for key in keys(type(record)).values():
        value = getattr(record, key.attribute)
        if is_default(key, value):
            continue
        if isinstance(key.shape, RecordsShape) and key.shape.of.struct not in INLINE:
            below.extend(_table((*path, key.name), item, "[[{}]]") for item in value)
        elif isinstance(key.shape, RecordShape) and key.shape.struct in INLINE:
            yield _assignment(key.name, _present(value))
        elif isinstance(key.shape, RecordShape):
            below.append(_table((*path, key.name), value, "[{}]"))
        elif isinstance(key.shape, TableShape) and isinstance(record, Source):
            below.append(_mapping((*path, key.name), value))
        elif isinstance(key.shape, RecordsShape):
            yield from _rows(key.name, value)
        else:
            yield _assignment(key.name, value)
    for lines in below:
        yield from lines


def _mapping(path: tuple[str, ...], table: Mapping[str, object]) -> Iterator[str]:
    """Keys of the user's own as a table of their own; a table of tables has only the inner headers."""
    inner = {key: value for key, value in table.items() if isinstance(value, Mapping)}
    if not inner:
        yield f"[{'.'.join(map(_key, path))}]"
    for key, value in table.items():
        if key in inner:
            yield f"[{'.'.join(map(_key, (*path, key)))}]"
            yield from (_assignment(name, item) for name, item in inner[key].items())
        else:
            yield _assignment(key, value)


def _rows(name: str, records: tuple[Struct, ...]) -> Iterator[str]:
    yield f"{_key(name)} = ["
    for record in records:
        yield f"{_INDENT}{_inline(_present(record))},"
    yield "]"


def _present(record: Struct) -> dict[str, object]:
    """The keys of an inline record that differ from their defaults."""
    present = ((key, getattr(record, key.attribute)) for key in keys(type(record)).values())
    return {key.name: value for key, value in present if not is_default(key, value)}


def _assignment(name: str, value: object) -> str:
    if isinstance(value, Mapping | tuple):
        return f"{_key(name)} = {_inline(value)}"
    return tomli_w.dumps({name: _scalar(value)}, multiline_strings=True)[:-1]


def _inline(value: object) -> str:
    """The value on one line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_key(key)} = {_inline(item)}" for key, item in value.items()) + " }"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(_inline, value)) + "]"
    return tomli_w.dumps({"x": _scalar(value)})[4:-1]


@lru_cache(maxsize=1024)
def _key(name: str) -> str:
    return tomli_w.dumps({name: 0})[:-5]


def _scalar(value: object) -> object:
    """Whole numbers as integers, others without trailing zeros."""
    if isinstance(value, Decimal):
        number = normalised(value)
        number = value if number is None else number
        whole = number == number.to_integral_value() and abs(number) < _LARGEST
        return int(number) if whole else number
    return value
