"""The fields' names and what each means, for the forms; one entry per key of the workspace file."""

from __future__ import annotations

from collections.abc import Mapping

from kpi_tui.errors import Text, text

_Named = tuple[Text, Text]
_NOTHING = text("")

_COMMON: Mapping[str, _Named] = {
    "id": (text("Id"), text("small Latin letters, digits and _; a rename follows all references")),
    "name": (text("Name"), _NOTHING),
    "note": (text("Note"), _NOTHING),
    "weight": (text("Weight"), text("how much it counts beside the others")),
    "where": (text("Only where"), text("a slice, such as channel = Email, SEO; region = Moscow")),
    "date": (text("Date"), text("such as 2026-11-14 or 14.11.2026")),
    "owner": (text("Owner"), _NOTHING),
    "author": (text("Author"), _NOTHING),
}
_OWN: Mapping[str, Mapping[str, _Named]] = {
    "workspace": {
        "currency": (text("Currency"), text("three letters, such as RUB or EUR")),
        "fiscal_year_start": (text("Fiscal year from month"), text("1 to 12")),
        "week_start": (text("Week begins on"), _NOTHING),
        "strategy": (text("Strategy"), _NOTHING),
        "bonus_period": (text("Bonus period"), _NOTHING),
        "as_of": (text("As of"), text("later rows and entries are left out; empty: the data decide")),
    },
    "source": {
        "path": (
            text("Files"),
            text(
                "relative to the workspace; * stands for anything; csv, tsv, txt, ndjson, xlsx, parquet, sqlite, gz,"
                " zst"
            ),
        ),
        "table": (text("Table"), text("of a database file; empty: its only one")),
        "time": (text("Time column"), text("the column that dates a row; empty: only the whole is known")),
        "dimensions": (text("Dimensions"), text("columns to split by, such as channel, region")),
        "where": (text("Rows where"), text("a condition, such as status <> 'test'")),
        "every": (text("A row covers"), text("the period that begins on its date")),
        "complete_until": (text("Complete until"), text("empty: the end of the last period covered")),
        "read": (text("How to read"), text("encoding, separator, decimal mark, dates")),
        "rename": (text("Rename"), text("header = name; header = name")),
        "columns": (
            text("Column types"),
            text("cost = decimal; clicks = integer; types: text, integer, decimal, percent, date, datetime, boolean"),
        ),
        "labels": (text("Labels"), text("spellings that mean the same; edit them in the file")),
    },
    "read": {
        "encoding": (text("Encoding"), text("such as utf-8, cp1251, utf-16")),
        "separator": (text("Separator"), text("one character, or the word tab")),
        "decimal": (text("Decimal mark"), _NOTHING),
        "thousands": (text("Thousands mark"), text("one character, or the word space")),
        "date": (text("Date format"), text("such as %d.%m.%Y")),
        "date_columns": (text("Date in parts"), text("columns that make the date together, such as year, month")),
        "skip_rows": (text("Lines to skip"), text("before the header")),
        "header_rows": (text("Header lines"), text("how many lines name the columns; 0: none, they are column_1 ...")),
        "nulls": (text("Missing marks"), text("cells that mean nothing, such as \"\", -")),
        "strip": (text("Signs to strip"), text("from numbers, such as ₽, USD")),
        "drop_rows": (text("Rows to drop"), text("total lines, such as date = 'Total'")),
        "sheet": (text("Sheets"), text("a name, several, or * for all")),
    },
    "metric": {
        "source": (text("Source"), text("where its aggregates count")),
        "formula": (text("Formula"), text("such as SUM(cost) or spend / new_customers; empty: entered by hand")),
        "unit": (text("Unit"), _NOTHING),
        "good": (text("Good is"), _NOTHING),
        "at": (text("Stock at"), text("a stock is taken on one day and never summed over time")),
        "window": (text("Window"), text("counted over so long up to each period's end, such as 28 days")),
        "to_date": (text("To date"), text("counted from the beginning of its week, month, quarter or year")),
        "offset": (text("Offset"), text("what it was so long before, such as 1 month")),
        "conversion": (
            text("Conversion"),
            text("entity = lead_id; base.source = leads; converted.source = deals; within = 30 days"),
        ),
        "retention": (text("Retention"), text("source = orders; entity = customer_id; period = month; after = 1")),
        "acquisition": (text("Acquisition"), text("source = orders; entity = customer_id")),
        "repeat": (text("Repeat"), text("source = orders; entity = customer_id; order = order_id")),
        "funnel": (text("Funnel"), text("steps = clicks, leads, orders")),
        "fill": (text("Without rows"), text("the value of a period without rows: a number or previous")),
        "accumulates": (text("Accumulates"), text("whether goals add it up over time; empty: by its formula")),
        "share_of_total": (text("Share of total"), text("the slice divided by the total")),
        "entries": (text("Values"), text("entered by hand")),
    },
    "entries": {
        "value": (text("Value"), _NOTHING),
        "by": (text("Slice"), text("such as segment = target; empty: the total")),
        "n": (text("Asked"), text("size of the survey")),
    },
    "objective": {"parent": (text("Under"), text("the objective above"))},
    "goal": {
        "objective": (text("Objective"), _NOTHING),
        "metric": (text("Metric"), _NOTHING),
        "measure": (text("Measured over"), _NOTHING),
        "kind": (text("Kind"), text("at least, at most and between are limits; a milestone is work done")),
        "baseline": (text("Baseline"), text("the value it starts from")),
        "baseline_period": (text("Baseline period"), text("such as 2025 or 2025-Q4, instead of a baseline")),
        "target": (text("Target"), text("a number, or +20% or +5pp of the baseline")),
        "low": (text("Not below"), _NOTHING),
        "high": (text("Not above"), _NOTHING),
        "done": (text("Done"), text("share of the work that is done")),
        "commit": (text("Commit"), text("a lower level")),
        "stretch": (text("Stretch"), text("a higher level")),
        "start": (text("Start"), text("the first day")),
        "due": (text("Due"), text("the last day")),
        "split": (text("Split"), text("how the target falls on the periods")),
        "targets": (text("Targets of periods"), text("2026-Q1 = 24000000; 2026-Q2 = 29000000")),
        "why": (text("Why"), text("what it is good for")),
        "how": (text("How"), text("why it can be reached: activities, budget")),
        "checkin": (text("Check-ins"), _NOTHING),
    },
    "checkin": {"confidence": (text("Confidence"), text("0 to 10"))},
    "member": {
        "name": (text("Full name"), _NOTHING),
        "role": (text("Role"), _NOTHING),
        "reports_to": (text("Reports to"), _NOTHING),
        "capacity": (text("Hours a week"), _NOTHING),
        "bonus": (text("Bonus"), text("at an index of 100 %")),
        "kpi": (text("KPI matrix"), text("weights add up to 100")),
    },
    "kpi": {
        "goal": (text("Goal"), _NOTHING),
        "metric": (text("Metric"), text("instead of a goal, with a plan of its own")),
        "plan": (text("Plan"), text("of a metric, for one bonus period")),
        "attainment": (text("Attainment"), text("what the score is computed from")),
        "floor": (text("Floor"), text("attainment below it scores 0")),
        "cap": (text("Cap"), text("the highest score")),
        "scale": (text("Scale"), text("how attainment becomes a score")),
        "steps": (text("Steps"), text("from an attainment on, a score")),
    },
    "adjustment": {
        "source": (text("Source"), text("whose column is corrected")),
        "column": (text("Column"), text("a column of numbers of the source")),
        "add": (text("Adds"), text("an amount more (or less) on that date and slice")),
        "set": (text("Set to"), text("what the sum of that date and slice is")),
        "reason": (text("Reason"), text("why the source is wrong")),
    },
    "steps": {"from": (text("From"), text("attainment")), "score": (text("Score"), _NOTHING)},
}  # fmt: skip


def field_name(path: tuple[str, ...], key: str) -> Text:
    """The name of the field `key` of the record at `path`."""
    return _named(path, key)[0]


def field_help(path: tuple[str, ...], key: str) -> Text:
    """What it means, or an empty text where its name says it all."""
    return _named(path, key)[1]


def _named(path: tuple[str, ...], key: str) -> _Named:
    kind = path[-1] if path[-1] in ("workspace", "read") else path[-2]
    return _OWN.get(kind, {}).get(key) or _COMMON.get(key) or (text("{key}", key=key), _NOTHING)
