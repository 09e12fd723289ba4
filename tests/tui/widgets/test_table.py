"""Columns laid out, rows as lines."""

from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.tui.widgets.columns import Cell, Column, Row, lay_out, row_line
from kpi_tui.tui.widgets.drawn import width_of
from kpi_tui.tui.widgets.editor import Typing
from kpi_tui.tui.widgets.table import Edited, Table
from kpi_tui.tui.widgets.window import Window

COLUMNS = (
    Column("status", "", 1),
    Column("name", "Metric"),
    Column("actual", "Nov", 10, "right", editable=True),
    Column("plan", "Plan", 10, "right", priority=1),
    Column("trend", "12 months", 12, priority=2),
)


def row(key: str, name: str = "Revenue", indent: int = 0) -> Row:
    return Row(key, (Cell("✔", "ok"), Cell(name), Cell("1 240"), Cell("900", "muted"), Cell("▁▂▃")), indent)


def text_of(shown: object) -> str:
    return "".join(text for text, _ in shown)  # type: ignore[attr-defined]  # a Line


@given(st.integers(1, 140), st.integers(1, 30), st.integers(0, 40), st.text(max_size=20), st.booleans())
def test_the_picture_has_the_size_asked_for(width: int, height: int, count: int, name: str, ascii: bool) -> None:
    table = Table(COLUMNS, [row(str(i), name) for i in range(count)], width, height, ascii)
    lines = table.lines(Window().sized(table.view, count), "name", focused=True, empty=("nothing here",))
    assert len(lines) == height
    assert {width_of(shown) for shown in lines} == {width}


def test_a_narrow_pane_drops_columns_by_priority() -> None:
    assert [slot.column.key for slot in lay_out(COLUMNS, 60)] == ["status", "name", "actual", "plan", "trend"]
    assert [slot.column.key for slot in lay_out(COLUMNS, 40)] == ["status", "name", "actual", "plan"]
    assert [slot.column.key for slot in lay_out(COLUMNS, 30)] == ["status", "name", "actual"]


def test_the_column_without_width_takes_the_rest() -> None:
    slots = lay_out(COLUMNS, 80)
    assert slots[1].width == 80 - 1 - 10 - 10 - 12 - 4
    assert slots[-1].x + slots[-1].width == 80


def test_the_cursor_marks_the_name_and_the_current_cell_only() -> None:
    shown = row_line(row("a"), lay_out(COLUMNS, 60), 60, cursor="actual")
    marked = {style for _, style in shown if style in ("cursor", "cell")}
    assert marked == {"cursor", "cell"}
    assert [text.strip() for text, style in shown if style == "cell"] == ["1 240"]
    assert shown[0][1] == "cursor"
    assert shown[0][0].startswith("✔ Revenue")


def test_children_are_indented_under_their_parent() -> None:
    shown = row_line(row("a", indent=1), lay_out(COLUMNS, 60), 60)
    assert text_of(shown).startswith("✔   Revenue")


def test_hidden_rows_are_marked_at_the_right_edge() -> None:
    table = Table(COLUMNS, [row(str(i)) for i in range(20)], 60, 6)
    window = Window().sized(5, 20).to(10)
    lines = table.lines(window, "name", focused=True)
    assert text_of(lines[1])[-1] == "↑"
    assert text_of(lines[-1])[-1] == "↓"


def test_the_empty_state_is_said() -> None:
    lines = Table(COLUMNS, [], 40, 5).lines(Window(), None, focused=True, empty=("No goals yet.", "a adds one."))
    assert [text_of(shown).strip() for shown in lines[1:3]] == ["No goals yet.", "a adds one."]


def test_the_editor_lies_over_its_cell_and_the_reason_below() -> None:
    table = Table(COLUMNS, [row("a"), row("b")], 60, 4)
    window = Window().sized(3, 2)
    drawn = table.lines(window, "actual", focused=True)
    shown = table.edited(drawn, window, Edited("a", "actual", Typing.of("12x"), "not a number"))
    assert ("12x", "field") in shown[1]
    assert text_of(shown[1]).startswith("✔ Revenue")
    assert text_of(shown[2]).rstrip() == "not a number"
    assert {width_of(each) for each in shown} == {60}


def test_a_long_reason_takes_two_lines_below_or_above_where_there_is_room() -> None:
    reason = "a formula is arithmetic over aggregates and metrics: write it like SUM(cost) or spend / orders"
    rows = [row(each) for each in "abcd"]
    for index, place in ((0, [2, 3]), (3, [2, 3])):
        table = Table(COLUMNS, rows, 60, 5)
        window = Window().sized(4, 4).to(index)
        drawn = table.lines(window, "actual", focused=True)
        shown = table.edited(drawn, window, Edited("abcd"[index], "actual", Typing.of("12x"), reason))
        assert " ".join(text_of(shown[at]).strip() for at in place) == reason
        assert {width_of(each) for each in shown} == {60}
    table = Table(COLUMNS, rows[:1], 60, 2)
    shown = table.edited(drawn[:2], Window().sized(1, 1), Edited("a", "actual", Typing.of("12x"), reason))
    assert len(shown) == 2
    assert text_of(shown[0]).rstrip().endswith("…")
