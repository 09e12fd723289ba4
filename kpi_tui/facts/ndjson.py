"""Lines of JSON: one object a line -> a frame of text with the line of each.

Invariant: no value passes through a float, so a number keeps every digit it was written with and an id its length. A
number is handed on with the source's decimal mark, as a text cell would be written.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

import polars as pl

from kpi_tui.errors import Place, count_text, text
from kpi_tui.facts.delimited import Rows, entitled
from kpi_tui.facts.table import LINE, SHOWN, Findings


def read(data: bytes, decimal: str, skip: int, name: str, findings: Findings) -> Rows | None:
    """The rows of `data` below `skip` lines; None where no line holds an object.

    An object inside an object gives columns `outer.inner`, a list stays JSON. Raises UnicodeDecodeError where `data` is
    not UTF-8.
    """
    decoder = json.JSONDecoder(
        parse_int=str, parse_float=lambda digits: digits.replace(".", decimal), parse_constant=str
    )
    columns: dict[str, list[str | None]] = {}
    lines: list[int] = []
    broken: list[int] = []
    for number, line in enumerate(data.decode().split("\n"), 1):
        if number <= skip or not line.strip():
            continue
        try:
            record = decoder.decode(line.strip())
        except (ValueError, RecursionError):
            broken.append(number)
            continue
        if not isinstance(record, Mapping):
            broken.append(number)
            continue
        for key, value in _flat(record).items():
            column = columns.setdefault(key, [])
            column.extend([None] * (len(lines) - len(column)))
            column.append(value)
        lines.append(number)
    _say_broken(broken, name, findings)
    if not columns:
        if not broken:
            findings.add(
                Place(name), text("no line holds a JSON object"), text("export it as NDJSON: one object a line")
            )
        return None
    for column in columns.values():
        column.extend([None] * (len(lines) - len(column)))
    frame = pl.DataFrame([pl.Series(f"c{at}", cells, dtype=pl.String) for at, cells in enumerate(columns.values())])
    rows = frame.with_columns(pl.Series(LINE, lines, dtype=pl.UInt32))
    return entitled(rows, list(columns), Place(name), len(broken), findings)


def _flat(record: Mapping[str, object]) -> dict[str, str | None]:
    flat: dict[str, str | None] = {}
    for key, value in record.items():
        if isinstance(value, Mapping):
            flat.update({f"{key}.{inner}": cell for inner, cell in _flat(value).items()})
        elif isinstance(value, list):
            flat[key] = json.dumps(value, ensure_ascii=False)
        elif isinstance(value, bool):
            flat[key] = "true" if value else "false"
        else:
            flat[key] = None if value is None else str(value)
    return flat


def _say_broken(broken: list[int], name: str, findings: Findings) -> None:
    for line in broken[:SHOWN]:
        findings.add(
            Place(name, line),
            text("this line is not a JSON object"),
            text("the row is left out: correct it in the file"),
        )
    if len(broken) > SHOWN:
        more = len(broken) - SHOWN
        findings.add(Place(name), count_text("... and {n} more broken row", "... and {n} more broken rows", more))
