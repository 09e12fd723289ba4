"""What was asked for at the command line: values that commands take and `cli` makes from arguments."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from msgspec import Struct

from kpi_tui.errors import UsageError, text

What = Literal["metrics", "goals", "team", "funnels", "cohorts"]
Format = Literal["table", "json", "csv"]


_ALSO: Mapping[What, tuple[str, ...]] = {  # the options of `show metrics` that others have too
    "funnels": ("--grain", "--from", "--to", "--by", "--where", "--metric"),
    "cohorts": ("--grain", "--from", "--to", "--where", "--metric"),
}


class Shown(Struct, frozen=True):
    """`show WHAT FILE` with its options; `where` holds `DIM=VALUE` as typed, dates and names are not checked yet."""

    what: What
    file: Path
    format: Format = "table"
    grain: str | None = None  # None: months, or what a cohort table goes by
    start: str | None = None
    end: str | None = None
    by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    period: str | None = None
    compare: str | None = None
    top: int = 0
    rank: str | None = None
    width: int | None = None  # of the terminal that a table must fit; None: no terminal


def refuse_strangers(what: What, given: Mapping[str, object]) -> None:
    """Raise `UsageError` for an option of `show` that was given and means nothing to what is shown."""
    for option, value in given.items():
        owner: What = "team" if option == "--period" else "metrics"
        if value not in (None, []) and what != owner and option not in _ALSO.get(what, ()):
            raise UsageError(
                text("'{option}' means nothing to `show {what}`", option=option, what=what),
                text("it belongs to `show {owner}`", owner=owner),
            )
