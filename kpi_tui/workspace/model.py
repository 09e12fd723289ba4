"""The workspace as frozen values. The field order is the file's key order; a default is a key the file leaves out.

Numbers are `Decimal` throughout (exact, as typed); a field's TOML key is its name unless `rename` says otherwise. What
a single value cannot show (references, required combinations) is checked in `validation.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Literal

from msgspec import Struct, field

Grain = Literal["day", "week", "month", "quarter", "year"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
ColumnType = Literal["text", "integer", "decimal", "date", "datetime", "boolean", "percent"]
Unit = Literal["money", "count", "percent", "ratio", "days", "score"]
GoalKind = Literal["increase", "decrease", "at_least", "at_most", "between", "milestone"]
Scope = Mapping[str, str | tuple[str, ...]]  # dimension -> the value, or any of the values, it must have

SCHEMA = 1


class Settings(Struct, frozen=True, kw_only=True):
    """`[workspace]`: what holds for all of it."""

    name: str = ""
    currency: str = "RUB"
    fiscal_year_start: int = 1
    week_start: Weekday = "monday"
    strategy: str = ""
    bonus_period: Literal["month", "quarter", "year"] = "month"
    as_of: date | None = None


class Read(Struct, frozen=True, kw_only=True):
    """`[source.read]`: how the files are written, so that reading never guesses."""

    encoding: str = "utf-8"
    separator: str = ","
    decimal: str = "."
    thousands: str = ""
    date: str | tuple[str, ...] = "%Y-%m-%d"
    date_columns: tuple[str, ...] = ()
    skip_rows: int = 0
    header_rows: int = 1
    nulls: tuple[str, ...] = ("",)
    strip: tuple[str, ...] = ()
    drop_rows: str = ""
    sheet: str | tuple[str, ...] = ""


class Source(Struct, frozen=True, kw_only=True):
    """`[[source]]`: one table of facts, read from one or more files."""

    id: str
    path: str
    table: str = ""
    time: str | None = None
    dimensions: tuple[str, ...] = ()
    where: str = ""
    every: Grain = "day"
    complete_until: date | None = None
    read: Read = Read()
    rename: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, ColumnType] = field(default_factory=dict)
    labels: Mapping[str, Mapping[str, str]] = field(default_factory=dict)


class Entry(Struct, frozen=True, kw_only=True):
    """One hand-entered value; `by` names its slice, `n` the size of the survey behind it."""

    date: date
    value: Decimal
    by: Mapping[str, str] = field(default_factory=dict)
    n: int | None = None
    note: str = ""


class Events(Struct, frozen=True, kw_only=True):
    """The rows of a source that are one kind of event: `base` and `converted` of a conversion."""

    source: str
    where: str = ""


class Conversion(Struct, frozen=True, kw_only=True):
    """`[metric.conversion]`: the share of base events followed by a conversion of the same entity."""

    entity: str
    base: Events
    converted: Events
    within: str | None = None


class Retention(Struct, frozen=True, kw_only=True):
    """`[metric.retention]`: of the entities active `after` periods ago, the share that is active now."""

    source: str
    entity: str
    period: Grain = "month"
    after: int = 1


class Acquisition(Struct, frozen=True, kw_only=True):
    """`[metric.acquisition]`: entities whose first row ever falls into the period."""

    source: str
    entity: str


class Repeat(Struct, frozen=True, kw_only=True):
    """`[metric.repeat]`: the share of the active entities that have two or more orders by then."""

    source: str
    entity: str
    order: str | None = None


class Funnel(Struct, frozen=True, kw_only=True):
    """`[metric.funnel]`: metrics in the order in which people pass them."""

    steps: tuple[str, ...]


class Metric(Struct, frozen=True, kw_only=True):
    """`[[metric]]`: a formula over a source's columns and other metrics, `entries` typed by hand, or a count of events.

    `window` and `offset` are lengths of time such as `28 days` (`durations.py`).
    """

    id: str
    name: str = ""
    source: str | None = None
    formula: str = ""
    where: str = ""
    unit: Unit = "count"
    good: Literal["up", "down", "none"] = "none"
    at: Literal["first", "last", "average", "sum"] | None = None
    window: str | None = None
    to_date: Literal["week", "month", "quarter", "year"] | None = None
    offset: str | None = None
    fill: Decimal | Literal["previous"] | None = None
    accumulates: bool | None = None
    share_of_total: bool = False
    note: str = ""
    entries: tuple[Entry, ...] = ()
    conversion: Conversion | None = None
    retention: Retention | None = None
    acquisition: Acquisition | None = None
    repeat: Repeat | None = None
    funnel: Funnel | None = None

    @property
    def events(self) -> Conversion | Retention | Acquisition | Repeat | None:
        """What it counts of entities' histories, or None where it is something else."""
        return self.conversion or self.retention or self.acquisition or self.repeat

    @property
    def is_typed(self) -> bool:
        """Whether its values are entered by hand."""
        return not self.formula and self.events is None and self.funnel is None


class Objective(Struct, frozen=True, kw_only=True):
    """`[[objective]]`: a direction; goals and other objectives hang below it."""

    id: str
    name: str = ""
    parent: str | None = None
    weight: Decimal = Decimal(1)
    note: str = ""


class Checkin(Struct, frozen=True, kw_only=True):
    """`[[goal.checkin]]`: what was said of a goal on a day."""

    date: date
    confidence: int | None = None
    note: str = ""
    author: str = ""


class Goal(Struct, frozen=True, kw_only=True):
    """`[[goal]]`: a metric, a scope, a direction and a date."""

    id: str
    name: str = ""
    objective: str | None = None
    weight: Decimal = Decimal(1)
    metric: str | None = None
    where: Scope = field(default_factory=dict)
    measure: Literal["last_period", "window"] = "last_period"
    kind: GoalKind = "increase"
    baseline: Decimal | None = None
    baseline_period: str | None = None
    target: Decimal | str | None = None
    low: Decimal | None = None
    high: Decimal | None = None
    done: Decimal | None = None
    commit: Decimal | None = None
    stretch: Decimal | None = None
    start: date | None = None
    due: date | None = None
    split: Literal["line", "by_hand"] = "line"
    targets: Mapping[str, Decimal] = field(default_factory=dict)
    owner: str | None = None
    why: str = ""
    how: str = ""
    checkins: tuple[Checkin, ...] = field(default=(), name="checkin")


class Step(Struct, frozen=True, kw_only=True):
    """One step of a KPI line's `steps` scale."""

    start: Decimal = field(name="from")
    score: Decimal


class KpiLine(Struct, frozen=True, kw_only=True):
    """`[[member.kpi]]`: one line of a person's KPI matrix: a goal, or a metric with its own plan."""

    goal: str | None = None
    metric: str | None = None
    where: Scope = field(default_factory=dict)
    plan: Decimal | None = None
    weight: Decimal = Decimal(1)
    attainment: Literal["ratio", "progress"] = "ratio"
    floor: Decimal | None = None
    cap: Decimal | None = None
    scale: Literal["line", "threshold", "steps"] = "line"
    steps: tuple[Step, ...] = ()


class Member(Struct, frozen=True, kw_only=True):
    """`[[member]]`: a person, their matrix and their bonus at an index of 100 %."""

    id: str
    name: str = ""
    role: str = ""
    reports_to: str | None = None
    capacity: Decimal | None = None
    bonus: Decimal | None = None
    note: str = ""
    kpis: tuple[KpiLine, ...] = field(default=(), name="kpi")


class Adjustment(Struct, frozen=True, kw_only=True):
    """`[[adjustment]]`: a correction of the sum of a source's column, laid over the facts; sources are never changed.

    `where` names the slice; an empty value is the missing one. Exactly one of `add` and `set` is there: an amount more,
    or what the sum of that date and slice is.
    """

    id: str
    date: date
    source: str
    column: str
    where: Mapping[str, str] = field(default_factory=dict)
    add: Decimal | None = None
    set: Decimal | None = None
    reason: str = ""
    author: str = ""


class Note(Struct, frozen=True, kw_only=True):
    """`[[note]]`: something to remember when the series is looked at."""

    date: date
    metric: str
    text: str


class Workspace(Struct, frozen=True, kw_only=True):
    """Everything one file holds."""

    schema: int = SCHEMA
    settings: Settings = field(default=Settings(), name="workspace")
    sources: tuple[Source, ...] = field(default=(), name="source")
    metrics: tuple[Metric, ...] = field(default=(), name="metric")
    objectives: tuple[Objective, ...] = field(default=(), name="objective")
    goals: tuple[Goal, ...] = field(default=(), name="goal")
    members: tuple[Member, ...] = field(default=(), name="member")
    adjustments: tuple[Adjustment, ...] = field(default=(), name="adjustment")
    notes: tuple[Note, ...] = field(default=(), name="note")
