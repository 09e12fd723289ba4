"""Records that need not be there as one line of text: what is shown is what is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.errors import EditError
from kpi_tui.language.language import Language
from kpi_tui.tui.fields import Field, fields, parse, text_of
from kpi_tui.workspace.edits import Set, apply
from kpi_tui.workspace.model import Conversion, Events, Funnel, Metric, Retention, Source, Workspace
from kpi_tui.workspace.writing import plain

ENGLISH = Language("en", ascii=True)
SOURCES = (Source(id="orders", path="o.csv", time="date"), Source(id="deals", path="d.csv", time="date"))
typed = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1)


def field(metric: Metric, key: str) -> Field:
    workspace = Workspace(sources=SOURCES, metrics=(metric,))
    return next(each for each in fields(workspace, metric, ("metric", metric.id)) if each.key.name == key)


def test_a_conversion_is_one_line() -> None:
    conversion = Conversion(
        entity="lead id",
        base=Events(source="orders"),
        converted=Events(source="deals", where="status = 'won'; x"),
        within="30 days",
    )
    found = field(Metric(id="m", conversion=conversion), "conversion")
    said = text_of(found, ENGLISH)
    assert said == (
        "entity = lead id; base.source = orders; converted.source = deals; "
        """converted.where = "status = 'won'; x"; within = 30 days"""
    )
    assert parse(found, said, ENGLISH) == plain(conversion)
    assert not found.is_nested


@given(typed, typed, st.integers(1, 1000))
def test_a_retention_reads_back(source: str, entity: str, after: int) -> None:
    retention = Retention(source=source, entity=entity, period="week", after=after)
    found = field(Metric(id="m", retention=retention), "retention")
    assert parse(found, text_of(found, ENGLISH), ENGLISH) == {
        "source": source, "entity": entity, "period": "week", **({"after": after} if after != 1 else {}),
    }  # fmt: skip


def test_what_is_typed_makes_the_record_and_nothing_removes_it() -> None:
    before = Metric(id="m")
    workspace = Workspace(sources=SOURCES, metrics=(before, Metric(id="a"), Metric(id="b")))
    funnel = parse(field(before, "funnel"), "steps = a, b", ENGLISH)
    made = apply(workspace, Set(("metric", "m", "funnel"), funnel))
    assert made.metrics[0].funnel == Funnel(steps=("a", "b"))
    assert parse(field(made.metrics[0], "funnel"), "", ENGLISH) is None
    gone = apply(made, Set(("metric", "m", "funnel"), None))
    assert gone.metrics[0].funnel is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("orders", "'orders' has no ="),
        ("source = orders", "'entity' is missing"),
        ("source = orders; entity = id; afer = 2", "unknown key 'afer'"),
    ],
)
def test_a_line_that_is_no_record_says_why(line: str, said: str) -> None:
    metric = Metric(id="m")
    workspace = Workspace(sources=SOURCES, metrics=(metric,))
    with pytest.raises(EditError, match=said):
        apply(workspace, Set(("metric", "m", "retention"), parse(field(metric, "retention"), line, ENGLISH)))
