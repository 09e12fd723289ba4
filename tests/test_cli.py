"""The command line as a whole: help in both languages, streams that end early, and a clock that decides nothing."""

from __future__ import annotations

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from kpi_tui import __version__
from kpi_tui.cli import main

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data" / "kpi.toml"
COMMANDS = ("open", "demo", "init", "show", "explain", "why", "catalogue", "set", "check", "cache")
Capture = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def _at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANGUAGE", "en")
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))


def said(capsys: Capture, *arguments: str) -> tuple[int, str, str]:
    with pytest.raises(SystemExit) as end:
        main(arguments)
    captured = capsys.readouterr()
    return int(end.value.code or 0), captured.out, captured.err


def shell(command: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in which `kpi` is the program and `$FILE` the sample workspace."""
    line = f'kpi() {{ "{sys.executable}" -m kpi_tui "$@"; }}\n{command}'
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONUNBUFFERED"}
    environment = {**inherited, "PYTHONPATH": str(ROOT), "FILE": str(SAMPLE), "LC_ALL": "C.UTF-8"}
    return subprocess.run(
        ["bash", "-c", line],
        env=environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_the_version(capsys: Capture) -> None:
    assert said(capsys, "--version") == (0, f"kpi-tui {__version__}\n", "")


def test_help_names_every_command(capsys: Capture) -> None:
    code, out, err = said(capsys, "--help")
    assert (code, err) == (0, "")
    assert re.findall(r"^    (\w+) ", out, re.MULTILINE) == list(COMMANDS)


@pytest.mark.parametrize("arguments", [[], *([command] for command in COMMANDS)], ids=" ".join)
def test_help_is_russian_where_it_is_asked_for(arguments: list[str], capsys: Capture) -> None:
    code, out, _ = said(capsys, *arguments, "-h", "--language", "ru")
    assert code == 0
    sentences = [line for line in out.splitlines() if re.search("[a-zA-Z]{3}", re.sub(r"[-{\[]\S+", "", line))]
    words = " ".join(sentences)
    assert re.search("[а-яё]{4}", words)
    assert re.search(r"\b(usage|options|show this help|positional|default|repeatable|such as)\b", words) is None


def test_help_is_russian_by_the_locale_and_english_again_after_it(
    monkeypatch: pytest.MonkeyPatch, capsys: Capture
) -> None:
    monkeypatch.setenv("LANG", "ru_RU.UTF-8")
    assert "показать" in said(capsys, "-h")[1]
    monkeypatch.setenv("LANG", "en_GB.UTF-8")
    assert "show this help message" in said(capsys, "-h")[1]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("show", "metrics", "--top", "x"), "'--top' cannot be 'x': write a whole number, such as 5\n"),
        (
            ("show", "metrics", "--top", "x", "--language", "ru"),
            "«--top» не может быть «x»: напишите целое число, например 5\n",
        ),
        (("explain", "--rows", "1.5"), "'--rows' cannot be '1.5': write a whole number, such as 5\n"),
    ],
)
def test_an_option_that_is_no_number_is_said_with_its_cure(
    arguments: tuple[str, ...], reason: str, capsys: Capture
) -> None:
    code = main(arguments)
    assert (code, *capsys.readouterr()) == (2, "", reason)


def test_help_fits_80_columns(monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    for command in COMMANDS:
        assert max(map(len, said(capsys, command, "--help")[1].splitlines())) <= 80


def test_the_language_can_be_set_once_and_for_all(tmp_path: Path, capsys: Capture) -> None:
    folder = tmp_path / "XDG_CONFIG_HOME" / "kpi-tui"
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text('language = "ru"\n')
    assert main(["check", str(SAMPLE)]) == 0
    assert "Целевое" in capsys.readouterr().out
    (folder / "config.toml").write_text("language = [broken\n")
    assert main(["check", str(SAMPLE)]) == 0
    assert "Goal" in capsys.readouterr().out


@pytest.mark.parametrize(
    "command",
    [
        "kpi show metrics $FILE --grain day --format csv | head -1",
        "kpi show goals $FILE | true",
        "kpi --help | true",
        "kpi show goals $FILE >&-",
    ],
)
def test_a_reader_that_leaves_early_is_no_error(command: str) -> None:
    ran = shell(f"{command}; echo ${{PIPESTATUS[0]}} >&2")
    assert ran.stderr.splitlines()[-1:] == ["0"]
    assert "Traceback" not in ran.stderr
    assert "Exception" not in ran.stderr


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="a device that is always full is a thing of Linux")
def test_a_full_disk_is_said(capsys: Capture) -> None:
    ran = shell("kpi show goals $FILE > /dev/full")
    assert ran.returncode == 3
    assert ran.stderr == "the output cannot be written: No space left on device\n"


def test_a_terminal_without_the_marks_gets_ascii_ones() -> None:
    ran = shell("PYTHONIOENCODING=ascii kpi show goals $FILE")
    assert ran.returncode == 0
    assert ran.stdout.isascii()
    assert "?" not in ran.stdout


def test_the_clock_of_today_decides_nothing_but_what_a_new_record_begins_with() -> None:
    asked = {
        path.relative_to(ROOT / "kpi_tui").as_posix()
        for path in (ROOT / "kpi_tui").rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in ("today", "now", "utcnow", "localtime", "time_ns")
        if not (isinstance(node.value, ast.Name) and node.value.id == "self")
    }
    # how long files were left alone decides whether an answer is kept, never what it is
    assert {name for name in asked if not name.startswith("tui/")} <= {"commands/answers.py"}


def test_another_day_gives_the_same_output(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(
        "import datetime, time\n"
        "class date(datetime.date):\n"
        "    @classmethod\n"
        "    def today(cls): raise AssertionError('somebody asked for the day')\n"
        "datetime.date = date\n"
    )
    now = shell("kpi check $FILE; kpi show team $FILE; kpi show metrics $FILE --format json")
    then = shell(f'PYTHONPATH="{tmp_path}:$PYTHONPATH"; export PYTHONPATH; kpi check $FILE; kpi show team $FILE')
    assert then.stderr == ""
    assert now.stdout.startswith(then.stdout)
