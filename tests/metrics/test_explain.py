"""An explanation adds up: its parts, put into the formulas it shows, give the number it explains."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.explain import Explanation, Figure, explain
from kpi_tui.workspace.model import Metric
from kpi_tui.workspace.periods import Period
from tests.review.given import JANUARY, REVENUE, day, evaluator, rows_of, typed, workspace

D = Decimal
LEADS = Metric(id="leads", name="Leads", source="sales", formula="SUM(leads)")
WON = Metric(id="won", source="sales", formula="COUNT(*) FILTER (WHERE won > 0)")
RATE = Metric(id="rate", formula="won / leads", unit="percent")
PER_LEAD = Metric(id="per_lead", formula="revenue / leads - rate", unit="money")
ROWS = rows_of(JANUARY, day("01-31"), amount=D("2.50"), won=1, leads=4, channel="Email") + rows_of(
    day("02-01"), day("02-28"), amount=D(3), won=0, leads=5, channel="SEO"
)
KNOWN = evaluator(workspace(REVENUE, LEADS, WON, RATE, PER_LEAD), ROWS)


def explained(metric: str, question: Question, period: int = 0, part: int = 0) -> Explanation:
    answer = KNOWN.ask(question)
    found = explain(KNOWN, question, metric, answer.periods[period], answer.slices[part])
    assert found is not None
    return found


def lines(found: Explanation) -> list[tuple[int, str, Any]]:
    return [(part.depth, part.label, part.value) for part in found.parts]


def test_below_a_number_stands_everything_its_formula_names() -> None:
    found = explained("rate", Question(("rate",), "month"))
    assert lines(found) == [
        (0, "rate = won / leads", 31 / 124),
        (1, "won = COUNT(*) FILTER (WHERE won > 0)", 31),
        (2, "COUNT(*) FILTER (WHERE won > 0)", 31),
        (1, "Leads = SUM(leads)", 124),
        (2, "SUM(leads)", 124),
    ]
    assert [part.unit for part in found.parts] == ["percent", "count", None, "count", None]
    assert (found.period.name, found.complete, found.reason, found.names) == ("2026-01", True, None, {})


def test_the_slice_and_the_filter_are_those_of_the_question() -> None:
    found = explained("rate", Question(("revenue", "rate"), "month", by=("channel",)), period=1, part=1)
    assert (found.names, found.period.name) == ({"channel": "SEO"}, "2026-02")
    assert [value for _, _, value in lines(found)] == [0.0, 0, 0, 140, 140]
    filtered = explained("leads", Question(("leads",), "all", where=(("channel", ("Email",)),)))
    assert filtered.parts[0].value == 124


def test_the_sources_behind_a_number() -> None:
    [source] = explained("rate", Question(("rate",), "month")).sources
    assert (source.source, source.files, source.rows_read) == ("sales", ("sales.csv",), 59)
    assert source.covered == ("2026-01-01", "2026-02-28")


def test_why_there_is_no_number() -> None:
    found = explained("rate", Question(("rate",), "month", where=(("city", ("x",)),)))
    assert found.parts[0].value is None
    assert str(found.reason) == "source 'sales' has no dimension 'city'"


def test_an_incomplete_period_is_marked() -> None:
    assert not explained("leads", Question(("leads",), "month", end=day("02-14")), period=1).complete


def test_the_whole_is_explained_where_other_metrics_know_more_days() -> None:
    """The one period of `all` reaches as far as the metrics asked, and this one may know less."""
    known = evaluator(workspace(LEADS, typed(("01-01", 5)), as_of=day("06-30")), ROWS)
    question = Question(("leads", "m"), "all")
    answer = known.ask(question)
    found = explain(known, question, "leads", answer.periods[0], ())
    assert found is not None
    assert found.parts[0].value == answer.value("leads") == 264


def test_a_period_or_slice_that_is_not_in_the_answer_is_not_explained() -> None:
    question = Question(("leads",), "month", by=("channel",))
    answer = KNOWN.ask(question)
    elsewhere = Period(day("09-01"), day("09-30"), "2026-09")
    assert explain(KNOWN, question, "leads", elsewhere, ("SEO",)) is None
    assert explain(KNOWN, question, "leads", answer.periods[0], ("Radio",)) is None


def test_a_share_shows_the_part_it_is_a_share_of() -> None:
    share = Metric(id="share", name="Share", source="sales", formula="SUM(amount)", share_of_total=True, unit="percent")
    known = evaluator(workspace(share), ROWS)
    question = Question(("share",), "all", by=("channel",))
    answer = known.ask(question)
    found = explain(known, question, "share", answer.periods[0], ("Email",))
    assert found is not None
    assert found.parts[0].value == float(D("77.5") / D("161.5"))
    assert [(part.depth, part.label, part.value, part.side, part.rows) for part in found.parts[2:]] == [
        (2, "SUM(amount)", D("77.5"), "", 31),
        (1, "SUM(amount)", D("161.5"), "denominator", None),
    ]
    assert found.parts[0].arithmetic == (Figure(D("77.5")), " / ", Figure(D("161.5")))


figures = st.lists(
    st.tuples(st.integers(0, 50), st.integers(0, 3), st.integers(0, 9), st.sampled_from(["Email", "SEO"])),
    min_size=1,
    max_size=12,
)


@settings(deadline=None, max_examples=50)
@given(figures, st.sampled_from(["day", "month", "all"]), st.booleans())
def test_explanations_add_up(drawn: list[tuple[int, int, int, str]], grain: Any, split: bool) -> None:
    rows = [
        {"date": _later(n), "amount": D(5), "won": won, "leads": leads, "channel": channel}
        for n, won, leads, channel in drawn
    ]
    known = evaluator(workspace(REVENUE, LEADS, WON, RATE, PER_LEAD), rows)
    question = Question(("revenue", "rate", "per_lead"), grain, by=("channel",) if split else ())
    answer = known.ask(question)
    for index, period in enumerate(answer.periods):
        for place, part in enumerate(answer.slices):
            found = explain(known, question, "per_lead", period, part)
            assert found is not None
            assert found.parts[0].value == answer.value("per_lead", index, place)
            below: dict[str, Any] = {
                each.label.split(" = ")[0]: each.value for each in found.parts if each.unit is not None
            }
            assert below["per_lead"] == _computed(below["revenue"], below["Leads"], below["rate"])
            assert below["rate"] == (below["won"] / below["Leads"] if below["Leads"] else None)
            leaves = {each.label: each.value for each in found.parts if each.unit is None}
            assert (below["revenue"], below["Leads"]) == (leaves["SUM(amount)"], leaves["SUM(leads)"])


def _later(days: int) -> date:
    return JANUARY + timedelta(days=days)


def _computed(revenue: Any, leads: Any, rate: Any) -> Any:
    return None if not leads or rate is None else float(revenue) / leads - rate
