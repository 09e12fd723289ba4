"""A second open shows the numbers of last time before the session is there, marked, and then those of now."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual import events

import kpi_tui.loading
from kpi_tui.language.language import Language
from kpi_tui.tui import keeping
from kpi_tui.tui.app import KpiApp
from kpi_tui.tui.drawing import PaneDrawn
from kpi_tui.tui.outside import Outside
from kpi_tui.tui.remembered import FOLDER, WIDTHS, Kept, Remembered, keep, remembered, shelf
from kpi_tui.tui.screens.choice import Choice
from kpi_tui.tui.screens.main import MainScreen
from kpi_tui.tui.screens.opening import Opening
from kpi_tui.tui.signals import Ending
from kpi_tui.tui.terminal import Terminal
from kpi_tui.tui.widgets.drawn import Line, line, width_of
from tests.end_to_end.shop import write_shop
from tests.tui.piloting import _CHARACTERS, Flow

MARK = "as of last time"
OUTDATED = "data changed since"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return write_shop(tmp_path)


@pytest.fixture(autouse=True)
def kept_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keeping, "KEEP_AFTER", 0.01)


class Gates:
    """Hold the session (`workspace`) or the data (`data`) back until they are opened."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.workspace, self.data = threading.Event(), threading.Event()
        monkeypatch.setattr(kpi_tui.loading, "begin", self._behind(self.workspace, kpi_tui.loading.begin))
        monkeypatch.setattr(kpi_tui.loading, "load_tables", self._behind(self.data, kpi_tui.loading.load_tables))

    @staticmethod
    def _behind(gate: threading.Event, work: Callable[..., object]) -> Callable[..., object]:
        def waiting(*given: object, **named: object) -> object:
            assert gate.wait(20), "nobody opened the gate"
            return work(*given, **named)

        return waiting

    def open(self) -> None:
        self.workspace.set()
        self.data.set()


@pytest.fixture
def gates(monkeypatch: pytest.MonkeyPatch) -> Iterator[Gates]:
    made = Gates(monkeypatch)
    yield made
    made.open()


@asynccontextmanager
async def opened(
    file: Path, *, language: str = "en", ascii: bool = False, size: tuple[int, int] = (80, 24), read_only: bool = False
) -> AsyncIterator[Flow]:
    ending = Ending()
    app = KpiApp(
        file, language=Language(language, ascii=ascii), terminal=Terminal(ascii=ascii, colors="256", mouse=False),
        state=file.parent / "state", ending=ending, read_only=read_only, cache=file.parent / "cache",
    )  # fmt: skip
    try:
        async with app.run_test(size=size) as pilot:
            yield Flow(app, pilot)
    finally:
        ending.close()


def entries(file: Path) -> list[Path]:
    return sorted((file.parent / "cache" / FOLDER).glob("*.screen"))


async def first_open(file: Path, *, language: str = "en", ascii: bool = False, read_only: bool = False) -> None:
    """Open the shop and wait until what it shows is kept."""
    before = [(entry, entry.stat().st_mtime_ns) for entry in entries(file)]
    async with opened(file, language=language, ascii=ascii, read_only=read_only) as flow:
        await flow.at_home()
        for _ in range(2000):
            if [(entry, entry.stat().st_mtime_ns) for entry in entries(file)] != before:
                return
            await flow.pilot.pause(0.01)
    raise AssertionError("nothing was kept")


async def test_numbers_of_last_time_stand_until_those_of_now_have_come(file: Path) -> None:
    await first_open(file)
    with pytest.MonkeyPatch.context() as patch:
        gates = Gates(patch)
        async with opened(file) as flow:
            await flow.shows("Turnover +3,861")
            assert flow.app.desk is None, "there is no session yet"
            assert MARK in flow.text
            gates.open()
            await flow.at_home()
            await flow.hides(MARK)
            await flow.shows("Turnover +3,861")


async def test_entry_is_the_users_own(file: Path) -> None:
    await first_open(file, read_only=True)
    (entry,) = entries(file)
    assert stat.S_IMODE(entry.stat().st_mode) == 0o600
    assert stat.S_IMODE(entry.parent.stat().st_mode) == 0o700


async def test_changed_source_is_told_and_its_numbers_are_redrawn(file: Path, gates: Gates) -> None:
    gates.open()
    await first_open(file)
    sales = file.parent / "sales.csv"
    sales.write_text(sales.read_text("utf-8").replace(",117,", ",1117,"), "utf-8")
    gates.workspace.clear()
    async with opened(file) as flow:
        await flow.shows("Turnover +3,861")
        await flow.shows(OUTDATED)
        gates.open()
        await flow.at_home()
        await flow.hides(f"{OUTDATED}|3,861")


async def test_changed_workspace_is_not_shown_from_memory(file: Path, gates: Gates) -> None:
    gates.open()
    await first_open(file)
    file.write_text(file.read_text("utf-8").replace("6000", "7000"), "utf-8")
    gates.workspace.clear()
    async with opened(file) as flow:
        assert isinstance(flow.app.screen, Opening)
        gates.open()
        await flow.shows("Turnover +3,861 +7,000")


@pytest.mark.parametrize("damage", [b"", b"{", b"kpi-tui screen 1\n", None])
async def test_damaged_entry_is_as_good_as_none_and_written_anew(file: Path, damage: bytes | None) -> None:
    await first_open(file)
    (entry,) = entries(file)
    another = entry.read_bytes().replace(b"3,861", b"3,961")  # a figure that nobody computed
    entry.write_bytes(damage if damage is not None else another)
    async with opened(file) as flow:
        assert not isinstance(flow.app.screen_stack[0], MainScreen)
        await flow.at_home()
    await first_open(file)
    assert remembered(file.parent / "cache", file, Language("en")) is not None


async def test_another_version_of_the_program_shows_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await first_open(file)
    language = Language("en")
    assert remembered(file.parent / "cache", file, language) is not None
    monkeypatch.setattr("kpi_tui.tui.remembered.__version__", "0.0.0")
    assert remembered(file.parent / "cache", file, language) is None


async def test_every_language_and_set_of_marks_has_its_own(file: Path) -> None:
    await first_open(file)
    async with opened(file, language="ru") as flow:
        assert isinstance(flow.app.screen_stack[0], Opening)
    await first_open(file, language="ru", ascii=True)
    async with opened(file, language="ru", ascii=True) as flow:
        assert isinstance(flow.app.screen_stack[0], MainScreen)
        assert "…" not in flow.text
        assert "▲" not in flow.text
    assert len(entries(file)) == 2


async def test_moving_about_needs_no_session(file: Path, gates: Gates) -> None:
    gates.open()
    await first_open(file)
    gates.workspace.clear()
    async with opened(file) as flow:
        await flow.shows("Turnover +3,861")
        await flow.press("2")
        await flow.shows("Revenue +651")
        await flow.press("3")
        await flow.shows("Anna")
        await flow.press("1", "down", "4")
        await flow.shows(MARK)
        await flow.press("z", "escape", "question_mark")
        await flow.shows("Up a row")
        await flow.press("escape", "1")
        assert flow.app.desk is None
        gates.open()
        await flow.at_home()
        await flow.hides(MARK)


async def test_keys_that_need_the_session_wait_for_it(file: Path, gates: Gates) -> None:
    gates.open()
    await first_open(file)
    gates.workspace.clear()
    async with opened(file) as flow:
        await flow.shows("Turnover +3,861")
        for key in ("g", "down", "home", "right", "right", "e", "ctrl+u", "7", "5", "0", "0", "enter"):
            flow.app.post_message(key_event(key))
        await flow.shows("what you type waits")
        gates.open()
        await flow.at_home()
        await flow.handled()
        await flow.shows("Turnover +3,861 +7,500")
        assert flow.workspace.goals[0].target == 7500


async def test_escape_drops_what_was_typed_ahead_and_ctrl_q_leaves(file: Path, gates: Gates) -> None:
    gates.open()
    await first_open(file)
    gates.workspace.clear()
    async with opened(file) as flow:
        await flow.shows("Turnover +3,861")
        for key in ("d", "d", "escape"):
            flow.app.post_message(key_event(key))
        await flow.handled()
        await flow.hides("what you type waits")
        flow.app.post_message(key_event("d"))
        await flow.shows("what you type waits")
        flow.app.post_message(key_event("ctrl+q"))
        for _ in range(500):
            if flow.app._exit:
                break
            await flow.pilot.pause(0.01)
        assert flow.app._exit
        gates.open()
    assert "turnover" in file.read_text("utf-8")


async def test_what_was_typed_ahead_answers_no_question(
    file: Path, gates: Gates, monkeypatch: pytest.MonkeyPatch
) -> None:
    gates.open()
    await first_open(file)
    gates.workspace.clear()
    answers: list[str | None] = []

    def ask(outside: Outside) -> None:
        app = outside.app
        app.push_screen(Choice("Unsaved edits", ["?"], (("d", "discard them"),), app.language), answers.append)

    monkeypatch.setattr(Outside, "offer_recovery", ask)
    async with opened(file) as flow:
        await flow.shows("Turnover +3,861")
        flow.app.post_message(key_event("d"))
        await flow.shows("what you type waits")
        gates.open()
        await flow.shows("Unsaved edits")
        await flow.handled()
        assert answers == []
        await flow.press("d")
        await flow.hides("Unsaved edits")
        assert answers == ["d"]


async def test_where_data_are_long_in_coming_a_key_is_obeyed_without_numbers(file: Path, gates: Gates) -> None:
    gates.open()
    await first_open(file)
    gates.data.clear()
    async with opened(file) as flow:
        await flow.shows("Turnover +3,861")
        flow.app.post_message(key_event("d"))  # Growth, the objective, is in use: refused with a reason
        await flow.handled()
        await flow.shows("reading data")
        await flow.hides("3,861")
        gates.open()
        await flow.shows("Turnover +3,861")


async def test_what_is_not_saved_is_not_kept(file: Path) -> None:
    await first_open(file)
    (entry,) = entries(file)
    before = entry.read_bytes()
    async with opened(file) as flow:
        await flow.at_home()
        await flow.press("down", "down", "e")
        await flow.fill_in("Another name")
        await flow.shows("Another name")
        flow.app.keeping.now()
        assert entry.read_bytes() == before
        await flow.press("ctrl+s")
        await flow.shows("saved")
        while b"Another name" not in entry.read_bytes():
            await flow.pilot.pause(0.01)


async def test_clear_removes_it_of_one_workspace_and_of_all(file: Path, tmp_path: Path) -> None:
    await first_open(file)
    cache = file.parent / "cache"
    assert shelf(cache).clear(tmp_path / "other.toml") == 0
    assert shelf(cache).clear(file) == 1
    await first_open(file)
    assert shelf(cache).clear() == 1
    assert entries(file) == []


def test_entry_of_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "kpi.toml"
    os.mkfifo(pipe)
    keep(tmp_path, pipe, Language("en"), Kept("0", "", (), (), {}))
    assert remembered(tmp_path, pipe, Language("en")) is None


SPANS = st.lists(st.tuples(st.text("abc цф界", max_size=30), st.sampled_from(["", "strong"])), max_size=4).map(line)


@given(left=SPANS, right=SPANS, width=st.integers(40, 160), ascii=st.booleans())
@settings(max_examples=100)
def test_mark_is_always_in_the_header(left: Line, right: Line, width: int, ascii: bool) -> None:
    empty = PaneDrawn("", (), ())
    panes = dict.fromkeys(("goals", "metrics", "team"), empty)
    shown = Remembered(Kept("", "", (), ((left, right),) * len(WIDTHS), panes), Language("en", ascii=ascii))
    made = [part for side in shown.header("", width) for part in side]
    assert width_of(line(made)) < width
    assert MARK in "".join(text for text, _ in made)


def key_event(key: str) -> events.Key:
    return events.Key(key, _CHARACTERS.get(key, key if len(key) == 1 else None))
