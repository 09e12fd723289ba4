"""What was asked for at the command line: values that commands take and `cli` makes from arguments."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

What = Literal["metrics", "goals", "team"]
Format = Literal["table", "json", "csv"]


@dataclass(frozen=True, slots=True)
class Shown:
    """`show WHAT FILE` with its options; `where` holds `DIM=VALUE` as typed, dates and names are not checked yet."""

    what: What
    file: Path
    format: Format = "table"
    grain: str = "month"
    start: str | None = None
    end: str | None = None
    by: tuple[str, ...] = ()
    where: tuple[str, ...] = ()
    metrics: tuple[str, ...] = ()
    period: str | None = None
