"""Which column dates a row, how its dates are written, and what period a row covers.

Invariant: a column that leaves the order of day and month open takes it from one that proves it; where none does, or
where several columns of dates are as fine, it is a question and the likeliest answer is in the proposal.
"""

from __future__ import annotations

import re

import polars as pl
from msgspec import structs

from kpi_tui.errors import Place, Text, count_text, text
from kpi_tui.facts.cells import as_written
from kpi_tui.facts.dates import MONTHS, parsed
from kpi_tui.facts.detect import dates
from kpi_tui.facts.detect.columns import Columns
from kpi_tui.facts.detect.dates import Dated
from kpi_tui.facts.detect.description import Choice, Question
from kpi_tui.facts.detect.draft import Draft
from kpi_tui.facts.table import ORIGIN
from kpi_tui.workspace.model import ColumnType, Grain

_FINEST: tuple[Grain, ...] = ("day", "week", "month", "quarter", "year")


def date_rows(frame: pl.DataFrame, columns: Columns, kinds: dict[str, ColumnType], draft: Draft) -> None:
    """`time`, `every` and the formats; the other columns of dates into `kinds`."""
    if not columns.dated:
        _split_date(frame, kinds, draft)
        return
    ranked = sorted(
        columns.dated,
        key=lambda name: (_FINEST.index(columns.dated[name].every or "day"), not dates.NAME.search(name)),
    )
    finest = columns.dated[ranked[0]].every
    candidates = [name for name in ranked if columns.dated[name].every == finest]
    time = candidates[0]
    agreed = _agreed({name: one for name, one in columns.dated.items() if one.every == finest})
    formats = _formats(agreed, time)
    every, why = _every(agreed[time])
    draft.source = structs.replace(draft.source, time=time, every=every)
    draft.read(date=formats[0] if len(formats) == 1 else formats)
    shown = agreed[time]
    draft.decide("read.date", ", ".join(formats), count_text("{n} value read so", "{n} values read so", shown.read))
    if every != "day":
        draft.decide("every", every, why)
    for name, dated in agreed.items():
        if name != time and not (frame.schema[name] == pl.Date or isinstance(frame.schema[name], pl.Datetime)):
            kinds[name] = "datetime" if dated.moments else "date"
    if len(candidates) > 1:
        draft.questions.append(_which_time(candidates, agreed))
    else:
        draft.decide("time", time, text("the only column of dates"))
    _ask_orders(frame, agreed, formats, time, draft)


def _agreed(dated: dict[str, Dated]) -> dict[str, Dated]:
    """The columns of dates, those that leave the order open with the order of those that prove it."""
    proven = {_order(one.formats[0]) for one in dated.values() if len(one.orders) == 1 and not one.iso}
    agreed = {}
    for name, one in dated.items():
        fitting = [form for form in one.orders if _order(form) in proven]
        if len(one.orders) > 1 and len(fitting) == 1:
            one = structs.replace(one, formats=(fitting[0], *one.formats[1:]), orders=(fitting[0],))
        agreed[name] = one
    return agreed


def _order(form: str) -> str:
    return "".join(re.findall("%([dmyY])", form)).lower()


def _formats(dated: dict[str, Dated], time: str) -> tuple[str, ...]:
    """The formats of all columns, those of `time` first; the ISO form needs none."""
    ordered = [dated[time], *[one for name, one in dated.items() if name != time]]
    needed = dict.fromkeys(form for one in ordered if not one.iso for form in one.formats)
    return tuple(needed) or ("%Y-%m-%d",)


def _every(dated: Dated) -> tuple[Grain, Text]:
    if dated.every is not None:
        return dated.every, text("the dates are written so")
    return dates.spacing(dated.days), count_text("{n} date is spaced so", "{n} dates are spaced so", dated.days.len())


def _which_time(candidates: list[str], dated: dict[str, Dated]) -> Question:
    choices = []
    for name in candidates:
        days = dated[name].days
        examples = (f"{dates.shown(days[0])} .. {dates.shown(days[-1])}",)
        choices.append(Choice(text("{name}", name=name), examples, (("time", name), ("every", _every(dated[name])[0]))))
    return Question("time", text("Which column dates a row?"), tuple(choices))


def _ask_orders(
    frame: pl.DataFrame, dated: dict[str, Dated], formats: tuple[str, ...], time: str, draft: Draft
) -> None:
    """The question of day and month, once, for the first column that leaves it open."""
    open_order = next((name for name in [time, *dated] if len(dated[name].orders) > 1), None)
    if open_order is None:
        return
    column = frame[open_order]
    sample = (column if column.dtype == pl.String else as_written(column)).drop_nulls().unique(maintain_order=True)
    shown = sample.str.strip_chars().head(200)
    choices = []
    for form in dated[open_order].orders:
        chosen = tuple(dict.fromkeys(form if one == dated[open_order].formats[0] else one for one in formats))
        examples = _dates_read(shown, form)
        sets: list[tuple[str, object]] = [("read.date", chosen[0] if len(chosen) == 1 else chosen)]
        if open_order == time:
            days = parsed(shown, form, pl.Date()).drop_nulls().unique().sort()
            sets.append(("every", dates.spacing(days)))
        choices.append(Choice(_said_order(form), examples, tuple(sets)))
    what = text("Which comes first in '{column}', the day or the month?", column=open_order)
    draft.questions.append(Question("dates", what, tuple(choices)))


def _dates_read(values: pl.Series, form: str) -> tuple[str, ...]:
    days = parsed(values, form, pl.Date())
    return tuple(f"{seen} = {dates.shown(day)}" for seen, day in zip(values, days, strict=True) if day is not None)[:2]


def _said_order(form: str) -> Text:
    order = _order(form)
    if order.startswith("d"):
        return text("day, month, year")
    return text("month, day, year") if order.startswith("m") else text("year, month, day")


def _split_date(frame: pl.DataFrame, kinds: dict[str, ColumnType], draft: Draft) -> None:
    names = {name: name.strip().lower() for name in frame.columns if name not in ORIGIN}
    ranges = {}
    short = ("yyyy", "mm", "dd", "мес", "число")
    for name in [name for name, lower in names.items() if dates.NAME.search(name) or lower in short]:
        whole = as_written(frame[name]).str.strip_chars().drop_nulls()
        whole = whole.filter(whole != "")
        values = whole.str.to_lowercase().replace(MONTHS).cast(pl.Int64, strict=False)
        if values.len() and not values.null_count():
            ranges[name] = (int(str(values.min())), int(str(values.max())))
    split = dates.parts(names, ranges)
    if split:
        named = not as_written(frame[split[1]]).drop_nulls().str.contains(r"\d").any()
        form = "%Y-" + ("%b" if named else "%m") + ("-%d" if len(split) > 2 else "")
        time = next(name for name in ("date", "period", "row_date") if name not in names)
        draft.source = structs.replace(draft.source, time=time, every="day" if form.endswith("%d") else "month")
        draft.read(date=form, date_columns=split)
        draft.decide("read.date_columns", ", ".join(split), text("the date stands in parts"))
        return
    year = next((name for name, lower in names.items() if lower in ("year", "год") and name in ranges), None)
    if year is not None and ranges[year][0] >= 1900 and ranges[year][1] <= 2199:
        draft.source = structs.replace(draft.source, time=year, every="year")
        draft.read(date="%Y")
        draft.decide("time", year, text("the only column of years"))
        return
    draft.findings.warn(
        Place(draft.source.path),
        text("no column holds dates"),
        text("without `time` only the whole is known, no periods"),
    )
