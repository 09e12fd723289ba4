"""`kpi-tui show`: metrics, goals or the team as a table, JSON or CSV on stdout; findings and reasons on stderr."""

from __future__ import annotations

import io
import shutil
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from typing import cast

from kpi_tui.commands.asked import Shown
from kpi_tui.commands.beginning import lacking
from kpi_tui.commands.said import complain, report
from kpi_tui.errors import Finding, Place, Text, UsageError, did_you_mean, text
from kpi_tui.facts.query import Filter
from kpi_tui.language.language import Language
from kpi_tui.loaded import Loaded, loaded
from kpi_tui.loading import Loading
from kpi_tui.metrics.answer import Answer, Question
from kpi_tui.metrics.tabulate import NO_DATES
from kpi_tui.report import records
from kpi_tui.report.table import TextTable, goal_table, metric_table, team_table
from kpi_tui.review.scorecard import evaluate, metrics_asked, no_such_value, unknown_values
from kpi_tui.review.team import MemberResult, matrices
from kpi_tui.review.view import View
from kpi_tui.workspace.model import Grain, Workspace
from kpi_tui.workspace.naming import called
from kpi_tui.workspace.periods import AnyGrain


def show(asked: Shown, loading: Loading, language: Language) -> int:
    """Print what was asked; the exit code. Raises `KpiError`."""
    ready = loaded(loading)
    workspace, evaluator = ready.workspace, ready.evaluator
    view = view_of(asked, ready)
    findings: Sequence[Finding] = (*ready.findings, *lacking(workspace, asked.what, str(asked.file)))
    found: list[records.Record]
    if asked.what == "metrics":
        names = metrics_asked(workspace, view)
        answer = evaluator.ask(Question(names, view.grain, view.start, view.end, view.by, view.where))
        findings = (*findings, *_explanations(view, ready, answer))
        found = list(records.metric_records(workspace, answer)) if asked.format != "table" else []
        table = metric_table(workspace, answer, language) if asked.format == "table" else None
    elif asked.what == "goals":
        scorecard = evaluate(evaluator, workspace, view, ready.document.places.place)
        findings = (*findings, *scorecard.findings)
        found = list(records.goal_records(scorecard.goals, scorecard.objectives))
        table = goal_table(scorecard, language)
    else:
        team = matrices(evaluator, workspace, view.bonus_period)
        findings = (*findings, *_provisional(team))
        found = list(records.team_records(team, workspace.settings.currency))
        table = team_table(team, workspace, language)
    _print(asked, found, table, language)
    return report(findings, language)


def view_of(asked: Shown, loaded: Loaded) -> View:
    """The view that was asked for. Raises `UsageError` for names and dates that are not there."""
    workspace = loaded.workspace
    metrics = [metric.id for metric in workspace.metrics]
    for name in asked.metrics:
        if name not in metrics:
            listed = text("known: {names}", names=", ".join(metrics)) if metrics else None
            raise UsageError(
                text("{record} does not exist", record=called("metric", name)), did_you_mean(name, metrics) or listed
            )
    if asked.period is not None and loaded.evaluator.calendar.parse(asked.period) is None:
        raise UsageError(text("'{name}' is not a period", name=asked.period), text("write it like 2026-10 or 2026-Q4"))
    grain = workspace.settings.bonus_period
    if asked.period is not None and not _is_of(asked.period, grain, loaded):
        example = loaded.evaluator.calendar.period(date(2026, 10, 1), grain).name
        raise UsageError(
            text("bonuses are by {grain} here, and '{name}' is none", grain=grain, name=asked.period),
            text("write it like {example}", example=example),
        )
    for name in asked.by:
        _check_dimension(name, workspace)
    start, end = (_day(day) if day else None for day in (asked.start, asked.end))
    if start and end and start > end:
        raise UsageError(text("--from is later than --to"), text("swap them"))
    by = tuple(dict.fromkeys(asked.by))
    return View(
        cast("AnyGrain", asked.grain), start, end, by, _filter(asked.where, workspace), asked.metrics, asked.period
    )


def _print(asked: Shown, found: list[records.Record], table: TextTable | None, language: Language) -> None:
    if asked.format != "table" and isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # the same bytes whatever the locale
    if asked.format == "json":
        sys.stdout.write(records.to_json(found))
    elif asked.format == "csv":
        metrics = asked.what == "metrics"
        dimensions = map(records.dimension_column, dict.fromkeys(asked.by))
        columns = (*records.METRIC_COLUMNS, *dimensions, *records.VALUE_COLUMNS) if metrics else ()
        sys.stdout.write(records.to_csv(found, columns))
    elif table is not None:
        width = shutil.get_terminal_size().columns if sys.stdout.isatty() else None
        print("\n".join(table.lines(width)))
        if hidden := table.hidden(width):
            message = language.count(
                "{n} column does not fit; --format csv has all", "{n} columns do not fit; --format csv has all", hidden
            )
            complain(message)


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


def _filter(where: Sequence[str], workspace: Workspace) -> Filter:
    wanted: dict[str, list[str | None]] = {}
    for condition in where:
        name, equals, value = condition.partition("=")
        if not equals:
            raise UsageError(
                text("'{condition}' is not a filter", condition=condition), text("write it like channel=Email")
            )
        _check_dimension(name, workspace)
        wanted.setdefault(name, []).append(value or None)
    return tuple((name, tuple(values)) for name, values in sorted(wanted.items()))


def _is_of(name: str, grain: Grain, loaded: Loaded) -> bool:
    calendar = loaded.evaluator.calendar
    period = calendar.parse(name)
    return period is not None and calendar.period(period.start, grain) == period


def _check_dimension(name: str, workspace: Workspace) -> None:
    known = {dimension for source in workspace.sources for dimension in source.dimensions}
    known |= {dimension for metric in workspace.metrics for entry in metric.entries for dimension in entry.by}
    if name not in known:
        names = sorted(known)
        cure = did_you_mean(name, names) or (text("dimensions are {names}", names=", ".join(names)) if names else None)
        raise UsageError(text("there is no dimension '{name}'", name=name), cure)


def _day(typed: str) -> date:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        raise UsageError(text("'{typed}' is not a date", typed=typed), text("write it like 2026-11-14")) from None
