"""Workspaces with facts written down in a test, without files: sources are tables in memory."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl
from msgspec.structs import replace

from kpi_tui.errors import Place
from kpi_tui.facts.coverage import coverage
from kpi_tui.facts.table import Table
from kpi_tui.loaded import evaluator_of
from kpi_tui.metrics.evaluate import Evaluator, LeafTables
from kpi_tui.review.goals import GoalResult, judge
from kpi_tui.review.scorecard import Scorecard, evaluate
from kpi_tui.review.view import View
from kpi_tui.workspace.model import Entry, Goal, KpiLine, Member, Metric, Settings, Source, Workspace
from kpi_tui.workspace.periods import Calendar

D = Decimal
Row = Mapping[str, Any]
SALES = Source(id="sales", path="sales.csv", time="date", dimensions=("channel",))
REVENUE = Metric(id="revenue", source="sales", formula="SUM(amount)", unit="money", good="up")
RATE = Metric(id="rate", source="sales", formula="SUM(won) / SUM(leads)", unit="percent", good="up")
JANUARY, DECEMBER = date(2026, 1, 1), date(2026, 12, 31)
_COLUMNS: Mapping[str, pl.DataType] = {
    "date": pl.Date(),
    "channel": pl.String(),
    "amount": pl.Decimal(20, 2),
    "won": pl.Int64(),
    "leads": pl.Int64(),
}


def day(name: str) -> date:
    """2026-`name`."""
    return date.fromisoformat(f"2026-{name}")


def rows_of(start: date, end: date, **cells: Any) -> list[Row]:
    """A row a day from `start` to `end`, both inclusive."""
    return [{"date": start + timedelta(days=n), **cells} for n in range((end - start).days + 1)]


def table(rows: Sequence[Row], source: Source = SALES, calendar: Calendar | None = None) -> Table:
    """The table a source with these rows would give; a column that a row leaves out is missing in it."""
    frame = pl.DataFrame([{**dict.fromkeys(_COLUMNS), **row} for row in rows], schema=dict(_COLUMNS))
    dates = [row["date"] for row in rows]
    first, until = coverage(source, min(dates, default=None), max(dates, default=None), calendar or Calendar())
    return Table(source, frame, first, until, len(rows), 0, (), (source.path,))


def place(path: tuple[str, ...]) -> Place:
    return Place(".".join(path))


def workspace(
    *metrics: Metric, goals: Sequence[Goal] = (), members: Sequence[Member] = (), **settings: Any
) -> Workspace:
    """One source, `sales`, and the metrics over it."""
    return Workspace(
        settings=Settings(**settings), sources=(SALES,), metrics=metrics, goals=tuple(goals), members=tuple(members)
    )


def evaluator(workspace: Workspace, rows: Sequence[Row] | None) -> Evaluator:
    """The evaluator over these rows of `sales`; None: the source is not loaded."""
    tables = {} if rows is None else {"sales": table(rows, workspace.sources[0], Calendar.of(workspace.settings))}
    return evaluator_of(workspace, LeafTables(tables), place)


def scorecard(workspace: Workspace, rows: Sequence[Row] | None, view: View | None = None) -> Scorecard:
    return evaluate(evaluator(workspace, rows), workspace, view or View(), place)


def judged(goal: Goal, metric: Metric, rows: Sequence[Row] | None = None, *, as_of: date | None = None) -> GoalResult:
    """The goal's result over these rows of `sales`."""
    one = workspace(metric, goals=[goal], as_of=as_of)
    return judge(evaluator(one, rows), goal)


def goal(metric: Metric | None, target: Any = None, **keys: Any) -> Goal:
    """A goal of the year 2026 unless `start` and `due` say something else."""
    keys = {"start": JANUARY, "due": DECEMBER, **keys}
    relative = target is None or str(target).endswith(("%", "pp"))
    wanted = target if relative else D(str(target))
    numbers = ("baseline", "low", "high", "done", "commit", "stretch", "weight")
    exact: dict[str, Any] = {
        key: D(str(value)) if key in numbers and value is not None else value for key, value in keys.items()
    }
    exact["targets"] = {name: D(str(value)) for name, value in keys.get("targets", {}).items()}
    return Goal(**{"id": "g", **exact}, metric=metric.id if metric else None, target=wanted)


def typed(*values: tuple[str, Any], **keys: Any) -> Metric:
    """A hand-entered metric `m` with these values on days of 2026."""
    entries = tuple(Entry(date=day(when), value=D(str(value))) for when, value in values)
    return Metric(**{"id": "m", "good": "up", **keys}, entries=entries)


def line(**keys: Any) -> KpiLine:
    numbers = ("plan", "weight", "floor", "cap")
    exact: dict[str, Any] = {key: D(str(value)) if key in numbers else value for key, value in keys.items()}
    return KpiLine(**exact)


def with_metrics(workspace: Workspace, *metrics: Metric) -> Workspace:
    return replace(workspace, metrics=(*workspace.metrics, *metrics))


def about(value: Any, digits: int = 6) -> Any:
    """A value to compare with one computed by hand: a float rounded, an exact one as it is."""
    return round(value, digits) if isinstance(value, float) else value
