"""Candidates at the caret by what is open before it, in texts that do not parse yet."""

from __future__ import annotations

import pytest

from kpi_tui.formula.completing import complete

COLUMNS = {"cost": "decimal", "clicks": "integer", "channel": "text", "new leads": "integer"}
METRICS = {"spend": "Marketing spend", "cac": "Customer acquisition cost"}


def names(typed: str, *, functions: bool = False) -> list[str]:
    found = complete(typed, COLUMNS, METRICS, lambda column: ["Email", "O'Neil"] if column == "channel" else [])
    return [each.name for each in found.candidates if functions or each.kind != "function"]


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        ("", ["spend", "cac"]),
        ("sp", ["spend"]),
        ("acquis", ["cac"]),  # by what it is called
        ("SUM(", ["cost", "clicks", "channel", "new leads"]),
        ("SUM(c", ["cost", "clicks", "channel"]),
        ("SUM(cost) / c", ["cac"]),
        ("SUM(cost) FILTER (WHERE ch", ["channel"]),
        ("COUNT(*) FILTER (WHERE channel = 'e", ["Email", "O'Neil"]),
        ("COUNT(*) FILTER (WHERE channel = 'em", ["Email"]),
        ("COUNT(*) FILTER (WHERE channel IN ('Email', 'o", ["O'Neil"]),
        ("COUNT(*) FILTER (WHERE cost = 'e", []),
        ("COUNT(*) FILTER (WHERE channel = 'it''s", []),
        ("COUNT(*) FILTER (WHERE channel = 'Email' AND cl", ["clicks"]),
        ("ROUND(sp", ["spend"]),
        ("ROUND(SUM(cl", ["clicks"]),
        ('SUM("new', ["new leads"]),
        ("SUM(CASE WHEN cost > 3 THEN cl", ["clicks"]),
        ("zzz", []),
    ],
)
def test_candidates(typed: str, expected: list[str]) -> None:
    assert names(typed) == expected


def test_functions_stand_behind_names_and_are_opened() -> None:
    found = complete("C", COLUMNS, METRICS).candidates
    assert [each.text for each in found][:2] == ["cac", "COUNT("]


@pytest.mark.parametrize(
    ("typed", "name", "expected"),
    [
        ("SUM(cost) - SUM(cl", "clicks", "SUM(cost) - SUM(clicks"),
        ('SUM("new', "new leads", 'SUM("new leads"'),
        ("SUM(new", "new leads", 'SUM("new leads"'),
        ("COUNT(*) FILTER (WHERE channel = 'o", "O'Neil", "COUNT(*) FILTER (WHERE channel = 'O''Neil'"),
    ],
)
def test_a_candidate_takes_the_place_of_what_was_begun(typed: str, name: str, expected: str) -> None:
    found = complete(typed, COLUMNS, METRICS, lambda _: ["O'Neil"])
    text = next(each.text for each in found.candidates if each.name == name)
    assert typed[: found.start] + text == expected
