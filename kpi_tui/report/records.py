"""Scorecard -> flat records with full precision: what `show --format json` and `csv` print. No locale, no rounding.

The keys are a contract: scripts depend on them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING

from kpi_tui.workspace.model import Workspace

if TYPE_CHECKING:  # types only: what is not asked for is not imported
    from kpi_tui.review.goals import GoalResult
    from kpi_tui.review.ranking import Breakdown, Part
    from kpi_tui.review.rollup import ObjectiveResult
    from kpi_tui.review.team import MemberResult

Record = dict[str, object]

METRIC_COLUMNS = ("metric", "period", "start", "end", "complete")
VALUE_COLUMNS = ("value", "unit")
CHANGE_COLUMNS = ("against", "change", "change_percent")  # only where a comparison was asked for
PART_COLUMNS = ("part",)  # only where a split was cut to its top or bottom

_AFTER_DIMENSIONS = (*VALUE_COLUMNS, *CHANGE_COLUMNS, *PART_COLUMNS)


def dimension_column(name: str) -> str:
    """A dimension's column in CSV: its name, with `by.` before it where a column of that name is there already."""
    return f"by.{name}" if name in (*METRIC_COLUMNS, *_AFTER_DIMENSIONS) or name.startswith("by.") else name


def metric_records(workspace: Workspace, shown: Breakdown) -> Iterator[Record]:
    """One record per metric, period and slice."""
    answer = shown.answer
    units = {metric.id: metric.unit for metric in workspace.metrics}
    for metric in answer.question.metrics:
        for index, period in enumerate(answer.periods):
            for part in shown.parts:
                record: Record = {
                    "metric": metric,
                    "period": period.name,
                    "start": _known(period.start),
                    "end": _known(period.end),
                    "complete": answer.complete[metric][index],
                    "by": _by(answer.question.by, part),
                    "value": part.value(metric, period),
                    "unit": units[metric],
                }
                if shown.comparison is not None:
                    change = shown.change(metric, period, part)
                    record["against"] = change.against if change else None
                    record["change"] = change.change if change else None
                    record["change_percent"] = change.relative(units[metric]) if change else None
                if shown.cut:
                    record["part"] = part.kind
                yield record


def _by(dimensions: Sequence[str], part: Part) -> dict[str, str | None]:
    if part.kind == "slice":
        return dict(zip(dimensions, part.names, strict=True))
    return dict.fromkeys(dimensions, f"({part.kind})")


def goal_records(goals: Sequence[GoalResult], objectives: Sequence[ObjectiveResult]) -> Iterator[Record]:
    """One record per goal, then one per objective."""
    for result in goals:
        goal = result.goal
        yield {
            "goal": goal.id,
            "parent": goal.objective,
            "metric": goal.metric,
            "baseline": result.baseline,
            "target": result.target,
            "actual": result.actual,
            "progress": result.progress,
            "expected": result.expected,
            "attainment": result.attainment,
            "pace": result.pace,
            "status": result.status,
            "rule": str(result.verdict.rule),
            "start": goal.start,
            "due": goal.due,
            "owner": goal.owner,
        }
    for objective in objectives:
        yield {
            "objective": objective.objective.id,
            "parent": objective.objective.parent,
            "progress": objective.progress,
            "expected": objective.expected,
            "worst": objective.worst,
            "counted": objective.counted,
            "left_out": objective.left_out,
        }


def team_records(team: Sequence[MemberResult], currency: str) -> Iterator[Record]:
    """One record per person, with the lines of their matrix inside."""
    for result in team:
        period = result.period
        yield {
            "member": result.member.id,
            "period": period.name if period else None,
            "start": period.start if period else None,
            "end": period.end if period else None,
            "complete": result.complete,
            "index": result.index,
            "payout": result.payout,
            "currency": currency,
            "provisional": str(result.provisional) if result.provisional else None,
            "lines": [
                {
                    ("goal" if line.line.goal else "metric"): line.line.goal or line.line.metric,
                    "weight": line.line.weight,
                    "plan": line.plan,
                    "fact": line.fact,
                    "attainment": line.attainment,
                    "score": line.score,
                    "contribution": line.contribution,
                }
                for line in result.lines
            ],
        }


def to_json(records: Sequence[Record]) -> str:
    """A list of objects, one a line; decimals as exact number literals, undefined as null."""
    import msgspec

    encoder = msgspec.json.Encoder(decimal_format="number")
    lines = [encoder.encode(record).decode() for record in records]
    return "[" + ",\n ".join(lines) + "]\n"


def to_csv(records: Sequence[Record], fields: Sequence[str] = ()) -> str:
    """The same fields with a header line; `by` becomes a column per dimension (`dimension_column`), `lines` a row per
    line of a matrix.

    `fields` are the columns that are there even where no record is.
    """
    rows = [row for record in records for row in _rows(record)]
    fields = list(dict.fromkeys([*fields, *(name for row in rows for name in row)]))
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(fields)
    writer.writerows([[_cell(row.get(name)) for name in fields] for row in rows])
    return text.getvalue()


def _rows(record: Record) -> Iterator[Record]:
    by, lines = record.get("by"), record.get("lines")
    flat = {name: value for name, value in record.items() if name not in ("by", "lines")}
    if isinstance(by, Mapping):
        yield {
            **{n: v for n, v in flat.items() if n not in _AFTER_DIMENSIONS},
            **{dimension_column(name): value for name, value in by.items()},
            **{name: value for name, value in flat.items() if name in _AFTER_DIMENSIONS},
        }
    elif isinstance(lines, list) and lines:
        yield from ({**flat, "goal": None, "metric": None, **line} for line in lines)
    else:
        yield flat


def _cell(value: object) -> str:
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float():
            return repr(value)
        case date():
            return value.isoformat()
        case _:
            return format(value, "f") if hasattr(value, "as_tuple") else str(value)


def _known(day: date) -> date | None:
    """A source without dates has a period without bounds."""
    return None if day in (date.min, date.max) else day
