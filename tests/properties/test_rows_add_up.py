"""Whatever stands in the files, every row of them is accounted for, once: used, or left out for one reason."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.facts.reading import load
from kpi_tui.workspace.model import Read, Source
from kpi_tui.workspace.periods import Calendar

DATES = ("2026-01-05", "2026-02-30", "Total", "", " ", "-", "05.01.2026", "2026-01-05 10:00")
CHANNELS = ("Email", "test", "", "Search")
NUMBERS = ("1", "", "many", "1e3", "-2")
ROWS = st.one_of(
    st.tuples(st.sampled_from(DATES), st.sampled_from(CHANNELS), st.sampled_from(NUMBERS)).map(",".join),
    st.sampled_from(
        ("", ",,", "2026-01-05", "2026-01-05,Email,1,too much", '2026-01-05,"Email,1', "2026-01-05,Email,1,")
    ),
)


@given(
    files=st.lists(st.lists(ROWS, max_size=8), min_size=1, max_size=3),
    drop=st.sampled_from(("", "date = 'Total'", "nonsense = 1")),
    where=st.sampled_from(("", "channel <> 'test'", "channel = 'nobody'", "n > ")),
    time=st.sampled_from(("date", None, "nowhere")),
)
def test_the_numbers_add_up(files: list[list[str]], drop: str, where: str, time: str | None) -> None:
    source = Source(
        id="s",
        path="*.csv",
        time=time,
        where=where,
        dimensions=("channel",),
        columns={"n": "integer"},
        read=Read(drop_rows=drop, nulls=("", "-")),
    )
    with TemporaryDirectory() as folder:
        for number, rows in enumerate(files):
            content = "\n".join(["date,channel,n", *rows, ""])
            (Path(folder) / f"{number}.csv").write_text(content, encoding="utf-8")
        table = load(source, Path(folder), Calendar())
    account = table.account
    assert account.adds_up, account
    assert account.used == (table.frame.height if table.frame is not None else 0)
    assert table.rows_read == account.in_files - account.totals
    assert table.rows_left_out == account.broken + account.undated + account.misdated
    if all('"' not in row for rows in files for row in rows):  # in quotation marks a line end is part of a cell
        assert account.in_files == sum(bool(row.strip(",")) for rows in files for row in rows)
