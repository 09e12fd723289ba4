"""What each command loads: help must come at once, and nothing but the screen may need Textual."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SAMPLE = ROOT / "sample_data" / "kpi.toml"
HEAVY = {"textual", "polars", "sqlglot", "babel", "msgspec"}
RUN = """
import contextlib, io, sys
from kpi_tui.cli import main
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main(sys.argv[1:])
print(*sorted({name.partition(".")[0] for name in sys.modules}))
"""


def loaded(tmp_path: Path, *arguments: str) -> set[str]:
    """The top packages that are loaded once `kpi-tui ARGUMENTS` has run."""
    homes = {name: str(tmp_path / name) for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")}
    ran = subprocess.run(
        [sys.executable, "-c", RUN, *arguments],
        env={**os.environ, "PYTHONPATH": str(ROOT), **homes},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    return set(ran.stdout.split())


@pytest.mark.parametrize(
    "arguments", [["--help"], ["--version"], ["show", "--help"], ["set", "-h"], ["-h", "--language", "ru"], ["shwo"]]
)
def test_help_loads_nothing_heavy(arguments: list[str], tmp_path: Path) -> None:
    assert loaded(tmp_path, *arguments) & HEAVY == set()


def test_babel_is_a_tool_of_development_only(tmp_path: Path) -> None:
    assert "babel" not in loaded(tmp_path, "show", "team", str(SAMPLE), "--language", "ru")


@pytest.mark.parametrize(
    "arguments",
    [["show", "metrics", str(SAMPLE)], ["show", "team", str(SAMPLE)], ["check", str(SAMPLE)]],
    ids=lambda arguments: " ".join(arguments[:2]),
)
def test_what_prints_never_loads_textual(arguments: list[str], tmp_path: Path) -> None:
    modules = loaded(tmp_path, *arguments)
    assert "polars" in modules
    assert "textual" not in modules


def test_the_same_question_again_loads_no_polars(tmp_path: Path) -> None:
    assert "polars" in loaded(tmp_path, "show", "metrics", str(SAMPLE))
    assert loaded(tmp_path, "show", "metrics", str(SAMPLE)) & HEAVY == {"msgspec"}


def test_set_never_loads_textual(tmp_path: Path) -> None:
    file = tmp_path / "kpi.toml"
    file.write_text('schema = 1\n\n[workspace]\nname = "A"\n')
    modules = loaded(tmp_path, "set", str(file), "workspace.name=B")
    assert 'name = "B"' in file.read_text()
    assert "textual" not in modules


def test_formulas_are_parsed_once_and_then_remembered(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('schema = 1\n[[metric]]\nid = "a"\n[[metric]]\nid = "b"\nformula = "a * 7 / 3"\n', encoding="utf-8")
    assert "sqlglot" in loaded(tmp_path, "show", "metrics", str(own))
    assert "sqlglot" not in loaded(tmp_path, "show", "metrics", str(own))


def test_the_formulas_of_the_sample_come_parsed(tmp_path: Path) -> None:
    assert "sqlglot" not in loaded(tmp_path, "show", "goals", str(SAMPLE))
