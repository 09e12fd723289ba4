"""The sheets of workbooks: each sheet's layout, and sheets with the same header, or nearly so, as one table.

Invariant: a sheet is only left out with a finding that names it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from msgspec import structs

from kpi_tui.errors import Place, text
from kpi_tui.facts.delimited import merged
from kpi_tui.facts.detect.description import Evidence
from kpi_tui.facts.detect.layout import Layout, detect_layout
from kpi_tui.facts.detect.opening import Opened, _laid
from kpi_tui.facts.files import File, disguised, unreadable
from kpi_tui.facts.table import Findings
from kpi_tui.workspace.model import Read, Source

_ROWS = 200
_ALIKE = 0.75  # of all columns of two sheets that both have, from which they are one table


def workbook(source: Source, files: Sequence[File], findings: Findings) -> list[Opened]:
    """The tables of a workbook (of the first one, where a source has several files)."""
    layouts = _layouts(files[0], findings)
    if not layouts:
        if not findings.found:
            findings.add(Place(files[0].name), text("the workbook has no table"), text("name another file in `path`"))
        return [Opened(source, "workbook", findings=tuple(findings.found), failed=True)]
    tables = []
    for sheets in _alike(layouts):
        layout = layouts[sheets[0]]
        named: str | tuple[str, ...] = sheets[0] if len(sheets) == 1 else tuple(sheets)
        if len(layouts) == 1:
            named = ""
        elif len(sheets) == len(layouts):
            named = "*"
        read = Read(sheet=named, skip_rows=layout.skip_rows, header_rows=layout.header_rows)
        evidence = [*_laid(layout)]
        if named:
            why = text("sheets that hold one table: {sheets}", sheets=", ".join(sheets))
            evidence.append(Evidence("read.sheet", str(named), why))
        proposed = structs.replace(source, read=read)
        tables.append(Opened(proposed, "workbook", tuple(evidence), findings=tuple(findings.found)))
    return tables


def _alike(layouts: Mapping[str, Layout]) -> list[list[str]]:
    """The sheets in groups that are one table each: laid out in the same way, with the same columns but for a few.

    Columns are united by name; one that a sheet lacks is said when it is read.
    """
    groups: list[list[str]] = []
    for sheet, layout in layouts.items():
        group = next((each for each in groups if _are_one_table(layouts[each[0]], layout)), None)
        if group is None:
            groups.append([sheet])
        else:
            group.append(sheet)
    return groups


def _are_one_table(one: Layout, other: Layout) -> bool:
    if (one.skip_rows, one.header_rows) != (other.skip_rows, other.header_rows) or not (one.header and other.header):
        return False
    names, others = set(merged(one.header)), set(merged(other.header))
    return len(names & others) >= _ALIKE * len(names | others)


def _layouts(file: File, findings: Findings) -> dict[str, Layout]:
    import fastexcel  # 30 ms that only workbooks should cost

    try:
        data = file.path.read_bytes()
    except OSError as error:
        unreadable(file.name, error, findings)
        return {}
    try:
        book = fastexcel.read_excel(data)
    except fastexcel.FastExcelError:
        disguise = disguised(data)
        if disguise is not None and not data.startswith(b"PK"):
            findings.add(Place(file.name), *disguise)
        else:
            what = text("this is not an Excel workbook, or it is broken or locked by a password")
            findings.add(Place(file.name), what, text("open it in Excel and save it anew"))
        return {}
    found: dict[str, Layout] = {}
    for sheet in book.sheet_names:
        try:
            top = book.load_sheet(sheet, header_row=None, dtypes="string", n_rows=_ROWS).to_polars()
        except fastexcel.FastExcelError as error:
            what = text("the sheet cannot be read: {reason}", reason=str(error).splitlines()[0])
            findings.warn(Place(f"{file.name}!{sheet}"), what)
            continue
        rows = [(at, [(cell or "").strip() for cell in row]) for at, row in enumerate(top.rows(), 1)]
        filled = [(at, row) for at, row in rows if any(row)]
        if len(filled) > 1:
            found[sheet] = detect_layout(filled)
        else:
            findings.warn(Place(f"{file.name}!{sheet}"), text("the sheet has no table and is left out"))
    return found
