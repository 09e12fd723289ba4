"""Every kind of terminal: small, resized, without colours, without glyphs, in Russian, none, and with rubbish typed."""

from __future__ import annotations

import random
import re
import unicodedata

import pytest

from .program import CTRL_U, ENTER, Shop, escape, opened, press
from .terminal import Terminal

COLOURS = re.compile(rb"\x1b\[(?:\d+;)*(?:3[0-8]|4[0-8]|9\d|10\d)(?:;\d+)*m")


def picture(terminal: Terminal) -> list[object]:
    """Every cell with its looks."""
    screen = terminal._screen
    return [tuple(screen.buffer[y][x] for x in range(screen.columns)) for y in range(screen.lines)]


def alive(terminal: Terminal) -> None:
    """It still obeys and leaves in order."""
    for _ in range(5):
        escape(terminal)
    press(terminal, "2")
    terminal.wait_for("Cost per order")
    press(terminal, "1")
    opened(terminal)


@pytest.mark.parametrize("term", ["dumb", "unknown"])
def test_a_terminal_that_cannot_be_drawn_on_is_refused_politely(shop: Shop, term: str) -> None:
    with shop.start(env={"TERM": term}) as terminal:
        assert terminal.wait_exit() == 2
        assert "kpi-tui show goals FILE" in " ".join(terminal.lines)
        assert b"\x1b" not in terminal.output


def test_without_a_terminal_it_is_refused_politely(shop: Shop) -> None:
    refused = shop.run("open", shop.file)
    assert refused.returncode == 2
    assert "this is not a terminal" in refused.stderr
    assert refused.stdout == ""


def test_resized_to_the_smallest_and_back_the_picture_is_the_same(shop: Shop) -> None:
    with shop.start() as terminal:
        opened(terminal)
        press(terminal, "j", "j")
        terminal.settle()
        before = picture(terminal)
        for columns, rows in ((60, 20), (60, 12), (1, 1), (10, 3), (200, 50), (80, 24)):
            terminal.resize(columns, rows)
            terminal.settle()
            if (columns, rows) == (60, 12):
                assert re.search(r"Cheap orders +8.00", terminal.text), terminal.text
            if rows == 3:
                assert terminal.lines[0].startswith("too small")
        assert picture(terminal) == before
        press(terminal, "g", "j", "\x1b[H", "l", "l", "e", CTRL_U, "7777")
        terminal.wait_for("7777 ")


def test_an_open_editor_survives_a_resize(shop: Shop) -> None:
    with shop.start() as terminal:
        opened(terminal)
        press(terminal, "g", "j", "\x1b[H", "l", "l", "e", CTRL_U, "7777")
        terminal.wait_for("7777 ")
        terminal.resize(60, 20)
        terminal.wait_for("7777 ")
        terminal.resize(120, 40)
        terminal.wait_for("7777 ")
        press(terminal, ENTER)
        terminal.wait_for(r"Turnover +3,861 +7,777")


def test_ascii_means_ascii_on_every_screen(shop: Shop) -> None:
    with shop.start("open", shop.file, "--ascii", columns=120, rows=40) as terminal:
        opened(terminal)
        for keys, shown in (
            ("?", "Help"), ("s", "Sources"), ("a", "Add"), ("b", "Split by"), (":", "Do"), ("w", "Workspace"),
            ("\r", "Goal 'turnover'"), ("x", "Revenue"), ("/", "Filter"), ("!", "Findings"), ("e", "Turnover"),
        ):  # fmt: skip
            press(terminal, "g", "j", keys)
            terminal.wait_for(shown)
            escape(terminal)
            opened(terminal)
        press(terminal, "/", "x" * 150, ENTER)
        terminal.settle()
    shown_text = re.sub(rb"\x1b\[[0-9;?<>=]*[ -/]*[@-~]", b"", terminal.output)
    strange = {character for character in shown_text.decode() if not character.isascii()}
    assert not strange, {unicodedata.name(character) for character in strange}


def test_no_color_sends_no_colour_but_shows_the_cursor(shop: Shop) -> None:
    with shop.start(env={"NO_COLOR": "1"}) as terminal:
        opened(terminal)
        press(terminal, "j", "e")
        escape(terminal)
        press(terminal, "q")
        terminal.wait_exit()
        assert not COLOURS.findall(terminal.output)
        assert b"\x1b[7;39;49m" in terminal.output, "reverse marks the cursor"


def test_a_russian_locale_gives_russian_words_and_figures(shop: Shop) -> None:
    with shop.start(env={"LANG": "ru_RU.UTF-8"}) as terminal:
        opened(terminal)
        terminal.wait_for("Цели")
        terminal.wait_for("Turnover +3.861")
        press(terminal, "g", "j", "\x1b[H", "l", "l", "e", CTRL_U, "7 777,5", ENTER)
        terminal.wait_for(r"Turnover +3.861 +7.77[78]")
        press(terminal, "\x13", "q")
        assert terminal.wait_exit() == 0
    assert "target = 7777.5" in shop.text


def test_ssh_gets_no_mouse(shop: Shop) -> None:
    with shop.start(env={"SSH_CONNECTION": "10.0.0.1 5 10.0.0.2 22"}) as terminal:
        opened(terminal)
        assert b"\x1b[?1000h" not in terminal.output


RUBBISH = (
    *("\x00", "\x1b[999;999R", "\x1b[I", "\x1b[O", "\x1bj", "\x1b[1;5C", "\x1b[<0;500;500M", "\x1b[M !!", "\x1b]0;"),
    *("\x07", "\x1bP1$r\x1b\\", "\x1b[200~paste\n[/]\x1b[31m\x1b[201~", "\x1b[27;5;106~", "\x1b[57399u", "\x7f"),
    *("\x01\x02\x05\x06\x07\x0e", "é", "日本", "שלום", "🎯👨‍👩‍👧", "\u202e", "\ufeff", "ёЁЖэ№", "x" * 200),
    *("[/]", "[bold]", "\x1b[A" * 30, "\t" * 9, "]" * 5, "+-" * 5, "z", "\x04\x15", "\r", "\x1b"),
)


@pytest.mark.parametrize("seed", range(2))
def test_rubbish_from_the_keyboard_breaks_nothing(shop: Shop, seed: int) -> None:
    chance = random.Random(seed)
    with shop.start(columns=(80, 120)[seed], rows=(24, 40)[seed]) as terminal:
        opened(terminal)
        for _ in range(8):
            for _ in range(6):
                terminal.send(chance.choice(RUBBISH))
            terminal.settle(0.05)
            escape(terminal)
            assert "Traceback" not in terminal.text
        alive(terminal)
