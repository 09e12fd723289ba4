"""What came of looking at exports while a person goes through it: tables with open questions and changed decisions.

Pure values: a screen shows them and replaces them. Invariant: every candidate's source can stand in the workspace
beside all others, since each change is made by the same edits as in the workspace itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import PurePath
from typing import Any, cast

from msgspec import Struct, structs

from kpi_tui.errors import Text, text
from kpi_tui.facts.detect import Description, Question, answered
from kpi_tui.facts.files import kind_of
from kpi_tui.tui.fields import Field, fields
from kpi_tui.workspace import edits
from kpi_tui.workspace.edits import Add, Batch, Edit, Set
from kpi_tui.workspace.model import Metric, Settings, Source, Workspace
from kpi_tui.workspace.writing import is_default, plain

_ALWAYS = ("id", "path", "time", "every", "dimensions", "columns")
_READ = ("decimal", "thousands", "date", "nulls", "strip", "drop_rows")  # keys to set where nothing was found out
_LINES = ("skip_rows", "header_rows")  # where a table lies: in what has lines


class Candidate(Struct, frozen=True):
    """A table that was found: `source` is what would be added. `answers` are numbers of choices, from 1, by question;
    `present` is the source of the workspace that reads the same already, or the path of the table that it repeats.
    """

    described: Description
    source: Source
    taken: bool = True
    answers: Mapping[str, int] = {}
    present: str = ""

    @property
    def open(self) -> tuple[Question, ...]:
        """The questions without an answer."""
        return tuple(question for question in self.described.questions if question.id not in self.answers)


class Decision(Struct, frozen=True):
    """One key of a source: where it is and why it was decided so, where that is known."""

    field: Field
    why: Text | None


def candidates(descriptions: Sequence[Description], workspace: Workspace) -> tuple[Candidate, ...]:
    """One a table; what cannot be read, or is read by the workspace or another table already, is not taken."""
    present = {_what_it_reads(source): source.id for source in workspace.sources}
    return tuple(
        Candidate(each, each.source, each.usable and not (known or each.repeats), present=known or each.repeats)
        for each in descriptions
        for known in [present.get(_what_it_reads(each.source), "")]
    )


def _what_it_reads(source: Source) -> tuple[object, ...]:
    return source.path, source.table, source.read.sheet


def answer(candidate: Candidate, question: Question, number: int) -> Candidate:
    """With the choice of this number, from 1."""
    source = answered(candidate.source, question.choices[number - 1])
    return structs.replace(candidate, source=source, answers={**candidate.answers, question.id: number})


def draft(workspace: Workspace, found: Sequence[Candidate]) -> Workspace:
    """The workspace with the sources of all candidates that could be read."""
    added = tuple(each.source for each in found if each.described.usable)
    return structs.replace(workspace, sources=(*workspace.sources, *added))


def change(
    workspace: Workspace, found: Sequence[Candidate], index: int, path: tuple[str, ...], value: object
) -> tuple[Candidate, ...]:
    """With another value of a key of one source; `path` begins at the source. Raises `EditError`: nothing changes."""
    source = found[index].source
    after = edits.apply(draft(workspace, found), Set(("source", source.id, *path), value))
    place = len(workspace.sources) + sum(each.described.usable for each in found[:index])
    changed = structs.replace(found[index], source=after.sources[place])
    return (*found[:index], changed, *found[index + 1 :])


def decisions(workspace: Workspace, candidate: Candidate) -> list[Decision]:
    """What was decided about a table: the keys that are not at their default, and those that everybody looks at; below
    them how it is read where nothing was found out, so that a person can.
    """
    why = {_key(each.key): each.why for each in candidate.described.evidence}
    source = candidate.source
    path = ("source", source.id)
    own = [field for field in fields(workspace, source, path) if field.key.name != "read"]
    read = fields(workspace, source.read, (*path, "read"))
    decided = [
        Decision(field, why.get(field.path[2:]))
        for field in (*own, *read)
        if field.path[2:] in why or field.key.name in _ALWAYS or not is_default(field.key, field.value)
    ]
    known = {decision.field.path for decision in decided}
    settable = (*_READ, *_LINES) if kind_of(PurePath(source.path)) in ("delimited", "workbook") else _READ
    usual = text("nothing was found: the usual way")
    return decided + [
        Decision(field, usual) for field in read if field.key.name in settable and field.path not in known
    ]


def _key(said: str) -> tuple[str, ...]:
    """The path of a key that evidence names: `read.date` is one of its own, `columns.cost` is part of `columns`."""
    parts = said.split(".")
    return tuple(parts[:2]) if parts[0] == "read" else tuple(parts[:1])


def taken(found: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """The candidates that are to be added."""
    return tuple(each for each in found if each.taken)


def adding(workspace: Workspace, found: Sequence[Candidate], metrics: Sequence[Metric], currency: str | None) -> Batch:
    """One edit that adds the sources and metrics. `currency` is what the files name: a workspace without anything that
    has a unit takes it over.
    """
    parts: list[Edit] = []
    blank = not (workspace.sources or workspace.metrics or workspace.goals or workspace.members)
    if blank and currency is not None and workspace.settings.currency in (Settings().currency, ""):
        parts.append(Set(("workspace", "currency"), currency))
    parts += [Add(("source",), _record(each.source)) for each in taken(found)]
    parts += [Add(("metric",), _record(metric)) for metric in metrics]
    return Batch(tuple(parts))


def _record(value: Struct) -> dict[str, Any]:
    return cast("dict[str, Any]", plain(value))
