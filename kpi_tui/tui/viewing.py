"""How the desk is looked at: period, grain, split, filter; and what a row's number is made of. No screen in here."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

from kpi_tui.errors import Text, text
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.explain import Explanation, explain
from kpi_tui.review.view import View
from kpi_tui.tui.desk import Desk
from kpi_tui.workspace.model import Grain

GRAINS: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")
NO_SPLIT = "—"
_PAIR = " + "


def look(desk: Desk, view: View) -> None:
    """Another view; the period looked at stays the same stretch of time as far as it can."""
    periods, index = desk.session.scorecard.metrics.periods, desk.period
    end = periods[index].end if index is not None and index < len(periods) else None
    desk.session.look(view)
    after = desk.session.scorecard.metrics.periods
    desk.period = next((i for i, period in enumerate(after) if end is not None and end <= period.end), None)


def step_period(desk: Desk, step: int) -> bool:
    """A period further; False where there is none."""
    count = len(desk.session.scorecard.metrics.periods)
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


def filter_text(desk: Desk) -> str:
    """The filter of data as it is typed: `channel=Email; region=Moscow`."""
    where = desk.session.view.where
    return "; ".join(f"{name}={value or ''}" for name, values in where for value in values)


def filter_data(desk: Desk, typed: str) -> bool:
    """Filter the data by `channel=Email; region=Moscow`; False, and no filter, where nothing names a dimension."""
    known = dimensions(desk)
    where: dict[str, list[str | None]] = {}
    for part in typed.split(";"):
        name, equals, value = part.partition("=")
        if equals and name.strip() in known:
            where.setdefault(name.strip(), []).append(value.strip() or None)
    look(desk, replace(desk.session.view, where=tuple((name, tuple(values)) for name, values in sorted(where.items()))))
    return bool(where)


def explained(desk: Desk, key: str | None) -> Explanation | Text:
    """Where the number of a row comes from, or why there is none to explain."""
    context = desk.context()
    kind, _, rest = (key or "").partition(".")
    metric, part = _metric_of(desk, kind, rest)
    if metric is None or context.current is None:
        return text("there is no number to explain here")
    view, split = desk.session.view, kind == "slice"
    names = context.scorecard.metrics.slices[part] if split and part is not None else ()
    question = Question((metric,), view.grain, view.start, view.end, view.by if split else (), view.where)
    found = explain(context.evaluator, question, metric, context.current, names)
    return found if found is not None else text("this metric has no value in this period")


def _metric_of(desk: Desk, kind: str, rest: str) -> tuple[str | None, int | None]:
    """The metric behind a row, and its slice."""
    match kind:
        case "metric":
            return rest, None
        case "slice":
            name, _, part = rest.rpartition(".")
            return name, int(part)
        case "goal":
            return next((goal.metric for goal in desk.workspace.goals if goal.id == rest), None), None
        case _:
            return None, None
