"""What no single value can show: ids used twice, references to nothing, circles. The rules within one record are in
`rules.py` and `goal_rules.py`.

`problems` is the one list of checks that both the reading of a file and every edit go through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from kpi_tui.errors import Finding, did_you_mean, text
from kpi_tui.workspace import goal_rules, naming, rules
from kpi_tui.workspace.model import Workspace
from kpi_tui.workspace.places import Places
from kpi_tui.workspace.references import references
from kpi_tui.workspace.values import Problem


def check(workspace: Workspace, places: Places) -> list[Finding]:
    """Everything that is wrong with a workspace in itself, with the places of its file."""
    records = naming.paths(workspace)
    return [finding(problem, naming.named(records, problem.path), places) for problem in problems(workspace)]


def finding(problem: Problem, path: tuple[str, ...], places: Places) -> Finding:
    """The problem with its place and the record it is about; `path` is its path by names."""
    return Finding(places.place(path), problem.what, problem.cure, naming.subject(path))


def problems(workspace: Workspace) -> list[Problem]:
    """The same without places; paths have indices: ``("goal", 3, "metric")``."""
    return [
        *_ids_used_twice(workspace),
        *_dangling(workspace),
        *_circles(workspace),
        *rules.problems(workspace),
        *goal_rules.problems(workspace),
    ]


def _identified(workspace: Workspace) -> Mapping[str, Sequence[str]]:
    """The ids of every kind, in the file's order."""
    return {
        "source": [source.id for source in workspace.sources],
        "metric": [metric.id for metric in workspace.metrics],
        "objective": [objective.id for objective in workspace.objectives],
        "goal": [goal.id for goal in workspace.goals],
        "member": [member.id for member in workspace.members],
        "adjustment": [adjustment.id for adjustment in workspace.adjustments],
    }


def _ids_used_twice(workspace: Workspace) -> Iterator[Problem]:
    for kind, ids in _identified(workspace).items():
        seen: set[str] = set()
        for index, identity in enumerate(ids):
            if identity in seen:
                what = text("the id '{id}' is used twice", id=identity)
                yield Problem((kind, index, "id"), what, text("give one of them another id"))
            seen.add(identity)


def _dangling(workspace: Workspace) -> Iterator[Problem]:
    known = _identified(workspace)
    sets = {kind: frozenset(ids) for kind, ids in known.items()}
    for path, kind, target in references(workspace):
        if target not in sets[kind]:
            what = text("{record} does not exist", record=naming.called(kind, target))
            others = [name for name in known[kind] if name]
            listed = text("known: {names}", names=", ".join(others[:8])) if others else None
            cure = did_you_mean(target, known[kind]) or listed or text("add it as [[{kind}]]", kind=kind)
            yield Problem(path, what, cure)


def _circles(workspace: Workspace) -> Iterator[Problem]:
    parents = {objective.id: objective.parent for objective in workspace.objectives}
    for index, objective in enumerate(workspace.objectives):
        if circle := _circle(objective.id, parents.get):
            what = text("the parents go in a circle: {circle}", circle=" -> ".join(circle))
            yield Problem(("objective", index, "parent"), what, text("give one of them another parent or none"))
    leaders = {member.id: member.reports_to for member in workspace.members}
    for index, member in enumerate(workspace.members):
        if circle := _circle(member.id, leaders.get):
            what = text("they report to each other in a circle: {circle}", circle=" -> ".join(circle))
            yield Problem(
                ("member", index, "reports_to"), what, text("let one of them report to someone else or no one")
            )


def _circle(start: str, above: Callable[[str], str | None]) -> list[str] | None:
    """The way from `start` up that leads back to it, said once a circle: at its smallest member."""
    way, at = [start], above(start)
    while at is not None and at not in way:
        way.append(at)
        at = above(at)
    return [*way, start] if at == start == min(way) else None
