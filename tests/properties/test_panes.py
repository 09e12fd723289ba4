"""What stands on the terminal after any edits is what a fresh start on the same workspace draws.

The panes are drawn by difference, so a wrong difference would leave something old on the screen. Here the app writes to
an emulated terminal; after edits, keys and resizes every cell of it, with its looks, must be as a fresh app draws it.
"""

from __future__ import annotations

import asyncio
import tempfile
from contextlib import suppress
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyte
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st
from textual.drivers.headless_driver import HeadlessDriver

from kpi_tui.errors import KpiError
from kpi_tui.tui.messages import Edited
from kpi_tui.tui.screens.main import MainScreen
from kpi_tui.workspace.edits import Add, Delete, Edit, Set
from kpi_tui.workspace.writing import write
from tests.end_to_end.shop import write_shop
from tests.end_to_end.terminal import _UNKNOWN_TO_PYTE
from tests.tui.piloting import Flow, running

SIZES = ((80, 24), (120, 40), (60, 12), (100, 20))
LOOK = (
    "left_square_bracket",
    "right_square_bracket",
    "plus",
    "minus",
    "z",
    "1",
    "2",
    "3",
    "4",
    "j",
    "k",
    "G",
    "right",
    "escape",
)


class Emulated(HeadlessDriver):
    """A driver whose terminal is a pyte screen."""

    @property
    def is_headless(self) -> bool:
        return False

    def start_application_mode(self) -> None:
        self.screen = pyte.Screen(*(self._size or (80, 24)))
        self.stream = pyte.ByteStream(self.screen)
        super().start_application_mode()

    def write(self, data: str) -> None:
        with suppress(TypeError):  # pyte on a private sequence it has no private form of
            self.stream.feed(_UNKNOWN_TO_PYTE.sub(b"", data.encode()))


def texts() -> st.SearchStrategy[str]:
    odd = ["日本語", "שלום", "a\tb\nc", "[/]", "\x1b[31m", "🎯👨‍👩‍👧", "é", "", "x" * 90, "\u202eabc"]
    return st.sampled_from(odd) | st.text(max_size=12)


def edits() -> st.SearchStrategy[Edit]:
    goals, metrics, members = (
        st.sampled_from(["turnover", "cheap", "site"]),
        st.sampled_from(["revenue", "cpo", "awareness"]),
        st.sampled_from(["anna", "boris"]),
    )
    numbers = st.sampled_from([Decimal(0), Decimal(1), Decimal("3861.5"), Decimal(10**9), Decimal("-7")])
    named = st.one_of(
        goals.map(lambda g: ("goal", g)), metrics.map(lambda m: ("metric", m)), members.map(lambda m: ("member", m))
    )
    return st.one_of(
        st.builds(lambda path, name: Set((*path, "name"), name), named, texts()),
        st.builds(lambda goal, value: Set(("goal", goal, "target"), value), goals, numbers),
        st.builds(lambda goal: Set(("goal", goal, "objective"), "growth"), goals),
        st.builds(lambda text: Set(("workspace", "name"), text), texts()),
        st.builds(lambda value: Set(("metric", "awareness", "entries", "2026-05-31"), value), numbers),
        st.builds(lambda name: Add(("member",), {"id": "vera", "name": name}), texts()),
        st.builds(lambda name: Add(("metric",), {"id": "made", "name": name, "formula": "revenue / orders"}), texts()),
        named.map(Delete),
        st.builds(lambda line: Delete(("member", "anna", "kpi", line)), st.sampled_from(["turnover", "orders"])),
        st.just(Set(("source", "sales", "where"), "channel <> 'Email'")),
    )


STEPS = st.lists(
    st.one_of(
        edits(),
        edits(),
        st.sampled_from(["undo", "redo", "split", "unsplit"]),
        st.sampled_from(LOOK),
        st.sampled_from(LOOK),
        st.sampled_from((*LOOK, *SIZES)),
    ),
    min_size=1,
    max_size=14,
)


# an example takes a second, so that making a failing one smaller would take many minutes
@settings(
    max_examples=12,
    deadline=None,
    derandomize=True,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow],
)
@example(steps=["3", "z", "2", "z"], size=(120, 40))
@given(steps=STEPS, size=st.sampled_from(SIZES))
def test_what_is_drawn_by_difference_is_what_a_fresh_start_draws(steps: list[Any], size: tuple[int, int]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        live, content, view = asyncio.run(edited(Path(folder) / "live", steps, size))
        fresh = asyncio.run(opened(Path(folder) / "fresh", content, view, size))
    for row, (is_shown, should_be) in enumerate(zip(live, fresh, strict=True)):
        assert is_shown == should_be, f"row {row}:\n{text(live)}\n--- a fresh start:\n{text(fresh)}"


async def edited(folder: Path, steps: list[Any], size: tuple[int, int]) -> tuple[Any, str, Any]:
    async with running(write_shop(folder), size=size, driver=Emulated) as flow:
        for step in steps:
            await take(flow, step, size)
        await flow.press("escape", "escape", "escape")
        desk = flow.app.desk
        assert desk is not None
        await flow.press("ctrl+s")
        await at_rest(flow)
        view = (desk.session.view, desk.period, flow.app.main and flow.app.main.zoomed)
        return picture(flow), write(desk.workspace), view


async def opened(folder: Path, content: str, view: Any, size: tuple[int, int]) -> Any:
    file = write_shop(folder)
    file.write_text(content, "utf-8")
    async with running(file, size=size, driver=Emulated) as flow:
        assert flow.app.desk is not None
        flow.app.desk.session.look(view[0])
        flow.app.desk.period = view[1]
        assert isinstance(flow.app.screen, MainScreen)
        flow.app.screen.show_all()
        if view[2]:
            await flow.press("z")
        await at_rest(flow)
        return picture(flow)


async def take(flow: Flow, step: Any, size: tuple[int, int]) -> None:
    """An edit as a screen makes it, a key, or another size for a moment."""
    desk, main = flow.app.desk, flow.app.main
    assert desk is not None
    assert main is not None
    if isinstance(step, tuple):
        await flow.pilot.resize_terminal(*step)
        await flow.pilot.resize_terminal(*size)
    elif step in ("split", "unsplit"):
        main._split("channel" if step == "split" else "—")
    elif step in LOOK:
        await flow.press(step)
    else:
        with suppress(KpiError):
            said = desk.undo() if step == "undo" else desk.redo() if step == "redo" else desk.apply(step)
            main.post_message(Edited(said))
    await flow.pilot.pause()
    await flow.at_home()


async def at_rest(flow: Flow) -> None:
    """Every cursor at its home, nothing said, all drawn."""
    await flow.at_home()
    for pane in "321":
        await flow.press(pane, "g", "home")
    await flow.press("G", "g")
    await flow.pilot.pause(0.2)  # the detail follows the cursor once it rests
    await flow.at_home()


def picture(flow: Flow) -> list[list[Any]]:
    driver = flow.app._driver
    assert isinstance(driver, Emulated)
    screen = driver.screen
    return [[screen.buffer[y][x] for x in range(screen.columns)] for y in range(screen.lines)]


def text(shown: list[list[Any]]) -> str:
    return "\n".join("".join(cell.data for cell in row).rstrip() for row in shown)
