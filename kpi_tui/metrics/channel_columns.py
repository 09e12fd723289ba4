"""Spend that stands in a column a channel (`tv_S`, `Spend Facebook`, `Расход ТВ`): a metric for each, and their sum.

Invariant: headers alone do not make spend of a channel, a shop's shipping cost is called the same way: it is asked, and
only where no column of any source is known as ad cost.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from msgspec import Struct

from kpi_tui.errors import text
from kpi_tui.facts.detect.describe import identified
from kpi_tui.formula.tree import Name, render
from kpi_tui.metrics.catalogue import catalogue
from kpi_tui.metrics.roles import ADDED, Choice, Columns, Question, all_roles, normal, recognise
from kpi_tui.workspace.model import Metric

SPEND = "spend"  # the question, its answer for spend, and the KPI
_WORDS = frozenset(("spend", "spent", "cost", "costs", "расход", "расходы", "затраты"))
_SUFFIX = re.compile(r"(?<=[^\W_])_S$")  # as Meta's Robyn names them, beside _I for impressions and _P for clicks
_RATE = frozenset(("per", "за", "на", "avg", "average", "rate", "share", "доля", "средний", "total", "всего"))
_MOST_SAID = 6


class Spent(Struct, frozen=True):
    """The columns of a source that may be spend, by what is left of their headers."""

    source: str
    channels: Mapping[str, str]

    @property
    def question(self) -> Question:
        """Whether they are."""
        said = ", ".join([*list(self.channels.values())[:_MOST_SAID], *["..."] * (len(self.channels) > _MOST_SAID)])
        return Question(
            f"{self.source}.{SPEND}",
            text("what stands in {columns} of '{source}'?", columns=said, source=self.source),
            (Choice(SPEND, text("ad spend, a column a channel")), Choice("other", text("something else"))),
        )


def spent(sources: Sequence[Columns]) -> Spent | None:
    """The source with two such columns or more; None where there are several, or a column of ad cost anywhere."""
    if any(recognise(source).of("cost") for source in sources):
        return None
    found = [Spent(source.source, channels) for source in sources if len(channels := _channels(source)) > 1]
    return found[0] if len(found) == 1 else None


def _channels(source: Columns) -> dict[str, str]:
    """The headers of number columns that say spend, by the channel that they name."""
    known = {
        meaning.column.name
        for meaning in recognise(source).meanings
        if meaning.confidence == "exact" and all_roles().role[meaning.role].kind in (*ADDED, "ratio")
    }
    numbers = [c.name for c in source.columns if c.type in ("integer", "decimal") and c.name not in known]
    return {channel: name for name in numbers if (channel := _channel(name))}


def _channel(header: str) -> str:
    """The channel that a header of spend names; empty where it is none."""
    if _SUFFIX.search(header):
        return normal(_SUFFIX.sub("", header))
    words = normal(header).split()
    if len(words) < 2 or not _RATE.isdisjoint(words):
        return ""
    if words[-1] in _WORDS:
        return " ".join(words[:-1])
    return " ".join(words[1:]) if words[0] in _WORDS else ""


def spend_metrics(found: Spent, present: Sequence[Metric], code: str) -> tuple[Metric, ...]:
    """A metric a channel and the catalogue's ad spend over them; none where the workspace has ad spend."""
    kpi = catalogue()[SPEND]
    taken = {metric.id for metric in present}
    if SPEND in taken:
        return ()
    made: list[Metric] = []
    for channel, column in found.channels.items():
        one, number = f"{SPEND}_{identified(channel)}", 2
        while one in taken:
            one, number = f"{SPEND}_{identified(channel)}_{number}", number + 1
        taken.add(one)
        formula = f"SUM({render(Name(column))})"
        named = f"{kpi.name(code)} ({channel})"
        made.append(Metric(id=one, name=named, source=found.source, formula=formula, unit=kpi.unit, good=kpi.good))
    total = " + ".join(metric.id for metric in made)
    return (*made, Metric(id=SPEND, name=kpi.name(code), formula=total, unit=kpi.unit, good=kpi.good))
