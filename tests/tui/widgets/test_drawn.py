"""Lines drawn by difference: the regions named changed cover every cell that did change."""

from hypothesis import given
from hypothesis import strategies as st

from kpi_tui.tui.widgets.drawn import Line, changed, line, overlaid, width_of
from kpi_tui.tui.widgets.fitting import clusters, fit

STYLES = st.sampled_from(["", "ok", "cursor"])
TEXTS = st.text(alphabet="ab 1я日\U0001f600é\u0301", max_size=8)


def cells(shown: Line) -> list[tuple[str, str]]:
    """One entry a cell; the second cell of a wide character repeats it."""
    return [(piece, style) for text, style in shown for piece, width in clusters(text) for _ in range(width)]


def padded(spans: list[tuple[str, str]]) -> Line:
    return line([(fit("".join(text), 10), style) for text, style in spans])


LINES = st.lists(st.tuples(TEXTS, STYLES), min_size=2, max_size=2).map(padded)


@given(st.lists(LINES, max_size=3), st.lists(LINES, max_size=3))
def test_regions_cover_every_changed_cell(old: list[Line], new: list[Line]) -> None:
    regions = changed(old, new)
    for y, (before, after) in enumerate(zip(old, new, strict=False)):
        pairs = zip(cells(before), cells(after), strict=True)
        for x in [x for x, (was, now) in enumerate(pairs) if was != now]:
            assert any(region.contains(x, y) for region in regions), (x, y, regions)


@given(st.lists(LINES, max_size=3))
def test_nothing_changed_means_no_region(lines: list[Line]) -> None:
    assert changed(lines, list(lines)) == []


def test_a_changed_cell_is_a_small_region() -> None:
    before = line([("name      ", ""), ("  120", "ok")])
    after = line([("name      ", ""), ("  125", "ok")])
    (region,) = changed([before], [after])
    assert (region.x, region.y, region.width, region.height) == (14, 0, 1, 1)


@given(LINES, st.integers(0, 20), LINES)
def test_overlaid_keeps_the_width_and_what_is_not_covered(under: Line, x: int, over: Line) -> None:
    shown = overlaid(under, x, over)
    assert width_of(shown) == max(width_of(under), min(x, width_of(under)) + width_of(over))
    if x == 0:
        assert cells(shown)[: width_of(over)] == cells(over)


def test_equal_pictures_are_equal_values() -> None:
    assert line([("a", "ok"), ("", "off"), ("b", "ok")]) == (("ab", "ok"),)
