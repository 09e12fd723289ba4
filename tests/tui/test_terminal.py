"""What a terminal can do, from flags and the environment."""

import os
import subprocess
import sys

import pytest

from kpi_tui.tui.terminal import Terminal, prepare, refusal, settings, terminal

UTF8 = {"TERM": "xterm-256color", "LANG": "ru_RU.UTF-8"}


@pytest.mark.parametrize(
    ("environment", "colors"),
    [
        ({}, "256"),
        ({"COLORTERM": "truecolor"}, "full"),
        ({"TERM": "xterm"}, "16"),
        ({"TERM": "linux"}, "16"),
        ({"TERM": "screen-256color"}, "256"),
        ({"TERM": "xterm-mono"}, "none"),
        ({"NO_COLOR": "1", "COLORTERM": "truecolor"}, "none"),
        ({"NO_COLOR": ""}, "256"),
    ],
)
def test_colors(environment: dict[str, str], colors: str) -> None:
    assert terminal(UTF8 | environment).colors == colors


def test_flags_win_over_the_environment() -> None:
    shown = terminal(UTF8 | {"NO_COLOR": "1", "SSH_CONNECTION": "a"}, ascii=True, colors="16", mouse=True)
    assert shown == Terminal(ascii=True, colors="16", mouse=True)
    assert terminal(UTF8, no_color=True, colors="256").colors == "none"


def test_the_mouse_is_off_over_ssh() -> None:
    assert terminal(UTF8).mouse
    assert not terminal(UTF8 | {"SSH_CONNECTION": "10.0.0.1 1 10.0.0.2 22"}).mouse


@pytest.mark.parametrize(
    ("environment", "ascii"),
    [
        ({}, False),
        ({"LANG": "ru_RU.KOI8-R"}, True),
        ({"LANG": "C"}, True),
        ({"LC_ALL": "", "LANG": "en_US.utf8"}, False),
        ({"LC_ALL": "C", "LANG": "en_US.UTF-8"}, True),
        ({"TERM": "linux"}, True),
    ],
)
def test_glyphs(environment: dict[str, str], ascii: bool) -> None:
    assert terminal(UTF8 | environment).ascii is ascii


def test_settings_reach_the_environment() -> None:
    environment = {"NO_COLOR": "", "TERM": "xterm"}
    prepare(terminal(environment | UTF8), environment)
    assert "NO_COLOR" not in environment
    assert environment["TEXTUAL_COLOR_SYSTEM"] == "256"
    assert settings(Terminal(False, "none", False))["NO_COLOR"] == "1"


def test_a_terminal_that_cannot_be_drawn_on_is_refused_by_name() -> None:
    assert refusal(UTF8, True) is None
    for reason in (refusal(UTF8, False), refusal({"TERM": "dumb"}, True)):
        assert reason is not None
        assert "kpi-tui show" in str(reason)


def test_textual_is_not_loaded_before_the_environment_is_set() -> None:
    code = "import sys, kpi_tui.tui.terminal; print('textual' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], env=os.environ, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
