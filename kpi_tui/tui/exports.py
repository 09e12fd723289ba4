"""The way to looking at exports: the question for a path, and the metrics that new tables allow beside the others."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Any

from textual.app import App

from kpi_tui.errors import KpiError, UsageError
from kpi_tui.facts.files import is_data
from kpi_tui.facts.table import Table
from kpi_tui.language.language import Language
from kpi_tui.metrics import founding
from kpi_tui.metrics.proposing import Offer
from kpi_tui.tui.desk import Desk
from kpi_tui.tui.screens.path import AskPath, from_root
from kpi_tui.workspace.model import Metric, Workspace


def ask_for_exports(desk: Desk, app: App[Any], done: Callable[[tuple[str, ...]], None]) -> None:
    """Ask for a path and look at what is there; `done` is called with the ids of the sources that were added."""
    from kpi_tui.tui.screens.founding import FoundingScreen

    def look(typed: str | None) -> None:
        if typed is not None:
            screen = FoundingScreen(desk, from_root(typed, desk.session.root))
            app.push_screen(screen, lambda added: done(added) if added else None)

    app.push_screen(asking(desk), look)


def asking(desk: Desk) -> AskPath:
    """The question for a path beside the workspace."""
    say, root = desk.language, desk.session.root

    def check(typed: str) -> str | None:
        try:
            founding.patterns([from_root(typed, root)], root)
        except (UsageError, OSError, ValueError) as error:
            return say.error(error) if isinstance(error, KpiError) else str(error)
        return None

    hint = say("a file, folder or pattern (ads-*.csv); empty: this folder; Tab completes")
    return AskPath(say("Which exports?"), say, root, offered=is_data, hint=hint, check=check)


def proposed(
    workspace: Workspace,
    present: Mapping[str, Table],
    tables: Mapping[str, Table],
    answers: Mapping[str, str],
    language: Language,
) -> tuple[tuple[Metric, ...], tuple[Offer, ...]]:
    """The metrics that the new `tables` allow beside those of the workspace, and the offers that rest on them.

    `workspace` has the new sources only; `present` are the tables of the sources that are there already.
    """
    both = {**present, **tables}
    new = {source.id for source in workspace.sources}
    metrics, offers = founding.proposed(both, workspace.metrics, answers, language.code)
    asking = [each for each in offers if each.questions and _is_about(each, new)]
    return founding.resting_on(metrics, new), tuple(asking)


def _is_about(offer: Offer, sources: Collection[str]) -> bool:
    asked = {question.id.partition(".")[0] for question in offer.questions if "." in question.id}
    return not asked.isdisjoint(sources) or bool(founding.resting_on(offer.metrics, sources))
