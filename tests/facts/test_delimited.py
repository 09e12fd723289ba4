"""Text files: every record, its line, and what is wrong with those that cannot be used."""

from __future__ import annotations

import csv as csv_module
import gzip
import io
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kpi_tui.errors import Place
from kpi_tui.facts import delimited
from kpi_tui.facts.table import LINE, Findings
from tests.facts.sources import csv, lines, loaded, rows, said


def test_an_undeclared_column_is_text(tmp_path: Path) -> None:
    table = csv(tmp_path, "id,n\n00001,1\n00002,2.50\n")
    assert rows(table) == [("00001", "1"), ("00002", "2.50")]
    assert lines(table) == [2, 3]
    assert table.rows_read == 2
    assert table.findings == ()


def test_skip_rows_counts_lines_and_blank_lines_before_the_header_do_not_matter(tmp_path: Path) -> None:
    table = csv(tmp_path, 'Report, "all",x,y,z\n\na,b\n1,2\n', read={"skip_rows": 1})
    assert rows(table) == [("1", "2")]
    assert lines(table) == [4]


def test_a_tsv_is_separated_by_tabs_unless_it_says_otherwise(tmp_path: Path) -> None:
    assert rows(csv(tmp_path, "a\tb\n1,5\t2\n", name="a.tsv")) == [("1,5", "2")]
    assert rows(csv(tmp_path, "a;b\n1\t5;2\n", name="b.tsv", read={"separator": ";"})) == [("1\t5", "2")]


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_line_ends_and_byte_order_marks_are_not_data(tmp_path: Path, line_end: str, last: bool, mark: str) -> None:
    content = mark + line_end.join(["a,b", "1,2", "3,4"]) + (line_end if last else "")
    table = csv(tmp_path, content.encode())
    assert table.frame is not None
    assert table.frame.columns[:2] == ["a", "b"]
    assert rows(table) == [("1", "2"), ("3", "4")]
    assert lines(table) == [2, 3]
    assert table.findings == ()


def test_a_quoted_cell_with_line_breaks_keeps_the_lines_of_later_records_right(tmp_path: Path) -> None:
    table = csv(tmp_path, 'a,b\n"x\ny\nz",1\n"say ""hi""",2\nq,oops\n', columns={"b": "integer"})
    assert rows(table) == [("x\ny\nz", 1), ('say "hi"', 2), ("q", None)]
    assert lines(table) == [2, 5, 6]
    assert said(table) == ["a.csv:6 error column 'b': 'oops' is not a whole number"]


def test_quotation_marks_inside_a_cell_are_text(tmp_path: Path) -> None:
    assert rows(csv(tmp_path, 'a,b\n5" tv,1\n6" tv,2\n')) == [('5" tv', "1"), ('6" tv', "2")]


def test_a_quotation_mark_that_is_never_closed_costs_its_own_line_only(tmp_path: Path) -> None:
    table = csv(tmp_path, 'a,b\n1,2\n"3,4\n5,6\n7,8\n')
    assert rows(table) == [("1", "2"), ("5", "6"), ("7", "8")]
    assert lines(table) == [2, 4, 5]
    assert said(table) == ["a.csv:3 error a quotation mark is opened and not closed"]
    assert (table.rows_read, table.rows_left_out) == (4, 1)


def test_too_many_cells_leave_the_row_out(tmp_path: Path) -> None:
    table = csv(tmp_path, "a,b\n1,2\n3,4,5\n6,7,\n")
    assert rows(table) == [("1", "2"), ("6", "7")]
    assert said(table) == ["a.csv:3 error 3 cells where the header has 2"]
    assert (table.rows_read, table.rows_left_out) == (3, 1)


def test_too_few_cells_are_missing_ones(tmp_path: Path) -> None:
    table = csv(tmp_path, "a,b,c\n1,2,3\n4\n7,8,9\n")
    assert rows(table) == [("1", "2", "3"), ("4", None, None), ("7", "8", "9")]
    assert said(table) == ["a.csv:3 warning 1 cell where the header has 3; the rest are taken as missing"]
    assert table.rows_left_out == 0


def test_a_file_cut_in_the_middle_of_its_last_line_loses_that_line(tmp_path: Path) -> None:
    table = csv(tmp_path, "a,b,c\n1,2,3\n4,5")
    assert rows(table) == [("1", "2", "3")]
    assert said(table) == ["a.csv:3 error the file ends in the middle of a line"]
    assert table.rows_left_out == 1


def test_more_findings_of_a_kind_than_one_reads_are_counted(tmp_path: Path) -> None:
    table = csv(tmp_path, "a,b\n" + "1,2,3\n" * 1254)
    assert len(table.findings) == 21
    assert said(table)[-1] == "a.csv error ... and 1234 more broken rows"


def test_blank_rows_are_nothing(tmp_path: Path) -> None:
    table = csv(tmp_path, "a,b\n\n1,2\n,\n3,\n\n\n")
    assert rows(table) == [("1", "2"), ("3", None)]
    assert table.rows_read == 2
    assert lines(table) == [3, 5]


def test_a_column_that_stands_twice_is_refused(tmp_path: Path) -> None:
    table = csv(tmp_path, "a,b,a\n1,2,3\n", columns={"a": "integer"})
    assert rows(table) == [("2",)]
    assert said(table) == ["a.csv:1 error the column 'a' stands twice in the header; neither is read"]


def test_columns_without_a_name(tmp_path: Path) -> None:
    assert csv(tmp_path, "a,,\n1,,\n").findings == ()
    assert said(csv(tmp_path, "a,,\n1,2,\n")) == ["a.csv:1 warning column 2 has no name and is left out"]


@pytest.mark.parametrize("content", ["", "\n\n", "\ufeff"])
def test_an_empty_file_is_said(tmp_path: Path, content: str) -> None:
    table = csv(tmp_path, content)
    assert table.frame is None
    assert said(table) == ["a.csv error the file is empty"]


def test_a_header_without_rows_is_a_table_without_rows(tmp_path: Path) -> None:
    table = csv(tmp_path, "d,n\n", time="d", columns={"n": "decimal"})
    assert rows(table) == []
    assert said(table) == ["a.csv:1 warning there are no rows below the header"]
    assert (table.first, table.complete_until) == (None, None)


def test_skipping_past_the_end_is_said(tmp_path: Path) -> None:
    assert said(csv(tmp_path, "a\n1\n", read={"skip_rows": 5})) == ["a.csv:6 error the file has no header line"]


@pytest.mark.parametrize("encoding", ["cp1251", "utf-16", "utf-16-le", "koi8-r"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    table = csv(tmp_path, "Канал;Расход\nПоиск;1\n".encode(encoding), read={"encoding": encoding, "separator": ";"})
    assert table.frame is not None
    assert table.frame.columns[0] == "Канал"
    assert rows(table) == [("Поиск", "1")]


def test_bytes_that_are_not_of_the_encoding_are_said_with_their_line(tmp_path: Path) -> None:
    table = csv(tmp_path, b"a,b\n1,2\n\xcf,4\n5,\xcf\n")
    assert rows(table) == [("1", "2"), ("\ufffd", "4"), ("5", "\ufffd")]
    assert said(table) == ["a.csv:3 error 2 characters cannot be read as utf-8; this is the first line with one"]
    assert said(csv(tmp_path, b"a\n\x98\n", read={"encoding": "cp1251"})) == [
        "a.csv:2 error 1 character cannot be read as cp1251"
    ]
    assert said(csv(tmp_path, "a\n1\n", read={"encoding": "cp9999"})) == ["a.csv error there is no encoding 'cp9999'"]


@pytest.mark.parametrize("separator", ["", "||", '"', "\n"])
def test_an_impossible_separator_is_said(tmp_path: Path, separator: str) -> None:
    assert said(csv(tmp_path, "a\n1\n", read={"separator": separator})) == [
        "a.csv error the separator must be one character"
    ]


def test_packed_files(tmp_path: Path) -> None:
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(b"a,b\n1,2\n"))
    pl.DataFrame({"a": ["ж\nq", "y"], "b": ["2", "3"]}).write_csv(tmp_path / "b.csv.zst", compression="zstd")
    assert rows(loaded(tmp_path, "a.csv.gz")) == [("1", "2")]
    table = loaded(tmp_path, "b.csv.zst")
    assert rows(table) == [("ж\nq", "2"), ("y", "3")]
    assert lines(table) == [2, 4]


@pytest.mark.parametrize("name", ["a.csv.gz", "a.csv.zst"])
def test_a_packed_file_that_is_cut_off_is_not_half_read(tmp_path: Path, name: str) -> None:
    frame = pl.DataFrame({"n": [str(n * 7919) for n in range(5000)]})
    frame.write_csv(tmp_path / name, compression="gzip" if name.endswith("gz") else "zstd")
    whole = (tmp_path / name).read_bytes()
    (tmp_path / name).write_bytes(whole[: len(whole) // 2])
    table = loaded(tmp_path, name)
    assert table.frame is None
    assert [finding.place for finding in table.findings] == [Place(name)]
    assert "cut off" in said(table)[0]


_CELL = st.text(alphabet='ab1 ,;"\n\tж', max_size=5)


def _ragged_free(width: int) -> st.SearchStrategy[list[list[str]]]:
    return st.lists(st.lists(_CELL, min_size=width, max_size=width), max_size=8)


@settings(max_examples=150, deadline=None)
@given(st.integers(1, 4).flatmap(_ragged_free), st.sampled_from(["\n", "\r\n"]), st.booleans())
def test_what_a_writer_of_csv_writes_is_read_back(cells: list[list[str]], line_end: str, all_quoted: bool) -> None:
    width = len(cells[0]) if cells else 2
    out = io.StringIO()
    dialect = "unix" if all_quoted else "excel"  # every cell quoted, or those that need it
    writer = csv_module.writer(out, dialect, lineterminator=line_end)
    writer.writerow([f"h{index}" for index in range(width)])
    expected = []
    for row in cells:
        line = out.getvalue().count("\n") + 1
        writer.writerow(row)
        expected += [(*row, line)] * any(row)
    found = delimited.read(out.getvalue().encode(), ",", 0, "a.csv", findings := Findings("s"))
    assert found is not None
    assert found.frame.rows() == expected
    assert findings.found == []


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(st.sampled_from(["a", "7", "", "ж"]), min_size=1, max_size=5), max_size=8), st.booleans())
def test_ragged_files_account_for_every_line(cells: list[list[str]], ends: bool) -> None:
    content = "x,y,z\n" + "\n".join(",".join(row) for row in cells) + ("\n" if ends else "")
    found = delimited.read(content.encode(), ",", 0, "a.csv", findings := Findings("s"))
    assert found is not None
    filled = [(line, row) for line, row in enumerate(cells, start=2) if any(row)]
    taken = dict(zip(found.frame[LINE], found.frame.drop(LINE).rows(), strict=True))
    broken = {finding.place.line for finding in findings.found if finding.severity == "error"}
    assert sorted([*taken, *broken]) == [line for line, _ in filled]
    assert len(broken) == found.left_out
    for line, row in filled:
        if line in taken:
            assert tuple(cell or "" for cell in taken[line]) == tuple([*row, "", ""][:3])
            assert not any(row[3:])
