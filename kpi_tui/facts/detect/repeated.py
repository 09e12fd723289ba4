"""Tables that are there twice, in another format or encoding: read together they would double every sum.

Invariant: a table repeats another only where both were read whole, have as many rows under the same names, and the same
values in the first of them. Which one stays is the order in which they were named.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from decimal import Decimal, InvalidOperation

from msgspec import structs

from kpi_tui.errors import Finding, Place, count_text, text
from kpi_tui.facts.detect.description import Description

_SHORT = 3  # rows below which two tables may be alike by chance


def without_repeated(described: Sequence[Description]) -> tuple[Description, ...]:
    """The descriptions; one that repeats another before it says so in `repeats` and in a finding."""
    seen: dict[tuple[object, ...], Description] = {}
    result = []
    for each in described:
        first = seen.setdefault(_content(each), each) if _is_known(each) else each
        result.append(each if first is each else _repeating(each, first))
    return tuple(result)


def _is_known(each: Description) -> bool:
    return each.usable and (each.height or 0) >= _SHORT


def _content(each: Description) -> tuple[object, ...]:
    """What is compared: the same in a text file and in one that has types."""
    return each.height, each.header, tuple(tuple(map(_plain, row)) for row in each.rows)


def _plain(value: object) -> object:
    """A cell whatever its type is: numbers by their value, moments by their day, nothing as nothing."""
    match value:
        case None | "":
            return None
        case bool():
            return value
        case date():
            return value.isoformat()[:10]
        case int() | float() | Decimal() | str():
            with suppress(InvalidOperation):
                return Decimal(str(value))
    return str(value)


def _repeating(each: Description, first: Description) -> Description:
    what = count_text(
        "{n} row, the same as in {other}: this table is left out",
        "{n} rows, the same as in {other}: this table is left out",
        each.height or 0,
        other=first.source.path,
    )
    finding = Finding(
        Place(each.source.path), what, text("name it alone if it is the one to be read"), severity="warning"
    )
    return structs.replace(each, repeats=first.source.path, findings=(*each.findings, finding))
