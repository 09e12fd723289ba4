"""How someone looks at the workspace: grain, range, split, filter.

The screen and the command line build the same one.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from kpi_tui.facts.query import Filter
from kpi_tui.workspace.periods import AnyGrain


@dataclass(frozen=True, slots=True)
class View:
    """`start` and `end` are inclusive; `metrics` empty means all; `bonus_period` names the team's period (default: the
    last complete).
    """

    grain: AnyGrain = "month"
    start: date | None = None
    end: date | None = None
    by: tuple[str, ...] = ()
    where: Filter = ()
    metrics: tuple[str, ...] = ()
    bonus_period: str | None = None
