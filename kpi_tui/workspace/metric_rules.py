"""The rules of a metric's kind: a metric is one kind of thing, lengths of time can be read, events have dates."""

from __future__ import annotations

from collections.abc import Iterator

from kpi_tui.errors import text
from kpi_tui.workspace import durations
from kpi_tui.workspace.model import Conversion, Funnel, Metric, Retention, Workspace
from kpi_tui.workspace.values import Path, Problem

KINDS = ("conversion", "retention", "acquisition", "repeat", "funnel")
MOST_AFTER = 1_000  # periods that a retention looks back


def problems(metric: Metric, workspace: Workspace, path: Path) -> Iterator[Problem]:
    """Everything wrong with the keys that make a metric more than a formula or entries."""
    yield from _durations(metric, path)
    kinds = [key for key in KINDS if getattr(metric, key) is not None]
    if not kinds:
        return
    said = [key for key in ("formula", "entries") if getattr(metric, key)]
    for key in (*said, *kinds[1:]):
        what = text("a metric is either '{one}' or '{other}', not both", one=kinds[0], other=key)
        yield Problem((*path, key), what, text("remove one of them"), because=(kinds[0],))
    for key in ("at", "source"):
        if getattr(metric, key) is not None:
            what = text("'{key}' means nothing beside '{kind}'", key=key, kind=kinds[0])
            yield Problem((*path, key), what, text("remove it"), because=(kinds[0],))
    yield from _events(metric, workspace, path)
    if metric.funnel is not None:
        yield from _funnel(metric, metric.funnel, path)


def _durations(metric: Metric, path: Path) -> Iterator[Problem]:
    if metric.window is not None and metric.to_date is not None:
        what = text("a metric has either 'window' or 'to_date', not both")
        yield Problem((*path, "to_date"), what, text("remove one of them"), because=("window",))
    for key, typed in (("window", metric.window), ("offset", metric.offset)):
        yield from _duration(typed, (*path, key))


def _duration(typed: str | None, path: Path) -> Iterator[Problem]:
    if typed is not None and durations.parse(typed) is None:
        what = text("'{typed}' is not a length of time", typed=typed)
        yield Problem(path, what, text("write a number and days, weeks, months, quarters or years, such as 28 days"))


def _events(metric: Metric, workspace: Workspace, path: Path) -> Iterator[Problem]:
    events = metric.events
    if events is None:
        return
    key = next(key for key in KINDS if getattr(metric, key) is events)
    if not events.entity:
        what = text("'{key}' is empty", key="entity")
        yield Problem((*path, key, "entity"), what, text("name the column that says who it was, such as customer_id"))
    if isinstance(events, Conversion):
        yield from _duration(events.within, (*path, key, "within"))
        sides = [(events.base.source, "base"), (events.converted.source, "converted")]
    else:
        sides = [(events.source, "")]
    undated = {source.id for source in workspace.sources if source.time is None}
    for source, side in sides:
        if source in undated:
            at = (*path, key, side, "source") if side else (*path, key, "source")
            what = text("source '{source}' has no time column, so its events have no order", source=source)
            yield Problem(at, what, text("set `time` of the source"))
    if isinstance(events, Retention) and not 1 <= events.after <= MOST_AFTER:
        what = text("'{key}' must be from {low} to {high}", key="after", low=1, high=MOST_AFTER)
        yield Problem((*path, key, "after"), what)


def _funnel(metric: Metric, funnel: Funnel, path: Path) -> Iterator[Problem]:
    at = (*path, "funnel", "steps")
    if metric.where:
        what = text("'{key}' means nothing beside '{kind}'", key="where", kind="funnel")
        yield Problem((*path, "where"), what, text("put it on the metrics of the steps"), because=("funnel",))
    if len(funnel.steps) < 2:
        yield Problem(at, text("a funnel needs at least two steps"), text("name metrics in the order people pass them"))
    for name in sorted({name for name in funnel.steps if funnel.steps.count(name) > 1}):
        yield Problem(at, text("the step '{name}' is named twice", name=name), text("name each metric once"))
    if metric.id in funnel.steps:
        yield Problem(at, text("a funnel cannot be a step of itself"), text("name other metrics"))
