"""Who says what, once a record, into one row an edge (or trip): first and last time, how often, and up to 5 cites.

Reach for `aggregated()` and `cited()`. All of it is sorting and counting of numbers; texts are fetched at the end.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

CITES = 5  # the first ones and the last one
CITED = ("record_id", "source", "message_ref", "position")


def aggregated(said: pl.DataFrame, records: pl.DataFrame, keys: Sequence[str]) -> pl.DataFrame:
    """Return one row for each combination of keys, sorted by them: first_seen, last_seen, count, mask, cites.

    Args:
        said: the keys (numbers or an Enum) and r, each combination once.
        records: in the order of r: departs_at, mask and the columns CITED.
        keys: columns of `said`.
    """
    rows = said.sort(*keys, "r")
    is_new = pl.any_horizontal(pl.col(key).ne_missing(pl.col(key).shift()) for key in keys)
    starts = rows.select(is_new.arg_true())[:, 0].to_numpy() if rows.height else np.zeros(0, np.int64)
    sizes = np.diff(np.append(starts, rows.height))
    group = np.repeat(np.arange(len(starts), dtype=np.uint32), sizes)
    r = rows["r"]
    times = pl.DataFrame({"group": group, "at": records["departs_at"].gather(r), "mask": records["mask"].gather(r)})
    summed = times.group_by("group").agg(
        pl.col("at").min().alias("first_seen"), pl.col("at").max().alias("last_seen"), pl.col("mask").bitwise_or()
    ).sort("group")  # fmt: skip
    heads = rows.select(keys)[starts] if rows.height else rows.select(keys)
    return pl.concat([heads, summed.drop("group")], how="horizontal").with_columns(
        pl.Series("count", sizes, dtype=pl.Int64), cited(r, starts, sizes, records).alias("cites")
    )


def cited(r: pl.Series, starts: NDArray[np.int64], sizes: NDArray[np.int64], records: pl.DataFrame) -> pl.Series:
    """Return the cites of groups of records as lists.

    Args:
        r: records of all groups, one group after the other.
        starts: where each group begins.
        sizes: how many each has; 1 or more.
        records: in the order of r, the columns CITED.
    """
    texts = records.select(CITED).to_struct("cites")
    kept = np.minimum(sizes, CITES)
    parts, order = [], []
    for many in range(1, CITES + 1):
        groups = np.flatnonzero(kept == many)
        if not len(groups):
            continue
        at = starts[groups][:, None] + np.arange(many)
        at[:, -1] = starts[groups] + sizes[groups] - 1
        found = texts.gather(r.gather(pl.Series(at.ravel())))
        parts.append(found.reshape((-1, many)).arr.to_list())
        order.append(groups)
    if not parts:
        return pl.Series("cites", [], dtype=pl.List(texts.dtype))
    whole = pl.concat(parts)
    return whole if len(parts) == 1 else whole.gather(pl.Series(np.argsort(np.concatenate(order))))
