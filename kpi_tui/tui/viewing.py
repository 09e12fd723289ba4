"""How the desk is looked at: period, grain, split, comparison; and which metric a row is about. No screen."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from itertools import combinations
from typing import TYPE_CHECKING

from msgspec.structs import replace

from kpi_tui.errors import Text, text
from kpi_tui.workspace.naming import names

if TYPE_CHECKING:
    from kpi_tui.review.view import View
    from kpi_tui.tui.desk import Desk
    from kpi_tui.workspace.model import Grain, KpiLine, Scope

GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
NO_SPLIT = "—"
RANKED = "ranked"
_PAIR = " + "
_TOPS = (3, 5, 10, 20)
_BASELINES = 40  # periods of one length that are offered to compare with
_COMPARISONS: Mapping[str, Text] = {
    "previous": text("period before"),
    "year": text("year before"),
    "elapsed": text("as many days before"),
}


def look(desk: Desk, view: View) -> None:
    """Another view; the period looked at stays the same stretch of time as far as it can."""
    periods, index = desk.session.scorecard.periods, desk.period
    end = periods[index].end if index is not None and index < len(periods) else None
    desk.session.look(view)
    after = desk.session.scorecard.periods
    desk.period = next((i for i, period in enumerate(after) if end is not None and end <= period.end), None)


def step_period(desk: Desk, step: int) -> bool:
    """A period further; False where there is none."""
    count = len(desk.session.scorecard.periods)
    if desk.period is None or not 0 <= desk.period + step < count:
        return False
    desk.period += step
    return True


def step_grain(desk: Desk, step: int) -> None:
    """The next longer (shorter) periods, where there are any."""
    view = desk.session.view
    place = GRAINS.index(view.grain) + step if view.grain != "all" else -1
    if 0 <= place < len(GRAINS):
        look(desk, replace(view, grain=GRAINS[place]))


def dimensions(desk: Desk) -> list[str]:
    """The dimensions of all sources."""
    return sorted({name for source in desk.workspace.sources for name in source.dimensions})


def splits(desk: Desk) -> list[str]:
    """What metrics can be split by: one dimension or two."""
    known = dimensions(desk)
    return [*known, *(_PAIR.join(pair) for pair in combinations(known, 2))]


def split_by(desk: Desk, picked: str) -> tuple[str, ...]:
    """Split by what was picked of `splits` (or `NO_SPLIT`); the dimensions."""
    by = () if picked == NO_SPLIT else tuple(picked.split(_PAIR))
    look(desk, replace(desk.session.view, by=by))
    return by


def split_now(desk: Desk) -> str:
    """The split that is shown, as `splits` names it."""
    return _PAIR.join(desk.session.view.by) or NO_SPLIT


def comparisons(desk: Desk) -> list[tuple[str, Text | str]]:
    """What numbers can be compared with: value of the view and name; periods are named by themselves."""
    from kpi_tui.review.comparison import COMPARISONS

    named: list[tuple[str, Text | str]] = [(value, comparison_name(value)) for value in COMPARISONS]
    periods = desk.session.scorecard.periods
    view, calendar = desk.session.view, desk.session.evaluator.calendar
    if not periods or periods[0].start == date.min:
        return named
    longer = GRAINS[GRAINS.index(view.grain) :] if view.grain != "all" else GRAINS[2:]
    for grain in reversed(longer):
        found = list(calendar.periods(periods[0].start, periods[-1].end, grain))
        named += [(period.name, period.name) for period in reversed(found[-_BASELINES:])]
    return named


def comparison_name(comparison: str) -> Text | str:
    """What a comparison is called; a fixed period by its own name."""
    return _COMPARISONS.get(comparison, comparison)


def compare(desk: Desk, picked: str) -> None:
    """Compare with what was picked of `comparisons`."""
    look(desk, replace(desk.session.view, compare=picked))


def cuts() -> list[tuple[str, Text]]:
    """How many slices of a split can be shown: the value of the view's `top` and its name."""
    tops = [(str(n), text("the {n} highest, the rest together", n=n)) for n in _TOPS]
    bottoms = [(str(-n), text("the {n} lowest, the rest together", n=n)) for n in _TOPS]
    return [("0", text("all, by name")), (RANKED, text("all, the highest first")), *tops, *bottoms]


def cut(desk: Desk, picked: str, rank: str | None) -> None:
    """Show what was picked of `cuts`, ranked by a metric."""
    top = 0 if picked == RANKED else int(picked)
    look(desk, replace(desk.session.view, top=top, rank=rank if picked != "0" else None))


def cut_now(desk: Desk) -> str:
    """What is shown of the split, as `cuts` names it."""
    view = desk.session.view
    return RANKED if view.rank is not None and not view.top else str(view.top)


def metric_of(desk: Desk, key: str | None) -> str | None:
    """The metric behind a row."""
    kind, _, rest = (key or "").partition(".")
    return _metric_of(desk, kind, rest)[0]


def _metric_of(desk: Desk, kind: str, rest: str) -> tuple[str | None, int | None]:
    """The metric behind a row, and its slice."""
    match kind:
        case "metric" | "other":
            return rest, None
        case "slice":
            name, _, part = rest.rpartition(".")
            return name, int(part)
        case "goal":
            return next((goal.metric for goal in desk.workspace.goals if goal.id == rest), None), None
        case _:
            return None, None


def seen_under(desk: Desk, key: str | None) -> tuple[str | None, dict[str, str]]:
    """The metric behind a row, and the one value of each dimension that its number is of: slice, filter, the scope of a
    goal or of a matrix's line.

    A dimension of which several values are asked is none of it; an empty text is the missing value.
    """
    kind, _, rest = (key or "").partition(".")
    metric, part = _metric_of(desk, kind, rest)
    scope: dict[str, str] = {}
    for name, values in desk.session.view.where:
        if len(values) == 1:
            scope[name] = values[0] or ""
    if kind == "slice" and part is not None:
        answer = desk.session.scorecard.metrics
        scope |= {name: value or "" for name, value in zip(answer.question.by, answer.slices[part], strict=True)}
    goal = next((goal for goal in desk.workspace.goals if kind == "goal" and goal.id == rest), None)
    if goal is not None:
        scope = _single(goal.where)
    line = _line_of(desk, rest) if kind == "kpi" else None
    if line is not None:
        judged = next((each for each in desk.workspace.goals if each.id == line.goal), None)
        of = judged or line
        metric, scope = of.metric, _single(of.where)
    return metric, scope


def last_day_of(desk: Desk, key: str | None) -> date | None:
    """The last day of the period that the row's number is of, where that is not the period looked at: a matrix's."""
    kind, _, rest = (key or "").partition(".")
    member = rest.partition(".")[0]
    found = (each.period for each in desk.session.scorecard.team if kind == "kpi" and each.member.id == member)
    period = next(found, None)
    return period.end if period is not None else None


def _line_of(desk: Desk, rest: str) -> KpiLine | None:
    """The line of a matrix by `member.line`."""
    member, _, name = rest.partition(".")
    person = next((each for each in desk.workspace.members if each.id == member), None)
    return dict(zip(names(person.kpis), person.kpis, strict=True)).get(name) if person is not None else None


def _single(where: Scope) -> dict[str, str]:
    """Of a scope the dimensions that have one value."""
    return {name: value for name, value in where.items() if isinstance(value, str)}
