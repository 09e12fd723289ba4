"""The app without a terminal, for flows of keys: press, type, and wait for what is shown."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from textual import events
from textual.driver import Driver
from textual.pilot import Pilot

from kpi_tui.language.language import Language
from kpi_tui.tui.app import KpiApp
from kpi_tui.tui.screens.main import MainScreen
from kpi_tui.tui.signals import Ending
from kpi_tui.tui.terminal import Terminal
from kpi_tui.tui.widgets.drawn import Drawn
from kpi_tui.workspace import document
from kpi_tui.workspace.model import Workspace

PATIENCE = 20.0  # seconds; only a failing test ever waits this long

_CHARACTERS = {
    "enter": "\r", "tab": "\t", "escape": "\x1b", "space": " ", "slash": "/", "plus": "+", "minus": "-", "colon": ":",
    "left_square_bracket": "[", "right_square_bracket": "]", "question_mark": "?", "exclamation_mark": "!",
}  # fmt: skip
_NAMES = {character: name for name, character in _CHARACTERS.items() if character.isprintable()}


class Flow:
    """An app that runs; `text` is its screen as lines of text."""

    def __init__(self, app: KpiApp, pilot: Pilot[Any]) -> None:
        self.app = app
        self.pilot = pilot

    @property
    def text(self) -> str:
        """The current screen, each widget's lines where they stand."""
        width, height = self.app.size
        rows = [[" "] * width for _ in range(height)]
        for widget in self.app.screen.query(Drawn):
            region = widget.region
            for y in range(region.height):
                for x, character in enumerate(widget.render_line(y).text[: region.width]):
                    if region.y + y < height and region.x + x < width:
                        rows[region.y + y][region.x + x] = character
        return "\n".join("".join(row).rstrip() for row in rows)

    @property
    def workspace(self) -> Workspace:
        """The workspace as it is, saved or not."""
        assert self.app.desk is not None
        return self.app.desk.workspace

    @property
    def saved(self) -> Workspace:
        """The workspace as it stands in the file."""
        return document.read(self.app.path.read_text("utf-8"), "kpi.toml").workspace

    async def press(self, *keys: str) -> None:
        """Press keys by Textual's names, as fast as a terminal sends them; wait until all were handled."""
        for key in keys:
            self.app.post_message(
                events.Key(_NAMES.get(key, key), _CHARACTERS.get(key, key if len(key) == 1 else None))
            )
        await self.handled()

    async def handled(self) -> None:
        """Wait until every key was handled."""
        deadline = time.monotonic() + PATIENCE
        await asyncio.sleep(0)
        while not self.app._turns.idle:
            assert time.monotonic() < deadline, f"keys are not handled:\n{self.text}"
            await asyncio.sleep(0.001)
        for _ in range(5):  # what the last key has posted on its way
            await asyncio.sleep(0)

    async def fill_in(self, text: str) -> None:
        """In an open editor: this instead of what stands there, and Enter."""
        await self.press("end", "ctrl+u")
        self.app.post_message(events.Paste(text))
        await self.press("enter")

    async def shows(self, pattern: str) -> re.Match[str]:
        """Wait until the screen matches."""
        deadline = time.monotonic() + PATIENCE
        while (found := re.search(pattern, self.text)) is None:
            assert time.monotonic() < deadline, f"no /{pattern}/ on this screen:\n{self.text}"
            await self.pilot.pause(0.01)
        return found

    async def hides(self, pattern: str) -> None:
        """Wait until the screen matches no more."""
        deadline = time.monotonic() + PATIENCE
        while re.search(pattern, self.text):
            assert time.monotonic() < deadline, f"still /{pattern}/ on this screen:\n{self.text}"
            await self.pilot.pause(0.01)

    @property
    def _is_at_home(self) -> bool:
        desk = self.app.desk
        return desk is not None and not desk.loading and desk.checked and isinstance(self.app.screen, MainScreen)

    async def at_home(self) -> None:
        """Wait until the main screen is shown, has its data and has said what was found in them."""
        deadline = time.monotonic() + PATIENCE
        while not self._is_at_home:
            assert time.monotonic() < deadline, f"not the main screen:\n{self.text}"
            await self.pilot.pause(0.01)
        await self.pilot.pause()


@asynccontextmanager
async def running(
    file: Path,
    *,
    size: tuple[int, int] = (120, 40),
    language: str = "en",
    ascii: bool = False,
    read_only: bool = False,
    driver: type[Driver] | None = None,
    looks: bool = False,
) -> AsyncIterator[Flow]:
    """The app on the workspace at `file`; its state lies beside it. With a `driver` it draws on that."""
    ending = Ending()
    app = KpiApp(
        file,
        language=Language(language, ascii=ascii),
        terminal=Terminal(ascii=ascii, colors="256", mouse=False),
        state=file.parent / "state",
        ending=ending,
        read_only=read_only,
        looks=looks,
    )
    try:
        if driver is not None:
            app.driver_class = driver
        async with app.run_test(headless=driver is None, size=size) as pilot:
            flow = Flow(app, pilot)
            if not looks:
                await flow.at_home()
            yield flow
    finally:
        ending.close()
