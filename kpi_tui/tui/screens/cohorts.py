"""The cohort table of a metric: a row per cohort, a column per age, the share still active shaded by a glyph."""

from __future__ import annotations

from collections.abc import Sequence

from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.cohorts import CohortRow, cohorts
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.widgets.grid import Cell, Column, Row

SHADES, ASCII_SHADES = " ░▒▓█", " .:=#"
_CELL = 6  # cells of an age: shade, share, mark


class CohortsScreen(Framed):
    """Cohorts of `metric` under the filter and range of the view."""

    def __init__(self, desk: Desk, metric: str) -> None:
        named = desk.context().metric(metric)
        title = desk.language("Cohorts of {metric}: share still active, by age", metric=named.name or metric)
        super().__init__(title, desk.language, hints=desk.language("* not over yet; arrows move, Esc closes"))
        self.desk = desk
        self.metric = metric

    def fill(self) -> None:
        view = self.desk.session.view
        asked = Question((self.metric,), start=view.start, end=view.end, where=view.where)
        found = cohorts(self.desk.session.evaluator, self.metric, None, asked)
        oldest = max((row.age for row in found), default=-1)
        say = self.language
        ages = [Column(f"age{age}", str(age), _CELL, "right", priority=age + 1) for age in range(oldest + 1)]
        self.grid.empty = (say("there are no cohorts in these data"),)
        self.grid.show([Column("cohort", say("Cohort"), 12), Column("size", say("Size"), 9, "right"), *ages],
                       list(self._rows(found, oldest)))  # fmt: skip

    def _rows(self, found: Sequence[CohortRow], oldest: int) -> list[Row]:
        by_cohort: dict[str, dict[int, CohortRow]] = {}
        for row in found:
            by_cohort.setdefault(row.cohort.name, {})[row.age] = row
        return [
            Row(
                name,
                (
                    Cell(self.language.period(name)),
                    Cell(self.language.value(next(iter(ages.values())).size, "count"), "muted"),
                    *(self._cell(ages.get(age)) for age in range(oldest + 1)),
                ),
            )
            for name, ages in by_cohort.items()
        ]

    def _cell(self, row: CohortRow | None) -> Cell:
        if row is None:
            return Cell("")
        shades = ASCII_SHADES if self.desk.ascii else SHADES
        shade = shades[min(len(shades) - 1, round(row.share * (len(shades) - 1) + 0.499))] if row.share else shades[0]
        share = self.language.numbers.plain(row.share * 100)
        return Cell(f"{shade}{share:>3}" + ("" if row.mature else "*"), "" if row.mature else "muted")
