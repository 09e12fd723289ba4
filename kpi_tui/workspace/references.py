"""Who refers to whom, written down once: for dangling references, renames and refusals to delete.

Metrics also refer to metrics in their formulas, where a name outside an aggregate is a metric and inside one a
column. That is decided here by the words alone (this floor parses no SQL): every function that is not known to work
on metric values counts as an aggregate.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from msgspec import Struct
from msgspec.structs import replace

from kpi_tui.workspace.model import Metric, Workspace
from kpi_tui.workspace.schema import keys
from kpi_tui.workspace.values import Path

REFERENCES: tuple[tuple[tuple[str, ...], str, str], ...] = (  # tables, key, kind referred to
    (("metric",), "source", "source"),
    (("objective",), "parent", "objective"),
    (("goal",), "objective", "objective"),
    (("goal",), "metric", "metric"),
    (("goal",), "owner", "member"),
    (("member",), "reports_to", "member"),
    (("member", "kpi"), "goal", "goal"),
    (("member", "kpi"), "metric", "metric"),
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
            if target is not None:
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
    changes: dict[str, tuple[Struct, ...]] = {}
    for (table, *nested), name, target in REFERENCES:
        if target == kind:
            attribute = keys(Workspace)[table].attribute
            records = changes[attribute] if attribute in changes else getattr(workspace, attribute)
            below = nested[0] if nested else None
            changes[attribute] = tuple(_pointing(record, below, name, old, new) for record in records)
    if kind == "metric":
        changes["metrics"] = tuple(_formula_renamed(metric, old, new) for metric in workspace.metrics)
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
    level: list[tuple[Path, Struct]] = [((), workspace)]
    for table in tables:
        level = [
            ((*path, table, index), below)
            for path, record in level
            for index, below in enumerate(getattr(record, keys(type(record))[table].attribute))
        ]
    yield from level


def _pointing(record: Struct, below: str | None, name: str, old: str, new: str) -> Struct:
    if below is not None:
        attribute = keys(type(record))[below].attribute
        inner = tuple(_pointing(item, None, name, old, new) for item in getattr(record, attribute))
        return replace(record, **{attribute: inner})
    attribute = keys(type(record))[name].attribute
    return replace(record, **{attribute: new}) if getattr(record, attribute) == old else record


def _formula_renamed(metric: Metric, old: str, new: str) -> Metric:
    return replace(metric, formula=formula_renamed(metric.formula, old, new)) if old in metric.formula else metric
