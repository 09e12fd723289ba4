"""Formulas against DuckDB: the same SQL over the same rows gives the same numbers, slice by slice."""

from __future__ import annotations

import math
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_tui.errors import Place
from kpi_tui.loaded import evaluator_of
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.evaluate import LeafTables
from kpi_tui.workspace.model import Metric, Source, Workspace
from tests.metrics.row_by_row import CONDITIONS, Facts
from tests.metrics.test_evaluate_oracle import COLUMNS, EXAMPLES, facts, table

duckdb = pytest.importorskip("duckdb")

NUMBERS = st.sampled_from(["quantity", "cost", "score"])
ROWS = st.sampled_from(sorted(condition for condition in CONDITIONS if condition))
Both = tuple[str, str]  # the formula, and what it is in SQL


def same(template: str, *parts: st.SearchStrategy[str]) -> st.SearchStrategy[Both]:
    return st.builds(template.format, *parts).map(lambda said: (said, said))


def filtered_sum(number: str, condition: str) -> Both:
    """A sum over no rows is 0 here and NULL there; one over rows without a value is undefined in both."""
    said = f"SUM({number}) FILTER (WHERE {condition})"
    return said, f"COALESCE({said}, CASE WHEN COUNT(*) FILTER (WHERE {condition}) = 0 THEN 0 END)"


def over(template: str, *inner: st.SearchStrategy[Both]) -> st.SearchStrategy[Both]:
    return st.tuples(*inner).map(
        lambda pairs: (template.format(*(pair[0] for pair in pairs)), template.format(*(pair[1] for pair in pairs)))
    )


AGGREGATES = st.one_of(
    same("{}({})", st.sampled_from(["SUM", "AVG", "MIN", "MAX", "COUNT"]), NUMBERS),
    # DuckDB's median of decimals keeps their scale: 1.025 would be 1.02.
    NUMBERS.map(lambda number: (f"MEDIAN({number})", f"MEDIAN(CAST({number} AS DOUBLE))")),
    same("COUNT(DISTINCT {})", st.sampled_from(["customer", "quantity"])),
    same("COUNT(*) FILTER (WHERE {})", ROWS),
    same("SUM(CASE WHEN {} THEN {} ELSE 0 END)", ROWS, NUMBERS),
    st.builds(filtered_sum, NUMBERS, ROWS),
)
FORMULAS = st.recursive(
    AGGREGATES,
    lambda inner: st.one_of(
        over("({} + {})", inner, inner),
        over("({} - {})", inner, inner),
        over("({} / NULLIF({}, 0))", inner, inner),
        over("COALESCE({}, 0)", inner),
        over("ABS({})", inner),
    ),
    max_leaves=4,
)


@given(facts(("channel", "region")), FORMULAS)
@settings(max_examples=EXAMPLES // 2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_a_formula_is_the_sql_it_looks_like(known: Facts, said: Both) -> None:
    formula, sql = said
    source = Source(id="sales", path="-", time="date", dimensions=("channel", "region"))
    loaded = table(source, known)
    if not known.rows:
        return
    metric = Metric(id="m", source="sales", formula=formula)
    workspace = Workspace(sources=(source,), metrics=(metric,))
    made = evaluator_of(workspace, LeafTables({"sales": loaded}), lambda path: Place("kpi.toml"))
    assert made.plan.findings == ()
    answer = made.ask(Question(("m",), "month", by=("channel",)))
    with duckdb.connect() as database:
        database.execute(
            "CREATE TABLE facts (date DATE, channel VARCHAR, region VARCHAR, customer VARCHAR, quantity BIGINT,"
            " cost DECIMAL(38, 2), score DOUBLE)"
        )
        database.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?)", loaded_rows(known))
        rows = database.execute(f"SELECT date_trunc('month', date), channel, {sql} FROM facts GROUP BY 1, 2").fetchall()
    for month, channel, expected in rows:
        start = date(month.year, month.month, 1)
        period = next(index for index, each in enumerate(answer.periods) if each.start == start)
        assert agree(answer.value("m", period, answer.slices.index((channel,))), expected), (formula, start, channel)


def loaded_rows(known: Facts) -> list[list[object]]:
    return [[row[name] for name in COLUMNS] for row in known.rows]


def agree(found: object, expected: object) -> bool:
    if found is None or expected is None:
        return found is None and expected is None
    assert isinstance(found, int | float | Decimal)
    assert isinstance(expected, int | float | Decimal)
    return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
