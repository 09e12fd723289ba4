"""A formula as frozen nodes, independent of who parsed it and which engine will run it.

`at` is the offset of the node's first character in the formula's text, for error messages; `render` leaves it out, so
two nodes that mean the same render the same: that text is a node's identity.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import TypeAlias

from msgspec import Struct


class Number(Struct, frozen=True, tag="number"):
    value: Decimal


class String(Struct, frozen=True, tag="string"):
    value: str
    at: int = 0


class Truth(Struct, frozen=True, tag="truth"):
    value: bool


class Day(Struct, frozen=True, tag="day"):
    value: date


class Null(Struct, frozen=True, tag="null"):
    pass


class Name(Struct, frozen=True, tag="name"):
    """A column inside an aggregate or a row condition, a metric outside."""

    name: str
    at: int = 0


class Call(Struct, frozen=True, tag="call"):
    """An operator or a scalar function over its arguments; `function` is its SQL name in capitals or its sign.

    ``LIKE`` and ``IN`` take their pattern and their values as further arguments, ``CAST DOUBLE`` and its kin one
    argument.
    """

    function: str
    arguments: tuple[Node, ...]
    at: int = 0


class Case(Struct, frozen=True, tag="case"):
    """``CASE WHEN condition THEN value ... ELSE otherwise END``."""

    branches: tuple[tuple[Node, Node], ...]
    otherwise: Node
    at: int = 0


class Aggregate(Struct, frozen=True, tag="aggregate"):
    """An aggregate call with its filter: the part an engine computes with GROUP BY.

    `argument` is None for ``COUNT(*)``; `quantile` (0..1) belongs to QUANTILE.
    """

    function: str
    argument: Node | None
    distinct: bool = False
    condition: Node | None = None
    quantile: Decimal | None = None
    at: int = 0


Node: TypeAlias = Number | String | Truth | Day | Null | Name | Call | Case | Aggregate

# Words that mean something in a formula: a column of that name is written in quotes.
_WORDS = frozenset(
    (
        *("AND", "AS", "BETWEEN", "CASE", "CURRENT_DATE", "CURRENT_TIMESTAMP", "DISTINCT", "ELSE", "END", "FALSE"),
        *("FILTER", "FROM", "ILIKE", "IN", "INTERVAL", "IS", "LIKE", "NOT", "NULL", "OR", "SELECT", "THEN", "TRUE"),
        *("WHEN", "WHERE"),
    )
)
_INFIX = frozenset(("+", "-", "*", "/", "=", "<>", "<", "<=", ">", ">=", "AND", "OR", "LIKE"))


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below `node`, in reading order."""
    match node:
        case Call(arguments=arguments):
            return arguments
        case Case(branches=branches, otherwise=otherwise):
            return (*(part for branch in branches for part in branch), otherwise)
        case Aggregate(argument=argument, condition=condition):
            return tuple(part for part in (argument, condition) if part is not None)
        case _:
            return ()


def walk(node: Node) -> Iterator[Node]:
    """`node` and everything below it, top down."""
    yield node
    for child in children(node):
        yield from walk(child)


def aggregates(node: Node) -> Iterator[Aggregate]:
    """The aggregate calls in `node` (they never nest)."""
    return (part for part in walk(node) if isinstance(part, Aggregate))


def metric_names(node: Node) -> Iterator[Name]:
    """The names outside any aggregate: the metrics a formula refers to."""
    if isinstance(node, Name):
        yield node
    elif not isinstance(node, Aggregate):
        for child in children(node):
            yield from metric_names(child)


def column_names(node: Node) -> Iterator[Name]:
    """Every name in a row condition or in an aggregate's argument and filter: columns."""
    return (part for part in walk(node) if isinstance(part, Name))


def render(node: Node) -> str:
    """The node as SQL text in one canonical spelling; equal meaning of structure gives equal text."""
    match node:
        case Number(value):
            return format(value, "f")
        case String(value):
            return "'" + value.replace("'", "''") + "'"
        case Truth(value):
            return "TRUE" if value else "FALSE"
        case Day(value):
            return f"DATE '{value.isoformat()}'"
        case Null():
            return "NULL"
        case Name(name):
            plain = name.isidentifier() and name.upper() not in _WORDS
            return name if plain else '"' + name.replace('"', '""') + '"'
        case Case(branches, otherwise):
            whens = " ".join(f"WHEN {render(condition)} THEN {render(value)}" for condition, value in branches)
            return f"CASE {whens} ELSE {render(otherwise)} END"
        case Aggregate():
            return _render_aggregate(node)
        case Call():
            return _render_call(node)


def _render_aggregate(node: Aggregate) -> str:
    inside = "*" if node.argument is None else render(node.argument)
    if node.distinct:
        inside = f"DISTINCT {inside}"
    if node.quantile is not None:
        inside = f"{inside}, {node.quantile}"
    suffix = f" FILTER (WHERE {render(node.condition)})" if node.condition is not None else ""
    return f"{node.function}({inside}){suffix}"


def _render_call(node: Call) -> str:
    parts = [_bracketed(argument) for argument in node.arguments]
    if node.function in _INFIX and len(parts) == 2:
        return f"{parts[0]} {node.function} {parts[1]}"
    match node.function:
        case "NEGATE":
            return f"-{parts[0]}"
        case "NOT":
            return f"NOT {parts[0]}"
        case "IS NULL":
            return f"{parts[0]} IS NULL"
        case "IN":
            return f"{parts[0]} IN ({', '.join(parts[1:])})"
        case function if function.startswith("CAST "):
            return f"CAST({render(node.arguments[0])} AS {function.removeprefix('CAST ')})"
        case function:
            return f"{function}({', '.join(render(argument) for argument in node.arguments)})"


def _bracketed(node: Node) -> str:
    simple = not isinstance(node, Call) or not (
        node.function in _INFIX or node.function in ("NEGATE", "NOT", "IS NULL", "IN")
    )
    return render(node) if simple else f"({render(node)})"
