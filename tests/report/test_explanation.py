"""The arithmetic that is shown can be done again, and `=` stands only where nothing was rounded."""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_tui.language.language import Language
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.explain import Explanation, Figure, Part, explain
from kpi_tui.metrics.rows import leaf_rows
from kpi_tui.report.explanation import arithmetic, explanation_lines, rows_title
from kpi_tui.workspace.model import Metric, Retention, Source
from tests.review.given import REVENUE, day, evaluator, rows_of, typed, workspace

D = Decimal
EN = Language("en", ascii=True)
LEADS = Metric(id="leads", source="sales", formula="SUM(leads)")
WON = Metric(id="won", source="sales", formula="COUNT(won)")
RATE = Metric(id="rate", formula="won / leads", unit="percent")
RETURNED = Metric(id="returned", formula="(revenue - leads) / leads - 0.5")
MIXED = Metric(id="mixed", formula="COALESCE(rate, 0) * 100 - (leads - won)")
SOURCED = Metric(id="margin", source="sales", formula="SUM(amount) - 2 * SUM(leads)", unit="money")
METRICS = (REVENUE, LEADS, WON, RATE, RETURNED, MIXED, SOURCED)
OPERATORS: dict[type, Callable[[Any, Any], Any]] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv,
}  # fmt: skip


def computed(shown: str) -> Fraction | None:
    """What a person's calculator gives for the arithmetic as it is shown."""
    try:
        return _of(ast.parse(re.sub(r"(?<=\d),(?=\d)", "", shown), mode="eval").body)
    except ZeroDivisionError:
        return None


def _of(node: ast.expr) -> Fraction:
    match node:
        case ast.Constant(value=value):
            return Fraction(repr(value))
        case ast.UnaryOp(operand=operand):
            return -_of(operand)
        case ast.BinOp(left=left, op=op, right=right):
            return Fraction(OPERATORS[type(op)](_of(left), _of(right)))
        case ast.Call(func=ast.Name(id="COALESCE"), args=[first, _]):
            return _of(first)
    raise AssertionError(ast.dump(node))


figures = st.lists(
    st.tuples(st.decimals(-999, 9999, places=2), st.sampled_from([None, 1, 7]), st.integers(-3, 40)),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=200)
@given(figures, st.sampled_from(["rate", "returned", "mixed", "margin"]))
def test_the_arithmetic_shown_gives_the_number_shown(drawn: list[Any], name: str) -> None:
    rows = [{"date": day("01-01"), "amount": amount, "won": won, "leads": leads} for amount, won, leads in drawn]
    known = evaluator(workspace(*METRICS), rows)
    question = Question((name,), "month")
    found = explain(known, question, name, known.ask(question).periods[0], ())
    assert found is not None
    for part in found.parts:
        if not part.arithmetic or None in [part.value, *(p.value for p in part.arithmetic if isinstance(p, Figure))]:
            continue
        line = arithmetic(part, EN)
        sign = "=" if " = " in line else "~"
        left, right = line.split(f" {sign} ", 1)
        result = computed(right)
        shown = Fraction(left.replace(",", "").removesuffix(" %")) / (100 if left.endswith("%") else 1)
        assert result is not None, line
        if sign == "=":
            assert shown == Fraction(part.value) or float(shown) == part.value
            assert float(result) == pytest.approx(float(shown), rel=1e-12, abs=1e-12), line
        else:
            scale = max([1.0, *(abs(float(p.value or 0)) for p in part.arithmetic if isinstance(p, Figure))])
            assert float(result) == pytest.approx(float(shown), rel=1e-4, abs=1e-4 * scale), line


def explained(metric: str, *metrics: Metric, rows: Any = (), question: Question | None = None) -> Explanation:
    known = evaluator(workspace(*metrics), rows)
    question = question or Question((metric,), "month")
    found = explain(known, question, metric, known.ask(question).periods[0], ())
    assert found is not None
    return found


def test_exact_and_rounded_figures() -> None:
    rows = [{"date": day("01-01"), "amount": D("-2.50"), "won": 1, "leads": leads} for leads in (2, 2)]
    rows += rows_of(day("01-31"), day("01-31"))
    rate = explained("rate", *METRICS, rows=rows).parts[0]
    assert arithmetic(rate, EN) == "50 % = 2 / 4"
    assert arithmetic(explained("margin", *METRICS, rows=rows).parts[0], EN) == "-13 = (-5) - (2 * 4)"
    third = Part(0, "", 1 / 3, "ratio", (Figure(1), " / ", Figure(3)))
    assert arithmetic(third, EN) == "0.3333333 ~ 1 / 3"
    assert arithmetic(third, Language("ru")) == "0,3333333 ≈ 1 / 3"
    undefined = Part(0, "", None, "ratio", (Figure(D("1240000")), " / ", Figure(None)))
    assert arithmetic(undefined, EN) == "- = 1,240,000 / -"


def test_the_lines_of_a_ratio() -> None:
    rows = rows_of(day("01-01"), day("01-30"), amount=D(3), won=1, leads=2, channel="Email")
    rows += [{"date": day("01-30"), "channel": "Email", "leads": 1}]
    question = Question(("rate",), "month", where=(("channel", ("Email", None)),))
    lines = list(explanation_lines(explained("rate", *METRICS, rows=rows, question=question), EN))
    assert [(each.label, each.text) for each in lines if each.depth or each.label] == [
        ("incomplete", "the data are complete until 30 Jan 2026"),
        ("49.1803 %", "rate = won / leads"),
        ("30", "won = COUNT(won)   (numerator)"),
        ("30", "COUNT(won)"),
        ("", "31 rows counted, 1 without a value"),
        ("61", "leads = SUM(leads)   (denominator)"),
        ("61", "SUM(leads)"),
        ("", "31 rows counted"),
        ("filter", "channel = Email, (none)"),
        ("sales", "31 rows read, 0 left out, 0 findings"),
    ]
    assert "49.1803 % ~ 30 / 61" in [each.text for each in lines]


def test_a_composed_numerator_is_a_line_of_its_own() -> None:
    rows = rows_of(day("01-01"), day("01-31"), amount=D(3), leads=1)
    part = Metric(id="part", formula="(revenue - leads) / revenue")
    found = explained("part", *METRICS, part, rows=rows)
    [above] = [each for each in found.parts if each.label == "revenue - leads"]
    assert (above.value, above.side, arithmetic(above, EN)) == (62, "numerator", "62 = 93 - 31")


def test_conditions_of_source_metric_view_and_goal() -> None:
    rows = rows_of(day("01-01"), day("01-31"), amount=D(3), won=1, channel="Email")
    good = Metric(id="good", name="Good", source="sales", formula="SUM(amount)", where="won > 0")
    space = workspace(good)
    source = Source(id="sales", path="s", time="date", dimensions=("channel",), where="amount > 0")
    known = evaluator(type(space)(settings=space.settings, sources=(source,), metrics=(good,)), rows)
    question = Question(("good",), "month", where=(("channel", ("Email",)),), scope=(("channel", ("Email", "SEO")),))
    found = explain(known, question, "good", known.ask(question).periods[0], ())
    assert found is not None
    assert [(each.kind, each.name, each.condition) for each in found.conditions] == [
        ("source", "sales", "amount > 0"),
        ("metric", "Good", "won > 0"),
        ("filter", "channel", "Email"),
        ("scope", "channel", "Email, SEO"),
    ]


def test_the_rows_of_a_leaf_are_those_it_counts() -> None:
    """Filters of the view, of the metric and of the aggregate, and the one day of a stock."""
    rows = [
        {"date": day("01-30"), "channel": "Email", "won": 1, "leads": 1},
        {"date": day("01-31"), "channel": "Email", "won": 0, "leads": 2},
        {"date": day("01-31"), "channel": "Email", "won": 1, "leads": None},
        {"date": day("01-31"), "channel": "Email", "won": 1, "leads": 8, "amount": D(5)},
        {"date": day("01-31"), "channel": "SEO", "won": 1, "leads": 16},
    ]
    formula = "SUM(leads) FILTER (WHERE won > 0)"
    stock = Metric(id="m", source="sales", formula=formula, at="last", where="channel <> 'Radio'")
    known = evaluator(workspace(stock), rows)
    question = Question(("m",), "month", by=("channel",))
    found = explain(known, question, "m", known.ask(question).periods[0], ("Email",))
    assert found is not None
    leaf = found.parts[-1]
    assert (leaf.value, leaf.rows, leaf.rows_without_value) == (8, 2, 1)
    shown = leaf_rows(known, found, leaf)
    assert (shown.columns, shown.total) == (("date", "channel", "leads", "won"), 2)
    assert [list(row.cells.values()) for row in shown.rows] == [
        [day("01-31"), "Email", None, 1],
        [day("01-31"), "Email", 8, 1],
    ]
    assert rows_title(leaf_rows(known, found, leaf, 1), EN) == f"{formula}: 2 rows, the first 1 here"


def test_a_window_shows_its_days_and_what_was_counted_in_them() -> None:
    rows = rows_of(day("01-01"), day("02-28"), amount=D(2), leads=1)
    window = Metric(id="w", name="W", formula="revenue / leads", window="7 days")
    known = evaluator(workspace(REVENUE, LEADS, window), rows)
    question = Question(("w",), "month")
    answer = known.ask(question)
    found = explain(known, question, "w", answer.periods[1], ())
    assert found is not None
    assert found.parts[0].value == answer.value("w", 1) == 2
    inner = [each for each in found.parts if each.arithmetic]
    assert [(each.over.start, each.over.end) for each in inner if each.over] == [(day("02-22"), day("02-28"))]
    assert [arithmetic(each, EN) for each in inner] == ["2 = 14 / 7"]
    assert [each.rows for each in found.parts if each.leaf is not None] == [7, 7]
    assert "counted from 22 Feb 2026 to 28 Feb 2026" in [each.text for each in explanation_lines(found, EN)]


def test_the_entry_that_stands_is_named() -> None:
    found = explained("m", typed(("01-01", 5), ("01-09", 7)), question=Question(("m",), "month"))
    assert [(each.value, str(each.label)) for each in found.parts[1:]] == [
        (5, "entered on 2026-01-01"),
        (7, "entered on 2026-01-09"),
    ]


def test_counts_of_histories_say_what_they_count() -> None:
    rows = rows_of(day("01-01"), day("01-31"), channel="Email", leads=1)
    rows += rows_of(day("02-01"), day("02-28"), channel="Email", leads=1)
    kept = Metric(id="kept", retention=Retention(source="sales", entity="channel"), unit="percent")
    known = evaluator(workspace(kept), rows)
    question = Question(("kept",), "month")
    found = explain(known, question, "kept", known.ask(question).periods[1], ())
    assert found is not None
    assert [(each.value, str(each.label), each.side) for each in found.parts] == [
        (1.0, "kept", ""),
        (1, "of them active in this period", "numerator"),
        (1, "values of channel active 1 x month before", "denominator"),
    ]
    assert arithmetic(found.parts[0], EN) == "100 % = 1 / 1"
