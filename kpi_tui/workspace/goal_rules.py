"""The rules within one goal: what each kind needs, its dates, its levels, its targets by period.

No rule asks for a baseline: whether an increase needs one depends on its metric being a level, which is known only
where formulas are.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Literal

from kpi_tui.errors import text
from kpi_tui.workspace.model import Goal, GoalKind, Workspace
from kpi_tui.workspace.periods import Calendar, Period
from kpi_tui.workspace.rules import empty_scope, not_negative, within
from kpi_tui.workspace.values import Path, Problem

_RELATIVE = re.compile(r"([+-])(\d{1,12}(?:\.\d{1,12})?) ?(%|pp)\Z", re.ASCII)
_NEEDS: Mapping[GoalKind, tuple[str, ...]] = {
    "increase": ("metric", "target", "start", "due"),
    "decrease": ("metric", "target", "start", "due"),
    "at_least": ("metric", "target"),
    "at_most": ("metric", "target"),
    "between": ("metric", "low", "high"),
    "milestone": ("start", "due"),
}
_LEVELS = frozenset(("done", "low", "high"))
_LIMITS = frozenset(("done", "commit", "stretch", "split", "targets"))
_IDLE: Mapping[GoalKind, frozenset[str]] = {
    "increase": _LEVELS,
    "decrease": _LEVELS,
    "at_least": _LIMITS,
    "at_most": _LIMITS,
    "between": _LIMITS | {"baseline", "baseline_period"},
    "milestone": (_LIMITS - {"done"})
    | {"metric", "where", "measure", "baseline", "baseline_period", "target", "low", "high"},
}


def idle_keys(kind: GoalKind) -> frozenset[str]:
    """The keys that a goal of this kind refuses or does not use.

    The limits of one kind of guardrail are not idle in another: they have to be there before the kind can change.
    """
    return _IDLE[kind]


def problems(workspace: Workspace) -> Iterator[Problem]:
    """Everything wrong within single goals."""
    settings = workspace.settings
    # A wrong month is a problem of its own: then no period can be named.
    calendar = Calendar.of(settings) if 1 <= settings.fiscal_year_start <= 12 else None
    for index, goal in enumerate(workspace.goals):
        path: Path = ("goal", index)
        yield from _kind(goal, path)
        yield from _dates(goal, path)
        yield from _target(goal, path, calendar)
        yield from _targets(goal, path, calendar)
        yield from not_negative(goal.weight, (*path, "weight"))
        yield from within(goal.done, 0, 1, (*path, "done"))
        yield from empty_scope(goal.where, (*path, "where"))
        for number, checkin in enumerate(goal.checkins):
            yield from within(checkin.confidence, 0, 10, (*path, "checkin", number, "confidence"))


def relative_target(target: str) -> tuple[Decimal, Literal["percent", "points"]] | None:
    """What `+20%` (20, of the baseline) or `-5pp` (-5, percentage points) asks for; None for anything else."""
    found = _RELATIVE.match(target)
    if found is None:
        return None
    return Decimal(found[1] + found[2]), "percent" if found[3] == "%" else "points"


def _kind(goal: Goal, path: Path) -> Iterator[Problem]:
    for key in _NEEDS[goal.kind]:
        if getattr(goal, key) is None:
            what = text("a goal of kind '{kind}' needs '{key}'", kind=goal.kind, key=key)
            yield Problem((*path, key), what, text("add {key} = ...", key=key), because=("kind",))
    if goal.kind == "milestone":
        for key in ("metric", "target"):
            if getattr(goal, key) is not None:
                what = text("a milestone has no '{key}'", key=key)
                cure = text("remove it; 'done' says how far it is")
                yield Problem((*path, key), what, cure, because=("kind",))
    if goal.low is not None and goal.high is not None and goal.low >= goal.high:
        yield Problem((*path, "low"), text("'low' must be below 'high'"), because=("high",))


def _dates(goal: Goal, path: Path) -> Iterator[Problem]:
    if goal.start is not None and goal.due is not None and goal.start > goal.due:
        what = text("the goal is due on {due}, before it starts on {start}", due=goal.due, start=goal.start)
        yield Problem((*path, "due"), what, text("correct one of them"), because=("start",))


def _target(goal: Goal, path: Path, calendar: Calendar | None) -> Iterator[Problem]:
    if goal.baseline is not None and goal.baseline_period is not None:
        what = text("'baseline' and 'baseline_period' exclude each other")
        yield Problem((*path, "baseline_period"), what, text("remove one of them"), because=("baseline",))
    if goal.baseline_period is not None and calendar and calendar.parse(goal.baseline_period) is None:
        yield _no_period(goal.baseline_period, (*path, "baseline_period"))
    if isinstance(goal.target, str):
        if relative_target(goal.target) is None:
            what = text("'{target}' is not a target", target=goal.target)
            number = re.match(r"[+-]?\d+(\.\d+)?\Z", goal.target, re.ASCII)
            cure = text("write a number, or +20%, -10% or +5pp of the baseline")
            bare = text("write {value} without quotes", value=goal.target)
            yield Problem((*path, "target"), what, bare if number else cure)
        elif goal.baseline is None and goal.baseline_period is None:
            what = text("the target {target} needs a baseline", target=goal.target)
            cure = text("add baseline = ... or baseline_period = ...")
            yield Problem((*path, "target"), what, cure, because=("baseline", "baseline_period"))


def _targets(goal: Goal, path: Path, calendar: Calendar | None) -> Iterator[Problem]:
    path = (*path, "targets")
    if goal.split == "by_hand" and not goal.targets:
        what = text("the split 'by_hand' needs 'targets'")
        yield Problem(path, what, text("add {example}", example="targets = { 2026-Q1 = ... }"), because=("split",))
    if calendar is None:
        return
    periods: list[Period] = []
    for name in goal.targets:
        period = calendar.parse(name)
        if period is None:
            yield _no_period(name, (*path, name))
            continue
        if (goal.start and period.start < goal.start) or (goal.due and period.end > goal.due):
            what = text("{period} is not wholly between the goal's start and due", period=name)
            yield Problem((*path, name), what, text("name periods between them"), because=("start", "due"))
        for other in periods:
            if period.start <= other.end and other.start <= period.end:
                what = text("{period} overlaps {other}", period=name, other=other.name)
                yield Problem((*path, name), what, text("set the target of one of them"))
        periods.append(period)


def _no_period(name: str, path: Path) -> Problem:
    what = text("'{name}' is not the name of a period", name=name)
    return Problem(path, what, text("write it like 2026, 2026-Q4, 2026-11, 2026-W46 or 2026-11-14"))
