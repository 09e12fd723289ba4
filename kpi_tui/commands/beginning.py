"""What a workspace lacks before there is anything to show: the step that nobody has taken yet, and how to take it.

Invariant: it is a warning. An empty workspace is a beginning, not a mistake.
"""

from __future__ import annotations

from collections.abc import Iterator

from kpi_tui.commands.asked import What
from kpi_tui.errors import Finding, Place, Text, text
from kpi_tui.workspace.model import Workspace


def lacking(workspace: Workspace, what: What | None, file: str) -> Iterator[Finding]:
    """The one thing, if any, without which `show WHAT`, or `check` where that is None, has nothing to say."""
    step = _first_step(workspace, what)
    if step is not None:
        missing, table, keys = step
        cure = text(
            "open it with `kpi-tui open {file}` and press {keys}, or add [[{table}]] to it",
            file=file,
            keys=keys,
            table=table,
        )
        yield Finding(Place(file), missing, cure, severity="warning")


def _first_step(workspace: Workspace, what: What | None) -> tuple[Text, str, str] | None:
    """What is missing, its table in the file and the keys that add it in the app."""
    if what in ("metrics", None) and not workspace.metrics:
        if not workspace.sources:
            return text("there is no source of data yet"), "source", "s a"
        return text("there is no metric yet"), "metric", "2 a"
    if what in ("goals", None) and not workspace.goals:
        return text("there is no goal yet"), "goal", "1 a"
    if what == "team" and not workspace.members:
        return text("there is nobody in the team yet"), "member", "3 a"
    return None
