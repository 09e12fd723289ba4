"""The list of findings that is read: few of a kind, and how many more."""

from __future__ import annotations

from kpi_tui.errors import Finding, Place, Severity, Text, count_text, text
from kpi_tui.report.findings import listed

CURE = text("correct the cell")


def broken(line: int, column: str = "cost", cure: Text = CURE, severity: Severity = "error") -> Finding:
    what = text(
        "column '{column}': '{seen}' is not {expected}", column=column, seen=f"x{line}", expected=text("a number")
    )
    return Finding(Place("a.csv", line), what, cure, "source 'a'", severity)


def undated(line: int) -> Finding:
    cell = text(
        "column '{column}': '{seen}' is not {expected}", column="date", seen=f"x{line}", expected=text("a date")
    )
    return Finding(Place("a.csv", line), text("{what}; the row is left out", what=cell), CURE, "source 'a'")


def more(n: int, column: str = "cost") -> Finding:
    what = count_text(
        "column '{column}': ... and {n} more such cell",
        "column '{column}': ... and {n} more such cells",
        n,
        column=column,
    )
    return Finding(Place("*.csv"), what, None, "source 'a'")


def said(findings: list[Finding]) -> list[str]:
    return [f"{finding.place} {finding.what}" for finding in listed(findings)]


def test_of_cells_broken_alike_the_first_places_and_a_count_are_shown() -> None:
    other = Finding(Place("a.csv", 9), text("no column holds dates"), None, "source 'a'", "warning")
    found = [broken(1), other, *(broken(line) for line in range(2, 21)), broken(5, "clicks"), more(480)]
    assert said(found) == [
        "a.csv:1 column 'cost': 'x1' is not a number",
        "a.csv:9 no column holds dates",
        "a.csv:2 column 'cost': 'x2' is not a number",
        "a.csv:3 column 'cost': 'x3' is not a number",
        "a.csv column 'cost': ... and 497 more such cells",
        "a.csv:5 column 'clicks': 'x5' is not a number",
    ]
    assert listed(found)[4].cure is None
    assert listed(found)[4].severity == "error"


def test_few_are_all_shown_and_a_count_of_others_stays() -> None:
    found = [broken(1), broken(2), broken(3), more(4, "clicks")]
    assert listed(found) == tuple(found)
    assert listed([broken(1), broken(2), broken(3), more(4)])[-1] == more(4)


def test_another_cure_or_column_is_another_kind() -> None:
    found = [broken(line, cure=text("declare the column")) if line % 2 else broken(line) for line in range(6)]
    assert listed(found) == tuple(found)


def test_rows_left_out_for_their_date_are_gathered_by_their_cell() -> None:
    assert said([undated(line) for line in range(1, 6)])[-1] == "a.csv column 'date': ... and 2 more such cells"
