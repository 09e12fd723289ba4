"""The health of the data as a table, as records and as lines: what `check` prints and the screen of data health shows.

Invariant: the numbers of rows in a line of the table add up: used and left out, by reason, are those in the files.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from kpi_tui.facts.health.dates import only_weekends
from kpi_tui.facts.health.values import FEW, ColumnHealth, Health, SourceHealth, Variants
from kpi_tui.facts.table import Account, Table
from kpi_tui.language.language import Language
from kpi_tui.report.table import TextTable, plain
from kpi_tui.workspace.naming import called

if TYPE_CHECKING:  # types only: what is not asked for is not imported
    from kpi_tui.errors import Finding
    from kpi_tui.report.records import Record

REASONS: Mapping[str, Callable[[Account], int]] = {
    "totals": lambda account: account.totals,
    "excluded": lambda account: account.excluded,
    "broken": lambda account: account.broken,
    "misdated": lambda account: account.misdated,
    "undated": lambda account: account.undated,
    "unusable": lambda account: account.unusable,
}
_WEEKEND = (5, 6)


def counted(health: Health, tables: Mapping[str, Table]) -> Counter[str]:
    """How many findings there are of each source: while reading, by itself and beside the others."""
    found = [*health.findings, *(finding for table in tables.values() for finding in table.findings)]
    subjects = Counter(str(finding.subject) for finding in found)
    return Counter({name: subjects[str(called("source", name))] for name in tables})


def reason_names(language: Language) -> Mapping[str, str]:
    """Why rows are left out, as the head of a column."""
    return {
        "totals": language("Totals"),
        "excluded": language("Excluded"),
        "broken": language("Broken"),
        "misdated": language("Wrong date"),
        "undated": language("No date"),
        "unusable": language("Unusable"),
    }


def health_table(sources: Sequence[SourceHealth], found: Mapping[str, int], language: Language) -> TextTable:
    """A row per source; a column for each reason that left a row out anywhere. `found` is findings by source."""
    names = reason_names(language)
    reasons = [key for key, count in REASONS.items() if any(count(source.account) for source in sources)]
    header = (
        language("Source"),
        language("Files"),
        language("Rows"),
        language("Used"),
        *(names[key] for key in reasons),
        language("Data from"),
        language("Complete until"),
        language("Findings"),
    )
    number = language.numbers.plain
    rows = tuple(
        (
            plain(source.source),
            number(len(source.files)),
            number(source.account.in_files),
            number(source.account.used),
            *(number(REASONS[key](source.account)) for key in reasons),
            language.date(source.days.first),
            language.date(source.complete_until),
            number(found.get(source.source, 0)),
        )
        for source in sources
    )
    return TextTable(header, rows)


def health_records(sources: Sequence[SourceHealth]) -> Iterator[Record]:
    """One record per source."""
    for source in sources:
        yield {
            "source": source.source,
            "path": source.path,
            "files": list(source.files),
            "rows_in_files": source.account.in_files,
            "rows_used": source.account.used,
            "rows_left_out": {name: count(source.account) for name, count in REASONS.items()},
            "first": source.days.first,
            "last": source.days.last,
            "complete_until": source.complete_until,
            "days_off": [weekday + 1 for weekday in source.days.days_off],
            "gaps": [{"start": gap.start, "end": gap.end, "periods": gap.periods} for gap in source.days.gaps],
            "columns": [_column_record(column) for column in source.columns],
            "examined": not source.unexamined,
            "repeated_rows": source.repeats,
            "variants": [{"dimension": group.dimension, "labels": dict(group.spellings)} for group in source.variants],
        }


def finding_records(findings: Sequence[Finding]) -> Iterator[Record]:
    """One record per finding, in English."""
    for finding in findings:
        yield {
            "finding": str(finding.what),
            "severity": finding.severity,
            "file": finding.place.file,
            "line": finding.place.line or None,
            "subject": str(finding.subject) or None,
            "cure": str(finding.cure) if finding.cure else None,
        }


def described(source: SourceHealth, language: Language) -> Iterator[tuple[str, str]]:
    """All there is to say of a source, as labels and sentences; a label may be empty."""
    number, account = language.numbers.plain, source.account
    for index, name in enumerate(source.files[:FEW]):
        yield language("Files") if index == 0 else "", name
    if len(source.files) > FEW:
        yield "", language.count("and {n} more file", "and {n} more files", len(source.files) - FEW)
    yield language("Rows in files"), number(account.in_files)
    for sentence in left_out_sentences(account, language):
        yield "", f"{_minus(language)} {sentence}"
    yield language("Rows used"), number(account.used)
    yield from _days(source, language)
    for index, column in enumerate(source.columns):
        yield language("Cells") if index == 0 else "", column_sentence(column, account.used, language)
    if source.repeats:
        yield language("Repeats"), language.count("{n} row repeats another", "{n} rows repeat another", source.repeats)
    for index, group in enumerate(source.variants):
        yield language("Spellings") if index == 0 else "", _spellings(group)


def left_out_sentences(account: Account, language: Language) -> Iterator[str]:
    """How many rows are left out for each reason that there is."""
    count = language.count
    if n := account.totals:
        yield count("{n} total line, dropped by `drop_rows`", "{n} total lines, dropped by `drop_rows`", n)
    if n := account.excluded:
        yield count("{n} excluded by `where`", "{n} excluded by `where`", n)
    if n := account.broken:
        yield count("{n} broken line", "{n} broken lines", n)
    if n := account.misdated:
        yield count("{n} with something else than a date", "{n} with something else than a date", n)
    if n := account.undated:
        yield count("{n} without a date", "{n} without a date", n)
    if n := account.unusable:
        yield count("{n} of a source that has an error", "{n} of a source that has an error", n)


def column_sentence(column: ColumnHealth, used: int, language: Language) -> str:
    """What is missing and broken in a column, with the first place of each and the commonest broken texts."""
    parts = []
    if column.missing:
        share = language.value(column.missing / used, "percent") if used else ""
        parts.append(
            language.count(
                "{n} cell missing ({share}), first {place}",
                "{n} cells missing ({share}), first {place}",
                column.missing,
                share=share,
                place=column.first_missing,
            )
        )
    if column.broken:
        seen = ", ".join(f"'{plain(text)}' {language.numbers.plain(count)}" for text, count in column.seen)
        parts.append(
            language.count(
                "{n} cell broken ({seen}), first {place}",
                "{n} cells broken ({seen}), first {place}",
                column.broken,
                seen=seen,
                place=column.first_broken,
            )
        )
    return f"{plain(column.name)}: " + "; ".join(parts)


def _days(source: SourceHealth, language: Language) -> Iterator[tuple[str, str]]:
    days = source.days
    if days.first is None or days.last is None:
        return
    yield language("Dates"), f"{language.date(days.first)} {_dash(language)} {language.date(days.last)}"
    if days.days_off == _WEEKEND:
        yield "", language("no rows on weekends")
    elif days.days_off:
        names = ", ".join(weekday_names(language)[weekday] for weekday in days.days_off)
        yield "", language("hardly any rows on these weekdays: {names}", names=names)
    if source.unexamined:
        yield "", language("too large to be looked at row by row: cells, repeats and spellings are not known")
    elif not days.dense:
        yield "", language("too few dates to tell a gap")
    elif days.gaps and only_weekends(days):
        n = sum(gap.periods for gap in days.gaps)
        yield "", language.count("{n} day without rows, on a weekend", "{n} days without rows, all on weekends", n)
    else:
        for gap in days.gaps:
            stretch = language.date(gap.start)
            if gap.end != gap.start:
                stretch += f" {_dash(language)} {language.date(gap.end)}"
            yield "", language("no rows: {stretch}", stretch=stretch)
    yield language("Complete until"), language.date(source.complete_until)


def weekday_names(language: Language) -> Sequence[str]:
    """The weekdays from Monday on."""
    return (
        language("Monday"),
        language("Tuesday"),
        language("Wednesday"),
        language("Thursday"),
        language("Friday"),
        language("Saturday"),
        language("Sunday"),
    )


def _spellings(group: Variants) -> str:
    from kpi_tui.facts.health.spellings import shown

    return f"{plain(group.dimension)}: " + ", ".join(
        f"'{plain(shown(label))}' {rows}" for label, rows in group.spellings
    )


def _column_record(column: ColumnHealth) -> Record:
    return {
        "column": column.name,
        "missing": column.missing,
        "first_missing": str(column.first_missing) if column.first_missing else None,
        "broken": column.broken,
        "first_broken": str(column.first_broken) if column.first_broken else None,
        "seen": dict(column.seen),
    }


def _dash(language: Language) -> str:
    return "-" if language.numbers.ascii else "–"


def _minus(language: Language) -> str:
    return "-" if language.numbers.ascii else "−"
