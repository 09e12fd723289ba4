"""The spreads of a number are of the rows that its explanation counts, one for every aggregate that has values."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, cast

import pytest
from msgspec.structs import replace

from kpi_tui.errors import Text
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.metrics.explain import explain
from kpi_tui.metrics.spread import LeafSpread, spreads
from kpi_tui.workspace.model import Metric
from tests.review.given import JANUARY, REVENUE, day, evaluator, rows_of, typed, workspace

if TYPE_CHECKING:
    from kpi_tui.facts.engines.scanned import Scanned

D = Decimal
PER_WON = Metric(id="per_won", source="sales", formula="SUM(amount) / COUNT(*) FILTER (WHERE won > 0)", unit="money")
MIDDLE = Metric(id="middle", source="sales", formula="SUM(leads) + MEDIAN(amount)")
ROWS = [
    *rows_of(JANUARY, day("01-03"), amount=D(10), won=1, leads=4, channel="Email"),
    *rows_of(day("01-04"), day("01-05"), amount=D(30), won=0, leads=5, channel="SEO"),
    *rows_of(day("02-01"), day("02-28"), amount=D(99), won=0, leads=9, channel="SEO"),
]
KNOWN = evaluator(workspace(REVENUE, PER_WON, MIDDLE, typed(("01-01", 5))), ROWS)


def asked(metric: str, question: Question, part: int = 0, known: Evaluator = KNOWN) -> list[LeafSpread] | Text:
    answer = known.ask(question)
    explanation = explain(known, question, metric, answer.periods[0], answer.slices[part])
    assert explanation is not None
    return spreads(known, explanation)


def found(metric: str, question: Question, part: int = 0) -> list[LeafSpread]:
    several = asked(metric, question, part)
    assert not isinstance(several, Text)
    return several


def test_the_rows_are_those_of_the_period_and_the_slice() -> None:
    [whole] = found("revenue", Question(("revenue",), "month"))
    assert (whole.spread.total, whole.spread.least, whole.spread.most, whole.value) == (5, 10.0, 30.0, D(90))
    [seo] = found("revenue", Question(("revenue",), "month", by=("channel",)), part=1)
    assert (seo.spread.total, seo.spread.least, seo.value) == (2, 30.0, D(60))
    [filtered] = found("revenue", Question(("revenue",), "month", where=(("channel", ("Email",)),)))
    assert filtered.spread.total == 3


def test_a_count_has_no_values_and_what_does_not_add_up_comes_first() -> None:
    [only] = found("per_won", Question(("per_won",), "month"))
    assert (only.function, only.spread.total) == ("SUM", 5)
    assert [each.function for each in found("middle", Question(("middle",), "month"))] == ["MEDIAN", "SUM"]


@pytest.mark.parametrize(
    ("metric", "reason"),
    [("m", "no values of a source's rows are behind this number"), ("n", "COUNT(*) counts rows")],
)
def test_why_there_are_none(metric: str, reason: str) -> None:
    count = Metric(id="n", source="sales", formula="COUNT(*)")
    known = evaluator(workspace(count, typed(("01-01", 5))), ROWS)
    why = asked(metric, Question((metric,), "month"), known=known)
    assert isinstance(why, Text)
    assert reason in str(why)


def test_the_rows_of_a_large_source_are_not_looked_at() -> None:
    known = evaluator(workspace(REVENUE), ROWS)
    known.ask(Question(("revenue",), "month"))  # an engine has counted it
    counted = known.leaf_tables.tables["sales"]
    known.leaf_tables.tables["sales"] = replace(counted, frame=None, large=cast("Scanned", object()))
    why = asked("revenue", Question(("revenue",), "month"), known=known)
    assert str(why) == "the rows of 'sales' are too many to be kept"
