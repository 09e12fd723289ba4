"""Corrections laid over facts: which aggregates know of them, in which periods and slices, and what is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.errors import Place
from kpi_tui.loaded import evaluator_of
from kpi_tui.metrics.answer import Question, Value
from kpi_tui.metrics.corrected import corrections_inside
from kpi_tui.metrics.evaluate import Evaluator, LeafTables
from kpi_tui.workspace.model import Adjustment, Metric, Settings, Source, Workspace
from tests.facts.sources import csv

DATA = """date,channel,region,cost,clicks,price,status
2026-08-01,Direct,Moscow,100.50,10,2,ok
2026-08-01,Search,Moscow,50,5,3,test
2026-08-31,Direct,Ufa,20,,4,ok
2026-09-30,Search,Ufa,7,1,5,ok
2026-10-01,,Ufa,,1,5,ok
"""


def place_of(path: tuple[str, ...]) -> Place:
    return Place(".".join(path), 1)


def evaluated(
    tmp_path: Path, formulas: dict[str, Any], *made: dict[str, Any], content: str = DATA, **source: Any
) -> Evaluator:
    """The evaluator of these metrics (a formula, or a metric's keys) over one source `s`, with corrections."""
    keys: dict[str, Any] = {
        "time": "date",
        "dimensions": ("channel", "region"),
        "columns": {"cost": "decimal", "clicks": "integer", "price": "decimal"},
        **source,
    }
    table = csv(tmp_path, content, **keys)
    metrics = tuple(
        Metric(id=name, source="s", **({"formula": keys} if isinstance(keys, str) else keys))
        for name, keys in formulas.items()
    )
    adjustments = tuple(
        Adjustment(**{"id": f"a{index}", "source": "s", "column": "cost", "date": date(2026, 8, 31), **each})
        for index, each in enumerate(made, 1)
    )
    workspace = Workspace(settings=Settings(), sources=(table.source,), metrics=metrics, adjustments=adjustments)
    return evaluator_of(workspace, LeafTables({"s": table}), place_of)


def months(evaluator: Evaluator, name: str, *by: str, **question: Any) -> dict[object, Sequence[Value]]:
    """The values of August, September and October by slice."""
    answer = evaluator.ask(Question((name,), "month", by=by, **question))
    return {part: answer.series(name, place) for place, part in enumerate(answer.slices)}


def test_an_amount_more_changes_sums_and_counts_no_event(tmp_path: Path) -> None:
    formulas = {
        "cost": "SUM(cost)", "rows": "COUNT(*)", "costs": "COUNT(cost)", "channels": "COUNT(DISTINCT channel)",
        "mean": "AVG(cost)", "least": "MIN(cost)", "most": "MAX(cost)", "middle": "MEDIAN(cost)",
        "clicks": "SUM(clicks)",
    }  # fmt: skip
    add = {"where": {"channel": "Email"}, "add": Decimal("12000.25")}
    plain, corrected = evaluated(tmp_path, formulas), evaluated(tmp_path, formulas, add)
    assert months(corrected, "cost")[()] == (Decimal("12170.75"), 7, None)
    assert months(plain, "cost")[()] == (Decimal("170.50"), 7, None)
    assert months(corrected, "mean")[()][0] == 12170.75 / 3, "the corrected sum over as many cells as before"
    for name in ("rows", "costs", "channels", "least", "most", "middle", "clicks"):
        assert months(corrected, name) == months(plain, name), name


def test_a_slice_of_its_own_and_a_filter(tmp_path: Path) -> None:
    formulas = {"cost": "SUM(cost)", "rows": "COUNT(*)"}
    made = {"where": {"channel": "Email"}, "add": Decimal(12)}
    evaluator = evaluated(tmp_path, formulas, made)
    assert months(evaluator, "cost", "channel") == {
        ("Direct",): (Decimal("120.5"), 0, 0),
        ("Email",): (12, 0, 0),
        ("Search",): (50, 7, 0),
        (None,): (0, 0, None),
    }
    assert months(evaluator, "rows", "channel").keys() == {("Direct",), ("Search",), (None,)}
    assert months(evaluator, "cost", where=(("channel", ("Email", "Direct")),))[()] == (Decimal("132.5"), 0, 0)
    assert months(evaluator, "cost", where=(("region", ("Ufa",)),))[()] == (20, 7, None)
    assert months(evaluator, "cost", where=(("region", (None,)),))[()] == (12, 0, 0), "it has no region"


def test_a_month_that_has_nothing_but_a_correction(tmp_path: Path) -> None:
    content = "date,channel,region,cost,clicks,price,status\n2026-08-01,a,b,1,1,1,ok\n2026-10-31,a,b,1,1,1,ok\n"
    formulas = {
        "cost": "SUM(cost)", "clicks": "SUM(clicks)", "rows": "COUNT(*)", "cpc": "cost / clicks",
        "mean": {"formula": "AVG(price)", "fill": Decimal(5)},
    }  # fmt: skip
    evaluator = evaluated(tmp_path, formulas, {"date": date(2026, 9, 30), "add": Decimal(3)}, content=content)
    assert [months(evaluator, name)[()][1] for name in formulas] == [3, 0, 0, None, 5]


def test_set_makes_the_sum_so_in_the_order_of_the_file(tmp_path: Path) -> None:
    direct = {"channel": "Direct"}
    evaluator = evaluated(
        tmp_path,
        {"cost": "SUM(cost)"},
        {"where": direct, "add": Decimal(5), "date": date(2026, 8, 1)},
        {"where": direct, "set": Decimal("90.01"), "date": date(2026, 8, 1)},
        {"where": {"region": "Moscow", "channel": "Direct"}, "add": Decimal(1), "date": date(2026, 8, 1)},
        {"set": Decimal(0), "date": date(2026, 9, 30)},
    )
    day = {"start": date(2026, 8, 1), "end": date(2026, 8, 1)}
    assert months(evaluator, "cost", "channel", **day)["Direct",] == (Decimal("91.01"),)
    assert months(evaluator, "cost")[()] == (Decimal("161.01"), 0, None)
    amounts = [each.amount for each in evaluator.leaf_tables.corrections.made["s"]]
    assert amounts == [5, Decimal("-15.49"), 1, -7]


@given(
    values=st.lists(st.decimals(-1000, 1000, places=2), min_size=1, max_size=6),
    scopes=st.lists(st.sampled_from(["", "Direct", "Search"]), min_size=6, max_size=6),
    sets=st.lists(st.booleans(), min_size=6, max_size=6),
)
def test_after_a_set_the_sum_is_what_was_typed(
    values: list[Decimal], scopes: list[str], sets: list[bool], tmp_path_factory: pytest.TempPathFactory
) -> None:
    made = [
        {
            "where": {"channel": scope} if scope else {},
            "set" if is_set else "add": value,
            "date": date(2026, 8, 1),
        }
        for value, scope, is_set in zip(values, scopes, sets, strict=False)
    ]
    made.append({"where": {"channel": "Direct"}, "set": Decimal("1.23"), "date": date(2026, 8, 1)})
    evaluator = evaluated(tmp_path_factory.mktemp("set"), {"cost": "SUM(cost)"}, *made)
    answer = evaluator.ask(Question(("cost",), "day", date(2026, 8, 1), date(2026, 8, 1), by=("channel",)))
    assert answer.value("cost", 0, answer.slices.index(("Direct",))) == Decimal("1.23")
    total = evaluator.value("cost", date(2026, 8, 1), date(2026, 8, 1))
    parts = answer.series("cost", 0)[:0] + tuple(answer.values["cost"])
    assert total == sum(part for part in parts if part is not None), "slices add up to the total"


def test_expressions_take_the_part_that_is_proportional_to_the_column(tmp_path: Path) -> None:
    formulas = {
        "margin": "SUM(clicks - cost)",
        "taxed": "SUM(cost * 1.2 + 1)",
        "direct": "SUM(CASE WHEN channel = 'Direct' THEN cost ELSE 0 END)",
        "search": "SUM(cost) FILTER (WHERE channel = 'Search')",
        "dear": "SUM(CASE WHEN cost > 1 THEN 1 ELSE 0 END)",
        "turnover": "SUM(clicks * cost)",
        "ok": {"formula": "SUM(cost)", "where": "status = 'ok'"},
        "there": {"formula": "SUM(COALESCE(cost, 0))", "where": "channel <> 'x'"},
    }
    plain = evaluated(tmp_path, formulas)
    corrected = evaluated(tmp_path, formulas, {"where": {"channel": "Direct"}, "add": Decimal(10)})
    before = {name: months(plain, name)[()][0] for name in formulas}
    after = {name: months(corrected, name)[()][0] for name in formulas}
    changed = {name: after[name] - before[name] for name in formulas}  # type: ignore[operator]  # numbers
    assert changed == {
        "margin": -10, "taxed": 12, "direct": 10, "search": 0, "dear": 0, "turnover": 0, "ok": 0, "there": 10,
    }  # fmt: skip


def test_a_stock_takes_the_corrections_of_its_day(tmp_path: Path) -> None:
    formulas = {
        name: {"formula": "SUM(cost)", "at": at}
        for name, at in (("first", "first"), ("last", "last"), ("mean", "average"))
    }
    early = evaluated(tmp_path, formulas, {"date": date(2026, 8, 1), "add": Decimal(10)})
    assert [months(early, name)[()][0] for name in formulas] == [Decimal("160.5"), 20, (160.5 + 20) / 2]
    late = evaluated(tmp_path, formulas, {"add": Decimal(10), "where": {"channel": "Search"}})
    assert [months(late, name)[()][0] for name in formulas] == [Decimal("150.5"), 30, (150.5 + 30) / 2]
    assert months(late, "last", "channel")["Search",][0] == 10, "rows of the day have other channels"
    between = evaluated(tmp_path, formulas, {"date": date(2026, 8, 15), "add": Decimal(10)})
    assert [months(between, name)[()][0] for name in formulas] == [Decimal("150.5"), 20, (150.5 + 20) / 2]


def test_rows_that_cover_a_month_and_sources_without_dates(tmp_path: Path) -> None:
    content = "date,channel,region,cost,clicks,price,status\n2026-08-01,a,b,10,1,1,ok\n2026-09-01,a,b,1,1,1,ok\n"
    monthly = evaluated(
        tmp_path, {"cost": "SUM(cost)"}, {"set": Decimal(12), "date": date(2026, 8, 15)}, content=content, every="month"
    )
    assert months(monthly, "cost")[()] == (12, 1)
    timeless = evaluated(tmp_path, {"cost": "SUM(cost)"}, {"set": Decimal(12)}, content=content, time=None)
    assert timeless.value("cost", None, None) == 12


def test_a_fraction_in_a_column_of_whole_numbers(tmp_path: Path) -> None:
    evaluator = evaluated(tmp_path, {"clicks": "SUM(clicks)"}, {"column": "clicks", "add": Decimal("0.125")})
    assert months(evaluator, "clicks")[()] == (Decimal("15.125"), 1, 1)


def test_what_is_wrong_changes_nothing_and_is_said_with_its_place(tmp_path: Path) -> None:
    one = Decimal(1)
    evaluator = evaluated(
        tmp_path,
        {"cost": "SUM(cost)"},
        {"column": "cots", "add": one},
        {"column": "channel", "add": one},
        {"where": {"chanel": "Direct"}, "add": one},
        {"date": date(2025, 1, 1), "add": one},
        {"where": {"channel": "Diretc"}, "add": one},
        {"set": one, "where": {"channel": "Search"}},
        {"set": Decimal(2), "where": {"channel": "Search"}},
    )
    found = [f"{f.place.file} {f.severity}: {f.what}: {f.cure}" for f in evaluator.leaf_tables.corrections.findings]
    assert found == [
        "adjustment.a1.column error: source 's' has no column 'cots': did you mean 'cost'?",
        "adjustment.a2.column error: column 'channel' does not hold numbers: "
        "columns of numbers are cost, clicks, price",
        "adjustment.a3.where error: source 's' has no dimension 'chanel': did you mean 'channel'?",
        "adjustment.a4.date error: 2025-01-01 is outside what source 's' covers: it covers 2026-08-01 to 2026-10-01",
        "adjustment.a5.where warning: no row has channel = 'Diretc': did you mean 'Direct'?",
        "adjustment.a6.set warning: 'a7' sets the same sum again and stands: remove one of them",
    ]
    assert months(evaluator, "cost")[()][0] == Decimal("170.5") + 1 + 2


def test_values_know_the_corrections_inside(tmp_path: Path) -> None:
    formulas = {"cost": "SUM(cost)", "clicks": "SUM(clicks)", "cpc": "cost / clicks", "share": {
        "formula": "cost", "share_of_total": True}}  # fmt: skip
    evaluator = evaluated(tmp_path, formulas, {"where": {"channel": "Direct"}, "add": Decimal(12)})
    answer = evaluator.ask(Question(tuple(formulas), "month"))
    marks = {name: [answer.is_corrected(name, index) for index in range(3)] for name in formulas}
    assert marks == {
        "cost": [True, False, False], "clicks": [False] * 3, "cpc": [True, False, False], "share": [True, False, False],
    }  # fmt: skip
    split = Question(("cost", "share"), "month", by=("channel",))
    answer = evaluator.ask(split)
    assert [answer.is_corrected("cost", 0, place) for place in range(3)] == [True, False, False]
    assert [answer.is_corrected("share", 0, place) for place in range(3)] == [True, True, True]
    (inside,) = corrections_inside(evaluator, split, "cost", answer.periods[0], ("Direct",))
    assert (inside.adjustment, inside.amount) == ("a1", 12)
    assert corrections_inside(evaluator, split, "cost", answer.periods[0], ("Search",)) == ()


def test_windows_and_earlier_periods_know_the_corrections_inside(tmp_path: Path) -> None:
    formulas = {
        "year": {"formula": "SUM(cost)", "to_date": "year"},
        "before": {"formula": "SUM(cost)", "offset": "1 month"},
    }
    evaluator = evaluated(tmp_path, formulas, {"add": Decimal(12)})
    answer = evaluator.ask(Question(tuple(formulas), "month"))
    assert answer.series("year")[:2] == (Decimal("182.5"), Decimal("189.5"))
    assert answer.series("before")[1] == Decimal("182.5")
    assert [answer.is_corrected("year", index) for index in range(3)] == [True, True, True]
    assert [answer.is_corrected("before", index) for index in range(3)] == [False, True, False]


def test_another_correction_reads_and_counts_nothing_again(tmp_path: Path) -> None:
    evaluator = evaluated(tmp_path, {"cost": "SUM(cost)"}, {"add": Decimal(1)})
    evaluator.ask(Question(("cost",), "month"))
    counted = dict(evaluator.leaf_tables._kept)
    workspace = evaluator.workspace
    more = Workspace(
        sources=workspace.sources,
        metrics=workspace.metrics,
        adjustments=(Adjustment(id="b", source="s", column="cost", date=date(2026, 8, 1), add=Decimal(100)),),
    )
    again = evaluator_of(more, evaluator.leaf_tables, place_of)
    assert months(again, "cost")[()][0] == Decimal("270.5")
    assert {key: id(frame) for key, frame in again.leaf_tables._kept.items()} == {
        key: id(frame) for key, frame in counted.items()
    }


def test_a_source_that_is_not_loaded_has_no_findings() -> None:
    source = Source(id="s", path="x.csv")
    made = Adjustment(id="a", source="s", column="c", date=date(2026, 1, 1), add=Decimal(1))
    evaluator = evaluator_of(Workspace(sources=(source,), adjustments=(made,)), LeafTables({}), place_of)
    assert evaluator.leaf_tables.corrections.findings == ()
