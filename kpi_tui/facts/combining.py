"""What was found in the pieces of a large file as what was found in the file: the first few places, and all counted."""

from __future__ import annotations

from collections.abc import Iterable

from kpi_tui.errors import Finding, Place, Text, count_text
from kpi_tui.facts.table import SHOWN

_MORE = "... and {n} more"
_COUNTED = "n"


def combined(found: Iterable[Finding], path: str) -> tuple[Finding, ...]:
    """Findings of the pieces in their order.

    Those about single cells and lines are listed `SHOWN` times for each column, then counted; those that say how often
    something is are added up; any other is said once.
    """
    listed: dict[tuple[str, str], list[Finding]] = {}
    more: dict[tuple[str, str], int] = {}
    counted: dict[tuple[str, str], Finding] = {}
    for finding in found:
        what, values = finding.what, finding.what.values
        key = (_subject(what), _column(what))
        if _MORE in what.template:
            more[key] = more.get(key, 0) + _number(what)
        elif finding.place.line and (_COUNTED not in values or _is_of_one_line(what)):
            listed.setdefault(key, []).append(finding)
        elif key in counted:
            counted[key] = _added(counted[key], finding)
        else:
            counted[key] = finding
    return (*_listed(listed, more, path), *counted.values())


def _listed(
    listed: dict[tuple[str, str], list[Finding]], more: dict[tuple[str, str], int], path: str
) -> Iterable[Finding]:
    for all_of_it in listed.values():
        yield from all_of_it[:SHOWN]
    for key, all_of_it in listed.items():
        hidden = len(all_of_it) - SHOWN
        if hidden > 0:
            more[key] = more.get(key, 0) + hidden
    for (_, column), n in more.items():
        yield Finding(Place(path), _more(column, n), subject=_subject_of(listed, column))


def _column(what: Text) -> str:
    inner = what.values.get("what")
    return str((inner if isinstance(inner, Text) else what).values.get("column", ""))


def _more(column: str, n: int) -> Text:
    if column:
        return count_text(
            "column '{column}': ... and {n} more such cell",
            "column '{column}': ... and {n} more such cells",
            n,
            column=column,
        )
    return count_text("... and {n} more broken row", "... and {n} more broken rows", n)


def _subject_of(listed: dict[tuple[str, str], list[Finding]], column: str) -> Text | str:
    return next((found[0].subject for (_, name), found in listed.items() if name == column), "")


def _subject(what: Text) -> str:
    """What a finding is about, whatever the cell: broken cells of a column are one kind, its date or not."""
    if _MORE in what.template or "'{seen}' is not {expected}" in what.template or "{what}; the row" in what.template:
        return "cells"
    return what.template


def _is_of_one_line(what: Text) -> bool:
    """Whether its number counts something in one record, not records."""
    return "{width}" in what.template


def _number(what: Text) -> int:
    n = what.values.get(_COUNTED, 0)
    return n if isinstance(n, int) else 0


def _added(first: Finding, other: Finding) -> Finding:
    if _COUNTED not in first.what.values:
        return first
    values = {**first.what.values, _COUNTED: _number(first.what) + _number(other.what)}
    return first._replace(what=first.what._replace(values=values))
