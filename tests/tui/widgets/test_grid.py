"""The grid in an app: what is drawn by difference is what a fresh grid would show."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from typing import Any, get_args

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region
from textual.pilot import Pilot

from kpi_tui.tui.widgets.chart import Chart, Picture
from kpi_tui.tui.widgets.drawn import changed
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row, Step
from kpi_tui.tui.widgets.look import THEME
from kpi_tui.tui.widgets.stage import Stage

COLUMNS = (
    Column("name", "Metric", editable=True),
    Column("actual", "Nov", 10, "right", editable=True),
    Column("plan", "Plan", 10, "right", priority=1),
)


NAMES = ["Revenue", "CAC", "ROMI", "Выручка", "売上高", "a\x1bb", "Leads", "Visits", "Orders"]


def rows(*names: str, actual: str = "1 240") -> list[Row]:
    return [Row(name, (Cell(name), Cell(actual, "ok"), Cell("900", "muted"))) for name in names]


class Stand(App[None]):
    """One grid, a second one to move the focus to, and what they said."""

    def __init__(self, *, height: int = 6) -> None:
        super().__init__(ansi_color=True)
        self.register_theme(THEME)
        self.theme = THEME.name
        self.grid = Grid(id="first", empty=("nothing here",))
        self.other = Grid(id="second")
        self.chart = Chart()
        self.height = height
        self.said: list[tuple[str, ...]] = []
        self.refreshed: list[Region] = []

    def get_default_screen(self) -> Stage:
        return Stage()

    def compose(self) -> ComposeResult:
        self.grid.styles.height = self.height
        yield self.grid
        yield self.other
        yield self.chart

    def on_grid_moved(self, event: Grid.Moved) -> None:
        self.said.append(("moved", str(event.key), str(event.column)))

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.said.append(("chosen", event.key))

    def on_grid_submitted(self, event: Grid.Submitted) -> None:
        self.said.append(("submitted", event.key, event.column, event.value))

    def on_grid_cancelled(self, event: Grid.Cancelled) -> None:
        self.said.append(("cancelled",))


def watch(app: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Note each region the first grid asks to have drawn again; a call without one is the whole grid."""
    refresh = app.grid.refresh

    def noted(*regions: Region, **how: Any) -> Grid:
        app.refreshed += regions or [app.grid.size.region]
        return refresh(*regions, **how)

    monkeypatch.setattr(app.grid, "refresh", noted)


def play(app: Stand, scene: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = (60, 20)) -> None:
    async def run() -> None:
        async with app.run_test(size=size) as pilot:
            await pilot.pause()
            await scene(pilot)

    asyncio.run(run())


def shown(app: Stand, y: int) -> str:
    return app.grid.render_line(y).text


@pytest.mark.parametrize("seed", range(4))
def test_drawn_by_difference_equals_drawn_afresh(seed: int, monkeypatch: pytest.MonkeyPatch) -> None:
    chance = random.Random(seed)
    app = Stand()

    def act() -> None:
        if chance.random() < 0.6:
            app.grid.move(chance.choice(get_args(Step)))
        elif chance.random() < 0.3:
            app.grid.edit(chance.choice(["", "12 345 678 901 234 567 890"]))
            app.grid.refuse(chance.choice(["", "not a number"]))
        elif chance.random() < 0.3:
            app.grid.close_editor()
        else:
            names = chance.sample(NAMES, chance.randint(0, 9))
            app.grid.show(COLUMNS[: chance.randint(1, 3)], rows(*names, actual=str(chance.randint(1, 3))))

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, rows("Revenue", "CAC"))
        await pilot.pause()
        watch(app, monkeypatch)
        size = app.grid.content_size
        for _ in range(80):
            before = app.grid.lines(*size)
            app.refreshed.clear()
            act()
            after = app.grid.lines(*size)
            for needed in changed(before, after):
                assert any(region.contains_region(needed) for region in app.refreshed)
        await pilot.pause()
        fresh = ["".join(text for text, _ in each) for each in app.grid.lines(*size)]
        assert [shown(app, y) for y in range(size.height)] == fresh

    play(app, scene)


def test_what_is_shown_already_is_not_drawn_again(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, rows("a", "b"))
        await pilot.pause()
        watch(app, monkeypatch)
        app.grid.show(COLUMNS, rows("a", "b"))
        assert app.refreshed == []
        app.grid.show(COLUMNS, [*rows("a"), *rows("b", actual="1 241")])
        assert [(region.y, region.width) for region in app.refreshed] == [(2, 1)]

    play(app, scene)


def test_moving_the_focus_redraws_the_cursor_only(monkeypatch: pytest.MonkeyPatch) -> None:
    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, rows("a", "b", "c"))
        app.grid.focus()
        await pilot.pause()
        watch(app, monkeypatch)
        whole_screen: list[tuple[object, ...]] = []
        monkeypatch.setattr(app.screen, "refresh", lambda *regions, **how: whole_screen.append(regions))
        app.other.focus()
        await pilot.pause()
        assert app.other.has_focus
        assert whole_screen == []
        assert {(region.y, region.height) for region in app.refreshed} == {(1, 1)}

    play(app, scene)


def test_the_cursor_stays_on_its_key() -> None:
    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, rows("a", "b", "c"))
        app.grid.move_to("b", "actual")
        app.grid.show(COLUMNS, rows("x", "y", "b", "a"))
        assert (app.grid.key, app.grid.row_index, app.grid.column) == ("b", 2, "actual")
        app.grid.show(COLUMNS, rows("x", "y", "z"))
        assert app.grid.key == "z"
        app.grid.show(COLUMNS, [])
        assert app.grid.key is None
        await pilot.pause()
        assert shown(app, 1).strip() == "nothing here"

    play(app, scene)


def test_it_says_where_the_cursor_is_once() -> None:
    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, rows("a", "b"))
        await pilot.pause()
        app.said.clear()
        app.grid.move("down")
        app.grid.move("down")
        app.grid.move("right")
        app.grid.choose()
        await pilot.pause()
        assert app.said == [("moved", "b", "name"), ("moved", "b", "actual"), ("chosen", "b")]

    play(app, scene)


def test_a_cell_is_edited_in_place() -> None:
    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, rows("a", "b"))
        app.grid.focus()
        app.grid.move_to("a", "actual")
        await pilot.pause()
        app.said.clear()
        assert app.grid.edit("1240")
        await pilot.press("backspace", "x", "enter")
        await pilot.pause()
        assert app.said == [("submitted", "a", "actual", "124x")]
        app.grid.refuse("not a number")
        assert shown(app, 2).rstrip() == "not a number"
        await pilot.press("backspace", "5")
        assert shown(app, 2).startswith("b ")
        await pilot.press("down", "escape")
        await pilot.pause()
        assert app.said[1:] == [("cancelled",)]
        assert app.grid.key == "a"
        assert not app.grid.editing

    play(app, scene)


def test_only_editable_columns_are_edited() -> None:
    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, rows("a"))
        app.grid.move_to("a", "plan")
        assert not app.grid.edit("900")
        app.grid.show(COLUMNS, [])
        assert not app.grid.edit("900")
        await pilot.pause()

    play(app, scene)


def test_an_edited_row_that_is_gone_closes_the_editor() -> None:
    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, rows("a", "b"))
        app.grid.edit("x")
        app.grid.show(COLUMNS, rows("b"))
        await pilot.pause()
        assert not app.grid.editing
        assert ("cancelled",) in app.said

    play(app, scene)


def test_keys_that_come_before_the_layout_move_the_cursor_too() -> None:
    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, rows(*"abcdefghijkl"))
        app.grid.display = False
        await pilot.pause()
        app.grid.move("page_down")
        app.grid.move("right")
        assert (app.grid.key, app.grid.column) == ("e", "actual")
        assert app.grid.edit("1")

    play(app, scene)


def test_a_column_that_has_no_room_after_the_layout_loses_the_cursor_to_the_last_that_has() -> None:
    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, rows("a", "b"))
        app.grid.display = False
        await pilot.pause()
        app.grid.move("end")
        assert app.grid.column == "plan"
        app.grid.display = True
        await pilot.pause()
        assert (shown(app, 0).split(), app.grid.column) == (["Metric", "Nov"], "actual")
        assert app.grid.edit("1")

    play(app, scene, size=(24, 20))


def test_a_click_moves_the_cursor_and_a_second_one_opens() -> None:
    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, rows("a", "b", "c"))
        await pilot.pause()
        app.said.clear()
        await pilot.click("#first", offset=(2, 3))
        assert app.grid.key == "c"
        await pilot.click("#first", offset=(2, 3), times=2)
        await pilot.pause()
        assert ("chosen", "c") in app.said

    play(app, scene)


def test_rows_are_read_only_where_they_are_in_view() -> None:
    read: list[int] = []

    class Lazy(list[Row]):
        def __getitem__(self, index: Any) -> Any:
            read.append(index)
            return super().__getitem__(index)

    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, Lazy(rows(*map(str, range(10_000)))))
        await pilot.pause()
        app.grid.move("bottom")
        assert app.grid.key == "9999"
        assert len(set(read)) < 30

    play(app, scene)


def test_a_resized_grid_fills_its_new_width() -> None:
    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.grid.show(COLUMNS, rows("a", "b"))
        await pilot.resize_terminal(30, 12)
        await pilot.pause()
        assert len(shown(app, 1)) == 30

    play(app, scene)


def test_a_chart_is_drawn_in_its_place() -> None:
    app = Stand()

    async def scene(pilot: Pilot[None]) -> None:
        app.chart.show(Picture((1.0, 2.0, 3.0), x_labels=((0, "Jan"), (2, "Mar"))))
        await pilot.pause()
        last = app.chart.size.height - 1
        assert app.chart.render_line(last).text.split() == ["Jan", "Mar"]

    play(app, scene)
