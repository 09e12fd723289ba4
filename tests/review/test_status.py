"""The first rule that holds decides, at exactly its threshold, and says which one it was."""

from __future__ import annotations

from fractions import Fraction as F

import pytest

from kpi_tui.review import status
from kpi_tui.review.status import Timing

HALF = Timing(elapsed=F(1, 2), dates=100)
OVER = Timing(due_passed=True, dates=100)


def increasing(actual: object, planned: object = 100, timing: Timing = HALF, target: object = 200) -> str:
    return status.of_increasing_flow(F(str(actual)), F(str(target)), F(str(planned)), timing).status


def ceiling(actual: object, planned: object = 100, timing: Timing = HALF, target: object = 200) -> str:
    return status.of_ceiling(F(str(actual)), F(str(target)), F(str(planned)), timing).status


def level(progress: object, expected: object = 1, timing: Timing = HALF, *, reached: bool = False) -> str:
    return status.of_level(F(str(progress)), F(str(expected)), reached, timing).status


def milestone(done: object, expected: object = "1/2", timing: Timing = HALF) -> str:
    return status.of_milestone(F(str(done)), F(str(expected)), timing).status


@pytest.mark.parametrize(
    ("share", "expected"),
    [("0.7999999", "off"), ("0.80", "risk"), ("0.9499999", "risk"), ("0.95", "ok"), ("1.5", "ok"), ("-1", "off")],
)
def test_the_thresholds(share: str, expected: str) -> None:
    assert increasing(F(share) * 100) == expected
    assert level(share) == expected
    if F(share) < 1:
        assert milestone(share, 1) == expected
    if F(share) > F(1, 2):
        assert ceiling(100 / F(share)) == expected


def test_an_increasing_flow_is_met_as_soon_as_it_reaches_the_target() -> None:
    assert increasing(200) == "met"
    assert increasing(200, timing=Timing(elapsed=F(1, 100), dates=1)) == "met", "met comes before early"
    assert increasing(200, timing=OVER) == "met"
    assert increasing(199, timing=OVER) == "missed"


def test_a_ceiling_is_never_met_before_its_due_date() -> None:
    assert ceiling(200, 200) == "ok", "all of it used is not too much"
    assert ceiling(201, 200) == "off"
    assert ceiling(201, timing=Timing(elapsed=F(1, 100), dates=1)) == "off", "passed is passed, however early"
    assert ceiling(201, timing=OVER) == "missed"
    assert ceiling(200, timing=OVER) == "met"
    assert ceiling(0) == "ok"
    assert ceiling(-5) == "ok", "money came back"
    assert ceiling(126) == "off"


def test_a_level_is_met_or_missed_on_its_due_date_only() -> None:
    assert level("1.2", reached=True) == "ok"
    assert level("1.2", timing=OVER, reached=True) == "met"
    assert level("0.99", timing=OVER) == "missed"


def test_a_milestone_is_met_when_it_is_done() -> None:
    assert milestone(1) == "met"
    assert milestone(1, timing=OVER) == "met"
    assert milestone(1, timing=Timing(started=False, elapsed=F(0))) == "met"
    assert milestone("0.99", timing=OVER) == "missed"
    assert milestone("0.39") == "off"


@pytest.mark.parametrize(
    "timing",
    [
        Timing(started=False, elapsed=F(0)),
        Timing(elapsed=F(0), dates=9),
        Timing(elapsed=F(99, 1000), dates=9),
        Timing(elapsed=F(1, 2), dates=2),
        Timing(elapsed=F(1, 2), dates=0),
    ],
)
def test_early(timing: Timing) -> None:
    assert [increasing(1, timing=timing), ceiling(199, timing=timing), level(0, timing=timing)] == ["early"] * 3


def test_what_is_not_early() -> None:
    assert increasing(1, timing=Timing(elapsed=F(1, 10), dates=3)) == "off"
    assert increasing(1, timing=Timing(elapsed=F(1, 10), dates=None)) == "off", "entries need not be many"


def test_where_nothing_is_planned_to_date_it_is_early() -> None:
    assert increasing(0, planned=0) == "early"
    assert ceiling(5, planned=0) == "early"
    assert level(0, expected=0) == "early"
    assert milestone(0, expected=0) == "early"
    assert increasing(0, planned=0, timing=OVER) == "missed"


@pytest.mark.parametrize(
    ("inside", "margin", "timing", "expected"),
    [
        (True, F(1), HALF, "ok"),
        (True, F(5, 100), HALF, "ok"),
        (True, F(49, 1000), HALF, "risk"),
        (True, F(0), HALF, "risk"),
        (False, F(-1), HALF, "off"),
        (True, None, None, "ok"),
        (False, None, None, "off"),
        (True, F(0), OVER, "met"),
        (False, F(-1), OVER, "missed"),
        (False, F(-1), Timing(started=False, elapsed=F(0)), "off"),
        (True, F(1, 100), Timing(elapsed=F(1, 100), dates=0), "risk"),
    ],
)
def test_guardrails_are_judged_before_early(
    inside: bool, margin: F | None, timing: Timing | None, expected: str
) -> None:
    assert status.of_guardrail(inside, margin, timing).status == expected


def test_the_rule_that_decided_is_said() -> None:
    assert str(status.of_increasing_flow(F(79), F(200), F(100), HALF).rule) == "0.79 of plan to date, under 0.80"
    assert str(status.of_level(F(9, 10), F(1), False, HALF).rule) == "0.90 of the way that should be done, under 0.95"
    assert str(status.of_ceiling(F(100), F(200), F(100), HALF).rule) == "1.00 of what may be used to date"
    assert str(status.of_level(F(0), F(0), False, HALF).rule) == "nothing is planned to date"


def test_the_worst_come_first() -> None:
    assert status.ATTENTION.index("missed") < status.ATTENTION.index("off") < status.ATTENTION.index("risk")
    assert status.ATTENTION.index("risk") < status.ATTENTION.index("early") < status.ATTENTION.index("ok")
    assert status.ATTENTION[-1] == "met"
