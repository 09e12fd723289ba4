"""Histories over a large source are those that the same rows have in memory, however they are cut."""

from __future__ import annotations

import tempfile
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_tui.facts import activity, answering, batches, counting
from kpi_tui.facts.cache import Cache
from kpi_tui.facts.engines import Uncounted
from kpi_tui.facts.engines.scanned import Scanned
from kpi_tui.facts.files import find
from kpi_tui.facts.histories import Events, cohort_rows, count
from kpi_tui.facts.query import Grouping, History
from kpi_tui.facts.reading import load
from kpi_tui.facts.table import Findings
from kpi_tui.formula import parse
from kpi_tui.workspace.durations import Duration
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.periods import Calendar, Period
from tests.facts.large import tiny_batches

BEGIN = date(2026, 1, 20)
SCHEMA = {"date": pl.Date(), "channel": pl.String(), "customer": pl.Int64(), "name": pl.String(), "bill": pl.Int64()}


def rows() -> st.SearchStrategy[list[dict[str, Any]]]:
    row = st.fixed_dictionaries(
        {
            "date": st.one_of(st.integers(0, 70).map(lambda n: BEGIN + timedelta(days=n)), st.just(None)),
            "channel": st.sampled_from(["a", "b", None]),
            "customer": st.sampled_from([-1, 2, 3, None]),
            "name": st.sampled_from(["p", "q", "r", None]),
            "bill": st.sampled_from([1, 2, 3, None]),
        }
    )
    return st.lists(row, min_size=8, max_size=30)


@st.composite
def histories(draw: st.DrawFn, kind: Any) -> History:
    """A history of the source `s`."""
    where = draw(st.sampled_from([None, None, "bill > 1", "channel <> 'b'"]))
    return History(
        kind,
        "s",
        draw(st.sampled_from(["customer", "name"])),
        parse.condition(where) if where else None,
        order=draw(st.sampled_from([None, "bill"])) if kind == "repeat" else None,
        period=draw(st.sampled_from(["week", "month"])),
        after=draw(st.integers(1, 2)),
        converted="t" if kind == "conversion" else None,
        within=draw(st.sampled_from([None, Duration(10, "day")])),
    )


@st.composite
def groupings(draw: st.DrawFn) -> Grouping:
    by = draw(st.sampled_from([(), ("channel",)]))
    where = draw(st.sampled_from([(), (), (("channel", ("a", None)),)]))
    start = BEGIN + timedelta(days=draw(st.integers(-40, 10)))
    grain = draw(st.sampled_from(["day", "week", "month"]))
    periods = tuple(Calendar().periods(start, start + timedelta(days=draw(st.integers(40, 110))), grain))
    if draw(st.booleans()):  # windows, which overlap
        periods = tuple(Period(period.start - timedelta(days=9), period.end, period.name) for period in periods)
    return Grouping(periods, by, where)


def made_of(root: Path, source: Source) -> Scanned:
    made = Scanned(source, find(source, root, Findings(source.id)), [], Cache(None))
    made.prepare()
    return made


def asked(
    made: Scanned, history: History, grouping: Grouping, others: dict[str, Scanned], cohorts: bool
) -> pl.DataFrame:
    try:
        return made.history(history, grouping, others, cohorts=cohorts)
    except Uncounted as lacking:
        made.scan([lacking.asked], others=others)
    return made.history(history, grouping, others, cohorts=cohorts)


def in_memory(history: History, frames: dict[str, pl.DataFrame], grouping: Grouping, cohorts: bool) -> pl.DataFrame:
    events = Events(frames["s"], "date")
    if cohorts:
        return cohort_rows(history, events, grouping)
    return count(history, events, grouping, Events(frames["t"], "date") if history.converted else None)


@pytest.mark.parametrize("question", ["acquisition", "retention", "cohorts", "repeat", "conversion"])
@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data(), st.sampled_from(["parquet", "csv"]), groupings())
def test_a_history_of_a_large_source_is_that_of_its_rows(
    question: str, data: st.DataObject, kind: str, grouping: Grouping
) -> None:
    cohorts = question == "cohorts"
    history = data.draw(histories("retention" if cohorts else question))
    columns = {} if kind == "parquet" else {"customer": "integer", "bill": "integer"}
    with (
        tempfile.TemporaryDirectory() as name,
        tiny_batches(data.draw(st.integers(1, 9))),
        pytest.MonkeyPatch.context() as patch,
    ):
        patch.setattr(answering, "_ROWS_AT_ONCE", data.draw(st.integers(1, 9)))
        patch.setattr(answering, "_PART_ROWS", data.draw(st.sampled_from([5, 1_000])))
        patch.setattr(counting, "_FOLD_AT", data.draw(st.sampled_from([1, 1_000])))
        patch.setattr(activity, "_MERGE_AT", data.draw(st.sampled_from([1, 1_000])))
        patch.setattr(activity, "MOST", data.draw(st.sampled_from([4, 1_000])))
        root = Path(name)
        sources = {
            each: Source(id=each, path=f"{each}*.{kind}", time="date", dimensions=("channel",), columns=columns)
            for each in "st"
        }
        frames = {}
        for each, source in sources.items():
            drawn = data.draw(rows())
            cut = data.draw(st.integers(0, len(drawn)))
            for number, part in enumerate((drawn[:cut], drawn[cut:])):
                frame = pl.DataFrame(part, schema=SCHEMA)
                write = frame.write_parquet if kind == "parquet" else frame.write_csv
                write(root / f"{each}{number}.{kind}")
            table = load(source, root, Calendar())
            assert table.frame is not None
            frames[each] = table.frame
        expected = in_memory(history, frames, grouping, cohorts)
        found = asked(made_of(root, sources["s"]), history, grouping, {"t": made_of(root, sources["t"])}, cohorts)
    assert dict(found.schema) == dict(expected.schema)
    assert found.rows() == expected.rows()


def test_retention_is_counted_in_a_process_of_its_own(tmp_path: Path) -> None:
    days = [date(2026, 1, 5), date(2026, 1, 20), date(2026, 2, 3), date(2026, 2, 4), date(2026, 3, 1)]
    frame = pl.DataFrame({"date": days, "name": ["p", "q", "p", "r", "r"]})
    frame.write_parquet(tmp_path / "s.parquet")
    made = made_of(tmp_path, Source(id="s", path="s.parquet", time="date"))
    months = Grouping(tuple(Calendar().periods(date(2026, 1, 1), date(2026, 3, 31), "month")))
    found = asked(made, History("retention", "s", "name"), months, {}, cohorts=False)
    # February: p of p and q came again; March: r of p and r
    assert found.select(pl.nth(0, 2, 3)).rows() == [(1, 2, 1), (2, 2, 1)]
    matrix = asked(made, History("retention", "s", "name"), months, {}, cohorts=True)
    assert matrix.rows() == [(0, 0, 2), (0, 1, 1), (1, 1, 1), (1, 2, 1)]


@pytest.mark.parametrize(("first", "last", "pieces"), [(0, 99, 4), (60, 70, 1), (20, 30, 2), (200, 300, 1)])
def test_pieces_without_a_day_that_is_asked_for_are_not_read(
    tmp_path: Path, first: int, last: int, pieces: int
) -> None:
    days = [BEGIN + timedelta(days=n) for n in range(100)]
    pl.DataFrame({"date": days, "v": range(100)}).write_parquet(tmp_path / "s.parquet")
    source = Source(id="s", path="s.parquet", time="date")
    (file,) = find(source, tmp_path, Findings("s"))
    needed = frozenset({"date", "v"})
    span = (BEGIN + timedelta(days=first), BEGIN + timedelta(days=last))
    with tiny_batches(rows=25):
        known = batches.head(source, file, needed)
        found = [batch.rows.collect() for batch in batches.batches(source, file, known, needed, span=span)]
    assert len(found) == pieces
    assert [value for frame in found for value in frame["v"]] == list(range(first, min(last, 99) + 1))
