"""Sentences about changes: what an edit moved, how two versions of the file differ."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from kpi_tui.language.language import Language
from kpi_tui.report.words import status_words
from kpi_tui.review.status import ATTENTION
from kpi_tui.workspace.differences import Difference
from kpi_tui.workspace.edits import Add, Delete, Set
from kpi_tui.workspace.model import Workspace

if TYPE_CHECKING:  # types only: what is not asked for is not imported
    from kpi_tui.review.goals import GoalResult
    from kpi_tui.review.moved import Moved


def moved_sentence(moved: Moved, workspace: Workspace, language: Language) -> str:
    """What an edit moved: `CAC 1 240 → 1 180; 1 goal changed; CAC under 900 off → at risk`; empty where nothing did."""
    return "; ".join(
        [
            *_metric_parts(moved, workspace, language),
            *_goal_parts(moved, language),
            *_people(moved, workspace, language),
        ]
    )


def difference_words(difference: Difference, language: Language) -> str:
    """One edit as people read it: `goal.turnover.target = 126,000,000`, or that a record came or went."""
    path = ".".join(difference.path)
    match difference:
        case Set(value=None):
            return language("{path}: removed", path=path)
        case Set(value=value):
            shown = language.numbers.all_digits(value) if isinstance(value, Decimal | float) else value
            return f"{path} = {shown}"
        case Add(record=record):
            return language("{path}: added {name}", path=path, name=record.get("id") or record.get("date") or "")
        case Delete():
            return language("{path}: deleted", path=path)


def _metric_parts(moved: Moved, workspace: Workspace, language: Language) -> Iterator[str]:
    metrics = {metric.id: metric for metric in workspace.metrics}
    for move in moved.metrics[:1]:
        metric = metrics[move.metric]
        before, after = (language.value(value, metric.unit) for value in (move.before, move.after))
        yield _step(metric.name or metric.id, before, after, language)
    if len(moved.metrics) > 1:
        yield language.count("{n} more metric changed", "{n} more metrics changed", len(moved.metrics) - 1)


def _goal_parts(moved: Moved, language: Language) -> Iterator[str]:
    if moved.goals:
        yield language.count("{n} goal changed", "{n} goals changed", len(moved.goals))
    if len(moved.flipped) == 1:
        words = status_words(language)
        [(before, after)] = moved.flipped
        yield _step(after.goal.name or after.goal.id, words[before.status], words[after.status], language)
        return
    better = sum(_rank(after) > _rank(before) for before, after in moved.flipped)
    worse = sum(_rank(after) < _rank(before) for before, after in moved.flipped)
    if better:
        yield language.count("{n} better than before", "{n} better than before", better)
    if worse:
        yield language.count("{n} worse than before", "{n} worse than before", worse)


def _rank(result: GoalResult) -> int:
    return ATTENTION.index(result.status)


def _people(moved: Moved, workspace: Workspace, language: Language) -> Iterator[str]:
    for before, after in moved.members[:2]:
        name, currency = after.member.name or after.member.id, workspace.settings.currency
        if before.payout != after.payout:
            yield _step(name, language.money(before.payout, currency), language.money(after.payout, currency), language)
        else:
            yield _step(name, language.value(before.index, "percent"), language.value(after.index, "percent"), language)
    if len(moved.members) > 2:
        yield language.count("{n} more person", "{n} more people", len(moved.members) - 2)


def _step(name: str, before: str, after: str, language: Language) -> str:
    return f"{name} {before} {'->' if language.numbers.ascii else '→'} {after}"
