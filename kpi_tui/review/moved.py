"""What an edit moved: the difference of two scorecards, as the status line and `set` tell it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

from msgspec import Struct

from kpi_tui.metrics.answer import Answer, Value
from kpi_tui.review.goals import GoalResult
from kpi_tui.review.scorecard import Scorecard
from kpi_tui.review.team import MemberResult

_Result = TypeVar("_Result", GoalResult, MemberResult)


class MetricMove(Struct, frozen=True):
    """A metric's total in the latest period shown, before and after."""

    metric: str
    before: Value
    after: Value


class Moved(Struct, frozen=True):
    """Everything that is not as it was; `goals` and `members` are pairs of results before and after."""

    metrics: tuple[MetricMove, ...] = ()
    goals: tuple[tuple[GoalResult, GoalResult], ...] = ()
    members: tuple[tuple[MemberResult, MemberResult], ...] = ()

    @property
    def flipped(self) -> tuple[tuple[GoalResult, GoalResult], ...]:
        """The goals whose status changed."""
        return tuple((before, after) for before, after in self.goals if before.status != after.status)


def moved(before: Scorecard, after: Scorecard) -> Moved:
    """Compare what is in both; what was added or deleted is not said here."""
    return Moved(
        tuple(_metric_moves(before, after)),
        tuple(_pairs({r.goal.id: r for r in before.goals}, {r.goal.id: r for r in after.goals})),
        tuple(_pairs({r.member.id: r for r in before.team}, {r.member.id: r for r in after.team})),
    )


def _metric_moves(before: Scorecard, after: Scorecard) -> list[MetricMove]:
    if before.view != after.view:
        return []
    was, now = _latest(before.metrics), _latest(after.metrics)
    return [MetricMove(name, was[name], now[name]) for name in now if name in was and was[name] != now[name]]


def _latest(answer: Answer) -> dict[str, Value]:
    if answer.question.by or not answer.periods or not answer.slices:
        return {}
    return {name: answer.value(name, len(answer.periods) - 1) for name in answer.values}


def _pairs(before: Mapping[str, _Result], after: Mapping[str, _Result]) -> Iterator[tuple[_Result, _Result]]:
    for name, result in after.items():
        if name in before and _shown(before[name]) != _shown(result):
            yield before[name], result


def _shown(result: GoalResult | MemberResult) -> tuple[object, ...]:
    """The figures of a result: its name or a note may change without moving anything."""
    if isinstance(result, MemberResult):
        return result.index, result.payout, result.complete, result.lines and [line.score for line in result.lines]
    return result.actual, result.target, result.plan_to_date, result.progress, result.attainment, result.status
