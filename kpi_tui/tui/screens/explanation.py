"""Where a number comes from, as lines to read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from kpi_tui.metrics.explain import Explanation, Part
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.screens.reader import Entry, Reader


def explanation_screen(desk: Desk, explanation: Explanation) -> Reader:
    """The screen that shows it."""
    metric = desk.context().metric(explanation.metric)
    dot = " | " if desk.ascii else " · "
    where = dot.join(
        f"{name} {value if value is not None else desk.language('(none)')}" for name, value in explanation.names.items()
    )
    parts = (metric.name or metric.id, desk.language.period(explanation.period.name), where)
    return Reader(dot.join(filter(None, parts)), list(_entries(desk, explanation)), desk.language, label_width=20)


def _entries(desk: Desk, explanation: Explanation) -> Iterator[Entry]:
    language = desk.language
    if explanation.reason is not None:
        yield language("undefined"), language.say(explanation.reason), "risk"
    elif not explanation.complete:
        yield language("incomplete"), language("the period is not over in the data, or begins before them"), "risk"
    for part in explanation.parts:
        yield _value(desk, part), "  " * part.depth + part.label, "strong" if part.depth == 0 else ""
    yield "", "", ""
    view = desk.session.view
    for dimension, values in view.where:
        shown = ", ".join(value if value is not None else language("(none)") for value in values)
        yield language("filter"), f"{dimension} = {shown}", ""
    for use in explanation.sources:
        rows = language.count("{n} row read", "{n} rows read", use.rows_read)
        left_out = language.count("{n} left out", "{n} left out", use.rows_left_out)
        found = language.count("{n} finding", "{n} findings", use.findings)
        yield use.source, f"{rows}, {left_out}, {found}", ""
        if use.covered is not None:
            first, last = (language.date(date.fromisoformat(day)) for day in use.covered)
            yield "", language("covers {first} to {last}", first=first, last=last), "muted"
        for file in use.files:
            yield "", file, "muted"


def _value(desk: Desk, part: Part) -> str:
    """All digits that are there: this is where somebody checks the number."""
    value, language = part.value, desk.language
    if value is None:
        return language.numbers.undefined
    if part.unit == "percent":
        return language.numbers.plain(float(value) * 100, 4) + " %"
    whole = isinstance(value, int) or value == int(value)
    return language.numbers.plain(value, 0 if whole else 4)
