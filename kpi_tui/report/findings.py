"""Findings as a list that is read: of cells broken alike the first few places, and how many more there are.

`check` prints every finding: that is a contract. Invariant: nothing but broken cells is gathered, and none is lost from
the count.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from msgspec import Struct

from kpi_tui.errors import Finding, Place, Text, count_text

PLACES = 3  # of cells broken alike


class _Alike(Struct):
    """Cells broken alike: how many were met, and where the number of the others stands once there are any."""

    met: int = 0
    rest: int | None = None


def listed(findings: Iterable[Finding], places: int = PLACES) -> tuple[Finding, ...]:
    """The findings in their order; after the first `places` of cells broken alike stands the number of the others."""
    shown: list[Finding] = []
    known: dict[Hashable, _Alike] = {}
    gathered: dict[Hashable, _Alike] = {}  # by source and column: what a number of further cells is added to
    for finding in findings:
        kind, column = _kind(finding), (str(finding.subject), finding.what.values.get("column"))
        if kind is None:
            alike = gathered.get(column)
            if (more := _more_cells(finding)) and alike is not None:
                alike.met += more
            else:
                shown.append(finding)
            continue
        alike = known.setdefault(kind, _Alike())
        alike.met += 1
        if alike.met <= places:
            shown.append(finding)
        elif alike.rest is None:
            alike.rest = len(shown)
            gathered[str(finding.subject), _cell(finding.what).values["column"]] = alike
            shown.append(finding)
    for alike in known.values():
        if alike.rest is not None:
            first = shown[alike.rest]
            what = _counted(_cell(first.what).values["column"], alike.met - places)
            shown[alike.rest] = first._replace(place=Place(first.place.file), what=what, cure=None)
    return tuple(shown)


def _kind(finding: Finding) -> Hashable | None:
    """What cells broken alike have in common; None for a finding that is about something else."""
    cell = _cell(finding.what)
    if finding.what.other or not {"column", "seen"} <= cell.values.keys():
        return None
    about = (finding.severity, str(finding.subject), str(finding.cure))
    return (*about, finding.what.template, cell.template, cell.values["column"])


def _cell(what: Text) -> Text:
    """The sentence about the cell itself: what becomes of its row may be said around it."""
    inner = what.values.get("what")
    return inner if isinstance(inner, Text) else what


def _counted(column: object, n: int) -> Text:
    return count_text(
        "column '{column}': ... and {n} more such cell",
        "column '{column}': ... and {n} more such cells",
        n,
        column=column,
    )


def _more_cells(finding: Finding) -> int:
    """How many more broken cells a finding counts; 0 where it is about something else."""
    n = finding.what.values.get("n")
    return n if isinstance(n, int) and finding.what.template == _counted("", 1).template else 0
