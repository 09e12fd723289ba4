"""The detail pane: the selected row in full, with a chart of its values against the plan or the limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from msgspec import structs

from kpi_tui.metrics.answer import Question, Slice, Value, filter_of
from kpi_tui.report.words import STATUS_GLYPHS, status_words
from kpi_tui.review.basis import GUARDRAILS
from kpi_tui.review.comparison import Change
from kpi_tui.review.exact import exact
from kpi_tui.review.goals import GoalResult
from kpi_tui.review.ranking import Part
from kpi_tui.review.rollup import ObjectiveResult
from kpi_tui.review.split import FlowPlan, LevelPlan, Span, fixed_periods
from kpi_tui.review.team import MemberResult
from kpi_tui.tui.drawing import Detail
from kpi_tui.tui.panes.context import Context
from kpi_tui.tui.panes.curve import CHARTED, Curve, curve
from kpi_tui.tui.panes.definition import definition
from kpi_tui.tui.panes.goals import STYLES
from kpi_tui.tui.panes.metrics import label
from kpi_tui.tui.widgets.drawn import Line
from kpi_tui.workspace.model import Unit
from kpi_tui.workspace.periods import Period


def describe(context: Context, key: str | None) -> Detail:
    """What to show of the row with this key."""
    kind, _, rest = (key or "").partition(".")
    card = context.scorecard
    match kind:
        case "goal":
            goal = next((result for result in card.goals if result.goal.id == rest), None)
            return _goal(context, goal) if goal is not None else Detail("")
        case "metric":
            return _metric(context, rest) if rest in card.metrics.values else Detail("")
        case "slice":
            name, _, part = rest.rpartition(".")
            answer, index = card.metrics, int(part)
            if name not in answer.values or index >= len(answer.slices):
                return Detail("")
            return _part(context, name, Part("slice", answer.slices[index], answer, index))
        case "other":
            rest_of = next((each for each in context.parts if each.kind == "other"), None)
            return _part(context, rest, rest_of) if rest_of is not None and rest in card.metrics.values else Detail("")
        case "member" | "kpi":
            member = rest.split(".", 1)[0]
            found = next((result for result in card.team if result.member.id == member), None)
            return _member(context, found) if found is not None else Detail("")
        case "objective":
            objective = next((result for result in card.objectives if result.objective.id == rest), None)
            return _objective(context, objective) if objective is not None else Detail("")
        case _:
            return Detail("")


def _objective(context: Context, result: ObjectiveResult) -> Detail:
    language = context.language
    left_out = language.count("{n} goal without a value", "{n} goals without a value", result.left_out)
    facts = (
        _fact(language("Done"), language.value(result.progress, "percent")),
        _fact(language("Expected"), language.value(result.expected, "percent")),
        *([_plain(left_out)] if result.left_out else []),
        *_texts(result.objective.note),
    )
    return Detail(result.objective.name or result.objective.id, None, facts)


def _goal(context: Context, result: GoalResult) -> Detail:
    goal, language = result.goal, context.language
    facts: list[Line] = [
        (
            (STATUS_GLYPHS[context.ascii][result.status] + " ", STYLES[result.status]),
            (status_words(language)[result.status] + ": ", STYLES[result.status]),
            (language.say(result.verdict.rule), ""),
        )
    ]
    if result.plan_to_date is not None and goal.kind not in GUARDRAILS:
        facts.append(_fact(language("Plan to date"), context.shown(result.plan_to_date, result.unit)))
    if result.baseline is not None:
        facts.append(_fact(language("Baseline"), context.shown(result.baseline, result.unit)))
    if result.growth is not None:
        asked = language.signed_change(result.growth_asked)
        facts.append(
            _fact(
                language("Growth"),
                language("{growth}, asked {asked}", growth=language.signed_change(result.growth), asked=asked),
            )
        )
    if result.level is not None:
        levels = {"commit": language("commit"), "target": language("target"), "stretch": language("stretch")}
        facts.append(_fact(language("Level reached"), levels[result.level]))
    for checkin in sorted(goal.checkins, key=lambda c: c.date)[-1:]:
        confidence = f" {checkin.confidence}/10" if checkin.confidence is not None else ""
        facts.append(_fact(language("Check-in"), f"{language.date(checkin.date)}{confidence} {checkin.note}"))
    if goal.why:
        facts.append(_fact(language("Why"), goal.why))
    if goal.how:
        facts.append(_fact(language("How"), goal.how))
    return Detail(goal.name or goal.id, _goal_curve(context, result), tuple(facts))


def _goal_curve(context: Context, result: GoalResult) -> Curve | None:
    goal = result.goal
    if goal.metric is None:
        return None
    view = context.scorecard.view
    grain = view.grain if view.grain != "all" else "month"
    question = Question((goal.metric,), grain, None, None, scope=filter_of(goal.where))
    return _curve(context, question, goal.metric, (), result)


def _curve(
    context: Context, question: Question, metric: str, names: Slice = (), goal: GoalResult | None = None
) -> Curve | None:
    """The metric's curve with the plan of the goal on it, if there is one."""
    periods = context.evaluator.ask(question).periods[-CHARTED:]
    return curve(context, question, metric, names, _aim(context, goal, periods) if goal is not None else None)


def _aim(context: Context, result: GoalResult, periods: Sequence[Period]) -> tuple[float | None, ...] | float | None:
    """The plan of every period: a flow's part of the target, a level's path, a guardrail's limit."""
    goal, target, baseline = result.goal, exact(result.target), exact(result.baseline)
    if goal.kind in GUARDRAILS:
        return _float(result.target)
    if goal.start is None or goal.due is None or target is None:
        return None
    span, fixed = Span(goal.start, goal.due), fixed_periods(goal, context.evaluator.calendar)
    inside = [period.end >= span.start and period.start <= span.due for period in periods]
    planned: list[Fraction]
    if result.is_flow:
        flow = FlowPlan(span, target, fixed)
        planned = [flow.between(period.start, period.end) for period in periods]
    elif baseline is not None:
        level = LevelPlan(span, baseline, target, fixed)
        planned = [level.until(period.end) for period in periods]
    else:
        return float(target)
    return tuple(float(amount) if there else None for amount, there in zip(planned, inside, strict=True))


def _metric(context: Context, name: str) -> Detail:
    metric, language = context.metric(name), context.language
    question = structs.replace(context.scorecard.question, metrics=(name,), by=())
    answer = context.evaluator.ask(question)
    facts: list[Line] = []
    if name in answer.reasons and not context.loading:
        facts.append(((language.say(answer.reasons[name]), "risk"),))
    facts.extend(_against(context, name, Part("total", (), answer)))
    facts.extend(definition(context, metric))
    judged = context.evaluator.judged(name)
    if judged is not None:
        facts.append(_fact(language("Complete until"), language.date(judged)))
    if metric.entries:
        last = max(metric.entries, key=lambda entry: entry.date)
        facts.append(_fact(language("Last entry"), f"{language.date(last.date)} {last.note}"))
    facts.extend(_texts(metric.note))
    aim = next((g for g in context.scorecard.goals if g.goal.metric == name and not g.goal.where), None)
    shown = None if name in answer.reasons else _curve(context, question, name, (), aim)
    return Detail(metric.name or name, shown, tuple(facts))


def _part(context: Context, name: str, part: Part) -> Detail:
    """A slice of the metric, or the slices gathered."""
    metric, question = context.metric(name), structs.replace(part.answer.question, metrics=(name,))
    shown = curve(context, question, name, part.names)
    return Detail(f"{metric.name or name}: {label(context, part)}", shown, tuple(_against(context, name, part)))


def _against(context: Context, name: str, part: Part) -> Iterator[Line]:
    """The value of the period looked at beside what it is compared with, and over which days."""
    change, language, unit = context.change(name, part), context.language, context.metric(name).unit
    if change is None or change.against is None:
        return
    days = language.period(change.other.name)
    if change.partial or change.other.name == "all":
        start, end = (language.date(day) for day in (change.other.start, change.other.end))
        days = language("{start} to {end}", start=start, end=end)
    shown = language.signed_change(change.shown(unit), points=unit == "percent")
    difference = "" if unit == "percent" else f" ({_signed(context, change, unit)})"
    yield _fact(days, f"{context.shown(change.against, unit)}  {shown}{difference}")


def _signed(context: Context, change: Change, unit: Unit) -> str:
    shown = context.shown(change.change, unit)
    return f"+{shown}" if change.change is not None and change.change > 0 else shown


def _member(context: Context, result: MemberResult) -> Detail:
    language, member, currency = context.language, result.member, context.workspace.settings.currency
    facts: list[Line] = [
        *_texts(member.role),
        _fact(language("Index"), language.value(result.index, "percent")),
        _fact(language("Bonus"), language.money(result.payout, currency, exact=True)),
        _fact(language("At 100 %"), language.money(member.bonus, currency)),
    ]
    if result.period is not None:
        facts.insert(0, _fact(language("Period"), language.period(result.period.name)))
    if result.provisional is not None:
        facts.append(((language("provisional") + ": ", "risk"), (language.say(result.provisional), "")))
    for line in result.lines:
        if line.why is not None:
            facts.append(_fact(line.line.goal or line.line.metric or "", language.say(line.why)))
    return Detail(member.name or member.id, None, tuple(facts))


def _float(value: Value) -> float | None:
    return None if value is None else float(value)


def _fact(label: str, value: str) -> Line:
    return ((label + "  ", "muted"), (value, ""))


def _plain(text: str) -> Line:
    return ((text, ""),)


def _texts(text: str) -> Iterator[Line]:
    for part in text.splitlines():
        if part.strip():
            yield _plain(part)
