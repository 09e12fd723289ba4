"""Each rule of data health by an example that it must find and by one that it must leave in peace."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from pathlib import Path

import pytest

from kpi_tui.facts.health.dates import far, only_weekends
from kpi_tui.facts.health.examine import examine
from kpi_tui.facts.health.spellings import folded, merging
from kpi_tui.facts.health.values import SourceHealth
from kpi_tui.facts.reading import load
from kpi_tui.facts.table import Table
from kpi_tui.workspace.edits import apply
from kpi_tui.workspace.model import Read, Source, Workspace
from kpi_tui.workspace.periods import Calendar
from tests.facts.sources import csv, loaded

MONDAY = date(2026, 1, 5)


def of(*tables: Table) -> SourceHealth:
    """The health of the first of these tables."""
    return examine({table.source.id: table for table in tables}, Calendar()).sources[0]


def said(*tables: Table) -> list[str]:
    found = examine({table.source.id: table for table in tables}, Calendar()).findings
    assert {finding.severity for finding in found} <= {"warning"}
    return [f"{finding.place} {finding.what}" for finding in found]


def days(count: int, without: Iterable[int] = ()) -> list[date]:
    return [MONDAY + timedelta(day) for day in range(count) if day not in set(without)]


def daily(root: Path, dates: Iterable[date], **source: object) -> Table:
    lines = [f"{day},{number}" for number, day in enumerate(dates)]
    return csv(root, "date,n\n" + "\n".join(lines) + "\n", time="date", columns={"n": "integer"}, **source)


def test_days_without_rows_are_stretches_and_one_finding(tmp_path: Path) -> None:
    table = daily(tmp_path, days(40, (9, 10, 22)))
    assert [(str(gap), gap.periods) for gap in of(table).days.gaps] == [
        ("2026-01-14..2026-01-15", 2),
        ("2026-01-27", 1),
    ]
    assert said(table) == ["a.csv 3 days have no rows: 2026-01-14..2026-01-15, 2026-01-27"]


def test_a_business_that_rests_on_weekends_has_no_gaps(tmp_path: Path) -> None:
    table = daily(tmp_path, [day for day in days(60) if day.weekday() < 5])
    health = of(table)
    assert (health.days.days_off, health.days.gaps, said(table)) == ((5, 6), (), [])


def test_a_gap_that_a_weekend_cuts_is_one(tmp_path: Path) -> None:
    table = daily(tmp_path, [day for day in days(60, range(10, 16)) if day.weekday() < 5])
    assert [(str(gap), gap.periods) for gap in of(table).days.gaps] == [("2026-01-15..2026-01-20", 4)]


def test_days_missing_on_some_weekends_are_said_as_such_and_no_finding(tmp_path: Path) -> None:
    table = daily(tmp_path, days(60, (5, 6, 13)))
    health = of(table)
    assert sum(gap.periods for gap in health.days.gaps) == 3
    assert only_weekends(health.days)
    assert said(table) == []


def test_a_source_with_few_days_is_not_full_of_gaps(tmp_path: Path) -> None:
    table = daily(tmp_path, days(60)[::3])
    assert not of(table).days.dense
    assert said(table) == []


@pytest.mark.parametrize(
    ("every", "dates", "missing"),
    [
        (
            "week",
            [MONDAY + timedelta(weeks=week) for week in range(12) if week != 4],
            "1 week has no rows: 2026-02-02..",
        ),
        ("month", [date(2026, month, 1) for month in (1, 2, 3, 4, 6, 7, 8)], "1 month has no rows: 2026-05-01.."),
    ],
)
def test_gaps_by_the_length_of_a_row(tmp_path: Path, every: str, dates: list[date], missing: str) -> None:
    [finding] = said(daily(tmp_path, dates, every=every))
    assert finding.startswith(f"a.csv {missing}")


def test_dates_far_from_all_others(tmp_path: Path) -> None:
    table = daily(tmp_path, [*days(30), date(1970, 1, 1), date(2206, 1, 8)])
    health = of(table)
    assert (health.days.first, health.days.last, health.days.gaps) == (MONDAY, MONDAY + timedelta(29), ())
    assert said(table)[0] == "a.csv:32 2 rows have dates far from all others: 1970-01-01, 2206-01-08"


def test_ten_years_of_days_have_no_far_ones() -> None:
    assert far([MONDAY + timedelta(day) for day in range(3650)]) == []
    assert far([MONDAY]) == []
    assert far([date(1970, 1, 1), date(1970, 1, 2), date(1970, 2, 1)]) == []


def test_dates_after_complete_until(tmp_path: Path) -> None:
    table = daily(tmp_path, days(10), complete_until=MONDAY + timedelta(7))
    assert said(table) == ["a.csv:10 2 rows are dated after `complete_until`, 2026-01-12; this is the first"]


CELLS = (
    "date,channel,n,note\n2026-01-05,a,1,x\n2026-01-05,b,,\n2026-01-05,c,many,\n2026-01-05,d,many,y\n2026-01-05,,n/a,\n"
)


def test_missing_and_broken_cells_are_counted_apart(tmp_path: Path) -> None:
    table = csv(tmp_path, CELLS, time="date", dimensions=("channel",), columns={"n": "integer"})
    channel, n, note = of(table).columns
    assert (channel.name, channel.missing, str(channel.first_missing), channel.broken) == ("channel", 1, "a.csv:6", 0)
    assert (n.missing, str(n.first_missing)) == (1, "a.csv:3")
    assert (n.broken, str(n.first_broken), n.seen) == (3, "a.csv:4", (("many", 2), ("n/a", 1)))
    assert (note.missing, str(note.first_missing)) == (3, "a.csv:3")
    assert said(table) == ["a.csv:3 column 'n': 1 cell is missing and left out of sums"]


def test_the_cure_for_missing_cells_is_a_formula_as_it_stands(tmp_path: Path) -> None:
    table = csv(tmp_path, "date,Cost (RUB)\n2026-03-01,1\n2026-03-02,\n", columns={"Cost (RUB)": "integer"})
    (finding,) = examine({"s": table}, Calendar()).findings
    assert str(finding.cure).endswith('FILTER (WHERE "Cost (RUB)" IS NOT NULL)')


def test_counts_below_zero(tmp_path: Path) -> None:
    table = csv(tmp_path, "n,sum\n1,-5\n-2,1\n-3,2\n", columns={"n": "integer", "sum": "decimal"})
    assert said(table) == ["a.csv:3 column 'n': 2 cells are below zero; the first is -2"]


def test_ids_that_a_spreadsheet_has_damaged(tmp_path: Path) -> None:
    table = csv(tmp_path, 'id,n\n1.03E+19,1\n"1,03E+19",2\nA7E+1,3\n')
    assert said(table) == ["a.csv:2 column 'id': 2 ids were damaged by a spreadsheet; the first is 1.03E+19"]
    rounded = "".join(f"{10**18 * 3 + 10**6 * number},{number}\n" for number in range(6))
    table = csv(tmp_path, f"id,n\n{rounded}")
    assert said(table) == ["a.csv:2 column 'id': 6 ids were damaged by a spreadsheet; the first is 3000000000000000000"]


def test_long_ids_that_are_whole_are_left_in_peace(tmp_path: Path) -> None:
    whole = "".join(f"{10**18 * 3 + 7919 * number},{number}\n" for number in range(60))
    assert said(csv(tmp_path, f"id,n\n{whole}")) == []
    assert said(csv(tmp_path, f"id,n\n{whole}", columns={"id": "integer"})) == []


def test_rows_that_repeat_exactly(tmp_path: Path) -> None:
    table = csv(tmp_path, "a,n\nx,1\ny,1\nx,1\nx,1\nx,2\n", columns={"n": "integer"})
    assert of(table).repeats == 2
    assert said(table) == ["a.csv:4 2 rows repeat another exactly and are counted again: lines 4, 5"]


def test_cells_that_could_not_be_read_do_not_make_rows_alike(tmp_path: Path) -> None:
    assert of(csv(tmp_path, "a,n\nx,one\nx,two\n", columns={"n": "integer"})).repeats == 0


def test_rows_of_the_same_day_are_not_called_exact(tmp_path: Path) -> None:
    table = csv(tmp_path, "at,n\n2026-01-05 10:00:00,1\n2026-01-05 11:00:00,1\n", time="at", columns={"n": "integer"})
    assert said(table) == ["a.csv:3 1 row repeats another of the same day in everything but perhaps the hour"]


LABELS = ["YouTube", "YouTube", "youtube", "You\u00a0Tube", "Ёлки", "елки", "Ёлки", "Search", "Search ads"]


def test_labels_that_look_the_same(tmp_path: Path) -> None:
    table = csv(
        tmp_path, "channel,n\n" + "".join(f"{label},{n}\n" for n, label in enumerate(LABELS)), dimensions=("channel",)
    )
    groups = [group.spellings for group in of(table).variants]
    assert groups == [(("YouTube", 2), ("You\u00a0Tube", 1), ("youtube", 1)), (("Ёлки", 2), ("елки", 1))]
    assert said(table)[1] == "a.csv:7 one label of 'channel' is written in 2 ways: 'Ёлки' 2, 'елки' 1"


def test_merging_leaves_one_spelling_whatever_labels_said_before(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("channel\n" + "\n".join([*LABELS, "yt", "gone"]) + "\n")
    source = Source(
        id="s",
        path="a.csv",
        dimensions=("channel",),
        labels={"channel": {"yt": "youtube", "YouTube": "Tube", "gone": "away"}},
    )
    workspace = Workspace(sources=(source,))
    table = load(source, tmp_path, Calendar())
    variants = of(table).variants
    assert {group.kept for group in variants} == {"youtube", "Ёлки"}  # two of them now that yt is one
    merged = apply(workspace, merging(source, variants)).sources[0]
    after = load(merged, tmp_path, Calendar())
    assert of(after).variants == ()
    assert after.frame is not None
    assert sorted(set(after.frame["channel"])) == ["Search", "Search ads", "Tube", "away", "youtube", "Ёлки"]


def test_what_is_left_of_a_label() -> None:
    assert folded(" You\u00a0Tube\u200b ") == folded("youtube")
    assert folded("Ёж") == folded("ЕЖ")
    assert folded("ads-1") != folded("ads1")


def scaled(root: Path, name: str, first: date, sizes: Iterable[int], at: int = 24) -> None:
    rows = [f"{first + timedelta(day)},{size}" for size in sizes for day in range(at)]
    (root / name).write_text("date,cost\n" + "\n".join(rows) + "\n")


def by_files(root: Path) -> Table:
    return loaded(root, "*.csv", time="date", columns={"cost": "decimal"})


def scales(table: Table) -> list[str]:
    return [line for line in said(table) if "changes its scale" in line]


def test_a_file_in_kopecks(tmp_path: Path) -> None:
    scaled(tmp_path, "1.csv", date(2026, 1, 1), [50])
    scaled(tmp_path, "2.csv", date(2026, 2, 1), [5100])
    assert scales(by_files(tmp_path)) == [
        "2.csv column 'cost' changes its scale: half its cells are above 50 in 1.csv, above 5100 in 2.csv"
    ]


def test_seven_times_as_much_is_business(tmp_path: Path) -> None:
    scaled(tmp_path, "1.csv", date(2026, 1, 1), [50])
    scaled(tmp_path, "2.csv", date(2026, 2, 1), [350])
    assert scales(by_files(tmp_path)) == []


def test_nineteen_cells_are_too_few_to_tell(tmp_path: Path) -> None:
    scaled(tmp_path, "1.csv", date(2026, 1, 1), [50], at=19)
    scaled(tmp_path, "2.csv", date(2026, 2, 1), [5000], at=19)
    assert scales(by_files(tmp_path)) == []


def test_files_of_the_same_days_may_differ_in_size_but_not_by_a_unit(tmp_path: Path) -> None:
    scaled(tmp_path, "email.csv", date(2026, 1, 1), [50])
    scaled(tmp_path, "tv.csv", date(2026, 1, 1), [1000])
    assert scales(by_files(tmp_path)) == []
    scaled(tmp_path, "tv.csv", date(2026, 1, 1), [50000])
    assert len(scales(by_files(tmp_path))) == 1


def test_a_month_in_another_unit_within_one_file(tmp_path: Path) -> None:
    rows = [
        f"{date(2026, month, day)},{size}" for month, size in ((1, 50), (2, 60), (3, 50000)) for day in range(1, 25)
    ]
    table = csv(tmp_path, "date,cost\n" + "\n".join(rows) + "\n", time="date", columns={"cost": "decimal"})
    assert scales(table) == [
        "a.csv:50 column 'cost' changes its scale: half its cells are above 60 in 2026-02, above 50000 in 2026-03"
    ]


def side_by_side(root: Path, spend: list[tuple[date, str]], sold: list[tuple[date, str]]) -> list[str]:
    made = []
    for name, column, rows in (("ads", "cost", spend), ("orders", "revenue", sold)):
        text = "".join(f"{day},{label},{100 + number}\n" for number, (day, label) in enumerate(rows))
        (root / f"{name}.csv").write_text(f"date,channel,{column}\n{text}")
        source = Source(
            id=name, path=f"{name}.csv", time="date", dimensions=("channel",), columns={column: "decimal"}, read=Read()
        )
        made.append(load(source, root, Calendar()))
    return [line for line in said(*made) if " has " in line or (" have " in line and "spend" in line)]


def test_a_label_with_spend_that_the_other_source_does_not_know(tmp_path: Path) -> None:
    spend = [(day, label) for day in days(20) for label in ("Search", "Yutube")]
    sold = [(day, label) for day in days(20) for label in ("Search", "Youtube", "Direct")]
    assert side_by_side(tmp_path, spend, sold) == ["ads.csv:3 1 'channel' has spend and no row in 'orders': 'Yutube'"]


def test_channels_that_cost_nothing_are_usual(tmp_path: Path) -> None:
    spend = [(day, "Search") for day in days(20)]
    sold = [(day, label) for day in days(20) for label in ("Search", "Direct", "Organic")]
    assert side_by_side(tmp_path, spend, sold) == []


def test_a_campaign_of_some_days_may_bring_nothing(tmp_path: Path) -> None:
    spend = [(day, "Search") for day in days(20)] + [(day, "Banner") for day in days(6)]
    assert side_by_side(tmp_path, spend, [(day, "Search") for day in days(20)]) == []


def test_a_day_that_only_one_of_both_has(tmp_path: Path) -> None:
    spend, sold = [(day, "Search") for day in days(20, (4,))], [(day, "Search") for day in days(20, (8, 9))]
    found = side_by_side(tmp_path, spend, sold)
    assert "orders.csv on 2 days 'ads' has spend and 'orders' no row: 2026-01-13, 2026-01-14" in found
    assert "ads.csv on 1 day 'orders' has rows and 'ads' no spend: 2026-01-09" in found


def test_a_source_that_could_not_be_read_has_a_health_too(tmp_path: Path) -> None:
    health = of(loaded(tmp_path, "nothing.csv", time="date"))
    assert (health.account.in_files, health.files, health.findings) == (0, (), ())


def test_broken_cells_of_two_parts_of_a_source_are_one_column(tmp_path: Path) -> None:
    for name, cell in (("a.csv", "x"), ("b.csv", "y")):
        (tmp_path / name).write_text(f"d,n\nk,{cell}\nk,1\n")
    [column] = of(loaded(tmp_path, "*.csv", columns={"n": "integer"})).columns
    assert (column.name, column.broken, column.seen) == ("n", 2, (("x", 1), ("y", 1)))
