"""CSV and its kin: UTF-8 bytes -> a frame of text with the line of each record.

There are two readers that agree. Polars reads a *regular* file, every record one line with as many cells as the header;
what it returns is believed only if lines and separators add up, because it drops, pads and renames without a word. Any
other file is read record by record by the standard library, which knows where each begins, so that broken ones are
named and left out.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence

import polars as pl
from msgspec import Struct

from kpi_tui.errors import Place, Text, count_text, text
from kpi_tui.facts.table import LINE, SHOWN, Findings

_BLANK = (None, "")
_LONE_RETURN = re.compile(r"\r(?!\n)")
_LONE_RETURNS = re.compile(rb"\r(?!\n)")
_RUN_OF_SPACES = re.compile(rb"[ \t]+")
_OUTER_SPACES = re.compile(rb"^[ \t]+|[ \t]+(?=\r?$)", re.MULTILINE)


class Rows(Struct, frozen=True):
    """The records of one file or sheet: columns by the header's names, all blank ones left out, and `LINE`."""

    frame: pl.DataFrame
    header: int
    left_out: int = 0
    refused: tuple[str, ...] = ()  # names that stand twice in the header


def read(data: bytes, separator: str, skip: int, name: str, findings: Findings, header_rows: int = 1) -> Rows | None:
    """The rows of `data` below `skip` lines and a header; None where there is not even a header.

    A separator that is a space stands for any run of spaces, as old listings are set. `header_rows` lines name the
    columns, from the top: two that belong together are joined, and a name that spans several columns stands over the
    first of them. With none the columns are `column_1` and so on.

    Raises UnicodeDecodeError where `data` is not UTF-8.
    """
    if len(separator) != 1 or separator in '\r\n"':
        findings.add(Place(name), text("the separator must be one character"), text("set `separator` in [source.read]"))
        return None
    data = _evenly_ended(data, separator)
    if separator == " ":
        data = _RUN_OF_SPACES.sub(b" ", _OUTER_SPACES.sub(b"", data))
    begin = _after_lines(data, skip)
    header, lines, size = _headers(data[begin:], separator, header_rows)
    if not header:
        findings.add(
            Place(name, skip + 1), text("the file has no header line"), text("check `skip_rows` in [source.read]")
        )
        return None
    body = data[begin + size :]
    first = skip + lines + 1
    names = [f"c{index}" for index in range(len(header))]
    left_out = 0
    frame = _regular(body, separator, names, first)
    if frame is None:
        frame, left_out = _records(body, separator, names, first, name, findings)
    return entitled(frame, header, Place(name, skip + lines), left_out, findings)


def parted(data: bytes, separator: str, skip: int, header_rows: int) -> tuple[list[str], bytes]:
    """The names in the header of UTF-8 text and the bytes below it."""
    begin = _after_lines(data, skip)
    header, _, size = _headers(data[begin:], separator, header_rows)
    return header, data[begin + size :]


def _after_lines(data: bytes, lines: int) -> int:
    position = 0
    for _ in range(lines):
        position = data.find(b"\n", position) + 1
        if position == 0:
            return len(data)
    return position


def _evenly_ended(data: bytes, separator: str) -> bytes:
    """`data` with bare carriage returns as line ends where they make lines as wide as the first one.

    Else they are left to `_records`: one inside a cell is not a line end.
    """
    if b"\r" not in data or not _LONE_RETURNS.search(data):
        return data
    mended = _LONE_RETURNS.sub(b"\n", data)
    if b'"' in data:
        return data
    widths = {line.count(separator.encode()) for line in mended.split(b"\n") if line.strip()}
    return mended if len(widths) == 1 and widths != {0} else data


def heading(data: bytes, separator: str, skip: int, rows: int) -> tuple[int, int]:
    """How many bytes, and lines, stand above the first record of a file that begins with `data`."""
    begin = _after_lines(data, skip)
    _, lines, size = _headers(data[begin:], separator, rows)
    return begin + size, skip + lines


def _headers(data: bytes, separator: str, rows: int) -> tuple[list[str], int, int]:
    """The names from `rows` header lines, how many lines they take, and how many bytes."""
    if rows == 0:
        cells, _, _ = _header(data, separator)
        return [f"column_{at + 1}" for at in range(len(cells))], 0, 0
    found: list[list[str]] = []
    lines = size = 0
    for _ in range(rows):
        cells, taken, bytes_taken = _header(data[size:], separator)
        if not cells:
            return [], lines + taken, size + bytes_taken
        found.append(cells)
        lines, size = lines + taken, size + bytes_taken
    return merged(found), lines, size


def merged(header: Sequence[Sequence[str]]) -> list[str]:
    """One name a column from header lines above each other; in all but the last a name holds until the next one."""
    if len(header) == 1:
        return list(header[0])
    width = max(map(len, header))
    names = [""] * width
    for at, row in enumerate(header):
        current = ""
        for column in range(width):
            cell = row[column] if column < len(row) else ""
            current = cell or (current if at < len(header) - 1 else "")
            if current and current != names[column]:
                names[column] = f"{names[column]} {current}".strip()
    return names


def _header(data: bytes, separator: str) -> tuple[list[str], int, int]:
    """The names, how many lines they and the blank lines before them take, and how many bytes."""
    source = io.BytesIO(data)
    taken: list[bytes] = []

    def lines() -> Iterator[str]:
        for line in source:
            taken.append(line)
            yield line.decode()

    try:
        for cells in csv.reader(lines(), delimiter=separator):
            if any(cell.strip() for cell in cells):
                return [cell.strip() for cell in cells], len(taken), sum(map(len, taken))
    except csv.Error:
        pass
    return [], len(taken), len(data)


def _regular(body: bytes, separator: str, names: list[str], first: int) -> pl.DataFrame | None:
    """The records if every one is a line with a cell for each name, else None."""
    while body.endswith((b"\n\n", b"\n\r\n")):
        body = body.rstrip(b"\r\n") + b"\n"
    if not body.strip(b"\r\n"):
        return pl.DataFrame(schema={**dict.fromkeys(names, pl.String()), LINE: pl.UInt32()})
    if not separator.isascii():
        return None
    try:
        frame = pl.read_csv(
            body,
            has_header=False,
            separator=separator,
            schema=dict.fromkeys(names, pl.String()),
            infer_schema=False,
            empty_string_is_null=False,
            missing_columns="insert",
        )
    except pl.exceptions.PolarsError:
        return None
    lines = body.count(b"\n") + (not body.endswith(b"\n"))
    if lines != frame.height or _separators(body, separator, frame) != (len(names) - 1) * lines:
        return None
    line = pl.int_range(first, first + frame.height, dtype=pl.UInt32, eager=True).alias(LINE)
    return frame.with_columns(line)


def _separators(body: bytes, separator: str, frame: pl.DataFrame) -> int:
    """How many separators stand between cells.

    Polars fills a short record with empty cells: only the count shows it.
    """
    found = body.count(separator.encode())
    if b'"' in body:
        inside = frame.select(pl.sum_horizontal(pl.all().str.count_matches(separator, literal=True).sum())).item()
        found -= inside
    return found


def _records(
    body: bytes, separator: str, names: list[str], first: int, name: str, findings: Findings
) -> tuple[pl.DataFrame, int]:
    width = len(names)
    rows: list[list[str | None]] = []
    lines: list[int] = []
    broken: list[tuple[int, Text]] = []
    short: list[tuple[int, int]] = []
    last_line = first + body.count(b"\n")
    ends_open = not body.endswith(b"\n")
    # A carriage return inside a line is neither a line end to an editor nor what anybody wrote into a cell.
    for line, end, cells in _scan(_LONE_RETURN.sub(" ", body.decode()), separator, first):
        if cells is None:
            broken.append((line, text("a quotation mark is opened and not closed")))
            continue
        if len(cells) < width and any(cells):
            if ends_open and end >= last_line:
                broken.append((line, text("the file ends in the middle of a line")))
                continue
            short.append((line, len(cells)))
        elif len(cells) > width:
            if any(cells[width:]):
                broken.append((line, _too_wide(len(cells), width)))
                continue
            del cells[width:]
        if cells:
            rows.append([*cells, *[None] * (width - len(cells))])
            lines.append(line)
    _report(name, broken, short, width, findings)
    columns = list(zip(*rows, strict=True)) if rows else [()] * width
    frame = pl.DataFrame([pl.Series(key, column, dtype=pl.String) for key, column in zip(names, columns, strict=True)])
    return frame.with_columns(pl.Series(LINE, lines, dtype=pl.UInt32)), len(broken)


def _scan(content: str, separator: str, first: int) -> Iterator[tuple[int, int, list[str] | None]]:
    """Each record with the lines it begins and ends on; None for a line whose quotation mark is never closed.

    Such a mark swallows what follows it, a line added at the end included, which is how it shows; reading goes on with
    the line after it.
    """
    lines = list(io.StringIO(content, newline="\n"))
    stop = len(lines)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    lines.append("")
    begin = 0
    while begin < stop:
        start = begin
        reader = csv.reader(_from(lines, start), delimiter=separator)
        while begin < stop:
            try:
                cells = next(reader)
            except csv.Error:  # a cell of more than 128 KB: a mark that is not closed for a long time
                cells = None
            end = start + reader.line_num
            if cells is None or end > stop:
                yield first + begin, first + begin, None
                begin += 1
                break
            yield first + begin, first + end - 1, cells
            begin = end


def _from(lines: Sequence[str], start: int) -> Iterator[str]:
    return (lines[index] for index in range(start, len(lines)))


def _report(
    name: str, broken: list[tuple[int, Text]], short: list[tuple[int, int]], width: int, findings: Findings
) -> None:
    for line, what in broken[:SHOWN]:
        findings.add(Place(name, line), what, text("the row is left out: correct it in the file"))
    if len(broken) > SHOWN:
        more = len(broken) - SHOWN
        findings.add(Place(name), count_text("... and {n} more broken row", "... and {n} more broken rows", more))
    for line, cells in short[:SHOWN]:
        findings.warn(
            Place(name, line),
            count_text(
                "{n} cell where the header has {width}; the rest are taken as missing",
                "{n} cells where the header has {width}; the rest are taken as missing",
                cells,
                width=width,
            ),
            text("complete the row in the file"),
        )
    if len(short) > SHOWN:
        more = len(short) - SHOWN
        findings.warn(Place(name), count_text("... and {n} more short row", "... and {n} more short rows", more))


def _too_wide(cells: int, width: int) -> Text:
    return count_text(
        "{n} cell where the header has {width}", "{n} cells where the header has {width}", cells, width=width
    )


def entitled(frame: pl.DataFrame, header: Sequence[str], place: Place, left_out: int, findings: Findings) -> Rows:
    """`frame`, whose columns stand in the header's order with `LINE` last, under the header's names.

    A name that stands twice is refused: neither column is taken. A column without a name is left out, and said if it
    holds anything. Rows without a single cell are dropped.
    """
    frame = _without_blank_rows(frame)
    twice = sorted({name for name in header if name and header.count(name) > 1})
    for name in twice:
        findings.add(
            place,
            text("the column '{name}' stands twice in the header; neither is read", name=name),
            text("rename one of them in the file"),
        )
    kept: dict[str, str] = {}
    for index, (column, name) in enumerate(zip(frame.columns, header, strict=False)):
        if name in twice:
            continue
        if name:
            kept[column] = name
        elif frame[column].is_in(_BLANK, nulls_equal=True).not_().any():
            findings.warn(place, text("column {number} has no name and is left out", number=index + 1))
    return Rows(frame.select(*kept, LINE).rename(kept), place.line, left_out, tuple(twice))


def _without_blank_rows(frame: pl.DataFrame) -> pl.DataFrame:
    columns = [name for name in frame.columns if name != LINE]
    blank: pl.Series | None = None
    for name in columns:  # nearly always the first column has no blank cell, and that is all there is to look at
        column = frame[name]
        empty = column.is_null() if column.dtype != pl.String else (column.is_null() | (column == "").fill_null(True))
        blank = empty if blank is None else blank & empty
        if not blank.any():
            return frame
    return frame if blank is None else frame.filter(~blank)
