"""What the fixed words of the workspace file (`at_least`, `last_period`, `up`) are called on the screen.

The file and the command line keep the words as they are: they are a contract. Invariant: a word without a name here is
shown as it stands in the file.
"""

from __future__ import annotations

from collections.abc import Mapping

from kpi_tui.errors import Text, text

_PERIODS: Mapping[str, Text] = {
    "day": text("day"),
    "week": text("week"),
    "month": text("month"),
    "quarter": text("quarter"),
    "year": text("year"),
}
_NAMES: Mapping[str, Mapping[str, Text]] = {
    "bonus_period": _PERIODS,
    "every": _PERIODS,
    "week_start": {
        "monday": text("Monday"),
        "tuesday": text("Tuesday"),
        "wednesday": text("Wednesday"),
        "thursday": text("Thursday"),
        "friday": text("Friday"),
        "saturday": text("Saturday"),
        "sunday": text("Sunday"),
    },
    "unit": {
        "money": text("money"),
        "count": text("count"),
        "percent": text("per cent"),
        "ratio": text("ratio"),
        "days": text("days"),
        "score": text("score"),
    },
    "mark": {"tab": text("tab"), "space": text("space"), "no-break space": text("no-break space")},
    "to_date": _PERIODS,
    "good": {"up": text("up"), "down": text("down"), "none": text("neither")},
    "at": {
        "first": text("first day"),
        "last": text("last day"),
        "average": text("average of the days"),
        "sum": text("sum of what was entered"),
    },
    "measure": {"last_period": text("last complete period"), "window": text("all days since the start")},
    "kind": {
        "increase": text("increase"),
        "decrease": text("decrease"),
        "at_least": text("at least"),
        "at_most": text("at most"),
        "between": text("between two limits"),
        "milestone": text("milestone"),
    },
    "split": {"line": text("evenly over the days"), "by_hand": text("by hand")},
    "attainment": {"ratio": text("fact to plan"), "progress": text("way from the baseline")},
    "scale": {"line": text("as attained"), "threshold": text("from the floor on"), "steps": text("by steps")},
}
_KINDS: Mapping[str, Text] = {
    "text": text("text"),
    "integer": text("integer"),
    "decimal": text("decimal"),
    "percent": text("percent"),
    "date": text("date"),
    "datetime": text("date and time"),
    "boolean": text("yes or no"),
}
_OF_POLARS: Mapping[str, str] = {"string": "text", "float64": "decimal", "float32": "decimal"}
_BOOLEANS: Mapping[str, Text] = {"true": text("yes"), "false": text("no")}


def kind_name(dtype: str) -> Text:
    """What a column read as a Polars type holds: `String` is text, `Datetime(time_unit='us')` date and time."""
    name = dtype.split("(")[0].lower()
    kind = "integer" if name.startswith(("int", "uint")) else _OF_POLARS.get(name, name)
    return _KINDS.get(kind) or Text(kind)


def word_name(key: str, word: str) -> Text:
    """What the value `word` of a field `key` is called; booleans are `true` and `false`."""
    return _NAMES.get(key, {}).get(word) or _BOOLEANS.get(word) or Text(word)
