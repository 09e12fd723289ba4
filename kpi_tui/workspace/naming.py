"""What each record is called in a path: `goal.turnover`, `metric.aided.entries.2026-09-30[segment=target]`, `note.0`.

A record with an `id` is called by it; an entry by its date and slice, a check-in by its date, a KPI line by its goal or
metric (and scope), anything else by its index. Invariant: the names of one list are distinct, a repeated one gets `#2`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import reduce

from msgspec import Struct

from kpi_tui.errors import Text, text
from kpi_tui.workspace.model import Checkin, Entry, KpiLine, Workspace
from kpi_tui.workspace.schema import RecordShape, RecordsShape, keys, workspace_shape
from kpi_tui.workspace.values import Path

_PLAIN = re.compile(r'[^\[\]",=|#\s\\]+\Z')
_ENTRY = re.compile(r"(\d{4}-\d{2}-\d{2})(?:\[(.*)\])?\Z", re.DOTALL)
_PAIR = re.compile(r'\s*("(?:\\.|[^"\\])*"|[^",=]+?)\s*=\s*("(?:\\.|[^"\\])*"|[^",=]+?)\s*(?:,|\Z)', re.DOTALL)


def names(records: Sequence[Struct]) -> tuple[str, ...]:
    """The name of each record in its list."""
    called = [_name(record, index) for index, record in enumerate(records)]
    if records and isinstance(records[0], KpiLine):
        shared = {name for name, times in Counter(called).items() if times > 1}
        called = [
            kpi_name(record) if name in shared and isinstance(record, KpiLine) else name
            for name, record in zip(called, records, strict=True)
        ]
    return _distinct(called)


def find(records: Sequence[Struct], name: str) -> int | None:
    """The index of the record called `name`; a KPI line also answers to `goal:x`, `metric:x` and, if alone, to `x`."""
    if entry := entry_of(name):
        name = _entry_name(*entry)
    called = names(records)
    if name in called:
        return called.index(name)
    lines = [record for record in records if isinstance(record, KpiLine)]
    prefixed = prefixed_names(lines)
    if name in prefixed:
        return prefixed.index(name)
    bare = [index for index, line in enumerate(lines) if name in _bare_names(line)]
    return bare[0] if len(bare) == 1 else None


def kpi_name(line: KpiLine) -> str:
    """The name of a KPI line that no other line can share: ``goal:turnover``, ``metric:cac[channel=Email]``."""
    return (f"goal:{line.goal}" if line.goal is not None else f"metric:{line.metric or ''}") + _slice(line.where)


def prefixed_names(lines: Sequence[KpiLine]) -> tuple[str, ...]:
    """The names of KPI lines that do not depend on what other lines there are."""
    return _distinct([kpi_name(line) for line in lines])


def entry_of(name: str) -> tuple[date, dict[str, str]] | None:
    """The date and slice that an entry's name says, or None where it is not one."""
    found = _ENTRY.match(name)
    if found is None:
        return None
    try:
        day = date.fromisoformat(found[1])
    except ValueError:
        return None
    by: dict[str, str] = {}
    pairs, at = found[2] or "", 0
    while at < len(pairs):
        pair = _PAIR.match(pairs, at)
        if pair is None:
            return None
        by[_unquoted(pair[1])] = _unquoted(pair[2])
        at = pair.end()
    return day, by


def paths(workspace: Struct) -> dict[Path, tuple[str, ...]]:
    """The path with names of every record in the workspace, by its path with indices."""
    found: dict[Path, tuple[str, ...]] = {}

    def visit(record: Struct, path: Path, called: tuple[str, ...]) -> None:
        for key in keys(type(record)).values():
            if isinstance(key.shape, RecordsShape):
                below = getattr(record, key.attribute)
                for index, (name, item) in enumerate(zip(names(below), below, strict=True)):
                    at = (*path, key.name, index)
                    found[at] = (*called, key.name, name)
                    visit(item, at, found[at])

    visit(workspace, (), ())
    return found


def named(records: Mapping[Path, tuple[str, ...]], path: Path) -> tuple[str, ...]:
    """The path with names for its indices: ``("goal", 3, "due")`` is ``("goal", "turnover", "due")``; see `paths`."""
    for length in range(len(path), 0, -1):
        if called := records.get(path[:length]):
            return (*called, *map(str, path[length:]))
    return tuple(map(str, path))


def aliases(workspace: Workspace, path: Path, called: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """The other path of a KPI line or of a key in it: by `goal:x` or `metric:x`."""
    match path:
        case ("member", int(member), "kpi", int(line), *_) if member < len(workspace.members):
            lines = workspace.members[member].kpis
            if line < len(lines):
                yield (*called[:3], kpi_name(lines[line]), *called[4:])


def called(kind: str, name: str) -> Text:
    """A record by its kind and name, as sentences say it: ``goal 'turnover'``."""
    match kind:
        case "source":
            return text("source '{name}'", name=name)
        case "metric":
            return text("metric '{name}'", name=name)
        case "objective":
            return text("objective '{name}'", name=name)
        case "goal":
            return text("goal '{name}'", name=name)
        case "member":
            return text("member '{name}'", name=name)
        case "kpi":
            return text("kpi '{name}'", name=name)
        case "entries":
            return text("entry '{name}'", name=name)
        case "steps":
            return text("step '{name}'", name=name)
        case "checkin":
            return text("checkin '{name}'", name=name)
        case "adjustment":
            return text("adjustment '{name}'", name=name)
        case "note":
            return text("note '{name}'", name=name)
    return text("{kind} '{name}'", kind=kind, name=name)


def listed(said: Sequence[Text]) -> Text | str:
    """Texts one after the other, with commas between them."""
    return reduce(lambda first, rest: text("{first}, {rest}", first=first, rest=rest), said) if said else ""


def subject(path: Sequence[str]) -> Text | str:
    """The record that a path of names is about, as findings say it: ``goal 'turnover'``, or empty."""
    said: list[Text] = []
    shape = workspace_shape()
    rest = list(path)
    while len(rest) >= 2 and (key := keys(shape.struct).get(rest[0])):
        if isinstance(key.shape, RecordsShape):
            said.append(called(rest[0], rest[1]))
            shape, rest = key.shape.of, rest[2:]
        elif isinstance(key.shape, RecordShape):
            shape, rest = key.shape, rest[1:]
        else:
            break
    return listed(said)


def _name(record: Struct, index: int) -> str:
    match record:
        case Entry():
            return _entry_name(record.date, record.by)
        case Checkin():
            return record.date.isoformat()
        case KpiLine():
            return (record.goal or record.metric or f"#{index + 1}") + _slice(record.where)
    identity = getattr(record, "id", None)
    return identity or f"#{index + 1}" if isinstance(identity, str) else str(index)


def _bare_names(line: KpiLine) -> tuple[str | None, ...]:
    return (line.goal, line.metric, kpi_name(line).split("[")[0])


def _entry_name(day: date, by: Mapping[str, str]) -> str:
    return day.isoformat() + _slice(by)


def _slice(by: Mapping[str, str | tuple[str, ...]]) -> str:
    if not by:
        return ""
    return "[" + ",".join(f"{_quoted(key)}={_value(by[key])}" for key in sorted(by)) + "]"


def _value(value: str | tuple[str, ...]) -> str:
    return _quoted(value) if isinstance(value, str) else "|".join(map(_quoted, value)) or "|"


def _quoted(part: str) -> str:
    return part if _PLAIN.match(part) else json.dumps(part, ensure_ascii=False)


def _unquoted(part: str) -> str:
    try:
        return str(json.loads(part)) if part.startswith('"') else part
    except json.JSONDecodeError:
        return part


def _distinct(called: Sequence[str]) -> tuple[str, ...]:
    taken: set[str] = set()
    result = []
    for name in called:
        again, times = name, 1
        while again in taken:
            times += 1
            again = f"{name}#{times}"
        taken.add(again)
        result.append(again)
    return tuple(result)
