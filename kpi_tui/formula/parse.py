"""Formula text -> tree, through sqlglot's parser and a whitelist of its node classes *and* of all their arguments.

What is not on the list is refused by name with its place: sqlglot reads far more SQL than a formula may say
(sub-queries, statements, windows), and puts some of it into arguments of harmless nodes. sqlglot is imported at the
first formula that is not remembered, because its import costs as much as everything else here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import TYPE_CHECKING, Any, NoReturn

from kpi_tui.errors import FormulaError, Text, did_you_mean, text
from kpi_tui.formula.tree import Aggregate, Call, Case, Day, Name, Node, Null, Number, String, Truth, walk

if TYPE_CHECKING:
    from sqlglot.expressions import Expr

LONGEST = 4_000
DEEPEST = 60
LONGEST_CHAIN = 200

_AGGREGATES = ("SUM", "COUNT", "AVG", "MIN", "MAX", "MEDIAN", "QUANTILE", "STDDEV")
_SCALARS = (
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
    "Interval": "INTERVAL", "Exists": "EXISTS", "Escape": "ESCAPE",
}  # fmt: skip
_LINE_END = re.compile("\r\n|\r|\n")  # as sqlglot counts them
_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--|/\*|[(\[]|[)\]]|CASE\b|END\b|NOT\b|[-+]", re.IGNORECASE)


def formula(source: str) -> Node:
    """The tree of a metric's formula: arithmetic over aggregates and metrics.

    Raises `FormulaError` with the place of what is wrong.
    """
    tree = _parse(source)
    for node in walk(tree):
        if isinstance(node, Aggregate):
            for part in (node.argument, node.condition):
                nested = next((n for n in walk(part) if isinstance(n, Aggregate)), None) if part is not None else None
                if nested is not None:
                    fail(
                        source,
                        nested.at,
                        text("an aggregate cannot stand inside another: {name}", name=nested.function),
                        text("take the inner one out, or make it a metric of its own"),
                    )
    return tree


def condition(source: str) -> Node:
    """The tree of a row condition (`where`, `drop_rows`): columns only, no aggregates. Raises `FormulaError`."""
    tree = _parse(source)
    nested = next((node for node in walk(tree) if isinstance(node, Aggregate)), None)
    if nested is not None:
        what = text("a condition on rows cannot hold an aggregate: {name}", name=nested.function)
        fail(source, nested.at, what, text("compare columns, such as cost > 100"))
    return tree


def place(source: str, offset: int) -> tuple[int, int]:
    """Line and column (both 1-based) of the character at `offset`."""
    before = _LINE_END.split(source[: max(0, offset)])
    return len(before), len(before[-1]) + 1


def fail(source: str, offset: int, what: Text, cure: Text | None = None) -> NoReturn:
    """Raise `FormulaError` about the character at `offset` of `source`."""
    line, column = place(source, offset)
    raise FormulaError(what, cure, line=line, column=column)


def know(trees: Mapping[str, Node]) -> None:
    """Take over trees that `known` gave in another process of the same version."""
    _KNOWN.update(trees)


def known() -> Mapping[str, Node]:
    """The trees of all texts read so far, the newest last."""
    return dict(_KNOWN)


# What a text means never changes while the program runs, so every text is parsed once.
_KNOWN: dict[str, Node] = {}


def _parse(source: str) -> Node:
    if source not in _KNOWN:
        _KNOWN[source] = _parsed(source)
    return _KNOWN[source]


def _parsed(source: str) -> Node:
    _guard(source)
    import logging

    from sqlglot import parse_one
    from sqlglot.errors import SqlglotError

    logger = logging.getLogger("sqlglot")
    if not logger.handlers:  # it would write warnings about what it cannot read over the screen
        logger.addHandler(logging.NullHandler())
    try:
        return _Reader(source).read(parse_one(source))
    except SqlglotError as error:
        raise _syntax_error(source, error) from None
    except RecursionError:  # a bracket costs sqlglot some 16 frames, and nobody knows how many the caller has used
        raise FormulaError(text("this is nested too deeply"), text("split it into several metrics")) from None


def _guard(source: str) -> None:
    """Refuse what could make the parser slow or deep before it sees it, and comments, which it would drop."""
    if not source.strip():
        raise FormulaError(text("the formula is empty"), text("write one, such as SUM(cost)"))
    if source.lstrip().startswith("="):
        fail(source, source.index("="), text("a formula has no '=' in front"), text("remove it"))
    if source.rstrip().endswith(";"):
        fail(source, source.rindex(";"), text("a formula has no ';' at its end"), text("remove it"))
    if len(source) > LONGEST:
        raise FormulaError(
            text("the formula has {length} characters, more than {most}", length=len(source), most=LONGEST),
            text("split it into several metrics"),
        )
    depth = run = 0
    end = -1
    for found in _TOKEN.finditer(source):
        token = found.group().upper()
        if token in ("--", "/*"):
            fail(source, found.start(), text("a comment cannot stand in a formula"), text("use the metric's note"))
        run = run + 1 if token in ("NOT", "-", "+") and not source[end : found.start()].strip() else 0
        end = found.end()
        depth += token in ("(", "[", "CASE")
        depth -= token in (")", "]", "END")
        if depth + run > DEEPEST:
            fail(source, found.start(), text("more than {most} brackets inside each other", most=DEEPEST))


def _syntax_error(source: str, error: Any) -> FormulaError:
    check = text("check brackets, commas and quotes")
    details = getattr(error, "errors", None)
    if not details:
        return FormulaError(text("this cannot be read as a formula"), check)
    first = details[0]
    column = max(1, int(first.get("col") or 1) - len(first.get("highlight") or "") + 1)
    highlight = str(first.get("highlight") or "").strip()
    what = (
        text("this cannot be read at '{token}'", token=highlight)
        if highlight
        else text("this cannot be read as a formula")
    )
    marks = {",": text("write numbers with a point, such as 1.2"), "%": text("write 20 % as 0.2")}
    return FormulaError(what, marks.get(highlight, check), line=int(first.get("line") or 1), column=column)


class _Reader:
    """Reads one sqlglot tree; every method returns our node or raises with a place in `source`."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.last = 0  # the place of the node being read
        self.depth = 0

    def read(self, node: Expr) -> Node:
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

    def refuse(self, node: Expr) -> NoReturn:
        word = _WORDS.get(type(node).__name__)
        name = str(node.this) if type(node).__name__ == "Anonymous" else self.source[self.last :].split("(")[0].strip()
        if word is None and re.fullmatch(r"\w{1,40}", name):
            known = (*_AGGREGATES, *_SCALARS)
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


_Rule = Callable[[_Reader, Any], Node]


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
    def rule(reader: _Reader, node: Any) -> Node:
        reader.only(node, "this", "expression", "typed", "safe")
        return reader.call(sign, node.this, node.expression)

    return rule


def _unary(function: str) -> _Rule:
    def rule(reader: _Reader, node: Any) -> Node:
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
    def rule(reader: _Reader, node: Any) -> Node:
        reader.only(node, "this", "expressions", "ignore_nulls", "is_nvl", "is_null")
        return reader.call(function, node.this, *node.expressions)

    return rule


def _whole(function: str) -> _Rule:
    def rule(reader: _Reader, node: Any) -> Node:
        reader.only(node, "this")
        return reader.call(function, node.this)

    return rule


def _aggregate(function: str) -> _Rule:
    def rule(reader: _Reader, node: Any) -> Node:
        reader.only(node, "this")
        if node.this is None or type(node.this).__name__ in ("Star", "Distinct"):
            reader.refuse(node)
        at = reader.last
        return Aggregate(function, reader.read(node.this), at=at)

    return rule


def _count(reader: _Reader, node: Any) -> Node:
    reader.only(node, "this", "big_int")
    at, inner = reader.last, node.this
    match type(inner).__name__:
        case "Star":
            reader.only(inner)
            return Aggregate("COUNT", None, at=at)
        case "Distinct":
            reader.only(inner, "expressions")
            if len(inner.expressions) != 1:
                fail(reader.source, at, text("COUNT(DISTINCT ...) takes one column"))
            return Aggregate("COUNT", reader.read(inner.expressions[0]), distinct=True, at=at)
        case "NoneType":
            fail(reader.source, at, text("COUNT needs a column or *"), text("write COUNT(*) to count rows"))
        case _:
            return Aggregate("COUNT", reader.read(inner), at=at)


def _quantile(reader: _Reader, node: Any) -> Node:
    reader.only(node, "this", "quantile")
    at = reader.last
    share = reader.read(node.args["quantile"]) if node.args.get("quantile") is not None else None
    if not isinstance(share, Number) or not 0 <= share.value <= 1:
        fail(reader.source, at, text("QUANTILE takes a column and a share"), text("for example QUANTILE(amount, 0.9)"))
    return Aggregate("QUANTILE", reader.read(node.this), quantile=share.value, at=at)


def _filter(reader: _Reader, node: Any) -> Node:
    reader.only(node, "this", "expression")
    inner = reader.read(node.this)
    if not isinstance(inner, Aggregate) or inner.condition is not None:
        fail(reader.source, reader.last, text("FILTER belongs right behind an aggregate"))
    reader.only(node.expression, "this")
    wanted = reader.read(node.expression.this)
    return Aggregate(inner.function, inner.argument, inner.distinct, wanted, inner.quantile, inner.at)


def _column(reader: _Reader, node: Any) -> Node:
    if node.args.get("table") is not None or type(node.this).__name__ != "Identifier":
        fail(
            reader.source,
            reader.last,
            text("a dotted name is not part of the formula language"),
            text("name the metric or the column alone"),
        )
    return Name(node.name, reader.last)


def _literal(reader: _Reader, node: Any) -> Node:
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


def _like(reader: _Reader, node: Any) -> Node:
    reader.only(node, "this", "expression", "negate")
    read = reader.call("LIKE", node.this, node.expression)
    if not isinstance(read.arguments[1], String):
        fail(reader.source, read.at, text("LIKE takes a pattern in quotes"), text("for example name LIKE 'A%'"))
    return Call("NOT", (read,), read.at) if node.args.get("negate") else read


def _in(reader: _Reader, node: Any) -> Node:
    reader.only(node, "this", "expressions", "negate")
    read = reader.call("IN", node.this, *node.expressions)
    values = read.arguments[1:]
    if not values or not all(isinstance(value, Number | String | Truth | Day) for value in values):
        fail(reader.source, read.at, text("IN takes a list of values"), text("for example channel IN ('Email', 'SEO')"))
    return Call("NOT", (read,), read.at) if node.args.get("negate") else read


def _between(reader: _Reader, node: Any) -> Node:
    reader.only(node, "this", "low", "high", "negate")
    at = reader.last
    value, low, high = (reader.read(node.args[name]) for name in ("this", "low", "high"))
    inside = Call("AND", (Call(">=", (value, low), at), Call("<=", (value, high), at)), at)
    return Call("NOT", (inside,), at) if node.args.get("negate") else inside


def _is(reader: _Reader, node: Any) -> Node:
    reader.only(node, "this", "expression", "negate")
    read = reader.call("IS", node.this, node.expression)
    value, other = read.arguments
    at = read.at
    result: Node
    if isinstance(other, Null):
        result = Call("IS NULL", (value,), at)
    elif isinstance(other, Truth):
        # IS TRUE is false, not unknown, where the value is missing
        result = Call("AND", (Call("NOT", (Call("IS NULL", (value,), at),), at), Call("=", (value, other), at)), at)
    else:
        fail(reader.source, at, text("IS takes NULL, TRUE or FALSE"))
    return Call("NOT", (result,), at) if node.args.get("negate") else result


def _case(reader: _Reader, node: Any) -> Node:
    reader.only(node, "this", "ifs", "default")
    at = reader.last
    subject = reader.read(node.this) if node.this is not None else None
    branches: list[tuple[Node, Node]] = []
    for branch in node.args["ifs"]:
        reader.only(branch, "this", "true")
        tested = reader.read(branch.this)
        wanted = tested if subject is None else Call("=", (subject, tested), at)
        branches.append((wanted, reader.read(branch.args["true"])))
    default = node.args.get("default")
    return Case(tuple(branches), reader.read(default) if default is not None else Null(), at)


def _cast(reader: _Reader, node: Any) -> Node:
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


def _day(reader: _Reader, value: String) -> date:
    try:
        return date.fromisoformat(value.value)
    except ValueError:
        fail(
            reader.source,
            value.at,
            text("'{token}' is not a date", token=value.value),
            text("write it as 2026-12-31"),
        )


def _round(reader: _Reader, node: Any) -> Node:
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
