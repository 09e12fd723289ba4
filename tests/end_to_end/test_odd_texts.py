"""A user's text in every field is shown as text: the terminal obeys none of it, and the columns stay straight."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import msgspec
import pytest

from kpi_tui.workspace import document
from kpi_tui.workspace.model import Note, Workspace
from kpi_tui.workspace.writing import write

from .program import ENTER, ESCAPE, Shop, escape, press
from .terminal import Terminal

ODD = {
    "obeyed elsewhere": "[/] [bold]x[/bold] [@click=app.quit]y[/] {name} {0} %s"
    "a\x1b]0;OBEYED\x07b\x1b[2J\x1b[31mc\x9b31md\x1b[?1049le\x07\x08\x7f\r\n\tf",
    "wide and right to left": "日本語🎯👨‍👩‍👧é한국어 שלום עולם \u202eabc\u202c مرحبا \u2066x\u2069",
    "long": "слово " * 60,
}
SIZES = ((80, 24), (120, 40), (80, 24))
CLOSED_BY_Q = (f"j{ENTER}", f"2{ENTER}", "2x", f"3{ENTER}", "s", "w", "!")  # keys that open a screen
CLOSED_BY_ESCAPE = ("b", "/", ":", "3a", "1jye")
SCREENS = (
    *((keys, "q") for keys in CLOSED_BY_Q),
    *((keys, ESCAPE) for keys in CLOSED_BY_ESCAPE),
    (f"s{ENTER}", "qq"),
    ("4", "1"),
    ("Y", "1"),
)


def everywhere(workspace: Workspace, odd: str) -> Workspace:
    """The shop with this text in every field that holds text."""
    change = msgspec.structs.replace
    kpi_noted: dict[str, Any] = {"name": odd, "note": odd}
    return change(
        workspace,
        settings=change(workspace.settings, name=odd, strategy=odd),
        metrics=tuple(
            change(metric, **kpi_noted, entries=tuple(change(entry, note=odd) for entry in metric.entries))
            for metric in workspace.metrics
        ),
        objectives=tuple(change(objective, **kpi_noted) for objective in workspace.objectives),
        goals=tuple(
            change(goal, name=f"{number}{odd}", why=odd, how=odd) for number, goal in enumerate(workspace.goals)
        ),
        members=tuple(change(member, **kpi_noted, role=odd) for member in workspace.members),
        notes=(Note(date=workspace.metrics[-1].entries[0].date, metric="revenue", text=odd),),
    )


def write_odd(shop: Shop, odd: str) -> None:
    workspace = document.read(shop.text, "kpi.toml").workspace
    shop.file.write_text(write(everywhere(workspace, odd)), "utf-8")
    data: Path = shop.file.parent / "sales.csv"
    quoted = '"' + odd.replace('"', '""').replace("\r", "").replace("\n", "") + '"'
    data.write_text(data.read_text("utf-8").replace("Search", quoted), "utf-8")


def column_of(terminal: Terminal, figure: str) -> int:
    """The cell in which the figure ends, which is not its place in the text where wide characters stand before it."""
    screen = terminal._screen
    for y in range(screen.lines):
        cells = [screen.buffer[y][x].data or "\0" for x in range(screen.columns)]
        if figure in "".join(cells):
            return "".join(cells).index(figure) + len(figure)
    raise AssertionError(f"no {figure} on this screen:\n{terminal.text}")


def shown(terminal: Terminal, keys: str) -> None:
    press(terminal, keys)
    terminal.settle(0.06)
    assert "Traceback" not in terminal.text


@pytest.mark.parametrize(("odd", "size"), list(zip(ODD.values(), SIZES, strict=True)), ids=ODD)
def test_odd_text_in_every_field(shop: Shop, odd: str, size: tuple[int, int]) -> None:
    write_odd(shop, odd)
    with shop.start(columns=size[0], rows=size[1]) as terminal:
        terminal.wait_for("3,861")
        terminal.settle()
        assert column_of(terminal, "6,000") == column_of(terminal, "30.00"), "targets stand below one another"
        for keys, close in SCREENS:
            shown(terminal, keys)
            if close == ESCAPE:
                escape(terminal)
            else:
                press(terminal, close)
        shown(terminal, f"bchan{ENTER}jjjjx")  # the odd values of a dimension
        terminal.send("qq")
        assert terminal.wait_exit() == 0
    for obeyed in (b"\x1b]0;", b"\x1b[31m", b"\x1b[2J", b"\x07\x08", "\u202e".encode(), b"\xc2\x9b"):
        assert obeyed not in terminal.output
    assert terminal.output.count(b"\x1b[?1049l") == 1
