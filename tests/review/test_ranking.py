"""Splits in the order of a metric: what is kept, what is gathered, and that both are computed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal as D

from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.metrics.answer import Question
from kpi_tui.review.ranking import breakdown, parts, ranking_metric, ranking_period, total
from kpi_tui.review.view import View
from kpi_tui.workspace.model import Metric, Source
from tests.review.given import RATE, REVENUE, Row, day, evaluator, typed, workspace

BUYERS = Metric(id="buyers", source="sales", formula="COUNT(DISTINCT leads)")
SHARE = Metric(id="share", formula="revenue", share_of_total=True, unit="percent")
BY_CHANNEL = Question(("revenue", "buyers", "share"), "month", by=("channel",))
CHANNELS = ("A", "B", "C", None)


def row(channel: str | None, amount: int, buyer: int = 1, when: str = "03-01", won: int = 0) -> Row:
    return {"date": day(when), "channel": channel, "amount": D(amount), "leads": buyer, "won": won}


ROWS = [row("A", 10, 1), row("B", 30, 2), row("C", 20, 2), row("C", 5, 3), row(None, 1, 1), row("A", 100, 7, "02-01")]
MARCH = evaluator(workspace(REVENUE), []).calendar.period(date(2026, 3, 1), "month")


def test_the_highest_are_kept_and_the_rest_is_computed_not_added_up() -> None:
    known = evaluator(workspace(REVENUE, BUYERS, SHARE), ROWS)
    found = parts(known, BY_CHANNEL, rank="revenue", period=MARCH, top=2)
    assert [(part.kind, part.names, part.count) for part in found] == [
        ("slice", ("B",), 1),
        ("slice", ("C",), 1),
        ("other", (), 2),
    ]
    assert [part.value("revenue", MARCH) for part in found] == [D(30), D(25), D(11)]
    assert [part.value("buyers", MARCH) for part in found] == [1, 2, 1]  # A and the missing channel have one buyer
    assert [part.value("share", MARCH) for part in found] == [30 / 66, 25 / 66, 11 / 66]
    assert total(known, BY_CHANNEL).value("buyers", MARCH) == 3


def test_the_lowest_are_kept_and_a_slice_without_a_value_is_never_one_of_them() -> None:
    rows = [row("A", 1, 10, won=5), row("B", 1, 10, won=1), row("C", 1, 0)]
    known = evaluator(workspace(REVENUE, RATE), rows)
    question = Question(("revenue", "rate"), "month", by=("channel",))
    assert [p.names for p in parts(known, question, rank="rate", period=MARCH, top=-1)] == [("B",), ()]
    assert [p.names for p in parts(known, question, rank="rate", period=MARCH)] == [("A",), ("B",), ("C",)]
    assert [p.names for p in parts(known, question, rank="rate", period=MARCH, top=-3)] == [("B",), ("A",), ("C",)]


def test_without_a_ranking_the_names_decide() -> None:
    known = evaluator(workspace(REVENUE, BUYERS, SHARE), ROWS)
    assert [part.names for part in parts(known, BY_CHANNEL)] == [("A",), ("B",), ("C",), (None,)]


def test_pairs_of_two_dimensions_are_gathered_as_pairs() -> None:
    source = Source(id="sales", path="sales.csv", time="date", dimensions=("channel", "leads"))
    from msgspec.structs import replace

    space = replace(workspace(REVENUE), sources=(source,))
    rows = [row("A", 50, 1), row("A", 1, 2), row("B", 2, 1), row("B", 40, 2), row(None, 3, 2)]
    known = evaluator(space, rows)
    found = parts(known, Question(("revenue",), "month", by=("channel", "leads")), rank="revenue", period=MARCH, top=2)
    assert [part.names for part in found] == [("A", "1"), ("B", "2"), ()]
    assert found[-1].value("revenue", MARCH) == D(6)  # neither A nor B as a whole


def test_entries_of_slices_have_no_rest() -> None:
    metric = typed(("03-10", "5"))
    known = evaluator(workspace(REVENUE, metric), ROWS)
    question = Question(("m", "revenue"), "month", by=("channel",))
    assert ranking_metric(known, question, None) == "revenue"  # m is undefined in this split
    assert ranking_metric(known, question, "m") == "m"
    found = parts(known, question, rank="revenue", period=MARCH, top=1)
    assert found[-1].value("m", MARCH) is None


def test_the_last_complete_period_decides_where_none_is_looked_at() -> None:
    known = evaluator(workspace(REVENUE), [row("A", 1, when="02-01"), row("A", 1, when="03-10")])
    period = ranking_period(known, Question(("revenue",), "month"), "revenue")
    assert period is not None
    assert period.name == "2026-02"


def test_a_breakdown_that_is_cut_ends_with_the_total() -> None:
    known = evaluator(workspace(REVENUE, BUYERS, SHARE), ROWS)
    kinds = [part.kind for part in breakdown(known, BY_CHANNEL, View(by=("channel",), top=1), compare=False).parts]
    assert kinds == ["slice", "other", "total"]
    plain = breakdown(known, BY_CHANNEL, View(by=("channel",)), compare=True)
    assert [part.kind for part in plain.parts] == ["slice"] * 4
    assert not plain.cut


@given(
    st.lists(st.tuples(st.sampled_from(CHANNELS), st.integers(-5, 50), st.integers(0, 4)), min_size=1, max_size=12),
    st.integers(-4, 4),
    st.sampled_from(["revenue", "buyers"]),
)
def test_kept_and_gathered_are_the_whole(sold: list[tuple[str | None, int, int]], top: int, rank: str) -> None:
    known = evaluator(workspace(REVENUE, BUYERS, SHARE), [row(*each) for each in sold])
    found = parts(known, BY_CHANNEL, rank=rank, period=MARCH, top=top)
    seen = {channel for channel, _, _ in sold}
    assert sum(part.count for part in found) == len(seen)
    assert sum(D(part.value("revenue", MARCH) or 0) for part in found) == sum(amount for _, amount, _ in sold)
    kept = {part.names[0] for part in found if part.kind == "slice"}
    rest = {buyer for channel, _, buyer in sold if channel not in kept}
    gathered = [part for part in found if part.kind == "other"]
    assert [part.value("buyers", MARCH) for part in gathered] == ([len(rest)] if top and len(seen) > abs(top) else [])
