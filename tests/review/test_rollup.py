"""Objectives: weighted means of what has a value, and the worst status beside them, because a mean hides it."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.metrics.answer import Value
from kpi_tui.review.goals import GoalResult
from kpi_tui.review.rollup import ObjectiveResult, roll_up
from kpi_tui.review.status import Status, Verdict, no_data
from kpi_tui.workspace.model import Goal, Objective

D = Decimal
WHOLE = D(1)


def result(progress: Value, expected: Value = WHOLE, status: Status = "ok", weight: Any = 1, **keys: Any) -> GoalResult:
    """A goal's result under the objective `top`, unless another is named."""
    is_flow = keys.pop("is_flow", False)
    goal = Goal(id="g", weight=D(str(weight)), **{"objective": "top", **keys})
    verdict = Verdict(status, no_data(None).rule)  # type: ignore[arg-type]  # the sentence is not looked at here
    return GoalResult(goal, "count", verdict, is_flow=is_flow, progress=progress, expected=expected)


def top(*goals: GoalResult) -> ObjectiveResult:
    return roll_up([Objective(id="top")], goals)[0]


def test_progress_is_the_weighted_mean_of_the_goals() -> None:
    found = top(result(D("0.5"), D("0.6"), weight=3), result(D("0.9"), D("0.2"), weight=1))
    assert (found.progress, found.expected) == (D("0.6"), D("0.5"))
    assert (found.counted, found.left_out) == (2, 0)


def test_150_percent_on_one_goal_does_not_hide_85_on_another() -> None:
    found = top(result(D("1.5")), result(D("0.85"), status="risk"))
    assert found.progress == D("1.025"), "1.5 counts as 1.2"
    assert found.worst == "risk"
    assert top(result(D(-3)), result(D(1))).progress == D("0.5"), "and -3 as 0"


def test_goals_without_a_value_are_left_out_and_counted() -> None:
    found = top(result(None, status="no_data", weight=9), result(D("0.4")), result(D("0.4"), None))
    assert (found.progress, found.counted, found.left_out) == (D("0.4"), 1, 2)
    assert found.worst == "ok"


def test_weights_that_are_all_nought_are_undefined_and_not_nan() -> None:
    found = top(result(D("0.4"), weight=0), result(D("0.5"), weight=0, status="off"))
    assert (found.progress, found.expected, found.worst) == (None, None, "off")
    empty = top()
    assert (empty.progress, empty.expected, empty.worst, empty.counted, empty.left_out) == (None, None, "no_data", 0, 0)


def test_ceilings_and_guardrails_count_by_their_status_only() -> None:
    found = top(
        result(D("0.5")),
        result(D("1.1"), kind="decrease", is_flow=True, status="off"),
        result(None, kind="at_most", status="risk"),
    )
    assert (found.progress, found.counted, found.left_out, found.worst) == (D("0.5"), 1, 0, "off")
    falling = top(result(D("0.5"), kind="decrease"))
    assert falling.progress == D("0.5"), "a falling level is a way like any other"


def test_objectives_are_a_tree_in_any_order() -> None:
    objectives = [
        Objective(id="leaf", parent="top", weight=D(3)),
        Objective(id="other", parent="top"),
        Objective(id="top"),
    ]
    goals = [
        result(D("0.2"), objective="leaf", status="missed"),
        result(D(1), objective="other"),
        result(D(1), weight=2),
        result(D(0), objective=None, status="off"),
    ]
    leaf, other, whole = roll_up(objectives, goals)
    assert [found.objective.id for found in (leaf, other, whole)] == ["leaf", "other", "top"]
    assert (leaf.progress, other.progress) == (D("0.2"), D(1))
    assert whole.progress == D("0.6"), "(3 x 0.2 + 1 x 1 + 2 x 1) / 6"
    assert (whole.worst, whole.counted) == ("missed", 3)


def test_an_objective_without_goals_is_left_out_of_its_parent() -> None:
    objectives = [Objective(id="top"), Objective(id="empty", parent="top")]
    whole = roll_up(objectives, [result(D("0.3"))])[0]
    assert (whole.progress, whole.counted, whole.left_out) == (D("0.3"), 1, 1)


shares = st.decimals(-2, 3, places=3, allow_nan=False)


@given(st.lists(st.tuples(shares, st.integers(0, 5)), min_size=1, max_size=6))
def test_a_mean_lies_between_the_goals_and_within_its_bounds(drawn: list[tuple[Decimal, int]]) -> None:
    found = top(*(result(share, weight=weight) for share, weight in drawn))
    weighing = [min(max(share, D(0)), D("1.2")) for share, weight in drawn if weight]
    if not weighing:
        assert found.progress is None
        return
    assert found.progress is not None
    assert float(min(weighing)) - 1e-9 <= float(found.progress) <= float(max(weighing)) + 1e-9
