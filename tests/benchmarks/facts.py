"""Synthetic facts of any size, the same for the same seed: unsorted rows, the hardest case for a cube."""

from __future__ import annotations

from pathlib import Path

import polars as pl

DAYS, CHANNELS, CAMPAIGNS, CUSTOMERS = 1_096, 12, 67, 2_000_000
PER_FILE = 10_000_000


def rows(count: int, seed: int) -> pl.DataFrame:
    """`count` rows: 13 thousand cells by day and channel, 880 thousand by day, channel and campaign."""
    numbers = pl.int_range(0, count, dtype=pl.UInt64, eager=True)

    def drawn(column: int, most: int) -> pl.Series:
        return (numbers.hash(1_000 * seed + column) % most).cast(pl.Int64)

    drawn_rows = pl.DataFrame(
        {
            "day": drawn(1, DAYS), "channel": drawn(2, CHANNELS), "campaign": drawn(3, CAMPAIGNS),
            "customer_id": drawn(4, CUSTOMERS), "clicks": drawn(5, 30), "cents": drawn(6, 100_000),
        }
    )  # fmt: skip
    return drawn_rows.select(
        (pl.lit("2023-01-01").str.to_date() + pl.duration(days=pl.col("day"))).alias("date"),
        pl.format("channel {}", "channel").alias("channel"),
        pl.format("campaign {}", "campaign").alias("campaign"),
        "customer_id",
        "clicks",
        (pl.col("cents").cast(pl.Decimal(20, 2)) / 100).cast(pl.Decimal(18, 2)).alias("cost"),
    )


def write(folder: Path, count: int, *, text: bool = False) -> None:
    """So many rows in Parquet (or CSV) files of ten million."""
    folder.mkdir(parents=True, exist_ok=True)
    for seed in range((count + PER_FILE - 1) // PER_FILE):
        part = rows(min(PER_FILE, count - seed * PER_FILE), seed)
        if text:
            part.write_csv(folder / f"{seed:03}.csv")
        else:
            part.write_parquet(folder / f"{seed:03}.parquet", row_group_size=1_000_000)
