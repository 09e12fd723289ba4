"""The cohort table of a metric: a row per cohort, a column per age, the share still active shaded by a glyph.

Where not all ages fit side by side the cursor draws the hidden ones in from either side, half a screen at a time.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.cohorts import CohortRow, cohorts
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.widgets.columns import GAP
from kpi_tui.tui.widgets.grid import Cell, Column, Row, Step

SHADES, ASCII_SHADES = " ░▒▓█", " .:=#"
_COHORT, _SIZE = 12, 9
_CELL = 6  # cells of an age: shade, share, mark


class CohortsScreen(Framed):
    """Cohorts of `metric` under the filter and range of the view."""

    def __init__(self, desk: Desk, metric: str) -> None:
        named = desk.context().metric(metric)
        title = desk.language("Cohorts of {metric}: share still active, by age", metric=named.name or metric)
        super().__init__(title, desk.language, hints=desk.language("* not over yet; arrows move, Esc closes"))
        self.desk = desk
        self.metric = metric
        self.found: tuple[CohortRow, ...] = ()
        self.first = 0  # the lowest age that is shown
        self.oldest = -1

    def fill(self) -> None:
        """Count and show; a step of the cursor counts nothing again."""
        view = self.desk.session.view
        asked = Question((self.metric,), start=view.start, end=view.end, where=view.where)
        self.found = cohorts(self.desk.session.evaluator, self.metric, None, asked)
        self.oldest = max((row.age for row in self.found), default=-1)
        self._show(min(self.first, self._last_first))

    def on_resize(self) -> None:
        if self.is_mounted:
            self._show(min(self.first, self._last_first))

    @property
    def _fitting(self) -> int:
        """How many ages stand side by side; a cell is kept for the mark of hidden rows."""
        room = self.app.size.width - _COHORT - GAP - _SIZE - 1
        return max(1, room // (_CELL + GAP))

    @property
    def _last_first(self) -> int:
        return max(0, self.oldest + 1 - self._fitting)

    def _show(self, first: int) -> None:
        self.first = first
        last = min(self.oldest, first + self._fitting - 1)
        say = self.language
        ages = [Column(f"age{age}", str(age), _CELL, "right", priority=age + 1) for age in range(first, last + 1)]
        self.grid.empty = (say("there are no cohorts in these data"),)
        self.grid.show(
            [Column("cohort", say("Cohort"), _COHORT), Column("size", say("Size"), _SIZE, "right"), *ages],
            list(self._rows(self.found, range(first, last + 1))),
        )
        hidden = self.oldest + 1 - len(ages)
        self.say(
            say("ages {first} to {last} of {oldest}", first=first, last=last, oldest=self.oldest) if hidden else ""
        )

    def action_move(self, step: Step) -> None:
        """At an edge of the ages shown the next ones come in, half a screen of them."""
        half = max(1, self._fitting // 2)
        shown = (f"age{self.first}", f"age{self.first + self._fitting - 1}")
        if step == "end":
            self._show(self._last_first)
        elif step == "home":
            self._show(0)
        elif step == "right" and self.grid.column == shown[1]:
            self._show(min(self._last_first, self.first + half))
        elif step == "left" and self.grid.column == shown[0] and self.first:
            self._show(max(0, self.first - half))
        super().action_move(step)

    def _rows(self, found: Sequence[CohortRow], shown: range) -> list[Row]:
        by_cohort: dict[str, dict[int, CohortRow]] = {}
        for row in found:
            by_cohort.setdefault(row.cohort.name, {})[row.age] = row
        return [
            Row(
                name,
                (
                    Cell(self.language.period(name)),
                    Cell(self.language.value(next(iter(ages.values())).size, "count"), "muted"),
                    *(self._cell(ages.get(age)) for age in shown),
                ),
            )
            for name, ages in by_cohort.items()
        ]

    def _cell(self, row: CohortRow | None) -> Cell:
        """Shaded by its part of the highest share after the first period, of which everybody is there."""
        if row is None:
            return Cell("")
        highest = max((each.share for each in self.found if each.age), default=0.0) or 1.0
        shades = ASCII_SHADES if self.desk.ascii else SHADES
        shade = shades[ceil(min(row.share / highest, 1.0) * (len(shades) - 1))]
        share = self.language.numbers.plain(row.share * 100)
        return Cell(f"{shade}{share:>3}{' ' if row.mature else '*'}", "" if row.mature else "muted")
