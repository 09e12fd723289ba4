"""`fill`: what stands in for the value of a metric in a period without rows."""

from __future__ import annotations

from decimal import Decimal

import polars as pl

from kpi_tui.facts.aggregate import PERIOD
from kpi_tui.metrics.layers import SLICE, MetricNode


def filled(node: MetricNode, before: pl.Series | None) -> pl.DataFrame:
    """Where the metric is undefined in a period without rows it takes `fill`: a number, or the value before.

    `before` holds, row by row, the last value before the first period; None where there is none to go on from.
    """
    frame, metric = node.layer.frame, node.plan.metric
    columns = [part.layer.frame[f"__empty:{part.rows}"] for part in node.basis if part.rows is not None]
    if not columns:
        return frame
    vacant = pl.all_horizontal(columns) & pl.col(metric.id).is_null()
    if metric.fill == "previous":
        known = frame
        if before is not None:
            begins = pl.when(pl.col(PERIOD) == 0).then(pl.lit(before))
            known = frame.with_columns(pl.coalesce(metric.id, begins).alias(metric.id))
        value = pl.lit(known.select(pl.col(metric.id).forward_fill().over(SLICE)).to_series())
    else:
        value = pl.lit(metric.fill).cast(_wide_enough(metric.fill, frame.schema[metric.id]))
    return frame.with_columns(pl.when(vacant).then(value).otherwise(metric.id).alias(metric.id))


def _wide_enough(fill: Decimal | str | None, dtype: pl.DataType) -> pl.DataType:
    """The metric's own type where it can hold the number that stands in for a missing value."""
    whole = isinstance(fill, Decimal) and fill == fill.to_integral_value()
    if (dtype.is_integer() and whole) or dtype.is_float():
        return dtype
    return pl.Decimal(38, 12)
