"""The frame of a layer: a row for every period and slice, with what was counted over it.

Inside a source's coverage no rows mean that nothing happened, so sums and counts are 0; outside it nobody knows.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from kpi_tui.facts.aggregate import PERIOD, ROWS
from kpi_tui.metrics.answer import Slice
from kpi_tui.metrics.known import Known
from kpi_tui.metrics.layers import SLICE, Counted, Layer


def grid(layer: Layer, by: Sequence[str], slices: Sequence[Slice], known: Known) -> pl.DataFrame:
    """Every period and slice over the dimensions `by`, periods first, with what was counted over the layer."""
    periods = range(len(layer.stretches.spans))
    frame = pl.DataFrame(
        {
            PERIOD: [index for index in periods for _ in slices],
            SLICE: [index for _ in periods for index in range(len(slices))],
            **{name: [part[i] for _ in periods for part in slices] for i, name in enumerate(by)},
        },
        schema={PERIOD: pl.Int32, SLICE: pl.Int32, **dict.fromkeys(by, pl.String)},
    )
    for part in layer.counted:
        frame = _joined(frame, by, part, layer, known)
    return frame


def _joined(frame: pl.DataFrame, by: Sequence[str], part: Counted, layer: Layer, known: Known) -> pl.DataFrame:
    """`frame` with what was counted, and a column that tells where nothing was although the source knows."""
    spans = layer.stretches.spans
    covered = pl.Series([known.covers(part.source, span) for span in spans], dtype=pl.Boolean)
    # a group that has nothing but corrections is there with 0 rows
    empty = (pl.col(ROWS).fill_null(0) == 0) & pl.lit(covered).gather(pl.col(PERIOD))
    heard: list[pl.Expr] = []
    if part.history is not None and part.history.converted is not None:
        hears = pl.Series([known.hears(part.history, span) for span in spans], dtype=pl.Boolean)
        is_heard = pl.lit(hears).gather(pl.col(PERIOD))
        heard = [pl.when(is_heard).then(name).alias(name) for name in part.zeroes]
        empty &= is_heard
    joined = frame.join(part.frame, on=[PERIOD, *by], how="left", nulls_equal=True, maintain_order="left")
    joined = joined.with_columns_seq(*heard, empty.alias(part.empty))
    joined.drop_in_place(ROWS)
    if not joined[part.empty].any():
        return joined
    types = part.frame.schema
    return joined.with_columns_seq(
        pl.when(pl.col(part.empty) & pl.col(name).is_null())
        .then(pl.lit(0).cast(types[name]))
        .otherwise(name)
        .alias(name)
        for name in part.zeroes
    )
