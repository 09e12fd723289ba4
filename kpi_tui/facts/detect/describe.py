"""Any export -> a proposed source that reads it, with the evidence, and the questions that only a person can answer.

The order is that of reading: bytes to cells (`opening`), total lines, missing marks, what the columns hold, which of
them is the time. Invariant: nothing raises for what a file holds; what cannot be used is a finding with its cure, and
the proposal is read by the source's own reader before it is returned, so the first rows shown are what every later
reading gives.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

import polars as pl
from msgspec import structs
from polars import selectors

from kpi_tui.errors import Finding, Place, count_text, text
from kpi_tui.facts.detect import dates, numbers
from kpi_tui.facts.detect.columns import ID_NAME, Columns, dimensions, judge, over_all
from kpi_tui.facts.detect.description import Choice, Description, Question
from kpi_tui.facts.detect.draft import Draft
from kpi_tui.facts.detect.layout import Totals, find_totals, totals_condition
from kpi_tui.facts.detect.opening import Opened, opened
from kpi_tui.facts.detect.sample import cells_of, every_value, reads_whole, typed_sample
from kpi_tui.facts.detect.timing import date_rows
from kpi_tui.facts.reading import load
from kpi_tui.facts.table import HIDDEN, ORIGIN, Findings
from kpi_tui.workspace.model import ColumnType, Source
from kpi_tui.workspace.periods import Calendar

_SHOWN = 8  # first rows as read
_WIDE = 6  # headers that are periods from which a table counts as wide
_SUFFIXES = (
    ".csv",
    ".tsv",
    ".txt",
    ".ndjson",
    ".jsonl",
    ".parquet",
    ".xlsx",
    ".xlsm",
    ".ods",
    ".db",
    ".sqlite",
    ".sqlite3",
)
_LATIN = dict(
    zip(
        "абвгдеёжзийклмнопрстуфхцчшщъыьэюя",
        [
            "a",
            "b",
            "v",
            "g",
            "d",
            "e",
            "e",
            "zh",
            "z",
            "i",
            "y",
            "k",
            "l",
            "m",
            "n",
            "o",
            "p",
            "r",
            "s",
            "t",
            "u",
            "f",
            "h",
            "ts",
            "ch",
            "sh",
            "sch",
            "",
            "y",
            "",
            "e",
            "yu",
            "ya",
        ],
        strict=True,
    )
)


def describe(path: str, root: Path, identity: str = "") -> tuple[Description, ...]:
    """The tables at `path`, which is relative to `root`: a file, a glob, or a folder of files that are alike.

    One Description, or one for each kind of sheet of a workbook or table of a database. `identity` is the id of the
    source; by default it comes from the file's name.
    """
    path = _pattern(path, root)
    name = identity or identified(PurePosixPath(path).name.split(".")[0] or PurePosixPath(path).parent.name)
    source = Source(id=name, path=path)
    tables = opened(source, root)
    taken: set[str] = set()
    found = []
    for table in tables:
        if len(tables) > 1:
            part = table.source.table or str(table.source.read.sheet)
            one = identified(table.source.table or _first(table.source.read.sheet) or part)
            one = one if one not in taken else f"{one}_{len(taken) + 1}"
            taken.add(one)
            table = structs.replace(table, source=structs.replace(table.source, id=one))
        found.append(_described(table, root))
    return tuple(found)


def _first(sheet: str | tuple[str, ...]) -> str:
    return sheet if isinstance(sheet, str) else sheet[0]


def _pattern(path: str, root: Path) -> str:
    """A folder as the glob of its files of the commonest kind; anything else as it is."""
    folder = root / path
    if not folder.is_dir():
        return path
    endings: dict[str, int] = {}
    for file in folder.iterdir():
        suffixes = [suffix.lower() for suffix in file.suffixes]
        packing = suffixes.pop() if suffixes and suffixes[-1] in (".gz", ".zst") else ""
        if suffixes and suffixes[-1] in _SUFFIXES:
            ending = file.name[len(file.name) - len(suffixes[-1] + packing) :]
            endings[ending] = endings.get(ending, 0) + 1
    if not endings:
        return path
    return f"{path.rstrip('/')}/*{max(endings, key=lambda ending: endings[ending])}"


def identified(name: str) -> str:
    """An id from a file's or sheet's name: small Latin letters, digits and `_`."""
    latin = "".join(_LATIN.get(letter, letter) for letter in name.lower())
    plain = re.sub(r"[^a-z0-9]+", "_", latin).strip("_")
    return plain if plain[:1].isalpha() else f"data_{plain}".rstrip("_")


def _described(table: Opened, root: Path) -> Description:
    draft = Draft(table.source, list(table.evidence), list(table.questions), Findings(table.source.id))
    if table.failed:
        return Description(table.source, tuple(draft.evidence), tuple(draft.questions), table.findings)
    frame = cells_of(table.source, table.kind, root)
    if frame is None or not frame.height or not [name for name in frame.columns if name not in ORIGIN]:
        read = load(table.source, root, Calendar())
        return Description(table.source, tuple(draft.evidence), (), _joined(table.findings, read.findings))
    frame = _tidy_names(frame, draft)
    frame = _totals(frame, draft)
    columns = judge(frame)
    if not reads_whole(table.source, table.kind, root):
        columns = over_all(columns, every_value(table.source, table.kind, root, tuple(columns.dated)))
    _missing(columns, draft)
    _say_empty(columns, draft)
    _say_damaged(columns, draft)
    columns = _one_currency_each(columns, draft)
    kinds = _numbers(columns, draft)
    kinds.update(_native(frame, columns, table.kind))
    kinds.update(dict.fromkeys(columns.truths, "boolean"))
    date_rows(frame, columns, kinds, draft)
    _say_wide(frame, draft)
    schema = frame.schema
    texts = tuple(
        name
        for name in frame.columns
        if schema[name] == pl.String
        and (name in columns.texts or name in columns.dated)
        and name not in kinds
        and name != draft.source.time
    )
    split = dimensions(frame, texts, frozenset(draft.source.read.nulls))
    order = [name for name in schema if name in kinds and name != draft.source.time]
    draft.source = structs.replace(draft.source, columns={name: kinds[name] for name in order}, dimensions=split)
    return _proven(draft, table, root)


def _proven(draft: Draft, table: Opened, root: Path) -> Description:
    """The description with the rows and findings of a reading by the source's own reader."""
    whole = reads_whole(draft.source, table.kind, root)
    read = load(draft.source, root, Calendar()) if whole else None
    shown: pl.DataFrame | None = None
    found: tuple[Finding, ...] = ()
    if read is not None:
        shown, found = read.frame, read.findings
    else:
        shown = typed_sample(draft.source, table.kind, root)
    names = [] if shown is None else [name for name in shown.columns if name not in HIDDEN]
    rows = () if shown is None else tuple(shown.select(names).head(_SHOWN).iter_rows())
    return Description(
        draft.source,
        tuple(draft.evidence),
        tuple(draft.questions),
        _joined(table.findings, tuple(draft.findings.found), found),
        tuple(names),
        rows,
        {} if shown is None else _negatives(shown.select(names)),
        shown.height if whole and shown is not None else None,
    )


def _negatives(frame: pl.DataFrame) -> dict[str, int]:
    below = frame.select((selectors.numeric() < 0).sum()).to_dicts()
    return {name: count for name, count in (below[0] if below else {}).items() if count}


def _joined(*parts: Sequence[Finding]) -> tuple[Finding, ...]:
    """The findings of all parts, each once."""
    return tuple({str(finding): finding for part in parts for finding in part}.values())


def _tidy_names(frame: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    """`frame` with `rename` for names that cannot be typed: with line breaks, tabs or several spaces."""
    tidy = {name: " ".join(name.split()) for name in frame.columns if name not in ORIGIN}
    taken = [*frame.columns, *tidy.values()]
    changed = {old: new for old, new in tidy.items() if old != new and taken.count(new) == 1}
    if changed:
        draft.source = structs.replace(draft.source, rename=changed)
        why = count_text("{n} name with line breaks or spaces", "{n} names with line breaks or spaces", len(changed))
        draft.decide("rename", ", ".join(changed.values()), why)
    return frame.rename(changed)


def _totals(frame: pl.DataFrame, draft: Draft) -> pl.DataFrame:
    time_like = [name for name in frame.columns if dates.NAME.search(name)]
    found = find_totals(frame, time_like)
    if not found:
        return frame
    sure = [one for one in found if one.sure]
    doubtful = [one for one in found if not one.sure]
    condition = totals_condition(found)
    draft.read(drop_rows=condition)
    rows = sum(one.rows for one in found)
    draft.decide("read.drop_rows", condition, count_text("{n} total line", "{n} total lines", rows))
    if doubtful:
        draft.questions.append(_which_totals(sure, doubtful, condition))
    for one in found:
        frame = frame.filter(~frame[one.column].is_in(list(one.values)).fill_null(False))
    return frame


def _which_totals(sure: list[Totals], doubtful: list[Totals], condition: str) -> Question:
    words = ", ".join(f"{one.column}: {one.values[0]}" for one in doubtful)
    return Question(
        "totals",
        text("Are these rows totals of the others? {rows}", rows=words),
        (
            Choice(text("totals, leave them out"), (condition,), (("read.drop_rows", condition),)),
            Choice(text("ordinary rows, keep them"), (), (("read.drop_rows", totals_condition(sure)),)),
        ),
    )


def _missing(columns: Columns, draft: Draft) -> None:
    if columns.missing:
        draft.read(nulls=("", *columns.missing))
        said = ", ".join(f"'{word}'" for word in columns.missing)
        why = count_text("{n} cell", "{n} cells", sum(columns.missing.values()))
        draft.decide("read.nulls", said, why)


def _say_empty(columns: Columns, draft: Draft) -> None:
    for name in columns.empty:
        what = text("column '{name}' holds nothing", name=name)
        draft.findings.warn(Place(draft.source.path), what)


def _say_damaged(columns: Columns, draft: Draft) -> None:
    for name, seen in columns.damaged.items():
        draft.findings.warn(
            Place(draft.source.path),
            text("column '{column}': '{seen}' has lost its digits to a spreadsheet", column=name, seen=seen),
            text("export it again without opening it in a spreadsheet; it is read as text"),
        )


def _one_currency_each(columns: Columns, draft: Draft) -> Columns:
    """`columns` without those whose amounts are in several currencies: added up they would be a number of nothing."""
    named = {name: numbers.currencies(number.signs) for name, number in columns.numbers.items()}
    for name, found in named.items():
        if len(found) > 1:
            draft.findings.add(
                Place(draft.source.path),
                text("column '{column}' holds amounts in several currencies ({signs}), which cannot be added up",
                     column=name, signs=", ".join(found.values())),
                text("export one currency, or a column for each; it is read as text"),
            )  # fmt: skip
    kept = {name: number for name, number in columns.numbers.items() if len(named[name]) < 2}
    each = {name: sign for name in kept for sign in named[name].values()}
    if len({code for name in kept for code in named[name]}) > 1:
        draft.findings.warn(
            Place(draft.source.path),
            text("the columns are in different currencies: {columns}",
                 columns=", ".join(f"{name} {sign}" for name, sign in each.items())),
            text("a workspace has one currency: export them in one, or leave the metrics of the others out"),
        )  # fmt: skip
    return structs.replace(columns, numbers=kept)


def _numbers(columns: Columns, draft: Draft) -> dict[str, ColumnType]:
    readings = numbers.choose(columns.numbers)
    marks = _likeliest(readings, draft)
    kinds = _kinds(columns, marks)
    draft.read(decimal=marks[0], thousands=marks[1], strip=_signs(columns))
    if any(kind in ("decimal", "percent") for kind in kinds.values()) or marks[1]:
        counted = count_text("{n} column reads so", "{n} columns read so", readings[0].columns)
        draft.decide("read.decimal", f"{marks[0]} {marks[1]}".strip(), counted)
    if len(readings) > 1:
        draft.questions.append(_which_marks(columns, [one.marks for one in readings], marks))
    for name, number in columns.numbers.items():
        if numbers.column_type(number, marks) is None:
            draft.findings.warn(
                Place(draft.source.path),
                text("column '{column}': '{seen}' is written in another way than the other numbers", column=name,
                     seen=number.values[0]),
                text("it is read as text: export it like the others"),
            )  # fmt: skip
    return kinds


def _likeliest(readings: list[numbers.Reading], draft: Draft) -> numbers.Marks:
    """Of several readings the one that the separator speaks for: with `;` a comma stands before the fraction."""
    pairs = [one.marks for one in readings]
    if len(pairs) > 1 and draft.source.read.separator == ",":
        return next((pair for pair in pairs if pair[0] == "."), pairs[0])
    return next((pair for pair in pairs if pair[0] == ","), pairs[0]) if len(pairs) > 1 else pairs[0]


def _kinds(columns: Columns, marks: numbers.Marks) -> dict[str, ColumnType]:
    found: dict[str, ColumnType] = {}
    for name, number in columns.numbers.items():
        kind = numbers.column_type(number, marks)
        if kind == "integer" and ID_NAME.search(name):
            continue  # an id is a name: left out, it is read as text
        if kind is not None:
            found[name] = kind
    return found


def _signs(columns: Columns) -> tuple[str, ...]:
    return tuple(sorted({sign for number in columns.numbers.values() for sign in number.signs}))


def _which_marks(columns: Columns, pairs: list[numbers.Marks], likely: numbers.Marks) -> Question:
    ordered = [likely, *[pair for pair in pairs if pair != likely]]
    choices = []
    for pair in ordered:
        other = next(one for one in ordered if one != pair)
        seen = numbers.differing(columns.numbers, pair, other)
        example = f"{seen[0]} = {seen[1]}" if seen else ""
        kinds = _kinds(columns, pair)
        sets: list[tuple[str, object]] = [("read.decimal", pair[0]), ("read.thousands", pair[1])]
        sets += [(f"columns.{name}", kinds.get(name)) for name in columns.numbers]
        label = (
            text("'{mark}' stands between thousands", mark=pair[1])
            if pair[1]
            else text("'{mark}' stands before the fraction", mark=pair[0])
        )
        choices.append(Choice(label, (example,) if example else (), tuple(sets)))
    return Question("marks", text("How are these numbers to be read?"), tuple(choices))


def _native(frame: pl.DataFrame, columns: Columns, kind: str) -> dict[str, ColumnType]:
    """The types of columns that have one in the file already, where a workbook or database says less than it means."""
    found: dict[str, ColumnType] = {}
    if kind not in ("workbook", "database"):
        return found
    for name, dtype in frame.schema.items():
        if name in ORIGIN or name in columns.dated or name in columns.empty:
            continue
        if name in columns.texts and kind == "workbook":
            continue
        if dtype.is_float() or dtype.is_integer():
            cells = frame[name].drop_nulls()
            whole = dtype.is_integer() or bool((cells.floor() == cells).all())
            found[name] = ("text" if ID_NAME.search(name) else "integer") if whole else "decimal"
    return found


def _say_wide(frame: pl.DataFrame, draft: Draft) -> None:
    """A table with a column for each period cannot be counted by period."""
    names = pl.Series([name for name in frame.columns if name not in ORIGIN], dtype=pl.String)
    months = names.str.contains(
        r"(?i)^(?:(?:19|20)\d\d\D*)?(?:янв|фев|мар|апр|ма[йя]|июн|июл|авг|сен|окт|ноя|дек"
        r"|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)\p{L}*\.?(?:[ ./-]*\d{2,4})?$"
        r"|^(?:19|20)\d\d(?:[-./]\d{1,2}){0,2}$|^\d{1,2}[-./](?:\d{1,2}[-./])?(?:19|20)\d\d$"
    )
    if int(months.sum()) >= _WIDE:
        draft.findings.warn(
            Place(draft.source.path),
            text("{n} columns are periods, not things", n=int(months.sum())),
            text("turn the table so that a row is a period (in Excel: Power Query, Unpivot)"),
        )
