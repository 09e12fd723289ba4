"""What is explained of a goal or of a matrix's line is the number that it shows."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from kpi_tui.metrics.explain import explain
from kpi_tui.review.basis import Basis, basis_of_goal, basis_of_line
from kpi_tui.review.exact import exact
from kpi_tui.review.goals import judge
from kpi_tui.review.team import matrices
from kpi_tui.workspace.model import Member, Metric
from tests.review.given import RATE, REVENUE, day, evaluator, goal, line, rows_of, typed, workspace

D = Decimal
STOCK = Metric(id="stock", source="sales", formula="SUM(leads)", at="last", good="up")
LATELY = Metric(id="lately", formula="revenue", window="28 days", good="up")
TYPED = typed(("02-01", 5), ("03-05", 7))
TWICE = Metric(id="twice", formula=f"{TYPED.id} * 2", good="up")
METRICS = (REVENUE, RATE, STOCK, TYPED, LATELY, TWICE)
ROWS = [
    *rows_of(day("01-01"), day("02-28"), amount=D(5), won=1, leads=4, channel="Email"),
    *rows_of(day("01-10"), day("03-20"), amount=D(7), won=1, leads=2, channel="SEO"),
]
GOALS: dict[str, tuple[Metric, dict[str, Any]]] = {
    "flow": (REVENUE, {"start": day("01-15")}),
    "flow_scoped": (REVENUE, {"where": {"channel": "SEO"}, "due": day("02-15")}),
    "level": (RATE, {"baseline": "0.1", "target": "0.5"}),
    "level_scoped": (RATE, {"baseline": "0.1", "target": "0.5", "where": {"channel": ("Email", "SEO")}}),
    "window": (RATE, {"baseline": "0.1", "target": "0.5", "measure": "window", "start": day("02-03")}),
    "stock": (STOCK, {"baseline": 1, "target": 9}),
    "entered": (TYPED, {"baseline": 1, "target": 9}),
    "made of what is entered": (TWICE, {"baseline": 1, "target": 9}),
    "cumulative": (LATELY, {"baseline": 1, "target": 9}),
    "limit without a start": (REVENUE, {"kind": "at_most", "target": 900, "start": None}),
    "guard": (RATE, {"kind": "at_least", "target": "0.2"}),
    "ceiling": (REVENUE, {"kind": "at_most", "target": 900, "start": day("02-01")}),
}


@pytest.mark.parametrize("name", GOALS)
def test_a_goals_actual(name: str) -> None:
    metric, keys = GOALS[name]
    one = goal(metric, keys.get("target", 1000), **{key: value for key, value in keys.items() if key != "target"})
    known = evaluator(workspace(*METRICS, goals=[one]), ROWS)
    result = judge(known, one)
    assert result.actual is not None
    assert value_of(known, basis_of_goal(known, one)) == exact(result.actual)


@pytest.mark.parametrize("name", [*GOALS, "own"])
def test_a_lines_fact(name: str) -> None:
    if name == "own":
        goals, one = [], line(metric="revenue", plan=100, weight=1, where={"channel": "SEO"})
    else:
        metric, keys = GOALS[name]
        rest = {key: value for key, value in keys.items() if key != "target"}
        goals, one = [goal(metric, keys.get("target", 1000), **rest)], line(goal="g", weight=1)
    member = Member(id="anna", kpis=(one,))
    space = workspace(*METRICS, goals=goals, members=[member])
    known = evaluator(space, ROWS)
    [result] = matrices(known, space, "2026-02")
    assert result.period is not None
    assert result.lines[0].fact is not None
    basis = basis_of_line(known, result.lines[0].line, {each.id: each for each in goals}, result.period)
    assert value_of(known, basis) == exact(result.lines[0].fact)


def test_what_is_made_of_an_entry_stands_as_the_entry_does() -> None:
    one = goal(TWICE, 9, baseline=1)
    known = evaluator(workspace(*METRICS, goals=[one]), ROWS)
    assert judge(known, one).actual == D(14)


def test_a_milestone_has_no_number_to_explain() -> None:
    one = goal(None, kind="milestone", done="0.4")
    known = evaluator(workspace(REVENUE, goals=[one]), ROWS)
    assert basis_of_goal(known, one) is None


def value_of(known: Any, basis: Basis | None) -> Any:
    """What the explanation says the number is."""
    assert basis is not None
    found = explain(known, basis.question, basis.metric, basis.period, ())
    assert found is not None
    return exact(found.parts[0].value)
