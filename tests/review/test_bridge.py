"""Why a number moved: effects by hand, and that they add up exactly whatever the data."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_tui.metrics.answer import Question
from kpi_tui.review.bridge import (
    Bridge,
    Effect,
    NoBridge,
    Pair,
    bridge,
    bridges,
    compared_periods,
    is_whole,
    ratio_effects,
    sum_effects,
)
from kpi_tui.review.exact import exact
from kpi_tui.workspace.model import Acquisition, Metric
from kpi_tui.workspace.periods import Period
from tests.review.given import RATE, REVENUE, day, evaluator, rows_of, typed, workspace

D, F = Decimal, Fraction
JANUARY = Period(day("01-01"), day("01-31"), "2026-01")
FEBRUARY = Period(day("02-01"), day("02-28"), "2026-02")


def month(start: date, end: date, **channels: tuple[Any, int, int]) -> list[Any]:
    """A row per channel on the first and an empty one on the last day."""
    rows = [
        {"date": start, "channel": name, "amount": D(amount), "won": won, "leads": leads}
        for name, (amount, won, leads) in channels.items()
    ]
    return [*rows, *rows_of(end, end, channel=next(iter(channels)))]


def test_a_ratio_by_hand() -> None:
    """Email converts 30 of 100, then 40 of 100; SEO 10 of 100, then 30 of 300: 20 % -> 17.5 %.

    Email: rate = (1/2 + 1/4) / 2 x 0.1 = 0.0375; mix = -1/4 x (0.35 - 0.1875) = -0.040625.
    SEO: rate 0; mix = 1/4 x (0.1 - 0.1875) = -0.021875. Together -0.025.
    """
    rows = month(day("01-01"), day("01-31"), Email=(0, 30, 100), SEO=(0, 10, 100))
    rows += month(day("02-01"), day("02-28"), Email=(0, 40, 100), SEO=(0, 30, 300))
    found = bridge(evaluator(workspace(RATE), rows), "rate", "channel", JANUARY, FEBRUARY)
    assert (found.before, found.after, found.change) == (F(1, 5), F(7, 40), F(-1, 40))
    seo, email = found.effects
    assert (email.slice, email.rate, email.mix, email.baseless) == ("Email", F(375, 10000), F(-40625, 1000000), 0)
    assert (email.before, email.after) == (F(3, 10), F(4, 10))
    assert (seo.slice, seo.rate, seo.mix, seo.total) == ("SEO", 0, F(-21875, 1000000), F(-21875, 1000000))


def test_a_sum_by_hand_and_largest_first() -> None:
    rows = month(day("01-01"), day("01-31"), Email=("10.50", 0, 0), SEO=(5, 0, 0), Old=(1, 0, 0))
    rows += month(day("02-01"), day("02-28"), Email=(12, 0, 0), New=(7, 0, 0), SEO=(1, 0, 0))
    found = bridge(evaluator(workspace(REVENUE), rows), "revenue", "channel", JANUARY, FEBRUARY)
    assert [(each.slice, each.total) for each in found.effects] == [
        ("New", 7),
        ("SEO", -4),
        ("Email", F(3, 2)),
        ("Old", -1),
    ]
    assert (found.before, found.after, found.kind) == (F(33, 2), 20, "sum")
    assert all(each.rate is None for each in found.effects)


def test_a_slice_absent_on_one_side_takes_its_other_rate() -> None:
    found = ratio_effects({"a": (F(1), F(2)), "b": (F(1), F(2))}, {"a": (F(1), F(2))})
    assert found is not None
    assert [(each.slice, each.rate, each.baseless) for each in found] == [("a", 0, 0), ("b", 0, 0)]
    new = ratio_effects({"a": (F(1), F(2))}, {"a": (F(1), F(2)), "b": (F(9), F(2))})
    assert new is not None
    assert (new[1].before, new[1].after, new[1].rate) == (None, F(9, 2), 0)
    assert new[0].mix == F(-1, 2) * (F(1, 2) - F(3, 2))


def test_a_numerator_without_a_denominator_has_an_effect_of_its_own() -> None:
    """Spend of a channel without orders: 10/10 -> (10 + 5)/10; all of +0.5 is the spend that brought nothing."""
    found = ratio_effects({"ads": (F(10), F(10))}, {"ads": (F(10), F(10)), "radio": (F(5), F(0))})
    assert found is not None
    assert [(e.slice, e.total, e.rate, e.mix, e.baseless) for e in found] == [
        ("ads", 0, 0, 0, 0),
        ("radio", F(1, 2), 0, 0, F(1, 2)),
    ]


def test_constants_are_in_the_values_and_never_in_the_effects() -> None:
    romi = Metric(id="romi", formula="revenue / leads - 1", unit="percent")
    leads = Metric(id="leads", source="sales", formula="SUM(leads)")
    rows = month(day("01-01"), day("01-31"), Email=(30, 0, 10), SEO=(10, 0, 10))
    rows += month(day("02-01"), day("02-28"), Email=(60, 0, 10), SEO=(10, 0, 10))
    found = bridge(evaluator(workspace(REVENUE, leads, romi), rows), "romi", "channel", JANUARY, FEBRUARY)
    assert (found.before, found.after) == (1, F(5, 2))
    assert [(e.slice, e.before, e.after, e.total) for e in found.effects] == [
        ("Email", 2, 5, F(3, 2)),
        ("SEO", 0, 0, 0),
    ]


def test_the_filter_holds_and_missing_slices_are_slices() -> None:
    rows = [*month(day("01-01"), day("01-31"), Email=(1, 0, 0), SEO=(2, 0, 0))]
    rows += [*month(day("02-01"), day("02-28"), Email=(5, 0, 0)), {"date": day("02-02"), "amount": D(3)}]
    known = evaluator(workspace(REVENUE), rows)
    found = bridge(known, "revenue", "channel", JANUARY, FEBRUARY, (("channel", (None, "SEO")),))
    assert [(each.slice, each.total) for each in found.effects] == [(None, 3), ("SEO", -2)]


@pytest.mark.parametrize(
    ("metric", "dimension", "start", "why"),
    [
        ("clients", "channel", JANUARY, "COUNT(DISTINCT channel) does not add up over slices"),
        ("revenue", "city", JANUARY, "the metric has no dimension 'city'"),
        ("rate", "channel", Period(day("03-01"), day("03-31"), "2026-03"), "it has no value in 2026-03"),
        ("m", "channel", JANUARY, "m is entered by hand: its slices need not add up"),
    ],
)
def test_why_there_is_none(metric: str, dimension: str, start: Period, why: str) -> None:
    clients = Metric(id="clients", source="sales", formula="COUNT(DISTINCT channel)")
    rows = month(day("01-01"), day("02-28"), Email=(1, 1, 1))
    known = evaluator(workspace(REVENUE, RATE, clients, typed(("01-01", 5))), rows)
    with pytest.raises(NoBridge) as caught:
        bridge(known, metric, dimension, start, JANUARY)
    assert str(caught.value.what) == why


def test_dimensions_are_ranked_by_the_slices_that_stand_out() -> None:
    """All of the change is Email's, none of it is a city's: both cities grow alike."""
    uneven = sum_effects({"Email": F(10), "SEO": F(10)}, {"Email": F(20), "SEO": F(10)})
    even = sum_effects({"Perm": F(10), "Omsk": F(10)}, {"Perm": F(15), "Omsk": F(15)})
    assert _bridge(uneven).unevenness == 2 * (10 - F(30, 50) * 10)
    assert _bridge(even).unevenness == 0
    rows = month(day("01-01"), day("01-31"), Email=(1, 0, 0)) + month(day("02-01"), day("02-28"), Email=(5, 0, 0))
    known = evaluator(workspace(REVENUE), rows)
    assert [each.dimension for each in bridges(known, "revenue", JANUARY, FEBRUARY)] == ["channel"]
    with pytest.raises(NoBridge, match="no dimension to look by"):
        bridges(known, "revenue", JANUARY, FEBRUARY, but=("channel",))


def _bridge(effects: list[Effect]) -> Bridge:
    whole = [sum((getattr(each, side) for each in effects), F(0)) for side in ("before", "after")]
    return Bridge("m", "d", JANUARY, FEBRUARY, "sum", whole[0], whole[1], tuple(effects))


def test_an_unfinished_period_is_compared_over_the_same_elapsed_days() -> None:
    known = evaluator(workspace(REVENUE), rows_of(day("01-01"), day("02-14"), amount=D(1), channel="Email"))
    question = Question(("revenue",), "month")
    before, after = compared_periods(known, question, "revenue", FEBRUARY, "previous")
    assert (before.start, before.end, after.end) == (day("01-01"), day("01-14"), day("02-14"))
    assert bridge(known, "revenue", "channel", before, after).change == 0
    assert (is_whole(before, known), is_whole(JANUARY, known)) == (False, True)
    whole = evaluator(workspace(REVENUE), rows_of(day("01-01"), day("02-28"), amount=D(1)))
    assert compared_periods(whole, question, "revenue", FEBRUARY, "previous") == (JANUARY, FEBRUARY)
    assert compared_periods(whole, question, "revenue", FEBRUARY, "2026-01") == (JANUARY, FEBRUARY)
    with pytest.raises(NoBridge, match="no data in 2025-12"):
        compared_periods(whole, question, "revenue", JANUARY, "previous")


values = st.fractions(min_value=-50, max_value=50, max_denominator=20)
sides = st.dictionaries(st.sampled_from(["a", "b", "c", None]), st.tuples(values, values), max_size=4)


@settings(deadline=None, max_examples=300)
@given(sides, sides)
def test_effects_add_up_exactly(before: dict[str | None, Pair], after: dict[str | None, Pair]) -> None:
    """With absent slices, denominators of 0, negative numbers: no residual."""
    found = ratio_effects(before, after)
    wholes = [(sum(n for n, _ in side.values()), sum(d for _, d in side.values())) for side in (before, after)]
    if not wholes[0][1] or not wholes[1][1]:
        assert found is None
        return
    assert found is not None
    assert sum(each.total for each in found) == wholes[1][0] / wholes[1][1] - F(wholes[0][0]) / wholes[0][1]
    for each in found:
        assert each.total == each.rate + each.mix + each.baseless  # type: ignore[operator]  # a ratio has all three
        has_no_base = any(not side.get(each.slice, (0, 1))[1] for side in (before, after))
        assert has_no_base or each.baseless == 0
    sums = [{name: n for name, (n, _) in side.items()} for side in (before, after)]
    assert sum(each.total for each in sum_effects(*sums)) == wholes[1][0] - wholes[0][0]


cells = st.tuples(
    st.sampled_from([JANUARY, FEBRUARY]),
    st.sampled_from(["Email", "SEO", None]),
    st.one_of(st.none(), st.integers(-300, 300)),
    st.one_of(st.none(), st.integers(-3, 9)),
)


@settings(deadline=None, max_examples=150)
@given(st.lists(cells, min_size=1, max_size=12), st.sampled_from(["revenue", "per_lead", "average", "stock", "new"]))
def test_the_whole_is_the_metric_itself(drawn: list[Any], name: str) -> None:
    """On tables with missing cells and slices the bridge goes from the metric's value to its value."""
    rows = [
        {"date": period.start, "channel": channel, "amount": None if amount is None else D(amount), "leads": leads}
        for period, channel, amount, leads in drawn
    ]
    metrics = (
        REVENUE,
        Metric(id="per_lead", source="sales", formula="2 * SUM(amount) / SUM(leads) - 3"),
        Metric(id="average", source="sales", formula="AVG(amount)"),
        Metric(id="stock", source="sales", formula="SUM(leads)", at="last"),
        Metric(id="new", acquisition=Acquisition(source="sales", entity="leads")),
    )
    known = evaluator(workspace(*metrics, as_of=FEBRUARY.end), rows)
    wholes = [exact(_value(known, name, period)) for period in (JANUARY, FEBRUARY)]
    try:
        found = bridge(known, name, "channel", JANUARY, FEBRUARY)
    except NoBridge:
        assert None in wholes
        return
    assert None not in wholes
    assert float(found.before) == pytest.approx(float(wholes[0] or 0))
    assert float(found.after) == pytest.approx(float(wholes[1] or 0))
    assert sum(each.total for each in found.effects) == found.change


def _value(known: Any, name: str, period: Period) -> Any:
    answer = known.ask(Question((name,), "all", period.start, period.end))
    return answer.value(name) if answer.periods and answer.slices else None
