"""One change at one path of the workspace: the walk along the shapes of `schema.py`, and what happens at its end.

Values go through the same shapes as a file's. Nothing here looks beyond the record it changes, but for renames; that is
`edits.py`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from kpi_tui.errors import EditError, Text, did_you_mean, text
from kpi_tui.workspace import naming
from kpi_tui.workspace.model import Entry, Workspace
from kpi_tui.workspace.references import renamed
from kpi_tui.workspace.schema import (
    Key,
    RecordShape,
    RecordsShape,
    TableShape,
    blank,
    keys,
    unknown_key,
    workspace_shape,
)
from kpi_tui.workspace.values import BROKEN, Problem, Shape

Change = Callable[[Shape, Any], object]  # the shape and the value before (None: there was none) -> the value after

_Record = TypeVar("_Record", bound=Struct)


class _Gone:
    """What a change returns to take the value out."""


GONE = _Gone()


def set_at(workspace: Workspace, path: Sequence[str], value: object) -> Workspace:
    """The workspace with `value` at `path`; a missing entry or key of a table is added."""
    at = tuple(path)

    def change(shape: Shape, before: object) -> object:
        if not isinstance(shape, RecordShape) or shape.struct is not Entry:
            return _read(shape, value, at)
        if isinstance(value, Mapping):
            return _entry(at[-1], before, value, at)
        if isinstance(before, Entry):
            return replace(before, value=_read(keys(Entry)["value"].shape, value, at))
        return _entry(at[-1], before, {"value": value}, at)

    changed = _walk(workspace_shape(), workspace, at, change, at)
    if len(at) == 3 and at[2] == "id" and isinstance(value, str):
        changed = renamed(changed, at[0], at[1], value)
    return changed


def deleted(workspace: Workspace, path: Sequence[str]) -> Workspace:
    """The workspace without what is at `path`; a key goes back to its default."""
    return _walk(workspace_shape(), workspace, tuple(path), lambda shape, before: GONE, tuple(path))


def added(workspace: Workspace, path: Sequence[str], record: Mapping[str, object], at: int | None) -> Workspace:
    """The workspace with one more record in the list at `path`."""
    where = tuple(path)

    def change(shape: Shape, before: Any) -> object:
        if not isinstance(shape, RecordsShape):
            raise EditError(text("'{key}' is not a list of records", key=where[-1]))
        new = _read(shape.of, record, where)
        index = _index(before, new) if at is None else at
        if not 0 <= index <= len(before):
            raise EditError(text("there is no place {index} in '{key}'", index=index, key=where[-1]))
        return (*before[:index], new, *before[index:])

    return _walk(workspace_shape(), workspace, where, change, where)


def refuse(problem: Problem, path: tuple[str, ...] = ()) -> EditError:
    """The problem as the reason why an edit is refused, with the record it is about."""
    if subject := naming.subject(path):
        return EditError(text("{subject}: {what}", subject=subject, what=problem.what), problem.cure)
    return EditError(problem.what, problem.cure)


def _walk(
    shape: RecordShape, record: _Record, path: tuple[str, ...], change: Change, whole: tuple[str, ...]
) -> _Record:
    """The record with `change` made at the end of `path`, everything on the way made anew."""
    if not path:
        raise EditError(text("the path '{path}' names no key", path=".".join(whole)))
    key = keys(shape.struct).get(path[0])
    if shape.struct is Workspace and path[0] == "schema":
        raise EditError(text("'schema' is the version of the file"), text("kpi-tui sets it itself"))
    if key is None:
        raise refuse(unknown_key(shape.struct, path[0], whole), whole[: len(whole) - len(path)])
    before = getattr(record, key.attribute)
    after = (
        _inside(key.shape, before, path[1:], change, whole) if len(path) > 1 else _at_key(key, before, change, whole)
    )
    return replace(record, **{key.attribute: after})


def _at_key(key: Key, before: object, change: Change, whole: tuple[str, ...]) -> object:
    after = change(key.shape, before)
    if after is not GONE:
        problems: list[Problem] = []
        if key.name == "id":
            key.read(after, (key.name,), problems)
        if problems:
            raise refuse(problems[0], whole)
        return after
    if key.required:
        what = text("'{key}' cannot be removed", key=key.name)
        raise refuse(Problem(whole, what, text("set it to something else")), whole)
    return key.default


def _inside(shape: Shape, before: Any, path: tuple[str, ...], change: Change, whole: tuple[str, ...]) -> object:
    if isinstance(shape, RecordShape):
        # a record that is not there yet begins blank; what it still lacks, its rules say
        record: Struct = blank(shape) if before is None else before
        return _walk(shape, record, path, change, whole)
    if isinstance(shape, RecordsShape):
        return _in_list(shape, before, path, change, whole)
    if isinstance(shape, TableShape):
        return _in_table(shape, before, path, change, whole)
    name = whole[len(whole) - len(path) - 1]
    what = text("'{key}' has no parts", key=name)
    raise refuse(Problem(whole, what, text("set '{key}' itself", key=name)), whole)


def _in_table(
    shape: TableShape, before: Mapping[str, Any], path: tuple[str, ...], change: Change, whole: tuple[str, ...]
) -> object:
    name, *rest = path
    if rest:
        after = _inside(shape.each, before.get(name, {}), tuple(rest), change, whole)
    else:
        after = change(shape.each, before.get(name))
        if after is GONE:
            if name not in before:
                what = text("'{key}' has no '{name}'", key=whole[len(whole) - 2], name=name)
                cure = _known(name, list(before)) or text("there is nothing to remove")
                raise refuse(Problem(whole, what, cure), whole)
            return {key: value for key, value in before.items() if key != name}
        _read(shape, {name: after}, whole)  # the name itself must be one that a file can hold
    return {**before, name: after}


def _in_list(
    shape: RecordsShape, before: tuple[Struct, ...], path: tuple[str, ...], change: Change, whole: tuple[str, ...]
) -> object:
    name, rest = path[0], path[1:]
    index = naming.find(before, name)
    if index is None:
        return _new_entry(shape, before, path, change, whole)
    if rest:
        after: object = _walk(shape.of, before[index], rest, change, whole)
    else:
        after = change(shape.of, before[index])
    return (*before[:index], *(() if after is GONE else (after,)), *before[index + 1 :])


def _new_entry(
    shape: RecordsShape,
    before: tuple[Struct, ...],
    path: tuple[str, ...],
    change: Change,
    whole: tuple[str, ...],
) -> object:
    """A missing entry is added where its date belongs; any other missing record is an error."""
    after: object = GONE
    if shape.of.struct is Entry and naming.entry_of(path[0]):
        if len(path) == 1:
            after = change(shape.of, None)
        elif len(path) == 2 and (key := keys(Entry).get(path[1])):
            value = change(key.shape, None)
            after = GONE if value is GONE else _entry(path[0], None, {key.name: value}, whole)
    if not isinstance(after, Struct):
        raise _missing(shape, whole[: len(whole) - len(path)], path[0], naming.names(before))
    index = _index(before, after)
    return (*before[:index], after, *before[index:])


def _entry(name: str, before: object, given: Mapping[str, object], whole: tuple[str, ...]) -> object:
    """An entry with the given keys; its date and slice, unless given, are those that its name says."""
    said = (before.date, before.by) if isinstance(before, Entry) else naming.entry_of(name)
    assert said is not None, "the caller has matched the name"
    return _read(RecordShape(Entry), {"date": said[0], "by": said[1], **given}, whole)


def _read(shape: Shape, value: object, path: tuple[str, ...]) -> object:
    problems: list[Problem] = []
    read = shape.read(value, path, problems)
    if problems:
        problem = problems[0]
        if problem.cure is None and problem.path == path:
            problem = replace(problem, cure=_inner(shape, path))
        raise refuse(problem, path)
    assert read is not BROKEN, "a broken value has a problem"
    return read


def _index(before: tuple[Struct, ...], new: object) -> int:
    """Where a new record goes by itself: entries by date, all others to the end."""
    if isinstance(new, Entry):
        return bisect_right([entry.date for entry in before if isinstance(entry, Entry)], new.date)
    return len(before)


def _missing(shape: RecordsShape, above: tuple[str, ...], name: str, known: Sequence[str]) -> EditError:
    """There is no record `name` in the list at `above`."""
    what = text("{record} does not exist", record=naming.called(above[-1], name))
    if shape.of.struct is Entry and not naming.entry_of(name):
        return refuse(Problem(above, what, text("an entry is named by its day, such as 2026-09-30")), above)
    add = text("add it to the file as [[{table}]]", table=".".join(above[::2]))
    return refuse(Problem(above, what, _known(name, known) or add), above)


def _known(name: str, known: Sequence[str]) -> Text | None:
    return did_you_mean(name, known) or (text("known: {names}", names=", ".join(known[:8])) if known else None)


def _inner(shape: Shape, path: tuple[str, ...]) -> Text | None:
    """What to set instead where the value at `path` is made of parts."""
    match shape:
        case RecordShape():
            name = next(name for name in keys(shape.struct) if name != "id")
        case RecordsShape():
            name = f"ID.{next(name for name in keys(shape.of.struct) if name != 'id')}"
        case _:
            return None
    return text("set one of its keys, such as {path}", path=".".join((*path, name)))
