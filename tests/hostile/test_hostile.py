"""Every hostile file is read rightly, or what is wrong with it is said, and never by a traceback."""

from __future__ import annotations

from pathlib import Path

import pytest

from kpi_tui.facts.detect import describe
from kpi_tui.facts.reading import load
from kpi_tui.workspace.model import Read
from kpi_tui.workspace.periods import Calendar
from tests.hostile import cells, texts
from tests.hostile.case import Case

CASES = [*texts.CASES, *cells.CASES]


def test_there_are_many_and_each_has_a_name() -> None:
    assert len(CASES) >= 80
    assert len({case.name for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_it_is_read_rightly_or_refused_with_a_cure(case: Case, tmp_path: Path) -> None:
    (tmp_path / case.file).write_bytes(case.data)
    (found,) = describe(case.file, tmp_path)
    said = [str(finding) for finding in found.findings]
    for part in case.says:
        assert any(part in sentence for sentence in said), said
    if case.refused:
        assert not found.usable
        assert all(finding.cure for finding in found.findings), said
        return
    assert found.usable
    assert tuple(question.id for question in found.questions) == case.asks
    assert (found.source.time, found.source.every) == (case.time, case.every)
    if not case.says:
        assert said == []
    if case.read is not None:
        assert {key: getattr(found.source.read, key) for key in _set(found.source.read)} == case.read
    if case.columns is not None:
        assert dict(found.source.columns) == case.columns
    if case.dimensions is not None:
        assert found.source.dimensions == case.dimensions
    if case.rows is not None:
        assert list(found.rows[: len(case.rows)]) == case.rows
        assert len(found.rows) == len(case.rows)
    if case.height is not None:
        table = load(found.source, tmp_path, Calendar())
        assert table.frame is not None
        assert table.frame.height == case.height


def _set(read: Read) -> list[str]:
    return [key for key in Read.__struct_fields__ if getattr(read, key) != getattr(Read(), key)]
