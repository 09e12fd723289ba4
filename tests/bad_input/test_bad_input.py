"""Whatever is wrong with a file, its data or a command line is said with its place and its cure, as on the pages.

Invariant: no traceback, nothing on stdout that a script could take for an answer, no refused command changes a file.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.bad_input.page import Case, cases, lay_out, pages, run

EXPLAINS = "metric '"  # why a value is undefined: nothing is wrong in that place
CASES = [case for page in pages() for case in cases(page)]


@pytest.fixture(autouse=True)
def _english_and_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name))
    monkeypatch.setenv("COLUMNS", "100")


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.page.removesuffix('.txt')}: {case.title}")
def test_what_is_wrong_is_said(case: Case, tmp_path: Path) -> None:
    folder = tmp_path / "here"
    lay_out(case, folder)
    outcome = run(case, folder)
    assert (outcome.said, outcome.code) == (case.said, case.code)
    assert outcome.code == 0 or outcome.changed == frozenset()
    assert outcome.code != 2 or outcome.printed == ""
    assert all(line.isprintable() for line in outcome.said)


def test_every_case_has_its_own_name() -> None:
    assert len({(case.page, case.title) for case in CASES}) == len(CASES)


def test_what_is_wrong_with_files_begins_with_its_place() -> None:
    lines = [line for case in CASES if case.code == 3 for line in case.said if not line.startswith(EXPLAINS)]
    assert [line for line in lines if not re.match(r"[\w.*/-]+(:\d+)?(: | (does not exist|is a folder))", line)] == []


def test_the_pages_are_long_enough_to_be_worth_reading() -> None:
    assert len(CASES) >= 60
