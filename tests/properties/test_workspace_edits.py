"""Edits survive the journal; undo is exact; differences lead from one workspace to the other."""

from __future__ import annotations

from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from kpi_tui.errors import EditError
from kpi_tui.workspace.differences import differences
from kpi_tui.workspace.document import read
from kpi_tui.workspace.edits import Add, Batch, Delete, Edit, Set, apply, decode, encode
from kpi_tui.workspace.history import History
from kpi_tui.workspace.model import Workspace
from kpi_tui.workspace.writing import write
from tests.strategies import days, edits, numbers, texts, workspaces

few = settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))


@few
@given(workspaces(), st.data())
def test_undo_and_redo_are_exact(workspace: Workspace, data: st.DataObject) -> None:
    history = History(workspace)
    seen = [workspace]
    for _ in range(4):
        try:
            history = history.do(data.draw(edits(history.present)))
        except EditError:
            continue
        seen.append(history.present)
    for before in reversed(seen[:-1]):
        history = history.undo()
        assert history.present == before
    for after in seen[1:]:
        history = history.redo()
        assert history.present == after
    assert not history.future


@few
@given(workspaces(), st.data())
def test_what_an_edit_leaves_can_be_saved_and_read(workspace: Workspace, data: st.DataObject) -> None:
    try:
        changed = apply(workspace, data.draw(edits(workspace)))
    except EditError:
        return
    assert read(write(changed), "kpi.toml").workspace == changed


@few
@given(workspaces(), workspaces())
def test_differences_lead_from_one_workspace_to_the_other(one: Workspace, other: Workspace) -> None:
    changed = apply(one, Batch(tuple(differences(one, other))))
    assert _in_order_of_ids(changed) == _in_order_of_ids(other)


@few
@given(workspaces(), st.data())
def test_differences_of_an_edit_restore_it(workspace: Workspace, data: st.DataObject) -> None:
    try:
        changed = apply(workspace, data.draw(edits(workspace)))
    except EditError:
        return
    found = differences(workspace, changed)
    assert apply(workspace, Batch(tuple(found))) == changed
    assert differences(changed, changed) == []


_scalars = st.one_of(
    st.none(), st.booleans(), st.integers(-(10**30), 10**30), texts(), numbers(), days(), st.decimals(allow_nan=False)
)
_values = st.recursive(
    _scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts(), inner, max_size=3), max_leaves=8
)
_paths = st.lists(texts(), min_size=1, max_size=4).map(tuple)
_leaves = st.one_of(
    st.builds(Set, _paths, _values),
    st.builds(Add, _paths, st.dictionaries(texts(), _values, max_size=4), st.none() | st.integers(0, 9)),
    st.builds(Delete, _paths),
)


@settings(few, max_examples=100)
@given(
    st.recursive(
        _leaves, lambda inner: st.lists(inner, max_size=3).map(lambda parts: Batch(tuple(parts))), max_leaves=6
    )
)
def test_an_edit_survives_the_journal_with_its_types(edit: Edit) -> None:
    line = encode(edit)
    assert b"\n" not in line
    assert decode(line) == edit
    assert repr(decode(line)) == repr(edit)


def _batch(parts: list[Edit]) -> Batch:
    return Batch(tuple(parts))


def _in_order_of_ids(workspace: Workspace) -> dict[str, Any]:
    kinds: dict[str, Any] = {"settings": workspace.settings, "notes": workspace.notes}
    for kind in ("sources", "metrics", "objectives", "goals", "members"):
        for record in getattr(workspace, kind):
            kinds[f"{kind} {record.id}"] = {
                field: sorted(map(repr, value)) if field in ("entries", "checkins", "kpis") else value
                for field, value in ((field, getattr(record, field)) for field in record.__struct_fields__)
            }
    return kinds
