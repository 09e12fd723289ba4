"""Who refers to whom, written down once: for dangling references, renames and refusals to delete.

Metrics also refer to metrics in their formulas, where a name outside an aggregate is a metric and inside one a
column. That is decided here by the words alone (this floor parses no SQL): every function that is not known to work
on metric values counts as an aggregate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from kpi_tui.workspace.model import Metric, Workspace
from kpi_tui.workspace.schema import keys
from kpi_tui.workspace.values import Path

REFERENCES: tuple[tuple[tuple[str, ...], str, str], ...] = (  # tables, key, kind referred to
    (("metric",), "source", "source"),
    (("metric", "conversion", "base"), "source", "source"),
    (("metric", "conversion", "converted"), "source", "source"),
    (("metric", "retention"), "source", "source"),
    (("metric", "acquisition"), "source", "source"),
    (("metric", "repeat"), "source", "source"),
    (("metric", "funnel"), "steps", "metric"),
    (("objective",), "parent", "objective"),
    (("goal",), "objective", "objective"),
    (("goal",), "metric", "metric"),
    (("goal",), "owner", "member"),
    (("member",), "reports_to", "member"),
    (("member", "kpi"), "goal", "goal"),
    (("member", "kpi"), "metric", "metric"),
    (("adjustment",), "source", "source"),
    (("note",), "metric", "metric"),
)

_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|[^\W\d]\w*|[()]|\s+|[^\s]", re.DOTALL)
_WORD = re.compile(r"[^\W\d]\w*\Z|\".*\"\Z", re.DOTALL)
_OVER_METRICS = frozenset((
    "nullif", "coalesce", "abs", "round", "ln", "exp", "sqrt", "greatest", "least", "floor", "ceil", "ceiling", "cast",
    "case", "when", "then", "else", "end", "and", "or", "not", "in", "between", "is", "like", "as",
))  # fmt: skip


def references(workspace: Workspace) -> Iterator[tuple[Path, str, str]]:
    """Every reference that is set: its path, the kind and the id it refers to (formulas apart)."""
    for tables, name, kind in REFERENCES:
        for path, record in _records(workspace, tables):
            target = getattr(record, keys(type(record))[name].attribute)
            if isinstance(target, tuple):
                yield from (((*path, name, index), kind, each) for index, each in enumerate(target))
            elif target is not None:
                yield (*path, name), kind, target


def referrers(workspace: Workspace, kind: str, identity: str) -> tuple[Path, ...]:
    """The paths of everything that refers to the record, formulas included."""
    found = [path for path, target_kind, target in references(workspace) if (target_kind, target) == (kind, identity)]
    if kind == "metric":
        found += [
            ("metric", index, "formula")
            for index, metric in enumerate(workspace.metrics)
            if metric.id != identity and identity in metric.formula and identity in metrics_in(metric.formula)
        ]
    return tuple(found)


def renamed(workspace: Workspace, kind: str, old: str, new: str) -> Workspace:
    """The workspace with every reference to `old` pointing to `new` (the record itself is not touched)."""
    changes: dict[str, tuple[Any, ...]] = {}
    for (table, *nested), name, target in REFERENCES:
        if target == kind:
            attribute = keys(Workspace)[table].attribute
            records = changes[attribute] if attribute in changes else getattr(workspace, attribute)
            changes[attribute] = tuple(_pointing(record, nested, name, old, new) for record in records)
    if kind == "metric":
        metrics: tuple[Metric, ...] = changes.get("metrics", workspace.metrics)
        changes["metrics"] = tuple(_formula_renamed(metric, old, new) for metric in metrics)
    return replace(workspace, **changes)


def metrics_in(formula: str) -> frozenset[str]:
    """The names in a formula that stand where only a metric can."""
    return frozenset(word.strip('"') for word, is_metric in _words(formula) if is_metric)


def formula_renamed(formula: str, old: str, new: str) -> str:
    """The formula with the metric `old` called `new`; columns of the same name stay."""
    return "".join(new if is_metric and word.strip('"') == old else word for word, is_metric in _words(formula))


def _words(formula: str) -> Iterator[tuple[str, bool]]:
    """Every token, and whether it names a metric."""
    tokens: list[str] = _TOKEN.findall(formula)
    columns: list[bool] = []  # for every open parenthesis: are names inside it columns?
    for index, token in enumerate(tokens):
        after = next((later for later in tokens[index + 1 :] if not later.isspace()), "")
        if token == "(":
            before = next((earlier for earlier in reversed(tokens[:index]) if not earlier.isspace()), "")
            aggregate = bool(_WORD.match(before)) and before.lower() not in _OVER_METRICS
            columns.append(aggregate or any(columns[-1:]))
        elif token == ")" and columns:
            columns.pop()
        is_name = bool(_WORD.match(token)) and token.lower() not in _OVER_METRICS and after != "("
        yield token, is_name and not any(columns[-1:])


def _records(workspace: Workspace, tables: tuple[str, ...]) -> Iterator[tuple[Path, Struct]]:
    """The records in these tables, one below the other: lists of them, or a single one that need not be there."""
    level: list[tuple[Path, Struct]] = [((), workspace)]
    for table in tables:
        level = [found for path, record in level for found in _below(path, record, table)]
    yield from level


def _below(path: Path, record: Struct, table: str) -> Iterator[tuple[Path, Struct]]:
    below = getattr(record, keys(type(record))[table].attribute)
    if isinstance(below, Struct):
        yield (*path, table), below
    elif below is not None:
        yield from (((*path, table, index), item) for index, item in enumerate(below))


def _pointing(record: Struct, below: Sequence[str], name: str, old: str, new: str) -> Struct:
    """The record with what refers to `old`, in it or in the tables `below` it, referring to `new`."""
    attribute = keys(type(record))[below[0] if below else name].attribute
    before = getattr(record, attribute)
    if not below:
        after = tuple(new if each == old else each for each in before) if isinstance(before, tuple) else new
        return replace(record, **{attribute: after}) if old == before or isinstance(before, tuple) else record
    if before is None:
        return record
    if isinstance(before, Struct):
        return replace(record, **{attribute: _pointing(before, below[1:], name, old, new)})
    return replace(record, **{attribute: tuple(_pointing(item, below[1:], name, old, new) for item in before)})


def _formula_renamed(metric: Metric, old: str, new: str) -> Metric:
    return replace(metric, formula=formula_renamed(metric.formula, old, new)) if old in metric.formula else metric
