"""How someone looks at the workspace: grain, range, split, filter, comparison, ranking.

The screen and the command line build the same one.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from msgspec import Struct

from kpi_tui.errors import Text, did_you_mean, text
from kpi_tui.facts.query import Filter
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.workspace.model import Workspace
from kpi_tui.workspace.periods import AnyGrain


class View(Struct, frozen=True):
    """`start` and `end` are inclusive; `metrics` empty means all; `bonus_period` names the team's period (default: the
    last complete). `compare` is `previous`, `year`, `elapsed` or the name of a period (see `comparison`); `top` keeps
    so many slices of a split (negative: so many from the bottom; 0: all) by the metric `rank` (default: the first
    shown) and gathers the rest.
    """

    grain: AnyGrain = "month"
    start: date | None = None
    end: date | None = None
    by: tuple[str, ...] = ()
    where: Filter = ()
    metrics: tuple[str, ...] = ()
    bonus_period: str | None = None
    compare: str = "previous"
    top: int = 0
    rank: str | None = None


def metrics_asked(workspace: Workspace, view: View) -> tuple[str, ...]:
    """The metrics a view shows, in the file's order."""
    return tuple(metric.id for metric in workspace.metrics if not view.metrics or metric.id in view.metrics)


def unknown_values(
    evaluator: Evaluator, metrics: tuple[str, ...], where: Filter
) -> Iterator[tuple[str, str, Text | None]]:
    """Dimension, value and cure of each part of a filter that no row and no entry behind these metrics has."""
    for name, wanted in where:
        answer = evaluator.ask(Question(metrics, by=(name,)))
        seen = {part[0] for part in answer.slices}
        for value in wanted:
            if seen and value is not None and value not in seen:
                yield name, value, did_you_mean(value, [other for other in seen if other is not None])


def no_such_value(dimension: str, value: str) -> Text:
    """What is said of a value that no row has."""
    return text("no row has '{value}' as its {dimension}", value=value, dimension=dimension)
