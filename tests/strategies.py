"""Hypothesis strategies for whole workspaces that obey every rule, and for edits of them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any, TypeVar

from hypothesis import strategies as st

from kpi_tui.workspace import naming
from kpi_tui.workspace.edits import Add, Batch, Delete, Edit, Set
from kpi_tui.workspace.model import (
    Acquisition,
    Adjustment,
    Checkin,
    Conversion,
    Entry,
    Events,
    Goal,
    KpiLine,
    Member,
    Metric,
    Note,
    Objective,
    Read,
    Repeat,
    Retention,
    Settings,
    Source,
    Step,
    Workspace,
)
from kpi_tui.workspace.periods import Calendar
from kpi_tui.workspace.writing import plain

T = TypeVar("T")

_AWKWARD = [
    "\"quoted\" and 'single'", "a\\b", "tab\tbell\x07", "line\nbreak", "\n", "ends in \"\"\"", "שלום עולם", "🎯👨‍👩‍👧",
    "\u0426\u0435\u043d\u0430, \u20bd", "[brackets] = {braces}", "# not a comment", "1e5", "true",
    "\u2028\u0085", "\x00\x1f\x7f", " spaces ", "a|b,c=d", "cr\rlf", "\ufeff",
]  # fmt: skip


def texts() -> st.SearchStrategy[str]:
    """Any text a file can hold, with line ends as the model keeps them."""
    anything = st.text(st.characters(codec="utf-8"), max_size=20)
    return st.one_of(st.sampled_from(_AWKWARD), anything, st.text("abc \n\"'\\", max_size=12)).map(_line_ends)


def numbers(low: int = -(10**12), high: int = 10**12) -> st.SearchStrategy[Decimal]:
    """Exact numbers with up to six decimals, trailing zeros left out as the model does."""
    whole = st.integers(low, high).map(Decimal)
    parts = st.integers(low * 10**6, high * 10**6).map(lambda units: _bare(Decimal(units).scaleb(-6)))
    return st.one_of(whole, parts)


def ids() -> st.SearchStrategy[str]:
    """Mostly a few, so that two workspaces, or an edit and its workspace, meet in them."""
    return st.sampled_from(["a", "b", "c_2"]) | st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True)


def days() -> st.SearchStrategy[date]:
    return st.dates(date(2000, 1, 1), date(2035, 12, 31))


def tables(values: st.SearchStrategy[T], size: int = 3) -> st.SearchStrategy[dict[str, T]]:
    return st.dictionaries(texts(), values, max_size=size)


def scopes() -> st.SearchStrategy[dict[str, str | tuple[str, ...]]]:
    return tables(st.one_of(texts(), st.lists(texts(), min_size=1, max_size=3).map(tuple)), 2)


def settings() -> st.SearchStrategy[Settings]:
    return st.builds(
        Settings,
        name=texts(),
        currency=st.text("ABCXYZ", min_size=3, max_size=3),
        fiscal_year_start=st.integers(1, 12),
        week_start=st.sampled_from(["monday", "saturday", "sunday"]),
        strategy=texts(),
        bonus_period=st.sampled_from(["month", "quarter", "year"]),
        as_of=st.none() | days(),
    )


def reads() -> st.SearchStrategy[Read]:
    return st.builds(
        Read,
        encoding=st.sampled_from(["utf-8", "cp1251", "utf-16"]),
        separator=st.sampled_from([",", ";", "\t", "|"]),
        decimal=st.sampled_from([".", ","]),
        thousands=st.sampled_from(["", " ", "'"]),
        date=st.sampled_from(["%Y-%m-%d", "%d.%m.%Y"]),
        skip_rows=st.integers(0, 9),
        nulls=st.lists(texts(), max_size=3).map(tuple),
        drop_rows=texts(),
        sheet=st.one_of(texts(), st.lists(texts(), max_size=2).map(tuple)),
    )


def sources(identity: str) -> st.SearchStrategy[Source]:
    return st.builds(
        Source,
        id=st.just(identity),
        path=st.sampled_from(["data/ads-*.csv", "orders.parquet", "Отчёт.xlsx", "a.csv.gz", 'odd "name".tsv']),
        time=st.none() | texts(),
        dimensions=st.lists(texts(), max_size=3, unique=True).map(tuple),
        where=texts(),
        every=st.sampled_from(["day", "week", "month"]),
        complete_until=st.none() | days(),
        read=reads(),
        rename=st.dictionaries(texts(), texts().filter(bool), max_size=3).map(_distinct_values),
        columns=tables(st.sampled_from(["text", "integer", "decimal", "date"])),
        labels=tables(tables(texts())),
    )


@st.composite
def metrics(draw: st.DrawFn, identity: str, sources: list[str], dated: list[str]) -> Metric:
    common: dict[str, Any] = {
        "id": identity,
        "name": draw(texts()),
        "unit": draw(st.sampled_from(["money", "count", "percent", "ratio"])),
        "good": draw(st.sampled_from(["up", "down", "none"])),
        "fill": draw(st.one_of(st.none(), numbers(), st.just("previous"))),
        "accumulates": draw(st.sampled_from([None, True, False])),
        "offset": draw(st.sampled_from([None, None, "1 month", "52 weeks"])),
        "note": draw(texts()),
        **draw(st.sampled_from([{}, {}, {"window": "28 days"}, {"to_date": "quarter"}])),
    }
    if dated and draw(st.booleans()):
        return Metric(**common, where=draw(texts()), **draw(histories(dated)))
    if draw(st.booleans()):
        return Metric(
            **common,
            source=draw(st.sampled_from([None, *sources])),
            formula=draw(st.sampled_from(["SUM(cost)", "SUM(a) /\nNULLIF(SUM(b), 0)", 'COUNT(DISTINCT "id")'])),
            where=draw(texts()),
            at=draw(st.sampled_from([None, "first", "last", "average"])),
            share_of_total=draw(st.booleans()),
        )
    return Metric(**common, at=draw(st.sampled_from([None, "last", "sum"])), entries=draw(entries()))


@st.composite
def histories(draw: st.DrawFn, sources: list[str]) -> dict[str, Any]:
    """The key of a metric that counts entities' histories."""
    source, entity = draw(st.sampled_from(sources)), draw(texts().filter(bool))
    events = st.builds(Events, source=st.sampled_from(sources), where=texts())
    kinds = {
        "acquisition": st.just(Acquisition(source=source, entity=entity)),
        "repeat": st.just(Repeat(source=source, entity=entity, order=draw(st.one_of(st.none(), texts().filter(bool))))),
        "retention": st.builds(
            Retention,
            source=st.just(source),
            entity=st.just(entity),
            period=st.sampled_from(["week", "month"]),
            after=st.integers(1, 1000),
        ),
        "conversion": st.builds(
            Conversion,
            entity=st.just(entity),
            base=events,
            converted=events,
            within=st.sampled_from([None, "30 days"]),
        ),
    }
    kind = draw(st.sampled_from(sorted(kinds)))
    return {kind: draw(kinds[kind])}


def entries() -> st.SearchStrategy[tuple[Entry, ...]]:
    one = st.builds(
        Entry, date=days(), value=numbers(), by=tables(texts(), 2), n=st.none() | st.integers(1, 9999), note=texts()
    )
    return st.lists(one, max_size=4, unique_by=lambda entry: naming.names((entry,))).map(tuple)


@st.composite
def goals(draw: st.DrawFn, identity: str, known: Mapping[str, list[str]], calendar: Calendar) -> Goal:
    kind = draw(st.sampled_from(["increase", "decrease", "at_least", "at_most", "between", "milestone"]))
    if not known["metric"]:
        kind = "milestone"
    start = draw(days())
    due = start + timedelta(days=draw(st.integers(0, 800)))
    goal: dict[str, Any] = {
        "id": identity,
        "name": draw(texts()),
        "objective": draw(st.sampled_from([None, *known["objective"]])),
        "weight": draw(numbers(0, 100)),
        "where": draw(scopes()),
        "kind": kind,
        "start": start,
        "due": due,
        "owner": draw(st.sampled_from([None, *known["member"]])),
        "why": draw(texts()),
        "checkins": draw(checkins()),
    }
    if kind == "milestone":
        return Goal(**goal, done=draw(st.none() | st.sampled_from([Decimal(0), Decimal("0.4"), Decimal(1)])))
    goal["metric"] = draw(st.sampled_from(known["metric"]))
    if kind == "between":
        low = draw(numbers())
        return Goal(**goal, low=low, high=low + draw(numbers(1, 100)))
    goal["baseline"] = draw(st.none() | numbers())
    relative = ["+20%", "-2.5%", "+5pp"] if goal["baseline"] is not None else []
    goal["target"] = draw(st.one_of(numbers(), st.sampled_from(relative)) if relative else numbers())
    goal["stretch"] = draw(st.none() | numbers())
    whole = [
        period.name for period in calendar.periods(start, due, "quarter") if start <= period.start and period.end <= due
    ]
    goal["targets"] = draw(st.dictionaries(st.sampled_from(whole), numbers(), max_size=3)) if whole else {}
    goal["split"] = draw(st.sampled_from(["line", "by_hand"])) if goal["targets"] else "line"
    return Goal(**goal)


def checkins() -> st.SearchStrategy[tuple[Checkin, ...]]:
    close = st.dates(date(2026, 11, 14), date(2026, 11, 16))  # two a day are not unusual
    one = st.builds(Checkin, date=close, confidence=st.none() | st.integers(0, 10), note=texts(), author=texts())
    return st.lists(one, max_size=3).map(tuple)


@st.composite
def kpi_lines(draw: st.DrawFn, known: Mapping[str, list[str]]) -> tuple[KpiLine, ...]:
    lines: list[KpiLine] = []
    for goal in draw(_some(known["goal"])):
        lines.append(KpiLine(goal=goal, weight=draw(numbers(0, 100)), floor=draw(st.none() | numbers(0, 1))))
    for metric in draw(_some(known["metric"])):
        steps = draw(st.lists(st.builds(Step, start=numbers(0, 2), score=numbers(0, 2)), max_size=3, unique_by=_start))
        lines.append(
            KpiLine(
                metric=metric,
                plan=draw(numbers()),
                where=draw(scopes()),
                scale="steps" if steps else draw(st.sampled_from(["line", "threshold"])),
                steps=tuple(sorted(steps, key=_start)),
            )
        )
    return tuple(lines)


@st.composite
def members(draw: st.DrawFn, identity: str, known: Mapping[str, list[str]], leaders: list[str]) -> Member:
    return Member(
        id=identity,
        name=draw(texts()),
        role=draw(texts()),
        reports_to=draw(st.sampled_from([None, *leaders])),
        capacity=draw(st.none() | numbers(0, 80)),
        bonus=draw(st.none() | numbers(0, 10**6)),
        note=draw(texts()),
        kpis=draw(kpi_lines(known)),
    )


@st.composite
def adjustments(draw: st.DrawFn, identity: str, sources: list[str]) -> Adjustment:
    amount = {draw(st.sampled_from(["add", "set"])): draw(numbers())}
    return Adjustment(
        id=identity,
        date=draw(days()),
        source=draw(st.sampled_from(sources)),
        column=draw(texts().filter(bool)),
        where=draw(tables(texts(), 2)),
        reason=draw(texts()),
        author=draw(texts()),
        **amount,
    )


@st.composite
def workspaces(draw: st.DrawFn) -> Workspace:
    """A workspace that obeys every rule: it can be written and read."""
    agreed = draw(settings())
    known = {kind: draw(st.lists(ids(), max_size=3, unique=True)) for kind in _KINDS}
    objectives = tuple(
        Objective(id=identity, name=draw(texts()), parent=draw(st.sampled_from([None, *known["objective"][:index]])))
        for index, identity in enumerate(known["objective"])
    )
    facts = tuple(draw(sources(identity)) for identity in known["source"])
    dated = [source.id for source in facts if source.time is not None]
    notes = st.lists(st.builds(Note, date=days(), metric=st.sampled_from(known["metric"]), text=texts()), max_size=3)
    return Workspace(
        settings=agreed,
        sources=facts,
        metrics=tuple(draw(metrics(identity, known["source"], dated)) for identity in known["metric"]),
        objectives=objectives,
        goals=tuple(draw(goals(identity, known, Calendar.of(agreed))) for identity in known["goal"]),
        members=tuple(
            draw(members(identity, known, known["member"][:index])) for index, identity in enumerate(known["member"])
        ),
        adjustments=tuple(draw(adjustments(identity, known["source"])) for identity in known["adjustment"])
        if known["source"]
        else (),
        notes=tuple(draw(notes)) if known["metric"] else (),
    )


@st.composite
def edits(draw: st.DrawFn, workspace: Workspace) -> Edit:
    """An edit of any kind that fits the workspace's records; it may still be refused."""
    kinds: list[st.SearchStrategy[Any]] = [
        st.builds(Set, st.just(("workspace", "name")), texts()),
        st.builds(Set, st.just(("workspace", "as_of")), st.none() | days()),
        st.builds(_add_metric, ids(), texts()),
    ]
    for kind, records in (
        ("source", workspace.sources),
        ("objective", workspace.objectives),
        ("member", workspace.members),
        ("adjustment", workspace.adjustments),
    ):
        for record in records:
            kinds.append(st.just(Delete((kind, record.id))))
            kinds.append(st.builds(Set, st.just((kind, record.id, "id")), ids()))
    kinds += [_edits_of_metric(("metric", metric.id)) for metric in workspace.metrics]
    kinds += [_edits_of_goal(goal) for goal in workspace.goals]
    kinds += [_edits_of_adjustment(("adjustment", adjustment.id)) for adjustment in workspace.adjustments]
    one = st.one_of(kinds)
    edit: Edit = draw(one | st.lists(one, max_size=3).map(lambda parts: Batch(tuple(parts))))
    return edit


_KINDS = ("source", "metric", "objective", "goal", "member", "adjustment")


def _edits_of_metric(path: tuple[str, ...]) -> st.SearchStrategy[Edit]:
    day = days().map(date.isoformat)
    return st.one_of(
        st.builds(lambda day, value: Set((*path, "entries", day), value), day, numbers()),
        st.builds(lambda name: Set((*path, "name"), name), texts()),
        st.builds(lambda identity: Set((*path, "id"), identity), ids()),
        st.builds(lambda fill: Set((*path, "fill"), fill), st.none() | numbers()),
        st.just(Set((*path, "entries"), None)),
        st.just(Delete(path)),
    )


def _edits_of_adjustment(path: tuple[str, ...]) -> st.SearchStrategy[Edit]:
    return st.one_of(
        st.builds(lambda key, value: Set((*path, key), value), st.sampled_from(["add", "set"]), st.none() | numbers()),
        st.builds(lambda key, value: Set((*path, "where", key), value), texts(), texts()),
        st.builds(lambda day: Set((*path, "date"), day), days()),
    )


def _edits_of_goal(goal: Goal) -> st.SearchStrategy[Edit]:
    path = ("goal", goal.id)
    record: Any = plain(goal)
    return st.one_of(
        st.builds(lambda value: Set((*path, "target"), value), st.none() | numbers()),
        st.builds(lambda key, value: Set((*path, "where", key), value), texts(), texts()),
        st.builds(lambda weight: Set((*path, "weight"), weight), numbers(0, 100)),
        st.builds(lambda day, note: Add((*path, "checkin"), {"date": day, "note": note}), days(), texts()),
        st.builds(
            lambda identity, at: Add(("goal",), {**record, "id": identity}, at), ids(), st.none() | st.integers(0, 2)
        ),
        st.just(Delete(path)),
        *(st.just(Delete((*path, "checkin", name))) for name in naming.names(goal.checkins)),
    )


def _add_metric(identity: str, name: str) -> Add:
    return Add(
        ("metric",), {"id": identity, "name": name, "entries": [{"date": date(2026, 1, 1), "value": Decimal("0.1")}]}
    )


def _some(names: list[str]) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(names), unique=True, max_size=2) if names else st.just([])


def _start(step: Step) -> Decimal:
    return step.start


def _bare(number: Decimal) -> Decimal:
    return number.quantize(Decimal(1)) if number == number.to_integral_value() else number.normalize()


def _line_ends(value: str) -> str:
    while "\r\n" in value:
        value = value.replace("\r\n", "\n")
    return value


def _distinct_values(table: dict[str, str]) -> dict[str, str]:
    return {key: value for key, value in table.items() if list(table.values()).count(value) == 1}
