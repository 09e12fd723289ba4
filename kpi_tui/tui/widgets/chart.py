"""A chart in text: a line of braille dots, bars of blocks, or ASCII. `draw` is pure; `Chart` shows it.

Invariant: `draw` gives exactly `height` lines of exactly `width` cells, whatever the series; a gap stays a gap (no line
is drawn over a None), and the last `incomplete` points are dotted and lighter, so that they do not read as a fall.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from math import ceil, floor, isfinite, log10

from msgspec import Struct
from rich.cells import cell_len

from kpi_tui.tui.widgets.drawn import Drawn, Line, line
from kpi_tui.tui.widgets.fitting import fit
from kpi_tui.tui.widgets.plot import Canvas

Target = Sequence[float | None] | float | None
YLabel = Callable[[float], str]
XLabels = Sequence[tuple[int, str]]

Marks = Sequence[tuple[int, str]]

LARGEST = 1e300
SMALLEST = 1e-290  # and what lies nearer to nought than this is drawn as nought: its ratios would lose their digits
_STRIDES = (1, 2, 3, 4, 6, 12, 24, 52)  # every how many points there may be a label: parts of a year first


class Picture(Struct, frozen=True):
    """What a chart shows.

    `x_labels` are (index of a point, text), of which every n-th that fits is shown, `anchor` among them; `target` is
    one value, or one a point; `faint` is a second series to hold against the first; `marks` are (index, one character)
    at points worth a note; `incomplete` counts the last points; `bars` stand on nought where there is room for them.
    `low` and `high` are values to have on the scale besides, so that charts can be held against each other.
    """

    series: tuple[float | None, ...] = ()
    y_label: YLabel = "{:g}".format
    x_labels: XLabels = ()
    anchor: int = 0
    target: Target = None
    faint: tuple[float | None, ...] = ()
    marks: Marks = ()
    incomplete: int = 0
    bars: bool = False
    low: float | None = None
    high: float | None = None


def draw(picture: Picture, *, width: int, height: int, ascii: bool = False) -> list[Line]:
    """`height` lines of `width` cells, each a tuple of (text, style name).

    Styles: `series`, `light` (incomplete), `faint`, `target`, `mark`, `muted` (axes).
    """
    if width <= 0 or height <= 0:
        return [()] * max(0, height)
    points, faint = _finite(picture.series), _finite(picture.faint)
    target = picture.target
    aims = _finite([target] * len(points) if target is None or isinstance(target, (int, float)) else target)
    bars = picture.bars and 2 * len(points) <= width - width // 3
    known = [value for value in [*points, *aims, *faint, picture.low, picture.high] if value is not None]
    plot_height = height - 1 if picture.x_labels and height > 2 else height
    low, high, marks = _scale([*known, 0.0] if bars and known else known, plot_height, picture.y_label)
    margin = min(max((cell_len(label) for _, label in marks), default=0), width // 3)
    canvas = Canvas(max(1, width - margin - 2), plot_height, low, high, ascii)
    if bars:
        canvas.stand(len(points))
    labels = {canvas.row_of(value): label for value, label in marks}
    complete = max(0, len(points) - picture.incomplete)
    if bars:
        canvas.draw_bars(points, complete)
    canvas.draw_faint(faint)
    canvas.draw_target(aims)
    if not bars:
        canvas.draw_series(points, complete)
    canvas.draw_marks(points, picture.marks)
    lines = [
        line(
            [
                (fit(labels.get(row, ""), margin, "right", ascii), "muted"),
                (_axis(row in labels, ascii), "muted"),
                *canvas.row(row),
            ]
        )
        for row in range(plot_height)
    ]
    if plot_height < height:
        below = _below(picture.x_labels, picture.anchor, len(points), canvas, ascii)
        lines.append(line([(" " * (margin + 2) + below, "muted")]))
    return [_exactly(shown, width) for shown in lines]


def _axis(marked: bool, ascii: bool) -> str:
    if ascii:
        return " +" if marked else " |"
    return " ┤" if marked else " │"


def _finite(series: Sequence[float | None]) -> list[float | None]:
    """The values that can be drawn; the rest are gaps, as are values whose differences would overflow."""
    return [float(value) if value is not None and abs(value) < LARGEST else None for value in series]


def _scale(known: Sequence[float], rows: int, y_label: YLabel) -> tuple[float, float, list[tuple[float, str]]]:
    """Lowest and highest value of the plot and the round values to mark with their labels, about one every two rows.

    So many that no two of them are called the same: of 0.5 and 1 people that are counted whole only 1 is marked.
    """
    if not known:
        return 0.0, 1.0, []
    low, high = min(known), max(known)
    size = max(abs(low), abs(high))
    if high - low <= max(1e-9 * size, SMALLEST):
        spread = 0.1 * size if size > SMALLEST else 1.0
        low, high = low - spread, high + spread
    for most in range(max(2, min(6, (rows + 1) // 2)), 1, -1):
        values = ticks(low, high, most)
        marks = [(value, y_label(value)) for value in values]
        if len({label for _, label in marks}) == len(marks):
            break
    else:
        marks = list({label: (value, label) for value, label in reversed(marks)}.values())
    return min(low, values[0]), max(high, values[-1]), marks


def ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` (at least two) round values, evenly spaced, that enclose `low` and `high`.

    Round is 1, 2 or 5 times a power of ten.
    """
    spread = high - low
    if not (isfinite(spread) and spread > 0):
        return [low, high]
    power = 10.0 ** floor(log10(spread / max(1, most - 1)))
    for factor in (1, 2, 5, 10, 20, 50, 100):
        step = power * factor
        if not (step > 0 and isfinite(step)):
            break
        first, last = floor(low / step + 1e-9), ceil(high / step - 1e-9)
        if last - first + 1 <= max(2, most):
            return [_clean(count * step, step) for count in range(first, max(last, first + 1) + 1)]
    return [low, high]


def _clean(value: float, step: float) -> float:
    """Without the dust of binary fractions: 0.30000000000000004 is 0.3."""
    return round(value, max(0, 2 - floor(log10(step)))) + 0.0


def _below(x_labels: XLabels, anchor: int, count: int, canvas: Canvas, ascii: bool) -> str:
    """The labels below the plot, each under its point: every n-th, n the least for which none touches another."""
    inside = [(index, label) for index, label in sorted(x_labels) if 0 <= index < count]
    for stride in (*_STRIDES, max(1, count)):
        placed = [
            _placed(canvas, index, count, label, ascii) for index, label in inside if (index - anchor) % stride == 0
        ]
        if all(x + len(label) < after for (x, label), (after, _) in pairwise(placed)):
            break
    shown = [" "] * canvas.width
    for x, label in placed:
        shown[x : x + len(label)] = label
    return "".join(shown)[: canvas.width]


def _placed(canvas: Canvas, index: int, count: int, label: str, ascii: bool) -> tuple[int, str]:
    """A label and the cell it begins at: that of its point, or so far left of it that it ends with the plot."""
    text = fit(label, min(len(label), canvas.width), "left", ascii)
    return max(0, min(canvas.cell_of(index, count), canvas.width - len(text))), text


def _exactly(shown: Line, width: int) -> Line:
    """Cut or padded to `width` cells."""
    cells = []
    for text, style in shown:
        part = text[:width]
        width -= len(part)
        cells.append((part, style))
    return line([*cells, (" " * width, "")])


class Chart(Drawn):
    """A chart that fills its place and is drawn by difference."""

    DEFAULT_CSS = """
    Chart {
        width: 1fr;
        height: 1fr;
    }
    """

    def __init__(self, *, id: str | None = None, classes: str | None = None, ascii: bool = False) -> None:
        super().__init__(id=id, classes=classes, ascii=ascii)
        self._picture = Picture()

    def show(self, picture: Picture) -> None:
        """Show this; nothing is sent where it looks the same."""
        self._picture = picture
        self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        return draw(self._picture, width=width, height=height, ascii=self.ascii)
