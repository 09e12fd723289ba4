"""`show funnels` and `show cohorts`: what is printed of the metrics that have steps or cohorts."""

from __future__ import annotations

from typing import NoReturn, cast

from kpi_tui.commands.asked import Shown
from kpi_tui.errors import Text, UsageError, text
from kpi_tui.language.language import Language
from kpi_tui.loaded import Loaded
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.cohorts import cohorts, has_cohorts
from kpi_tui.metrics.funnel import funnel
from kpi_tui.report import histories
from kpi_tui.report.records import Record
from kpi_tui.report.table import TextTable
from kpi_tui.review.view import View
from kpi_tui.workspace.model import Grain
from kpi_tui.workspace.naming import called

Printed = tuple[list[Record], TextTable]


def funnels_shown(asked: Shown, view: View, ready: Loaded, language: Language) -> Printed:
    """Every funnel, or those asked for, step by step. Raises `UsageError` for a metric that is none."""
    funnels = [metric.id for metric in ready.workspace.metrics if metric.funnel is not None]
    for name in asked.metrics:
        if name not in funnels:
            _refuse(text("{record} is no funnel", record=called("metric", name)), funnels)
    question = Question((), view.grain, view.start, view.end, view.by, view.where)
    steps = [step for name in asked.metrics or funnels for step in funnel(ready.evaluator, name, question)]
    found = list(histories.funnel_records(steps, view.by))
    if asked.format == "csv":
        found = list(map(histories.flat, found))
    return found, histories.funnel_table(ready.workspace, steps, view.by, language)


def cohorts_shown(asked: Shown, view: View, ready: Loaded, language: Language) -> Printed:
    """The cohort tables of every metric that has one, or of those asked for. Raises `UsageError` for one that has none.

    A cohort needs periods: the grain `all` is refused.
    """
    if asked.grain == "all":
        raise UsageError(text("cohorts need periods"), text("ask for --grain month"))
    known = [metric.id for metric in ready.workspace.metrics if has_cohorts(ready.evaluator, metric.id)]
    for name in asked.metrics:
        if name not in known:
            _refuse(text("{record} has no cohorts", record=called("metric", name)), known)
    question = Question((), start=view.start, end=view.end, where=view.where)
    grain = cast("Grain | None", asked.grain)
    found = {name: cohorts(ready.evaluator, name, grain, question) for name in asked.metrics or known}
    records = [record for name, rows in found.items() for record in histories.cohort_records(name, rows)]
    return records, histories.cohort_table(ready.workspace, found, language)


def columns_of(asked: Shown) -> tuple[str, ...]:
    """The columns of CSV, which are there even where no record is."""
    if asked.what == "cohorts":
        return histories.COHORT_COLUMNS
    dimensions = map(histories.funnel_dimension, dict.fromkeys(asked.by))
    return (*histories.FUNNEL_COLUMNS, *dimensions, *histories.STEP_COLUMNS)


def _refuse(what: Text, known: list[str]) -> NoReturn:
    raise UsageError(what, text("known: {names}", names=", ".join(known)) if known else None)
