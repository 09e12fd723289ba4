"""One pane: a title line that shows the focus, and below it a grid (or, for the detail, a chart and facts)."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Vertical

from kpi_tui.language.language import Language
from kpi_tui.tui.drawing import Detail
from kpi_tui.tui.widgets.chart import Chart
from kpi_tui.tui.widgets.drawn import Drawn, Line, line
from kpi_tui.tui.widgets.fitting import fit
from kpi_tui.tui.widgets.grid import Column, Grid, Row
from kpi_tui.tui.widgets.statusline import StatusLine


class Pane(Vertical):
    """A titled grid; `number` is the key that leads to it."""

    DEFAULT_CSS = "Pane { width: 1fr; height: 1fr; }"

    def __init__(self, name: str, number: int, empty: Sequence[str], *, ascii: bool) -> None:
        super().__init__(id=name)
        self.number = number
        self._ascii = ascii
        self._empty = tuple(empty)
        self.columns: tuple[Column, ...] = ()

    def compose(self) -> ComposeResult:
        yield StatusLine(classes="title", ascii=self._ascii)
        yield Grid(id=f"{self.id}-grid", empty=self._empty, ascii=self._ascii)

    @property
    def grid(self) -> Grid:
        return self.query_one(Grid)

    def entitle(self, title: str, *, focused: bool) -> None:
        """Show the title; the focused pane's is bold."""
        mark = ">" if self._ascii else "▌"
        shown = f"{mark if focused else ' '}{self.number} {title}"
        self.query_one(StatusLine).show([(shown, "focus" if focused else "title")])

    def show(self, columns: Sequence[Column], rows: Sequence[Row], empty: Sequence[str] = ()) -> None:
        """Draw what differs; `empty` says why there are no rows where that is not because nothing was made yet."""
        self.columns = tuple(columns)
        self.grid.empty = tuple(empty) or self._empty
        self.grid.show(columns, rows)


class Facts(Drawn):
    """Lines of labelled facts; what is too long is broken at the pane's edge."""

    DEFAULT_CSS = "Facts { width: 1fr; height: 1fr; }"

    def __init__(self, *, ascii: bool) -> None:
        super().__init__(ascii=ascii)
        self._facts: tuple[Line, ...] = ()

    def show(self, facts: Sequence[Line]) -> None:
        self._facts = tuple(facts)
        self.redraw()

    def lines(self, width: int, height: int) -> list[Line]:
        shown = [part for fact in self._facts for part in _broken(fact, width, self.ascii)]
        blank = line([(" " * width, "")])
        return (shown + [blank] * height)[:height]


class DetailPane(Vertical):
    """A title, a chart and facts."""

    DEFAULT_CSS = """
    DetailPane { width: 1fr; height: 1fr; }
    DetailPane Chart { height: 3fr; max-height: 14; }
    DetailPane Facts { height: 2fr; }
    DetailPane.plain Chart { display: none; }
    """

    def __init__(self, number: int, *, ascii: bool) -> None:
        super().__init__(id="detail")
        self.number = number
        self._ascii = ascii

    def compose(self) -> ComposeResult:
        yield StatusLine(classes="title", ascii=self._ascii)
        yield Chart(ascii=self._ascii)
        yield Facts(ascii=self._ascii)

    def show(self, detail: Detail, language: Language, *, focused: bool) -> None:
        """Draw what differs; without a curve the facts take the chart's place."""
        mark = ">" if self._ascii else "▌"
        title = f"{mark if focused else ' '}{self.number} {detail.title}"
        self.query_one(StatusLine).show([(title, "focus" if focused else "title")])
        curve = detail.curve
        self.set_class(curve is None, "plain")
        if curve is not None:
            self.query_one(Chart).show(curve.picture(language))
        legend = curve.legend(language) if curve is not None else ()
        self.query_one(Facts).show((*legend, *detail.facts))


def _broken(fact: Line, width: int, ascii: bool) -> list[Line]:
    """A fact over as many lines as it needs, words kept whole; its label is on the first."""
    from textwrap import wrap

    label, style = fact[0] if len(fact) > 1 else ("", "")
    rest = fact[1:] if len(fact) > 1 else fact
    text = "".join(part for part, _ in rest)
    body_style = rest[-1][1] if rest else ""
    room = max(8, width - len(label))
    parts = wrap(text, room) or [""]
    first = line([(label, style), (fit(parts[0], max(0, width - len(label)), "left", ascii), body_style)])
    return [first, *(line([(fit(" " * len(label) + part, width, "left", ascii), body_style)]) for part in parts[1:])]
