"""The area of a chart: dots set on a raster finer than cells (braille, 2 x 4 a cell) or on cells themselves (ASCII).

What is drawn later lies over what was drawn before, but for `draw_target` and `draw_faint` over a line's dots.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kpi_tui.tui.widgets.drawn import Span

# Bit of a dot in the code of a braille cell, by its row and column in the cell.
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BRAILLE = 0x2800
_EIGHTHS = " ▁▂▃▄▅▆▇█"


class Canvas:
    """`width` x `height` cells that show the values from `low` (last row) to `high` (first row)."""

    def __init__(self, width: int, height: int, low: float, high: float, ascii: bool) -> None:
        self.width, self.height = width, height
        self._low, self._high = low, high
        self._ascii = ascii
        self._across, self._down = (1, 1) if ascii else (2, 4)
        self._dots: dict[tuple[int, int], int] = {}
        self._glyphs: dict[tuple[int, int], str] = {}
        self._styles: dict[tuple[int, int], str] = {}
        self._bar = 0  # cells of a bar with the gap behind it; 0: points lie from edge to edge

    def stand(self, count: int) -> None:
        """From now on points are the middles of `count` bars side by side, not spread from edge to edge."""
        self._bar = max(1, self.width // max(1, count))

    def cell_of(self, index: int, count: int) -> int:
        """The column of cells under point `index` of `count`."""
        return self._x(index, count) // self._across

    def row_of(self, value: float) -> int:
        """The row of cells in which `value` is drawn."""
        return self._y(value) // self._down

    def draw_target(self, aims: Sequence[float | None]) -> None:
        """A dotted line; the target of a cell is that of the point nearest to it."""
        for x in range(self.width if aims else 0):
            share = x / max(1, self.width - 1)
            nearest = x // self._bar if self._bar else round(share * (len(aims) - 1))
            aim = aims[nearest] if nearest < len(aims) else None
            if aim is not None:
                cell = (x, self._y(aim) // self._down)
                self._glyphs[cell] = "-" if self._ascii else "┈"
                self._styles[cell] = "target"

    def draw_faint(self, points: Sequence[float | None]) -> None:
        """A second line of single dots, a cell each; with bars a dot in the gap right of each."""
        count = len(points)
        places = [None if value is None else (self._x(i, count), self._y(value)) for i, value in enumerate(points)]
        if self._bar:
            aside = self._bar - 1 - (self._bar - 1) // 2
            places = [(place[0] + aside * self._across, place[1]) if place else None for place in places]
        for index, place in enumerate(places if self._bar != 1 else ()):
            before = places[index - 1] if index and not self._bar else None
            if place is None:
                continue
            for x, y in _between(before, place) if before is not None else (place,):
                cell = (x // self._across, y // self._down)
                self._glyphs[cell] = ":" if self._ascii else "·"
                self._styles[cell] = "faint"

    def draw_bars(self, points: Sequence[float | None], complete: int) -> None:
        """Bars from nought, eighths of a cell high; those of points from `complete` on are hatched (ASCII: `o`)."""
        for index, value in enumerate(points):
            if value is None:
                continue
            style = "series" if index < complete else "light"
            top = (self._high - value) / (self._high - self._low) * self.height
            zero = self._high / (self._high - self._low) * self.height
            for y in range(self.height):
                eighths = round(8 * (min(zero, y + 1) - max(top, y))) if value >= 0 else 0
                if value < 0 and min(top, y + 1) - max(zero, y) >= 0.5:
                    eighths = 8
                for x in range(index * self._bar, (index + 1) * self._bar - (self._bar > 1)):
                    self._bar_cell((x, y), min(8, eighths), style)

    def _bar_cell(self, cell: tuple[int, int], eighths: int, style: str) -> None:
        if eighths <= (3 if self._ascii or style != "series" else 0):
            return
        open_mark = "o" if self._ascii else "▒"  # told apart without a colour
        whole = "#" if self._ascii else _EIGHTHS[eighths]
        self._glyphs[cell] = whole if style == "series" else open_mark
        self._styles[cell] = style

    def draw_marks(self, points: Sequence[float | None], marks: Sequence[tuple[int, str]]) -> None:
        """A character above each of these points, or below one at the very top; at the bottom where there is none."""
        for index, character in marks:
            value = points[index] if 0 <= index < len(points) else None
            row = self.row_of(value) if value is not None else self.height
            cell = (self.cell_of(index, len(points)), row - 1 if row else min(1, self.height - 1))
            self._dots.pop(cell, None)
            self._glyphs[cell], self._styles[cell] = character, "mark"

    def draw_series(self, points: Sequence[float | None], complete: int) -> None:
        """Lines between neighbours that are known; from point `complete` on dotted and light."""
        count = len(points)
        places = [None if value is None else (self._x(i, count), self._y(value)) for i, value in enumerate(points)]
        for index, place in enumerate(places):
            if place is None:
                continue
            before = places[index - 1] if index else None
            style = "series" if index < complete else "light"
            if before is not None:
                for step, dot in enumerate(_between(before, place)):
                    if style == "series" or step % 2 == 0:
                        self._dot(dot, style, "." if self._ascii else "")
        for index, place in enumerate(places):
            if place is not None:
                self._point(place, "series" if index < complete else "light", self._alone(places, index))

    def _alone(self, places: Sequence[tuple[int, int] | None], index: int) -> bool:
        return (index == 0 or places[index - 1] is None) and (index + 1 == len(places) or places[index + 1] is None)

    def _point(self, place: tuple[int, int], style: str, alone: bool) -> None:
        self._dot(place, style, ("*" if style == "series" else "o") if self._ascii else "")
        if alone and not self._ascii:
            # One dot of eight is easily overlooked.
            cell = (place[0] // self._across, place[1] // self._down)
            self._glyphs[cell], self._styles[cell] = "•", style
            self._dots.pop(cell, None)

    def _dot(self, dot: tuple[int, int], style: str, glyph: str) -> None:
        cell = (dot[0] // self._across, dot[1] // self._down)
        self._styles[cell] = style
        if glyph:
            self._glyphs[cell] = glyph
            return
        bit = _BITS[dot[1] % 4][dot[0] % 2]
        self._dots[cell] = self._dots.get(cell, 0) | bit

    def row(self, y: int) -> Iterator[Span]:
        """One row of cells as spans."""
        for x in range(self.width):
            cell = (x, y)
            if cell in self._dots:
                yield chr(_BRAILLE + self._dots[cell]), self._styles[cell]
            elif cell in self._glyphs:
                yield self._glyphs[cell], self._styles[cell]
            else:
                yield " ", ""

    def _x(self, index: int, count: int) -> int:
        if self._bar:
            return (index * self._bar + (self._bar - 1) // 2) * self._across
        last = self.width * self._across - 1
        return last // 2 if count <= 1 else round(index * last / (count - 1))

    def _y(self, value: float) -> int:
        last = self.height * self._down - 1
        share = (self._high - value) / (self._high - self._low)
        return max(0, min(last, round(share * last)))


def _between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots of a straight line, both ends included."""
    (x1, y1), (x2, y2) = start, end
    steps = max(abs(x2 - x1), abs(y2 - y1))
    if steps == 0:
        yield start
    for step in range(steps + 1 if steps else 0):
        yield round(x1 + (x2 - x1) * step / steps), round(y1 + (y2 - y1) * step / steps)
