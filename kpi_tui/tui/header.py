"""The lines around the panes that say what is looked at: header, titles."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from kpi_tui.errors import Text
from kpi_tui.language.language import Language
from kpi_tui.report.words import STATUS_GLYPHS, status_words
from kpi_tui.review.comparison import COMPARISONS
from kpi_tui.review.status import Status
from kpi_tui.review.view import View
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.panes.context import Context
from kpi_tui.tui.panes.goals import STYLES
from kpi_tui.tui.viewing import comparison_name
from kpi_tui.tui.widgets.drawn import Span, line, width_of
from kpi_tui.tui.widgets.fitting import cut
from kpi_tui.tui.widgets.statusline import cut_spans

ROOMY = 100  # columns from which words stand beside the glyphs
_COUNTED: Sequence[Status] = ("missed", "off", "risk", "ok", "met")


def header(desk: Desk, wanted: str, width: int) -> tuple[list[Span], list[Span]]:
    """Left: the workspace, the period, what narrows the view.

    Right: statuses counted, and whether something is unsaved.
    """
    return around(desk.context(), desk.session.path.name, wanted, width, _marks(desk))


def around(
    context: Context, file: str, wanted: str, width: int, marks: Sequence[Span] = ()
) -> tuple[list[Span], list[Span]]:
    """The header of an evaluated workspace in the file of that name; `marks` stand at its right end."""
    language, settings, view = context.language, context.workspace.settings, context.scorecard.view
    dot = " | " if context.ascii else " · "
    name = cut(settings.name or file, 18 if width < ROOMY else 40, context.ascii)
    left: list[Span] = [(f" {name}", "strong")]
    if context.current is not None:
        shown = language.period(context.current.name)
        until = context.scorecard.as_of
        unfinished = until is not None and until < context.current.end
        note = f" ({language('to {date}', date=language.date(until, 'short'))})" if unfinished else ""
        grain = view.grain
        # the name of a week or a quarter says that it is one
        named = shown if grain in ("week", "quarter") else f"{grain_word(language, grain)} {shown}"
        left.append((f"{dot}{named}{note}", ""))
    left.append((f"{dot}{settings.currency}", "muted"))
    if view.compare != COMPARISONS[0]:
        left.append((f"{dot}{against(language, view.compare)}", "mark"))
    if view.by and width < ROOMY:  # there no title of a pane says it
        left.append((f"{dot}{language('by {names}', names=split_name(language, view))}", "mark"))
    for name, values in view.where:
        left.append((f"{dot}{name}={','.join(value or '' for value in values)}", "mark"))
    if wanted:
        left.append((f"{dot}/{wanted}", "mark"))
    worded = _counts(context, words=True)
    room = width - width_of(line([*left, *marks])) - 1
    counts = [*(worded if width_of(line(worded)) <= room else _counts(context, words=False)), *marks]
    if width_of(line(counts)) <= width - width_of(line(left)) - 1:
        return left, counts
    # what is unsaved or wrong is said whatever narrows the view: counts give way first, then the end of the left side
    return list(cut_spans(left, width - width_of(line(marks)) - 1, context.ascii)), list(marks)


def against(language: Language, comparison: str) -> str:
    """What a change is against, in few words."""
    delta = "+/-" if language.numbers.ascii else "Δ"
    name = comparison_name(comparison)
    return f"{delta} {language.say(name) if isinstance(name, Text) else language.period(name)}"


def grain_word(language: Language, grain: str) -> str:
    """The grain's name."""
    return {
        "day": language("day"),
        "week": language("week"),
        "month": language("month"),
        "quarter": language("quarter"),
        "year": language("year"),
        "all": language("all"),
    }[grain]


def _counts(context: Context, *, words: bool) -> list[Span]:
    counts = Counter(result.status for result in context.scorecard.goals)
    names = status_words(context.language)
    spans: list[Span] = []
    for status in _COUNTED:
        if counts[status] and not context.loading:
            glyph = STATUS_GLYPHS[context.ascii][status]
            named = f" {names[status]}" if words else ""
            spans.append((f"{glyph} {counts[status]}{named}  ", STYLES[status]))
    return spans


def _marks(desk: Desk) -> list[Span]:
    spans: list[Span] = []
    counted = (finding for finding in desk.session.findings if finding.severity != "hint") if desk.checked else ()
    found = sum(1 for _ in counted)
    if desk.loading:
        spans.append((desk.language("reading data") + " ", "muted"))
    elif found:
        spans.append((desk.language.count("! {n} finding", "! {n} findings", found) + " ", "risk"))
    if desk.session.read_only:
        spans.append((desk.language("read only") + " ", "muted"))
    if desk.session.unsaved:
        spans.append(("[+] ", "strong"))
    return spans


def pane_title(language: Language, context: Context, name: str) -> str:
    """What stands over a pane's grid."""
    by = context.scorecard.view.by
    if name == "metrics":
        named = split_name(language, context.scorecard.view)
        return language("Metrics · by {names}", names=named) if by else language("Metrics")
    if name == "goals":
        return language("Goals")
    period = next((result.period for result in context.scorecard.team if result.period is not None), None)
    return language("Team · {period}", period=language.period(period.name)) if period is not None else language("Team")


def split_name(language: Language, view: View) -> str:
    """By what metrics are split, and which part of the slices is shown."""
    named = ", ".join(view.by)
    if not view.top:
        return named
    return f"{named}, {language('top {n}', n=view.top) if view.top > 0 else language('bottom {n}', n=-view.top)}"
