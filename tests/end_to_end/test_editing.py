"""The quick edit on a real terminal: change one number, see what it does, save, leave."""

from __future__ import annotations

from base64 import b64encode
from difflib import unified_diff

from .program import CTRL_R, CTRL_S, CTRL_U, ENTER, Shop, edit_target, escape, opened, press


def changed_lines(before: str, after: str) -> list[str]:
    lines = unified_diff(before.splitlines(), after.splitlines(), lineterm="", n=0)
    return [line for line in lines if line[:1] in "+-" and line[:3] not in ("---", "+++")]


def test_a_target_is_changed_saved_and_one_line_of_the_file_differs(shop: Shop) -> None:
    before = shop.text
    with shop.start() as terminal:
        opened(terminal)
        edit_target(terminal, "12000")
        press(terminal, ENTER)
        terminal.wait_for(r"1 goal changed; Turnover \w+ → off")
        terminal.wait_for(r"Turnover +3,861 +12,000")
        assert shop.text == before, "nothing is saved before the user says so"
        press(terminal, CTRL_S)
        terminal.wait_for(" saved")
        terminal.send("q")
        assert terminal.wait_exit() == 0
    assert changed_lines(before, shop.text) == ["-target = 6000", "+target = 12000"]
    assert not shop.journals


def test_undo_and_redo_say_what_they_moved(shop: Shop) -> None:
    with shop.start() as terminal:
        opened(terminal)
        edit_target(terminal, "12000")
        press(terminal, ENTER)
        terminal.wait_for(r"Turnover +3,861 +12,000")
        press(terminal, "u")
        terminal.wait_for(r"undone: 1 goal changed; Turnover off → \w+")
        terminal.wait_for(r"Turnover +3,861 +6,000")
        press(terminal, "u")
        terminal.wait_for("there is nothing to undo")
        press(terminal, CTRL_R)
        terminal.wait_for("done again: 1 goal changed")
        terminal.wait_for(r"Turnover +3,861 +12,000")


def test_a_wrong_input_keeps_the_editor_open_with_the_reason_and_escape_leaves_all_as_it_was(shop: Shop) -> None:
    with shop.start() as terminal:
        opened(terminal)
        edit_target(terminal, "12x")
        press(terminal, ENTER)
        terminal.wait_for("'12x' is not a number")
        row = next(index for index, line in enumerate(terminal.lines) if "12x " in line)
        assert terminal.cursor[0] == row, "the caret stays in the field"
        press(terminal, "\x7f", "0")
        terminal.wait_until(lambda: "is not a number" not in terminal.text, what="the reason to go")
        terminal.wait_for("120 ")
        escape(terminal)
        terminal.wait_for(r"Turnover +3,861 +6,000")
        assert not shop.journals


def test_what_is_typed_shows_where_it_is_typed_and_hotkeys_are_letters_there(shop: Shop) -> None:
    with shop.start() as terminal:
        opened(terminal)
        press(terminal, "g", "j", "e", CTRL_U, "quit? dd uu /x ЙЦ")
        terminal.wait_for("quit\\? dd uu /x ЙЦ")
        press(terminal, ENTER)
        terminal.wait_for("done; no figure moved")
        press(terminal, CTRL_S)
        terminal.wait_for(" saved")
    assert 'name = "quit? dd uu /x ЙЦ"' in shop.text


def test_the_editor_opens_on_exactly_what_stands_in_the_file(shop: Shop) -> None:
    shop.file.write_text(shop.text.replace("target = 6000", "target = 6000.123456789"))
    before = shop.text
    with shop.start() as terminal:
        opened(terminal)
        press(terminal, "g", "j", "\x1b[H", "l", "l", "e")
        terminal.wait_for("6000.1234")
        press(terminal, ENTER, CTRL_S)
        terminal.wait_for("nothing to save")
    assert shop.text == before


def test_hotkeys_work_by_their_place_on_a_russian_keyboard(shop: Shop) -> None:
    # п = g, о = j, д = l, у = e, г = u, й = q
    with shop.start(env={"LANG": "ru_RU.UTF-8"}) as terminal:
        opened(terminal)
        press(terminal, "п", "о", "\x1b[H", "д", "д", "у", CTRL_U, "12000", ENTER)
        terminal.wait_for(r"Turnover +3.861 +12.000")
        press(terminal, "г")
        terminal.wait_for(r"Turnover +3.861 +6.000")
        press(terminal, ".")  # the key of / on that layout
        terminal.wait_for("Enter")
        press(terminal, "site", ENTER)
        terminal.wait_until(lambda: "Turnover" not in terminal.text and "New site" in terminal.text, what="the filter")
        escape(terminal)
        terminal.wait_for("Turnover")
        terminal.send("й")
        assert terminal.wait_exit() == 0


def test_a_value_is_copied_through_the_terminal(shop: Shop) -> None:
    with shop.start() as terminal:
        opened(terminal)
        press(terminal, "g", "j", "\x1b[H", "l", "l", "y")
        terminal.wait_for("copied: 6000")
        terminal.wait_for_output(b"\x1b]52;c;" + b64encode(b"6000"))
