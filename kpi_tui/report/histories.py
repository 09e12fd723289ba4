"""Funnels and cohort tables as records (JSON, CSV) and as tables of text. The keys are a contract: scripts depend on
them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kpi_tui.language.language import Language
from kpi_tui.metrics.answer import Slice
from kpi_tui.metrics.cohorts import CohortRow
from kpi_tui.metrics.funnel import FunnelStep
from kpi_tui.report.records import Record
from kpi_tui.report.table import TextTable, plain
from kpi_tui.workspace.model import Unit, Workspace

FUNNEL_COLUMNS = ("metric", "step", "period", "start", "end", "complete")
STEP_COLUMNS = ("value", "of_first", "of_previous", "lost")
COHORT_COLUMNS = ("metric", "cohort", "age", "period", "size", "active", "share", "mature")


def funnel_records(steps: Sequence[FunnelStep], by: Sequence[str]) -> Iterator[Record]:
    """One record per funnel, period, slice and step; `by` is the slice."""
    for step in steps:
        yield {
            "metric": step.metric,
            "step": step.step,
            "period": step.period.name,
            "start": step.period.start,
            "end": step.period.end,
            "complete": step.complete,
            "by": dict(zip(by, step.part, strict=True)),
            "value": step.value,
            "of_first": step.of_first,
            "of_previous": step.of_previous,
            "lost": step.lost,
        }


def flat(record: Record) -> Record:
    """A funnel's record as a row of CSV: `by` becomes a column a dimension, before the values."""
    by = record["by"]
    assert isinstance(by, Mapping)
    sliced = {funnel_dimension(name): value for name, value in by.items()}
    return {
        **{name: record[name] for name in FUNNEL_COLUMNS},
        **sliced,
        **{name: record[name] for name in STEP_COLUMNS},
    }


def funnel_dimension(name: str) -> str:
    """A dimension's column in CSV: its name, with `by.` before it where a column of that name is there already."""
    return f"by.{name}" if name in (*FUNNEL_COLUMNS, *STEP_COLUMNS) or name.startswith("by.") else name


def cohort_records(metric: str, rows: Sequence[CohortRow]) -> Iterator[Record]:
    """One record per cohort and age."""
    for row in rows:
        yield {
            "metric": metric,
            "cohort": row.cohort.name,
            "age": row.age,
            "period": row.period.name,
            "size": row.size,
            "active": row.active,
            "share": row.share,
            "mature": row.mature,
        }


def funnel_table(workspace: Workspace, steps: Sequence[FunnelStep], by: Sequence[str], language: Language) -> TextTable:
    """A row per period, slice and step; `*` marks a period that is not complete."""
    names = {metric.id: plain(metric.name or metric.id) for metric in workspace.metrics}
    units = {metric.id: metric.unit for metric in workspace.metrics}
    header = (
        language("Metric"),
        language("Period"),
        *map(plain, by),
        language("Step"),
        language("Value"),
        language("Of the first"),
        language("Of the one before"),
        language("Lost"),
    )
    rows = tuple(
        (
            names[step.metric],
            language.period(step.period.name),
            *_slice(step.part, language),
            names[step.step],
            *_figures(step, units[step.step], language),
        )
        for step in steps
    )
    return TextTable(header, rows, left=3 + len(by), empty=language("There is no funnel with data."))


def _figures(step: FunnelStep, unit: Unit, language: Language) -> tuple[str, ...]:
    return (
        language.value(step.value, unit) + ("" if step.complete else "*"),
        language.value(step.of_first, "percent"),
        language.value(step.of_previous, "percent"),
        language.value(step.lost, unit),
    )


def _slice(part: Slice, language: Language) -> tuple[str, ...]:
    return tuple(plain(value) if value is not None else language("(none)") for value in part)


def cohort_table(workspace: Workspace, found: Mapping[str, Sequence[CohortRow]], language: Language) -> TextTable:
    """A row per metric and cohort, a column per age with the share still active; `*` marks what is not mature."""
    names = {metric.id: plain(metric.name or metric.id) for metric in workspace.metrics}
    oldest = max((row.age for rows in found.values() for row in rows), default=-1)
    table: list[tuple[str, ...]] = []
    for metric, rows in found.items():
        for cohort in dict.fromkeys(row.cohort for row in rows):
            ages = {row.age: row for row in rows if row.cohort == cohort}
            shares = (_share(ages.get(age), language) for age in range(oldest + 1))
            size = language.value(ages[0].size, "count")
            table.append((names[metric], language.period(cohort.name), size, *shares))
    header = (language("Metric"), language("Cohort"), language("Size"), *map(str, range(oldest + 1)))
    return TextTable(header, tuple(table), left=2, empty=language("There is no metric with cohorts and data."))


def _share(row: CohortRow | None, language: Language) -> str:
    return "" if row is None else language.value(row.share, "percent") + ("" if row.mature else "*")
