"""What changed between two workspaces, as edits: to show what happened on disk and to rebase unsaved edits.

Invariant: ``apply(before, Batch(differences(before, after)))`` is `after`, but for the order of records that both have.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from difflib import SequenceMatcher

from msgspec import Struct

from kpi_tui.workspace import naming
from kpi_tui.workspace.edits import Add, Delete, Set
from kpi_tui.workspace.model import KpiLine, Note, Workspace
from kpi_tui.workspace.schema import Key, RecordShape, RecordsShape, TableShape, keys
from kpi_tui.workspace.writing import is_default, plain

Difference = Set | Add | Delete


def differences(before: Workspace, after: Workspace) -> list[Difference]:
    """The edits, in the order in which they must be applied."""
    return list(_records_differ((), before, after))


def _records_differ(path: tuple[str, ...], before: Struct, after: Struct) -> Iterator[Difference]:
    for key in keys(type(before)).values():
        old, new = getattr(before, key.attribute), getattr(after, key.attribute)
        if old != new:
            yield from _key_differs((*path, key.name), key, old, new)


def _key_differs(path: tuple[str, ...], key: Key, old: object, new: object) -> Iterator[Difference]:
    if isinstance(key.shape, RecordShape) and isinstance(old, Struct) and isinstance(new, Struct):
        yield from _records_differ(path, old, new)
    elif isinstance(key.shape, RecordsShape) and isinstance(old, tuple) and isinstance(new, tuple):
        if key.name == "steps":
            yield Set(path, plain(new) or None)
        elif key.shape.of.struct is Note:
            yield from _lists_differ(path, old, new)
        else:
            yield from _lists_of_named_differ(path, old, new)
    elif isinstance(key.shape, TableShape) and isinstance(old, Mapping) and isinstance(new, Mapping):
        yield from _tables_differ(path, old, new)
    else:
        yield Set(path, None if is_default(key, new) else plain(new))


def _tables_differ(path: tuple[str, ...], old: Mapping[str, object], new: Mapping[str, object]) -> Iterator[Difference]:
    for name in old.keys() - new.keys():
        yield Set((*path, name), None)
    for name, value in new.items():
        if name not in old or old[name] != value:
            yield Set((*path, name), plain(value))


def _lists_of_named_differ(path: tuple[str, ...], old: Sequence[Struct], new: Sequence[Struct]) -> Iterator[Difference]:
    was, now = _by_name(old), _by_name(new)
    if any("#" in name for name in (*was, *now)):  # names given by order: they would move with the first edit
        yield from (Delete((*path, name)) for name in reversed(was))
        yield from (Add(path, _table(record), index) for index, record in enumerate(new))
        return
    for name in reversed(was):  # from the end: what is left keeps its name
        if name not in now:
            yield Delete((*path, name))
    for index, (name, record) in enumerate(now.items()):
        if name not in was:
            yield Add(path, _table(record), index)
    for name, record in now.items():
        if name in was and was[name] != record:
            yield from _records_differ((*path, name), was[name], record)


def _lists_differ(path: tuple[str, ...], old: Sequence[Struct], new: Sequence[Struct]) -> Iterator[Difference]:
    steps = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for _, low, high, _, _ in reversed([step for step in steps if step[0] in ("delete", "replace")]):
        for index in range(high - 1, low - 1, -1):
            yield Delete((*path, str(index)))
    for _, _, _, low, high in [step for step in steps if step[0] in ("insert", "replace")]:
        for index in range(low, high):
            yield Add(path, _table(new[index]), index)


def _by_name(records: Sequence[Struct]) -> dict[str, Struct]:
    called = naming.names(records)
    if all(isinstance(record, KpiLine) for record in records):
        called = naming.prefixed_names([record for record in records if isinstance(record, KpiLine)])
    return dict(zip(called, records, strict=True))


def _table(record: Struct) -> dict[str, object]:
    return {key.name: plain(value) for key, value in _present(record)}


def _present(record: Struct) -> Iterator[tuple[Key, object]]:
    for key in keys(type(record)).values():
        value = getattr(record, key.attribute)
        if not is_default(key, value):
            yield key, value
