"""`python -m tests.benchmarks.refresh`: a full refresh, that is every metric of a workspace after an edit.

The plan and the leaf tables are there (an edit of a target changes neither); the evaluator and all values are made
anew. Half of the metrics are sums, half ratios of two of them. Measured is the processor's time, of all threads
together: it is what an idle machine's clock shows at most, and does not grow while others use the machine.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from datetime import date
from statistics import median

import polars as pl

from kpi_tui.errors import Place
from kpi_tui.facts.table import Table
from kpi_tui.loaded import evaluator_of
from kpi_tui.metrics.answer import Question
from kpi_tui.metrics.evaluate import Evaluator, LeafTables
from kpi_tui.workspace.model import Metric, Source, Workspace
from tests.benchmarks.__main__ import Figure

MONTHS, CHANNELS, COLUMNS = 60, 20, 25
RUNS = 15
LIMITS = ((100, 5.0), (1_000, 50.0))  # metrics, milliseconds


def main() -> int:
    """Print the figures; 1 where one is over its limit."""
    figures = [
        Figure(f"refresh of {n} metrics x 60 months x 20 channels", refresh(n), limit, "ms") for n, limit in LIMITS
    ]
    for figure in figures:
        verdict = "ok" if figure.found <= figure.limit else "OVER"
        print(f"{figure.name:<52} {figure.found:9.2f} {figure.unit:<5} limit {figure.limit:9.1f}  {verdict}")
    return int(any(figure.found > figure.limit for figure in figures))


def workspace(n: int) -> Workspace:
    """`n` metrics over one source of `COLUMNS` columns."""
    source = Source(id="facts", path="-", time="date", dimensions=("channel",))
    sums = [
        Metric(id=f"s{index}", source="facts", formula=f"SUM(c{index % COLUMNS}) * {index + 1}")
        for index in range(n // 2)
    ]
    ratios = [
        Metric(id=f"r{index}", formula=f"s{index} / s{(index * 7 + 1) % (n // 2)}", unit="ratio")
        for index in range(n - n // 2)
    ]
    return Workspace(sources=(source,), metrics=(*sums, *ratios))


def table(source: Source) -> Table:
    """A row per month and channel."""
    days = [date(2020 + month // 12, month % 12 + 1, 1) for month in range(MONTHS)]
    rows = pl.DataFrame({"date": days}, schema={"date": pl.Date}).join(
        pl.DataFrame({"channel": [f"channel {index}" for index in range(CHANNELS)]}), how="cross"
    )
    columns = [(pl.int_range(pl.len()) * (index + 3) % 97).alias(f"c{index}") for index in range(COLUMNS)]
    return Table(source, rows.with_columns(columns), days[0], date(2024, 12, 31), rows.height, 0, ())


def refresh(n: int) -> float:
    """Milliseconds of the processor from an edit to all values, the median of `RUNS`."""
    edited = workspace(n)
    leaf_tables = LeafTables({"facts": table(edited.sources[0])})
    question = Question(tuple(metric.id for metric in edited.metrics), "month", by=("channel",))

    plan = evaluator_of(edited, leaf_tables, lambda path: Place("kpi.toml")).plan

    def evaluate() -> None:
        Evaluator(edited, plan, leaf_tables).ask(question)

    evaluate()
    return median(_milliseconds(evaluate) for _ in range(RUNS))


def _milliseconds(run: Callable[[], None]) -> float:
    start = time.process_time()
    run()
    return (time.process_time() - start) * 1000


if __name__ == "__main__":
    sys.exit(main())
