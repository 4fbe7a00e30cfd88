"""An exercise's feed into one of another size: its first travellers, or all of them again and again under new ids.

    python -m benchmarks.repeated ex/feed.parquet 10000000 ex/feed-10000000.parquet

A process of its own, so that its memory is in no measurement of who asks for it.
"""

from __future__ import annotations

import sys
from pathlib import Path

import polars as pl

from ops_hub.store.files import write_parquet


def repeated(feed: Path, size: int) -> pl.LazyFrame:
    """Return so many travellers of a feed, with ids of their own."""
    rows = pl.scan_parquet(feed)
    height = rows.select(pl.len()).collect().item()
    again = [rows.with_columns(pl.col("record_id") + f"-{number}") for number in range(1, -(-size // height))]
    return pl.concat([rows, *again]).head(size)


def main() -> None:
    feed, size, out = sys.argv[1:]
    write_parquet(Path(out), repeated(Path(feed), int(size)))


if __name__ == "__main__":
    main()
