"""A tree's text is its identity: it can be read again, and trees that differ have different texts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_tui.formula import parse
from kpi_tui.formula.tree import (
    Aggregate,
    Call,
    Case,
    Day,
    Name,
    Node,
    Null,
    Number,
    String,
    Truth,
    aggregates,
    children,
    render,
    walk,
)

_WORDS = ["null", "TRUE", "case", "End", "in", "like", "not", "select", "distinct", "date", "sum", "filter", "is"]
_NAMES = ["a", "b", "cost", "Cost", "выручка", 'a "b"', "a b", "1st"]
names = st.builds(Name, st.sampled_from(_NAMES + _WORDS) | st.text("ab '\"()-", min_size=1, max_size=5))
digits = st.integers(-(10**9), 10**9).flatmap(lambda n: st.sampled_from([Decimal(n), Decimal(n).scaleb(-3)]))
texts = st.builds(String, st.text("ab'%_-/*\n\\\"ж", max_size=6))
literals = st.one_of(
    st.builds(Number, digits), texts, st.builds(Truth, st.booleans()), st.builds(Day, st.dates()), st.just(Null())
)
constants = st.one_of(st.builds(Number, digits), texts, st.builds(Truth, st.booleans()), st.builds(Day, st.dates()))


def _is_no_number(call: Call) -> bool:
    """The minus of a number belongs to the number."""
    return not (call.function == "NEGATE" and isinstance(call.arguments[0], Number))


def calls(nodes: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Everything but aggregates that the parser can give."""
    infix = st.sampled_from(["+", "-", "*", "/", "=", "<>", "<", "<=", ">", ">=", "AND", "OR"])
    unary = st.sampled_from(["NEGATE", "NOT", "IS NULL", "ABS", "LN", "EXP", "SQRT", "FLOOR", "CEIL"])
    casts = st.sampled_from(["CAST INTEGER", "CAST DOUBLE", "CAST TEXT"])
    several = st.sampled_from(["COALESCE", "GREATEST", "LEAST"])
    rounded = st.integers(0, 12).map(lambda n: Number(Decimal(n)))
    return st.one_of(
        st.builds(lambda sign, a, b: Call(sign, (a, b)), infix, nodes, nodes),
        st.builds(lambda function, a: Call(function, (a,)), unary | casts, nodes).filter(_is_no_number),
        st.builds(lambda function, a: Call(function, tuple(a)), several, st.lists(nodes, min_size=1, max_size=3)),
        st.builds(lambda a, b: Call("NULLIF", (a, b)), nodes, nodes),
        st.builds(lambda a, b: Call("ROUND", (a, b)), nodes, rounded),
        st.builds(lambda a, b: Call("LIKE", (a, b)), nodes, texts),
        st.builds(lambda a, b: Call("IN", (a, *b)), nodes, st.lists(constants, min_size=1, max_size=3)),
        st.builds(Case, st.lists(st.tuples(nodes, nodes), min_size=1, max_size=2).map(tuple), nodes),
    )


rows = st.recursive(names | literals, calls, max_leaves=8)


def counted(argument: Node, condition: Node | None) -> Aggregate:
    return Aggregate("COUNT", argument, True, condition)


groups = st.one_of(
    st.builds(
        lambda function, a, wanted: Aggregate(function, a, condition=wanted),
        st.sampled_from(["SUM", "AVG", "MIN", "MAX", "MEDIAN", "STDDEV", "COUNT"]),
        rows,
        st.none() | rows,
    ),
    st.builds(lambda wanted: Aggregate("COUNT", None, condition=wanted), st.none() | rows),
    st.builds(counted, rows, st.none() | rows),
    st.builds(
        lambda a, share: Aggregate("QUANTILE", a, quantile=share), rows, st.decimals(0, 1, places=4, allow_nan=False)
    ),
)
trees = st.recursive(names | literals | groups, calls, max_leaves=8)


def bare(node: Node) -> object:
    """The node without the places of its parts in a text."""
    return _without_places(msgspec.to_builtins(node, builtin_types=(Decimal, date)))


def _without_places(raw: object) -> object:
    if isinstance(raw, dict):
        return {key: _without_places(value) for key, value in raw.items() if key != "at"}
    return [_without_places(item) for item in raw] if isinstance(raw, list | tuple) else raw


@settings(deadline=None, max_examples=300)
@given(trees)
def test_a_tree_rendered_and_read_again_is_the_same(tree: Node) -> None:
    again = parse.formula(render(tree))
    assert bare(again) == bare(tree)
    assert render(again) == render(tree)


@settings(deadline=None)
@given(trees, trees)
def test_trees_that_differ_have_different_texts(one: Node, other: Node) -> None:
    assert (render(one) == render(other)) == (bare(one) == bare(other))


@pytest.mark.parametrize(
    ("column", "literal"), [("NULL", Null()), ("TRUE", Truth(True)), ("false", Truth(False))], ids=str
)
def test_a_column_called_like_a_literal_is_not_the_literal(column: str, literal: Node) -> None:
    assert render(Aggregate("COUNT", Name(column))) != render(Aggregate("COUNT", literal))


def test_places_are_no_part_of_the_identity() -> None:
    assert render(parse.formula("  SUM( cost )")) == render(parse.formula("sum(cost)"))
    assert parse.formula("  SUM( cost )") != parse.formula("sum(cost)"), "but the tree keeps them"


def test_walking_goes_through_every_part() -> None:
    tree = parse.formula("CASE WHEN a > 1 THEN SUM(b) FILTER (WHERE c) ELSE QUANTILE(d, 0.5) END")
    assert [node.name for node in walk(tree) if isinstance(node, Name)] == ["a", "b", "c", "d"]
    assert [node.function for node in aggregates(tree)] == ["SUM", "QUANTILE"]
    assert children(Number(Decimal(1))) == ()
