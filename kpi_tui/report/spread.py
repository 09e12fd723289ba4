"""How values are spread, as rows of text: a bin, how many values are in it, their share, a bar's length, marks.

Invariant: a bin's edges are shown to their last digit; bins are named as half-open: `10 - <20`.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from msgspec import Struct

from kpi_tui.facts.spread import Bin, Spread
from kpi_tui.formula.tree import render
from kpi_tui.language.language import Language
from kpi_tui.metrics.spread import HOLISTIC, LeafSpread
from kpi_tui.report.explanation import shown
from kpi_tui.report.table import plain

_MARKED = ("MEDIAN", "AVG")  # which the two marks of every spread are anyhow


class BinRow(Struct, frozen=True):
    """One bin; `length` is its count as a part of the largest bin's, 0..1, `gathered` whether outliers are in it."""

    name: str
    count: str
    share: str
    length: float
    marks: str
    gathered: bool


def bin_rows(found: LeafSpread, language: Language) -> list[BinRow]:
    """The bins from the lowest."""
    spread = found.spread
    most = max((each.count for each in spread.bins), default=1) or 1
    marks = list(_marks(found, language))
    return [
        BinRow(
            _name(each, spread, language),
            language.value(each.count, "count"),
            language.value(Decimal(each.count) / spread.total, "percent"),
            each.count / most,
            ", ".join(said for value, said in marks if _holds(each, value)),
            each.low is None or each.high is None,
        )
        for each in spread.bins
    ]


def spread_title(found: LeafSpread, language: Language) -> str:
    """What is spread, over how many values, from where to where; outliers and missing cells are said."""
    leaf, spread = found.part.leaf, found.spread
    assert leaf is not None  # a spread has one
    formula = plain(render(leaf.aggregate))
    if spread.least is None or spread.most is None:
        return language("{formula}: no values", formula=formula)
    values = language.count("{n} value", "{n} values", spread.total)
    said = [
        language(
            "{formula}: {values} from {least} to {most}",
            formula=formula,
            values=values,
            least=shown(spread.least, language),
            most=shown(spread.most, language),
        )
    ]
    if spread.outliers:
        said.append(language.count("{n} far outside", "{n} far outside", spread.outliers))
    if spread.missing:
        said.append(language.count("{n} missing", "{n} missing", spread.missing))
    return ", ".join(said)


def _name(each: Bin, spread: Spread, language: Language) -> str:
    if each.low is None:
        assert each.high is not None  # one side is known
        return language("below {value}", value=shown(each.high, language))
    low = shown(each.low, language)
    if each.high is None:
        return language("{value} and more", value=low)
    if spread.whole and spread.step == 1:
        return low
    return f"{low} - <{shown(each.high, language)}"


def _marks(found: LeafSpread, language: Language) -> Iterator[tuple[float, str]]:
    """The median, the mean, and the aggregate's own value where it is one of the values or between them."""
    spread, leaf = found.spread, found.part.leaf
    assert leaf is not None  # as above
    if spread.median is not None and spread.mean is not None:
        yield spread.median, language("median {value}", value=_rounded(spread.median, spread, language))
        yield spread.mean, language("mean {value}", value=_rounded(spread.mean, spread, language))
    if found.function in HOLISTIC and found.function not in (*_MARKED, "STDDEV") and found.value is not None:
        yield float(found.value), f"{plain(render(leaf.aggregate))} {shown(found.value, language)}"


def _rounded(value: float, spread: Spread, language: Language) -> str:
    """With two digits more than the edges of the bins have."""
    return shown(round(Decimal(repr(value)), max(0, 2 - spread.step.adjusted())), language)


def _holds(each: Bin, value: float) -> bool:
    low, high = each.low, each.high
    return (low is None or float(low) <= value) and (high is None or value < float(high))
