"""The order in which a source is read, its files united, its rows dated."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from kpi_tui.errors import Place
from kpi_tui.facts.reading import load
from kpi_tui.workspace.model import Source
from kpi_tui.workspace.periods import Calendar
from tests.facts.sources import csv, lines, loaded, rows, said


def test_every_step_in_its_order(tmp_path: Path) -> None:
    content = (
        "Отчёт за август;;;\n"
        "Дата;Канал;Расход (руб.);Статус\n"
        "01.08.2026; youtube ;1\u00a0234,50;ok\n"
        "02.08.2026;You Tube;-;ok\n"
        "03.08.2026;\u00a0Search\u00a0;7;test\n"
        "Итого;;1241,50;\n"
    )
    table = csv(
        tmp_path,
        content.encode("utf-8"),
        time="date",
        dimensions=("channel",),
        where="status <> 'test' AND cost IS NULL OR cost > 1000",
        rename={"Дата": "date", "Канал": "channel", "Расход (руб.)": "cost", "Статус": "status"},
        columns={"cost": "decimal"},
        labels={"channel": {"youtube": "YouTube", "You Tube": "YouTube"}},
        read={"separator": ";", "decimal": ",", "thousands": " ", "date": "%d.%m.%Y", "skip_rows": 1,
              "nulls": ("", "-"),
              "drop_rows": "date = 'Итого'"},
    )  # fmt: skip
    assert rows(table) == [
        (date(2026, 8, 1), "YouTube", Decimal("1234.50"), "ok"),
        (date(2026, 8, 2), "YouTube", None, "ok"),
    ]
    assert table.findings == ()
    assert (table.rows_read, table.rows_left_out) == (3, 0)
    assert table.place(1) == Place("a.csv", 4)


def test_dimensions_are_trimmed_and_other_text_is_not(tmp_path: Path) -> None:
    table = csv(tmp_path, "a,b\n\u00a0x , y \n , \n", dimensions=("a",))
    assert rows(table) == [("x", " y "), (None, None)]


def test_nulls_are_spellings_of_a_missing_cell(tmp_path: Path) -> None:
    table = csv(tmp_path, "a,n\n-,n/a\nx, - \nn/a,5\n", read={"nulls": ("", "-", "n/a")}, columns={"n": "integer"})
    assert rows(table) == [(None, None), ("x", None), (None, 5)]
    assert table.findings == ()


def test_a_condition_that_names_what_is_not_there(tmp_path: Path) -> None:
    for keys in ({"where": "statu = 'ok'"}, {"read": {"drop_rows": "statu = 'ok'"}}):
        table = csv(tmp_path, "status,n\nok,1\n", **keys)
        (finding,) = table.findings
        assert finding.severity == "error"
        assert "statu" in str(finding.what)
        assert "status" in str(finding.cure)
        assert str(finding.what).startswith(("where:1:1", "drop_rows:1:1"))
        assert table.frame is None  # with rows in it that do not belong, every sum would be wrong


def test_files_are_united_by_column_name(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("n,d\n1.25,2026-01-02\n")
    (tmp_path / "a.csv").write_text("d,n,extra\n2026-01-01,1.5,q\n")
    (tmp_path / "c.csv").write_text("d,n,extra\n2026-01-03,x,\n")
    table = loaded(tmp_path, "*.csv", time="d", columns={"n": "decimal"})
    assert table.files == ("a.csv", "b.csv", "c.csv")
    assert rows(table) == [
        (date(2026, 1, 1), Decimal("1.5"), "q"),
        (date(2026, 1, 2), Decimal("1.25"), None),
        (date(2026, 1, 3), None, None),
    ]
    assert said(table) == [
        "b.csv:1 warning column 'extra' is missing in 1 of 3 files and sheets: b.csv",
        "c.csv:2 error column 'n': 'x' is not a number",
    ]
    assert table.place(1) == Place("b.csv", 2)


def test_a_column_that_no_file_has(tmp_path: Path) -> None:
    table = csv(
        tmp_path, "date,cost\n2026-01-01,1\n", time="date", columns={"costs": "decimal"}, rename={"Дата": "day"}
    )
    assert [str(finding) for finding in table.findings] == [
        "a.csv:1: source 's': there is no column 'costs': did you mean 'cost'?",
        "a.csv:1: source 's': there is no column 'Дата': its columns are: date, cost",
    ]
    assert rows(table) == [(date(2026, 1, 1), "1")]


def test_without_its_time_column_a_source_has_no_table(tmp_path: Path) -> None:
    table = csv(tmp_path, "dat,cost\n2026-01-01,1\n", time="date")
    assert table.frame is None
    assert said(table) == ["a.csv:1 error there is no column 'date'"]
    assert table.rows_read == 1


def test_names_that_collide_once_renamed(tmp_path: Path) -> None:
    table = csv(tmp_path, "a,b,c\n1,2,3\n", rename={"a": "b"})
    assert rows(table) == [("3",)]
    assert said(table) == ["a.csv:1 error two columns are called 'b' once renamed; neither is read"]
    assert rows(csv(tmp_path, "a,b\n1,2\n", rename={"a": "b", "b": "a"})) == [("1", "2")]


def test_undated_rows_are_left_out_and_counted(tmp_path: Path) -> None:
    table = csv(tmp_path, "d,n\n2026-01-01,1\n,2\nnever,3\n2026-02-10,4\n", time="d", columns={"n": "integer"})
    assert rows(table) == [(date(2026, 1, 1), 1), (date(2026, 2, 10), 4)]
    assert (table.rows_read, table.rows_left_out) == (4, 2)
    assert (table.first, table.complete_until) == (date(2026, 1, 1), date(2026, 2, 10))
    assert said(table) == [
        "a.csv:4 error column 'd': 'never' is not a date; the row is left out",
        "a.csv:3 warning 1 row has no date in 'd' and is left out",
    ]


def test_a_row_with_a_broken_date_is_said_once(tmp_path: Path) -> None:
    table = csv(tmp_path, "d,n\n2026-01-01,1\n31.31.2026,2\n-,3\n  ,4\n", time="d", read={"nulls": ["", "-"]})
    assert table.rows_left_out == 3
    assert said(table) == [
        "a.csv:3 error column 'd': '31.31.2026' is not a date; the row is left out",
        "a.csv:4 warning 2 rows have no date in 'd' and are left out; this is the first",
    ]


@pytest.mark.parametrize(
    ("described", "key"), [({"where": "n > '5'"}, "where"), ({"read": {"drop_rows": "n < '5'"}}, "drop_rows")]
)
def test_a_condition_that_leaves_no_rows_is_said(described: dict[str, Any], key: str, tmp_path: Path) -> None:
    table = csv(tmp_path, "d,n\n2026-01-01,1\n", time="d", **described)
    assert said(table) == [f" warning '{key}' leaves no rows"]


def test_rows_that_where_excludes_need_no_date(tmp_path: Path) -> None:
    table = csv(tmp_path, "d,n\n2026-01-01,1\n,2\n", time="d", where="n <> '2'")
    assert table.findings == ()
    assert table.rows_left_out == 0


def test_a_row_covers_the_period_that_holds_its_date(tmp_path: Path) -> None:
    content = "d\n2026-01-01\n2026-02-01\n"
    monthly = csv(tmp_path, content, time="d", every="month")
    assert (monthly.first, monthly.complete_until) == (date(2026, 1, 1), date(2026, 2, 28))
    said_so = csv(tmp_path, content, time="d", every="month", complete_until=date(2026, 3, 31))
    assert said_so.complete_until == date(2026, 3, 31)
    assert csv(tmp_path, content).complete_until is None


def test_the_time_column_may_be_declared_with_a_time(tmp_path: Path) -> None:
    table = csv(tmp_path, "d\n5.1.2026 23:59\n", time="d", columns={"d": "datetime"}, read={"date": "%d.%m.%Y %H:%M"})
    assert rows(table) == [(date(2026, 1, 5),)]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("none.csv", "none.csv error there is no such file"),
        ("x-*.csv", "x-*.csv error no file matches"),
        ("a.pdf", "a.pdf error files of this kind cannot be read"),
        ("folder.csv", "folder.csv error this is a folder, not a file"),
        ("broken.parquet", "broken.parquet error this is not a Parquet file, or it is broken or cut off"),
        ("broken.xlsx", "broken.xlsx error this is not an Excel workbook, or it is broken or locked by a password"),
    ],
)
def test_files_that_cannot_be_read(tmp_path: Path, path: str, expected: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    for name in ("a.pdf", "broken.parquet", "broken.xlsx"):
        (tmp_path / name).write_bytes(b"PAR1 no")
    table = loaded(tmp_path, path)
    assert table.frame is None
    assert said(table) == [expected]


def test_a_file_named_like_a_pattern_is_taken_by_its_name(tmp_path: Path) -> None:
    assert rows(csv(tmp_path, "a\n1\n", name="report[1].csv")) == [("1",)]


def test_a_pattern_finds_files_not_folders(tmp_path: Path) -> None:
    (tmp_path / "sub.csv").mkdir()
    (tmp_path / "sub.csv" / "b.csv").write_text("a\n2\n")
    assert csv(tmp_path, "a\n1\n").rows_read == 1
    table = loaded(tmp_path, "*.csv")
    assert (rows(table), table.findings) == ([("1",)], ())
    assert loaded(tmp_path, "**/*.csv").files == ("a.csv", "sub.csv/b.csv")


def test_paths_may_climb_and_be_absolute(tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "data.csv").write_text("a\n1\n")
    assert rows(loaded(tmp_path / "work", "../d*.csv")) == [("1",)]
    assert rows(loaded(tmp_path / "work", str(tmp_path / "data.csv"))) == [("1",)]


def test_parquet_keeps_its_types_and_is_cast_where_declared(tmp_path: Path) -> None:
    frame = pl.DataFrame(
        {
            "at": [datetime(2026, 1, 1, 5), datetime(2026, 1, 2)],
            "n": [1, 2],
            "cost": [0.1, 12.25],
            "id": [1.0, 2.0],
            "c": [" x", "y"],
        }
    )
    frame.write_parquet(tmp_path / "a.parquet")
    table = loaded(
        tmp_path, "a.parquet", time="at", dimensions=("c",), columns={"cost": "decimal", "id": "text"},
        read={"decimal": ",", "drop_rows": "n = '2'"},
    )  # fmt: skip
    assert rows(table) == [(date(2026, 1, 1), 1, Decimal("0.10"), "1", "x")]
    assert table.findings == ()
    assert lines(table) == [1]


def test_files_whose_types_disagree_are_united_as_text(tmp_path: Path) -> None:
    pl.DataFrame({"n": [1], "m": [1]}).write_parquet(tmp_path / "a.parquet")
    pl.DataFrame({"n": ["x"], "m": [2.5]}).write_parquet(tmp_path / "b.parquet")
    assert rows(loaded(tmp_path, "*.parquet")) == [("1", 1.0), ("x", 2.5)]
    table = loaded(tmp_path, "*.parquet", columns={"n": "integer"})
    assert rows(table) == [(1, 1.0), (None, 2.5)]
    assert said(table) == ["b.parquet:1 error column 'n': 'x' is not a whole number"]


def test_parquet_of_data_frames(tmp_path: Path) -> None:
    pl.DataFrame({"c": pl.Series([" x", "y"], dtype=pl.Categorical), "n": [float("nan"), 1.5]}).write_parquet(
        tmp_path / "a.parquet"
    )
    pl.DataFrame({"c": [None, None], "n": [2, 3]}).write_parquet(tmp_path / "b.parquet")
    assert rows(loaded(tmp_path, "*.parquet", dimensions=("c",))) == [("x", None), ("y", 1.5), (None, 2.0), (None, 3.0)]
    table = loaded(tmp_path, "*.parquet", columns={"n": "decimal"})
    assert [row[1] for row in rows(table)] == [None, Decimal("1.5"), Decimal(2), Decimal(3)]
    assert table.findings == ()


def test_progress_counts_the_bytes_of_the_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    (tmp_path / "b.csv").write_text("a\n1\n2\n")
    steps: list[tuple[int, int]] = []
    load(Source(id="s", path="*.csv"), tmp_path, Calendar(), lambda done, total: steps.append((done, total)))
    assert steps == [(4, 10), (10, 10)]
