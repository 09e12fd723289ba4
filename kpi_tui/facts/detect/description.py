"""What is found out about an export, as values: a proposed source, why, what is open, what is wrong.

Invariant: every decision is in `Description.source`, so that reading never depends on detection. A question's first
choice is what the proposal already holds; `answered` gives the source with another one.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, structs

from kpi_tui.errors import Finding, Text
from kpi_tui.workspace.model import Source


class Evidence(Struct, frozen=True):
    """Why a key of the source has its value: `read.separator`, `columns.cost`, `time` ..."""

    key: str
    value: str
    why: Text


class Choice(Struct, frozen=True):
    """One answer: how it is called, examples of what it makes of the data, and the keys it sets."""

    label: Text
    examples: tuple[str, ...]
    sets: tuple[tuple[str, object], ...]


class Question(Struct, frozen=True):
    """What the data cannot decide. `id` is `encoding`, `marks`, `dates`, `time` or `totals`."""

    id: str
    what: Text
    choices: tuple[Choice, ...]


class Description(Struct, frozen=True):
    """One table of facts as it could be read.

    `header` are the columns as `source` reads them, `rows` the first rows, typed. `findings` of severity error without
    rows mean that the file cannot be used as it is; each has its cure. `negatives` counts the cells below zero of the
    columns that have any, in the rows that were read. `height` is the number of usable rows, None where only a part
    was looked at; `repeats` is the path of the table that this one is a copy of.
    """

    source: Source
    evidence: tuple[Evidence, ...] = ()
    questions: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()
    header: tuple[str, ...] = ()
    rows: tuple[tuple[object, ...], ...] = ()
    negatives: Mapping[str, int] = {}
    height: int | None = None
    repeats: str = ""

    @property
    def usable(self) -> bool:
        """Whether there is a table at all."""
        return bool(self.header)


def answered(source: Source, choice: Choice) -> Source:
    """`source` with the keys that `choice` sets; None as the value of a column's type takes the declaration away."""
    for key, value in choice.sets:
        source = _with(source, key, value)
    return source


def _with(source: Source, key: str, value: object) -> Source:
    room, _, name = key.partition(".")
    if room == "read":
        return structs.replace(source, read=structs.replace(source.read, **{name: value}))
    if room == "columns":
        declared: Mapping[str, object] = {**source.columns, name: value}
        return structs.replace(source, columns={key: kind for key, kind in declared.items() if kind is not None})
    return structs.replace(source, **{key: value})
