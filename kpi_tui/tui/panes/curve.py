"""What a chart shows of a metric: values by period, their plan, the year before, notes. Values in, a picture out."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from kpi_tui.language.language import Language
from kpi_tui.metrics.answer import Answer, Question, Slice, Value
from kpi_tui.tui.panes.context import Context
from kpi_tui.tui.widgets.chart import Picture
from kpi_tui.tui.widgets.drawn import Line, Span
from kpi_tui.workspace.model import Note, Unit
from kpi_tui.workspace.periods import Period

CHARTED = 24  # periods at most
NUMBERED = 9  # notes at most
_LEAST_BEFORE = 3  # values of the year before that make a line worth drawing

Aim = tuple[float | None, ...] | float | None


class Curve(Struct, frozen=True):
    """Values and targets by period, both in `unit`; the last `incomplete` are not whole.

    `before` is the year before, period by period; `notes` are (index of a period, note); `bars` for sums over time.
    """

    periods: tuple[Period, ...]
    values: tuple[float | None, ...]
    target: Aim
    incomplete: int
    unit: Unit
    before: tuple[float | None, ...] = ()
    notes: tuple[tuple[int, Note], ...] = ()
    bars: bool = False

    def picture(self, language: Language) -> Picture:
        """What the chart draws, in a language."""
        unit = self.unit

        def y_label(value: float) -> str:
            return language.value(value, unit, compact=True)

        labels, anchor = x_labels(self.periods, language)
        marks = tuple((index, str(number)) for number, (index, _) in enumerate(self.notes, 1))
        return Picture(
            self.values, y_label, labels, anchor, self.target, self.before, marks, self.incomplete, self.bars
        )

    def legend(self, language: Language) -> tuple[Line, ...]:
        """What the lines beside the values are, where there are any, and the notes by their numbers."""
        spans: list[Span] = []
        ascii = language.numbers.ascii
        if self.target is not None and not (isinstance(self.target, tuple) and not any(self.target)):
            spans += [("-- " if ascii else "┈┈ ", "target"), (language("plan"), "muted"), ("   ", "")]
        if any(value is not None for value in self.before):
            spans += [(":: " if ascii else "·· ", "faint"), (language("year before"), "muted"), ("   ", "")]
        if self.incomplete:
            mark = "o " if ascii else "▒ " if self.bars else "⠁⠂⠄ "
            spans += [(mark, "light"), (language("not complete"), "muted")]
        notes = (
            ((f"{number} ", "mark"), (f"{language.date(note.date)}  {note.text}", ""))
            for number, (_, note) in enumerate(self.notes, 1)
        )
        return (*((tuple(spans),) if spans else ()), *notes)


def x_labels(periods: Sequence[Period], language: Language) -> tuple[tuple[tuple[int, str], ...], int]:
    """Short names of the periods, the year instead of that of its first month or quarter; and one that is to be
    there: the first year, else the last period.
    """
    labels: list[tuple[int, str]] = []
    years: list[int] = []
    for index, period in enumerate(periods):
        begins_year = period.name.endswith(("-01", "-Q1")) and period.name.count("-") == 1
        years += [index] if begins_year else []
        labels.append((index, period.name[:4] if begins_year else language.period(period.name, short=True)))
    return tuple(labels), years[0] if years else max(0, len(periods) - 1)


def curve(
    context: Context, question: Question, metric: str, names: Slice = (), target: Aim = None, *, most: int = CHARTED
) -> Curve | None:
    """The last periods of one metric in one slice of a question; None where there is nothing to draw.

    `target` is by period of the answer, or one value.
    """
    answer = context.evaluator.ask(question)
    if names not in answer.slices or not answer.periods:
        return None
    part = answer.slices.index(names)
    periods = answer.periods[-most:]
    plan = context.evaluator.plan.metrics[metric]
    return Curve(
        periods,
        floats(answer.series(metric, part)[-most:]),
        target,
        incomplete(answer.complete[metric]),
        plan.metric.unit,
        _year_before(context, question, metric, names, periods),
        _noted(context, metric, periods),
        plan.is_flow,
    )


def _year_before(
    context: Context, question: Question, metric: str, names: Slice, periods: Sequence[Period]
) -> tuple[float | None, ...]:
    grain, calendar = question.grain, context.evaluator.calendar
    if grain == "all" or grain == "year" or not periods:
        return ()
    answer = context.evaluator.ask(replace(question, start=None, end=None))
    if names not in answer.slices:
        return ()
    known = _whole(answer, metric, answer.series(metric, answer.slices.index(names)))
    before = [calendar.year_before(period, grain).name if period.start.year > 1 else "" for period in periods]
    found = floats([known.get(name) for name in before])
    return found if sum(value is not None for value in found) >= _LEAST_BEFORE else ()


def _whole(answer: Answer, metric: str, values: Sequence[Value]) -> dict[str, Value]:
    """The values of the complete periods by name."""
    known = zip(answer.periods, values, answer.complete[metric], strict=True)
    return {period.name: value for period, value, complete in known if complete}


def _noted(context: Context, metric: str, periods: Sequence[Period]) -> tuple[tuple[int, Note], ...]:
    """The metric's last notes inside these periods, by date."""
    notes = sorted((note for note in context.workspace.notes if note.metric == metric), key=lambda note: note.date)
    placed = [(index, note) for note in notes for index, period in enumerate(periods) if note.date in period]
    return tuple(placed[-NUMBERED:])


def incomplete(complete: Sequence[bool]) -> int:
    """How many of the last periods are not complete."""
    return next((count for count, whole in enumerate(reversed(complete)) if whole), len(complete))


def floats(values: Sequence[Value]) -> tuple[float | None, ...]:
    """Values to draw."""
    return tuple(None if value is None else float(value) for value in values)
