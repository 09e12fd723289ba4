"""A cube answers as its rows would: random tables, leaves, grains, splits and filters."""

from __future__ import annotations

import os
import tempfile
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_tui.facts import cube
from kpi_tui.facts.engines import Uncounted
from kpi_tui.facts.engines.memory import Memory
from kpi_tui.facts.engines.scanned import Scanned
from kpi_tui.facts.measures import measures_of
from kpi_tui.facts.query import Grouping, Leaf
from kpi_tui.facts.reading import load
from kpi_tui.facts.table import ORIGIN
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.periods import Calendar, Period
from tests.facts.large import engine, leaf, tiny_batches

FORMULAS = [
    "SUM(cost)", "COUNT(*)", "COUNT(cost)", "AVG(cost)", "MIN(cost)", "MAX(clicks)", "STDDEV(cost)", "SUM(clicks)",
    "SUM(score)", "AVG(score)", "SUM(cost * clicks)", "SUM(cost) FILTER (WHERE channel = 'a')",
    "COUNT(*) FILTER (WHERE clicks > 1)", "COUNT(DISTINCT customer)", "COUNT(DISTINCT clicks)", "MEDIAN(cost)",
    "COUNT(DISTINCT customer) FILTER (WHERE cost > 1)",
]  # fmt: skip
WHERES = ["", "", "clicks >= 0", "channel <> 'b'", "cost > 100"]
SCHEMA = {
    "date": pl.Date(), "channel": pl.String(), "region": pl.String(), "customer": pl.String(), "clicks": pl.Int64(),
    "cost": pl.Decimal(12, 2), "score": pl.Float64(),
}  # fmt: skip
EXAMPLES = int(os.environ.get("KPI_TUI_CUBE_EXAMPLES", "40"))
BEGIN = date(2026, 1, 20)


def row() -> st.SearchStrategy[dict[str, Any]]:
    cents = st.integers(-500, 5_000).map(lambda n: Decimal(n) / 100)
    return st.fixed_dictionaries(
        {
            "date": st.one_of(st.integers(0, 50).map(lambda n: BEGIN + timedelta(days=n)), st.just(None)),
            "channel": st.sampled_from(["a", "b", " a ", "A", "", None]),
            "region": st.sampled_from(["x", "y", None]),
            "customer": st.sampled_from(["1", "2", "3", "4", None]),
            "clicks": st.sampled_from([0, 1, 2, 3, -4, None]),
            "cost": st.one_of(cents, st.just(None)),
            "score": st.sampled_from([0.5, 1.25, -3.0, None]),
        }
    )


@st.composite
def groupings(draw: st.DrawFn, source: Source) -> Grouping:
    by = draw(st.sampled_from([(), ("channel",), ("region",), ("region", "channel")]))
    values = st.lists(st.sampled_from(["a", "b", "x", None]), min_size=1, max_size=2, unique=True).map(tuple)
    where = draw(st.sampled_from([(), (("channel", draw(values)),), (("region", draw(values)),)]))
    if source.time is None or draw(st.booleans()):
        return Grouping((), by, where)
    grain = draw(st.sampled_from(["day", "week", "month", "quarter"]))
    start = BEGIN + timedelta(days=draw(st.integers(-5, 30)))
    periods = tuple(Calendar().periods(start, start + timedelta(days=draw(st.integers(0, 40))), grain))
    if draw(st.booleans()):  # windows, which overlap
        periods = tuple(Period(period.start - timedelta(days=9), period.end, period.name) for period in periods)
    return Grouping(periods, by, where)


def write(folder: Path, rows: list[dict[str, Any]], kind: str, cut: int) -> None:
    """The rows in two files."""
    for name, part in (("1", rows[:cut]), ("2", rows[cut:])):
        frame = pl.DataFrame(part, schema=SCHEMA)
        if kind == "parquet":
            frame.write_parquet(folder / f"{name}.parquet")
        else:
            frame.write_csv(folder / f"{name}.csv")


def answered(made: Scanned, grouping: Grouping, asked: list[Leaf]) -> pl.DataFrame:
    """The engine's answer, after as many scans as it wants."""
    for _ in range(3):
        try:
            return made.count(grouping, asked)
        except Uncounted as lacking:
            if lacking.failed:
                raise
            made.scan([lacking.asked])
    raise AssertionError("three scans and no answer")


@pytest.mark.parametrize("kind", ["parquet", "csv"])
@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_cube_answers_as_its_rows_would(kind: str, data: st.DataObject) -> None:
    rows = data.draw(st.lists(row(), min_size=1, max_size=25))
    columns = {} if kind == "parquet" else {"clicks": "integer", "cost": "decimal"}
    formulas = FORMULAS if kind == "parquet" else [formula for formula in FORMULAS if "score" not in formula]
    source = Source(
        id="s",
        path=f"*.{kind}",
        time=data.draw(st.sampled_from(["date", "date", None])),
        dimensions=("channel", "region"),
        columns=columns,
        where=data.draw(st.sampled_from(["", "", "clicks <> 2"])),
        labels=data.draw(st.sampled_from([{}, {"channel": {"A": "a"}}])),
    )
    at = data.draw(st.sampled_from([None, None, "first", "last", "average"])) if source.time else None
    where = data.draw(st.sampled_from(WHERES))
    chosen = data.draw(st.lists(st.sampled_from(formulas), min_size=1, max_size=3, unique=True))
    asked = [leaf(formula, at=at, where=where) for formula in chosen]
    grouping = data.draw(groupings(source))
    known = data.draw(st.booleans())  # else the leaves come with an edit
    with tempfile.TemporaryDirectory() as name, tiny_batches(data.draw(st.integers(1, 9))):
        write(Path(name), rows, kind, data.draw(st.integers(0, len(rows))))
        table = load(source, Path(name), Calendar())
        assert table.frame is not None
        memory = Memory(table.frame, source.time, tuple(ORIGIN))
        made = engine(Path(name), source, asked if known else [])
        assert made.newest == memory.newest
        assert dict(made.schema) == dict(memory.schema) or kind == "csv"
        assert made.slices(grouping) == memory.slices(grouping)
        same(answered(made, grouping, asked), memory.count(grouping, asked))
        used = sum(each.account.used for each in made.cubes)
        assert used == table.account.used
        assert sum(each.account.excluded for each in made.cubes) == table.account.excluded
        assert sum(each.account.undated for each in made.cubes) == table.account.undated


def same(found: pl.DataFrame, expected: pl.DataFrame) -> None:
    """Equal to the last digit where it is exact, nearly so where it is a float."""
    assert found.columns == expected.columns
    for name in expected.columns:
        one, other = found[name].to_list(), expected[name].to_list()
        if expected.schema[name].is_float():
            assert [value is None for value in one] == [value is None for value in other], (name, one, other)
            numbers = [value for value in other if value is not None]
            assert [value for value in one if value is not None] == pytest.approx(numbers, rel=1e-9, abs=1e-9), name
        else:
            assert one == other, name


def test_money_is_added_up_exactly_over_batches(tmp_path: Path) -> None:
    frame = pl.DataFrame({"d": ["2026-01-01"] * 1_000, "v": ["0.1"] * 999 + ["0.123"]})
    frame.write_csv(tmp_path / "a.csv")
    source = Source(id="s", path="a.csv", time="d", columns={"v": "decimal"})
    with tiny_batches(text=256):
        made = engine(tmp_path, source, [leaf("SUM(v)")])
    assert made.count(Grouping(()), [leaf("SUM(v)")]).row(0) == (0, 1000, Decimal("100.023"))


def test_a_dimension_with_more_values_than_a_key_holds_is_counted_from_the_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("kpi_tui.facts.cube.MOST_CELLS", 40)
    frame = pl.DataFrame({"id": [f"n{n}" for n in range(100)], "kind": ["a", "b"] * 50, "v": range(100)})
    frame.write_parquet(tmp_path / "a.parquet")
    source = Source(id="s", path="a.parquet", dimensions=("id", "kind"))
    with tiny_batches(rows=30):
        made = engine(tmp_path, source, [leaf("SUM(v)")])
        assert made.cubes[0].dimensions == ("kind",)
        assert made.count(Grouping((), ("kind",)), [leaf("SUM(v)")])["kind"].to_list() == ["a", "b"]
        by_id = answered(made, Grouping((), ("id",), (("id", ("n7", "n8")),)), [leaf("SUM(v)")])
    assert by_id.rows() == [(0, "n7", 1, 7), (0, "n8", 1, 8)]


def test_a_deviation_survives_merged_cells_without_a_value(tmp_path: Path) -> None:
    values = [None, None, Decimal("1.00"), Decimal("1.00"), Decimal("3.00")]
    frame = pl.DataFrame({"kind": ["a"] * 5, "v": values}, schema={"kind": pl.String(), "v": pl.Decimal(12, 2)})
    frame.write_parquet(tmp_path / "a.parquet")
    source = Source(id="s", path="a.parquet", dimensions=("kind",))
    wanted = leaf("STDDEV(v)")
    with tiny_batches(rows=1), pytest.MonkeyPatch.context() as patch:
        patch.setattr("kpi_tui.facts.cube._MERGE_AT", 1)
        made = engine(tmp_path, source, [wanted])
    # 1, 1 and 3: the mean is 5/3, the squares around it 24/9, over 2 and under the root
    assert made.count(Grouping(()), [wanted])[wanted.column].to_list() == [pytest.approx((4 / 3) ** 0.5)]


def test_sums_of_floats_are_the_same_every_time() -> None:
    number = pl.select(pl.int_range(100_000).hash(1)).to_series()
    rows = pl.DataFrame(
        {
            "t": ((number // (1 << 20)) % 720 + 19_000).cast(pl.Int32).cast(pl.Date),
            "d": ((number // (1 << 30)) % 400).cast(pl.String).cast(pl.Categorical),
            "f": ((number // (1 << 24)) % 1_000_003).cast(pl.Float64) * 0.1 + 1e-3,
        }
    )
    wanted = leaf("SUM(f)")
    made = cube.Cube("t", ["d"], measures_of([wanted]), "s")
    made.add(rows.lazy(), rows.schema)
    cells = made.cells()
    months = tuple(Calendar().periods(date(2022, 1, 1), date(2023, 12, 31), "month"))
    first, *others = (cube.answer(cells, "t", Grouping(months, ("d",)), [wanted]) for _ in range(8))
    assert first.height > 1_000
    assert all(other.equals(first) for other in others)
