"""A random table in a random dialect is read back, or the one thing that its text leaves open is asked."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from msgspec import Struct

from kpi_tui.facts.detect import Description, answered, describe
from kpi_tui.facts.reading import load
from kpi_tui.facts.table import FILE, LINE
from kpi_tui.workspace.periods import Calendar

CHANNELS = ("Яндекс.Директ", "Прямые заходы", "Почта", "VK; реклама")
DATES = ("%Y-%m-%d", "%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%Y%m%d", "%d-%m-%y")
HEADER = ("Дата", "Канал", "Расход", "Клики")
Row = tuple[date, str, Decimal, int]


class Dialect(Struct, frozen=True):
    encoding: str
    separator: str
    decimal: str
    thousands: str
    date: str
    preamble: tuple[str, ...]
    total: str
    end: str


def _dialects() -> st.SearchStrategy[Dialect]:
    return st.builds(
        Dialect,
        encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1251", "koi8-r", "cp866", "utf-16", "utf-16-le"]),
        separator=st.sampled_from([",", ";", "\t", "|"]),
        decimal=st.sampled_from([".", ","]),
        thousands=st.sampled_from(["", " ", "\u00a0", ",", "."]),
        date=st.sampled_from(DATES),
        preamble=st.sampled_from([(), ("Отчёт по рекламе",), ("Отчёт по рекламе", "за период", "")]),
        total=st.sampled_from(["", "Итого", "Всего:", "Grand total"]),
        end=st.sampled_from(["\n", "\r\n", "\r"]),
    ).filter(lambda one: one.decimal != one.thousands)


rows = st.lists(
    st.tuples(
        st.dates(date(2020, 1, 1), date(2026, 12, 31)),
        st.sampled_from(CHANNELS),
        st.decimals(Decimal("0"), Decimal("9999999"), places=2),
        st.integers(0, 5_000_000),
    ),
    min_size=2,
    max_size=12,
)


def _number(number: Decimal | int, dialect: Dialect) -> str:
    whole, _, fraction = f"{number:,}".partition(".")
    return whole.replace(",", dialect.thousands) + (dialect.decimal + fraction if fraction else "")


def _quoted(cell: str, dialect: Dialect) -> str:
    return f'"{cell}"' if dialect.separator in cell else cell


def written(table: list[Row], dialect: Dialect) -> bytes:
    lines: list[str] = [*dialect.preamble, dialect.separator.join(HEADER)]
    for day, channel, cost, clicks in table:
        cells = (day.strftime(dialect.date), channel, _number(cost, dialect), _number(clicks, dialect))
        lines.append(dialect.separator.join(_quoted(cell, dialect) for cell in cells))
    if dialect.total:
        cost, clicks = sum((row[2] for row in table), Decimal(0)), sum(row[3] for row in table)
        cells = (dialect.total, "", _number(cost, dialect), _number(clicks, dialect))
        lines.append(dialect.separator.join(_quoted(cell, dialect) for cell in cells))
    return (dialect.end.join(lines) + dialect.end).encode(dialect.encoding)


def _read(found: Description, root: Path) -> list[tuple[Any, ...]]:
    table = load(found.source, root, Calendar())
    assert table.frame is not None
    return table.frame.drop(FILE, LINE).rows()


def _answers(found: Description, root: Path) -> list[list[tuple[Any, ...]]]:
    """The table as it is with every combination of answers."""
    sources = [found.source]
    for question in found.questions:
        sources = [answered(source, choice) for source in sources for choice in question.choices]
    tables = [load(source, root, Calendar()).frame for source in sources]
    return [table.drop(FILE, LINE).rows() for table in tables if table is not None]


def _leaves_open(table: list[Row], dialect: Dialect) -> set[str]:
    """What the text of the table cannot tell."""
    found = set()
    if dialect.date in ("%d/%m/%Y", "%m/%d/%Y") and all(row[0].day <= 12 for row in table):
        found.add("dates")
    if dialect.date == "%d-%m-%y":
        found.add("dates")
    return found


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows, _dialects(), st.data())
def test_a_table_is_read_back_or_the_open_thing_is_asked(
    tmp_path: Path, table: list[Row], dialect: Dialect, data: st.DataObject
) -> None:
    name = f"a{data.draw(st.integers(0, 10**9))}.csv"
    (tmp_path / name).write_bytes(written(table, dialect))
    (found,) = describe(name, tmp_path)
    asked = {question.id for question in found.questions}
    assert asked <= _leaves_open(table, dialect)
    assert table in _answers(found, tmp_path)
    if not asked:
        assert _read(found, tmp_path) == table
    assert found.source.time == "Дата"
    assert found.source.columns["Расход"] == "decimal"


def test_a_year_of_days_has_no_open_order(tmp_path: Path) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(365)]
    content = "date,x\n" + "".join(f"{day:%m/%d/%Y},1\n" for day in days)
    (tmp_path / "a.csv").write_text(content)
    (found,) = describe("a.csv", tmp_path)
    assert found.questions == ()
    assert [row[0] for row in found.rows] == days[:8]
