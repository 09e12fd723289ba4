"""Dates as people write them, against the calendar."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.facts.dates import MONTHS, dates, parsed


def days(cells: list[str], written: str) -> list[date | None]:
    return parsed(pl.Series("x", cells, dtype=pl.String), written, pl.Date()).to_list()


@pytest.mark.parametrize(
    ("cell", "written", "day"),
    [
        ("5 января 2024", "%d %B %Y", date(2024, 1, 5)),
        ("05 ЯНВ. 2024", "%d %b %Y", date(2024, 1, 5)),
        ("01.янв.2024", "%d.%b.%Y", date(2024, 1, 1)),
        ("5 May 2024", "%d %b %Y", date(2024, 5, 5)),
        ("Sept 5, 2024", "%b %d, %Y", date(2024, 9, 5)),
        ("Январь 2026 г.", "%B %Y г.", date(2026, 1, 1)),
        ("Jan-24", "%b-%y", date(2024, 1, 1)),
        ("2021Q4", "%YQ%q", date(2021, 10, 1)),
        ("II кв. 2021", "%q кв. %Y", date(2021, 4, 1)),
        ("2024-W05", "%G-W%V", date(2024, 1, 29)),
        ("2024", "%Y", date(2024, 1, 1)),
        ("05.2024", "%m.%Y", date(2024, 5, 1)),
        ("60", "excel", None),
        ("61", "excel", date(1900, 3, 1)),
        ("45292", "excel", date(2024, 1, 1)),
        ("2020013", "%Y%m%d", None),
        ("13.2024", "%m.%Y", None),
        ("2021Q5", "%YQ%q", None),
        ("5 Brumaire 2024", "%d %b %Y", None),
        ("31/12/20", "%d/%m/%Y", None),
        ("31/12/69", "%d/%m/%y", date(2069, 12, 31)),
        ("31/12/70", "%d/%m/%y", date(1970, 12, 31)),
    ],
)
def test_a_cell_is_its_day_or_nothing(cell: str, written: str, day: date | None) -> None:
    assert days([cell], written) == [day]


def test_an_hour_of_a_spreadsheet() -> None:
    cells = pl.Series(["45292.5", "45292,25"])
    assert parsed(cells, "excel", pl.Datetime("us")).to_list() == [datetime(2024, 1, 1, 12), datetime(2024, 1, 1, 6)]


def test_the_first_format_that_fits_wins() -> None:
    cells = pl.Series(["01/02/2024", "13/02/2024", "2024-03-01", "02/13/2024"])
    assert dates(cells, ("%m/%d/%Y", "%d/%m/%Y"), pl.Date()).to_list() == [
        date(2024, 1, 2),
        date(2024, 2, 13),
        date(2024, 3, 1),
        date(2024, 2, 13),
    ]


@given(st.dates(date(1950, 1, 1), date(2049, 12, 31)), st.sampled_from(sorted(MONTHS)))
def test_every_name_of_a_month(day: date, name: str) -> None:
    assert days([f"{day.day} {name.title()} {day.year}"], "%d %b %Y") == [
        date(day.year, MONTHS[name], day.day)
        if day.day <= 28
        else days([f"{day.day}.{MONTHS[name]}.{day.year}"], "%d.%m.%Y")[0]
    ]


@given(st.dates(date(1900, 3, 1), date(2199, 12, 31)))
def test_day_numbers_count_from_the_end_of_1899(day: date) -> None:
    assert days([str((day - date(1899, 12, 30)).days)], "excel") == [day]
