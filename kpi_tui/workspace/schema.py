"""Which keys a table may have and what each may hold, from the types of `model.py`: one truth for files and edits.

Every check of a single value lives here and in `values.py`, so a value that a file may hold can be typed into the grid,
and no other. Checks across keys and records are in `validation.py`.
"""

from __future__ import annotations

import re
import types
from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Union, get_args, get_origin

import msgspec
from msgspec import NODEFAULT, Struct

from kpi_tui.errors import Text, did_you_mean, text
from kpi_tui.workspace.model import Entry, Events, Goal, Source, Step, Workspace
from kpi_tui.workspace.values import (
    BROKEN,
    SCALARS,
    ChoiceShape,
    Path,
    Problem,
    Shape,
    TextsShape,
    encodable,
    key_of,
    not_built,
)

INLINE = (Entry, Step, Events)  # written as one inline table a line, never as `[[x]]`

UNBUILT: Mapping[type[Struct], frozenset[str]] = {
    Workspace: frozenset({
        "channel", "campaign", "activity", "segment", "competitor", "scenario", "decision", "meeting",
        "training", "status_rule",
    }),
    Source: frozenset({"url", "query"}),
    Goal: frozenset({"rollover"}),
}  # fmt: skip
UNBUILT_CHOICES: Mapping[tuple[type[Struct], str], frozenset[str]] = {
    (Goal, "split"): frozenset({"season", "working_days"}),
}

_ID = re.compile(r"[a-z][a-z0-9_]*\Z")


class TableShape(Shape, frozen=True):
    """Keys of the user's own (dimensions, columns, periods), all with values of one shape."""

    each: Shape

    def expected(self) -> Text:
        return text("a table")

    def takes(self, raw: object) -> bool:
        return isinstance(raw, Mapping)

    def value(self, raw: Any, path: Path, problems: list[Problem]) -> object:
        read = {
            key: self.each.read(item, (*path, key), problems) for key, item in raw.items() if _key(key, path, problems)
        }
        return {key: item for key, item in read.items() if item is not BROKEN}


class EitherShape(Shape, frozen=True):
    """The first of several shapes that takes the value."""

    options: tuple[Shape, ...]

    def expected(self) -> Text:
        return text("{one} or {other}", one=self.options[0].expected(), other=self.options[1].expected())

    def takes(self, raw: object) -> bool:
        return any(option.takes(raw) for option in self.options)

    def value(self, raw: Any, path: Path, problems: list[Problem]) -> object:
        return next(option for option in self.options if option.takes(raw)).value(raw, path, problems)


class RecordShape(Shape, frozen=True):
    """A table with the keys of one struct. A broken or missing key gets a stand-in, so that the reading goes on."""

    struct: type[Struct]

    def expected(self) -> Text:
        return text("a table")

    def takes(self, raw: object) -> bool:
        return isinstance(raw, Mapping)

    def value(self, raw: Any, path: Path, problems: list[Problem]) -> object:
        known = keys(self.struct)
        values: dict[str, object] = {}
        for name, item in raw.items():
            if key := known.get(name):
                values[key.attribute] = key.read(item, (*path, name), problems)
            else:
                problems.append(unknown_key(self.struct, name, (*path, name)))
        for key in known.values():
            if key.required and key.attribute not in values:
                problems.append(Problem((*path, key.name), text("'{key}' is missing", key=key.name)))
                values[key.attribute] = stand_in(key.shape)
            elif values.get(key.attribute) is BROKEN:
                values[key.attribute] = key.stand_in(raw[key.name])
        return self.struct(**values)


class RecordsShape(Shape, frozen=True):
    """A list of tables of one struct."""

    of: RecordShape

    def expected(self) -> Text:
        return text("a list of tables")

    def takes(self, raw: object) -> bool:
        return isinstance(raw, list | tuple) and all(isinstance(item, Mapping) for item in raw)

    def value(self, raw: Any, path: Path, problems: list[Problem]) -> object:
        return tuple(self.of.read(item, (*path, index), problems) for index, item in enumerate(raw))

    def _wrong(self, raw: object, path: Path) -> Problem:
        wrong = super()._wrong(raw, path)
        name = key_of(path)
        single = isinstance(raw, Mapping) and self.of.struct not in INLINE
        return Problem(path, wrong.what, text("write the header as [[{name}]]", name=name) if single else None)


class Key(Struct, frozen=True):
    """One key of a table: its name in the file, the struct's attribute, what it holds and what its absence means."""

    name: str
    attribute: str
    shape: Shape
    required: bool
    field: msgspec.structs.FieldInfo

    @property
    def default(self) -> object:
        """What the struct holds when the file leaves the key out."""
        if self.field.default is not NODEFAULT:
            return self.field.default
        return self.field.default_factory() if self.field.default_factory is not NODEFAULT else self.shape.blank

    def read(self, raw: object, path: Path, problems: list[Problem]) -> object:
        value = self.shape.read(raw, path, problems)
        if self.name == "id" and isinstance(value, str) and not _ID.match(value):
            cure = text("use small Latin letters, digits and _, beginning with a letter")
            problems.append(Problem(path, text("'{id}' cannot be an id", id=value), cure))
            return BROKEN
        return value

    def stand_in(self, raw: object) -> object:
        """What takes the place of a broken value; a bad id stays, so that references to it do not dangle as well."""
        return raw if self.name == "id" and isinstance(raw, str) else self.default


@cache
def keys(struct: type[Struct]) -> dict[str, Key]:
    """The keys of a struct's table by name, in the file's order."""
    return {
        field.encode_name: Key(
            field.encode_name, field.name, _shape(field.type, struct, field.name), field.required, field
        )
        for field in msgspec.structs.fields(struct)
    }


def stand_in(shape: Shape) -> object:
    """What takes the place of a missing value."""
    return blank(shape) if isinstance(shape, RecordShape) else shape.blank


def blank(shape: RecordShape) -> Struct:
    """A record whose required keys are blank."""
    required = (key for key in keys(shape.struct).values() if key.required)
    return shape.struct(**{key.attribute: stand_in(key.shape) for key in required})


def workspace_shape() -> RecordShape:
    """The shape of the whole file."""
    return RecordShape(Workspace)


def unknown_key(struct: type[Struct], name: str, path: Path) -> Problem:
    """A key that the struct does not have: not built yet, or misspelt."""
    if name in UNBUILT.get(struct, ()):
        return not_built(name, path)
    known = list(keys(struct))
    cure = did_you_mean(name, known) or text("known here: {keys}", keys=", ".join(known))
    return Problem(path, text("unknown key '{key}'", key=name), cure)


def _shape(hint: Any, struct: type[Struct], attribute: str) -> Shape:
    origin, arguments = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        options = tuple(_shape(part, struct, attribute) for part in arguments if part is not types.NoneType)
        return options[0] if len(options) == 1 else EitherShape(options)
    if origin is Literal:
        return ChoiceShape(arguments, UNBUILT_CHOICES.get((struct, attribute), frozenset()))
    if origin is tuple:
        item = arguments[0]
        return TextsShape() if item is str else RecordsShape(RecordShape(item))
    if origin is not None and issubclass(origin, Mapping):
        return TableShape(_shape(arguments[1], struct, attribute))
    if isinstance(hint, type) and issubclass(hint, Struct):
        return RecordShape(hint)
    return SCALARS[hint]


def _key(key: object, path: Path, problems: list[Problem]) -> bool:
    if isinstance(key, str) and encodable(key):
        return True
    problems.append(Problem(path, text("'{key}' holds characters that no file can hold", key=key_of(path))))
    return False
