"""A file opened without knowing how it is written: its encoding, separator and layout -> how to read it.

Invariant: whatever is found is a key of `[source.read]`; what the cells hold is judged on what the source's own reader
gives for it.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from pathlib import Path

from msgspec import Struct, structs

from kpi_tui.errors import Finding, Place, Text, count_text, text
from kpi_tui.facts import database
from kpi_tui.facts.detect.description import Choice, Evidence, Question
from kpi_tui.facts.detect.dialect import Dialect, detect_dialect, records
from kpi_tui.facts.detect.encoding import Encoding, detect_encoding
from kpi_tui.facts.detect.layout import Layout, detect_layout
from kpi_tui.facts.files import File, contents, decoded, find, repaired
from kpi_tui.facts.table import Findings
from kpi_tui.workspace.model import Read, Source

_LINES = 2_000
_TAIL = 200
_FILES = 60  # of a source that are looked into; the others are only read
_EXAMPLE = 60


class Opened(Struct, frozen=True):
    """A draft of a source with the keys of `[source.read]` that lay the table out, and what is known by then."""

    source: Source
    kind: str
    evidence: tuple[Evidence, ...] = ()
    questions: tuple[Question, ...] = ()
    findings: tuple[Finding, ...] = ()
    failed: bool = False


def opened(source: Source, root: Path) -> list[Opened]:
    """The tables that `source.path` holds: one, or one for each kind of sheet or for each table of a database."""
    findings = Findings(source.id)
    files = find(source, root, findings)[:_FILES]
    if not files:
        return [Opened(source, "", findings=tuple(findings.found), failed=True)]
    kind = files[0].kind
    others = [file for file in files if file.kind != kind]
    if others:
        findings.add(
            Place(others[0].name), text("files of different kinds in one source"), text("name one kind in `path`")
        )
        return [Opened(source, kind, findings=tuple(findings.found), failed=True)]
    match kind:
        case "delimited":
            return [_delimited(source, files, findings)]
        case "ndjson":
            return [_ndjson(source, files, findings)]
        case "workbook":
            from kpi_tui.facts.detect.sheets import workbook  # fastexcel costs 30 ms

            return workbook(source, files, findings)
        case "database":
            return _database(source, files[0], findings)
        case _:
            return [Opened(source, kind, findings=tuple(findings.found))]


def _delimited(source: Source, files: Sequence[File], findings: Findings) -> Opened:
    found: list[tuple[File, Encoding, Dialect, Layout, list[str]]] = []
    for file in files:
        data = contents(file, findings)
        if data is None:
            continue
        encoding = detect_encoding(data)
        lines = _lines(data, encoding.name, file.name)
        if not lines:
            findings.add(Place(file.name), text("the file is empty"), text("export it again, or correct `path`"))
            continue
        if _is_binary(lines):
            findings.add(
                Place(file.name), text("this is not a text file"), text("export the table as CSV, .xlsx or Parquet")
            )
            continue
        dialect = detect_dialect(lines)
        layout = detect_layout(_top(lines, dialect.separator))
        found.append((file, encoding, dialect, layout, lines))
    if not found:
        return Opened(source, "delimited", findings=tuple(findings.found), failed=True)
    first, encoding, dialect, layout, lines = next((one for one in found if one[1].name != "utf-8"), found[0])
    _say_differing([(one[0], one[1], one[2], one[3]) for one in found], encoding, dialect, layout, findings)
    read = Read(
        encoding=encoding.name,
        separator=dialect.separator,
        skip_rows=layout.skip_rows,
        header_rows=layout.header_rows,
    )
    evidence = [Evidence("read.encoding", encoding.name, encoding.why), _separator(dialect), *_laid(layout)]
    questions = [_which_encoding(first, encoding, findings)] if encoding.others else []
    proposed = structs.replace(source, read=read)
    return Opened(proposed, "delimited", tuple(evidence), tuple(questions), tuple(findings.found))


def _lines(data: bytes, encoding: str, name: str) -> list[str]:
    """The first lines and some of the last ones, without line ends."""
    quiet = Findings("")
    known = decoded(data[: 1 << 22] if not encoding.startswith("utf") else data, encoding, name, quiet)
    content = repaired(known or b"", "utf-8", name, quiet).decode()
    lines = content.replace("\r\n", "\n").replace("\r", "\n").split("\n", _LINES)
    return [] if not content.strip() else lines[:_LINES]


def _is_binary(lines: Sequence[str]) -> bool:
    sample = "".join(lines[:50])
    return "\x00" in sample or sum(1 for sign in sample if sign < " " and sign not in "\t\f\x1a") * 20 > len(sample)


def _top(lines: Sequence[str], separator: str) -> list[tuple[int, list[str]]]:
    if separator == " ":
        lines = [" ".join(line.split()) for line in lines]
    return records(lines, separator)


def _separator(dialect: Dialect) -> Evidence:
    said = {"\t": text("tab"), " ": text("space")}.get(dialect.separator, dialect.separator)
    why = count_text(
        "{n} of {lines} lines has {width} cells with it",
        "{n} of {lines} lines have {width} cells with it",
        dialect.even,
        lines=dialect.lines,
        width=dialect.width,
    )
    return Evidence("read.separator", str(said), why)


def _laid(layout: Layout) -> list[Evidence]:
    found = []
    if layout.skip_rows:
        why = count_text("{n} line above the header", "{n} lines above the header", layout.skip_rows)
        found.append(Evidence("read.skip_rows", str(layout.skip_rows), why))
    if layout.header_rows == 0:
        found.append(Evidence("read.header_rows", "0", text("the first line holds values like those below it")))
    elif layout.header_rows > 1:
        why = text("the names stand in {n} lines above each other", n=layout.header_rows)
        found.append(Evidence("read.header_rows", str(layout.header_rows), why))
    return found


def _which_encoding(file: File, encoding: Encoding, findings: Findings) -> Question:
    data = (contents(file, findings) or b"")[:200_000]
    line = next((part for part in data.split(b"\n") if not part.isascii()), data)[:_EXAMPLE]
    choices = tuple(
        Choice(
            text("{encoding}", encoding=name),
            (line.decode(name, errors="replace").strip(),),
            (("read.encoding", name),),
        )
        for name in (encoding.name, *encoding.others)
    )
    return Question("encoding", text("Which of these reads right?"), choices)


def _say_differing(
    found: Sequence[tuple[File, Encoding, Dialect, Layout]],
    encoding: Encoding,
    dialect: Dialect,
    layout: Layout,
    findings: Findings,
) -> None:
    """A file that is written otherwise than the first cannot be read with it."""
    for file, its, cut, laid in found:
        differs: Text | None = None
        ascii_only = str(its.why.template) == "nothing but ASCII"
        if its.name != encoding.name and not ascii_only and not {its.name, encoding.name} <= {"cp1252", "latin-1"}:
            differs = text("encoding {one}, elsewhere {other}", one=its.name, other=encoding.name)
        elif cut.separator != dialect.separator and cut.width > 1:
            differs = text("separator '{one}', elsewhere '{other}'", one=cut.separator, other=dialect.separator)
        elif (laid.skip_rows, laid.header_rows) != (layout.skip_rows, layout.header_rows):
            differs = text("the header stands elsewhere than in the other files")
        if differs is not None:
            findings.add(
                Place(file.name),
                text("this file is written in another way: {how}", how=differs),
                text("give it a source of its own, or export it like the others"),
            )


def _ndjson(source: Source, files: Sequence[File], findings: Findings) -> Opened:
    data = contents(files[0], findings)
    if data is None:
        return Opened(source, "ndjson", findings=tuple(findings.found), failed=True)
    if data.lstrip()[:1] == b"[":
        findings.add(
            Place(files[0].name, 1),
            text("this is one JSON list, not one object a line"),
            text("export it as NDJSON (JSON lines), for example with `jq -c '.[]'`"),
        )
        return Opened(source, "ndjson", findings=tuple(findings.found), failed=True)
    encoding = detect_encoding(data)
    evidence = (Evidence("read.encoding", encoding.name, encoding.why),)
    proposed = structs.replace(source, read=Read(encoding=encoding.name))
    return Opened(proposed, "ndjson", evidence, findings=tuple(findings.found))


def _database(source: Source, file: File, findings: Findings) -> list[Opened]:
    try:
        names = [source.table] if source.table else database.tables(file.path)
    except sqlite3.Error as error:
        what = text("this database cannot be read: {reason}", reason=str(error))
        findings.add(Place(file.name), what, text("copy it while no program writes to it"))
        return [Opened(source, "database", findings=tuple(findings.found), failed=True)]
    if not names:
        findings.add(Place(file.name), text("the database has no tables"))
        return [Opened(source, "database", findings=tuple(findings.found), failed=True)]
    return [
        Opened(structs.replace(source, table=name if len(names) > 1 or source.table else ""), "database")
        for name in names
    ]
