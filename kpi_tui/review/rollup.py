"""Objectives: how far their goals are on average, and how the worst of them stands.

Progress is Σ w·p / Σ w and what should be done Σ w·e / Σ w, over the children that have a value, each clamped to
0..1.2. The worst status stands beside them, because an average hides it.
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from msgspec import Struct

from kpi_tui.metrics.answer import Value
from kpi_tui.review.exact import exact, number
from kpi_tui.review.goals import GoalResult
from kpi_tui.review.status import ATTENTION, Status
from kpi_tui.workspace.model import Objective

_MOST = Fraction(12, 10)


class ObjectiveResult(Struct, frozen=True):
    """`counted` children have a value and are averaged; `left_out` have none. Ceilings and guardrails are neither."""

    objective: Objective
    progress: Value
    expected: Value
    worst: Status
    counted: int
    left_out: int


def roll_up(objectives: Sequence[Objective], goals: Sequence[GoalResult]) -> tuple[ObjectiveResult, ...]:
    """The results of all objectives, in the order given. Parents form no cycle (validation sees to it)."""
    done: dict[str, ObjectiveResult] = {}

    def result(objective: Objective) -> ObjectiveResult:
        if objective.id not in done:
            below = [result(child) for child in objectives if child.parent == objective.id]
            done[objective.id] = _result(
                objective, below, [goal for goal in goals if goal.goal.objective == objective.id]
            )
        return done[objective.id]

    return tuple(result(objective) for objective in objectives)


def _result(objective: Objective, below: Sequence[ObjectiveResult], goals: Sequence[GoalResult]) -> ObjectiveResult:
    children = [(Fraction(child.objective.weight), child.progress, child.expected) for child in below]
    children += [(Fraction(g.goal.weight), g.progress, g.expected) for g in goals if g.counts_in_progress]
    valued = [(weight, p, e) for weight, p, e in children if p is not None and e is not None]
    total = sum((weight for weight, _, _ in valued), Fraction(0))
    progress = sum((weight * _clamped(p) for weight, p, _ in valued), Fraction(0))
    expected = sum((weight * _clamped(e) for weight, _, e in valued), Fraction(0))
    statuses = [child.worst for child in below] + [goal.status for goal in goals]
    known = [status for status in statuses if status != "no_data"]
    return ObjectiveResult(
        objective,
        number(progress / total) if total else None,
        number(expected / total) if total else None,
        min(known, key=ATTENTION.index, default="no_data"),
        len(valued),
        len(children) - len(valued),
    )


def _clamped(value: Value) -> Fraction:
    return min(max(exact(value) or Fraction(0), Fraction(0)), _MOST)
