"""`kpi-tui check`: is the workspace sound, are its data, and how do the goals stand; for cron and CI."""

from __future__ import annotations

from kpi_tui.commands.beginning import lacking
from kpi_tui.commands.said import report
from kpi_tui.language.language import Language
from kpi_tui.loaded import loaded
from kpi_tui.loading import Loading
from kpi_tui.report.table import goal_table
from kpi_tui.review.scorecard import evaluate
from kpi_tui.review.status import Status
from kpi_tui.review.view import View

FAILING: dict[str, tuple[Status, ...]] = {"off": ("off", "missed"), "risk": ("off", "missed", "risk")}


def check(loading: Loading, fail_on: str | None, language: Language) -> int:
    """Print statuses and findings; 3 where an error was found, 1 where a goal is at or below `fail_on`, else 0."""
    ready = loaded(loading)
    scorecard = evaluate(ready.evaluator, ready.workspace, View(), ready.document.places.place)
    print("\n".join(goal_table(scorecard, language).lines()))
    beginning = lacking(ready.workspace, None, ready.document.places.file)
    code = report((*ready.findings, *beginning, *scorecard.findings), language)
    failing = FAILING.get(fail_on or "", ())
    return code or int(any(result.status in failing for result in scorecard.goals))
