"""The metrics that tables allow, all marked at first: which of them are to be added, and what their KPIs leave open.

Invariant: what a marked metric is made of is marked too.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from kpi_tui.errors import Text
from kpi_tui.language.language import Language
from kpi_tui.metrics.catalogue import catalogue
from kpi_tui.metrics.founding import made_of
from kpi_tui.metrics.proposing import Offer
from kpi_tui.metrics.roles import Choice, Question
from kpi_tui.tui.screens.catalogue import Described
from kpi_tui.tui.screens.framed import Framed
from kpi_tui.tui.screens.picker import Option, Picker
from kpi_tui.tui.widgets.foot import Foot
from kpi_tui.tui.widgets.grid import Cell, Column, Grid, Row
from kpi_tui.tui.widgets.statusline import StatusLine
from kpi_tui.workspace.model import Metric

Again = Callable[[Mapping[str, str]], tuple[Sequence[Metric], Sequence[Offer]]]
ADD = "add"


class OfferingScreen(Framed):
    """Gives back the metrics that are marked, bases before what they make, or None where it was left.

    `again` proposes anew with answers to the KPIs' questions.
    """

    DEFAULT_CSS = "OfferingScreen #described { height: 4; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "take", show=False),
        Binding("space", "mark", show=False),
        Binding("shift+tab", "close", show=False),
    ]

    def __init__(
        self, language: Language, sources: int, metrics: Sequence[Metric], offers: Sequence[Offer], again: Again
    ) -> None:
        hints = language("space marks, Enter adds all that is marked, Esc goes back")
        super().__init__(language("Look at exports: metrics"), language, hints=hints)
        self.sources = sources
        self.again = again
        self.answers: dict[str, str] = {}
        self.questions: dict[str, Question] = {}
        self.left_out: set[str] = set()
        self._take_over(metrics, offers)

    def _take_over(self, metrics: Sequence[Metric], offers: Sequence[Offer]) -> None:
        self.metrics = tuple(metrics)
        self.questions |= {question.id: question for offer in offers for question in offer.questions}

    def compose(self) -> ComposeResult:
        ascii = self.language.numbers.ascii
        yield StatusLine([(self.title_text, "strong")], id="title", ascii=ascii)
        yield Grid(id="grid", ascii=ascii)
        yield Described(ascii=ascii)
        yield Foot([(" " + self.hints, "muted")], ascii=ascii)

    @property
    def marked(self) -> tuple[Metric, ...]:
        """What is to be added."""
        return tuple(metric for metric in self.metrics if metric.id not in self.left_out)

    # Drawing

    def fill(self) -> None:
        columns = [
            Column("mark", "", 3, reachable=False),
            Column("name", "", min(44, max(26, self.app.size.width // 3))),
            Column("formula", "", None, reachable=False),
        ]
        self.grid.show(columns, list(self._rows()))
        self._describe()

    def _rows(self) -> Iterator[Row]:
        say = self.language
        sources = say.count("{n} source", "{n} sources", self.sources)
        metrics = say.count("{n} metric", "{n} metrics", len(self.marked))
        arrow = ">>" if self.language.numbers.ascii else "▸▸"
        yield Row(ADD, (Cell(arrow), Cell(say("Add"), "strong"), Cell(f"{sources}, {metrics}")))
        for question in self.questions.values():
            picked = next((c for c in question.choices if c.id == self.answers.get(question.id)), None)
            what = Cell(say.say(question.what), "risk" if picked is None else "muted")
            value = (
                self._label(picked) if picked is not None else say("Enter answers; without an answer it is left out")
            )
            mark = Cell(" ? ", "risk" if picked is None else "muted")
            yield Row(f"?{question.id}", (mark, what, Cell(value, "" if picked is not None else "muted")))
        for metric in self.metrics:
            shown = "[ ]" if metric.id in self.left_out else "[x]"
            style = "muted" if metric.id in self.left_out else ""
            yield Row(
                metric.id, (Cell(shown, style), Cell(metric.name or metric.id, style), Cell(_said(metric), "muted"))
            )

    def _label(self, choice: Choice) -> str:
        return self.language.say(choice.label) if isinstance(choice.label, Text) else choice.label

    def _describe(self) -> None:
        kpi = catalogue().get(self.grid.key or "")
        question = self.questions.get((self.grid.key or "").removeprefix("?"))
        parts = []
        if question is not None:
            parts = [(self.language.say(question.what), "strong")]
        elif kpi is not None:
            code = self.language.code
            confused = self.language.say(kpi.confused_with(code))
            parts = [(", ".join(kpi.names(code)), "strong"), (kpi.means.said(code), ""), (confused, "muted")]
        self.query_one(Described).show(parts)

    def on_grid_moved(self, event: Grid.Moved) -> None:
        self._describe()
        self.say("")

    # Keys

    def on_grid_chosen(self, event: Grid.Chosen) -> None:
        self.action_take()

    def action_take(self) -> None:
        key = self.grid.key or ""
        if not key.startswith("?"):
            self.dismiss(self.marked)
            return
        question = self.questions[key[1:]]
        options = [Option(choice.id, self._label(choice)) for choice in question.choices]
        current = self.answers.get(question.id, "")
        picker = Picker(self.language.say(question.what), options, self.language, current=current)
        self.app.push_screen(picker, lambda picked: self._answer(question.id, picked))

    def _answer(self, question: str, picked: str | None) -> None:
        if picked is not None:
            self.answers[question] = picked
            self._take_over(*self.again(self.answers))
            self.fill()

    def action_mark(self) -> None:
        metric = next((metric for metric in self.metrics if metric.id == self.grid.key), None)
        if metric is None:
            return
        if metric.id in self.left_out:
            self.left_out -= {metric.id, *made_of(metric, self.metrics)}
        else:
            above = {each.id for each in self.metrics if metric.id in made_of(each, self.metrics)}
            self.left_out |= {metric.id, *above}
        self.fill()


def _said(metric: Metric) -> str:
    if metric.formula:
        return metric.formula if metric.source is None else f"{metric.formula}  ({metric.source})"
    return type(metric.events).__name__.lower() if metric.events is not None else ""
