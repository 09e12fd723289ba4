"""Formulas that went wrong are refused at a place in them or mean what the same SQL means; none opens anything.

`KPI_TUI_HOSTILE_FORMULAS` of them are tried; 10,000 take some 40 seconds.
"""

from __future__ import annotations

import json
import math
import os
import subprocess
import sys
from decimal import Decimal

import polars as pl
import pytest

from kpi_tui.errors import FormulaError
from kpi_tui.formula import parse
from tests.formula.hostile_run import Refused, is_inside, rows, tables, values
from tests.formula.mutations import WRITTEN, mutations

COUNT = int(os.environ.get("KPI_TUI_HOSTILE_FORMULAS", "1000"))
SEED = int(os.environ.get("KPI_TUI_HOSTILE_SEED", "2026"))


def test_every_text_is_a_formula_or_refused_at_a_place_in_it_and_opens_nothing() -> None:
    command = [sys.executable, "-m", "tests.formula.hostile_run", str(SEED), str(COUNT)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    found = json.loads(done.stdout)
    assert found["wrong"] == []
    assert found["touched"] == []
    assert found["accepted"] + found["refused"] == COUNT
    assert found["accepted"] > COUNT / 20
    assert found["refused"] > COUNT / 2


def test_an_attempt_to_open_something_would_be_seen() -> None:
    script = (
        "from tests.formula.hostile_run import _nothing_may_be_opened, rows\n"
        "import polars as pl, socket\n"
        "rows()\n"
        "touched = _nothing_may_be_opened()\n"
        "for attempt in (lambda: open('x'), lambda: pl.scan_csv('x').collect(), socket.socket):\n"
        "    try: attempt()\n"
        "    except BaseException as error: print('Too many open files' in str(error))\n"
        "print(sorted({each.split()[0] for each in touched}))"
    )
    done = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[:3] == ["True"] * 3
    assert "open" in done.stdout
    assert "socket.__new__" in done.stdout


def test_an_accepted_formula_is_the_sql_it_looks_like() -> None:
    duckdb = pytest.importorskip("duckdb")
    frame = rows()
    known = tables(frame)
    database = duckdb.connect()
    kinds = "date DATE, channel TEXT, region TEXT, customer TEXT, is_first BOOLEAN, quantity BIGINT"
    database.sql(f"CREATE TABLE facts ({kinds}, cost DECIMAL(18, 2), score DOUBLE)")
    database.executemany("INSERT INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", frame.rows())
    accepted = [text for text in dict.fromkeys((*WRITTEN, *mutations(SEED, COUNT))) if _is_read(text)]
    compared = 0
    for text, value in zip(accepted, values(known, accepted), strict=True):
        if isinstance(value, Refused):
            assert is_inside(text, value.at), text
            continue
        try:
            expected = database.sql(f"SELECT {_in_duckdb(text)} FROM facts").fetchall()[0][0]
        except duckdb.Error:  # it has narrower numbers, and fails where we say undefined
            continue
        if value is None and ("GREATEST" in text or "LEAST" in text):
            continue  # of an undefined operand: DuckDB leaves it out
        compared += expected is not None
        assert _agree(value, expected), (text, value, expected)
    assert compared > COUNT / 50


def _is_read(text: str) -> bool:
    try:
        parse.formula(text)
    except FormulaError:
        return False
    return True


def _in_duckdb(text: str) -> str:
    return text.replace("QUANTILE(", "QUANTILE_CONT(")


def _agree(found: object, expected: object) -> bool:
    if isinstance(expected, float) and not math.isfinite(expected):
        expected = None
    if found is None or expected is None:
        return found is expected
    if isinstance(found, int | float | Decimal) and isinstance(expected, int | float | Decimal):
        return math.isclose(found, expected, rel_tol=1e-9, abs_tol=1e-9)
    return found == expected


def test_a_chain_of_divisions_does_not_double_with_every_link() -> None:
    known = tables(rows())
    ((short, long),) = [values(known, ["SUM(quantity) / 2 / 2 / 2 / 2", "SUM(quantity)" + " / 2" * 190])]
    total = rows()["quantity"].sum()
    assert short == total / 16
    assert isinstance(long, float)
    assert math.isclose(long, total / 2**190)
    assert values(known, ["SUM(quantity) / " + "(1 / " * 20 + "0" + ")" * 20]) == [None]


@pytest.mark.parametrize(
    "source",
    [
        "GREATEST(" * 40 + "SUM(cost)" + ", 1)" * 40,
        "NULLIF(" * 40 + "SUM(cost)" + ", 1)" * 40,
        "COUNT(*) FILTER (WHERE is_first" + " IS TRUE" * 40 + ")",
        "COUNT(*) FILTER (WHERE " + "(" * 40 + "is_first" + " IN (TRUE, FALSE))" * 40 + ")",
        "COUNT(*) FILTER (WHERE " + "(" * 40 + "quantity" + " BETWEEN FALSE AND TRUE)" * 40 + ")",
        "CASE " * 20 + "SUM(cost)" + " WHEN 1 THEN 1 WHEN 2 THEN 2 END" * 20,
    ],
)
def test_what_would_double_with_every_bracket_is_refused(source: str) -> None:
    (found,) = values(tables(rows()), [source])
    assert isinstance(found, Refused)
    assert found.what in ("this is nested too deeply", "this is too much for one formula") or "different" in found.what
    assert is_inside(source, found.at)


def test_the_same_seed_gives_the_same_texts() -> None:
    assert list(mutations(3, 50)) == list(mutations(3, 50))
    assert list(mutations(3, 50)) != list(mutations(4, 50))


def test_the_facts_have_what_the_formulas_ask_for() -> None:
    found = values(tables(rows()), WRITTEN)
    assert [
        text for text, value in zip(WRITTEN, found, strict=True) if not isinstance(value, int | float | Decimal)
    ] == []
    assert isinstance(rows(), pl.DataFrame)
