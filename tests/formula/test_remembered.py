"""Trees that were parsed before are those that parsing gives, and a bad cache costs nothing but time."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from kpi_tui.formula import parse
from kpi_tui.formula.remembered import COMMON, remembered_formulas
from kpi_tui.formula.tree import Node
from tests.make_common_formulas import common


def test_the_trees_that_come_with_the_program_are_those_of_the_parser() -> None:
    shipped = msgspec.json.decode(COMMON.read_bytes(), type=dict[str, Node])
    assert shipped == common(), "run python -m tests.make_common_formulas"


def test_what_was_parsed_is_there_the_next_time_without_sqlglot(tmp_path: Path) -> None:
    script = f"""
import sys
from pathlib import Path
from kpi_tui.formula import parse
from kpi_tui.formula.remembered import remembered_formulas
with remembered_formulas(Path({str(tmp_path)!r})):
    parse.formula("SUM(zig) / COUNT(DISTINCT zag)")
print("sqlglot" in sys.modules)
"""
    said = [subprocess.run([sys.executable, "-c", script], capture_output=True, text=True).stdout for _ in range(2)]
    assert said == ["True\n", "False\n"]


@pytest.mark.parametrize("content", [b"", b"{", b'{"a": {"type": "rm -rf"}}', b"[]", b'{"SUM(x)": 1}'])
def test_a_broken_cache_is_made_anew(tmp_path: Path, content: bytes) -> None:
    with remembered_formulas(tmp_path):
        parse.formula("SUM(one_more)")
    (file,) = tmp_path.iterdir()
    file.write_bytes(content)
    with remembered_formulas(tmp_path):
        parse.formula("SUM(one_more)")
    assert msgspec.json.decode(file.read_bytes(), type=dict[str, Node])["SUM(one_more)"] == parse.formula(
        "SUM(one_more)"
    )
