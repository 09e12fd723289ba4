"""What a formula may say: a rule for each of sqlglot's node classes that is admitted, and for every argument set on it.

What has no rule is refused by name with its place, whatever else sqlglot can read.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from kpi_tui.errors import did_you_mean, text
from kpi_tui.formula.placing import fail
from kpi_tui.formula.tree import Aggregate, Call, Case, Day, Name, Node, Null, Number, String, Truth

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

LONGEST_CHAIN = 200
MOST_COPIES = 64  # of a text in a tree, where what is written once is read several times

AGGREGATES = ("SUM", "COUNT", "AVG", "MIN", "MAX", "MEDIAN", "QUANTILE", "STDDEV")
SCALARS = (
    "ABS",
    "CASE",
    "CAST",
    "CEIL",
    "COALESCE",
    "EXP",
    "FLOOR",
    "GREATEST",
    "LEAST",
    "LN",
    "NULLIF",
    "ROUND",
    "SQRT",
)
_CASTS = {
    "INT": "INTEGER", "BIGINT": "INTEGER", "SMALLINT": "INTEGER", "DOUBLE": "DOUBLE", "FLOAT": "DOUBLE",
    "VARCHAR": "TEXT", "TEXT": "TEXT", "DATE": "DATE",
}  # fmt: skip
_WORDS = {
    "Block": "';'", "Semicolon": "';'", "Select": "SELECT", "Subquery": "SELECT", "Window": "OVER", "DPipe": "'||'",
    "Mod": "'%'",
    "Alias": "AS", "Star": "'*'", "ILike": "ILIKE", "Placeholder": "'?'", "Parameter": "'@'", "Bracket": "'['",
    "BitwiseXor": "'^'", "If": "IF", "Union": "UNION", "Dot": "'.'", "Struct": "'{'", "Tuple": "'()'",
    "Interval": "INTERVAL", "Exists": "EXISTS", "Escape": "ESCAPE",
}  # fmt: skip


class Reader:
    """Reads one sqlglot tree; every method returns our node or raises with a place in `source`."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.last = 0  # the place of the node being read
        self.depth = 0
        self.copies = 1

    def read(self, node: Expr | None) -> Node:
        if node is None:  # sqlglot lets some brackets stand open, and some functions without an argument
            what = text("something is missing here")
            fail(self.source, self.last, what, text("check brackets, commas and quotes"))
        self.last = _offset(node, self.last)
        rule = _rules().get(type(node).__name__)
        if rule is None:
            self.refuse(node)
        self.depth += 1
        if self.depth > LONGEST_CHAIN:
            fail(self.source, self.last, text("more than {most} operators in a row", most=LONGEST_CHAIN))
        read = rule(self, node)
        self.depth -= 1
        return read

    def copied(self, node: Expr, times: int) -> Node:
        """`node`, read once, that the caller puts into the tree so many times."""
        before = self.copies
        self.copies *= times
        if before > 1 and self.copies > MOST_COPIES:
            what = text("this is nested too deeply")
            fail(self.source, _offset(node, self.last), what, text("split it into several metrics"))
        read = self.read(node)
        self.copies = before
        return read

    def refuse(self, node: Expr) -> NoReturn:
        if type(node).__name__ == "Alias" and not re.search(r"\bAS\b", self.source, re.IGNORECASE):
            at = _offset(node.args["alias"], self.last)
            what = text("an operator is missing before '{name}'", name=node.alias)
            fail(self.source, at, what, text("write +, -, * or / between two values"))
        word = _WORDS.get(type(node).__name__)
        name = str(node.this) if type(node).__name__ == "Anonymous" else self.source[self.last :].split("(")[0].strip()
        if word is None and re.fullmatch(r"\w{1,40}", name):
            known = (*AGGREGATES, *SCALARS)
            close = did_you_mean(name.upper(), known) if name.upper() not in known else None
            cure = close or text("functions are {names}", names=", ".join(known))
            fail(self.source, self.last, text("{name} cannot be used like this in a formula", name=name), cure)
        fail(
            self.source,
            self.last,
            text("{name} is not part of the formula language", name=word or node.key.upper()),
            text("a formula is arithmetic over aggregates and metrics, such as SUM(cost) / COUNT(*)"),
        )

    def only(self, node: Expr, *allowed: str) -> None:
        """Refuse any argument set on `node` that the caller does not read."""
        for name, value in node.args.items():
            if name not in allowed and value not in (None, False, [], ()):
                fail(
                    self.source,
                    self.last,
                    text("{name} is not part of the formula language", name=f"{node.key.upper()} ... {name.upper()}"),
                )

    def call(self, function: str, *arguments: Expr) -> Call:
        at = self.last
        return Call(function, tuple(self.read(argument) for argument in arguments), at)


_Rule = Callable[[Reader, Any], Node]


@cache
def _rules() -> dict[str, _Rule]:
    """sqlglot's class name -> how it is read. Class names, so that building the table imports nothing."""
    binary = {
        "Add": "+", "Sub": "-", "Mul": "*", "Div": "/", "EQ": "=", "NEQ": "<>", "GT": ">", "GTE": ">=", "LT": "<",
        "LTE": "<=", "And": "AND", "Or": "OR", "Nullif": "NULLIF",
    }  # fmt: skip
    unary = {"Not": "NOT", "Neg": "NEGATE", "Abs": "ABS", "Ln": "LN", "Exp": "EXP", "Sqrt": "SQRT"}
    several = {"Coalesce": "COALESCE", "Greatest": "GREATEST", "Least": "LEAST"}
    aggregates = {"Sum": "SUM", "Avg": "AVG", "Min": "MIN", "Max": "MAX", "Median": "MEDIAN", "Stddev": "STDDEV"}
    return {
        **{name: _binary(sign) for name, sign in binary.items()},
        **{name: _unary(function) for name, function in unary.items()},
        **{name: _several(function) for name, function in several.items()},
        **{name: _aggregate(function) for name, function in aggregates.items()},
        "Count": _count,
        "Quantile": _quantile,
        "Filter": _filter,
        "Column": _column,
        "Literal": _literal,
        "Boolean": lambda reader, node: Truth(bool(node.this)),
        "Null": lambda reader, node: Null(),
        "Paren": lambda reader, node: reader.read(node.this),
        "Like": _like,
        "In": _in,
        "Between": _between,
        "Is": _is,
        "Case": _case,
        "Cast": _cast,
        "Round": _round,
        "Floor": _whole("FLOOR"),
        "Ceil": _whole("CEIL"),
    }


def _binary(sign: str) -> _Rule:
    def rule(reader: Reader, node: Any) -> Node:
        reader.only(node, "this", "expression", "typed", "safe")
        return reader.call(sign, node.this, node.expression)

    return rule


def _unary(function: str) -> _Rule:
    def rule(reader: Reader, node: Any) -> Node:
        reader.only(node, "this")
        if node.this is None:
            reader.refuse(node)
        read = reader.call(function, node.this)
        argument = read.arguments[0]
        if function == "NEGATE" and isinstance(argument, Number):
            return Number(-argument.value)
        return read

    return rule


def _several(function: str) -> _Rule:
    def rule(reader: Reader, node: Any) -> Node:
        reader.only(node, "this", "expressions", "ignore_nulls", "is_nvl", "is_null")
        return reader.call(function, node.this, *node.expressions)

    return rule


def _whole(function: str) -> _Rule:
    def rule(reader: Reader, node: Any) -> Node:
        reader.only(node, "this")
        return reader.call(function, node.this)

    return rule


def _aggregate(function: str) -> _Rule:
    def rule(reader: Reader, node: Any) -> Node:
        reader.only(node, "this")
        if node.this is None or type(node.this).__name__ in ("Star", "Distinct"):
            reader.refuse(node)
        at = reader.last
        return Aggregate(function, reader.read(node.this), at=at)

    return rule


def _count(reader: Reader, node: Any) -> Node:
    reader.only(node, "this", "big_int")
    at, inner = reader.last, node.this
    if inner is None:
        fail(reader.source, at, text("COUNT needs a column or *"), text("write COUNT(*) to count rows"))
    if type(inner).__name__ == "Star":
        reader.only(inner)
        return Aggregate("COUNT", None, at=at)
    if type(inner).__name__ != "Distinct":
        return Aggregate("COUNT", reader.read(inner), at=at)
    reader.only(inner, "expressions")
    if len(inner.expressions) != 1:
        fail(reader.source, at, text("COUNT(DISTINCT ...) takes one column"))
    return Aggregate("COUNT", reader.read(inner.expressions[0]), distinct=True, at=at)


def _quantile(reader: Reader, node: Any) -> Node:
    reader.only(node, "this", "quantile")
    at = reader.last
    share = reader.read(node.args["quantile"]) if node.args.get("quantile") is not None else None
    if not isinstance(share, Number) or not 0 <= share.value <= 1:
        fail(reader.source, at, text("QUANTILE takes a column and a share"), text("for example QUANTILE(amount, 0.9)"))
    return Aggregate("QUANTILE", reader.read(node.this), quantile=share.value, at=at)


def _filter(reader: Reader, node: Any) -> Node:
    reader.only(node, "this", "expression")
    inner = reader.read(node.this)
    if not isinstance(inner, Aggregate) or inner.condition is not None:
        fail(reader.source, reader.last, text("FILTER belongs right behind an aggregate"))
    reader.only(node.expression, "this")
    wanted = reader.read(node.expression.this)
    return Aggregate(inner.function, inner.argument, inner.distinct, wanted, inner.quantile, inner.at)


def _column(reader: Reader, node: Any) -> Node:
    if node.args.get("table") is not None or type(node.this).__name__ != "Identifier":
        fail(
            reader.source,
            reader.last,
            text("a dotted name is not part of the formula language"),
            text("name the metric or the column alone"),
        )
    return Name(node.name, reader.last)


def _literal(reader: Reader, node: Any) -> Node:
    if node.args.get("is_string"):
        return String(node.this, reader.last)
    try:
        value = Decimal(node.this)
    except InvalidOperation:
        fail(reader.source, reader.last, text("'{token}' is not a number", token=node.this))
    exponent = value.as_tuple().exponent
    if not isinstance(exponent, int) or not -18 <= value.adjusted() <= 18 or exponent < -18:
        fail(reader.source, reader.last, text("'{token}' has more than 18 digits", token=node.this))
    return Number(value)


def _like(reader: Reader, node: Any) -> Node:
    reader.only(node, "this", "expression", "negate")
    read = reader.call("LIKE", node.this, node.expression)
    if not isinstance(read.arguments[1], String):
        fail(reader.source, read.at, text("LIKE takes a pattern in quotes"), text("for example name LIKE 'A%'"))
    return Call("NOT", (read,), read.at) if node.args.get("negate") else read


def _in(reader: Reader, node: Any) -> Node:
    reader.only(node, "this", "expressions", "negate")
    at = reader.last
    subject = reader.copied(node.this, len(node.expressions) or 1)
    values = tuple(reader.read(value) for value in node.expressions)
    read = Call("IN", (subject, *values), at)
    if not values or not all(isinstance(value, Number | String | Truth | Day) for value in values):
        fail(reader.source, read.at, text("IN takes a list of values"), text("for example channel IN ('Email', 'SEO')"))
    return Call("NOT", (read,), read.at) if node.args.get("negate") else read


def _between(reader: Reader, node: Any) -> Node:
    reader.only(node, "this", "low", "high", "negate")
    at = reader.last
    value = reader.copied(node.this, 2)
    low, high = reader.read(node.args["low"]), reader.read(node.args["high"])
    inside = Call("AND", (Call(">=", (value, low), at), Call("<=", (value, high), at)), at)
    return Call("NOT", (inside,), at) if node.args.get("negate") else inside


def _is(reader: Reader, node: Any) -> Node:
    reader.only(node, "this", "expression", "negate")
    at = reader.last
    value, other = reader.copied(node.this, 2), reader.read(node.expression)
    result: Node
    if isinstance(other, Null):
        result = Call("IS NULL", (value,), at)
    elif isinstance(other, Truth):
        # IS TRUE is false, not unknown, where the value is missing
        result = Call("AND", (Call("NOT", (Call("IS NULL", (value,), at),), at), Call("=", (value, other), at)), at)
    else:
        fail(reader.source, at, text("IS takes NULL, TRUE or FALSE"))
    return Call("NOT", (result,), at) if node.args.get("negate") else result


def _case(reader: Reader, node: Any) -> Node:
    reader.only(node, "this", "ifs", "default")
    at = reader.last
    subject = reader.copied(node.this, len(node.args["ifs"])) if node.this is not None else None
    branches: list[tuple[Node, Node]] = []
    for branch in node.args["ifs"]:
        reader.only(branch, "this", "true")
        tested = reader.read(branch.this)
        wanted = tested if subject is None else Call("=", (subject, tested), at)
        branches.append((wanted, reader.read(branch.args["true"])))
    default = node.args.get("default")
    return Case(tuple(branches), reader.read(default) if default is not None else Null(), at)


def _cast(reader: Reader, node: Any) -> Node:
    reader.only(node, "this", "to")
    at = reader.last
    kind = getattr(node.to.this, "name", str(node.to.this))
    wanted = _CASTS.get(kind) if not node.to.expressions else None
    if wanted is None:
        fail(
            reader.source,
            at,
            text("CAST AS {type} is not supported", type=kind),
            text("use INTEGER, DOUBLE, TEXT or DATE"),
        )
    value = reader.read(node.this)
    if wanted == "DATE" and isinstance(value, String):
        return Day(_day(reader, value))
    return Call(f"CAST {wanted}", (value,), at)


def _day(reader: Reader, value: String) -> date:
    try:
        return date.fromisoformat(value.value)
    except ValueError:
        fail(
            reader.source,
            value.at,
            text("'{token}' is not a date", token=value.value),
            text("write it as 2026-12-31"),
        )


def _round(reader: Reader, node: Any) -> Node:
    reader.only(node, "this", "decimals")
    at = reader.last
    value = reader.read(node.this)
    digits = reader.read(node.args["decimals"]) if node.args.get("decimals") is not None else Number(Decimal(0))
    if not isinstance(digits, Number) or digits.value != int(digits.value) or not 0 <= digits.value <= 12:
        fail(reader.source, at, text("ROUND takes a number of digits from 0 to 12"))
    return Call("ROUND", (value, digits), at)


def _offset(node: Any, default: int) -> int:
    """Where `node` begins. sqlglot keeps places on names, literals, functions; an operator begins at its leftmost."""
    own = node.meta.get("start")
    if own is not None:
        return int(own)
    below = [part.meta["start"] for part in node.walk() if "start" in part.meta]
    return min(below, default=default)
