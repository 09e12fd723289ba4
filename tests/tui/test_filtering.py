"""The filter of data as it is typed."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.errors import Text
from kpi_tui.facts.query import Filter
from kpi_tui.tui.filtering import filter_text, parsed_filter

KNOWN = ("channel", "channel_type", "region")
VALUES = st.none() | st.text(st.characters(exclude_categories=("Cc", "Cs", "Zs", "Zl", "Zp")), min_size=1)
FILTERS = st.dictionaries(st.sampled_from(KNOWN), st.lists(VALUES, min_size=1, unique=True)).map(
    lambda found: tuple((name, tuple(values)) for name, values in sorted(found.items()))
)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("channel=Email", (("channel", ("Email",)),)),
        ("channel=Email,Direct region=North", (("channel", ("Email", "Direct")), ("region", ("North",)))),
        ("region = North ; channel = Yandex Direct", (("channel", ("Yandex Direct",)), ("region", ("North",)))),
        ("channel=Email; channel=Shop", (("channel", ("Email", "Shop")),)),
        ('channel="Moscow, centre",b', (("channel", ("Moscow, centre", "b")),)),
        ("channel=", (("channel", (None,)),)),
        ("channel=,Email", (("channel", (None, "Email")),)),
        ("channel_type=a channel=b", (("channel", ("b",)), ("channel_type", ("a",)))),
        ('channel="a region=b"', (("channel", ("a region=b",)),)),
        ("turnover", ()),
        ("", ()),
    ],
)
def test_what_is_typed_is_read(typed: str, found: Filter) -> None:
    assert parsed_filter(typed, KNOWN) == found


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("channel=Email; regoin=North", "there is no dimension 'regoin': did you mean 'region'?"),
        ("chanel=Email region=North", "there is no dimension 'chanel': did you mean 'channel'?"),
        ("chan=Email", "there is no dimension 'chan': did you mean 'channel'?"),
        ("x = 1", "there is no dimension 'x'"),
    ],
)
def test_a_dimension_that_is_not_there_is_said(typed: str, said: str) -> None:
    found = parsed_filter(typed, KNOWN)
    assert isinstance(found, Text)
    assert str(found) == said


@given(FILTERS)
def test_what_is_written_is_read_back(where: Filter) -> None:
    assert parsed_filter(filter_text(where), KNOWN) == where
