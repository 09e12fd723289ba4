"""Two programs on one file: `set` under an open app, a conflict, an editor that breaks the file."""

from __future__ import annotations

import pytest

from .program import CTRL_S, ENTER, Shop, edit_target, escape, opened, press
from .terminal import Terminal


def with_an_unsaved_target(terminal: Terminal) -> None:
    opened(terminal)
    edit_target(terminal, "12000")
    press(terminal, ENTER)
    terminal.wait_for(r"Turnover +3,861 +12,000")


def test_an_edit_by_set_under_unsaved_edits_both_survive(shop: Shop) -> None:
    before = shop.text
    with shop.start() as terminal:
        with_an_unsaved_target(terminal)
        made = shop.run("set", shop.file, "goal.cheap.target=7")
        assert made.returncode == 0, made.stderr
        assert "1 goal changed" in made.stdout
        terminal.wait_for("the file changed and was read again; 1 unsaved edit on top")
        terminal.wait_for(r"Cheap orders +8.00 +7.00")
        terminal.wait_for(r"Turnover +3,861 +12,000")
        press(terminal, CTRL_S)
        terminal.wait_for(" saved")
        terminal.send("q")
        assert terminal.wait_exit() == 0
    assert shop.text == before.replace("target = 6000", "target = 12000").replace("target = 30", "target = 7")


def test_an_edit_by_set_shows_by_itself_where_nothing_is_unsaved(shop: Shop) -> None:
    with shop.start() as terminal:
        opened(terminal)
        assert shop.run("set", shop.file, "goal.turnover.target=9999").returncode == 0
        terminal.wait_for(r"Turnover +3,861 +9,999")
        terminal.wait_for("the file changed and was read again")
        press(terminal, CTRL_S)
        terminal.wait_for("nothing to save")


@pytest.mark.parametrize(("key", "target"), [("r", "12,000"), ("k", "7,000")])
def test_a_field_that_both_changed_is_asked_about(shop: Shop, key: str, target: str) -> None:
    with shop.start() as terminal:
        with_an_unsaved_target(terminal)
        assert shop.run("set", shop.file, "goal.turnover.target=7000").returncode == 0
        terminal.wait_for("was changed by another program")
        terminal.wait_for("both changed goal.turnover.target")
        press(terminal, key)
        terminal.wait_for(rf"Turnover +3,861 +{target}")
    copies = list(shop.file.parent.glob("*.mine.toml"))
    assert [("target = 12000" in copy.read_text()) for copy in copies] == ([True] if key == "k" else [])
    assert "target = 7000" in shop.text


def test_the_difference_is_shown_and_leads_back_to_the_question(shop: Shop) -> None:
    with shop.start() as terminal:
        with_an_unsaved_target(terminal)
        assert shop.run("set", shop.file, "goal.turnover.target=7000").returncode == 0
        terminal.wait_for("was changed by another program")
        press(terminal, "d")
        terminal.wait_for("What changed in kpi.toml")
        terminal.wait_for("7,000")
        escape(terminal)
        terminal.wait_for("both changed goal.turnover.target")
        escape(terminal)
        terminal.wait_for(r"Turnover +3,861 +12,000")
        press(terminal, CTRL_S)
        terminal.wait_for("was changed by another program")
    assert "target = 7000" in shop.text


def test_a_file_that_another_program_broke_is_not_overwritten(shop: Shop) -> None:
    with shop.start() as terminal:
        with_an_unsaved_target(terminal)
        shop.file.write_text("schema = 1\n[[goal]\n")
        terminal.wait_for("was changed by another program")
        press(terminal, "k")
        terminal.wait_for("kpi.mine.toml|kpi.toml:")
        terminal.settle()
        assert "Traceback" not in terminal.text
    assert shop.text == "schema = 1\n[[goal]\n"
    assert "target = 12000" in (shop.file.parent / "kpi.mine.toml").read_text()


def test_read_only_refuses_every_edit(shop: Shop) -> None:
    before = shop.text
    with shop.start("open", shop.file, "--read-only") as terminal:
        opened(terminal)
        press(terminal, "j", "l", "l", "e")
        terminal.wait_for("the workspace is open for reading only")  # before anything is typed
        press(terminal, ENTER)
        terminal.wait_for("Goal 'turnover'")
        press(terminal, "j", "e", "x", ENTER)
        terminal.wait_for("the workspace is open for reading only")
        escape(terminal)
        escape(terminal)
        press(terminal, "G", "d")
        terminal.wait_for("the workspace is open for reading only")
        terminal.wait_for("New site")
        terminal.send("q")
        assert terminal.wait_exit() == 0
    assert shop.text == before
    assert not shop.journals


def test_a_file_that_may_not_be_written_keeps_the_edit_and_says_so(shop: Shop) -> None:
    shop.file.chmod(0o444)
    with shop.start("open", "kpi.toml", cwd=shop.file.parent) as terminal:
        with_an_unsaved_target(terminal)
        press(terminal, CTRL_S)
        terminal.wait_for("kpi.toml is read-only")
        terminal.wait_for(r"Turnover +3,861 +12,000")
        press(terminal, "q")
        terminal.wait_for(r"Quit\?")
        press(terminal, "s")
        terminal.wait_for("kpi.toml is read-only")
    assert "target = 6000" in shop.text
    assert len(shop.journals) == 1
