"""Who says what, once a record, into one row an edge (or trip): first and last time, how often, and up to 5 cites.

Reach for `aggregated()`. Pairs of nodes are packed into one number (`packed`): that sorts and counts several times as
fast as two columns do.
"""

from __future__ import annotations

import numpy as np
import polars as pl

CITES = 5  # the first ones and the last one
CITED = ("record_id", "source", "message_ref", "position")
_BITS = 28  # of a node's number: 268,435,455 nodes, more than memory holds
MOST_NODES = (1 << _BITS) - 1


def packed(high: str | pl.Expr, low: str | pl.Expr, top: str | pl.Expr | None = None) -> pl.Expr:
    """Return numbers (of nodes or records, below MOST_NODES) as one, that sorts by top, high and low."""
    parts = [pl.col(each) if isinstance(each, str) else each for each in (high, low)]
    whole = parts[0].cast(pl.UInt64) * (1 << _BITS) + parts[1].cast(pl.UInt64)
    if top is None:
        return whole
    return whole + (pl.col(top) if isinstance(top, str) else top).cast(pl.UInt64) * (1 << 2 * _BITS)


def unpacked(key: str) -> tuple[pl.Expr, pl.Expr, pl.Expr]:
    """Return what was packed: top, high and low."""
    number = pl.col(key)
    return (
        (number // (1 << 2 * _BITS)).cast(pl.UInt8),
        (number // (1 << _BITS) % (1 << _BITS)).cast(pl.UInt32),
        (number % (1 << _BITS)).cast(pl.UInt32),
    )


def aggregated(said: pl.DataFrame, records: pl.DataFrame) -> pl.DataFrame:
    """Return one row a key, sorted: key, first_seen, last_seen, mask, count, cites.

    Args:
        said: key (a number) and r, each pair once.
        records: in the order of r: departs_at, mask and the columns CITED.
    """
    rows = said.select("key", "r").sort("key", "r")
    key, r = rows["key"], rows["r"]
    starts = (key != key.shift()).fill_null(value=True).arg_true().to_numpy()
    sizes = np.diff(np.append(starts, len(key)))
    place = np.arange(len(key)) - np.repeat(starts, sizes)
    kept = pl.Series((place < CITES - 1) | (place == np.repeat(sizes, sizes) - 1))
    times = pl.DataFrame({"key": key, "at": records["departs_at"].gather(r), "mask": records["mask"].gather(r)})
    summed = _by_key(times, pl.col("at").min().alias("first_seen"), pl.col("at").max().alias("last_seen"), pl.col("mask").bitwise_or())  # fmt: skip
    cites = records.select(pl.struct(CITED).alias("cites"))["cites"].gather(r.filter(kept))
    cited = _by_key(pl.DataFrame({"key": key.filter(kept), "cites": cites}), pl.col("cites"))
    return summed.with_columns(pl.Series("count", sizes, dtype=pl.Int64), cited["cites"])


def _by_key(sorted_: pl.DataFrame, *made: pl.Expr) -> pl.DataFrame:
    return sorted_.lazy().set_sorted("key").group_by("key", maintain_order=True).agg(made).collect()
