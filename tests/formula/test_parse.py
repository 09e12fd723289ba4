"""What the formula language admits, and how everything else is refused: by name, at its place, with a cure."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.errors import FormulaError
from kpi_tui.formula import parse
from kpi_tui.formula.tree import Aggregate, aggregates, column_names, metric_names, render

ACCEPTED = {
    # aggregates, each with its filter
    "SUM(cost)": "SUM(cost)",
    "sum(cost)": "SUM(cost)",
    "COUNT(*)": "COUNT(*)",
    "COUNT(id)": "COUNT(id)",
    "COUNT(DISTINCT id)": "COUNT(DISTINCT id)",
    "AVG(x) + MIN(x) + MAX(x)": "(AVG(x) + MIN(x)) + MAX(x)",
    "MEDIAN(x) - STDDEV(x)": "MEDIAN(x) - STDDEV(x)",
    "QUANTILE(x, 0.9)": "QUANTILE(x, 0.9)",
    "SUM(price * quantity)": "SUM(price * quantity)",
    "SUM(x) FILTER (WHERE y IS NOT NULL)": "SUM(x) FILTER (WHERE NOT (y IS NULL))",
    "COUNT(*) FILTER (WHERE s = 'won')": "COUNT(*) FILTER (WHERE s = 'won')",
    "COUNT(DISTINCT id) FILTER (WHERE a)": "COUNT(DISTINCT id) FILTER (WHERE a)",
    "QUANTILE(x, 1) FILTER (WHERE a)": "QUANTILE(x, 1) FILTER (WHERE a)",
    # arithmetic
    "a + b * c - d / e": "(a + (b * c)) - (d / e)",
    "(a + b) * c": "(a + b) * c",
    "a - b - c": "(a - b) - c",
    "a - (b - c)": "a - (b - c)",
    "-a": "-a",
    "- -a": "-(-a)",
    "+a": "a",
    "a - -b": "a - (-b)",
    # numbers and names
    "1e3": "1000",
    ".5 + 1. + 1.50": "(0.5 + 1) + 1.50",
    "выручка / 2": "выручка / 2",
    '"Расход (руб.)"': '"Расход (руб.)"',
    '"with ""quotes"""': '"with ""quotes"""',
    "Cost + cost": "Cost + cost",
    '"case"': '"case"',
    '"NULL"': '"NULL"',
    # scalars
    "ABS(a) + LN(a) + EXP(a) + SQRT(a)": "((ABS(a) + LN(a)) + EXP(a)) + SQRT(a)",
    "FLOOR(a) + CEIL(a) + CEILING(a)": "(FLOOR(a) + CEIL(a)) + CEIL(a)",
    "ROUND(a)": "ROUND(a, 0)",
    "ROUND(a, 2)": "ROUND(a, 2)",
    "NULLIF(a, 0)": "NULLIF(a, 0)",
    "COALESCE(a, b, 0)": "COALESCE(a, b, 0)",
    "GREATEST(a, b)": "GREATEST(a, b)",
    "LEAST(a, b, c)": "LEAST(a, b, c)",
    "CASE WHEN a > 1 THEN 2 ELSE 3 END": "CASE WHEN a > 1 THEN 2 ELSE 3 END",
    "CASE a WHEN 1 THEN 2 WHEN 3 THEN 4 END": "CASE WHEN a = 1 THEN 2 WHEN a = 3 THEN 4 ELSE NULL END",
    "CAST(a AS INTEGER)": "CAST(a AS INTEGER)",
    "CAST(a AS BIGINT)": "CAST(a AS INTEGER)",
    "CAST(a AS DOUBLE)": "CAST(a AS DOUBLE)",
    "CAST(a AS TEXT)": "CAST(a AS TEXT)",
    "CAST(a AS DATE)": "CAST(a AS DATE)",
    "DATE '2026-01-31'": "DATE '2026-01-31'",
    "CAST('2026-01-31' AS DATE)": "DATE '2026-01-31'",
    # conditions
    "a = 1 AND b <> 2 OR NOT c": "((a = 1) AND (b <> 2)) OR (NOT c)",
    "a != 1": "a <> 1",
    "a < 1 OR a <= 1 OR a > 1 OR a >= 1": "(((a < 1) OR (a <= 1)) OR (a > 1)) OR (a >= 1)",
    "a IS NULL": "a IS NULL",
    "a IS NOT NULL": "NOT (a IS NULL)",
    "a IS TRUE": "(NOT (a IS NULL)) AND (a = TRUE)",
    "a IS NOT FALSE": "NOT ((NOT (a IS NULL)) AND (a = FALSE))",
    "a IN (1, 'x', TRUE, DATE '2026-01-01')": "a IN (1, 'x', TRUE, DATE '2026-01-01')",
    "a IN (-1, 0)": "a IN (-1, 0)",
    "a NOT IN ('x')": "NOT (a IN ('x'))",
    "a BETWEEN 1 AND 2": "(a >= 1) AND (a <= 2)",
    "a NOT BETWEEN 1 AND 2": "NOT ((a >= 1) AND (a <= 2))",
    "a LIKE 'x%'": "a LIKE 'x%'",
    "a NOT LIKE 'C%'": "NOT (a LIKE 'C%')",
    "'it''s'": "'it''s'",
    "'-- not a comment /* either'": "'-- not a comment /* either'",
    "NULL": "NULL",
}


@pytest.mark.parametrize("source", ACCEPTED)
def test_accepted(source: str) -> None:
    assert render(parse.formula(source)) == ACCEPTED[source]


REFUSED = {
    # what a formula may not say at all: (line, column, what)
    "SUM(x); DROP TABLE y": (1, 1, "';' is not part of the formula language"),
    "(SELECT 1)": (1, 9, "SELECT is not part of the formula language"),
    "a IN (SELECT 1)": (1, 1, "IN ... QUERY is not part of the formula language"),
    "a + SUM(b) OVER ()": (1, 5, "OVER is not part of the formula language"),
    "a || b": (1, 1, "'||' is not part of the formula language"),
    "a % b": (1, 1, "'%' is not part of the formula language"),
    "a ILIKE 'x'": (1, 1, "ILIKE is not part of the formula language"),
    "a LIKE 'x' ESCAPE '!'": (1, 1, "ESCAPE is not part of the formula language"),
    "a AS b": (1, 1, "AS is not part of the formula language"),
    "?": (1, 1, "'?' is not part of the formula language"),
    "a[1]": (1, 1, "'[' is not part of the formula language"),
    "1 + ads.cost": (1, 5, "a dotted name is not part of the formula language"),
    "MIN(a, b)": (1, 1, "MIN ... EXPRESSIONS is not part of the formula language"),
    "FLOOR(a, 1)": (1, 7, "FLOOR ... DECIMALS is not part of the formula language"),
    "a -- b": (1, 3, "a comment cannot stand in a formula"),
    "a /* b */": (1, 3, "a comment cannot stand in a formula"),
    # functions
    "cost + foo(1)": (1, 8, "foo cannot be used like this in a formula"),
    "read_csv('x')": (1, 1, "read_csv cannot be used like this in a formula"),
    "POWER(a, 2)": (1, 1, "POWER cannot be used like this in a formula"),
    "CURRENT_DATE": (1, 1, "CURRENT_DATE cannot be used like this in a formula"),
    "SUM(DISTINCT a)": (1, 1, "SUM cannot be used like this in a formula"),
    "SUM(*)": (1, 1, "SUM cannot be used like this in a formula"),
    "COUNT()": (1, 1, "COUNT needs a column or *"),
    "COUNT(DISTINCT a, b)": (1, 1, "COUNT(DISTINCT ...) takes one column"),
    "1 + QUANTILE(a, 2)": (1, 5, "QUANTILE takes a column and a share"),
    "QUANTILE(a, b)": (1, 1, "QUANTILE takes a column and a share"),
    "ROUND(a, b)": (1, 1, "ROUND takes a number of digits from 0 to 12"),
    "ROUND(a, -1)": (1, 1, "ROUND takes a number of digits from 0 to 12"),
    "CAST(a AS DECIMAL(10, 2))": (1, 6, "CAST AS DECIMAL is not supported"),
    "DATE '2026-13-01'": (1, 6, "'2026-13-01' is not a date"),
    "a LIKE b": (1, 1, "LIKE takes a pattern in quotes"),
    "a IN (1, b)": (1, 1, "IN takes a list of values"),
    "a IN ()": (1, 1, "IN takes a list of values"),
    "a IS b": (1, 1, "IS takes NULL, TRUE or FALSE"),
    "a FILTER (WHERE b)": (1, 10, "this cannot be read at '('"),
    # aggregates inside aggregates
    "1 + SUM(1 + AVG(a))": (1, 13, "an aggregate cannot stand inside another: AVG"),
    "SUM(a) FILTER (WHERE MAX(b) > 1)": (1, 22, "an aggregate cannot stand inside another: MAX"),
    # numbers
    "1e400": (1, 1, "'1e400' has more than 18 digits"),
    "1 + 0.0000000000000000001": (1, 5, "'0.0000000000000000001' has more than 18 digits"),
    # syntax
    "": (1, 1, "the formula is empty"),
    " \n ": (1, 1, "the formula is empty"),
    "SUM(x": (1, 5, "this cannot be read at 'x'"),
    "a +\n  b *": (2, 5, "this cannot be read at '*'"),
    "a, b": (1, 2, "this cannot be read at ','"),
}


@pytest.mark.parametrize("source", REFUSED)
def test_refused(source: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse.formula(source)
    error = caught.value
    assert (error.line, error.column, str(error.what)) == REFUSED[source]


@pytest.mark.parametrize(
    ("source", "cure"),
    [
        ("sumn(a)", "did you mean 'SUM'?"),
        ("STDDEV_POP(a)", "did you mean 'STDDEV'?"),
        ("COUNT()", "write COUNT(*) to count rows"),
        ("a -- b", "use the metric's note"),
        ("ads.cost", "name the metric or the column alone"),
    ],
)
def test_a_refusal_says_how_to_mend_it(source: str, cure: str) -> None:
    with pytest.raises(FormulaError) as caught:
        parse.formula(source)
    assert str(caught.value.cure) == cure


def test_the_place_is_in_lines_and_columns_of_the_text() -> None:
    with pytest.raises(FormulaError) as caught:
        parse.formula("SUM(a)\n / NULLIF(\n   fooo(b), 0)")
    assert (caught.value.line, caught.value.column) == (3, 4)


def test_a_condition_holds_columns_only() -> None:
    assert render(parse.condition("status <> 'test' AND cost > 0")) == "(status <> 'test') AND (cost > 0)"
    with pytest.raises(FormulaError, match="a condition on rows cannot hold an aggregate: SUM") as caught:
        parse.condition("cost > SUM(cost)")
    assert caught.value.column == 8


def test_what_would_make_the_parser_slow_or_deep_is_refused_before_it() -> None:
    for source, said in [
        ("a + " * 1_000 + "a", "the formula has 4001 characters, more than 4000"),
        ("(" * 61 + "a" + ")" * 61, "more than 60 brackets inside each other"),
        ("NOT " * 61 + "a", "more than 60 brackets inside each other"),
        ("- " * 61 + "a", "more than 60 brackets inside each other"),
        ("CASE WHEN a THEN " * 61 + "1" + " END" * 61, "more than 60 brackets inside each other"),
    ]:
        with pytest.raises(FormulaError) as caught:
            parse.formula(source)
        assert str(caught.value.what) == said
    assert render(parse.formula("(" * 30 + "a" + ")" * 30)) == "a"
    assert render(parse.formula("'" + "(" * 61 + "'")) == "'" + "(" * 61 + "'", "brackets in a text are none"


def test_what_is_too_deep_for_the_stack_is_refused_like_anything_else() -> None:
    def deeper(frames: int) -> None:
        if frames:
            return deeper(frames - 1)
        with pytest.raises(FormulaError, match="nested too deeply"):
            parse.formula("(" * 60 + "b" + ")" * 60)
        with pytest.raises(FormulaError, match=r"too deeply|more than 200 operators in a row"):
            parse.formula(" + ".join(["a"] * 300))
        return None

    deeper(300)


def test_names_inside_an_aggregate_are_columns_and_outside_metrics() -> None:
    tree = parse.formula("spend / NULLIF(SUM(cost) FILTER (WHERE channel = 'SEO'), other)")
    assert [name.name for name in metric_names(tree)] == ["spend", "other"]
    [aggregate] = aggregates(tree)
    assert isinstance(aggregate, Aggregate)
    assert [name.name for name in column_names(aggregate)] == ["cost", "channel"]


@given(st.text("abSUM()*+-/,.'\" 019<>=;[]|%\n\u00d7ж", max_size=25) | st.text(max_size=12))
def test_any_text_is_a_formula_or_refused_at_a_place_in_it(source: str) -> None:
    try:
        tree = parse.formula(source)
    except FormulaError as error:
        refused = error
    else:
        assert render(tree)
        return
    lines = re.split("\r\n|\r|\n", source)  # sqlglot and Windows know more line ends than one
    assert 1 <= refused.line <= len(lines)
    assert 1 <= refused.column <= len(lines[refused.line - 1]) + 2


def test_the_parser_is_not_loaded_before_the_first_formula() -> None:
    script = (
        "import sys, kpi_tui.formula.parse as parse, kpi_tui.formula.columns, kpi_tui.metrics.evaluate\n"
        "assert 'sqlglot' not in sys.modules\n"
        "parse.formula('SUM(a)')\n"
        "assert 'sqlglot' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)


def test_the_parser_writes_nothing_on_the_screen() -> None:
    script = (
        "import kpi_tui.formula.parse as parse\n"
        "from kpi_tui.errors import FormulaError\n"
        "for source in ('GRANT x', 'SHOW a b'):\n"
        "    try: parse.formula(source)\n"
        "    except FormulaError: pass"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_a_formula_read_before_needs_no_parser() -> None:
    script = (
        "import sys, kpi_tui.formula.parse as parse\n"
        "from kpi_tui.formula.tree import Name, render\n"
        "parse.know({'spend / 2': Name('remembered')})\n"
        "assert render(parse.formula('spend / 2')) == 'remembered'\n"
        "assert 'sqlglot' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
