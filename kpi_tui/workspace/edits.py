"""An edit is data: what changes, not how. The grid, the command line, the journal and recovery all speak it.

`apply` holds a new value to the same checks as a file's, and refuses an edit after which the workspace would be wrong
in a way it was not before. Invariant: a workspace that `apply` returns can be written and read back.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from kpi_tui.errors import EditError, Text, text
from kpi_tui.workspace import naming
from kpi_tui.workspace.changing import added, deleted, refuse, set_at
from kpi_tui.workspace.model import Workspace
from kpi_tui.workspace.references import referrers
from kpi_tui.workspace.validation import problems

Value = object  # None, bool, int, str, Decimal, date, or lists and dicts (with text keys) of these

IDENTIFIED: Final = ("source", "metric", "objective", "goal", "member", "adjustment")


class Set(Struct, frozen=True):
    """Give the key at `path` a value; None removes it. `goal.x.id` renames the record and every reference to it."""

    path: tuple[str, ...]
    value: Value = None


class Add(Struct, frozen=True):
    """Put a record into the list at `path` (`("goal",)`, `("member", "anna", "kpi")`), at an index or at its end.

    Entries without an index go where their date belongs.
    """

    path: tuple[str, ...]
    record: Mapping[str, Value]
    at: int | None = None


class Delete(Struct, frozen=True):
    """Take out the record, entry or key at `path`; refused while others refer to the record."""

    path: tuple[str, ...]


class Batch(Struct, frozen=True):
    """Several edits that are one step for the user: all of them or none; only the outcome is checked."""

    edits: tuple[Edit, ...]


Edit = Set | Add | Delete | Batch


def apply(workspace: Workspace, edit: Edit) -> Workspace:
    """The workspace after the edit. Raises EditError when its path or value is wrong or it would break another rule."""
    changed = _changed(workspace, edit)
    _refuse_orphans(workspace, changed)
    _refuse_new_problems(workspace, changed)
    return changed


def encode(edit: Edit) -> bytes:
    """One line of JSON that `decode` turns into an equal edit. Raises TypeError for a value that is not a `Value`."""
    return json.dumps(_packed_edit(edit), ensure_ascii=True, separators=(",", ":")).encode()


def decode(line: bytes) -> Edit:
    """The edit that was encoded. Raises ValueError for anything else."""
    try:
        return _unpacked_edit(json.loads(line))
    except (KeyError, TypeError, AttributeError, ArithmeticError, RecursionError) as error:
        raise ValueError(f"not an edit: {error}") from error


def leaves(edit: Edit) -> Iterator[Set | Add | Delete]:
    """The single edits of an edit, in order."""
    if isinstance(edit, Batch):
        for part in edit.edits:
            yield from leaves(part)
    else:
        yield edit


def _changed(workspace: Workspace, edit: Edit) -> Workspace:
    for leaf in leaves(edit):
        match leaf:
            case Set(path=path, value=None):
                workspace = deleted(workspace, path)
            case Set(path=path, value=value):
                workspace = set_at(workspace, path, value)
            case Add(path=path, record=record, at=at):
                workspace = added(workspace, path, record, at)
            case Delete(path=path):
                workspace = deleted(workspace, path)
    return workspace


def _refuse_orphans(before: Workspace, after: Workspace) -> None:
    """Refuse when a record that is gone is still referred to."""
    for kind in IDENTIFIED:
        gone = _ids(before, kind) - _ids(after, kind)
        for identity in sorted(gone):
            if paths := referrers(after, kind, identity):
                records = naming.paths(after)
                said = [naming.subject(naming.named(records, path)) for path in paths]
                users = {str(user): user for user in said if isinstance(user, Text)}
                what = text(
                    "{record} is used by {users}",
                    record=naming.called(kind, identity),
                    users=naming.listed(list(users.values())),
                )
                raise EditError(what, text("change or delete what uses it first"))


def _ids(workspace: Workspace, kind: str) -> frozenset[str]:
    return frozenset(record.id for record in getattr(workspace, f"{kind}s"))


def _refuse_new_problems(before: Workspace, after: Workspace) -> None:
    found = problems(after)
    if not found:
        return
    records = naming.paths(before)
    known = Counter((naming.named(records, problem.path), str(problem.what)) for problem in problems(before))
    records = naming.paths(after)
    for problem in found:
        path = naming.named(records, problem.path)
        known[path, str(problem.what)] -= 1
        if known[path, str(problem.what)] < 0:
            raise refuse(problem, path)


def _packed_edit(edit: Edit) -> dict[str, Any]:
    match edit:
        case Set():
            return {"set": list(edit.path), "value": _packed(edit.value)}
        case Add():
            return {"add": list(edit.path), "record": _packed(edit.record), "at": edit.at}
        case Delete():
            return {"delete": list(edit.path)}
        case Batch():
            return {"batch": [_packed_edit(part) for part in edit.edits]}


def _unpacked_edit(raw: dict[str, Any]) -> Edit:
    match raw:
        case {"set": [*path], "value": value}:
            return Set(_path(path), _unpacked(value))
        case {"add": [*path], "record": {"table": dict()} as record, "at": int() | None as at}:
            return Add(_path(path), _unpacked(record), at)
        case {"delete": [*path]}:
            return Delete(_path(path))
        case {"batch": [*parts]}:
            return Batch(tuple(_unpacked_edit(part) for part in parts))
    raise ValueError("not an edit")


def _path(parts: list[Any]) -> tuple[str, ...]:
    if all(isinstance(part, str) for part in parts):
        return tuple(parts)
    raise ValueError("a path holds text only")


def _packed(value: object) -> object:
    """JSON has no exact numbers and no dates: they and tables become objects with one key that says what they are."""
    match value:
        case None | bool() | int() | str():
            return value
        case Decimal():
            return {"decimal": str(value)}
        case date() if type(value) is date:
            return {"date": value.isoformat()}
        case list() | tuple():
            return [_packed(item) for item in value]
        case Mapping():
            return {"table": {str(key): _packed(item) for key, item in value.items()}}
    raise TypeError(f"an edit cannot hold {type(value).__name__}")


def _unpacked(raw: Any) -> Any:
    if isinstance(raw, list):
        return [_unpacked(item) for item in raw]
    if not isinstance(raw, dict):
        return raw
    match raw:
        case {"decimal": number}:
            return Decimal(number)
        case {"date": day}:
            return date.fromisoformat(day)
        case {"table": table}:
            return {key: _unpacked(item) for key, item in table.items()}
    raise ValueError("not a value")
