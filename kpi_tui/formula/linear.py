"""The part of an expression that is proportional to one column: what an amount more in that column adds to its sum.

For ``revenue - cost`` and the column ``cost`` it is ``-cost``; for ``CASE WHEN cost > 10 THEN 1 ELSE 0 END`` there is
none: an amount says nothing about how many rows pass a limit.
"""

from __future__ import annotations

from decimal import Decimal

from kpi_tui.formula.tree import Call, Case, Name, Node, Number, column_names

_NOTHING = Number(Decimal(0))


class _NotProportional(Exception):
    """The column is used in another way than added, subtracted or multiplied by what does not depend on it."""


def linear_part(node: Node, column: str) -> Node | None:
    """The part of `node` that is proportional to `column`; None where it does not use the column or uses it otherwise.

    Other columns stay in it where they are factors (``price * quantity``): on a row that has no value for them the
    part is undefined.
    """
    if not _uses(node, column):
        return None
    try:
        return _part(node, column)
    except _NotProportional:
        return None


def _uses(node: Node, column: str) -> bool:
    return any(name.name == column for name in column_names(node))


def _part(node: Node, column: str) -> Node:
    if not _uses(node, column):
        return _NOTHING
    match node:
        case Name():
            return node
        case Call("+" | "-", (left, right)):
            return _sum(node, left, right, column)
        case Call("NEGATE" | "CAST DOUBLE", (inner,)):
            return Call(node.function, (_part(inner, column),), node.at)
        case Call("*", (left, right)) if not _uses(right, column):
            return Call("*", (_part(left, column), right), node.at)
        case Call("*", (left, right)) if not _uses(left, column):
            return Call("*", (left, _part(right, column)), node.at)
        case Call("/", (left, right)) if not _uses(right, column):
            return Call("/", (_part(left, column), right), node.at)
        case Call("COALESCE", (inner, Number())):
            return _part(inner, column)
        case Case(branches, otherwise) if not any(_uses(condition, column) for condition, _ in branches):
            kept = tuple((condition, _part(value, column)) for condition, value in branches)
            return Case(kept, _part(otherwise, column), node.at)
    raise _NotProportional


def _sum(node: Call, left: Node, right: Node, column: str) -> Node:
    """Of a sum only the sides that use the column: another one may be undefined on a row that has just this amount."""
    if not _uses(right, column):
        return _part(left, column)
    if not _uses(left, column):
        rest = _part(right, column)
        return rest if node.function == "+" else Call("NEGATE", (rest,), node.at)
    return Call(node.function, (_part(left, column), _part(right, column)), node.at)
