"""Our own screening as one of the peers: the same records, through the only way to a hit.

Reach for it as every peer is reached for (see `benchmarks.peers`); `scores` compares given pairs. It takes no documents
here, since nobody else does.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.aka import ours
from benchmarks.altered import TODAY, travellers
from benchmarks.peers.records import Told
from ops_hub.config import matching_config
from ops_hub.lists.snapshot import open_snapshot
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, Lists, open_lists, screen

SNAPSHOT = "watchlist.snapshot"
RAISED = "raised"  # variant: the threshold that it is told, instead of the shipped one


@dataclass(frozen=True)
class Opened:
    """Lists ready to be screened against, and which row each entry is."""

    lists: Lists
    known: Knowledge
    rows: pl.DataFrame


def prepare(listed: pl.DataFrame, told: Told) -> Opened:
    """Return the compiled snapshot, opened."""
    threshold = told.threshold if told.variant == RAISED else None
    known = Knowledge(name_tables(), matching_config(threshold=threshold), told.threads)
    return Opened(open_lists(open_snapshot(told.place / SNAPSHOT), known), known, listed.select("entry", "entry_id"))


def find(asked: pl.DataFrame, index: Opened, threshold: float, told: Told) -> pl.DataFrame:
    """Return passenger, entry and score of the hits at or above the threshold; below the shipped one there are none."""
    people = travellers(asked.with_columns(pl.col("passenger").cast(pl.String).alias("record_id")))
    hits = screen(people, index.lists, index.known, today=TODAY).filter(pl.col("score") >= threshold)
    return hits.join(index.rows, on="entry_id").select(
        pl.col("record_id").cast(pl.UInt32).alias("passenger"), "entry", "score"
    )


def scores(queries: Sequence[str], candidates: Sequence[str], told: Told) -> NDArray[np.float64]:
    """Return our name score of each pair of names."""
    frame = pl.DataFrame({"query": queries, "candidate": candidates})
    return ours(frame, name_tables(), matching_config().names)
