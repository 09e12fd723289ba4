"""How a metric is made, in a line or two: its formula, what it counts of histories, the steps of its funnel."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import structs

from kpi_tui.language.language import Language
from kpi_tui.metrics.funnel import FunnelStep, funnel
from kpi_tui.tui.panes.context import Context
from kpi_tui.tui.widgets.drawn import Line
from kpi_tui.workspace import durations
from kpi_tui.workspace.model import Acquisition, Conversion, Metric, Repeat, Retention


def definition(context: Context, metric: Metric) -> Iterator[Line]:
    """The lines that say how `metric` is made, with a funnel's steps in the period looked at."""
    language = context.language
    if metric.formula:
        yield ((f"= {metric.formula}", ""),)
    elif metric.funnel is not None:
        yield from _steps(context, metric)
    elif metric.events is not None:
        yield ((_history(context, metric.events), ""),)
    else:
        yield ((language("entered by hand"), ""),)
    spans = [
        language("over {length}", length=_length(metric.window, language)) if metric.window else "",
        _from_the_beginning(metric.to_date, language) if metric.to_date else "",
        language("{length} earlier", length=_length(metric.offset, language)) if metric.offset else "",
    ]
    if any(spans):
        yield (("  ".join(filter(None, spans)), "muted"),)


def _history(context: Context, events: Conversion | Retention | Acquisition | Repeat) -> str:
    language = context.language
    match events:
        case Retention(entity=entity, after=after, period=period):
            length = _length(f"{after} {period}", language)
            return language("of {entity} active {length} ago, the share active now", entity=entity, length=length)
        case Acquisition(entity=entity, source=source):
            return language("{entity} whose first row in {source} falls into the period", entity=entity, source=source)
        case Repeat(entity=entity):
            return language("share of active {entity} with two or more orders", entity=entity)
        case Conversion(base=base, converted=converted, within=within):
            said = language("share of {base} followed by {converted}", base=base.source, converted=converted.source)
            return language("{said} within {within}", said=said, within=_length(within, language)) if within else said


def _length(typed: str, language: Language) -> str:
    """A length of time, such as `28 days`, in words of the language."""
    length = durations.parse(typed)
    match length.unit if length is not None else None, length.n if length is not None else 0:
        case "day", n:
            return language.count("{n} day", "{n} days", n)
        case "week", n:
            return language.count("{n} week", "{n} weeks", n)
        case "month", n:
            return language.count("{n} month", "{n} months", n)
        case "quarter", n:
            return language.count("{n} quarter", "{n} quarters", n)
        case "year", n:
            return language.count("{n} year", "{n} years", n)
        case _:
            return typed


def _from_the_beginning(period: str, language: Language) -> str:
    match period:
        case "week":
            return language("from the beginning of the week")
        case "month":
            return language("from the beginning of the month")
        case "quarter":
            return language("from the beginning of the quarter")
        case _:
            return language("from the beginning of the year")


def _steps(context: Context, metric: Metric) -> Iterator[Line]:
    """A line for each step in the period looked at: its value, its share of the step before, how many were lost."""
    language, period = context.language, context.current
    question = structs.replace(context.scorecard.question, metrics=(metric.id,), by=())
    steps = funnel(context.evaluator, metric.id, question)
    shown = [step for step in steps if period is not None and step.period.name == period.name]
    names = {step.step: context.metric(step.step).name or step.step for step in shown}
    width = max((len(name) for name in names.values()), default=0)
    for step in shown:
        yield ((names[step.step].ljust(width) + "  ", "muted"), (_value(context, step), ""))
    if not shown:
        yield ((language("no data in this period"), "muted"),)


def _value(context: Context, step: FunnelStep) -> str:
    language = context.language
    value = context.shown(step.value, context.metric(step.step).unit)
    if step.of_previous is None:
        return value
    share = language.value(step.of_previous, "percent")
    return f"{value}  {language('{share} of the step before', share=share)}"
