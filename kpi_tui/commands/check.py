"""`kpi-tui check`: is the workspace sound, are its data, and how do the goals stand; for cron and CI."""

from __future__ import annotations

import io
import sys
from typing import Literal

from kpi_tui.commands.beginning import lacking
from kpi_tui.commands.said import report
from kpi_tui.facts.health.examine import examine
from kpi_tui.facts.health.values import Health
from kpi_tui.language.language import Language
from kpi_tui.loaded import Loaded, loaded
from kpi_tui.loading import Loading
from kpi_tui.review.lint import lint
from kpi_tui.review.scorecard import Scorecard, evaluate
from kpi_tui.review.status import Status
from kpi_tui.review.view import View
from kpi_tui.workspace.periods import Calendar

FAILING: dict[str, tuple[Status, ...]] = {"off": ("off", "missed"), "risk": ("off", "missed", "risk")}


def check(loading: Loading, fail_on: str | None, language: Language, format: Literal["table", "json"] = "table") -> int:
    """Print statuses, the health of the data and findings.

    The exit code: 3 where an error was found, 1 where a goal is at or below `fail_on`, else 0. Health warns only.
    """
    ready = loaded(loading)
    scorecard = evaluate(ready.evaluator, ready.workspace, View(), ready.document.places.place)
    health = examine(ready.tables, Calendar.of(ready.workspace.settings))
    beginning = lacking(ready.workspace, None, ready.document.places.file)
    advice = lint(ready.evaluator, ready.workspace, ready.document.places.place)
    findings = (*ready.findings, *health.findings, *beginning, *scorecard.findings, *advice)
    if format == "json":
        from kpi_tui.report.health import finding_records, health_records
        from kpi_tui.report.records import goal_records, to_json

        if isinstance(sys.stdout, io.TextIOWrapper):
            sys.stdout.reconfigure(encoding="utf-8", newline="\n")  # the same bytes whatever the locale
        goals = goal_records(scorecard.goals, scorecard.objectives)
        sys.stdout.write(to_json([*goals, *health_records(health.sources), *finding_records(findings)]))
    else:
        _print(ready, scorecard, health, language)
    code = report(findings, language)
    failing = FAILING.get(fail_on or "", ())
    return code or int(any(result.status in failing for result in scorecard.goals))


def _print(ready: Loaded, scorecard: Scorecard, health: Health, language: Language) -> None:
    from kpi_tui.report.health import counted, health_table
    from kpi_tui.report.table import goal_table

    print("\n".join(goal_table(scorecard, language).lines()))
    if health.sources:
        print()
        print("\n".join(health_table(health.sources, counted(health, ready.tables), language).lines()))
