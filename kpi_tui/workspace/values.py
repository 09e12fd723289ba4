"""What a single value of the file may be: text, number, date, choice; and how a wrong one is reported.

A shape reads a raw TOML value (`str`, `int`, `Decimal`, `bool`, `date`, list, dict) into the model's value; what is
wrong becomes a `Problem` and never stops the reading. Tables and lists of them are in `schema.py`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Context, Decimal
from enum import Enum
from typing import Any, ClassVar, Final

from msgspec import Struct

from kpi_tui.errors import Text, text

Path = tuple[str | int, ...]


class Broken(Enum):
    """The value could not be read; a problem says why."""

    BROKEN = 0


BROKEN: Final = Broken.BROKEN

_MOST_DIGITS = 28  # what `Decimal` calculates with: more would be rounded by the first sum
_EXACT = Context(prec=_MOST_DIGITS + 12)
_WHOLE = Decimal(1)


class Problem(Struct, frozen=True):
    """One thing wrong at `path`; `because` names other keys of the same record that the judgement rests on."""

    path: Path
    what: Text
    cure: Text | None = None
    because: tuple[str, ...] = ()


def not_built(name: str, path: Path) -> Problem:
    """A feature of the file format that this version does not have: refused by name, never ignored."""
    return Problem(
        path,
        text("'{name}' is not built in this version of kpi-tui", name=name),
        text("remove it or use a version that has it"),
    )


class Shape(Struct, frozen=True):
    """What a key may hold: its type (`takes`), its value (`value`), what a stand-in looks like (`blank`)."""

    blank: ClassVar[object] = ""

    def expected(self) -> Text:
        raise NotImplementedError

    def takes(self, raw: object) -> bool:
        raise NotImplementedError

    def value(self, raw: Any, path: Path, problems: list[Problem]) -> object:
        return raw

    def read(self, raw: object, path: Path, problems: list[Problem]) -> object:
        """The model's value, or BROKEN and a problem more."""
        if self.takes(raw):
            return self.value(raw, path, problems)
        problems.append(self._wrong(raw, path))
        return BROKEN

    def _wrong(self, raw: object, path: Path) -> Problem:
        what = text(
            "'{key}' expects {expected}, not {found}", key=key_of(path), expected=self.expected(), found=_kind(raw)
        )
        quoted = isinstance(raw, str) and self.takes(_literal_of(raw))
        return Problem(path, what, text("write {value} without quotes", value=raw) if quoted else None)


class TextShape(Shape, frozen=True):
    """Any text; line ends become LF."""

    def expected(self) -> Text:
        return text("text")

    def takes(self, raw: object) -> bool:
        return isinstance(raw, str)

    def value(self, raw: Any, path: Path, problems: list[Problem]) -> object:
        if raw.isascii() or encodable(raw):
            return re.sub("\r+\n", "\n", raw) if "\r" in raw else raw
        problems.append(Problem(path, text("'{key}' holds characters that no file can hold", key=key_of(path))))
        return BROKEN

    def _wrong(self, raw: object, path: Path) -> Problem:
        scalar = isinstance(raw, int | Decimal | date)
        return Problem(path, super()._wrong(raw, path).what, text("put it in double quotes") if scalar else None)


class NumberShape(Shape, frozen=True):
    """An exact number: finite, at most 28 digits before and after the point together, without trailing zeros."""

    blank = Decimal(0)

    def expected(self) -> Text:
        return text("a number")

    def takes(self, raw: object) -> bool:
        return isinstance(raw, int | Decimal) and not isinstance(raw, bool)

    def value(self, raw: Any, path: Path, problems: list[Problem]) -> object:
        number = Decimal(raw)
        if not number.is_finite():
            problems.append(Problem(path, text("'{key}' must be a finite number", key=key_of(path))))
            return BROKEN
        normal = normalised(number)
        if normal is None:
            what = text("'{key}' has more digits than can be calculated with", key=key_of(path))
            problems.append(Problem(path, what, text("use at most {digits} digits", digits=_MOST_DIGITS)))
            return BROKEN
        return normal


class IntegerShape(Shape, frozen=True):
    """A whole number of at most 64 bits."""

    blank = 0

    def expected(self) -> Text:
        return text("a whole number")

    def takes(self, raw: object) -> bool:
        if isinstance(raw, Decimal):
            return raw.is_finite() and abs(raw.adjusted()) < 20 and raw == raw.to_integral_value()
        return isinstance(raw, int) and not isinstance(raw, bool)

    def value(self, raw: Any, path: Path, problems: list[Problem]) -> object:
        if not -(2**63) <= raw < 2**63:
            problems.append(Problem(path, text("'{key}' is too large a number", key=key_of(path))))
            return BROKEN
        return int(raw)


class BooleanShape(Shape, frozen=True):
    blank = False

    def expected(self) -> Text:
        return text("true or false")

    def takes(self, raw: object) -> bool:
        return isinstance(raw, bool)


class DateShape(Shape, frozen=True):
    """A day; a date with a time of day is refused."""

    blank = date.min

    def expected(self) -> Text:
        return text("a date such as 2026-12-31")

    def takes(self, raw: object) -> bool:
        return isinstance(raw, date) and not isinstance(raw, datetime)


class ChoiceShape(Shape, frozen=True):
    """One of a few words; `later` are those that a later version will know."""

    allowed: tuple[str, ...]
    later: frozenset[str] = frozenset()

    def expected(self) -> Text:
        return text("one of {allowed}", allowed=", ".join(self.allowed))

    def takes(self, raw: object) -> bool:
        return isinstance(raw, str)

    def value(self, raw: Any, path: Path, problems: list[Problem]) -> object:
        if raw in self.allowed:
            return raw
        if raw in self.later:
            problems.append(not_built(f"{key_of(path)} = {raw}", path))
        else:
            what = text("'{key}' cannot be '{value}'", key=key_of(path), value=raw)
            problems.append(Problem(path, what, text("write one of: {allowed}", allowed=", ".join(self.allowed))))
        return BROKEN


class TextsShape(Shape, frozen=True):
    """A list of texts."""

    blank = ()

    def expected(self) -> Text:
        return text('a list such as ["email", "search"]')

    def takes(self, raw: object) -> bool:
        return isinstance(raw, list | tuple)

    def value(self, raw: Any, path: Path, problems: list[Problem]) -> object:
        items = [TEXT.read(item, (*path, index), problems) for index, item in enumerate(raw)]
        return BROKEN if BROKEN in items else tuple(items)


TEXT: Final = TextShape()
SCALARS: Final[Mapping[object, Shape]] = {
    str: TEXT, Decimal: NumberShape(), int: IntegerShape(), bool: BooleanShape(), date: DateShape(),
}  # fmt: skip


def normalised(number: Decimal) -> Decimal | None:
    """The same number without trailing zeros, whole numbers without exponent; None where it has more than 28 digits."""
    if not number:
        return Decimal(0)
    if abs(number.adjusted()) >= _MOST_DIGITS:
        return None
    bare = _EXACT.normalize(number)
    if bare != number or len(bare.as_tuple().digits) > _MOST_DIGITS:
        return None
    return bare.quantize(_WHOLE, context=_EXACT) if bare == bare.to_integral_value() else bare


def key_of(path: Path) -> str:
    """The name of the key that a path is about."""
    return next((part for part in reversed(path) if isinstance(part, str)), "")


def _kind(raw: object) -> Text:
    match raw:
        case bool():
            return text("true or false")
        case str():
            return text("text")
        case int() | float() | Decimal():
            return text("a number")
        case datetime():
            return text("a date with a time")
        case date():
            return text("a date")
        case time():
            return text("a time")
        case Mapping():
            return text("a table")
        case list() | tuple():
            return text("a list")
    return text("nothing") if raw is None else text("something else")


def _literal_of(raw: str) -> object:
    """The number, date or boolean that a text spells, or None."""
    if raw in ("true", "false"):
        return raw == "true"
    if re.match(r"[+-]?[0-9]{1,20}(\.[0-9]{1,20})?\Z", raw):
        return Decimal(raw)
    try:
        return date.fromisoformat(raw) if re.match(r"\d{4}-\d\d-\d\d\Z", raw) else None
    except ValueError:
        return None


def encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True
