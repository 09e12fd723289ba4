"""The area of a chart: dots set on a raster finer than cells (braille, 2 x 4 a cell) or on cells themselves (ASCII)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from kpi_tui.tui.widgets.drawn import Span

# Bit of a dot in the code of a braille cell, by its row and column in the cell.
_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
_BRAILLE = 0x2800


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
            aim = aims[round(share * (len(aims) - 1))]
            if aim is not None:
                cell = (x, self._y(aim) // self._down)
                self._glyphs[cell] = "-" if self._ascii else "┈"
                self._styles[cell] = "target"

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
        last = self.width * self._across - 1
        return last // 2 if count <= 1 else round(index * last / (count - 1))

    def _y(self, value: float) -> int:
        last = self.height * self._down - 1
        # Halved first: the span of two huge values of unlike sign would overflow.
        share = (self._high / 2 - value / 2) / (self._high / 2 - self._low / 2)
        return max(0, min(last, round(share * last)))


def _between(start: tuple[int, int], end: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """The dots of a straight line, both ends included."""
    (x1, y1), (x2, y2) = start, end
    steps = max(abs(x2 - x1), abs(y2 - y1))
    if steps == 0:
        yield start
    for step in range(steps + 1 if steps else 0):
        yield round(x1 + (x2 - x1) * step / steps), round(y1 + (y2 - y1) * step / steps)
