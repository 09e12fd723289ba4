"""Keys that arrive all at once, as on a slow line, do what they do one by one."""

from __future__ import annotations

from .program import CTRL_S, CTRL_U, ENTER, Shop, opened


def test_a_whole_edit_in_one_packet(shop: Shop) -> None:
    with shop.start() as terminal:
        opened(terminal)
        terminal.send(f"gj\x1b[Hlle{CTRL_U}12000{ENTER}{CTRL_S}q")
        assert terminal.wait_exit() == 0
    assert "target = 12000" in shop.text
    assert shop.text.count("[[goal]]") == 3, "no digit and no letter was taken for a hotkey"


def test_a_new_goal_in_one_packet(shop: Shop) -> None:
    with shop.start() as terminal:
        opened(terminal)
        terminal.send(f"amile{ENTER}Shop window{ENTER}")
        terminal.wait_for("Shop window")
        terminal.send(f"jj\x1b{CTRL_S}")  # Esc and what follows at once is alt with a key: nothing
        terminal.wait_for("Shop window")
        terminal.send("\x1b")
        terminal.wait_for("Shop window +0")
        terminal.send(CTRL_S + "q")
        assert terminal.wait_exit() == 0
    assert 'id = "shop_window"' in shop.text


def test_keys_that_outrun_the_screens_they_open(shop: Shop) -> None:
    with shop.start() as terminal:
        opened(terminal)
        terminal.send(f"?qsqwq!q{ENTER}qbq\x7f")
        terminal.settle()
        terminal.send("\x1b")
        opened(terminal)
        terminal.send("2jjx")
        terminal.wait_for("spend / orders")
        terminal.send("qq")
        assert terminal.wait_exit() == 0
