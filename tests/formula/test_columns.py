"""Expressions over columns: SQL's meaning of missing values, exact money, undefined instead of infinite.

The oracle evaluates the same tree row by row in plain Python with exact decimals and None for what is missing.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal, localcontext
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_tui.errors import FormulaError
from kpi_tui.formula import parse
from kpi_tui.formula.columns import Compiler, compile_condition
from kpi_tui.formula.tree import Call, Case, Name, Node, Null, Number, String

D = Decimal
SCHEMA: Mapping[str, pl.DataType] = {
    "n": pl.Int32(),
    "price": pl.Decimal(20, 2),
    "f": pl.Float64(),
    "t": pl.String(),
    "ok": pl.Boolean(),
    "day": pl.Date(),
    "moment": pl.Datetime("us"),
}
ROW: Mapping[str, Any] = {
    "n": 7,
    "price": D("2.50"),
    "f": 0.5,
    "t": "Email",
    "ok": True,
    "day": date(2026, 3, 15),
    "moment": datetime(2026, 3, 15, 12, 30),
}
MISSING: Mapping[str, Any] = dict.fromkeys(SCHEMA)


def value(source: str, row: Mapping[str, Any] = ROW, *, exact_products: bool = True) -> Any:
    """What the expression yields for one row."""
    return over(parse.formula(source), [row], exact_products=exact_products)[0]


def over(tree: Node, rows: list[Mapping[str, Any]], *, exact_products: bool = True) -> list[Any]:
    frame = pl.DataFrame(rows, schema=dict(SCHEMA))
    compiled = Compiler(frame.schema, exact_products=exact_products).compile(tree)
    return frame.with_columns(compiled.expression.alias("result"))["result"].to_list()


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        # money is exact, whatever the number of digits
        ("price + 0.001", D("2.501")),
        ("price * price", D("6.2500")),
        ("0.01 * 0.05", D("0.0005")),
        ("price * n", D("17.50")),
        ("0.1 + 0.2", D("0.3")),
        ("-price", D("-2.50")),
        ("ABS(-price)", D("2.50")),
        ("n * n", 49),
        ("n - 10", -3),
        ("COALESCE(n, price)", D("7.00")),
        # a division is a float and never of integers
        ("10.00 / 3.00", 10 / 3),
        ("10.00 / 3264", 10 / 3264),
        ("1 / 2", 0.5),
        ("n / 0", None),
        ("0 / 0", None),
        ("n / NULLIF(0, 0)", None),
        ("1 / (f - 0.5)", None),
        # functions: undefined where the result is no finite number
        ("LN(EXP(1))", 1.0),
        ("LN(0)", None),
        ("LN(-1)", None),
        ("SQRT(-1)", None),
        ("SQRT(6.25)", 2.5),
        ("EXP(1000)", None),
        ("EXP(700) * EXP(700)", None),
        ("ROUND(2.5)", 3.0),
        ("ROUND(-2.5)", -3.0),
        ("ROUND(price / 3, 2)", 0.83),
        ("FLOOR(-0.5)", -1.0),
        ("CEIL(-0.5)", 0.0),
        ("GREATEST(n, price)", D("7.00")),
        ("LEAST(n, f)", 0.5),
        # choice
        ("CASE WHEN n > 5 THEN 'big' ELSE 'small' END", "big"),
        ("CASE n WHEN 1 THEN 10 WHEN 7 THEN 70 END", 70),
        ("CASE WHEN n > 9 THEN 1 END", None),
        ("CASE WHEN n = 7 THEN 1 ELSE 0.5 END", D("1.0")),
        # casts
        ("CAST(2.5 AS INTEGER)", 3),
        ("CAST(t AS INTEGER)", None),
        ("CAST('12' AS INTEGER)", 12),
        ("CAST(n AS TEXT)", "7"),
        ("CAST(price AS DOUBLE)", 2.5),
        ("CAST('2026-02-30' = t AS TEXT)", "false"),
        # text
        ("t = 'Email'", True),
        ("t = 'email'", False),
        ("t LIKE 'Em%'", True),
        ("t LIKE 'E_ail'", True),
        ("t LIKE 'mail'", False),
        ("t LIKE 'EMAIL'", False),
        ("t NOT LIKE 'E%'", False),
        ("'a.c' LIKE 'abc'", False),
        ("'100% (x) #1' LIKE '100_ (x) #1'", True),
        ("'line\nbreak' LIKE 'line%'", True),
        ("t IN ('SEO', 'Email')", True),
        ("n IN (-7, 1)", False),
        # dates, quoted or not
        ("day >= '2026-03-15'", True),
        ("day < DATE '2026-03-15'", False),
        ("'2026-03-01' <= day", True),
        ("day BETWEEN '2026-03-01' AND '2026-03-31'", True),
        ("day IN ('2026-03-15', '2026-04-01')", True),
        ("CASE day WHEN '2026-03-15' THEN 1 ELSE 0 END", 1),
        ("moment >= '2026-03-15'", True),
        ("moment > day", True),
        ("ok IS TRUE", True),
        ("ok = FALSE", False),
    ],
)
def test_a_value(source: str, expected: Any) -> None:
    found = value(source)
    if isinstance(expected, float):
        assert isinstance(found, float)
        assert found == pytest.approx(expected, rel=1e-14)
    else:
        assert (found, type(found)) == (expected, type(expected))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        *((source, None) for source in ["n + 1", "n * price", "n / 2", "-n", "ABS(n)", "LN(f)", "ROUND(f)", "n = n"]),
        *((source, None) for source in ["GREATEST(n, 1)", "LEAST(1, n)", "n <> 1", "t LIKE '%'", "t IN ('x')"]),
        *((source, None) for source in ["NOT ok", "ok AND TRUE", "ok OR FALSE", "n NOT IN (1)", "n BETWEEN 1 AND 2"]),
        ("ok AND FALSE", False),
        ("ok OR TRUE", True),
        ("n BETWEEN 1 AND 0 AND FALSE", False),
        ("n IS NULL", True),
        ("n IS NOT NULL", False),
        ("ok IS TRUE", False),
        ("ok IS NOT TRUE", True),
        ("COALESCE(n, 3)", 3),
        ("COALESCE(n, price)", None),
        ("NULLIF(n, 1)", None),
        ("NULLIF(1, n)", 1),
        ("CASE WHEN ok THEN 1 ELSE 2 END", 2),
        ("CASE n WHEN NULL THEN 1 ELSE 2 END", 2),
        ("CASE WHEN NULL THEN 1 ELSE 2 END", 2),
        ("NULL + 1", None),
        ("NULL = NULL", None),
        ("CAST(n AS TEXT)", None),
    ],
)
def test_a_missing_cell_makes_everything_undefined_but_what_asks_for_it(source: str, expected: Any) -> None:
    assert value(source, MISSING) == expected


@pytest.mark.parametrize(
    ("source", "column", "what"),
    [
        ("n + pirce", 5, "unknown column 'pirce'"),
        ("SQRT(t)", 6, "a number is needed here"),
        ("n + t", 5, "a number is needed here"),
        ("n AND ok", 1, "a condition is needed here"),
        ("NOT t", 5, "a condition is needed here"),
        ("n = t", 1, "these two cannot be compared"),
        ("day > 5", 1, "these two cannot be compared"),
        ("day > 'tomorrow'", 7, "this is not a date"),
        ("n LIKE '1%'", 1, "LIKE works on text"),
        ("COALESCE(n, t)", 1, "these are of different types"),
        ("CASE WHEN ok THEN 1 ELSE 'x' END", 11, "these are of different types"),
        ("GREATEST(t, 'a')", 10, "a number is needed here"),
        ("CASE WHEN n THEN 1 END", 11, "this is not a condition"),
    ],
)
def test_types_that_do_not_go_together_are_refused_at_their_place(source: str, column: int, what: str) -> None:
    with pytest.raises(FormulaError) as caught:
        Compiler(SCHEMA, source).compile(parse.formula(source))
    assert (str(caught.value.what), caught.value.line, caught.value.column) == (what, 1, column)


def test_an_unknown_column_is_answered_with_the_closest_or_with_all() -> None:
    with pytest.raises(FormulaError, match=r"did you mean 'price'\?"):
        value("pirce + 1")
    with pytest.raises(FormulaError, match="columns are n, price, f"):
        value("zzz + 1")


def test_a_row_condition_must_be_one() -> None:
    frame = pl.DataFrame([ROW, MISSING], schema=dict(SCHEMA))
    assert frame.filter(compile_condition(parse.condition("n > 1"), frame.schema)).height == 1
    assert frame.filter(compile_condition(parse.condition("NOT (n > 1)"), frame.schema)).height == 0
    assert frame.filter(compile_condition(parse.condition("NULL"), frame.schema)).height == 0
    with pytest.raises(FormulaError, match="this is not a condition: compare it with something"):
        compile_condition(parse.condition("n"), frame.schema)


def test_over_aggregates_only_integers_keep_money_exact() -> None:
    assert value("price * n", exact_products=False) == D("17.50")
    assert value("price * price", exact_products=False) == 6.25
    assert isinstance(value("price * price", exact_products=False), float)


@pytest.mark.parametrize(
    "source",
    [
        "0 < NULLIF(n, n)",
        "NULLIF(n, n) > 0",
        "0 = GREATEST(n, f) / 0",
        "1 = CASE WHEN n > 9 THEN n END",
        "0 / CASE WHEN GREATEST(0, 0) IN (0) THEN 0 ELSE 0 END",
        "LEAST(2, NULL) + n",
    ],
)
def test_what_is_undefined_in_every_row_is_so_row_by_row(source: str) -> None:
    assert over(parse.formula(source), [ROW, ROW, ROW]) == [None, None, None]


def test_counters_do_not_wrap_at_32_bits() -> None:
    big: Mapping[str, Any] = {**ROW, "n": 2**31 - 1}
    assert value("n + n", big) == 2**32 - 2
    assert value("n * 10", big) == (2**31 - 1) * 10


# -- the oracle -------------------------------------------------------------------------------------------------------


def said(node: Node, row: Mapping[str, Any]) -> Any:
    """The value of a tree over exact numbers; None is missing and, in conditions, unknown."""
    match node:
        case Number(number):
            return number
        case Null():
            return None
        case String(string):
            return string
        case Name(name):
            return row[name]
        case Case(branches, otherwise):
            chosen = next((then for wanted, then in branches if said(wanted, row) is True), otherwise)
            return said(chosen, row)
        case Call("LIKE", (subject, String(pattern))):
            return None if said(subject, row) is None else like(said(subject, row), pattern)
        case Call(function, arguments):
            return called(function, [said(argument, row) for argument in arguments])
        case _:
            raise AssertionError(node)


def like(string: str, pattern: str) -> bool:
    parts = {"%": "[^\x00]*", "_": "[^\x00]"}
    return re.fullmatch("".join(parts.get(mark, re.escape(mark)) for mark in pattern), string) is not None


def called(function: str, values: list[Any]) -> Any:
    match function, values:
        case "IS NULL", [x]:
            return x is None
        case "COALESCE", _:
            return next((x for x in values if x is not None), None)
        case "NULLIF", [x, y]:
            return None if x is not None and x == y else x
        case "AND", [x, y]:
            return False if False in (x, y) else None if None in (x, y) else True
        case "OR", [x, y]:
            return True if True in (x, y) else None if None in (x, y) else False
        case "IN", [x, *rest]:
            return None if x is None else x in rest
    if None in values:
        return None
    x, *rest = values
    y = rest[0] if rest else None
    match function:
        case "+" | "-" | "*":
            return {"+": x + y, "-": x - y, "*": x * y}[function]
        case "=" | "<>" | "<" | "<=" | ">" | ">=":
            return {"=": x == y, "<>": x != y, "<": x < y, "<=": x <= y, ">": x > y, ">=": x >= y}[function]
        case "NOT":
            return not x
        case "NEGATE":
            return -x
        case "ABS":
            return abs(x)
        case "GREATEST":
            return max(values)
        case "LEAST":
            return min(values)
    raise AssertionError(function)


literals = st.builds(Number, st.integers(0, 9).map(D) | st.integers(1, 999).map(lambda n: D(n).scaleb(-2)))
strings = st.sampled_from(["", "a", "ab", "a.b", "A", "%", "жук"])
texts = st.just(Name("t")) | st.builds(String, strings)


@st.composite
def numbers(draw: st.DrawFn, depth: int = 2) -> Node:
    if depth == 0 or draw(st.booleans()):
        leaf: Node = draw(st.sampled_from([Name("n"), Name("price")]) | literals)
        return leaf
    below = numbers(depth - 1)
    match draw(st.sampled_from(["infix", "one", "several", "NULLIF", "CASE"])):
        case "infix":
            return Call(draw(st.sampled_from("+-*")), (draw(below), draw(below)))
        case "one":
            return Call(draw(st.sampled_from(["NEGATE", "ABS"])), (draw(below),))
        case "several":
            function = draw(st.sampled_from(["COALESCE", "GREATEST", "LEAST"]))
            return Call(function, tuple(draw(st.lists(below, min_size=1, max_size=3))))
        case "NULLIF":
            return Call("NULLIF", (draw(below), draw(below)))
        case _:
            otherwise = draw(below | st.just(Null()))
            return Case(((draw(conditions(depth - 1)), draw(below)),), otherwise)


@st.composite
def conditions(draw: st.DrawFn, depth: int = 2) -> Node:
    below, sign = numbers(1), draw(st.sampled_from(["=", "<>", "<", "<=", ">", ">="]))
    match draw(st.sampled_from(["compare", "text", "NULL", "IN", "LIKE"] + ["AND", "OR", "NOT"] * (depth > 0) * 2)):
        case "compare":
            return Call(sign, (draw(below), draw(below)))
        case "text":
            return Call(draw(st.sampled_from(["=", "<>"])), (draw(texts), draw(texts)))
        case "NULL":
            return Call("IS NULL", (draw(texts | below),))
        case "IN":
            return Call("IN", (draw(below), *draw(st.lists(literals, min_size=1, max_size=3))))
        case "LIKE":
            pattern = st.sampled_from(["%", "_", "a%", "%b", "a_b", "a.b", "ж%", ""])
            return Call("LIKE", (draw(texts), String(draw(pattern))))
        case "NOT":
            return Call("NOT", (draw(conditions(depth - 1)),))
        case word:
            return Call(word, (draw(conditions(depth - 1)), draw(conditions(depth - 1))))


cells = st.fixed_dictionaries(
    {
        "n": st.none() | st.integers(-9, 9),
        "price": st.none() | st.integers(-999, 999).map(lambda n: D(n).scaleb(-2)),
        "t": st.none() | strings,
    }
).map(lambda drawn: {**MISSING, **drawn})
tables = st.lists(cells, min_size=1, max_size=5)


@settings(deadline=None, max_examples=200)
@given(numbers(), tables)
def test_numbers_are_those_of_the_oracle_to_the_last_digit(tree: Node, rows: list[Mapping[str, Any]]) -> None:
    with localcontext(prec=60):
        assert over(tree, rows) == [said(tree, row) for row in rows]


@settings(deadline=None, max_examples=200)
@given(conditions(), tables)
def test_conditions_are_those_of_the_oracle(tree: Node, rows: list[Mapping[str, Any]]) -> None:
    assert over(tree, rows) == [said(tree, row) for row in rows]


@settings(deadline=None)
@given(numbers(1), numbers(1), tables)
def test_a_quotient_is_the_float_of_the_exact_one_and_never_infinite(
    above: Node, below: Node, rows: list[Mapping[str, Any]]
) -> None:
    for found, row in zip(over(Call("/", (above, below)), rows), rows, strict=True):
        x, y = said(above, row), said(below, row)
        if x is None or not y:
            assert found is None
        else:
            assert math.isclose(found, x / y, rel_tol=1e-14)
