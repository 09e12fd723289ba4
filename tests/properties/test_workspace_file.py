"""Writing and reading are inverses; the layout is canonical; the scanner sees the keys that tomllib sees."""

from __future__ import annotations

import difflib
import tomllib
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import tomli_w
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from kpi_tui.workspace.document import read
from kpi_tui.workspace.edits import Set, apply
from kpi_tui.workspace.lines import Path, scan
from kpi_tui.workspace.model import Workspace
from kpi_tui.workspace.writing import plain, write
from tests.strategies import numbers, texts, workspaces

few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@few
@given(workspaces())
def test_reading_gives_back_what_was_written(workspace: Workspace) -> None:
    document = read(write(workspace), "kpi.toml")
    assert document.workspace == workspace
    assert document.canonical
    assert write(document.workspace) == write(workspace)


@few
@given(workspaces())
def test_the_layout_loses_nothing_that_tomllib_sees(workspace: Workspace) -> None:
    tables = tomllib.loads(write(workspace), parse_float=Decimal)
    expected = {"schema": 1, "workspace": {}, **_present(plain(workspace))}
    assert tables == expected


@few
@given(workspaces(), texts().filter(lambda name: name and "\n" not in name), numbers())
def test_an_edit_of_a_one_line_value_changes_one_line(workspace: Workspace, name: str, number: Decimal) -> None:
    sets = [Set(("workspace", "name"), name)] if "\n" not in workspace.settings.name else []
    sets += [Set(("metric", m.id, "entries", "2026-09-30"), number) for m in workspace.metrics if m.entries]
    sets += [Set(("goal", goal.id, "weight"), abs(number)) for goal in workspace.goals]
    for edit in sets:
        before, after = write(workspace).split("\n"), write(apply(workspace, edit)).split("\n")
        steps = difflib.SequenceMatcher(None, before, after, False).get_opcodes()
        changes = [step for step in steps if step[0] != "equal"]
        assert len(changes) <= 1
        assert all(high - low <= 1 and end - start <= 1 for _, low, high, start, end in changes)


@few
@given(workspaces())
def test_every_key_of_a_written_workspace_has_its_line(workspace: Workspace) -> None:
    content = write(workspace)
    assert set(scan(content)) == set(_paths(tomllib.loads(content, parse_float=Decimal)))


_scalars = st.one_of(
    texts(), st.integers(-99, 10**9), st.booleans(), st.dates(), st.just(datetime(2026, 1, 2, 3, 4, 5)), numbers()
)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3), max_leaves=12
)
_documents = st.dictionaries(texts() | st.sampled_from(["a", "b", "c-1", "2026-Q1"]), _values, max_size=5)


@settings(few, max_examples=100)
@given(_documents, st.booleans())
def test_the_scanner_finds_the_keys_of_any_document(tables: dict[str, Any], multiline: bool) -> None:
    content = tomli_w.dumps(tables, multiline_strings=multiline)
    assert set(scan(content)) == set(_paths(tomllib.loads(content, parse_float=Decimal)))


_PARTS = [
    "# a comment with = and [brackets]", "", "  ", "k{n} = \"a # b\"", "k{n} = 'c:\\' # [x]",
    "k{n} = \"\"\"\n[not.a.header]\nx = 1\n\"\"\"", "k{n} = '''\n\"\"\" = 2'''",
    "k{n} = [ 1, # one\n  [2, 3],\n  { a.b = 1, 'c d' = [4] },\n]", "\"k {n}\" . x = {}", "k{n}.'q\"'.z = 1_000.5",
    "k{n} = 1979-05-27 07:32:00", "\"\\u0041{n}\" = \"\"\"a\\\"\"\"b\"\"\"\"\"", "k{n} = ''''x''''", "[t{n}]", "[[l]]",
    "[[ l . m ]]", "[l.s{n}]", "[[l.m.'o o']]", "k{n} = { a = { b = ',}' }, c = \"]\" }\r",
]  # fmt: skip


@few
@given(st.lists(st.sampled_from(_PARTS), max_size=14))
def test_the_scanner_finds_the_keys_of_free_layouts(parts: list[str]) -> None:
    content = "\n".join(part.replace("{n}", str(n)) for n, part in enumerate(parts)) + "\n"
    try:
        tables = tomllib.loads(content, parse_float=Decimal)
    except tomllib.TOMLDecodeError:
        assume(False)  # `[l.s1]` before any `[[l]]` and such: the scanner promises nothing
    lines = scan(content)
    assert set(lines) == set(_paths(tables))
    for path, line in lines.items():
        if isinstance(path[-1], str) and path[-1].startswith("k") and len(path) == 1:
            assert content.split("\n")[line - 1].lstrip().startswith((path[-1], '"' + path[-1]))


def _paths(node: object, path: Path = ()) -> list[Path]:
    items: list[tuple[str | int, object]] = []
    if isinstance(node, dict):
        items = list(node.items())
    elif isinstance(node, list):
        items = list(enumerate(node))
    return [found for key, value in items for found in ((*path, key), *_paths(value, (*path, key)))]


def _present(value: object) -> dict[str, Any]:
    assert isinstance(value, dict)
    assert not any(isinstance(item, date) for item in value.values())
    return value
