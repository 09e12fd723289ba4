"""Which formulas are sums and which are ratios of sums, metric names expanded."""

from __future__ import annotations

from fractions import Fraction

import pytest

from kpi_tui.metrics.shape import NotAdditive, Ratio, Shape, Sum, shape_of
from kpi_tui.workspace.model import Acquisition, Conversion, Events, Metric, Repeat, Retention
from tests.review.given import REVENUE, evaluator, typed, workspace

LEADS = Metric(id="leads", source="sales", formula="SUM(leads)")
WON = Metric(id="won", source="sales", formula="SUM(won)")
CLIENTS = Metric(id="clients", source="sales", formula="COUNT(DISTINCT channel)")
RATE = Metric(id="rate", formula="won / leads")


def shape(formula: str, **keys: object) -> Shape:
    metric = Metric(id="m", **{"formula": formula, **keys})  # type: ignore[arg-type]  # a test's own keys
    known = evaluator(workspace(REVENUE, LEADS, WON, CLIENTS, RATE, metric, typed(id="hand")), [])
    return shape_of(known.plan, "m")[0]


def named(terms: object) -> dict[str, Fraction]:
    """Coefficients by the aggregate alone."""
    assert isinstance(terms, dict)
    return {column.rpartition(":")[2]: factor for column, factor in terms.items()}


@pytest.mark.parametrize(
    ("formula", "terms", "constant"),
    [
        ("revenue", {"SUM(amount)": 1}, 0),
        ("revenue / 1000 - 2 * leads + 5", {"SUM(amount)": Fraction(1, 1000), "SUM(leads)": -2}, 5),
        ("-(won - leads) - leads", {"SUM(won)": -1}, 0),
        ("COALESCE(won, 0)", {"SUM(won)": 1}, 0),
    ],
)
def test_sums(formula: str, terms: dict[str, Fraction], constant: int) -> None:
    found = shape(formula)
    assert isinstance(found, Sum)
    assert (named(found.terms), found.constant) == (terms, constant)


@pytest.mark.parametrize(
    ("formula", "above", "below", "constant"),
    [
        ("won / leads", {"SUM(won)": 1}, {"SUM(leads)": 1}, 0),
        ("100 * rate", {"SUM(won)": 100}, {"SUM(leads)": 1}, 0),
        ("1 - rate / 2", {"SUM(won)": Fraction(-1, 2)}, {"SUM(leads)": 1}, 1),
        ("(revenue - won) / NULLIF(won, 0)", {"SUM(amount)": 1, "SUM(won)": -1}, {"SUM(won)": 1}, 0),
        ("revenue / leads - rate", {"SUM(amount)": 1, "SUM(won)": -1}, {"SUM(leads)": 1}, 0),
    ],
)
def test_ratios(formula: str, above: dict[str, Fraction], below: dict[str, Fraction], constant: int) -> None:
    found = shape(formula)
    assert isinstance(found, Ratio)
    assert (named(found.above), named(found.below), found.constant) == (above, below, constant)


def test_an_average_is_a_sum_over_a_count_of_the_same_rows() -> None:
    found = shape("AVG(amount) FILTER (WHERE won > 0)", source="sales")
    assert isinstance(found, Ratio)
    assert named(found.above) == {"SUM(amount) FILTER (WHERE won > 0)": 1}
    assert named(found.below) == {"COUNT(amount) FILTER (WHERE won > 0)": 1}


@pytest.mark.parametrize(
    ("formula", "why"),
    [
        ("clients", "COUNT(DISTINCT channel) does not add up over slices"),
        ("revenue / clients", "COUNT(DISTINCT channel) does not add up over slices"),
        ("revenue * leads", "m is neither a sum nor one sum divided by another"),
        ("revenue / leads - revenue / won", "m is neither a sum nor one sum divided by another"),
        ("(revenue + 1) / leads", "m is neither a sum nor one sum divided by another"),
        ("1 / leads", "m is neither a sum nor one sum divided by another"),
        ("GREATEST(won, leads)", "m is neither a sum nor one sum divided by another"),
        ("hand * 2", "hand is entered by hand: its slices need not add up"),
        ("nothing", "unknown name 'nothing'"),
    ],
)
def test_what_cannot_be_told_apart_says_why(formula: str, why: str) -> None:
    with pytest.raises(NotAdditive, match="^" + why.replace("(", r"\(").replace(")", r"\)")):
        shape(formula)


def test_a_share_and_an_average_stock_are_not_additive() -> None:
    with pytest.raises(NotAdditive, match="share of a total"):
        shape("revenue", share_of_total=True)
    with pytest.raises(NotAdditive, match="average over days"):
        shape("SUM(amount)", source="sales", at="average")
    assert isinstance(shape("SUM(amount)", source="sales", at="last"), Sum)


def test_histories_add_up_where_each_event_is_in_one_slice() -> None:
    new = Metric(id="new", acquisition=Acquisition(source="sales", entity="channel"))
    kept = Metric(id="kept", retention=Retention(source="sales", entity="channel"))
    again = Metric(id="again", repeat=Repeat(source="sales", entity="channel"))
    window = Metric(id="window", formula="revenue", window="7 days")
    events = Events(source="sales")
    won = Metric(id="won", conversion=Conversion(entity="channel", base=events, converted=events))
    plan = evaluator(workspace(REVENUE, new, kept, again, window, won), []).plan
    assert isinstance(shape_of(plan, "new")[0], Sum)
    assert isinstance(shape_of(plan, "won")[0], Ratio)
    for name in ("kept", "again"):
        with pytest.raises(NotAdditive, match="a channel may be in several slices"):
            shape_of(plan, name)
    with pytest.raises(NotAdditive, match="counted over other days than its period"):
        shape_of(plan, "window")
