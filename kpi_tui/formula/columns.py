"""A formula's tree -> a typed Polars expression, with SQL's meaning of NULL and our meaning of numbers.

The invariant: `+`, `-` and `*` of integers and decimals are exact (Polars alone would keep the scale of one side and
round); a division or a mathematical function yields Float64, undefined (null) where its result would not be a finite
number. An undefined operand makes the result undefined, COALESCE, CASE and IS NULL excepted.

An operand that stands twice in an expression is computed twice, so chains of such expressions would double with every
link: expressions are weighed, heavy ones are put down once by a slower expression, and what gets too heavy is refused.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, NoReturn

import polars as pl
from msgspec import Struct, structs

from kpi_tui.errors import FormulaError, Text, did_you_mean, text
from kpi_tui.formula.placing import place
from kpi_tui.formula.tree import Aggregate, Call, Case, Day, Name, Node, Null, Number, String, Truth, walk

Kind = Literal["integer", "decimal", "float", "text", "boolean", "date", "datetime", "null"]

MOST_DIGITS = 38
HEAVY = 64  # parts of an expression beyond which it is not put down twice
TOO_HEAVY = 20_000
SMALL_FACTOR = 1_000_000  # a sum or a cell times that fits 64 bits as long as it is below 9 000 000 000 000
WIDEST_SCALE = 16  # of an exact product; beyond it a product is Float64

_NOT_FINITE = (math.inf, -math.inf, math.nan)
_RANK: dict[Kind, int] = {"null": 0, "integer": 1, "decimal": 2, "float": 3}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_COMPARISONS = frozenset(("=", "<>", "<", "<=", ">", ">="))


class Typed(Struct, frozen=True):
    """A Polars expression and what it yields; `scale` is the number of decimal digits of a decimal, `weight` about how
    many parts are computed for it.
    """

    expression: pl.Expr
    kind: Kind
    scale: int = 0
    weight: int = 1
    most: int = 2**63  # an integer's largest size, where it is known

    @property
    def is_number(self) -> bool:
        return self.kind in _RANK


class Compiler(Struct, frozen=True):
    """Compiles the nodes of one text over the columns of `schema`. `source` is the text, for places in errors.

    `exact_products`: whether decimal * decimal stays a decimal. Inside an aggregate it does (a price times a quantity
    is money); in the arithmetic over aggregates only integer factors keep money exact.
    """

    schema: Mapping[str, pl.DataType]
    source: str = ""
    exact_products: bool = True

    def condition(self, node: Node) -> pl.Expr:
        """A boolean expression; raises `FormulaError` where `node` is not a condition."""
        return self._condition(node).expression

    def _condition(self, node: Node) -> Typed:
        result = self.compile(node)
        if result.kind not in ("boolean", "null"):
            self.fail(node, text("this is not a condition"), text("compare it with something"))
        return Typed(result.expression.cast(pl.Boolean), "boolean", weight=result.weight)

    def compile(self, node: Node) -> Typed:
        """The typed expression of `node`; raises `FormulaError` for unknown names and types that do not go together."""
        result = self._compiled(node)
        if result.weight > TOO_HEAVY:
            self.fail(node, text("this is too much for one formula"), text("split it into several metrics"))
        return result

    def _compiled(self, node: Node) -> Typed:
        match node:
            case Number(value):
                return number(value)
            case String(value):
                return Typed(pl.lit(value, dtype=pl.String()), "text")
            case Truth(value):
                return Typed(pl.lit(value), "boolean")
            case Day(value):
                return Typed(pl.lit(value), "date")
            case Null():
                return Typed(pl.lit(None), "null")
            case Name():
                return self._name(node)
            case Case():
                return self._case(node)
            case Aggregate():
                raise AssertionError("an aggregate is computed by an engine, not by a row expression")
            case Call():
                return self._call(node)

    def fail(self, node: Node, what: Text, cure: Text | None = None) -> NoReturn:
        """Raise `FormulaError` at `node`."""
        line, column = place(self.source, getattr(node, "at", 0))
        raise FormulaError(what, cure, line=line, column=column)

    def _name(self, node: Name) -> Typed:
        dtype = self.schema.get(node.name)
        if dtype is None:
            line, column = place(self.source, node.at)
            known = [name for name in self.schema if not name.startswith("__")]
            quoted = self.source[node.at : node.at + 1] == '"'
            value = text("a value stands in single quotes: '{name}'", name=node.name) if quoted else None
            raise FormulaError(
                text("unknown column '{name}'", name=node.name),
                did_you_mean(node.name, known) or value or text("columns are {names}", names=", ".join(known)),
                line=line,
                column=column,
            )
        return typed_column(node.name, dtype)

    def _call(self, node: Call) -> Typed:
        function = node.function
        if function == "LIKE":
            return self._like(node)
        if function == "IN":
            return self._in(node)
        arguments = [self.compile(argument) for argument in node.arguments]
        weight = 1 + sum(part.weight for part in arguments)
        result = self._of_arguments(node, arguments)
        # a result that is heavier than its arguments has said so
        return result if result.weight >= weight else structs.replace(result, weight=weight)

    def _of_arguments(self, node: Call, arguments: list[Typed]) -> Typed:
        function = node.function
        if function in _COMPARISONS:
            return self._compare(node, arguments)
        if function in ("AND", "OR", "NOT"):
            return self._logic(node, arguments)
        if function == "IS NULL":
            return Typed(arguments[0].expression.is_null(), "boolean")
        if function == "COALESCE":
            unified = self._unify(node, arguments)
            return Typed(pl.coalesce([part.expression for part in unified]), unified[0].kind, unified[0].scale)
        if function == "NULLIF":
            return self._nullif(node, arguments)
        if function.startswith("CAST "):
            return self._cast(node, arguments[0])
        for argument, part in zip(node.arguments, arguments, strict=True):
            if not part.is_number:
                self.fail(argument, text("a number is needed here"))
        return self._arithmetic(node, arguments)

    def _arithmetic(self, node: Call, arguments: list[Typed]) -> Typed:
        function, first = node.function, arguments[0]
        match function:
            case "+" | "-":
                left, right = self._unify(node, arguments)
                joined = left.expression + right.expression if function == "+" else left.expression - right.expression
                return Typed(joined, left.kind, left.scale)
            case "*":
                return self._product(*arguments)
            case "/":
                return divide(*arguments)
            case "NEGATE":
                return Typed(-first.expression, first.kind, first.scale)
            case "ABS":
                return Typed(first.expression.abs(), first.kind, first.scale)
            case "GREATEST" | "LEAST":
                unified = self._unify(node, arguments)
                parts = [part.expression for part in unified]
                extreme = pl.max_horizontal(parts) if function == "GREATEST" else pl.min_horizontal(parts)
                any_missing = pl.any_horizontal([part.is_null() for part in parts])
                result: pl.Expr = pl.when(~any_missing).then(extreme)
                if _is_constant(node):
                    # Polars 2.1 takes a horizontal function of literals for a column, of one row in any frame.
                    constant = pl.select(result).to_series()
                    result = pl.lit(constant.item()).cast(constant.dtype)
                weight = 2 * sum(part.weight for part in unified)
                return Typed(result, unified[0].kind, unified[0].scale, weight)
            case "ROUND":
                digits = node.arguments[1]
                assert isinstance(digits, Number)  # the parser saw to it
                return finite(as_float(first).round(int(digits.value), mode="half_away_from_zero"), first.weight)
            case _:
                value = as_float(first)
                functions = {
                    "LN": value.log(math.e),
                    "EXP": value.exp(),
                    "SQRT": value.sqrt(),
                    "FLOOR": value.floor(),
                    "CEIL": value.ceil(),
                }
                return finite(functions[function], first.weight)

    def _product(self, left: Typed, right: Typed) -> Typed:
        if "float" in (left.kind, right.kind):
            return finite(as_float(left) * as_float(right), left.weight + right.weight)
        if "decimal" not in (left.kind, right.kind):
            return self._whole_product(left, right)
        scale = left.scale + right.scale
        both_decimal = left.kind == right.kind == "decimal"
        if scale > WIDEST_SCALE or (both_decimal and not self.exact_products):
            return finite(as_float(left) * as_float(right), left.weight + right.weight)
        dtype = pl.Decimal(MOST_DIGITS, scale)
        # Polars keeps one side's scale in a product: both are widened to the product's first, so no digit is lost
        return Typed(left.expression.cast(dtype) * right.expression.cast(dtype), "decimal", scale)

    def _whole_product(self, left: Typed, right: Typed) -> Typed:
        """Of integers; undefined where it does not fit 64 bits, in which Polars would begin again from below."""
        product = left.expression * right.expression
        if left.weight == right.weight == 1 and min(left.most, right.most) <= SMALL_FACTOR:
            return Typed(product, "integer", weight=3)
        if left.weight + right.weight > HEAVY:
            dtype = pl.Decimal(MOST_DIGITS, 0)
            exact = left.expression.cast(dtype) * right.expression.cast(dtype)
            return Typed(exact, "decimal", weight=left.weight + right.weight + 1)
        fits = (as_float(left) * as_float(right)).abs() < 2.0**63
        return Typed(pl.when(fits).then(product), "integer", weight=2 * (left.weight + right.weight) + 1)

    def _compare(self, node: Call, arguments: list[Typed]) -> Typed:
        left, right = self._comparable(node, *arguments)
        a, b, sign = left.expression, right.expression, node.function
        if _is_constant(node.arguments[0]):
            # Polars 2.1 gives one row where a literal is compared with a when/then that is null in every row, but not
            # the other way round.
            a, b, sign = b, a, _MIRRORED.get(sign, sign)
        result = {"=": a == b, "<>": a != b, "<": a < b, "<=": a <= b, ">": a > b, ">=": a >= b}[sign]
        return Typed(result, "boolean")

    def _comparable(self, node: Node, left: Typed, right: Typed) -> tuple[Typed, Typed]:
        left, right = self._as_date(left, right, node, 0), self._as_date(right, left, node, 1)
        unified = self._unify(node, [left, right], text("these two cannot be compared"))
        return unified[0], unified[1]

    def _as_date(self, value: Typed, other: Typed, node: Node, index: int) -> Typed:
        """A quoted text beside a date is a date: `date >= '2026-01-01'`."""
        literal = node.arguments[index] if isinstance(node, Call) else None
        if not isinstance(literal, String) or other.kind not in ("date", "datetime"):
            return value
        try:
            return Typed(pl.lit(date.fromisoformat(literal.value)), "date")
        except ValueError:
            self.fail(literal, text("this is not a date"), text("write it as 2026-12-31"))

    def _unify(self, node: Node, parts: Sequence[Typed], what: Text | None = None) -> list[Typed]:
        """The same values, all of one type that holds each of them exactly (or as Float64 where one is a float)."""
        known = [part for part in parts if part.kind != "null"]
        if not known:
            return list(parts)
        if all(part.is_number for part in known):
            widest = max(known, key=lambda part: _RANK[part.kind]).kind
            scale = max(part.scale for part in known)
            if widest == "float":
                return [Typed(as_float(part), "float", weight=part.weight) for part in parts]
            if widest == "decimal":
                dtype = pl.Decimal(MOST_DIGITS, scale)
                return [Typed(part.expression.cast(dtype), "decimal", scale, part.weight) for part in parts]
            return [Typed(part.expression.cast(pl.Int64), "integer", weight=part.weight) for part in parts]
        kinds = {part.kind for part in known}
        if kinds == {"date", "datetime"}:
            return [Typed(part.expression.cast(pl.Datetime("us")), "datetime", weight=part.weight) for part in parts]
        if len(kinds) > 1:
            cure = text("see the columns' types in [source.columns]")
            self.fail(node, what or text("these are of different types"), cure)
        return [Typed(part.expression, known[0].kind, weight=part.weight) for part in parts]

    def _logic(self, node: Call, arguments: list[Typed]) -> Typed:
        for argument, part in zip(node.arguments, arguments, strict=True):
            if part.kind not in ("boolean", "null"):
                self.fail(argument, text("a condition is needed here"), text("compare it with something"))
        parts = [part.expression.cast(pl.Boolean) for part in arguments]
        match node.function:
            case "AND":
                return Typed(parts[0] & parts[1], "boolean")
            case "OR":
                return Typed(parts[0] | parts[1], "boolean")
            case _:
                return Typed(~parts[0], "boolean")

    def _nullif(self, node: Call, arguments: list[Typed]) -> Typed:
        left, right = self._comparable(node, *arguments)
        a, b = left.expression, right.expression
        same = (b == a if _is_constant(node.arguments[0]) else a == b).fill_null(False)  # as in _compare
        weight = 2 * arguments[0].weight + arguments[1].weight
        return Typed(pl.when(~same).then(arguments[0].expression), arguments[0].kind, arguments[0].scale, weight)

    def _case(self, node: Case) -> Typed:
        values = self._unify(node, [self.compile(value) for _, value in node.branches] + [self.compile(node.otherwise)])
        result, weight = values[-1].expression, sum(value.weight for value in values)
        for (wanted, _), value in zip(reversed(node.branches), reversed(values[:-1]), strict=True):
            condition = self._condition(wanted)
            weight += condition.weight
            result = pl.when(condition.expression.fill_null(False)).then(value.expression).otherwise(result)
        kinds = [value for value in values if value.kind != "null"] or values
        return Typed(result, kinds[0].kind, kinds[0].scale, weight)

    def _like(self, node: Call) -> Typed:
        value, pattern = self.compile(node.arguments[0]), node.arguments[1]
        assert isinstance(pattern, String)  # the parser saw to it
        if value.kind not in ("text", "null"):
            self.fail(node.arguments[0], text("LIKE works on text"))
        parts = {"%": ".*", "_": "."}
        expression = "".join(parts.get(character) or re.escape(character) for character in pattern.value)
        return Typed(
            value.expression.cast(pl.String).str.contains(f"(?s)^{expression}$"), "boolean", weight=value.weight + 1
        )

    def _in(self, node: Call) -> Typed:
        subject = node.arguments[0]
        result: pl.Expr | None = None
        weight = 0
        for value in node.arguments[1:]:
            equal = self.compile(Call("=", (subject, value), node.at))
            weight += equal.weight + 1
            result = equal.expression if result is None else result | equal.expression
        assert result is not None  # the parser refuses an empty list
        return Typed(result, "boolean", weight=weight)

    def _cast(self, node: Call, value: Typed) -> Typed:
        expression = value.expression
        is_day = value.kind in ("date", "datetime")
        castable = {"CAST DATE": is_day or value.kind in ("text", "null"), "CAST TEXT": True}
        if not castable.get(node.function, not is_day):
            self.fail(
                node,
                text("this cannot be turned into such a value"),
                text("see the columns' types in [source.columns]"),
            )
        match node.function:
            case "CAST DOUBLE":
                return finite(expression.cast(pl.Float64, strict=False), value.weight)
            case "CAST INTEGER":
                whole = as_float(value).round(0, mode="half_away_from_zero") if value.kind in _RANK else expression
                return Typed(whole.cast(pl.Int64, strict=False), "integer")
            case "CAST DATE":
                return Typed(expression.cast(pl.Date, strict=False), "date")
            case _:
                return Typed(expression.cast(pl.String), "text")


def compile_condition(node: Node, schema: Mapping[str, pl.DataType], source: str = "") -> pl.Expr:
    """The boolean expression of a row condition over `schema`. Raises `FormulaError`."""
    return Compiler(schema, source).condition(node)


def _is_constant(node: Node) -> bool:
    return not any(isinstance(part, Name) for part in walk(node))


def typed_column(name: str, dtype: pl.DataType) -> Typed:
    """A column with its type; integers of any width become Int64, so that their sums do not wrap at 32 bits."""
    column = pl.col(name)
    if dtype.is_integer():
        return Typed(column if dtype == pl.Int64 else column.cast(pl.Int64), "integer")
    if isinstance(dtype, pl.Decimal):
        return Typed(column, "decimal", dtype.scale)
    if dtype.is_float():
        return Typed(column if dtype == pl.Float64 else column.cast(pl.Float64), "float")
    if dtype == pl.Boolean:
        return Typed(column, "boolean")
    if dtype == pl.Date:
        return Typed(column, "date")
    if dtype == pl.Null:
        return Typed(column, "null")
    if isinstance(dtype, pl.Datetime):
        return Typed(column, "datetime")
    return Typed(column.cast(pl.String), "text")


def number(value: Decimal) -> Typed:
    """A literal: a whole one is an integer, any other an exact decimal of as many digits as it has."""
    if value == value.to_integral_value() and abs(value) < 2**63:
        return Typed(pl.lit(int(value), dtype=pl.Int64()), "integer", most=abs(int(value)))
    scale = max(0, -int(value.as_tuple().exponent))
    return Typed(pl.lit(value).cast(pl.Decimal(MOST_DIGITS, scale)), "decimal", scale)


def as_float(value: Typed) -> pl.Expr:
    """The value as Float64."""
    return value.expression if value.kind == "float" else value.expression.cast(pl.Float64)


def finite(expression: pl.Expr, weight: int = 1) -> Typed:
    """A Float64 of this weight that is undefined where it is not a finite number."""
    if weight > HEAVY:
        return Typed(expression.replace(_NOT_FINITE, [None] * len(_NOT_FINITE)), "float", weight=weight + 1)
    return Typed(pl.when(expression.is_finite()).then(expression), "float", weight=2 * weight + 1)


def divide(numerator: Typed, denominator: Typed) -> Typed:
    """numerator / denominator as Float64, undefined where the denominator is 0."""
    if numerator.kind == denominator.kind == "integer":  # Polars divides them as Float64; to say so costs a third more
        above, below = numerator.expression, denominator.expression
    else:
        above, below = as_float(numerator), as_float(denominator)
    if denominator.weight > HEAVY:
        quotient, weight = above / below.replace([0], [None]), numerator.weight + denominator.weight + 1
    else:
        quotient, weight = above / pl.when(below != 0).then(below), numerator.weight + 2 * denominator.weight + 1
    if "float" not in (numerator.kind, denominator.kind):
        # of exact numbers, which are too small to overflow: asking costs as much again
        return Typed(quotient, "float", weight=weight)
    return finite(quotient, weight)
