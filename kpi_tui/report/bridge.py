"""Why a number moved, as rows of cells and as records: the same figures on the screen, in a table and in JSON.

Percent metrics move in points, others in their unit. The rows end with the total, which they add up to.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from fractions import Fraction

from msgspec import Struct

from kpi_tui.language.language import Language
from kpi_tui.report.records import Record
from kpi_tui.report.table import TextTable, plain
from kpi_tui.review.bridge import Bridge
from kpi_tui.review.exact import number
from kpi_tui.workspace.model import Metric, Unit
from kpi_tui.workspace.periods import Period


class BridgeRow(Struct, frozen=True):
    """A slice, or the total: its values, its contribution, that part of the whole change, and the parts of it.

    `parts` are rate, mix and, where a slice has no base, that effect; a sum has none.

    `length` is the contribution as a share of the largest one, -1..1, for a bar; None for the total.
    """

    name: str
    before: str
    after: str
    total: str
    share: str
    parts: tuple[str, ...]
    length: float | None


def bridge_rows(bridge: Bridge, unit: Unit, language: Language) -> list[BridgeRow]:
    """The slices, largest first, and the total."""
    longest = max((abs(each.total) for each in bridge.effects), default=Fraction(0))
    change = bridge.change
    rows = []
    for each in bridge.effects:
        rows.append(
            BridgeRow(
                plain(each.slice) if each.slice is not None else language("(none)"),
                language.value(number(each.before), unit, compact=True),
                language.value(number(each.after), unit, compact=True),
                moved(each.total, unit, language),
                _share(each.total, change, language),
                _parts(bridge, (each.rate, each.mix, each.baseless), unit, language),
                float(each.total / longest) if longest else 0.0,
            )
        )
    wholes = [
        sum((part for each in bridge.effects if (part := getattr(each, name)) is not None), Fraction(0))
        for name in ("rate", "mix", "baseless")
    ]
    rows.append(
        BridgeRow(
            language("Total"),
            language.value(number(bridge.before), unit, compact=True),
            language.value(number(bridge.after), unit, compact=True),
            moved(change, unit, language),
            _share(change, change, language),
            _parts(bridge, wholes, unit, language),
            None,
        )
    )
    return rows


def bridge_title(bridge: Bridge, metric: Metric, language: Language) -> str:
    """What moved from where to where, over which days: `CAC: 1,240 -> 1,180 (-60), Oct 2026 -> Nov 2026`."""
    arrow = "->" if language.numbers.ascii else "→"
    before, after = (
        language.value(number(value), metric.unit, compact=True) for value in (bridge.before, bridge.after)
    )
    change = moved(bridge.change, metric.unit, language)
    when = _stretches(bridge.start, bridge.end, arrow, language)
    return f"{plain(metric.name or metric.id)}: {before} {arrow} {after} ({change}), {when}"


def _stretches(start: Period, end: Period, arrow: str, language: Language) -> str:
    """Both periods; as many days of two months or quarters of one year are said once: `Oct → Nov 2026, 14 days`."""
    before, after = _when(start, end, language), _when(end, start, language)
    usual = before == language.period(start.name) and after == language.period(end.name)
    alike = len(start.name) == len(end.name) == len("2026-11") and start.name[:4] == end.name[:4]
    days = (end.end - end.start).days + 1
    if usual or not alike or (start.end - start.start).days + 1 != days:
        return f"{before} {arrow} {after}"
    named = f"{language.period(start.name, short=True)} {arrow} {language.period(end.name)}"
    return language.count("{period}, {n} day", "{period}, {n} days", days, period=named)


def _when(period: Period, other: Period, language: Language) -> str:
    """A period's name, with its days where only a part of it or of the other is compared."""
    if period.name == "all":
        return f"{language.date(period.start)}..{language.date(period.end)}"
    named = language.period(period.name)
    lengths = {(each.end - each.start).days for each in (period, other)}
    usual = period.start.day == 1 and (period.end + timedelta(days=1)).day == 1
    if usual or (len(lengths) == 1 and len(period.name) == len("2026-11-14")):
        return named
    days = (period.end - period.start).days + 1
    return language.count("{period}, {n} day", "{period}, {n} days", days, period=named)


def moved(change: Fraction, unit: Unit, language: Language) -> str:
    """A change with its sign: in points of a percent metric, else in its unit."""
    if unit == "percent":
        return language.signed_change(number(change), points=True)
    shown = language.value(number(change), unit, compact=True)
    return f"+{shown}" if change > 0 and any(digit in shown for digit in "123456789") else shown


def bridge_table(bridge: Bridge, unit: Unit, language: Language) -> TextTable:
    """The rows as `why` prints them."""
    rows = bridge_rows(bridge, unit, language)
    periods = [language.period(period.name) for period in (bridge.start, bridge.end)]
    header = [plain(bridge.dimension), *periods, language("Effect"), language("Share")]
    cells = [(row.name, row.before, row.after, row.total, row.share, *row.parts) for row in rows]
    return TextTable((*header, *part_names(bridge, language)), tuple(cells))


def part_names(bridge: Bridge, language: Language) -> tuple[str, ...]:
    """The names of a contribution's parts, as many as `BridgeRow.parts` has."""
    if bridge.kind == "sum":
        return ()
    names = (language("Rate"), language("Mix"))
    return (*names, language("No base")) if bridge.has_baseless else names


def bridge_records(bridge: Bridge, unit: Unit) -> Iterator[Record]:
    """One record per slice; `change` is the whole one, to which the contributions add up."""
    for each in bridge.effects:
        yield {
            "metric": bridge.metric,
            "from": bridge.start.name,
            "from_start": bridge.start.start,
            "from_end": bridge.start.end,
            "to": bridge.end.name,
            "to_start": bridge.end.start,
            "to_end": bridge.end.end,
            "dimension": bridge.dimension,
            "slice": each.slice,
            "before": number(each.before),
            "after": number(each.after),
            "contribution": number(each.total),
            "rate": number(each.rate),
            "mix": number(each.mix),
            "baseless": number(each.baseless),
            "whole_before": number(bridge.before),
            "whole_after": number(bridge.after),
            "change": number(bridge.change),
            "unit": unit,
        }


def _parts(bridge: Bridge, parts: Sequence[Fraction | None], unit: Unit, language: Language) -> tuple[str, ...]:
    shown = zip(parts, part_names(bridge, language), strict=False)
    return tuple(moved(part, unit, language) for part, _ in shown if part is not None)


def _share(part: Fraction, change: Fraction, language: Language) -> str:
    return language.value(number(part / change), "percent") if change else ""
