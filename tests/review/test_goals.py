"""Goals against figures computed by hand, with a test for every trap that published systems fell into."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction as F

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec import structs
from msgspec.structs import replace

from kpi_tui.review.goals import GoalResult, attainment_of, judge
from kpi_tui.workspace.model import Goal, Metric
from tests.review.given import (
    JANUARY,
    RATE,
    REVENUE,
    SALES,
    about,
    day,
    evaluator,
    goal,
    judged,
    rows_of,
    typed,
    workspace,
)

D = Decimal


def shown(result: GoalResult, *names: str) -> list[object]:
    return [about(getattr(result, name)) for name in names]


# -- flows ------------------------------------------------------------------------------------------------------------


def test_a_flow_accumulates_from_nought() -> None:
    """73 of 365 days: 20 % of 3,650 should be there."""
    result = judged(goal(REVENUE, 3650), REVENUE, rows_of(JANUARY, day("03-14"), amount=D(9)))
    assert shown(result, "actual", "plan_to_date", "progress", "expected", "attainment", "pace") == [
        *(D(657), D(730), D("0.18"), D("0.2"), D("0.9"), D("-0.1"))
    ]
    assert result.is_flow
    assert result.status == "risk"
    assert (result.judged, result.pace_in_points) == (day("03-14"), False)


def test_a_flow_with_a_baseline_is_not_negative_until_december() -> None:
    """The trap: (v - b)/(t - b) for a flow gives (657 - 3000)/650 = -3.6."""
    last_year = rows_of(date(2025, 1, 1), date(2025, 12, 31), amount=D("8.25"))
    result = judged(
        goal(REVENUE, 3650, baseline=3000), REVENUE, last_year + rows_of(JANUARY, day("03-14"), amount=D(9))
    )
    assert result.progress == D("0.18")
    assert shown(result, "growth", "growth_asked") == [D("0.095"), about(3650 / 3000 - 1)]


def test_growth_is_against_the_same_elapsed_part_of_the_baseline_period() -> None:
    rows = rows_of(date(2025, 1, 1), date(2025, 3, 14), amount=D(10))
    rows += rows_of(date(2025, 3, 15), date(2025, 12, 31), amount=D(1)) + rows_of(
        JANUARY, day("03-14"), amount=D("12.5")
    )
    result = judged(goal(REVENUE, "+20%", baseline_period="2025"), REVENUE, rows)
    assert (result.baseline, result.target) == (D(730 + 292), D("1226.4"))
    assert about(result.growth) == D("0.25"), "912.50 against 730 of the first 73 days"
    assert about(result.growth_asked) == D("0.2")


def test_days_before_the_start_and_after_the_due_date_do_not_count() -> None:
    rows = rows_of(date(2025, 12, 1), day("12-31"), amount=D(1))
    result = judged(goal(REVENUE, 100, start=day("02-01"), due=day("02-28")), REVENUE, rows)
    assert shown(result, "actual", "plan_to_date", "expected") == [D(28), D(100), D(1)]
    assert result.status == "missed"


def test_before_its_start_a_flow_is_nought_of_nothing() -> None:
    result = judged(goal(REVENUE, 100, start=day("06-01")), REVENUE, rows_of(JANUARY, day("02-01"), amount=D(1)))
    assert shown(result, "actual", "progress", "plan_to_date", "pace", "attainment") == [0, 0, 0, None, None]
    assert (result.status, str(result.verdict.rule)) == ("early", "it has not started")


@pytest.mark.parametrize(
    ("until", "amount", "expected"),
    [
        ("12-30", "10.03", "met"),
        ("12-31", "10", "met"),
        ("12-31", "9.99", "missed"),
        ("01-20", "5", "early"),
        ("03-14", "7.99", "off"),
        ("03-14", "9.49", "risk"),
        ("03-14", "9.50", "ok"),
    ],
)
def test_the_status_of_a_flow(until: str, amount: str, expected: str) -> None:
    rows = rows_of(JANUARY, day(until), amount=D(amount))
    assert judged(goal(REVENUE, 3650), REVENUE, rows).status == expected


def test_fewer_than_three_dates_with_data_are_early() -> None:
    rows = rows_of(JANUARY, day("01-02"), amount=D(1)) + rows_of(day("06-30"), day("06-30"), amount=None)
    assert judged(goal(REVENUE, 3650), REVENUE, rows).status == "off"
    assert str(judged(goal(REVENUE, 3650), REVENUE, rows[1:]).verdict.rule) == "fewer than 3 dates with data"


def test_where_counts_the_rows_of_its_slice_only() -> None:
    rows = rows_of(JANUARY, day("03-14"), amount=D(9), channel="Email") + rows_of(
        JANUARY, day("03-14"), amount=D(100), channel="SEO"
    )
    assert judged(goal(REVENUE, 3650, where={"channel": "Email"}), REVENUE, rows).actual == D(657)
    assert judged(goal(REVENUE, 3650, where={"channel": ("Email", "SEO")}), REVENUE, rows).actual == D(7957)
    nobody = judged(goal(REVENUE, 3650, where={"channel": "Radio"}), REVENUE, rows)
    assert (nobody.actual, nobody.status) == (0, "early"), "no sales is a fact; no date with data is early"


def test_a_dimension_that_the_metric_lacks_gives_no_data_and_the_reason() -> None:
    result = judged(goal(REVENUE, 10, where={"city": "x"}), REVENUE, rows_of(JANUARY, day("03-14"), amount=D(9)))
    assert (result.actual, result.status) == (None, "no_data")
    assert str(result.verdict.rule) == "source 'sales' has no dimension 'city'"


def test_targets_of_single_periods_make_the_plan() -> None:
    rows = rows_of(JANUARY, day("03-31"), amount=D(1))
    result = judged(goal(REVENUE, 1000, targets={"2026-Q1": 100}, split="by_hand"), REVENUE, rows)
    assert shown(result, "plan_to_date", "expected", "attainment") == [D(100), D("0.1"), D("0.9")]
    nothing_yet = judged(goal(REVENUE, 1000, targets={"2026-Q1": 0}), REVENUE, rows)
    assert (nothing_yet.status, str(nothing_yet.verdict.rule)) == ("early", "nothing is planned to date")


def test_a_hand_entered_sum_is_a_flow_and_never_early_for_few_dates() -> None:
    offline = typed(("01-31", 40), ("02-28", 40), at="sum")
    result = judged(goal(offline, 1000), offline, as_of=day("03-14"))
    assert result.is_flow
    assert shown(result, "actual", "plan_to_date", "attainment") == [D(80), D(200), D("0.4")]
    assert result.status == "off"


# -- ceilings ---------------------------------------------------------------------------------------------------------


def ceiling(until: str, amount: object) -> GoalResult:
    """3,650 may be spent in the year, 10 a day."""
    spent = replace(REVENUE, good="none")
    return judged(goal(spent, 3650, kind="decrease"), spent, rows_of(JANUARY, day(until), amount=D(str(amount))))


def test_a_decreasing_flow_is_a_ceiling() -> None:
    """600 days' worth of money in 73 days: over what is allowed by then, not over the whole."""
    result = ceiling("03-14", "8")
    assert shown(result, "progress", "plan_to_date", "pace", "attainment") == [D("0.16"), D(730), D("0.2"), D("1.2")]
    assert result.status == "ok"
    assert not result.counts_in_progress


@pytest.mark.parametrize(
    ("until", "amount", "expected"),
    [
        ("03-14", 0, "ok"),
        ("03-14", 10, "ok"),
        ("03-14", "10.52", "ok"),
        ("03-14", "10.53", "risk"),
        ("03-14", "12.50", "risk"),
        ("03-14", "12.51", "off"),
        ("03-14", 51, "off"),
        ("12-31", 10, "met"),
        ("12-31", "10.01", "missed"),
    ],
)
def test_the_status_of_a_ceiling(until: str, amount: object, expected: str) -> None:
    assert ceiling(until, amount).status == expected


def test_twice_the_ceiling_attains_nothing_and_never_less() -> None:
    assert ceiling("03-14", 20).attainment == 0
    assert ceiling("03-14", 30).attainment == 0


# -- levels -----------------------------------------------------------------------------------------------------------


def test_a_level_moves_from_the_baseline_and_not_from_nought() -> None:
    """The trap: ignoring the baseline, 95 of 100 from 90 shows 95 % and is half of the way."""
    nps = typed(("07-01", 95))
    result = judged(goal(nps, 100, baseline=90), nps, as_of=day("07-01"))
    assert result.progress == D("0.5")
    assert about(result.expected) == about(182 / 365)
    assert about(result.plan_to_date) == about(90 + 10 * 182 / 365)
    assert about(result.pace) == about(0.5 - 182 / 365)
    assert (result.status, result.pace_in_points, result.is_flow) == ("ok", True, False)


def test_a_decreasing_level_has_the_same_formula_and_begins_at_nought() -> None:
    """The traps: a separate formula for falling figures runs backwards, or shows over 100 % at the start."""
    cost = typed(("01-01", 1500), ("04-01", 1425), ("07-01", 1350), ("10-01", 1150))
    asked = goal(cost, 1200, baseline=1500, kind="decrease")

    def progress(when: str) -> object:
        return judged(asked, cost, as_of=day(when)).progress

    assert [progress(when) for when in ("01-01", "04-01", "07-01", "10-01")] == [0, D("0.25"), D("0.5"), 350 / 300]


def test_progress_is_kept_raw() -> None:
    nps = typed(("03-01", 80), ("07-01", 120))
    assert judged(goal(nps, 100, baseline=90), nps, as_of=day("03-01")).progress == D(-1)
    assert judged(goal(nps, 100, baseline=90), nps, as_of=day("07-01")).progress == D(3)


def test_a_target_that_equals_the_baseline_is_no_data() -> None:
    nps = typed(("07-01", 95))
    result = judged(goal(nps, 90, baseline=90), nps, as_of=day("07-01"))
    assert (result.progress, result.status) == (None, "no_data")
    assert str(result.verdict.rule) == "the target equals the baseline"


def test_a_level_without_a_baseline_is_no_data() -> None:
    nps = typed(("07-01", 95))
    assert str(judged(goal(nps, 90), nps, as_of=day("07-01")).verdict.rule) == "a level needs a baseline"


def test_a_level_is_that_of_the_last_complete_month() -> None:
    """Half a month beside full ones looks like a crash."""
    rows = rows_of(JANUARY, day("01-31"), won=10, leads=100) + rows_of(day("02-01"), day("02-28"), won=20, leads=100)
    rows += rows_of(day("03-01"), day("03-14"), won=1, leads=100)
    result = judged(goal(RATE, "0.3", baseline="0.1"), RATE, rows)
    assert (result.actual, result.progress) == (D("0.2"), D("0.5"))
    full = rows + rows_of(day("03-15"), day("03-31"), won=1, leads=100)
    assert judged(goal(RATE, "0.3", baseline="0.1"), RATE, full).actual == D("0.01")


def test_a_level_without_a_complete_month_is_no_data() -> None:
    rows = rows_of(day("01-02"), day("02-27"), won=10, leads=100)
    result = judged(goal(RATE, "0.3", baseline="0.1"), RATE, rows)
    assert (result.actual, result.status) == (None, "no_data")
    assert str(result.verdict.rule) == "no complete period with a value yet"


def test_a_window_is_a_ratio_of_sums_and_its_plan_is_the_target_throughout() -> None:
    """3 of 100 and 30 of 300: 8.25 % of the window, never the mean 6.5 % of its months."""
    rows = [{"date": day("01-31"), "won": 3, "leads": 100}, {"date": day("02-28"), "won": 30, "leads": 300}]
    result = judged(goal(RATE, "0.1", baseline="0.05", measure="window"), RATE, rows)
    assert shown(result, "actual", "plan_to_date", "expected", "progress", "pace") == [
        *(D("0.0825"), D("0.1"), D(1), D("0.65"), D("-0.35"))
    ]


def test_what_comes_after_the_due_date_no_longer_counts() -> None:
    nps = typed(("06-30", 99), ("09-30", 120))
    asked = goal(nps, 100, baseline=90, due=day("06-30"))
    result = judged(asked, nps, as_of=day("11-30"))
    assert (result.actual, result.status) == (D(99), "missed")
    late = rows_of(JANUARY, day("06-30"), won=20, leads=100) + rows_of(day("07-01"), day("11-30"), won=40, leads=100)
    assert judged(goal(RATE, "0.3", baseline="0.1", due=day("06-30")), RATE, late).status == "missed"


@pytest.mark.parametrize(("percent", "expected"), [(3, "met"), (29, "met"), (57, "met")])
def test_a_ratio_that_equals_its_target_reaches_it(percent: int, expected: str) -> None:
    """3 / 100 is the float 0.03, whose binary value is under 0.03."""
    rows = rows_of(JANUARY, day("12-31"), won=percent, leads=100)
    assert judged(goal(RATE, D(percent) / 100, baseline="0.01"), RATE, rows).status == expected
    assert judged(goal(RATE, D(percent) / 100, kind="at_least"), RATE, rows).status == expected
    assert judged(goal(RATE, D(percent) / 100, kind="at_most"), RATE, rows).status == expected


def test_relative_targets() -> None:
    nps = typed(("07-01", 95))
    assert judged(goal(nps, "+20%", baseline=90), nps, as_of=day("07-01")).target == D(108)
    assert judged(goal(nps, "-10%", baseline=90, kind="decrease"), nps, as_of=day("07-01")).target == D(81)
    share = typed(("07-01", "0.2"), unit="percent")
    assert judged(goal(share, "+5pp", baseline="0.15"), share, as_of=day("07-01")).target == D("0.2")


def test_a_baseline_period_without_data_is_no_data() -> None:
    nps = typed(("07-01", 95))
    result = judged(goal(nps, "+20%", baseline_period="2019"), nps, as_of=day("07-01"))
    assert (result.baseline, result.target, result.status) == (None, None, "no_data")
    assert str(result.verdict.rule) == "the target is relative to a baseline that has no value"


@given(st.integers(-50, 50), st.integers(-50, 50), st.integers(-80, 80))
@settings(deadline=None)
def test_one_signed_formula_for_rising_and_falling(baseline: int, target: int, actual: int) -> None:
    """Mirrored figures are equally far on a mirrored way."""
    metric, mirror = typed(("07-01", actual)), typed(("07-01", -actual))
    kind = "increase" if target > baseline else "decrease"
    other = "decrease" if kind == "increase" else "increase"
    one = judged(goal(metric, target, baseline=baseline, kind=kind), metric, as_of=day("07-01"))
    two = judged(goal(mirror, -target, baseline=-baseline, kind=other), mirror, as_of=day("07-01"))
    assert (one.progress, one.expected, one.pace, one.status) == (two.progress, two.expected, two.pace, two.status)


# -- guardrails -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "keys", "actual", "pace", "expected"),
    [
        ("at_least", {"target": 50}, 60, "0.2", "ok"),
        ("at_least", {"target": 50}, 52, "0.04", "risk"),
        ("at_least", {"target": 50}, 50, "0", "risk"),
        ("at_least", {"target": 50}, 49, "-0.02", "off"),
        ("at_most", {"target": 50}, 47, "0.06", "ok"),
        ("at_most", {"target": 50}, 48, "0.04", "risk"),
        ("at_most", {"target": 50}, 51, "-0.02", "off"),
        ("between", {"low": 100, "high": 200}, 150, "0.5", "ok"),
        ("between", {"low": 1000, "high": 1100}, 1010, "0.01", "ok"),
        ("between", {"low": 100, "high": 200}, 104, "0.04", "risk"),
        ("between", {"low": 100, "high": 200}, 105, "0.05", "ok"),
        ("between", {"low": 100, "high": 200}, 196, "0.02", "risk"),
        ("between", {"low": 100, "high": 200}, 99, "-0.01", "off"),
        ("between", {"low": 100, "high": 200}, 220, "-0.1", "off"),
        ("at_least", {"target": -10}, -12, "-0.2", "off"),
        ("at_least", {"target": 0}, 5, None, "ok"),
    ],
)
def test_guardrails(kind: str, keys: dict[str, int], actual: int, pace: str | None, expected: str) -> None:
    metric = typed(("01-02", actual))
    result = judged(goal(metric, kind=kind, start=None, due=None, **keys), metric, as_of=day("01-02"))
    assert (result.pace, result.status) == (None if pace is None else D(pace), expected)
    assert (result.progress, result.expected) == (None, None)
    assert result.attainment == (0 if expected == "off" else 1)
    assert not result.counts_in_progress


def test_a_guardrail_with_a_due_date_is_met_or_missed_at_it() -> None:
    metric = typed(("01-02", 60), ("09-01", 10))
    asked = goal(metric, 50, kind="at_least", due=day("06-30"))
    assert judged(asked, metric, as_of=day("06-29")).status == "ok"
    assert judged(asked, metric, as_of=day("06-30")).status == "met"
    assert judged(asked, metric, as_of=day("10-01")).status == "met", "what broke later broke no promise"
    assert judged(replace(asked, due=None), metric, as_of=day("10-01")).status == "off"


# -- milestones, levels reached, attainment ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("done", "until", "expected"),
    [
        *(("0.45", "07-02", "risk"), ("0.3", "07-02", "off"), ("0.5", "07-02", "ok"), (None, "07-02", "off")),
        *((1, "02-01", "met"), (1, "12-31", "met"), ("0.9", "12-31", "missed"), (0, "01-20", "early")),
    ],
)
def test_a_milestone_is_a_share_done(done: object, until: str, expected: str) -> None:
    asked = goal(None, kind="milestone", done=done)
    assert judged(asked, typed(("01-01", 1)), as_of=day(until)).status == expected


def test_the_figures_of_a_milestone() -> None:
    result = judged(goal(None, kind="milestone", done="0.4"), typed(("01-01", 1)), as_of=day("03-14"))
    assert shown(result, "actual", "target", "progress", "expected", "plan_to_date", "attainment", "pace") == [
        *(D("0.4"), 1, D("0.4"), D("0.2"), D("0.2"), D("0.4"), D("0.2"))
    ]


@pytest.mark.parametrize(
    ("actual", "reached"), [(89, None), (90, "commit"), (99, "commit"), (100, "target"), (120, "stretch")]
)
def test_the_level_reached_is_decided_by_the_value(actual: int, reached: str | None) -> None:
    metric = typed(("07-01", actual))
    asked = goal(metric, 100, baseline=50, commit=90, stretch=120)
    assert judged(asked, metric, as_of=day("07-01")).level == reached
    assert judged(replace(asked, target="+100%"), metric, as_of=day("07-01")).level == reached


def test_the_level_reached_by_a_falling_figure() -> None:
    levels = []
    for actual in (45, 40, 30, 20):
        metric = typed(("07-01", actual))
        asked = goal(metric, 30, baseline=50, commit=40, stretch=20, kind="decrease")
        levels.append(judged(asked, metric, as_of=day("07-01")).level)
    assert levels == [None, "commit", "target", "stretch"]


def test_attainment() -> None:
    assert attainment_of(F(90), F(100), rising=True) == F(9, 10)
    assert attainment_of(F(90), F(100), rising=False) == F(11, 10)
    assert attainment_of(F(250), F(100), rising=False) == 0
    assert attainment_of(F(-20), F(100), rising=True) == F(-1, 5)
    assert attainment_of(None, F(100), rising=False) is None
    for plan in (F(0), F(-5), None):
        assert attainment_of(F(3), plan, rising=True) is None
        assert attainment_of(F(3), plan, rising=False) is None


def test_a_plan_below_nought_has_no_attainment_but_progress() -> None:
    """A reputation of -20 that should become -10: v/t would pay for a worse one."""
    nps = typed(("07-01", -15))
    result = judged(goal(nps, -10, baseline=-20), nps, as_of=day("07-01"))
    assert (result.attainment, result.progress) == (None, D("0.5"))


# -- judged when ------------------------------------------------------------------------------------------------------


def test_nothing_is_judged_later_than_as_of_nor_than_the_data() -> None:
    rows = rows_of(JANUARY, day("06-30"), amount=D(10))
    early = judged(goal(REVENUE, 3650), REVENUE, rows, as_of=day("03-14"))
    assert (early.judged, early.actual) == (day("03-14"), D(730))
    late = judged(goal(REVENUE, 3650), REVENUE, rows, as_of=day("12-31"))
    assert (late.judged, late.actual, late.plan_to_date) == (day("06-30"), D(1810), D(1810))


def test_a_source_that_is_not_loaded_is_no_data() -> None:
    result = judged(goal(REVENUE, 3650), REVENUE, None, as_of=day("03-14"))
    assert (result.status, str(result.verdict.rule)) == ("no_data", "source 'sales' is not loaded")


def test_without_any_date_there_is_no_data() -> None:
    asked: tuple[tuple[Goal, Metric], ...] = (
        (goal(REVENUE, 3650), REVENUE),
        (goal(None, kind="milestone", done=1), REVENUE),
    )
    for each, metric in asked:
        result = judged(each, metric, [])
        assert (result.status, str(result.verdict.rule)) == ("no_data", "there is no date to judge it by")


def test_a_share_of_total_takes_the_scope_out_of_its_whole() -> None:
    share = Metric(id="share", source="sales", formula="SUM(amount)", share_of_total=True, unit="percent")
    rows = rows_of(JANUARY, day("03-31"), amount=D(1), channel="Email") + rows_of(
        JANUARY, day("03-31"), amount=D(3), channel="SEO"
    )
    result = judged(goal(share, "0.5", baseline="0.2", where={"channel": "Email"}), share, rows)
    assert (result.actual, result.is_flow) == (D("0.25"), False)
    assert judged(goal(share, "0.5", baseline="0.2"), share, rows).actual == 1


def test_a_level_over_quarterly_rows_is_judged_by_its_quarters() -> None:
    quarterly = structs.replace(SALES, every="quarter")
    rows = [{"date": day(f"{first}-01"), "won": won, "leads": 10} for first, won in (("01", 1), ("04", 2), ("07", 4))]
    asked = goal(RATE, "0.5", baseline="0.1")
    space = structs.replace(workspace(RATE, goals=[asked]), sources=(quarterly,))
    found = judge(evaluator(space, rows), asked)
    assert (about(found.actual), found.judged) == (D("0.4"), day("09-30"))
    yearly = structs.replace(space, sources=(structs.replace(quarterly, every="year"),))
    assert about(judge(evaluator(yearly, rows[:1]), asked).actual) == D("0.1")


def test_a_target_that_equals_the_baseline_is_met_at_the_end_or_missed() -> None:
    for last, expected in ((5, "met"), (4, "missed")):
        metric = typed(("06-30", last))
        found = judged(goal(metric, 5, baseline=5, due=day("06-30")), metric, as_of=day("07-01"))
        assert found.status == expected
    metric = typed(("06-30", 5))
    assert judged(goal(metric, 5, baseline=5), metric, as_of=day("07-01")).status == "no_data"
