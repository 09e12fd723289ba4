"""`python -m tests.screenshot`: the pictures of the README, made from the program and the sample."""

from __future__ import annotations

import asyncio
import os
import re
import tempfile
from asyncio import AbstractEventLoop
from collections.abc import Callable
from pathlib import Path

from kpi_tui.tui.terminal import prepare, terminal

ROOT = Path(__file__).parent.parent
PICTURES = {"en": "screenshot.svg", "ru": "screenshot.ru.svg"}
KEYS = ["2", *"jjjjjjjjj"]  # to the cost of a new customer, which went wrong


async def picture(language: str) -> str:
    """The demo on 120x36 as SVG, without fonts from elsewhere."""
    from kpi_tui.commands.app import copy_sample
    from kpi_tui.language.language import Language
    from kpi_tui.tui.app import KpiApp
    from kpi_tui.tui.signals import Ending

    class NoEnding(Ending):
        def install(self, loop: AbstractEventLoop, stop: Callable[[int], None]) -> None:
            """There is no terminal to lose."""

    spoken = Language(language)
    with tempfile.TemporaryDirectory() as folder:
        app = KpiApp(
            copy_sample(Path(folder) / "demo", spoken),
            language=spoken,
            terminal=terminal({"COLORTERM": "truecolor", "LANG": "C.UTF-8", "TERM": "xterm-256color"}),
            state=Path(folder) / "state",
            ending=NoEnding(),
        )
        async with app.run_test(size=(120, 36)) as pilot:
            while app.desk is None or app.desk.loading or app.main is None:
                await pilot.pause(0.05)
            await pilot.press(*KEYS)
            await pilot.pause(0.5)
            svg = app.export_screenshot(title="kpi-tui")
    without_fonts = re.sub(r"@font-face \{.*?\}\s*", "", svg, flags=re.DOTALL)
    return without_fonts.replace("Fira Code", "DejaVu Sans Mono").replace("<text ", '<text xml:space="preserve" ')


if __name__ == "__main__":
    prepare(terminal({"COLORTERM": "truecolor", "LANG": "C.UTF-8", "TERM": "xterm-256color"}), os.environ)
    for code, name in PICTURES.items():
        (ROOT / ".github" / name).write_text(asyncio.run(picture(code)), "utf-8")
