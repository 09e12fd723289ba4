"""The keys of the main screen that look: period, grain, split, filter, comparison; and what opens to be read.

Screens and what they need are imported when they are opened: what few look at should not slow the start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from msgspec.structs import replace

from kpi_tui.errors import Text
from kpi_tui.tui import viewing
from kpi_tui.tui.panes.pane import Pane
from kpi_tui.tui.screens.front import Front
from kpi_tui.tui.widgets.grid import Row

if TYPE_CHECKING:
    from kpi_tui.review.team import MemberResult
    from kpi_tui.tui.app import KpiApp

SEVERITIES = ("error", "warning", "hint")  # the gravest is read first

_UNMARKED = str.maketrans({"*": None, "±": None, "\u00a0": None, "\u202f": None, "\u2212": "-"})  # for spreadsheets


class Looking(Front):
    """Another view of the same numbers, or where they come from."""

    def action_clear(self) -> None:
        """Esc takes back the last narrowing: the filter of rows, of data, the zoom."""
        if cast("KpiApp", self.app).scanning.escape():
            self.show_all()
            return
        if not self.is_live:
            self.zoomed = False
            self._arrange()
            return
        from kpi_tui.review.comparison import COMPARISONS

        view = self.desk.session.view
        if self.wanted:
            self.wanted = ""
        elif view.where:
            viewing.look(self.desk, replace(view, where=()))
        elif view.top or view.rank:
            viewing.look(self.desk, replace(view, top=0, rank=None))
        elif view.by:
            viewing.look(self.desk, replace(view, by=()))
        elif view.compare != COMPARISONS[0]:
            viewing.compare(self.desk, COMPARISONS[0])
        elif self.zoomed:
            self.zoomed = False
            self._arrange()
        self.say("")
        self.show_all()

    def _step_period(self, step: int) -> None:
        found = viewing.step_period(self.desk, step)
        self.say("" if found else self.language("there is no data beyond this period"))
        self.show_all()

    def action_earlier(self) -> None:
        self._step_period(-1)

    def action_later(self) -> None:
        self._step_period(1)

    def _step_grain(self, step: int) -> None:
        viewing.step_grain(self.desk, step)
        self.say("")
        self.show_all()

    def action_coarser(self) -> None:
        self._step_grain(1)

    def action_finer(self) -> None:
        self._step_grain(-1)

    def action_split(self) -> None:
        from kpi_tui.tui.screens.picker import Option, Picker

        found = viewing.splits(self.desk)
        if not found:
            self.say(self.language("no source has dimensions yet: s, Enter, Dimensions"), "error")
            return
        options = [Option(viewing.NO_SPLIT, self.language("no split")), *(Option(name, name) for name in found)]
        picker = Picker(self.language("Split by"), options, self.language, current=viewing.split_now(self.desk))
        self.app.push_screen(picker, self._split)

    def _split(self, picked: str | None) -> None:
        if picked is not None and viewing.split_by(self.desk, picked):
            self._go("metrics")
        self.show_all()

    def action_filter(self) -> None:
        from kpi_tui.tui.filtering import filter_text
        from kpi_tui.tui.screens.ask import Ask

        hint = self.language("text of a row, or data: channel=Email; empty shows all")
        current = self.wanted or filter_text(self.desk.session.view.where)
        ask = Ask(self.language("Filter"), self.language, text=current, hint=hint, check=self._wrong_filter)
        self.app.push_screen(ask, self._filter)

    def _wrong_filter(self, typed: str) -> str | None:
        from kpi_tui.tui.filtering import parsed_filter

        found = parsed_filter(typed, viewing.dimensions(self.desk))
        return self.language.say(found) if isinstance(found, Text) else None

    def _filter(self, typed: str | None) -> None:
        from kpi_tui.tui.filtering import parsed_filter, unknown_part

        found = parsed_filter(typed, viewing.dimensions(self.desk)) if typed is not None else None
        if typed is None or found is None or isinstance(found, Text):
            return
        viewing.look(self.desk, replace(self.desk.session.view, where=found))
        self.wanted = "" if found else typed.strip()
        asked = self.desk.session.scorecard.question.metrics
        unknown = unknown_part(self.desk.session.evaluator, asked, found)
        self.say(self.language.say(unknown) if unknown is not None else "", "error" if unknown is not None else "")
        self.show_all()

    def action_compare(self) -> None:
        from kpi_tui.tui.screens.picker import Option, Picker

        say = self.language.say
        found = viewing.comparisons(self.desk)
        options = [
            Option(value, say(name) if isinstance(name, Text) else self.language.period(name)) for value, name in found
        ]
        current = self.desk.session.view.compare
        picker = Picker(self.language("Compare with"), options, self.language, current=current)
        self.app.push_screen(picker, self._compare)

    def _compare(self, picked: str | None) -> None:
        if picked is not None:
            viewing.compare(self.desk, picked)
        self.show_all()

    def action_rank(self) -> None:
        from kpi_tui.tui.screens.picker import Option, Picker

        if not self.desk.session.view.by:
            self.say(self.language("there is no split to rank: b splits"), "error")
            return
        options = [Option(value, self.language.say(name)) for value, name in viewing.cuts()]
        picker = Picker(self.language("Slices"), options, self.language, current=viewing.cut_now(self.desk))
        self.app.push_screen(picker, self._cut)

    def _cut(self, picked: str | None) -> None:
        from kpi_tui.tui.screens.picker import Option, Picker

        if picked == "0":
            self._rank(picked, None)
        elif picked is not None:
            view, context = self.desk.session.view, self.desk.context()
            names = context.scorecard.question.metrics
            options = [Option(name, context.metric(name).name or name) for name in names]
            current = view.rank or viewing.metric_of(self.desk, self.grid.key) or ""
            picker = Picker(self.language("Rank by"), options, self.language, current=current)
            self.app.push_screen(picker, lambda metric: self._rank(picked, metric))

    def _rank(self, picked: str, metric: str | None) -> None:
        if picked == "0" or metric is not None:
            viewing.cut(self.desk, picked, metric)
            self._go("metrics")
        self.show_all()

    def action_cohorts(self) -> None:
        from kpi_tui.metrics.cohorts import has_cohorts  # as rarely looked at as the screen
        from kpi_tui.tui.screens.cohorts import CohortsScreen

        metric = viewing.metric_of(self.desk, self.grid.key)
        if metric is not None and self.desk.context().metric(metric).funnel is not None:
            self._open_funnel()
            return
        if metric is None or not has_cohorts(self.desk.session.evaluator, metric):
            self.say(
                self.language("select a retention, repeat or acquisition metric to see its cohorts, or a funnel"),
                "error",
            )
            return
        self.app.push_screen(CohortsScreen(self.desk, metric))

    def _open_funnel(self) -> None:
        from kpi_tui.tui.explaining import number_of
        from kpi_tui.tui.screens.funnel import FunnelScreen

        asked = number_of(self.desk, self.grid.key)
        if asked is not None:
            self.app.push_screen(FunnelScreen(self.desk, asked))

    def action_multiples(self) -> None:
        from kpi_tui.tui.screens.multiples import MultiplesScreen  # what few look at should not slow the start

        metric = viewing.metric_of(self.desk, self.grid.key)
        if metric is None or not self.desk.session.view.by:
            self.say(self.language("select a metric and split it (b) to see a chart for every slice"), "error")
            return
        self.app.push_screen(MultiplesScreen(self.desk, metric), lambda _: self.show_all())

    def action_explain(self) -> None:
        from kpi_tui.tui.explaining import explained  # what one key asks for should not slow the start
        from kpi_tui.tui.screens.explanation import ExplanationScreen

        if (person := self._person()) is not None:
            self._explain_person(person)
            return
        found = explained(self.desk, self.grid.key)
        if isinstance(found, Text):
            self.say(self.language.say(found))
        else:
            self.app.push_screen(ExplanationScreen(self.desk, found))

    def _person(self) -> MemberResult | None:
        """Whose index, bonus or score stands under the cursor; None where it is another number."""
        kind, _, rest = (self.grid.key or "").partition(".")
        if kind != "member" and (kind, self.grid.column) != ("kpi", "score"):
            return None
        return next((each for each in self.desk.session.scorecard.team if each.member.id == rest.split(".")[0]), None)

    def _explain_person(self, person: MemberResult) -> None:
        from kpi_tui.report.matrix import matrix_entries
        from kpi_tui.tui.screens.reader import Reader

        entries = [*matrix_entries(person, self.desk.workspace, self.language)]
        period = [self.language.period(person.period.name)] if person.period is not None else []
        title = " · ".join([person.member.name or person.member.id, *period])
        self.app.push_screen(Reader(title, entries, self.language, label_width=22))

    def action_spread(self) -> None:
        from kpi_tui.metrics.spread import spreads
        from kpi_tui.tui.explaining import explained
        from kpi_tui.tui.screens.spread import SpreadScreen

        explanation = explained(self.desk, self.grid.key)
        found = spreads(self.desk.session.evaluator, explanation) if not isinstance(explanation, Text) else explanation
        if isinstance(found, Text) or isinstance(explanation, Text):
            self.say(self.language.say(found) if isinstance(found, Text) else "")
        else:
            self.app.push_screen(SpreadScreen(self.desk, explanation, found))

    def action_why(self) -> None:
        from kpi_tui.tui.explaining import why_moved
        from kpi_tui.tui.screens.bridge import BridgeScreen

        found = why_moved(self.desk, self.grid.key)
        if isinstance(found, Text):
            self.say(self.language.say(found))
        else:
            self.app.push_screen(BridgeScreen(self.desk, found), lambda _: self.show_all())

    def action_findings(self) -> None:
        from kpi_tui.report.findings import listed
        from kpi_tui.tui.screens.reader import Reader

        findings = listed(self.desk.session.findings)
        ordered = sorted(findings, key=lambda finding: SEVERITIES.index(finding.severity))
        entries = [("!" if f.severity == "error" else "", self.language.finding(f), "") for f in ordered]
        empty = ("", self.language("Nothing is wrong with the workspace; H looks at what stands in the data."), "")
        self.app.push_screen(Reader(self.language("Findings"), entries or [empty], self.language, label_width=2))

    def action_health(self) -> None:
        from kpi_tui.tui.screens.health import HealthScreen  # what few look at should not slow the start

        self.app.push_screen(HealthScreen(self.desk), lambda _: self.show_all())

    def action_copy_cell(self) -> None:
        row = self._row()
        columns = [column.key for column in self.query_one(f"#{self.pane}", Pane).columns]
        if row is not None and self.grid.column in columns:
            shown = row.cells[columns.index(self.grid.column)].text.strip()
            self._copy(self._exact(row, self.grid.column) or shown)

    def action_copy_row(self) -> None:
        row = self._row()
        if row is None:
            return
        cells = zip(self.query_one(f"#{self.pane}", Pane).columns, row.cells, strict=True)
        self._copy(
            "\t".join(
                self._exact(row, column.key) or cell.text.strip().translate(_UNMARKED)
                for column, cell in cells
                if column.reachable
            )
        )

    def _exact(self, row: Row, column: str) -> str:
        """What stands behind a cell with all its digits, as a spreadsheet takes it; empty where it is only said."""
        from kpi_tui.tui.cells import editable_field
        from kpi_tui.tui.explaining import exact_number
        from kpi_tui.tui.fields import text_of

        # a bonus shows what is paid, its field holds what is promised
        field = editable_field(self.desk, row.key, column) if column != "bonus" else None
        typed = text_of(field, self.language) if field is not None else ""
        return typed or (exact_number(self.desk, row.key) if column in ("value", "actual", "fact") else "")

    def _copy(self, text: str) -> None:
        self.app.copy_to_clipboard(text)
        self.say(self.language("copied: {text}", text=text))

    def _row(self) -> Row | None:
        return self.grid.rows[self.grid.row_index] if self.grid.rows else None
