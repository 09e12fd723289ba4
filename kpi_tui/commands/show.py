"""`kpi-tui show`: metrics, goals or the team as a table, JSON or CSV; findings and reasons beside it.

Each kind imports what it needs when it is asked for: `show metrics` in a script has no use for goals and bonuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import TYPE_CHECKING

from kpi_tui.commands.answers import Output
from kpi_tui.commands.asked import Shown
from kpi_tui.commands.beginning import lacking
from kpi_tui.commands.said import exit_code, sentences
from kpi_tui.commands.view import view_of
from kpi_tui.errors import Finding, Place, Text, text
from kpi_tui.language.language import Language
from kpi_tui.loaded import Loaded, loaded
from kpi_tui.loading import Loading
from kpi_tui.metrics.answer import Answer, Question
from kpi_tui.metrics.tabulate import NO_DATES
from kpi_tui.report import records
from kpi_tui.review.ranking import breakdown
from kpi_tui.review.view import View, metrics_asked, no_such_value, unknown_values
from kpi_tui.workspace.naming import called

if TYPE_CHECKING:
    from kpi_tui.report.table import TextTable
    from kpi_tui.review.team import MemberResult


def show(asked: Shown, loading: Loading, language: Language) -> Output:
    """What is printed for what was asked. Raises `KpiError`."""
    if asked.format == "table":  # while the data are read
        import_module("kpi_tui.report.table")
    ready = loaded(loading)
    workspace, evaluator = ready.workspace, ready.evaluator
    view = view_of(asked, ready)
    findings: Sequence[Finding] = (*ready.findings, *lacking(workspace, asked.what, str(asked.file)))
    found: list[records.Record] = []
    table: TextTable | None = None
    if asked.what == "metrics":
        question = Question(metrics_asked(workspace, view), view.grain, view.start, view.end, view.by, view.where)
        shown = breakdown(evaluator, question, view, compare=asked.compare is not None)
        findings = (*findings, *_explanations(view, ready, shown.answer))
        if asked.format == "table":
            from kpi_tui.report.table import metric_table

            table = metric_table(workspace, shown, language)
        else:
            found = list(records.metric_records(workspace, shown))
    elif asked.what in ("funnels", "cohorts"):
        from kpi_tui.commands.histories import cohorts_shown, funnels_shown

        found, table = (funnels_shown if asked.what == "funnels" else cohorts_shown)(asked, view, ready, language)
    elif asked.what == "goals":
        from kpi_tui.report.table import goal_table
        from kpi_tui.review.scorecard import evaluate

        scorecard = evaluate(evaluator, workspace, view, ready.document.places.place)
        findings = (*findings, *scorecard.findings)
        found = list(records.goal_records(scorecard.goals, scorecard.objectives))
        table = goal_table(scorecard, language)
    else:
        from kpi_tui.report.table import team_table
        from kpi_tui.review.team import matrices

        team = matrices(evaluator, workspace, view.bonus_period)
        findings = (*findings, *_provisional(team))
        found = list(records.team_records(team, workspace.settings.currency))
        table = team_table(team, workspace, language)
    out, hidden = _written(asked, found, table)
    said = [] if not hidden else [_hidden(hidden, language)]
    return Output(out, asked.format != "table", (*said, *sentences(findings, language)), exit_code(findings))


def _written(asked: Shown, found: list[records.Record], table: TextTable | None) -> tuple[str, int]:
    """The text in the format asked for, and how many columns of a table did not fit."""
    if asked.format == "json":
        return records.to_json(found), 0
    if asked.format == "csv":
        metrics = asked.what == "metrics"
        dimensions = map(records.dimension_column, dict.fromkeys(asked.by))
        changes = records.CHANGE_COLUMNS if asked.compare is not None else ()
        cut = records.PART_COLUMNS if asked.top and asked.by else ()
        values = (*records.VALUE_COLUMNS, *changes, *cut)
        columns: tuple[str, ...] = (*records.METRIC_COLUMNS, *dimensions, *values) if metrics else ()
        if asked.what in ("funnels", "cohorts"):
            from kpi_tui.commands.histories import columns_of

            columns = columns_of(asked)
        return records.to_csv(found, columns), 0
    assert table is not None  # its format is what is left
    return "\n".join(table.lines(asked.width)) + "\n", table.hidden(asked.width)


def _hidden(columns: int, language: Language) -> str:
    return language.count(
        "{n} column does not fit; --format csv has all", "{n} columns do not fit; --format csv has all", columns
    )


def _explanations(view: View, loaded: Loaded, answer: Answer) -> Iterator[Finding]:
    """Why there is nothing to see where there is nothing to see."""
    names = answer.question.metrics
    for name in names:
        plan = loaded.evaluator.plan.metrics[name]
        said_already = plan.error is not None and not plan.uses
        if name in answer.reasons and not said_already:
            yield _warning(answer.reasons[name], None, called("metric", name))
    for name, value, cure in unknown_values(loaded.evaluator, names, view.where):
        yield _warning(no_such_value(name, value), cure)
    known = () if answer.periods else loaded.evaluator.ask(Question(names)).periods
    if known and known != (NO_DATES,):
        cure = text("they go from {start} to {end}", start=known[0].start, end=known[-1].end)
        yield _warning(text("there are no data in this range"), cure)


def _provisional(team: Sequence[MemberResult]) -> Iterator[Finding]:
    for result in team:
        if result.provisional is not None:
            yield _warning(result.provisional, None, called("member", result.member.id))


def _warning(what: Text, cure: Text | None, subject: Text | str = "") -> Finding:
    return Finding(Place(""), what, cure, subject, "warning")
