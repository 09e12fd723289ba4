"""A workspace file's text becomes a `Workspace`, or everything that is wrong with it is said at once, with its lines.

Invariant: what `read` accepts satisfies `schema.py` and `validation.py`; nothing in the file is ignored.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Any

from msgspec import Struct

from kpi_tui.errors import Finding, NewerSchema, Place, Text, WorkspaceError, text
from kpi_tui.workspace import naming, validation
from kpi_tui.workspace.migration import migrate
from kpi_tui.workspace.model import SCHEMA, Workspace
from kpi_tui.workspace.places import Places
from kpi_tui.workspace.schema import workspace_shape
from kpi_tui.workspace.values import Problem
from kpi_tui.workspace.writing import write

# What tomllib says of a wrong file, marked for translation.
_SAID = (
    text("Invalid statement"),
    text("Invalid value"),
    text("Invalid date or datetime"),
    text("Invalid hex value"),
    text("Invalid initial character for a key part"),
    text("Expected newline or end of document after a statement"),
    text("Expected '=' after a key in a key/value pair"),
    text("Expected ']' at the end of a table declaration"),
    text("Expected ']]' at the end of an array declaration"),
    text("Cannot overwrite a value"),
    text("Unclosed array"),
    text("Unclosed inline table"),
    text("Unterminated string"),
    text("Unescaped '\\' in a string"),
    text("Escaped character is not a Unicode scalar value"),
)
_AT = re.compile(r"\s*\(at (?:line (?P<line>\d+), column \d+|end of document)\)\Z")


class Document(Struct, frozen=True, dict=True):
    """A file that was read: its workspace and the places of its keys."""

    workspace: Workspace
    places: Places
    content: str

    @cached_property
    def canonical(self) -> bool:
        """Whether saving would give the very text that was read."""
        return self.content == write(self.workspace)


def read(content: str, file: str) -> Document:
    """Read the text of a workspace file; `file` is its name as the user gave it, for the findings.

    Raises WorkspaceError with every finding, sorted by line; NewerSchema for a file of a later version.
    """
    toml = content.removeprefix("\ufeff")  # some editors put a byte order mark first
    raw = _tables(toml, file)
    problems: list[Problem] = []
    workspace = workspace_shape().value(migrate(raw, _schema(raw, toml, file)), (), problems)
    assert isinstance(workspace, Workspace)
    places = Places(file, toml, workspace)
    findings = list(_findings(problems, workspace, places))
    if any(finding.severity == "error" for finding in findings):
        raise WorkspaceError(sorted(findings, key=lambda finding: finding.place.line))
    return Document(workspace, places, content)


def _tables(content: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(content, parse_float=Decimal)
    except RecursionError:
        raise WorkspaceError([Finding(Place(file), text("the file is nested too deeply"))]) from None
    except ValueError as error:  # TOMLDecodeError, or an integer of thousands of digits
        reason = str(error)
        found = _AT.search(reason)
        line = int(found["line"] or content.count("\n") + 1) if found else 0
        what = text("this is not TOML: {reason}", reason=Text(reason[: found.start()] if found else reason))
        raise WorkspaceError([Finding(Place(file, line), what, _syntax_cure(reason, content))]) from None


def _syntax_cure(reason: str, content: str) -> Text | None:
    if reason.startswith("Expected '='") and "[" not in content:
        return text("write key = value; a workspace is meant here, not a file of data")
    cures = {
        "Expected newline": text("one key a line; write numbers with a point and dates like 2026-12-31"),
        "Illegal character": text("close the quotation mark"),
        "Invalid date": text("there is no such day: correct it"),
        "Expected '='": text("write key = value"),
        "Expected ']'": text("close the header, like [workspace] or [[goal]]"),
    }
    for beginning, cure in cures.items():
        if reason.startswith(beginning):
            return cure
    if "Invalid value" in reason:
        return text("put text in double quotes; write numbers with a point and without spaces")
    if "Cannot overwrite" in reason or "Cannot declare" in reason:
        return text("a key or table may stand only once; lists of tables have double brackets [[...]]")
    return None


def _schema(raw: dict[str, Any], content: str, file: str) -> int:
    schema = raw.get("schema", SCHEMA)
    if isinstance(schema, bool) or not isinstance(schema, int):
        return SCHEMA  # its type is a problem that the reading of the keys reports
    if 1 <= schema <= SCHEMA:
        return schema
    place = Places(file, content, Workspace()).place_of(("schema",))
    if schema > SCHEMA:
        what = text("the file has schema {found}, this version knows {known}", found=schema, known=SCHEMA)
        raise NewerSchema([Finding(place, what, text("open it with a newer kpi-tui; the file is left as it is"))])
    what = text("there is no schema {found}", found=schema)
    raise WorkspaceError([Finding(place, what, text("write schema = {known}", known=SCHEMA))])


def _findings(problems: Sequence[Problem], workspace: Workspace, places: Places) -> Iterator[Finding]:
    """What is wrong with single values, and what the rules say but for what rests on a value that could not be read."""
    broken_rules = validation.problems(workspace)
    if not problems and not broken_rules:
        return
    records = naming.paths(workspace)
    unread: set[tuple[str, ...]] = set()
    for problem in problems:
        path = naming.named(records, problem.path)
        unread.add(path)
        yield Finding(places.place_of(problem.path), problem.what, problem.cure, naming.subject(path))
    for problem in broken_rules:
        path = naming.named(records, problem.path)
        rests_on = (path, path[:-1], *((*path[:-1], key) for key in problem.because))
        if unread.isdisjoint(rests_on):
            yield validation.finding(problem, path, places)
