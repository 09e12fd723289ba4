"""What is wrong with goals and matrices is said, at its place, and only then."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from kpi_tui.review.moved import MetricMove, moved
from kpi_tui.review.view import View, metrics_asked
from kpi_tui.workspace.model import Goal, KpiLine, Member, Metric, Workspace
from tests.review.given import JANUARY, RATE, REVENUE, Row, day, goal, line, rows_of, scorecard, typed, workspace

D = Decimal
ROWS = rows_of(JANUARY, day("03-31"), amount=D(10), won=1, leads=10, channel="Email")


def said(known: Workspace, rows: Sequence[Row] | None = ROWS) -> list[str]:
    return [
        f"{finding.place} {finding.severity} {finding.subject}: {finding.what}"
        for finding in scorecard(known, rows).findings
    ]


def of(asked: Goal, *metrics: Metric) -> list[str]:
    return said(workspace(*(metrics or (REVENUE, RATE)), goals=[asked]))


@pytest.mark.parametrize(
    ("metric", "target", "keys", "expected"),
    [
        (REVENUE, 100, {"where": {"chanel": "x"}}, ["goal.g.where error goal 'g': no source has a dimension 'chanel'"]),
        (REVENUE, 100, {"where": {"channel": "Email"}}, []),
        (RATE, "0.5", {}, ["goal.g.baseline error goal 'g': a level needs a baseline"]),
        (RATE, "0.5", {"baseline": "0.5"}, ["goal.g.target error goal 'g': the target equals the baseline"]),
        (RATE, "0.5", {"baseline": "0.4"}, []),
        (RATE, "0.5", {"kind": "at_least"}, []),
        (REVENUE, 100, {"targets": {"2026-Q1": 40}}, []),
        (
            *(REVENUE, 100, {"targets": {"2026-Q1": 40}, "split": "by_hand"}),
            ["goal.g.targets error goal 'g': the targets of its periods add up to 40.0, not to 100.0"],
        ),
        (
            *(REVENUE, 100, {"targets": {"2026-Q1": 70, "2026-Q2": 70}}),
            ["goal.g.targets error goal 'g': the targets of its periods add up to 140.0, not to 100.0"],
        ),
        (
            *(REVENUE, 100, {"targets": {"2026-Q1": 30, "2026-Q2": 30, "2026-Q3": 20, "2026-Q4": 19}}),
            ["goal.g.targets error goal 'g': the targets of its periods add up to 99.0, not to 100.0"],
        ),
        (REVENUE, 100, {"targets": {"2026-Q1": 30, "2026-Q2": 30, "2026-Q3": 20, "2026-Q4": 20}}, []),
    ],
)
def test_findings_of_goals(metric: Metric, target: Any, keys: dict[str, Any], expected: list[str]) -> None:
    assert of(goal(metric, target, **keys)) == expected


def test_a_dimension_that_only_this_metric_lacks_is_a_finding_of_its_own() -> None:
    asked = goal(typed(("02-01", 5)), 10, baseline=1, where={"channel": "Email"})
    assert of(asked, typed(("02-01", 5)), REVENUE) == [
        "goal.g.where error goal 'g': its metric has no dimension 'channel'"
    ]
    assert scorecard(workspace(typed(("02-01", 5)), goals=[asked]), ROWS).goals[0].status == "no_data"


def matrix(asked: Goal, *metrics: Metric, **keys: Any) -> list[str]:
    return said(workspace(*metrics, goals=[asked], members=[Member(id="anna", kpis=(line(goal="g", **keys),))]))


ANNA = "warning member 'anna'"
PAYS = f"member.anna.kpi.goal:g.goal {ANNA}: a KPI 'g' that did not move would pay: its baseline is above the floor"


@pytest.mark.parametrize(
    ("target", "baseline", "kind", "keys", "expected"),
    [
        (100, 90, "increase", {}, [PAYS]),
        (100, 90, "increase", {"floor": "0.7"}, [PAYS]),
        (100, 90, "increase", {"floor": "0.9"}, []),
        (100, 90, "increase", {"floor": "0.7", "attainment": "progress"}, []),
        (1200, 1500, "decrease", {"floor": "0.7"}, [PAYS]),
        (1200, 1500, "decrease", {"floor": "0.75"}, []),
        (100, 0, "increase", {}, []),
    ],
)
def test_a_line_that_would_pay_for_standing_still(
    target: int, baseline: int, kind: str, keys: dict[str, Any], expected: list[str]
) -> None:
    nps = typed(("03-31", 95))
    assert matrix(goal(nps, target, baseline=baseline, kind=kind), nps, **keys) == expected


def test_a_flow_starts_from_nought_and_never_pays_for_standing_still() -> None:
    assert matrix(goal(REVENUE, 100, baseline=90), REVENUE) == []


def test_a_metric_without_a_good_direction_is_a_finding() -> None:
    lines: tuple[KpiLine, ...] = (line(metric="m", plan=5, weight=50), line(metric="n", plan=5, weight=50))
    metrics = (typed(("03-31", 1), good="none"), typed(("03-31", 1), id="n", good="down"))
    assert said(workspace(*metrics, members=[Member(id="anna", kpis=lines)])) == [
        f"member.anna.kpi.metric:m.metric {ANNA}: metric 'm' says no good direction, so the line has no value"
    ]


def test_weights_that_do_not_add_up_are_a_finding() -> None:
    def weighing(*weights: object) -> list[str]:
        lines = tuple(line(metric=f"m{n}", plan=5, weight=weight) for n, weight in enumerate(weights))
        metrics = [typed(("03-31", 1), id=f"m{n}") for n in range(len(weights))]
        return said(workspace(*metrics, members=[Member(id="anna", kpis=lines)]))

    assert weighing(40, 60) == weighing("0.4", "0.6") == weighing() == []
    assert weighing(40, 50) == [f"member.anna.kpi {ANNA}: weights add up to 90, not to 100"]


def test_a_baseline_period_without_data_and_a_slice_nobody_has_are_warnings() -> None:
    nps = typed(("02-01", 5))
    assert of(goal(nps, "+20%", baseline_period="2019"), nps) == [
        "goal.g.baseline_period warning goal 'g': its metric has no value in 2019"
    ]
    assert of(goal(REVENUE, 100, where={"channel": "Emial"})) == [
        "goal.g.where warning goal 'g': no row has 'Emial' as its channel"
    ]


def test_a_scorecard_holds_what_every_face_shows() -> None:
    known = workspace(REVENUE, RATE, goals=[goal(REVENUE, 3650)], members=[Member(id="anna")])
    card = scorecard(known, ROWS, View(metrics=("revenue",)))
    assert (card.workspace, card.as_of) == (known, day("03-31"))
    assert [result.goal.id for result in card.goals] == ["g"]
    assert [result.member.id for result in card.team] == ["anna"]
    assert dict(card.metrics.values) == {"revenue": (D(310), D(280), D(310))}


def test_metrics_are_shown_in_the_order_of_the_file() -> None:
    known = workspace(REVENUE, RATE, typed(("01-01", 1)))
    assert metrics_asked(known, View()) == ("revenue", "rate", "m")
    assert metrics_asked(known, View(metrics=("m", "revenue"))) == ("revenue", "m")


# -- what an edit moved -----------------------------------------------------------------------------------------------


def before_and_after(before: Workspace, after: Workspace, view: View | None = None) -> Any:
    return moved(scorecard(before, ROWS, view), scorecard(after, ROWS, view))


def test_nothing_moved() -> None:
    known = workspace(REVENUE, goals=[goal(REVENUE, 3650)])
    found = before_and_after(known, replace(known, goals=(goal(REVENUE, 3650, name="renamed", why="because"),)))
    assert (found.metrics, found.goals, found.members, found.flipped) == ((), (), (), ())


def test_a_target_moves_its_goal_and_may_flip_it() -> None:
    one, other = (workspace(REVENUE, goals=[goal(REVENUE, target)]) for target in (3650, 7300))
    [(was, now)] = before_and_after(one, other).goals
    assert (was.target, now.target, was.status, now.status) == (D(3650), D(7300), "ok", "off")
    assert before_and_after(one, other).flipped == ((was, now),)
    near = workspace(REVENUE, goals=[goal(REVENUE, 3649)])
    assert (len(before_and_after(one, near).goals), before_and_after(one, near).flipped) == (1, ())


def test_a_metric_moves_in_its_latest_period() -> None:
    one = workspace(REVENUE)
    other = workspace(replace(REVENUE, formula="2 * SUM(amount)"))
    assert before_and_after(one, other).metrics == (MetricMove("revenue", D(310), D(620)),)
    assert before_and_after(one, other, View(by=("channel",))).metrics == ()
    assert moved(scorecard(one, ROWS), scorecard(other, ROWS, View(grain="day"))).metrics == (), "another view, no move"


def test_a_plan_moves_the_person() -> None:
    def anna(plan: int) -> Workspace:
        lines = (line(metric="revenue", plan=plan, weight=100),)
        return workspace(REVENUE, members=[Member(id="anna", bonus=D(100), kpis=lines)])

    [(was, now)] = before_and_after(anna(310), anna(620)).members
    assert (was.payout, now.payout) == (D("100.00"), D("50.00"))


def test_what_was_added_or_deleted_is_no_move() -> None:
    one, other = workspace(REVENUE), workspace(REVENUE, goals=[goal(REVENUE, 1)])
    assert before_and_after(one, other).goals == ()
    assert before_and_after(other, one).goals == ()
