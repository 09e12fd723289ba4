"""`kpi-tui explain` and `kpi-tui why`: where a number comes from and why it moved, as on the screen."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator, Sequence
from typing import get_args

from msgspec import Struct

from kpi_tui.commands.asked import Shown
from kpi_tui.commands.said import report
from kpi_tui.commands.view import view_of
from kpi_tui.errors import Finding, Text, UsageError, text
from kpi_tui.language.language import Language
from kpi_tui.loaded import Loaded, loaded
from kpi_tui.loading import Loading
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.metrics.explain import Explanation, explain
from kpi_tui.metrics.rows import LeafRows, leaf_rows
from kpi_tui.report.bridge import bridge_records, bridge_table, bridge_title
from kpi_tui.report.explanation import cell_text, explanation_lines, explanation_record, explanation_title, rows_title
from kpi_tui.report.records import to_csv, to_json
from kpi_tui.report.table import TextTable, plain, text_width
from kpi_tui.review.bridge import NoBridge, bridge, bridges, compared_periods
from kpi_tui.workspace.model import Grain
from kpi_tui.workspace.periods import AnyGrain, Period


class Explained(Struct, frozen=True):
    """`explain` and `why` with their options; names, periods and filters are not checked yet."""

    shown: Shown
    metric: str
    period: str | None = None
    before: str | None = None
    rows: int = 0


def explain_number(asked: Explained, loading: Loading, language: Language) -> int:
    """Print where the metric's number in one period comes from, for every slice asked; the exit code."""
    ready = loaded(loading)
    evaluator = ready.evaluator
    view = view_of(asked.shown, ready)
    grain, period = _period(asked.period, asked.metric, evaluator)
    question = Question((asked.metric,), grain, None, None, view.by, view.where)
    answer = evaluator.ask(question)
    found = [explain(evaluator, question, asked.metric, period, part) for part in answer.slices]
    explanations = [each for each in found if each is not None]
    if not explanations:
        raise UsageError(text("there are no data in {period}", period=period.name), _known(evaluator, question))
    if asked.shown.format == "json":
        unit = evaluator.plan.metrics[asked.metric].metric.unit
        _write(to_json([explanation_record(each, unit, _rows(evaluator, each, asked.rows)) for each in explanations]))
    else:
        for at, each in enumerate(explanations):
            print("\n".join(["", *_lines(ready, each, asked.rows, language)][at == 0 :]))
    return report(_findings(ready), language)


def why_moved(asked: Explained, loading: Loading, language: Language) -> int:
    """Print what each slice contributed to the change between two periods; the exit code."""
    ready = loaded(loading)
    evaluator = ready.evaluator
    view = view_of(asked.shown, ready)
    if len(view.by) > 1:
        raise UsageError(text("--by takes one dimension here"), text("ask for one after the other"))
    metric = evaluator.plan.metrics[asked.metric].metric
    grain, period = _period(asked.period, asked.metric, evaluator)
    if asked.before is not None:
        _period(asked.before, asked.metric, evaluator)
    question = Question((asked.metric,), grain, where=view.where)
    try:
        start, end = compared_periods(evaluator, question, asked.metric, period, asked.before or "previous")
        if view.by:
            found = bridge(evaluator, asked.metric, view.by[0], start, end, view.where)
        else:
            found = bridges(evaluator, asked.metric, start, end, view.where)[0]
    except NoBridge as error:
        raise UsageError(text("no bridge: {reason}", reason=error.what), error.cure) from None
    if asked.shown.format == "table":
        print(bridge_title(found, metric, language))
        print("\n".join(bridge_table(found, metric.unit, language).lines()))
    else:
        records = list(bridge_records(found, metric.unit))
        _write(to_json(records) if asked.shown.format == "json" else to_csv(records))
    return report(_findings(ready), language)


def _period(name: str | None, metric: str, evaluator: Evaluator) -> tuple[AnyGrain, Period]:
    """The period of that name with its grain; the last month with data where none is named."""
    if name is None or name == "all":
        grain: AnyGrain = "month" if name is None else "all"
        periods = evaluator.ask(Question((metric,), grain)).periods
        if not periods:
            raise UsageError(text("there are no data for it"), text("see kpi-tui check"))
        return grain, periods[-1]
    period = evaluator.calendar.parse(name)
    if period is None:
        raise UsageError(text("'{name}' is not a period", name=name), text("write it like 2026-10 or 2026-Q4"))
    return next(g for g in get_args(Grain) if evaluator.calendar.period(period.start, g) == period), period


def _known(evaluator: Evaluator, question: Question) -> Text | None:
    periods = evaluator.ask(question).periods
    return text("they go from {start} to {end}", start=periods[0].start, end=periods[-1].end) if periods else None


def _lines(ready: Loaded, explanation: Explanation, limit: int, language: Language) -> Iterator[str]:
    yield explanation_title(explanation, ready.evaluator.plan.metrics[explanation.metric].metric, language)
    lines = list(explanation_lines(explanation, language))
    width = max(text_width(line.label) for line in lines)
    for line in lines:
        indent = "  " * line.depth
        yield f"{' ' * (width - text_width(line.label))}{line.label}  {indent}{line.text}".rstrip()
    for found in _rows(ready.evaluator, explanation, limit):
        yield ""
        yield rows_title(found, language)
        header = (language("File and line"), *found.columns)
        rows = [
            (plain(str(row.place)), *(cell_text(row.cells[name], language) for name in found.columns))
            for row in found.rows
        ]
        yield from TextTable(header, tuple(rows), left=1 + found.dimensions[1]).lines()


def _rows(evaluator: Evaluator, explanation: Explanation, limit: int) -> list[LeafRows]:
    """The first rows of every leaf, once each."""
    parts = {(part.leaf.column, part.over): part for part in explanation.parts if part.leaf is not None and part.rows}
    return [leaf_rows(evaluator, explanation, part, limit) for part in parts.values()] if limit else []


def _findings(ready: Loaded) -> Sequence[Finding]:
    return ready.findings


def _write(output: str) -> None:
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # the same bytes whatever the locale
    sys.stdout.write(output)
