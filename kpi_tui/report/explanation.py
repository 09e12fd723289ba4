"""An explanation as lines to read: screen and command line show the same ones.

Invariant: `=` stands only between figures that are shown to their last digit; where one is rounded, `≈` stands.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from fractions import Fraction

from msgspec import Struct

from kpi_tui.errors import Text
from kpi_tui.formula.tree import render
from kpi_tui.language.language import Language
from kpi_tui.metrics.answer import Value
from kpi_tui.metrics.explain import Explanation, Figure, Part
from kpi_tui.metrics.rows import LeafRows
from kpi_tui.report.records import Record
from kpi_tui.report.table import plain
from kpi_tui.workspace.model import Metric

SIGNIFICANT = 7  # digits of a number that has no end
PERCENT_DIGITS = 4
MOST_DIGITS = 9


class ExplanationLine(Struct, frozen=True):
    """A label (a value, or what the text is about) and a text; `part` is there where rows can be opened."""

    label: str
    text: str
    style: str = ""
    depth: int = 0
    part: Part | None = None
    number: bool = False


def explanation_lines(explanation: Explanation, language: Language) -> Iterator[ExplanationLine]:
    """The number with what it is made of, then what leaves rows out, then the sources."""
    if explanation.reason is not None:
        yield ExplanationLine(language("undefined"), language.say(explanation.reason), "risk")
    elif not explanation.complete:
        reasons = [language.say(_with_dates(each, language)) for each in explanation.incomplete]
        said = "; ".join(reasons) or language("the period is not over in the data, or begins before them")
        yield ExplanationLine(language("incomplete"), said, "risk")
    for part in explanation.parts:
        yield from _part_lines(part, language)
    yield ExplanationLine("", "")
    kinds = {
        "source": language("rows of the source"),
        "metric": language("rows of the metric"),
        "filter": language("filter"),
        "scope": language("scope"),
    }
    for each in explanation.conditions:
        sign = ": " if each.kind in ("source", "metric") else " = "
        slices = (value.split(" + ") for value in each.condition.split(", "))
        values = ", ".join(" + ".join(part or language("(none)") for part in each_slice) for each_slice in slices)
        yield ExplanationLine(kinds[each.kind], f"{plain(each.name)}{sign}{plain(values)}")
    for made in explanation.corrections:
        sign = "+" if made.amount >= 0 else ""
        amount = f"{sign}{shown(made.amount, language)}"
        said = f"{made.adjustment} {amount} ({plain(made.source)}.{plain(made.column)})"
        yield ExplanationLine(language("correction"), said)
    for use in explanation.sources:
        rows = language.count("{n} row read", "{n} rows read", use.rows_read)
        left_out = language.count("{n} left out", "{n} left out", use.rows_left_out)
        found = language.count("{n} finding", "{n} findings", use.findings)
        yield ExplanationLine(use.source, f"{rows}, {left_out}, {found}")
        if use.covered is not None:
            first, last = (language.date(date.fromisoformat(day)) for day in use.covered)
            yield ExplanationLine("", language("covers {first} to {last}", first=first, last=last), "muted")
        for file in use.files:
            yield ExplanationLine("", plain(file), "muted")


def _part_lines(part: Part, language: Language) -> Iterator[ExplanationLine]:
    label = shown(part.value, language) if part.unit != "percent" else percent(part.value, language)
    side = {"": "", "numerator": language("numerator"), "denominator": language("denominator")}[part.side]
    said = plain(part.label) if isinstance(part.label, str) else language.say(_with_dates(part.label, language))
    text = f"{said}   ({side})" if side else said
    yield ExplanationLine(label, text, "strong" if part.depth == 0 else "", part.depth, _openable(part), True)
    if part.over is not None and part.leaf is None:
        first, last = language.date(part.over.start), language.date(part.over.end)
        yield ExplanationLine(
            "", language("counted from {first} to {last}", first=first, last=last), "muted", part.depth
        )
    if part.arithmetic:
        yield ExplanationLine("", arithmetic(part, language), "mark", part.depth)
    if part.rows is not None:
        rows = language.count("{n} row counted", "{n} rows counted", part.rows)
        if part.rows_without_value:
            without = language.count("{n} without a value", "{n} without a value", part.rows_without_value)
            rows = f"{rows}, {without}"
        yield ExplanationLine("", rows, "muted", part.depth, _openable(part))


def _openable(part: Part) -> Part | None:
    return part if part.rows else None


def arithmetic(part: Part, language: Language) -> str:
    """`1 240 = 1 240 000 / 1 000`: the formula with its figures, `≈` where one of them is rounded."""
    values = [part.value, *(piece.value for piece in part.arithmetic if isinstance(piece, Figure))]
    percentage = part.unit == "percent"
    rounded = any(_is_rounded(value, percent=percentage and at == 0) for at, value in enumerate(values))
    sign = ("~" if language.numbers.ascii else "≈") if rounded else "="
    left = percent(part.value, language) if percentage else shown(part.value, language)
    pieces = [_inside(piece.value, language) if isinstance(piece, Figure) else piece for piece in part.arithmetic]
    return f"{left} {sign} {''.join(pieces)}"


def shown(value: Value, language: Language) -> str:
    """All digits of an exact number; of another as many as tell it from its neighbours."""
    if value is None:
        return language.numbers.undefined
    return language.numbers.plain(value, _digits(value))


def percent(value: Value, language: Language) -> str:
    """A fraction as per cent, with more digits than anywhere else: this is where somebody checks the number."""
    if value is None:
        return language.numbers.undefined
    exact = _hundredfold(value)
    digits = min(_places(exact), PERCENT_DIGITS)
    return language.numbers.plain(exact, digits) + " %"


def _inside(value: Value, language: Language) -> str:
    return f"({shown(value, language)})" if value is not None and value < 0 else shown(value, language)


def _is_rounded(value: Value, *, percent: bool) -> bool:
    """Whether the number shown is not all of it."""
    if value is None:
        return False
    exact = _hundredfold(value) if percent else _decimal(value)
    digits = min(_places(exact), PERCENT_DIGITS) if percent else _digits(value)
    return Fraction(round(exact, digits)) != Fraction(exact)


def _digits(value: Value) -> int:
    assert value is not None  # callers saw to it
    exact = _decimal(value)
    places = _places(exact)
    if isinstance(value, float):
        places = min(places, max(2, SIGNIFICANT - 1 - exact.adjusted()))
    return min(places, MOST_DIGITS)


def _places(value: Decimal) -> int:
    """Digits after the mark that are not noughts at the end."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def _decimal(value: Decimal | int | float) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(repr(value))


def _hundredfold(value: Decimal | int | float) -> Decimal:
    return _decimal(value).scaleb(2)


def _with_dates(sentence: Text, language: Language) -> Text:
    """A day in a sentence as people write it."""
    values = {name: language.date(day) if isinstance(day, date) else day for name, day in sentence.values.items()}
    return Text(sentence.template, values)


def explanation_title(explanation: Explanation, metric: Metric, language: Language) -> str:
    """Metric, period and slice in one line."""
    ascii, period = language.numbers.ascii, explanation.period
    dot = " | " if ascii else " · "
    slices = [
        f"{plain(name)} {plain(value) if value is not None else language('(none)')}"
        for name, value in explanation.names.items()
    ]
    when = language.period(period.name)
    if period.name == "all" and _known(period.start) is not None:
        when = f"{language.date(period.start)} {'-' if ascii else '–'} {language.date(period.end)}"
    return dot.join(filter(None, (plain(metric.name or metric.id), when, *slices)))


def rows_title(found: LeafRows, language: Language) -> str:
    """What the rows are of and how many of them are shown."""
    rows = language.count("{n} row", "{n} rows", found.total)
    shown_rows = len(found.rows)
    if shown_rows < found.total:
        rows = language("{rows}, the first {count} here", rows=rows, count=shown_rows)
    return f"{plain(render(found.leaf.aggregate))}: {rows}"


def cell_text(value: object, language: Language) -> str:
    """A cell of a source as a person reads it; a missing one is empty."""
    match value:
        case None:
            return ""
        case bool():
            return "TRUE" if value else "FALSE"
        case int():
            return str(value)
        case Decimal() | float():
            return language.numbers.all_digits(value)
        case date():
            return value.isoformat()[:10]
        case _:
            return plain(str(value))


def explanation_record(explanation: Explanation, unit: str, rows: list[LeafRows]) -> Record:
    """An explanation for JSON, with full precision; `rows` are those asked for."""
    period = explanation.period
    return {
        "metric": explanation.metric,
        "period": period.name,
        "start": _known(period.start),
        "end": _known(period.end),
        "complete": explanation.complete,
        "by": dict(explanation.names),
        "value": explanation.parts[0].value,
        "unit": unit,
        "reason": str(explanation.reason) if explanation.reason is not None else None,
        "incomplete": [str(each) for each in explanation.incomplete],
        "parts": [
            {
                "depth": part.depth,
                "label": str(part.label),
                "value": part.value,
                "side": part.side or None,
                "arithmetic": [piece.value if isinstance(piece, Figure) else piece for piece in part.arithmetic],
                "source": part.leaf.source if part.leaf is not None else None,
                "rows": part.rows,
                "rows_without_value": part.rows_without_value if part.rows is not None else None,
            }
            for part in explanation.parts
        ],
        "conditions": [
            {"kind": each.kind, "name": each.name, "condition": each.condition} for each in explanation.conditions
        ],
        "corrections": [
            {"adjustment": made.adjustment, "source": made.source, "column": made.column, "amount": made.amount}
            for made in explanation.corrections
        ],
        "sources": [
            {
                "source": use.source,
                "files": list(use.files),
                "rows_read": use.rows_read,
                "rows_left_out": use.rows_left_out,
                "first": use.covered[0] if use.covered else None,
                "complete_until": use.covered[1] if use.covered else None,
            }
            for use in explanation.sources
        ],
        "rows": [
            {
                "file": row.place.file,
                "line": row.place.line,
                "leaf": render(each.leaf.aggregate),
                "cells": dict(row.cells),
            }
            for each in rows
            for row in each.rows
        ],
    }


def _known(day: date) -> date | None:
    """A source without dates has a period without bounds."""
    return None if day in (date.min, date.max) else day
