"""The filter of data as it is typed: `channel=Email,Direct region=North`. No screen in here.

Invariant: what `filter_text` writes, `parsed_filter` reads back as the same filter.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence

from kpi_tui.errors import Text, did_you_mean, text
from kpi_tui.facts.query import Filter
from kpi_tui.metrics.evaluate import Evaluator
from kpi_tui.review.view import no_such_value, unknown_values


def filter_text(where: Filter) -> str:
    """The filter as it is typed; a value that holds one of the marks is in quotes, a missing one is empty."""
    return "; ".join(f"{name}={','.join(map(_quoted, values))}" for name, values in where)


def parsed_filter(typed: str, dimensions: Sequence[str]) -> Filter | Text:
    """What was typed as a filter, or the reason why it is none; empty where nothing is said of a dimension.

    Dimensions are apart by a blank or `;`, values of one by `,`: any of them.
    """
    where: dict[str, list[str | None]] = {}
    found = list(_conditions(typed, dimensions))
    if not found:
        named = re.match(r"\s*([^\W\d]\w*)\s*=", typed)
        return _no_dimension(named[1], dimensions) if named is not None else ()
    before = typed[: found[0][0]].strip(" ;")
    stray = [before, *(rest for _, _, values in found for rest in _strays(values))]
    for part in filter(None, stray):
        return _no_dimension(part.partition("=")[0].strip(), dimensions)
    for _, name, values in found:
        where.setdefault(name, []).extend(value.strip() or None for value in _items(values.strip(" ;")))
    return tuple((name, tuple(dict.fromkeys(values))) for name, values in sorted(where.items()))


def _no_dimension(name: str, dimensions: Sequence[str]) -> Text:
    cure = did_you_mean(name, dimensions)
    wrong = text("there is no dimension '{name}'", name=name)
    return text("{what}: {cure}", what=wrong, cure=cure) if cure is not None else wrong


def unknown_part(evaluator: Evaluator, metrics: tuple[str, ...], where: Filter) -> Text | None:
    """The first value of the filter that no row has, with what may be meant."""
    for name, value, cure in unknown_values(evaluator, metrics, where):
        wrong = no_such_value(name, value)
        return text("{what}: {cure}", what=wrong, cure=cure) if cure is not None else wrong
    return None


def _conditions(typed: str, dimensions: Sequence[str]) -> Iterator[tuple[int, str, str]]:
    """Where a condition begins, its dimension, and its values as typed."""
    names = "|".join(map(re.escape, sorted(dimensions, key=len, reverse=True)))
    if not names:
        return
    marks = [found for found in re.finditer(rf"(?:^|(?<=[\s;]))({names})\s*=", typed) if not _in_quotes(typed, found)]
    for index, found in enumerate(marks):
        end = marks[index + 1].start() if index + 1 < len(marks) else len(typed)
        yield found.start(), found[1], typed[found.end() : end]


def _in_quotes(typed: str, found: re.Match[str]) -> bool:
    return typed[: found.start()].count('"') % 2 == 1


def _strays(values: str) -> Iterator[str]:
    """What follows a `;` and names no dimension that is known."""
    bare = re.sub(r'"[^"]*"', "", values)
    yield from (part.strip() for part in bare.split(";")[1:] if "=" in part)


def _items(values: str) -> list[str]:
    return next(csv.reader([values], skipinitialspace=True), []) or [""]


def _quoted(value: str | None) -> str:
    if value is None:
        return ""
    plain = value == value.strip() and not set(value) & set('",;=')
    return value if plain and value else '"' + value.replace('"', '""') + '"'
