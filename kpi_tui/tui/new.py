"""What a new record holds at first: always valid, with sensible dates and a target a person would begin from."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from kpi_tui.tui.panes.context import Context
from kpi_tui.workspace.model import Metric
from kpi_tui.workspace.periods import Period

_LETTERS = dict(zip("абвгдеёжзийклмнопрстуфхцчшщъыьэюя", (
    ["a", "b", "v", "g", "d", "e", "e", "zh", "z", "i", "y", "k", "l", "m", "n", "o", "p", "r", "s", "t",
     "u", "f", "kh", "ts", "ch", "sh", "sch", "", "y", "", "e", "yu", "ya"]
), strict=True))  # fmt: skip

Record = dict[str, object]


def identity(name: str, taken: Iterable[str], fallback: str) -> str:
    """An id from a name: small Latin letters (Cyrillic ones transliterated), digits and _, not taken yet."""
    latin = "".join(_LETTERS.get(letter, letter) for letter in name.casefold())
    stem = re.sub(r"[^a-z0-9]+", "_", latin).strip("_").lstrip("0123456789_")[:40] or fallback
    known, number, made = set(taken), 2, stem
    while made in known:
        made, number = f"{stem}_{number}", number + 1
    return made


def new_goal(context: Context, identity: str, name: str, metric: Metric | None, objective: str | None) -> Record:
    """A goal of the current fiscal year, ten per cent better than the year before, or than now where that is not known;
    without a metric a milestone.
    """
    year = this_year(context)
    record: Record = {"id": identity, "name": name, "objective": objective, "start": year.start, "due": year.end}
    if metric is None:
        return {**_present(record), "kind": "milestone", "done": Decimal(0)}
    falls = metric.good == "down"
    record |= {"metric": metric.id, "kind": "decrease" if falls else "increase"}
    return _present(record | _target(context, metric.id, year, better="-10%" if falls else "+10%"))


def _target(context: Context, metric: str, year: Period, *, better: str) -> Record:
    """A target relative to the year before; where that is not known, a number to begin from and today's as baseline,
    for a sum what the year comes to at the pace so far.
    """
    before = context.evaluator.calendar.previous(year, "year")
    adds_up, first = context.evaluator.plan.metrics[metric].is_flow, context.evaluator.first(metric)
    is_whole = not adds_up or (first is not None and first <= before.start)  # some months are no year to compare with
    if is_whole and context.evaluator.value(metric, before.start, before.end) is not None:
        return {"baseline_period": before.name, "target": better}
    today = _today(context)
    now = context.evaluator.value(metric, year.start, today)
    if now is not None and adds_up:  # the year's, had it all gone as until now
        now = _estimate(float(now) * year.days / max(1, (today - year.start).days + 1))
    if now is None or now == 0:
        return {"baseline": Decimal(0), "target": Decimal(1)}
    return {"baseline": _decimal(now), "target": better}


def new_metric(identity: str, name: str, source: str | None) -> Record:
    """A metric entered by hand, or over a source: its rows counted, until the formula is written.

    One entered by hand that has the name of a KPI of the catalogue is what that is, so that others can build on it.
    """
    if source is None:
        from kpi_tui.metrics.catalogue import found  # asked for by one key, not by every start
        from kpi_tui.metrics.proposing import typed_as

        kpi = next((each for each in found(name) if each.rank(name) == 0), None)
        if kpi is None:
            return {"id": identity, "name": name, "unit": "percent", "good": "up"}
        at = typed_as(kpi)
        return {"id": identity, "name": name, "unit": kpi.unit, "good": kpi.good, **({"at": at} if at else {})}
    return {"id": identity, "name": name, "source": source, "formula": "COUNT(*)", "unit": "count", "good": "up"}


def new_record(context: Context, path: tuple[str, ...]) -> Record | None:
    """A new record for the list at `path` inside another record; None where there is nothing to refer to."""
    match path:
        case ("metric", metric, "entries"):
            return new_entry(context, metric)
        case ("goal", _, "checkin"):
            return {"date": _today(context)}
        case (*_, "steps"):
            return {"from": Decimal(1), "score": Decimal(1)}
        case _:
            return None


def new_entry(context: Context, metric: str) -> Record:
    """An entry for the first free day from the date of the data on, with the last value."""
    entries = context.metric(metric).entries
    taken = {entry.date for entry in entries if not entry.by}
    day = _today(context)
    while day in taken:
        day = date.fromordinal(day.toordinal() + 1)
    last = max((e for e in entries if not e.by), key=lambda e: e.date, default=None)
    return {"date": day, "value": last.value if last is not None else Decimal(0)}


def new_line(context: Context, kind: str, identity: str) -> Record:
    """A line of a matrix on a `goal`, or on a `metric` with a plan of its own: about what the bonus period came to, so
    that a line just added moves no bonus far.
    """
    plan = {"plan": _fact_of(context, identity)} if kind == "metric" else {}
    return {kind: identity, **plan, "weight": Decimal(10)}


def _fact_of(context: Context, metric: str) -> Decimal:
    period = next((each.period for each in context.scorecard.team if each.period is not None), None)
    fact = context.evaluator.value(metric, period.start, period.end) if period is not None else None
    return _decimal(_estimate(float(fact))) if fact else Decimal(1)


def _estimate(value: float) -> float:
    """With the four digits that an estimate is worth."""
    return float(f"{value:.4g}")


def _decimal(value: object) -> Decimal:
    return Decimal(str(value)).quantize(Decimal("0.0001")).normalize() + Decimal(0)


def this_year(context: Context) -> Period:
    """The fiscal year of the data."""
    return context.evaluator.calendar.period(_today(context), "year")


def _today(context: Context) -> date:
    """The date of the data; of the calendar where there are none yet: a default to type over, never a figure."""
    return context.evaluator.as_of or date.today()


def _present(record: Record) -> Record:
    return {name: value for name, value in record.items() if value not in (None, "")}
