"""Which field of the workspace a cell of a pane edits."""

from __future__ import annotations

from datetime import date

from msgspec.structs import replace

from kpi_tui.tui.desk import Desk
from kpi_tui.tui.fields import Field, fields, nested_record
from kpi_tui.workspace.model import Entry, Metric
from kpi_tui.workspace.naming import names
from kpi_tui.workspace.periods import Period
from kpi_tui.workspace.schema import keys

_GOAL = {"name": "name", "target": "target", "due": "due", "owner": "owner"}
_MEMBER = {"name": "name", "bonus": "bonus", "load": "capacity"}
_LINE = {"weight": "weight", "plan": "plan"}


def editable_field(desk: Desk, key: str | None, column: str | None) -> Field | None:
    """The field behind a cell, None where the cell is computed."""
    kind, _, rest = (key or "").partition(".")
    match kind:
        case "goal":
            goal = next((goal for goal in desk.workspace.goals if goal.id == rest), None)
            if goal is None or (goal.kind == "between" and column == "target"):
                return None
            name = (
                "done"
                if goal.kind == "milestone" and column in ("actual", "target", "done")
                else _GOAL.get(column or "")
            )
            return _field(desk, ("goal", rest), name)
        case "objective":
            return _field(desk, ("objective", rest), "name" if column == "name" else None)
        case "metric" if column == "value":
            return _entry_field(desk, rest, {})
        case "metric":
            return _field(desk, ("metric", rest), "name" if column == "name" else None)
        case "slice" if column == "value":
            metric, _, part = rest.rpartition(".")
            answer = desk.session.scorecard.metrics
            by = dict(zip(answer.question.by, answer.slices[int(part)], strict=True))
            return _entry_field(desk, metric, {name: value or "" for name, value in by.items()})
        case "member":
            return _field(desk, ("member", rest), _MEMBER.get(column or ""))
        case "kpi":
            member, _, line = rest.partition(".")
            field = _field(desk, ("member", member, "kpi", line), _LINE.get(column or ""))
            record = nested_record(desk.workspace, ("member", member, "kpi", line))
            return None if column == "plan" and getattr(record, "metric", None) is None else field
        case _:
            return None


def _field(desk: Desk, path: tuple[str, ...], name: str | None) -> Field | None:
    record = nested_record(desk.workspace, path) if name is not None else None
    if record is None:
        return None
    return next((field for field in fields(desk.workspace, record, path) if field.key.name == name), None)


def _entry_field(desk: Desk, name: str, by: dict[str, str]) -> Field | None:
    """The value of a hand-entered metric in the period looked at: its entry there, or a new one at the period's end."""
    metric = next((metric for metric in desk.workspace.metrics if metric.id == name), None)
    period = desk.context().current
    if metric is None or not metric.is_typed:
        return None
    day = _entry_day(desk, metric, by, period)
    found = next((e for e in metric.entries if e.date == day and e.by == by), None)
    entry = found or Entry(date=day, value=keys(Entry)["value"].shape.blank, by=by)  # type: ignore[arg-type]  # a Decimal
    called = names((entry,))[0]
    value = next(f for f in fields(desk.workspace, entry, ("metric", name, "entries", called)) if f.key.name == "value")
    return value if found is not None else replace(value, path=value.path[:-1], value=None)


def _entry_day(desk: Desk, metric: Metric, by: dict[str, str], period: Period | None) -> date:
    as_of = desk.session.evaluator.as_of or date.today()
    if period is None:
        return as_of
    inside = [entry.date for entry in metric.entries if entry.by == by and entry.date in period]
    return max(inside) if inside else min(period.end, max(as_of, period.start))
