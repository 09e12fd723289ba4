"""Rows of a sales export that take something back: are sales wanted with or without them? The data cannot say.

Only exports whose rows are sales are asked about: those with a number of units and its price, or a sum beside an order
or a customer. The first choice, which the proposal holds, keeps all rows: sums are net of returns.
"""

from __future__ import annotations

from msgspec import structs

from kpi_tui.errors import count_text, text
from kpi_tui.facts.detect import Choice, Description, Question
from kpi_tui.formula.tree import Name, render
from kpi_tui.metrics.roles import Column, Columns, Recognised, recognise

RETURNS = "returns"  # the question's id


def with_returns(each: Description) -> Description:
    """The description with a question more where rows of sales are negative."""
    counted = _counted(each)
    rows = max((each.negatives.get(name, 0) for name in counted), default=0)
    if not rows:
        return each
    condition = " AND ".join(f"{render(Name(name))} > 0" for name in counted)
    what = count_text(
        "{n} row takes something back (a negative number of units or sum): what is revenue?",
        "{n} rows take something back (a negative number of units or sum): what is revenue?",
        rows,
    )
    net = Choice(text("sales less returns: all rows, and a return counts as an order too"), (), (("where", ""),))
    gross = Choice(text("sales alone: rows above zero"), (condition,), (("where", condition),))
    return structs.replace(each, questions=(*each.questions, Question(RETURNS, what, (net, gross))))


def _counted(each: Description) -> tuple[str, ...]:
    """The columns whose sign tells a return."""
    source = each.source
    columns = tuple(Column(name, source.columns.get(name, "text")) for name in each.header)
    found = recognise(Columns(source.id, columns, source.path, source.time))
    units, price, revenue = (_certain(found, role) for role in ("quantity", "unit_price", "revenue"))
    if units and price:
        return (*units, *price)
    return revenue if _certain(found, "order") or _certain(found, "customer") else ()


def _certain(found: Recognised, role: str) -> tuple[str, ...]:
    """The column that has a role for certain, if it is one only."""
    names = tuple(meaning.column.name for meaning in found.of(role) if meaning.confidence == "exact")
    return names if len(names) == 1 else ()
