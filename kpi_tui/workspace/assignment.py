"""`goal.turnover.target=130000000` as it is typed at the command line, turned into an edit.

The key's type decides how the value is read: what holds text takes it raw, even where it looks like a number and with
any quotes it has; what holds numbers, dates, booleans, lists or tables takes a TOML literal. Nothing depends on the
locale.
"""

from __future__ import annotations

import json
import re
import tomllib
from decimal import Decimal

from kpi_tui.errors import UsageError, text
from kpi_tui.workspace.edits import Set
from kpi_tui.workspace.model import Entry
from kpi_tui.workspace.schema import EitherShape, RecordShape, RecordsShape, TableShape, keys, workspace_shape
from kpi_tui.workspace.values import ChoiceShape, Shape, TextShape

# A part of a path: quoted, or plain with perhaps a slice in brackets behind it.
_PART = re.compile(
    r"""\s*(?:"((?:\\.|[^"\\])*)"|'([^']*)'|([^.="'\[\]]+(?:\[(?:"(?:\\.|[^"\\])*"|[^"\]])*\])?))\s*([.=])"""
)


def parse_assignment(assignment: str) -> Set:
    """The edit that ``PATH=VALUE`` asks for; ``PATH=`` removes. Raises UsageError where it has not this form."""
    path: list[str] = []
    at, end = 0, "."
    while end == ".":
        part = _PART.match(assignment, at)
        if part is None:
            what = text("'{assignment}' is not an assignment", assignment=assignment)
            raise UsageError(what, text("write it like goal.turnover.target=130000000"))
        path.append(_name(part))
        at, end = part.end(), part[4]
    raw = assignment[at:]
    return Set(tuple(path), _value(_shape_at(path), raw) if raw else None)


def _name(part: re.Match[str]) -> str:
    if part[1] is not None:
        try:
            return str(json.loads(f'"{part[1]}"'))
        except json.JSONDecodeError:
            return part[1]
    return part[2] if part[2] is not None else part[3].strip()


def _value(shape: Shape | None, raw: str) -> object:
    """The literal where the key takes its type, else the text itself."""
    literal = _literal(raw)
    if isinstance(shape, RecordShape) and shape.struct is Entry:
        return raw if literal is None else literal
    options = shape.options if isinstance(shape, EitherShape) else (shape,)
    if any(option and not _is_text(option) and option.takes(literal) for option in options):
        return literal
    if literal is None or any(option is None or _is_text(option) for option in options):
        return raw
    return literal


def _literal(raw: str) -> object:
    """The value that `raw` is in TOML, or None."""
    try:
        tables = tomllib.loads(f"value = {raw}", parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    return tables["value"] if tables.keys() == {"value"} else None


def _is_text(shape: Shape) -> bool:
    return isinstance(shape, TextShape | ChoiceShape)


def _shape_at(path: list[str]) -> Shape | None:
    """What stands at the path, or None where there can be nothing: `apply` says so."""
    shape: Shape | None = workspace_shape()
    for part in path:
        match shape:
            case RecordShape():
                key = keys(shape.struct).get(part)
                shape = key.shape if key else None
            case RecordsShape():
                shape = shape.of
            case TableShape():
                shape = shape.each
            case _:
                return None
    return shape
