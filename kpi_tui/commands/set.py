"""`kpi-tui set`: one or more edits to the file, all or none, recomputed and saved atomically.

It changes the file under its lock and never another process's journal: an app that is open on the file notices the
change.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from kpi_tui.commands.said import complain, report
from kpi_tui.errors import Finding
from kpi_tui.language.language import Language
from kpi_tui.loaded import data_findings, evaluator_of
from kpi_tui.loading import load_tables
from kpi_tui.metrics.evaluate import LeafTables
from kpi_tui.report.sentences import moved_sentence
from kpi_tui.report.table import plain
from kpi_tui.review.moved import moved
from kpi_tui.review.scorecard import evaluate
from kpi_tui.review.view import View
from kpi_tui.session import refuse_wrong_formulas
from kpi_tui.workspace import document, store
from kpi_tui.workspace.assignment import parse_assignment
from kpi_tui.workspace.edits import Batch, apply
from kpi_tui.workspace.writing import write


def set_values(file: Path, assignments: Sequence[str], state: Path, language: Language) -> int:
    """Make the edits, save, print what moved; the exit code. Raises `KpiError`, and then the file is as it was."""
    edit = Batch(tuple(parse_assignment(assignment) for assignment in assignments))
    with store.locked(file, state=state):
        snapshot = store.read(file)
        read = document.read(snapshot.text, str(file))
        before = read.workspace
        after = apply(before, edit)
        if after == before:
            print(language("it is so already; the file is as it was"))
            return 0
        root = snapshot.target.parent
        tables = load_tables(before, root, {})
        leaf_tables = LeafTables(tables)
        evaluator = evaluator_of(before, leaf_tables, read.places.place)
        renewed = tables if before.sources == after.sources else load_tables(after, root, tables)
        new_leaf_tables = leaf_tables if renewed is tables else LeafTables(renewed)
        content = write(after)
        place_of = document.read(content, str(file)).places.place
        new_evaluator = evaluator_of(after, new_leaf_tables, place_of)
        refuse_wrong_formulas(evaluator.plan, before, new_evaluator.plan, after)
        saved = store.save(snapshot, content, state=state, keep_original=not read.canonical)
    was = evaluate(evaluator, before, View(), read.places.place)
    now = evaluate(new_evaluator, after, View(), place_of)
    print(plain(moved_sentence(moved(was, now), after, language) or language("saved; no figure moved")))
    if saved.original is not None:
        complain(language("the file as it was is kept in {file}", file=saved.original.name))
    known = {_said(finding) for finding in (*data_findings(tables, place_of), *was.findings)}
    report(
        [found for found in (*data_findings(renewed, place_of), *now.findings) if _said(found) not in known], language
    )
    return 0


def _said(finding: Finding) -> tuple[str, str]:
    """What a finding says but for its line, which moves with what is above it."""
    return str(finding.subject), str(finding.what)
