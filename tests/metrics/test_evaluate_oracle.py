"""The evaluator against a row-by-row oracle over random tables: missing cells, gaps in dates, slices of one row."""

from __future__ import annotations

import os
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, get_args

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_tui.errors import Place
from kpi_tui.facts.table import Table
from kpi_tui.loaded import evaluator_of
from kpi_tui.metrics.answer import Answer, Question
from kpi_tui.metrics.evaluate import LeafTables
from kpi_tui.workspace.model import Grain, Metric, Settings, Source, Weekday, Workspace
from tests.metrics import row_by_row
from tests.metrics.row_by_row import (
    ARGUMENTS,
    CONDITIONS,
    Asked,
    Derived,
    Facts,
    Fill,
    Oracle,
    Row,
    Share,
    Simple,
    Stretch,
    Value,
)

# cases of each oracle test: 100,000 can be asked for once
EXAMPLES = int(os.environ.get("KPI_TUI_ORACLE_EXAMPLES", "800"))
BEGIN, DAY = date(2025, 12, 20), timedelta(days=1)
SELDOM = st.sampled_from([False] * 5 + [True])  # what narrows a question, so that most are about something
FILLS = st.sampled_from(list[Fill]([None, None, Decimal(0), Decimal("7.5"), "previous", "previous"]))
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
DIMENSIONS = {"sales": ("channel", "region"), "visits": ("channel",)}
COLUMNS = {
    "date": pl.Date(),
    "channel": pl.String(),
    "region": pl.String(),
    "customer": pl.String(),
    "quantity": pl.Int32(),
    "cost": pl.Decimal(38, 2),
    "score": pl.Float64(),
}

days = st.one_of(st.integers(0, 5), st.integers(0, 20), st.integers(0, 60), st.integers(0, 500)).map(
    lambda n: BEGIN + n * DAY
)
cells: Mapping[str, st.SearchStrategy[Any]] = {
    "date": days,
    "channel": st.sampled_from(["a", "a", "b", None]),
    "region": st.sampled_from(["x", "y", None]),
    "customer": st.sampled_from(["1", "2", "3", None]),
    "quantity": st.sampled_from([None, -2, 0, 1, 2, 3, 4, 2**31 - 1]),
    "cost": st.sampled_from([None, *map(Decimal, ("0.00", "0.10", "0.20", "1.50", "2.05", "-3.00"))]),
    # quarters: their sums are exact, so an order of summing cannot excuse a difference
    "score": st.one_of(st.none(), st.integers(-8, 8).map(lambda n: n / 4)),
}


@st.composite
def facts(draw: st.DrawFn, dimensions: tuple[str, ...]) -> Facts:
    fewest = draw(st.sampled_from([8, 8, 8, 1, 0]))
    rows: list[Row] = draw(st.lists(st.fixed_dictionaries(dict(cells)), min_size=fewest, max_size=16))
    first = min((row["date"] for row in rows), default=None)
    newest = max((row["date"] for row in rows), default=None)
    later = draw(st.sampled_from([0, 0, 3, 40, -3, -40]))
    until = newest + later * DAY if newest else None
    every = draw(st.sampled_from(list[Grain](["day", "day", "day", "day", "day", "day", "week", "month"])))
    return Facts(rows, frozenset(dimensions), first, until, every)


@st.composite
def simple(draw: st.DrawFn) -> Simple:
    function = draw(st.sampled_from(["SUM(", "SUM(", "COUNT(", "COUNT(DISTINCT ", "AVG(", "MEDIAN(", "MIN(", "MAX("]))
    numbers = ["quantity", "cost", "score", "quantity * cost", "cost * cost"]
    fitting = {"COUNT(": list(ARGUMENTS), "COUNT(DISTINCT ": [*numbers, "customer"]}.get(function, numbers)
    return Simple(
        draw(st.sampled_from(["sales", "sales", "visits"])),
        function,
        draw(st.sampled_from(fitting)),
        draw(st.one_of(st.just(""), st.sampled_from(sorted(CONDITIONS)))),
        draw(st.one_of(st.just(""), st.just(""), st.sampled_from(sorted(CONDITIONS)))),
        draw(st.sampled_from([None, None, None, "first", "last", "average"])),
        draw(FILLS),
    )


@st.composite
def questions(draw: st.DrawFn) -> tuple[Oracle, list[str]]:
    """An oracle over a random workspace, and the names of the metrics to ask for."""
    base = {f"m{index}": draw(simple()) for index in range(draw(st.integers(1, 3)))}
    names = st.sampled_from(sorted(base))
    metrics: dict[str, row_by_row.Metric] = {
        **base,
        "ratio": Derived(draw(names), "/", draw(names), draw(FILLS)),
        "difference": Derived(draw(names), "-", draw(names), draw(FILLS)),
        # without a fill of their own: see test_a_share_is_filled_itself_not_its_total
        "share": Share(draw(names)),
    }
    metrics["share_of_ratio"] = Share("ratio")
    start, end, as_of = (BEGIN + draw(st.integers(least, most)) * DAY for least, most in ((0, 20), (2, 70), (2, 70)))
    asked = Asked(
        draw(st.sampled_from(["day", "week", "month", "quarter", "year", "all"])),
        start if draw(SELDOM) and start <= end else None,
        end if draw(SELDOM) else None,
        tuple(draw(st.sampled_from([(), ("channel",), ("channel",), ("region", "channel"), ("region",)]))),
        draw(filters()) if draw(SELDOM) else (),
        draw(filters()) if draw(SELDOM) else (),
    )
    oracle = Oracle(
        {name: draw(facts(dimensions)) for name, dimensions in DIMENSIONS.items()},
        metrics,
        draw(st.sampled_from([1, 1, 4, 12])),
        draw(st.integers(0, 6)),
        as_of if draw(SELDOM) else None,
        asked,
    )
    return oracle, draw(st.lists(st.sampled_from(sorted(metrics)), min_size=1, unique=True))


def filters() -> st.SearchStrategy[row_by_row.Where]:
    values = st.lists(st.sampled_from(["a", "b", None]), min_size=1, max_size=2, unique=True).map(tuple)
    regions = st.lists(st.sampled_from(["x", "y", None]), min_size=1, max_size=2, unique=True).map(tuple)
    channel, region = values.map(lambda v: ("channel", v)), regions.map(lambda v: ("region", v))
    return st.one_of(channel.map(lambda one: (one,)), region.map(lambda one: (one,)), st.tuples(channel, region))


def answer(oracle: Oracle, names: list[str], more: Mapping[str, tuple[str, Decimal]] | None = None) -> Answer:
    """What the evaluator says to the oracle's question, and about `more` metrics (formula and fill)."""
    sources = tuple(
        Source(id=name, path="-", time="date", dimensions=found, every=oracle.facts[name].every)
        for name, found in DIMENSIONS.items()
    )
    metrics = [metric_of(name, metric) for name, metric in oracle.metrics.items()]
    metrics += [Metric(id=name, formula=formula, fill=fill) for name, (formula, fill) in (more or {}).items()]
    calendar = Settings(
        fiscal_year_start=oracle.fiscal_start, week_start=WEEKDAYS[oracle.week_start], as_of=oracle.as_of
    )
    workspace = Workspace(settings=calendar, sources=sources, metrics=tuple(metrics))
    tables = {source.id: table(source, oracle.facts[source.id]) for source in sources}
    evaluator = evaluator_of(workspace, LeafTables(tables), lambda path: Place("kpi.toml"))
    assert evaluator.plan.findings == ()
    asked = oracle.asked
    return evaluator.ask(
        Question((*names, *(more or {})), asked.grain, asked.start, asked.end, asked.by, asked.where, asked.scope)
    )


def metric_of(name: str, metric: row_by_row.Metric) -> Metric:
    match metric:
        case Simple():
            return Metric(
                id=name,
                source=metric.source,
                formula=metric.formula,
                where=metric.where,
                at=metric.at,
                fill=metric.fill,
            )
        case _:
            share = isinstance(metric, Share)
            return Metric(id=name, formula=metric.formula, share_of_total=share, fill=metric.fill)


def table(source: Source, known: Facts) -> Table:
    kept = {name: dtype for name, dtype in COLUMNS.items() if name != "region" or "region" in source.dimensions}
    frame = pl.DataFrame([{name: row[name] for name in kept} for row in known.rows], schema=kept)
    return Table(source, frame, known.first, known.complete_until, frame.height, 0, ())


def agree(found: Value, expected: Value, size: float = 0.0) -> bool:
    """Exact numbers to the digit, others to 1e-12 of themselves and, in a difference, of its sides' `size`."""
    if found is None or expected is None:
        return found is expected
    if isinstance(expected, float):
        return isinstance(found, float) and found == pytest.approx(expected, rel=1e-12, abs=1e-12 * max(1.0, size))
    return not isinstance(found, float) and found == expected


@given(questions())
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_the_evaluator_says_what_the_rows_say(drawn: tuple[Oracle, list[str]]) -> None:
    oracle, names = drawn
    found = answer(oracle, names)
    if all(oracle.facts[source].first is None for name in names for source in oracle.sources(name)):
        assert {value for name in names for value in found.values[name]} <= {None}
        return
    periods = oracle.periods(names)
    assert [(p.name, p.start, p.end) for p in found.periods] == [(p.name, p.start, p.end) for p in periods]
    for name in names:
        if all(oracle.facts[source].first for source in oracle.sources(name)):
            assert list(found.complete[name]) == [oracle.complete(name, period) for period in periods], name
        assert (name in found.reasons) == oracle.lacks(name), name
    if not periods:
        return
    assert set(found.slices) == oracle.slices(names)
    assert len(set(found.slices)) == len(found.slices)
    for index, part in enumerate(found.slices):
        check(found, oracle, names, periods, index, dict(zip(oracle.asked.by, part, strict=True)))


def check(
    found: Answer, oracle: Oracle, names: list[str], periods: list[Stretch], index: int, part: Mapping[str, str | None]
) -> None:
    for name in names:
        expected: list[Value] = [None] * len(periods) if oracle.lacks(name) else oracle.series(name, periods, part)
        sizes = [0.0] * len(periods) if oracle.lacks(name) else oracle.sizes(name, periods, part)
        pairs = zip(periods, found.series(name, index), expected, sizes, strict=True)
        wrong = [(p.name, a, b) for p, a, b, size in pairs if not agree(a, b, size)]
        assert wrong == [], (name, oracle.metrics[name], part)


def test_a_share_in_a_scope_is_of_the_total_outside_it() -> None:
    cells = dict.fromkeys(COLUMNS)
    rows = [
        {**cells, "date": BEGIN, "channel": name, "quantity": sold} for name, sold in (("a", 1), ("b", 2), ("b", 5))
    ]
    sales, none = (
        Facts(rows, frozenset({"channel", "region"}), BEGIN, BEGIN),
        Facts((), frozenset({"channel"}), None, None),
    )
    metrics: dict[str, row_by_row.Metric] = {"sold": Simple("sales", "SUM(", "quantity"), "share": Share("sold")}
    scope = (("channel", ("a",)),)
    oracle = Oracle({"sales": sales, "visits": none}, metrics, 1, 0, None, Asked("all", None, None, (), (), scope))
    assert answer(oracle, ["share"]).value("share") == oracle.series("share", oracle.periods(["share"]), {})[0] == 1 / 8
