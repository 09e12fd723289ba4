"""A formula being typed: what may stand at the caret, what is wrong where, and what the last periods would be.

Nothing is changed before Enter: the result comes from a trial over the data that are loaded, once the keys rest.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import structs
from textual import events
from textual.app import ComposeResult
from textual.timer import Timer

from kpi_tui.errors import Finding, KpiError
from kpi_tui.facts.query import Grouping
from kpi_tui.formula.completing import Candidate, Completion, complete
from kpi_tui.metrics.answer import Answer
from kpi_tui.metrics.units import Units, natural
from kpi_tui.review.lint import advice_on
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.fields import Field, parse
from kpi_tui.tui.messages import Edited
from kpi_tui.tui.screens.ask import TextField
from kpi_tui.tui.widgets.drawn import Span
from kpi_tui.tui.widgets.editor import Typing
from kpi_tui.tui.widgets.foot import Foot
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row
from kpi_tui.tui.widgets.stage import Stage
from kpi_tui.tui.widgets.statusline import StatusLine
from kpi_tui.tui.word_names import kind_name
from kpi_tui.workspace.edits import Batch, Edit, Set
from kpi_tui.workspace.model import Metric, Unit

TRIED_AFTER = 0.15  # seconds that the keys rest
PERIODS = 4  # the last ones, whose result stands beside the formula


class FormulaScreen(Stage):
    """The formula `field` of a metric; gives back whether it was changed."""

    typing = True
    DEFAULT_CSS = """
    FormulaScreen Grid { height: 1fr; }
    FormulaScreen #result { height: 2; }
    """

    def __init__(self, desk: Desk, metric: Metric, field: Field, text: str) -> None:
        super().__init__()
        self.desk = desk
        self.language = desk.language
        self.metric = metric
        self.field = field
        self.text = text
        self.completion = Completion(0)
        self._later: Timer | None = None

    def compose(self) -> ComposeResult:
        ascii, say = self.desk.ascii, self.language
        name = self.metric.name or self.metric.id
        hints = say("Tab completes, up and down choose, Enter takes it, Esc leaves")
        yield StatusLine([(say("Formula of {name}", name=name), "strong")], ascii=ascii)
        yield TextField(self.text, ascii=ascii)
        yield StatusLine(id="place", ascii=ascii)
        yield StatusLine(id="result", ascii=ascii)
        yield Grid(id="candidates", ascii=ascii)
        yield Foot([(" " + hints, "muted")], ascii=ascii)

    def on_mount(self) -> None:
        self.query_one(TextField).focus()
        self._typed()

    # Keys

    def on_key(self, event: events.Key) -> None:
        grid = self.query_one("#candidates", Grid)
        match event.key:
            case "escape":
                self.dismiss(False)
            case "enter":
                self._take()
            case "tab":
                self._complete()
            case "up" | "down" as step:
                grid.move(step)
            case _:
                return
        event.stop()
        event.prevent_default()

    def on_text_field_changed(self) -> None:
        self._typed()

    def _typed(self) -> None:
        """The text or the caret is another: candidates at once, the result when the keys rest."""
        self._show_candidates()
        if self._later is not None:
            self._later.stop()
        self._later = self.set_timer(TRIED_AFTER, self._try)

    def _complete(self) -> None:
        grid, box = self.query_one("#candidates", Grid), self.query_one(TextField)
        chosen = next((each for each in self.completion.candidates if each.text == grid.key), None)
        if chosen is not None:
            kept = "".join(box.typed.before)[: self.completion.start]
            box.take(Typing(Typing.of(kept + chosen.text).before, box.typed.after))

    def _take(self) -> None:
        try:
            sentence = self.desk.apply(self._edit())
        except KpiError:
            self._try()  # says what is wrong, and where
            return
        self.post_message(Edited(sentence))
        self.dismiss(True)

    def _edit(self) -> Edit:
        """The formula; that of a metric which counted rows until now brings its unit along."""
        edit = Set(self.field.path, parse(self.field, self._formula, self.language))
        if (self.metric.formula, self.metric.unit) != ("COUNT(*)", "count"):
            return edit
        quantity = Units(self.desk.session.tried(edit).plan).derived(self.metric.id)
        unit = natural(quantity) if quantity is not None else None
        return edit if unit in (None, "count") else Batch((edit, Set((*self.field.path[:-1], "unit"), unit)))

    # What is shown

    @property
    def _formula(self) -> str:
        return self.query_one(TextField).typed.text

    def _show_candidates(self) -> None:
        before = "".join(self.query_one(TextField).typed.before)
        table = self.desk.session.tables.get(self.metric.source or "")
        schema = dict(table.frame.schema) if table is not None and table.frame is not None else {}
        say = self.language.say
        columns = {name: say(kind_name(str(kind))) for name, kind in schema.items() if not name.startswith("__")}
        metrics = {m.id: m.name for m in self.desk.workspace.metrics if m.id != self.metric.id}
        self.completion = complete(before, columns, metrics, self._held)
        grid = self.query_one("#candidates", Grid)
        grid.empty = ("",)
        grid.show(
            [Column("name", "", 32), Column("note", "", None, priority=1)],
            [Row(each.text, (Cell(each.name), Cell(self._note(each), "muted"))) for each in self.completion.candidates],
        )
        if self.completion.candidates:
            grid.move_to(self.completion.candidates[0].text)

    def _note(self, each: Candidate) -> str:
        words = {
            "column": self.language("column"),
            "metric": self.language("metric"),
            "function": self.language("function"),
            "value": self.language("value"),
        }
        return f"{words[each.kind]}  {each.note}".rstrip()

    def _held(self, column: str) -> Sequence[str]:
        """What a dimension of the metric's source holds."""
        table = self.desk.session.tables.get(self.metric.source or "")
        if table is None or table.frame is None or column not in table.source.dimensions:
            return ()
        seen = self.desk.session.evaluator.leaf_tables.seen(table.source.id, Grouping((), (column,)))
        return sorted(part[0] for part in seen if part[0] is not None)

    def _try(self) -> None:
        """The last periods by this formula, or what is wrong with it below its place."""
        if not self.is_mounted:
            return
        place, result = self.query_one("#place", StatusLine), self.query_one("#result", StatusLine)
        try:
            tried = self.desk.session.tried(self._edit())
        except KpiError as error:
            place.show([])
            result.show([(self.language.error(error), "error")])
            return
        wrong = next((f for f in tried.plan.findings if str(f.subject).split(":")[0] == self.metric.id), None)
        if wrong is not None:
            self._show_wrong(wrong, place, result)
            return
        advice = next(iter(advice_on(tried, self.metric.id, self.desk.session.scorecard.place_of)), None)
        place.show([(self.language.say(advice.what), "risk")] if advice is not None else [])
        view = self.desk.session.view
        asked = structs.replace(
            self.desk.session.scorecard.question, metrics=(self.metric.id,), by=(), where=view.where
        )
        result.show(self._result(tried.ask(asked), tried.plan.metrics[self.metric.id].metric.unit))

    def _show_wrong(self, wrong: Finding, place: StatusLine, result: StatusLine) -> None:
        """What is wrong below the place in the formula that it is about."""
        _, line, column = (str(wrong.subject) + ":1:1").split(":")[:3]
        at = self.query_one(TextField).cell_of(int(column) - 1) if line == "1" else None
        place.show([(" " * at + "^", "error")] if at is not None else [])
        said = self.language.say(wrong.what)
        result.show([(f"{said}: {self.language.say(wrong.cure)}" if wrong.cure is not None else said, "error")])

    def _result(self, answer: Answer, unit: Unit) -> list[Span]:
        reason = answer.reasons.get(self.metric.id)
        if reason is not None:
            return [(self.language("undefined") + ": " + self.language.say(reason), "risk")]
        spans: list[Span] = []
        complete = answer.complete[self.metric.id]
        for index in range(max(0, len(answer.periods) - PERIODS), len(answer.periods)):
            mark = "" if complete[index] else "*"
            value = self.language.value(answer.value(self.metric.id, index), unit)
            spans.append((self.language.period(answer.periods[index].name, short=True) + mark + " ", "muted"))
            spans.append((value + "   ", "strong"))
        return spans or [(self.language("there are no data yet"), "muted")]
