"""The floor: names whose tokens are the same, in any order, found by one join.

Reach for it as every peer is reached for (see `benchmarks.peers`). No faster way of finding anything at all is in here;
what it misses is the price.
"""

from __future__ import annotations

import polars as pl

from benchmarks.peers.records import Told, keys


def prepare(listed: pl.DataFrame, told: Told) -> pl.DataFrame:
    """Return the keys of the list."""
    return listed.select("entry", keys(listed).alias("key"))


def find(asked: pl.DataFrame, index: pl.DataFrame, threshold: float, told: Told) -> pl.DataFrame:
    """Return passenger, entry and score of equal keys."""
    found = asked.select("passenger", keys(asked).alias("key")).join(index, on="key")
    return found.select("passenger", "entry", pl.lit(1.0).alias("score"))
