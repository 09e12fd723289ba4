"""The values behind a number: of every aggregate that it is made of, how what it aggregates is spread.

Invariant: the rows are those of the number's explanation, so a spread is of exactly what the number was computed from;
corrections, which stand in no row, are not in it.
"""

from __future__ import annotations

from msgspec import Struct

from kpi_tui.errors import KpiError, Text, text
from kpi_tui.facts.spread import NotSpread, Spread, spread_behind
from kpi_tui.metrics.answer import Value
from kpi_tui.metrics.evaluate import Evaluator, RowsNotKept
from kpi_tui.metrics.explain import Explanation, Part, grouping_of

HOLISTIC = ("MEDIAN", "QUANTILE", "AVG", "STDDEV", "MIN", "MAX")  # of which parts do not make the whole


class LeafSpread(Struct, frozen=True):
    """How the values behind one aggregate, `part` of an explanation, are spread; `value` is what it gave."""

    part: Part
    function: str
    value: Value
    spread: Spread


def spreads(evaluator: Evaluator, explanation: Explanation) -> list[LeafSpread] | Text:
    """One for each aggregate below the number that has values, medians and averages first; or why there is none."""
    found: list[LeafSpread] = []
    why: Text | None = None
    seen: set[object] = set()
    for part in explanation.parts:
        key = (part.leaf.column, part.over) if part.leaf is not None else None
        if part.leaf is None or key in seen:
            continue
        seen.add(key)
        try:
            found.append(_spread(evaluator, explanation, part))
        except KpiError as error:
            why = why or error.what
    if not found:
        return why or text("no values of a source's rows are behind this number")
    return sorted(found, key=lambda each: each.function not in HOLISTIC)


def _spread(evaluator: Evaluator, explanation: Explanation, part: Part) -> LeafSpread:
    leaf = part.leaf
    assert leaf is not None  # the caller saw to it
    table = evaluator.leaf_tables.tables.get(leaf.source)
    if table is not None and table.frame is None and table.large is not None:
        raise RowsNotKept(leaf.source)
    if table is None or table.frame is None or part.over is None:
        raise NotSpread(text("the rows of '{source}' are not there", source=leaf.source))
    grouping = grouping_of(evaluator, explanation.question, leaf.source, part.over, explanation.part)
    found = spread_behind(table.frame, table.source, grouping, leaf)
    return LeafSpread(part, leaf.aggregate.function, part.value, found)
