"""A line chart in text: braille dots where the font has them, ASCII where not. `draw` is pure; `Chart` shows it.

Invariant: `draw` gives exactly `height` lines of exactly `width` cells, whatever the series; a gap stays a gap (no line
is drawn over a None), and the last `incomplete` points are dotted and lighter, so that they do not read as a fall.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import ceil, floor, isfinite, log10

from rich.cells import cell_len

from kpi_tui.tui.widgets.drawn import Drawn, Line, line
from kpi_tui.tui.widgets.fitting import fit
from kpi_tui.tui.widgets.plot import Canvas

Target = Sequence[float | None] | float | None
YLabel = Callable[[float], str]
XLabels = Sequence[tuple[int, str]]

LARGEST = 1e300


def draw(
    series: Sequence[float | None],
    *,
    width: int,
    height: int,
    y_label: YLabel = "{:g}".format,
    x_labels: XLabels = (),
    target: Target = None,
    incomplete: int = 0,
    ascii: bool = False,
) -> list[Line]:
    """`height` lines of `width` cells, each a tuple of (text, style name).

    `x_labels` are (index of a point, text); `target` is one value, or one a point; `incomplete` counts the last points.
    Styles: `series`, `light` (incomplete), `target`, `muted` (axes).
    """
    if width <= 0 or height <= 0:
        return [()] * max(0, height)
    points = _finite(series)
    aims = _finite([target] * len(points) if target is None or isinstance(target, (int, float)) else target)
    known = [value for value in [*points, *aims] if value is not None]
    plot_height = height - 1 if x_labels and height > 2 else height
    low, high, values = _scale(known, plot_height)
    marks = [(value, y_label(value)) for value in values]
    margin = min(max((cell_len(label) for _, label in marks), default=0), width // 3)
    canvas = Canvas(max(1, width - margin - 2), plot_height, low, high, ascii)
    labels = {canvas.row_of(value): label for value, label in marks}
    canvas.draw_target(aims)
    canvas.draw_series(points, max(0, len(points) - incomplete))
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
        below = _below(x_labels, len(points), canvas, ascii)
        lines.append(line([(" " * (margin + 2) + below, "muted")]))
    return [_exactly(shown, width) for shown in lines]


def _axis(marked: bool, ascii: bool) -> str:
    if ascii:
        return " +" if marked else " |"
    return " ┤" if marked else " │"


def _finite(series: Sequence[float | None]) -> list[float | None]:
    """The values that can be drawn; the rest are gaps, as are values whose differences would overflow."""
    return [float(value) if value is not None and abs(value) < LARGEST else None for value in series]


def _scale(known: Sequence[float], rows: int) -> tuple[float, float, list[float]]:
    """Lowest and highest value of the plot and the round values to mark, about one every two rows."""
    if not known:
        return 0.0, 1.0, []
    low, high = min(known), max(known)
    if high - low <= 1e-9 * max(abs(low), abs(high)):
        spread = abs(low) * 0.1 or 1.0
        low, high = low - spread, high + spread
    marks = ticks(low, high, max(2, min(6, (rows + 1) // 2)))
    return min(low, marks[0]), max(high, marks[-1]), marks


def ticks(low: float, high: float, most: int) -> list[float]:
    """At most `most` (at least two) round values, evenly spaced, that enclose `low` and `high`.

    Round is 1, 2, 2.5 or 5 times a power of ten.
    """
    spread = high - low
    if not (isfinite(spread) and spread > 0):
        return [low, high]
    power = 10.0 ** floor(log10(spread / max(1, most - 1)))
    for factor in (1, 2, 2.5, 5, 10, 20, 25, 50, 100):
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


def _below(x_labels: XLabels, count: int, canvas: Canvas, ascii: bool) -> str:
    """The labels below the plot, each under its point; one that would touch another is left out."""
    shown = [" "] * canvas.width
    free = 0
    for index, label in sorted(x_labels):
        text = fit(label, min(len(label), canvas.width), "left", ascii)
        x = min(canvas.cell_of(index, count), canvas.width - len(text))
        if 0 <= index < count and x >= free and len(text) <= canvas.width:
            shown[x : x + len(text)] = text
            free = x + len(text) + 1
    return "".join(shown)


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
        self._series: tuple[float | None, ...] = ()
        self._y_label: YLabel = "{:g}".format
        self._x_labels: XLabels = ()
        self._target: Target = None
        self._incomplete = 0

    def show(
        self,
        series: Sequence[float | None],
        *,
        y_label: YLabel = "{:g}".format,
        x_labels: XLabels = (),
        target: Target = None,
        incomplete: int = 0,
    ) -> None:
        """Show this series; the arguments are those of `draw`."""
        self._series, self._y_label, self._x_labels = tuple(series), y_label, tuple(x_labels)
        self._target, self._incomplete = target, incomplete
        self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        return draw(
            self._series,
            width=width,
            height=height,
            y_label=self._y_label,
            x_labels=self._x_labels,
            target=self._target,
            incomplete=self._incomplete,
            ascii=self.ascii,
        )
