"""`python -m tests.formula.hostile_run SEED COUNT`: mutated formulas in a process that can open nothing.

After a first round over formulas that are right, which loads all modules, the process may open no file and no socket:
an audit hook notes every attempt, and the limit of its descriptors makes attempts of compiled code fail as well. A line
of JSON tells what came of it; `faulthandler` ends a process that hangs.
"""

from __future__ import annotations

import faulthandler
import json
import random
import re
import sys
import time
from collections.abc import Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import polars as pl

from kpi_tui.errors import FormulaError, Place
from kpi_tui.facts.table import Table
from kpi_tui.formula import parse
from kpi_tui.loaded import evaluator_of
from kpi_tui.metrics.answer import Question, Value
from kpi_tui.metrics.evaluate import LeafTables
from kpi_tui.workspace.model import Metric, Source, Workspace
from tests.formula.mutations import WRITTEN, mutations

HUNG_AFTER = 20  # seconds for one formula
_TOUCHES = ("open", "os.", "socket.", "subprocess.", "shutil.", "glob.", "tempfile.", "urllib.", "sqlite3.", "pty.")
_AT = re.compile(r"m\d+:(\d+):(\d+)")
SOURCE = Source(id="sales", path="-", time="date", dimensions=("channel", "region"))


class Refused(Exception):
    """A formula was refused; `at` is its line and column."""

    def __init__(self, what: str, at: tuple[int, int]) -> None:
        super().__init__(what)
        self.what = what
        self.at = at


def rows() -> pl.DataFrame:
    """The facts that formulas are counted over: missing cells in every column but the date."""
    chance = random.Random(7)
    begin = date(2026, 1, 1)
    table = [
        {
            "date": begin + timedelta(days=chance.randrange(20)),
            "channel": chance.choice(("a", "a", "b", None)),
            "region": chance.choice(("x", "y", None)),
            "customer": chance.choice(("c1", "c2", "c3", "d4", None)),
            "is_first": chance.choice((True, False, None)),
            "quantity": chance.choice((None, -2, 0, 1, 2, 3)),
            "cost": chance.choice((None, Decimal("0.00"), Decimal("0.10"), Decimal("1.50"), Decimal("-3.05"))),
            "score": chance.choice((None, *(n / 4 for n in range(-8, 9)))),
        }
        for _ in range(40)
    ]
    schema: dict[str, Any] = {
        **dict.fromkeys(("channel", "region", "customer"), pl.String),
        "date": pl.Date,
        "is_first": pl.Boolean,
        "quantity": pl.Int64,
        "cost": pl.Decimal(38, 2),
        "score": pl.Float64,
    }
    columns = ("date", "channel", "region", "customer", "is_first", "quantity", "cost", "score")
    return pl.DataFrame(table, schema=schema).select(columns)


def tables(frame: pl.DataFrame) -> LeafTables:
    """The facts, loaded."""
    first, last = date(2026, 1, 1), date(2026, 1, 31)
    return LeafTables({"sales": Table(SOURCE, frame, first, last, frame.height, 0, ())})


def values(known: LeafTables, sources: Iterable[str]) -> list[Value | Refused]:
    """What each formula comes to over all the facts, or why it is refused."""
    found: dict[int, Value | Refused] = {}
    metrics = []
    for index, source in enumerate(sources):
        try:
            parse.formula(source)
        except FormulaError as error:
            found[index] = Refused(str(error.what), (error.line or 0, error.column or 0))
        else:
            metrics.append(Metric(id=f"m{index}", source="sales", formula=source))
    evaluator = evaluator_of(
        Workspace(sources=(SOURCE,), metrics=tuple(metrics)), known, lambda path: Place("kpi.toml")
    )
    for finding in evaluator.plan.findings:
        subject = str(finding.subject)
        place = _AT.search(subject)
        at = (int(place[1]), int(place[2])) if place else (0, 0)
        found[int(subject.split(":")[0].removeprefix("m"))] = Refused(str(finding.what), at)
    names = [metric.id for metric in metrics]
    answer = evaluator.ask(Question(tuple(names), "all"))
    for name in names:
        reason = answer.reasons.get(name)
        index = int(name.removeprefix("m"))
        if index not in found:
            # what the evaluator undefines for another reason was not refused where it was typed
            too_large = str(reason) == "a number in it gets too large"
            value = answer.value(name) if answer.periods else None  # a formula of numbers alone has no periods
            found[index] = Refused(str(reason), (0, 0)) if reason is not None and not too_large else value
    return [found[index] for index in sorted(found)]


def is_inside(source: str, at: tuple[int, int]) -> bool:
    """Whether a place is one of the text; right behind its end is, for what is missing there."""
    lines = re.split("\r\n|\r|\n", source)
    return 1 <= at[0] <= len(lines) and 1 <= at[1] <= len(lines[at[0] - 1]) + 1


def main(seed: int, count: int) -> None:
    """Print what came of `count` mutations."""
    known = tables(rows())
    values(known, [*WRITTEN, "x", "SUM(", "1 / 0"])  # loads what is loaded when first needed
    touched = _nothing_may_be_opened()
    taken: list[tuple[float, str]] = []
    wrong: list[tuple[str, str]] = []
    accepted = refused = 0
    for source in mutations(seed, count):
        faulthandler.dump_traceback_later(HUNG_AFTER, exit=True)
        start = time.perf_counter()
        try:
            (result,) = values(known, [source])
        except Exception as error:  # that is what is looked for
            wrong.append((source, f"{type(error).__name__}: {error}"[:300]))
            continue
        finally:
            taken.append((time.perf_counter() - start, source))
        if isinstance(result, Refused):
            refused += 1
            if not is_inside(source, result.at):
                wrong.append((source, f"{result.what} at {result.at}"))
        else:
            accepted += 1
    faulthandler.cancel_dump_traceback_later()
    slowest = max(taken)
    print(
        json.dumps(
            {
                "accepted": accepted,
                "refused": refused,
                "wrong": wrong,
                "touched": touched,
                "slowest_ms": round(slowest[0] * 1000, 1),
                "slowest": slowest[1][:200],
            }
        )
    )


def _nothing_may_be_opened() -> list[str]:
    """From now on opening anything fails; the list fills with what was tried."""
    touched: list[str] = []

    def hook(event: str, arguments: tuple[Any, ...]) -> None:
        if event.startswith(_TOUCHES):
            touched.append(f"{event} {arguments!r}"[:200])

    sys.addaudithook(hook)
    if sys.platform != "win32":
        import os
        import resource

        lowest = os.open(os.devnull, os.O_RDONLY)
        os.close(lowest)
        _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest, most))
        touched.clear()
    return touched


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
