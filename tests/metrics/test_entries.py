"""Hand-entered metrics: what stands between entries, what adds up, and what nobody entered is not nought."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.metrics import entries
from kpi_tui.metrics.answer import Answer, Question
from kpi_tui.workspace.model import Entry, Metric
from kpi_tui.workspace.periods import Calendar
from tests.review.given import D, day, evaluator, typed, workspace

calendar = Calendar()
NPS = (("02-10", 30), ("02-20", 40), ("04-05", 50))


def by_month(at: Any, *values: tuple[str, Any], months: int = 5) -> list[Decimal | float | None]:
    metric = typed(*values, at=at)
    periods = list(calendar.periods(day("01-01"), day(f"{months:02}-28"), "month"))
    return entries.values(metric, entries.of_slice(metric, {}, None), periods)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (None, [None, 40, 40, 50, 50]),
        ("last", [None, 40, 40, 50, 50]),
        ("sum", [None, 70, None, 50, None]),
        ("first", [None, 30, 40, 40, 50]),
        ("average", [None, 35.0, 40, 50.0, 50]),
    ],
)
def test_between_entries(at: Any, expected: list[object]) -> None:
    assert by_month(at, *NPS) == expected


def test_first_is_what_is_entered_on_the_first_day() -> None:
    assert by_month("first", ("01-15", 1), ("02-01", 2), ("02-02", 3), months=2) == [1, 2]


def test_a_sum_of_money_is_exact() -> None:
    assert by_month("sum", ("01-01", "0.1"), ("01-02", "0.2"), months=1) == [D("0.3")]


def test_entries_count_by_date_in_whatever_order_they_are_typed() -> None:
    assert by_month("last", *reversed(NPS)) == by_month("last", *NPS)


def test_days_before_the_first_entry_are_not_nought() -> None:
    """The trap: they pull a mean down and make the first entry look like a jump."""
    other = typed(("01-01", 1), id="other")
    known = workspace(typed(*NPS), other)
    answer = evaluator(known, None).ask(Question(("m", "other"), "month"))
    assert answer.series("m") == (None, 40, 40, 50)
    assert answer.series("other") == (1, 1, 1, 1)


def ask(metric: Metric, question: Question, as_of: date | None = None) -> Answer:
    return evaluator(workspace(metric, as_of=as_of), None).ask(question)


def sliced(*given: tuple[str, int, Mapping[str, str]]) -> Metric:
    return Metric(id="m", entries=tuple(Entry(date=day(when), value=D(value), by=by) for when, value, by in given))


TARGET, OTHER = {"segment": "target"}, {"segment": "other"}
SEGMENTS = sliced(("03-01", 20, {}), ("03-01", 30, TARGET), ("03-02", 10, OTHER), ("04-01", 31, TARGET))


def test_entries_without_a_slice_answer_for_the_total() -> None:
    answer = ask(SEGMENTS, Question(("m",), "month"))
    assert answer.series("m") == (20, 20)


def test_entries_with_a_slice_answer_for_it() -> None:
    answer = ask(SEGMENTS, Question(("m",), "month", by=("segment",)))
    assert answer.slices == (("other",), ("target",))
    assert answer.values["m"] == (10, 30, 10, 31)
    one = Question(("m",), "all", where=(("segment", ("target",)),))
    assert ask(SEGMENTS, one).values["m"] == (31,)
    scoped = Question(("m",), "all", scope=(("segment", ("other",)),))
    assert ask(SEGMENTS, scoped).values["m"] == (10,)


def test_other_splits_are_undefined_with_the_reason() -> None:
    for question in (
        Question(("m",), "all", by=("city",)),
        Question(("m",), "all", where=(("segment", ("nobody",)),)),
        Question(("m",), "all", where=(("segment", ("target", "other")),)),
        Question(("m",), "all", by=("segment",), where=(("city", ("x",)),)),
    ):
        answer = ask(SEGMENTS, question)
        assert set(answer.values["m"]) <= {None}
        assert str(answer.reasons["m"]) == "nothing was entered for this split"
    assert str(ask(Metric(id="m"), Question(("m",))).reasons["m"]) == "nothing was entered yet"


def test_what_is_entered_after_as_of_is_left_out() -> None:
    assert ask(typed(*NPS), Question(("m",), "month"), as_of=day("03-15")).series("m") == (40, 40)
    assert ask(typed(*NPS), Question(("m",), "all"), as_of=day("02-15")).series("m") == (30,)


def test_a_range_without_data_has_no_value() -> None:
    known = evaluator(workspace(typed(*NPS)), None)
    assert known.value("m", day("01-01"), day("01-31")) is None
    assert known.value("m", date(2019, 1, 1), date(2019, 12, 31)) is None
    assert known.value("m", day("03-01"), day("03-02")) == 40


dates = st.dates(date(2026, 1, 1), date(2026, 6, 30))
typed_values = st.dictionaries(dates, st.integers(-50, 50), min_size=1, max_size=8)


@given(typed_values, st.sampled_from(["week", "month", "quarter"]))
def test_values_against_a_plain_reading(given: dict[date, int], grain: Any) -> None:
    periods = list(calendar.periods(day("01-01"), day("06-30"), grain))

    def values(at: Any) -> list[Any]:
        metric = Metric(id="m", at=at, entries=tuple(Entry(date=when, value=D(value)) for when, value in given.items()))
        return entries.values(metric, entries.of_slice(metric, {}, None), periods)

    for period, last, total, mean in zip(periods, values("last"), values("sum"), values("average"), strict=True):
        before = [given[when] for when in sorted(given) if when <= period.end]
        inside = [value for when, value in given.items() if when in period]
        assert last == (before[-1] if before else None)
        assert total == (sum(inside) if inside else None)
        assert mean == pytest.approx(sum(inside) / len(inside)) if inside else mean == last
