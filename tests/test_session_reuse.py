"""What an edit did not touch is taken over as it was, and that is what computing it anew would give."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from kpi_tui.loaded import evaluator_of
from kpi_tui.loading import load_tables
from kpi_tui.metrics.evaluate import LeafTables
from kpi_tui.review.scorecard import evaluate
from kpi_tui.review.view import View
from kpi_tui.session import Session
from kpi_tui.workspace.edits import Delete, Edit, Set

SAMPLE = Path(__file__).parents[1] / "sample_data"
EDITS = (
    Set(("goal", "turnover", "target"), Decimal(150_000_000)),
    Set(("goal", "turnover", "due"), date(2026, 9, 30)),
    Set(("goal", "cac_limit", "target"), Decimal(1)),
    Set(("member", "vera", "kpi", "turnover", "weight"), Decimal(10)),
    Set(("member", "anna", "bonus"), Decimal(1)),
    Set(("metric", "romi", "formula"), "revenue / spend - 2"),
    Set(("metric", "romi", "good"), "down"),
    Set(("workspace", "currency"), "JPY"),
    Set(("workspace", "bonus_period"), "quarter"),
    Delete(("member", "vera", "kpi", "turnover")),
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    shutil.copytree(SAMPLE, tmp_path / "sample")
    opened = Session(tmp_path / "sample" / "kpi.toml", state=tmp_path / "state")
    opened.accept(load_tables(opened.workspace, opened.root, {}))
    yield opened
    opened.close()


def is_as_anew(session: Session) -> None:
    workspace = session.workspace
    evaluator = evaluator_of(workspace, LeafTables(session.tables), session.scorecard.place_of)
    anew = evaluate(evaluator, workspace, session.view, session.scorecard.place_of)
    assert session.scorecard.goals == anew.goals
    assert session.scorecard.objectives == anew.objectives
    assert session.scorecard.team == anew.team
    assert session.scorecard.findings == anew.findings


@pytest.mark.parametrize("edit", EDITS, ids=lambda edit: ".".join(edit.path))
def test_what_is_shown_is_what_computing_all_anew_gives(session: Session, edit: Edit) -> None:
    is_as_anew(session)
    session.apply(edit)
    is_as_anew(session)
    session.undo()
    is_as_anew(session)


def test_edits_one_after_the_other_and_another_view(session: Session) -> None:
    for edit in EDITS[2:5]:
        session.apply(edit)
    session.look(View(bonus_period="2026-Q2"))
    is_as_anew(session)


def test_only_the_edited_goal_and_whoever_it_pays_are_judged_again(session: Session) -> None:
    before = session.scorecard
    paid = {m.id for m in session.workspace.members if any(line.goal == "turnover" for line in m.kpis)}
    assert 0 < len(paid) < len(before.team)
    session.apply(EDITS[0])
    after = session.scorecard
    stands = {new.goal.id for old, new in zip(before.goals, after.goals, strict=True) if old is new}
    assert stands == {goal.id for goal in session.workspace.goals} - {"turnover"}
    same = {new.member.id for old, new in zip(before.team, after.team, strict=True) if old is new}
    assert same == {member.id for member in session.workspace.members} - paid
