"""A record's fields as text to edit, and what was typed as a value: numbers by the language, everything else by its
type.

Invariant: `parse(field, text_of(field))` is the field's value, so opening and committing an editor changes nothing.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import date
from decimal import Decimal

from msgspec import Struct

from kpi_tui.errors import EditError, Text, text
from kpi_tui.language.language import Language
from kpi_tui.tui.word_names import word_name
from kpi_tui.workspace.model import Adjustment, Entry, Goal, KpiLine, Member, Metric, Step, Unit, Workspace
from kpi_tui.workspace.schema import EitherShape, Key, RecordShape, RecordsShape, TableShape, keys
from kpi_tui.workspace.values import (
    BooleanShape,
    ChoiceShape,
    DateShape,
    IntegerShape,
    NumberShape,
    Shape,
    TextShape,
    TextsShape,
)

Parent = tuple[str, ...]
RELATIVE = re.compile(r"[+-]\s*\d+([.,]\d+)?\s*(%|pp|п\.?п\.?)\Z")

_UNITS: Mapping[tuple[type[Struct], str], Unit] = {
    (Goal, "done"): "percent", (KpiLine, "floor"): "percent", (KpiLine, "cap"): "percent",
    (Step, "from"): "percent", (Step, "score"): "percent", (Member, "bonus"): "money",
}  # fmt: skip
_REFERENCES: Mapping[tuple[type[Struct], str], str] = {
    (Goal, "metric"): "metric", (Goal, "objective"): "objective", (Goal, "owner"): "member",
    (Metric, "source"): "source", (Adjustment, "source"): "source",
    (KpiLine, "goal"): "goal", (KpiLine, "metric"): "metric", (Member, "reports_to"): "member",
}  # fmt: skip

_MARKS = {"\t": "tab", " ": "space", "\u00a0": "no-break space"}  # characters that cannot be typed or seen


class Field(Struct, frozen=True):
    """One key of a record: where it is, what it holds now, and in which unit its numbers are."""

    path: tuple[str, ...]
    key: Key
    value: object
    unit: Unit = "count"
    reference: str | None = None

    @property
    def shape(self) -> Shape:
        return self.key.shape

    @property
    def is_nested(self) -> bool:
        """Whether it holds records of its own, edited on a screen of their own.

        A record that need not be there is one line of text: what it cannot do without is typed at once.
        """
        optional = isinstance(self.shape, RecordShape) and not self.key.required and self.key.default is None
        return isinstance(self.shape, RecordShape | RecordsShape) and not optional


def fields(workspace: Workspace, record: Struct, path: Parent) -> tuple[Field, ...]:
    """The fields of a record in the file's order; `labels` of a source one by one."""
    kind = type(record)
    return tuple(
        Field(
            (*path, key.name),
            key,
            getattr(record, key.attribute),
            _unit(workspace, record, key, path),
            _reference(kind, key.name),
        )
        for key in keys(kind).values()
    )


def _reference(kind: type[Struct], name: str) -> str | None:
    if name == "parent":
        return "objective"
    return _REFERENCES.get((kind, name))


def _unit(workspace: Workspace, record: Struct, key: Key, path: Parent) -> Unit:
    units = {metric.id: metric.unit for metric in workspace.metrics}
    match record:
        case Goal(metric=str() as metric) if key.name in (
            "baseline",
            "target",
            "low",
            "high",
            "commit",
            "stretch",
            "targets",
        ):
            return units.get(metric, "count")
        case KpiLine(metric=str() as metric) if key.name == "plan":
            return units.get(metric, "count")
        case Entry() if key.name == "value":
            return units.get(path[1], "count")
        case Metric() if key.name == "fill":
            return record.unit
        case _:
            return _UNITS.get((type(record), key.name), "count")


def choices(field: Field, workspace: Workspace) -> tuple[tuple[str, str | Text], ...] | None:
    """What can be picked (value, name), or None where it is typed.

    An empty value means none; a `str` is a user's own name.
    """
    if field.reference is not None:
        records = getattr(workspace, f"{field.reference}s")
        return (("", "—"), *((record.id, getattr(record, "name", "") or record.id) for record in records))
    shape = field.shape
    if isinstance(shape, BooleanShape):
        return tuple((word, word_name(field.key.name, word)) for word in ("true", "false"))
    if isinstance(shape, ChoiceShape):
        none = () if field.key.default is not None else (("", "—"),)
        return (*none, *((word, word_name(field.key.name, word)) for word in shape.allowed))
    return None


def text_of(field: Field, language: Language) -> str:
    """The value as text to edit: every digit, nothing rounded."""
    if _is_mark(field) and isinstance(field.value, str):
        return _MARKS.get(field.value, field.value)
    return _text(field.shape, field.value, field.unit, language)


def shown_of(field: Field, language: Language) -> str:
    """The value to read: numbers grouped, marks and the words of the file by their names."""
    if _is_mark(field) and isinstance(field.value, str):
        return language.say(word_name("mark", _MARKS.get(field.value, field.value)))
    return _text(field.shape, field.value, field.unit, language, language.numbers.exact)


def _text(
    shape: Shape, value: object, unit: Unit, language: Language, written: Callable[[Decimal, Unit], str] | None = None
) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case Decimal():
            return (written or language.editable)(value, unit)
        case date():
            return value.isoformat()
        case tuple() if isinstance(shape, TextsShape | EitherShape):
            return _listed([str(item) for item in value])
        case Mapping():
            each = shape.each if isinstance(shape, TableShape) else shape
            return "; ".join(
                f"{_quoted(str(name))} = {_text(each, item, unit, language, written)}" for name, item in value.items()
            )
        case Struct():
            return "; ".join(f"{name} = {said}" for name, said in _lined(value, language))
        case str():
            return _quoted(value) if isinstance(shape, EitherShape) else value
        case _:
            return str(value)


def parse(field: Field, typed: str, language: Language) -> object:
    """The value to set, None to remove the key.

    Raises `EditError`; whether the value is allowed is for the edit to say.
    """
    if _is_mark(field) and (mark := _mark(typed.strip().casefold(), language)) is not None:
        return mark
    if not typed.strip() and not (isinstance(field.value, str) and field.key.required):
        return None
    return _parsed(field.shape, typed, field.unit, language)


def _mark(word: str, language: Language) -> str | None:
    """The character that a word stands for, as the help writes it or in the user's language."""
    return next((m for m, said in _MARKS.items() if word in (said, language.say(word_name("mark", said)))), None)


def _is_mark(field: Field) -> bool:
    """Whether it is one character between values, which a blank may be."""
    return field.path[-2:-1] == ("read",) and field.key.name in ("separator", "thousands")


def _parsed(shape: Shape, typed: str, unit: Unit, language: Language) -> object:
    stripped = typed.strip()
    match shape:
        case NumberShape():
            return language.parse_number(stripped, unit)
        case IntegerShape():
            return language.parse_number(stripped, "count")
        case BooleanShape():
            if stripped.casefold() in ("true", "yes", "да", "1", "+"):
                return True
            if stripped.casefold() in ("false", "no", "нет", "0", "-"):
                return False
            raise EditError(text("'{typed}' is neither yes nor no", typed=stripped), text("write true or false"))
        case DateShape():
            return language.parse_date(stripped)
        case TextsShape():
            return _items(typed)
        case TableShape():
            return _table(shape, stripped, unit, language)
        case RecordShape():
            return _record(shape, stripped, language)
        case EitherShape(options):
            return _either(options, stripped, unit, language)
        case _:
            return typed


def _either(options: tuple[Shape, ...], typed: str, unit: Unit, language: Language) -> object:
    if any(isinstance(option, NumberShape) for option in options):
        if RELATIVE.match(typed):
            sign, rest = typed[0], typed[1:].strip().replace(",", ".")
            number = re.match(r"[\d.]+", rest)
            return f"{sign}{number.group() if number else ''}{'%' if rest.endswith('%') else 'pp'}"
        if any(isinstance(option, ChoiceShape) and typed in option.allowed for option in options):
            return typed
        return language.parse_number(typed, unit)
    items = _items(typed)
    return items[0] if len(items) == 1 else items


def _table(shape: TableShape, typed: str, unit: Unit, language: Language) -> dict[str, object]:
    found: dict[str, object] = {}
    for part in filter(str.strip, _split(typed, ";")):
        name, *value = _split(part, "=")
        if not value:
            raise EditError(
                text("'{part}' has no =", part=part.strip()), text("write it like channel = Email; region = Moscow")
            )
        found[_unquoted(name.strip())] = _parsed(shape.each, "=".join(value).strip(), unit, language)
    return found


def _lined(record: Struct, language: Language) -> Iterator[tuple[str, str]]:
    """The keys of a record that differ from their defaults, those of records in it as `base.source`, and their text."""
    for key in keys(type(record)).values():
        value = getattr(record, key.attribute)
        if isinstance(value, Struct):
            yield from ((f"{key.name}.{name}", said) for name, said in _lined(value, language))
        elif key.required or value != key.default:
            said = _text(key.shape, value, "count", language)
            yield key.name, _quoted(said) if isinstance(value, str) else said


def _record(shape: RecordShape, typed: str, language: Language) -> dict[str, object]:
    """What `_lined` writes, as the tables an edit takes; a key the record does not have stays, for the edit to name."""
    found: dict[str, object] = {}
    for part in filter(str.strip, _split(typed, ";")):
        name, *value = _split(part, "=")
        if not value:
            raise EditError(
                text("'{part}' has no =", part=part.strip()),
                text("write it like {example}", example="source = orders; entity = customer_id"),
            )
        *above, last = (piece.strip() for piece in name.split("."))
        table, inner = found, shape
        for step in above:
            table = table.setdefault(step, {})  # type: ignore[assignment]  # only tables are put there
            known = keys(inner.struct).get(step)
            inner = known.shape if known is not None and isinstance(known.shape, RecordShape) else inner
        key = keys(inner.struct).get(last)
        said = "=".join(value).strip()
        if key is None or isinstance(key.shape, TextShape | ChoiceShape):
            table[last] = _unquoted(said)
        else:
            table[last] = _parsed(key.shape, said, "count", language)
    return found


def _split(typed: str, mark: str) -> list[str]:
    """Split at `mark` outside double quotes."""
    parts, quoted = [""], False
    for character in typed:
        quoted ^= character == '"'
        if character == mark and not quoted:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def _listed(items: list[str]) -> str:
    return ", ".join(_quoted(item) for item in items)


def _items(typed: str) -> list[str]:
    return next(csv.reader([typed], skipinitialspace=True), [])


def _quoted(item: str) -> str:
    plain = item and item == item.strip() and not set(item) & set('",;=')
    return item if plain else '"' + item.replace('"', '""') + '"'


def _unquoted(item: str) -> str:
    return item[1:-1].replace('""', '"') if len(item) > 1 and item[0] == item[-1] == '"' else item


def is_source(path: Parent) -> bool:
    """Whether the path is a source's record: its screen shows the first rows as read."""
    return len(path) == 2 and path[0] == "source"


def nested_record(workspace: Workspace, path: Parent) -> Struct | None:
    """The record at `path`, or None where it is not there any more."""
    from kpi_tui.workspace import naming

    record: object = workspace
    rest = list(path)
    while rest:
        if not isinstance(record, Struct):
            return None
        key = keys(type(record)).get(rest.pop(0))
        if key is None:
            return None
        record = getattr(record, key.attribute)
        if isinstance(key.shape, RecordsShape) and isinstance(record, tuple):
            if not rest:
                return None
            index = naming.find(record, rest.pop(0))
            if index is None:
                return None
            record = record[index]
    return record if isinstance(record, Struct) else None
