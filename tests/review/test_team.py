"""The matrix, the index and the bonus, against figures computed by hand."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction as F
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from kpi_tui.review.team import LineResult, MemberResult, matrices, score
from kpi_tui.workspace.model import Goal, KpiLine, Member, Metric, Step
from tests.review.given import (
    DECEMBER,
    JANUARY,
    RATE,
    REVENUE,
    SALES,
    Row,
    about,
    day,
    evaluator,
    goal,
    line,
    rows_of,
    typed,
    workspace,
)

D = Decimal
STEPS = tuple(
    Step(start=D(start), score=D(scored)) for start, scored in [("0.5", "0.3"), ("0.9", "0.5"), ("1.0", "1.0")]
)


def matrix(
    lines: Sequence[KpiLine],
    *metrics: Metric,
    goals: Sequence[Goal] = (),
    rows: Sequence[Row] = (),
    period: str | None = None,
    bonus: Any = None,
    **settings: Any,
) -> MemberResult:
    """The matrix of one person with these lines."""
    someone = Member(id="anna", bonus=None if bonus is None else D(str(bonus)), kpis=tuple(lines))
    known = workspace(*metrics, goals=goals, members=[someone], **settings)
    return matrices(evaluator(known, rows), known, period)[0]


def only(result: MemberResult) -> LineResult:
    assert len(result.lines) == 1
    return result.lines[0]


def scored(attainment: str, **keys: Any) -> F:
    return score(line(**keys), F(attainment))


# -- scales -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("attainment", "expected"), [("0", "0"), ("0.69", "0"), ("0.7", "0.7"), ("1", "1"), ("1.2", "1.2"), ("3", "1.2")]
)
def test_line(attainment: str, expected: str) -> None:
    assert scored(attainment, floor="0.7", cap="1.2") == F(expected)


@pytest.mark.parametrize(
    ("attainment", "expected"),
    [("0.69", "0"), ("0.7", "0"), ("0.85", "0.5"), ("0.97", "0.9"), ("1", "1"), ("1.1", "1.1"), ("3", "1.2")],
)
def test_threshold(attainment: str, expected: str) -> None:
    assert scored(attainment, floor="0.7", cap="1.2", scale="threshold") == F(expected)


@pytest.mark.parametrize(
    ("attainment", "expected"),
    [("0.49", "0"), ("0.5", "0.3"), ("0.89", "0.3"), ("0.9", "0.5"), ("0.999", "0.5"), ("1", "1"), ("9", "1")],
)
def test_steps(attainment: str, expected: str) -> None:
    assert scored(attainment, scale="steps", steps=STEPS) == F(expected)


def test_without_floor_and_cap_a_line_is_the_attainment_itself() -> None:
    assert scored("0.01") == F("0.01")
    assert scored("7") == 7


@given(st.fractions(0, 3), st.fractions(0, 3), st.sampled_from(["line", "threshold", "steps"]))
def test_more_is_never_scored_lower(one: F, other: F, scale: str) -> None:
    less, more = sorted((one, other))
    graded = line(scale=scale, floor="0.7", cap="1.2", steps=STEPS)
    assert score(graded, less) <= score(graded, more)


# -- index and bonus --------------------------------------------------------------------------------------------------


def three(
    weights: Sequence[Any] = ("0.5", "0.25", "0.25"), facts: Sequence[Any] = (22, 17, 30), **keys: Any
) -> MemberResult:
    """Three hand-entered metrics with a plan of 20 each."""
    metrics = [typed(("01-31", fact), id=name) for name, fact in zip("abc", facts, strict=True) if fact is not None]
    metrics += [Metric(id=name, good="up") for name, fact in zip("abc", facts, strict=True) if fact is None]
    lines = [line(metric=name, plan=20, weight=weight) for name, weight in zip("abc", weights, strict=True)]
    return matrix(lines, *metrics, **keys)


def test_the_example_of_the_semantics() -> None:
    """0.5 x 22/20 + 0.25 x 17/20 + 0.25 x 30/20 = 0.55 + 0.2125 + 0.375."""
    result = three()
    assert result.index == D("1.1375")
    assert [found.contribution for found in result.lines] == [D("0.55"), D("0.2125"), D("0.375")]
    assert [found.attainment for found in result.lines] == [D("1.1"), D("0.85"), D("1.5")]
    assert (result.provisional, result.complete) == (None, True)
    assert result.period is not None
    assert result.period.name == "2026-01"


def test_weights_may_add_up_to_100() -> None:
    result = three(weights=(50, 25, 25))
    assert (result.index, result.provisional) == (D("1.1375"), None)


@pytest.mark.parametrize(
    ("weights", "total"), [((40, 25, 25), "90"), (("0.5", "0.25", "0.2"), "0.95"), ((1, 1, 1), "3")]
)
def test_other_weights_make_the_index_provisional(weights: Sequence[Any], total: str) -> None:
    result = three(weights=weights)
    assert str(result.provisional) == f"weights add up to {total}, not to 100"
    assert result.index is not None


def test_all_zero_weights_are_undefined_and_not_nan() -> None:
    result = three(weights=(0, 0, 0), bonus=100)
    assert (result.index, result.payout) == (None, None)
    assert {found.contribution for found in result.lines} == {None}
    assert result.provisional is not None


def test_a_line_without_a_value_makes_it_provisional_and_is_left_out() -> None:
    result = three(facts=(22, None, 30))
    assert about(result.index) == about(float((F("0.55") + F("0.375")) / F("0.75")))
    assert str(result.provisional) == "1 of 3 lines without a value"
    assert (result.lines[1].score, str(result.lines[1].why)) == (None, "no value in this period")


def test_undefined_is_not_nought() -> None:
    """A person without any value has no index, not an index of 0 %."""
    result = three(facts=(None, None, None), bonus=100, period="2026-01", as_of=day("01-31"))
    assert (result.index, result.payout) == (None, None)


def test_a_cap_keeps_150_percent_from_hiding_85() -> None:
    metrics = [typed(("01-31", 30), id="a"), typed(("01-31", 17), id="b")]
    bare = matrix([line(metric="a", plan=20, weight=50), line(metric="b", plan=20, weight=50)], *metrics)
    capped = matrix([line(metric="a", plan=20, weight=50, cap="1.1"), line(metric="b", plan=20, weight=50)], *metrics)
    assert (bare.index, capped.index) == (D("1.175"), D("0.975"))


@pytest.mark.parametrize(
    ("bonus", "fact", "currency", "payout"),
    [
        (60_000, 22, "RUB", "66000.00"),
        ("0.10", 21, "EUR", "0.11"),
        (100, "0.001", "EUR", "0.01"),
        (1_000, "20.01", "JPY", "1001"),
        (1_000, "20.009", "JPY", "1000"),
        (1, "20.01", "KWD", "1.001"),
    ],
)
def test_the_bonus_is_rounded_half_up_to_the_minor_unit_once(bonus: Any, fact: Any, currency: str, payout: str) -> None:
    result = matrix([line(metric="m", plan=20, weight=100)], typed(("01-31", fact)), bonus=bonus, currency=currency)
    assert result.payout == D(payout)
    assert str(result.payout) == payout


def test_the_bonus_is_not_rounded_before_the_end() -> None:
    """Three thirds of 100 are 100, not three times 33.33."""
    metrics = [typed(("01-31", 1), id=name) for name in "abc"]
    result = matrix([line(metric=name, plan=3, weight=1) for name in "abc"], *metrics, bonus=300)
    assert result.payout == D("100.00")


# -- the period -------------------------------------------------------------------------------------------------------


def test_the_period_is_the_last_complete_one() -> None:
    someone = [line(metric="revenue", plan=100, weight=100)]
    for until, expected in [("03-31", "2026-03"), ("03-30", "2026-02")]:
        result = matrix(someone, REVENUE, rows=rows_of(JANUARY, day(until), amount=D(1)))
        assert result.period is not None
        assert (result.period.name, result.complete) == (expected, True)
    quarterly = matrix(someone, REVENUE, rows=rows_of(JANUARY, day("07-15"), amount=D(1)), bonus_period="quarter")
    assert quarterly.period is not None
    assert quarterly.period.name == "2026-Q2"


def test_a_period_that_is_not_over_is_provisional() -> None:
    rows = rows_of(JANUARY, day("03-30"), amount=D(1))
    result = matrix([line(metric="revenue", plan=10, weight=100)], REVENUE, rows=rows, period="2026-03")
    assert (result.complete, str(result.provisional)) == (False, "the period is not complete")
    assert result.index == D(3)


def test_without_data_there_is_no_period() -> None:
    result = matrix([line(metric="revenue", plan=10)], REVENUE)
    assert (result.period, result.index, result.lines) == (None, None, ())
    assert str(result.provisional) == "there is no complete period yet"


# -- what a line measures ---------------------------------------------------------------------------------------------


def of_goal(
    asked: Goal, *metrics: Metric, rows: Sequence[Row] = (), period: str | None = None, **keys: Any
) -> LineResult:
    return only(matrix([line(goal="g", weight=100, **keys)], *metrics, goals=[asked], rows=rows, period=period))


def figures(found: LineResult) -> tuple[Any, Any, Any]:
    return about(found.plan), about(found.fact), about(found.attainment)


def test_a_flow_goal_is_its_split_over_the_period() -> None:
    rows = rows_of(JANUARY, day("02-28"), amount=D(9))
    assert figures(of_goal(goal(REVENUE, 3650), REVENUE, rows=rows)) == (D(280), D(252), D("0.9"))
    fixed = goal(REVENUE, 3650, targets={"2026-02": 504})
    assert figures(of_goal(fixed, REVENUE, rows=rows)) == (D(504), D(252), D("0.5"))


def test_a_flow_goal_counts_the_days_inside_it_only() -> None:
    rows = rows_of(JANUARY, day("02-28"), amount=D(9))
    asked = goal(REVENUE, 3200, start=day("02-15"), due=DECEMBER)
    assert figures(of_goal(asked, REVENUE, rows=rows)) == (D(140), D(126), D("0.9"))


def test_the_months_of_a_year_add_up_to_its_target() -> None:
    """365 days do not divide a target of 1,000 roubles into kopecks; the months still add up."""
    rows = rows_of(JANUARY, DECEMBER, amount=D(1))
    months = [f"2026-{number:02}" for number in range(1, 13)]
    plans = [of_goal(goal(REVENUE, 1000), REVENUE, rows=rows, period=name).plan for name in months]
    assert sum(F(plan) for plan in plans if plan is not None) == 1000
    assert {F(plan) * 100 % 1 for plan in plans if plan is not None} == {0}
    quarter = of_goal(goal(REVENUE, 1000), REVENUE, rows=rows, period="2026-Q1").plan
    assert quarter is not None
    assert F(quarter) == sum(F(plan) for plan in plans[:3] if plan is not None), "a quarter is its three months"


def test_the_months_of_a_fixed_quarter_add_up_to_it() -> None:
    rows = rows_of(JANUARY, DECEMBER, amount=D(1))
    counted = structs.replace(REVENUE, unit="count")
    months = [f"2026-{number:02}" for number in range(1, 13)]
    for target, fixed in ((1000, {"2026-Q1": 100}), (D("10.5"), {}), (1000, {"2026-Q1": D("33.25"), "2026-05": 7})):
        asked = goal(counted, target, targets=fixed)
        plans = [F(of_goal(asked, counted, rows=rows, period=name).plan or 0) for name in months]
        assert sum(plans) == F(target)
        if "2026-Q1" in fixed:
            assert sum(plans[:3]) == F(fixed["2026-Q1"])
        if "2026-05" in fixed:
            assert plans[4] == 7


@pytest.mark.parametrize("month", ["2026-07", "2026-08"])
def test_a_month_of_quarterly_rows_is_not_known(month: str) -> None:
    """A row of a quarter says nothing of its months: neither all of it nor nought."""
    quarterly = structs.replace(SALES, every="quarter")
    rows = [{"date": day(f"{first}-01"), "amount": D(60), "won": 3, "leads": 6} for first in ("01", "04", "07")]
    lines = [line(metric="revenue", plan=10, weight=50), line(metric="rate", plan=1, weight=50)]
    rate = structs.replace(RATE, good="up")
    member = Member(id="anna", kpis=tuple(lines), bonus=D(1000))
    space = structs.replace(workspace(REVENUE, rate, members=[member]), sources=(quarterly,))
    known = evaluator(space, rows)
    [result] = matrices(known, space, month)
    assert [found.fact for found in result.lines] == [None, None]
    assert "no shorter periods" in str(result.lines[0].why)
    assert (result.index, result.payout) == (None, None)
    [quarter] = matrices(known, space, "2026-Q3")
    assert [found.fact for found in quarter.lines] == [D(60), about(0.5)]


def test_a_week_asked_of_a_monthly_matrix_is_its_days() -> None:
    rows = rows_of(JANUARY, DECEMBER, amount=D(1))
    found = of_goal(goal(REVENUE, 3650), REVENUE, rows=rows, period="2026-W10")
    assert figures(found) == (D(70), D(7), D("0.1"))


def test_a_ceiling_attains_more_with_less() -> None:
    spent = Metric(id="spent", source="sales", formula="SUM(amount)", unit="money")
    rows = rows_of(JANUARY, day("02-28"), amount=D(9))
    assert figures(of_goal(goal(spent, 3650, kind="decrease"), spent, rows=rows)) == (D(280), D(252), D("1.1"))


def test_a_level_goal_is_its_path_at_the_end_of_the_period() -> None:
    nps = typed(("02-10", 45))
    asked = goal(nps, 101, baseline=28)
    found = only(matrix([line(goal="g", weight=100)], nps, goals=[asked], as_of=day("02-28"), period="2026-02"))
    assert figures(found) == (D("39.8"), D(45), about(45 / 39.8))


def test_attainment_by_progress_pays_for_the_way_only() -> None:
    nps = typed(("02-10", 95))
    asked = goal(nps, 100, baseline=90, due=day("02-28"))
    for how, expected in [("ratio", D("0.95")), ("progress", D("0.5"))]:
        found = only(matrix([line(goal="g", weight=100, attainment=how)], nps, goals=[asked], as_of=day("02-28")))
        assert found.attainment == expected


@pytest.mark.parametrize(("limit", "expected"), [(40, 1), (45, 1), (46, 0)])
def test_a_guardrail_is_all_or_nothing(limit: int, expected: int) -> None:
    nps = typed(("02-10", 45))
    asked = goal(nps, limit, kind="at_least")
    found = only(matrix([line(goal="g", weight=100)], nps, goals=[asked], as_of=day("02-28")))
    assert figures(found) == (D(limit), D(45), D(expected))


def test_a_milestone_attains_the_share_done() -> None:
    asked = goal(None, kind="milestone", done="0.6")
    found = only(matrix([line(goal="g", weight=100)], typed(("02-28", 1)), goals=[asked]))
    assert figures(found) == (D(1), D("0.6"), D("0.6"))


@pytest.mark.parametrize(("start", "due"), [("03-01", "12-31"), ("01-01", "01-31")])
def test_a_goal_that_is_not_active_gives_no_value(start: str, due: str) -> None:
    rows = rows_of(JANUARY, day("02-28"), amount=D(9))
    found = of_goal(goal(REVENUE, 3650, start=day(start), due=day(due)), REVENUE, rows=rows)
    assert (found.plan, found.score, str(found.why)) == (None, None, "the goal is not active in this period")


@pytest.mark.parametrize(
    ("good", "plan", "attainment", "why"),
    [
        ("up", 50, "0.9", None),
        ("down", 50, "1.1", None),
        ("down", 20, "0", None),
        ("none", 50, None, "the metric says no good direction"),
        ("up", 0, None, "its plan is not above 0"),
        ("down", -5, None, "its plan is not above 0"),
    ],
)
def test_a_metric_with_its_own_plan(good: Any, plan: int, attainment: str | None, why: str | None) -> None:
    metric = typed(("02-28", 45), good=good)
    found = only(matrix([line(metric="m", plan=plan, weight=100)], metric))
    assert figures(found) == (D(plan), D(45), None if attainment is None else D(attainment))
    assert (None if found.why is None else str(found.why)) == why


def test_a_line_on_a_metric_may_be_of_one_slice() -> None:
    rows = rows_of(JANUARY, day("01-31"), amount=D(1), channel="Email") + rows_of(
        JANUARY, day("01-31"), amount=D(5), channel="SEO"
    )
    found = only(matrix([line(metric="revenue", plan=62, weight=100, where={"channel": "Email"})], REVENUE, rows=rows))
    assert figures(found) == (D(62), D(31), D("0.5"))


def test_a_person_without_lines_is_told_so() -> None:
    result = matrix([], typed(("02-28", 1)), bonus=100)
    assert (result.index, result.payout, str(result.provisional)) == (None, None, "no KPI lines yet")
