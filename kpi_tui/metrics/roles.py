"""What the columns of a source stand for, by their headers and types: cost, clicks, the customer, the date.

The headers are data (`roles.toml`), English and Russian. Invariants: a role is never guessed silently: what a header
may mean but need not is `likely`, and where a column could have two roles or a role two columns, both are there and a
`Question` says so. A ready-made ratio (CTR, average price) has a role of its own that no formula uses.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from functools import cache
from importlib.resources import files
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Literal

import msgspec
from msgspec import Struct

from kpi_tui.errors import Text, text
from kpi_tui.workspace.model import ColumnType

if TYPE_CHECKING:  # a list of KPIs needs no data
    import polars as pl

    from kpi_tui.facts.table import Table
    from kpi_tui.metrics.evaluate import Evaluator

Kind = Literal["money", "count", "number", "score", "ratio", "dimension", "key", "time", "flag", "status"]
Confidence = Literal["exact", "likely"]

ADDED: frozenset[Kind] = frozenset(("money", "count", "number", "score"))  # what an aggregate computes with
VALUES = 200  # distinct values of a status column that are looked at

_BRACKETS = re.compile(r"[(\[{][^)\]}]*[)\]}]")
_CAMEL = re.compile(r"(?<=[a-zа-яё])(?=[A-ZА-ЯЁ])|(?<=[A-Z])(?=[A-Z][a-z])")
_BETWEEN = re.compile(r"[^\w№]+|_+")
_UNITS = frozenset(
    (
        *("rub", "rur", "usd", "eur", "kzt", "руб", "рублей", "рубли", "р", "тг"),
        *("шт", "штук", "ндс", "vat", "с", "без", "incl", "excl", "including", "excluding"),
    )
)
_RATES = frozenset(("%", "avg", "average", "mean", "rate", "share", "ср", "средний", "средняя", "среднее", "доля"))


class Role(Struct, frozen=True):
    """A meaning of columns; `en` and `ru` say it in the sentence "needs a column with ..."."""

    kind: Kind
    en: str
    ru: str
    exact: tuple[str, ...]
    likely: tuple[str, ...] = ()
    beside: tuple[str, ...] = ()

    def said(self, code: str) -> str:
        """The role in words of a language."""
        return self.ru if code == "ru" else self.en


class Derived(Struct, frozen=True):
    """A role made of other roles of the same source; with `one_of` it holds where `formula`, a status, has one of these
    values.
    """

    role: str
    formula: str
    one_of: tuple[str, ...] = ()


class Roles(Struct, frozen=True):
    """All of `roles.toml`."""

    role: Mapping[str, Role]
    rows: Mapping[str, tuple[str, ...]]
    hints: Mapping[str, tuple[str, ...]]
    derived: tuple[Derived, ...]


class Column(Struct, frozen=True):
    """A column as the source's formulas name it; `values` are those of a short text column, for statuses."""

    name: str
    type: ColumnType = "text"
    values: tuple[str, ...] = ()


class Columns(Struct, frozen=True):
    """The columns of one source; `path` helps to know what a row stands for, `rows` is what a person said of it."""

    source: str
    columns: tuple[Column, ...]
    path: str = ""
    time: str | None = None
    rows: str | None = None


class Meaning(Struct, frozen=True):
    """One column in one role."""

    column: Column
    role: str
    confidence: Confidence


class Choice(Struct, frozen=True):
    """One answer to a question: `id` is what is given back, `label` what is shown, or a text for it."""

    id: str
    label: str | Text


class Question(Struct, frozen=True):
    """What headers and types cannot decide; `choices` are all there are."""

    id: str
    what: Text
    choices: tuple[Choice, ...]


class Recognised(Struct, frozen=True):
    """A source with its columns' meanings; `rows` is what a row stands for, where the source's name says it, `hint`
    what it may stand for by that name.
    """

    source: str
    meanings: tuple[Meaning, ...]
    rows: str | None = None
    time: str | None = None
    hint: str | None = None

    def of(self, role: str) -> tuple[Meaning, ...]:
        """The columns in a role: the certain ones; the likely ones only where none is certain."""
        found = [meaning for meaning in self.meanings if meaning.role == role]
        exact = tuple(meaning for meaning in found if meaning.confidence == "exact")
        return exact or tuple(found)

    def questions(self, code: str) -> tuple[Question, ...]:
        """Columns with two roles and roles with two columns, in words of the language."""
        said = all_roles().role
        asked: list[Question] = []
        for column in dict.fromkeys(meaning.column.name for meaning in self.meanings):
            found = [meaning.role for meaning in self.meanings if meaning.column.name == column]
            if len(found) > 1:
                what = text("what is column '{column}' of '{source}'?", column=column, source=self.source)
                choices = tuple(Choice(role, said[role].said(code)) for role in found)
                asked.append(Question(f"{self.source}.{column}", what, choices))
        for role in dict.fromkeys(meaning.role for meaning in self.meanings):
            columns = tuple(Choice(meaning.column.name, meaning.column.name) for meaning in self.of(role))
            if len(columns) > 1 and said[role].kind in (*ADDED, "key", "flag", "status"):
                what = text("which column of '{source}' is {role}?", source=self.source, role=said[role].said(code))
                asked.append(Question(f"{self.source}:{role}", what, columns))
        return tuple(asked)


@cache
def all_roles() -> Roles:
    """The roles that come with the program."""
    raw = tomllib.loads(files("kpi_tui.metrics").joinpath("roles.toml").read_text("utf-8"))
    return msgspec.convert(raw, Roles)


def normal(header: str) -> str:
    """A header as `roles.toml` writes it: small letters and blanks, without units in brackets or at the end."""
    plain = unicodedata.normalize("NFKC", header).replace("ё", "е").replace("Ё", "Е")
    words = [word for word in _BETWEEN.split(_CAMEL.sub(" ", _BRACKETS.sub(" ", plain)).casefold()) if word]
    while len(words) > 1 and words[-1] in _UNITS:
        words.pop()
    return " ".join(words)


def recognise(columns: Columns) -> Recognised:
    """The meanings of a source's columns. A column whose type does not fit its role keeps the role: whoever uses it
    says what type it needs.
    """
    names = {column.name: _normal_name(column) for column in columns.columns}
    certain = {column.name: _exact().get(names[column.name]) for column in columns.columns}
    present = {role for found in certain.values() for role in found or ()}
    meanings: list[Meaning] = []
    for column in columns.columns:
        exact = certain[column.name]
        if exact is not None:
            meanings += [Meaning(column, role, "exact") for role in exact]
            continue
        name = names[column.name]
        likely = _likely().get(name, ())
        found = [role for role in likely if _is_beside(role, present)]
        meanings += [Meaning(column, role, "likely") for role in found if _may_be(column, role)]
        if not found and _is_rate(column.name):
            meanings.append(Meaning(column, "ready_ratio", "likely"))
    known = columns.rows or _named_rows(columns, meanings, all_roles().rows)
    hint = None if known else _named_rows(columns, meanings, all_roles().hints)
    return Recognised(columns.source, tuple(meanings), known, columns.time, hint)


def columns_of(table: Table, schema: Mapping[str, pl.DataType] | None = None) -> Columns:
    """The columns of a loaded source as formulas see them, with the values of its statuses.

    `schema` is given where the rows stay outside: then statuses have no values.
    """
    from kpi_tui.facts.table import HIDDEN

    found: list[Column] = []
    frame = table.frame
    if schema is None:
        schema = {} if frame is None else frame.schema
    for name, dtype in schema.items():
        if name in HIDDEN:
            continue
        kind = _type_of(dtype)
        values: tuple[str, ...] = ()
        if kind == "text" and frame is not None and name in frame.columns and _has_role(name, "status"):
            values = tuple(frame[name].drop_nulls().unique(maintain_order=True).head(VALUES).to_list())
        found.append(Column(name, kind, values))
    return Columns(table.source.id, tuple(found), table.source.path, table.source.time)


def columns_known(evaluator: Evaluator) -> list[Columns]:
    """The columns of every source that an evaluator computes with, also of those whose rows are counted elsewhere."""
    tables, engines = evaluator.leaf_tables.tables, evaluator.leaf_tables.engines
    return [columns_of(table, engines[name].schema if name in engines else None) for name, table in tables.items()]


def _has_role(header: str, role: str) -> bool:
    return role in _exact().get(normal(header), ())


def matching_values(column: Column, wanted: Iterable[str]) -> tuple[str, ...]:
    """The values of a status column that are among those wanted, as they are written."""
    names = {normal(value) for value in wanted}
    return tuple(value for value in column.values if normal(value) in names)


def _type_of(dtype: pl.DataType) -> ColumnType:
    import polars as pl

    if dtype.is_integer():
        return "integer"
    if dtype.is_numeric():
        return "decimal"
    if dtype == pl.Boolean:
        return "boolean"
    if dtype == pl.Date:
        return "date"
    return "datetime" if isinstance(dtype, pl.Datetime) else "text"


def _normal_name(column: Column) -> str:
    """Of a rate only what is a ready-made ratio: "Bounces (%)" is no number of bounces."""
    name = normal(column.name)
    return f"% {name}" if "%" in column.name and "ready_ratio" not in _exact().get(name, ()) else name


def _is_rate(header: str) -> bool:
    return "%" in header or not _RATES.isdisjoint(normal(header).split())


def _is_beside(role: str, present: Collection[str]) -> bool:
    beside = all_roles().role[role].beside
    return not beside or any(other in present for other in beside)


def _may_be(column: Column, role: str) -> bool:
    """Only a number can be a likely number: the word alone is too weak for a text."""
    return all_roles().role[role].kind not in ADDED or column.type in ("integer", "decimal", "text")


def _named_rows(columns: Columns, meanings: Collection[Meaning], things: Mapping[str, tuple[str, ...]]) -> str | None:
    """What a row is, by the source's name. A row with a product or a number of units is a line of an order, one of
    qualified leads is no lead as it came.
    """
    roles = {meaning.role for meaning in meanings if meaning.confidence == "exact"}
    stem = normal(PurePosixPath(columns.path.replace("\\", "/")).stem.replace("*", " "))
    words = {*normal(columns.source).split(), *stem.split()}
    for thing, names in things.items():
        if not words.isdisjoint(names) and f"{thing}s" not in roles:
            return None if roles & {"product", "quantity", "unit_price", "mql"} else thing
    return None


@cache
def _exact() -> Mapping[str, tuple[str, ...]]:
    return _by_name("exact")


@cache
def _likely() -> Mapping[str, tuple[str, ...]]:
    return _by_name("likely")


def _by_name(which: Literal["exact", "likely"]) -> Mapping[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for role, described in all_roles().role.items():
        for name in getattr(described, which):
            found[name] = (*found.get(name, ()), role)
    return found
