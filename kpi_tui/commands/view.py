"""The view that `show` was asked for: names, dates and filters checked against the workspace."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import NoReturn, cast

from kpi_tui.commands.asked import Shown
from kpi_tui.errors import UsageError, did_you_mean, text
from kpi_tui.facts.query import Filter
from kpi_tui.loaded import Loaded
from kpi_tui.review.comparison import COMPARISONS
from kpi_tui.review.view import View, metrics_asked
from kpi_tui.workspace.model import Grain, Workspace
from kpi_tui.workspace.naming import called
from kpi_tui.workspace.periods import AnyGrain


def view_of(asked: Shown, loaded: Loaded) -> View:
    """The view that was asked for. Raises `UsageError` for names and dates that are not there."""
    workspace = loaded.workspace
    metrics = [metric.id for metric in workspace.metrics]
    for name in asked.metrics:
        if name not in metrics:
            _refuse_metric(name, metrics)
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
    where = _filter(asked.where, workspace)
    compare = _comparison(asked.compare, loaded)
    if asked.rank is not None and asked.rank not in metrics_asked(workspace, View(metrics=asked.metrics)):
        _refuse_metric(asked.rank, [name for name in metrics if not asked.metrics or name in asked.metrics])
    if (asked.top or asked.rank) and not by:
        raise UsageError(text("--top and --rank need a split"), text("say by what: --by channel"))
    return View(
        cast("AnyGrain", asked.grain or "month"),
        start,
        end,
        by,
        where,
        asked.metrics,
        asked.period,
        compare,
        asked.top,
        asked.rank,
    )


def _refuse_metric(name: str, metrics: Sequence[str]) -> NoReturn:
    listed = text("known: {names}", names=", ".join(metrics)) if metrics else None
    raise UsageError(
        text("{record} does not exist", record=called("metric", name)), did_you_mean(name, metrics) or listed
    )


def _comparison(asked: str | None, loaded: Loaded) -> str:
    if asked is None or asked in COMPARISONS:
        return asked or COMPARISONS[0]
    if loaded.evaluator.calendar.parse(asked) is None:
        raise UsageError(
            text("nothing can be compared with '{asked}'", asked=asked),
            did_you_mean(asked, COMPARISONS) or text("write previous, year, elapsed or a period like 2025-Q4"),
        )
    return asked


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
