"""However a session ends, its unsaved edits come back: the next one offers them, and a key takes them."""

from __future__ import annotations

import signal
from collections.abc import Callable

import pytest

from .program import CTRL_S, CTRL_Z, ENTER, Shop, edit_target, escape, opened, press
from .terminal import Terminal

UNSAVED = r"Turnover +3,861 +12,000"


def with_an_unsaved_edit(terminal: Terminal) -> None:
    opened(terminal)
    edit_target(terminal, "12000")
    press(terminal, ENTER)
    terminal.wait_for(UNSAVED)


def restored(terminal: Terminal, before: list[object]) -> None:
    assert terminal.attributes() == before
    assert terminal.output.rindex(b"\x1b[?1049l") > terminal.output.rindex(b"\x1b[?1049h")
    assert terminal.output.rindex(b"\x1b[?25h") > terminal.output.rindex(b"\x1b[?25l")


@pytest.mark.parametrize("number", [signal.SIGHUP, signal.SIGTERM])
def test_a_signal_ends_it_in_order_and_the_next_session_brings_the_edits_back(
    shop: Shop, number: signal.Signals
) -> None:
    before = shop.text
    with shop.start() as terminal:
        cooked = terminal.attributes()
        with_an_unsaved_edit(terminal)
        terminal.signal(number)
        assert terminal.wait_exit() == 128 + number
        restored(terminal, cooked)
    assert shop.text == before
    with shop.start() as terminal:
        terminal.wait_for("a session of this file ended without saving")
        terminal.wait_for("1 edit")
        terminal.send("r")
        terminal.wait_for("recovered: 1 edit, not saved yet")
        terminal.wait_for(UNSAVED)
        press(terminal, CTRL_S)
        terminal.wait_for(" saved")
        terminal.send("q")
        assert terminal.wait_exit() == 0
    assert shop.text == before.replace("target = 6000", "target = 12000")
    assert not shop.journals


@pytest.mark.parametrize("end", [Terminal.hang_up, Terminal.kill], ids=["terminal gone", "kill -9"])
def test_a_lost_terminal_or_a_kill_loses_no_edit(shop: Shop, end: Callable[[Terminal], None]) -> None:
    with shop.start() as terminal:
        with_an_unsaved_edit(terminal)
        end(terminal)
        terminal.wait_exit()
    assert len(shop.journals) == 1
    with shop.start() as terminal:
        terminal.wait_for("a session of this file ended without saving")
        terminal.send("r")
        terminal.wait_for("recovered: 1 edit")
        terminal.wait_for(UNSAVED)


def test_a_signal_while_something_is_typed_keeps_what_was_committed(shop: Shop) -> None:
    with shop.start() as terminal:
        with_an_unsaved_edit(terminal)
        press(terminal, "e", "999")
        terminal.wait_for("12000999")
        terminal.signal(signal.SIGHUP)
        assert terminal.wait_exit() == 128 + signal.SIGHUP
    with shop.start() as terminal:
        terminal.wait_for("1 edit")
        terminal.send("r")
        terminal.wait_for(UNSAVED)


def test_discarded_edits_are_not_offered_again(shop: Shop) -> None:
    with shop.start() as terminal:
        with_an_unsaved_edit(terminal)
        terminal.kill()
        terminal.wait_exit()
    with shop.start() as terminal:
        terminal.wait_for("ended without saving")
        press(terminal, "d")
        terminal.wait_for(r"Turnover +3,861 +6,000")
        terminal.send("q")
        assert terminal.wait_exit() == 0
    assert not shop.journals


def test_edits_left_for_later_are_offered_at_the_next_start_too(shop: Shop) -> None:
    with shop.start() as terminal:
        with_an_unsaved_edit(terminal)
        terminal.kill()
        terminal.wait_exit()
    for _ in range(2):
        with shop.start() as terminal:
            terminal.wait_for("ended without saving")
            escape(terminal)
            opened(terminal)
            terminal.send("q")
            assert terminal.wait_exit() == 0
    assert len(shop.journals) == 1


def test_two_sessions_that_died_are_offered_one_after_the_other(shop: Shop) -> None:
    with shop.start() as first, shop.start() as second:
        with_an_unsaved_edit(first)
        opened(second)
        press(second, "g", "j", "e", "\x15Sales", ENTER)
        second.wait_for("Sales +3,861")
        for terminal in (first, second):
            terminal.kill()
            terminal.wait_exit()
    with shop.start() as terminal:
        terminal.wait_for("ended without saving")
        press(terminal, "r")
        terminal.wait_for("ended without saving")
        press(terminal, "r")
        terminal.wait_for(r"Sales +3,861 +12,000")


def test_it_is_suspended_and_comes_back_as_it_was(shop: Shop) -> None:
    with shop.start() as terminal:
        with_an_unsaved_edit(terminal)
        terminal.wait_for("1 goal changed")
        terminal.settle()
        shown = terminal.text
        terminal.send(CTRL_Z)
        terminal.wait_for_output(b"\x1b[?1049l")
        terminal.wait_stopped()
        continued = terminal.written
        terminal.signal(signal.SIGCONT)
        terminal.wait_for_output(b"\x1b[?1049h", after=continued)
        terminal.wait_for_output(b"1 goal changed", after=continued)
        terminal.settle()
        assert terminal.text == shown
        press(terminal, "u")
        terminal.wait_for("undone")


def test_a_signal_while_it_is_suspended_ends_it_when_it_goes_on(shop: Shop) -> None:
    with shop.start() as terminal:
        with_an_unsaved_edit(terminal)
        terminal.send(CTRL_Z)
        terminal.wait_stopped()
        terminal.signal(signal.SIGTERM)
        terminal.signal(signal.SIGCONT)
        assert terminal.wait_exit() == 128 + signal.SIGTERM
    assert len(shop.journals) == 1


def test_a_stopped_reader_on_the_other_side_does_not_keep_it_alive(shop: Shop) -> None:
    with shop.start(columns=200, rows=60) as terminal:
        with_an_unsaved_edit(terminal)
        for _ in range(400):  # more pictures than the pty holds, none of them read
            terminal.send("\t")
        terminal.signal(signal.SIGTERM)
        assert terminal.wait_exit(reading=False) == 128 + signal.SIGTERM
    assert len(shop.journals) == 1


def test_quitting_with_unsaved_edits_asks_and_each_answer_does_what_it_says(shop: Shop) -> None:
    before = shop.text
    with shop.start() as terminal:
        with_an_unsaved_edit(terminal)
        press(terminal, "q")
        terminal.wait_for(r"Quit\?")
        escape(terminal)
        terminal.wait_for(UNSAVED)
        press(terminal, "q")
        terminal.wait_for(r"Quit\?")
        terminal.send("d")
        assert terminal.wait_exit() == 0
    assert shop.text == before
    assert not shop.journals
    with shop.start() as terminal:
        with_an_unsaved_edit(terminal)
        press(terminal, "q")
        terminal.wait_for(r"Quit\?")
        terminal.send("s")
        assert terminal.wait_exit() == 0
    assert "target = 12000" in shop.text
    assert not shop.journals
