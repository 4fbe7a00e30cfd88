"""The part of a network that a person can look at: what is nearest to hits.

Reach for `nearest()` before drawing; folding what is still too much is left to `charts.folding`.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

BANDS = ("exact-document", "high", "review")  # strongest first


def nearest(links: pl.LazyFrame, most: int, focus: Sequence[str] = ()) -> tuple[pl.DataFrame, int]:
    """Return the links between the `most` nodes nearest to hits, strongest hits first, and how many nodes are left out.

    Args:
        links: LINKS or EDGES.
        most: nodes that are kept.
        focus: nodes to begin with, before those with hits.

    Without hits and focus it keeps the nodes that have most links. A graph is made for people to look at; of a run
    with very many hits only this part is ever in memory.
    """
    count = _node_count(links)
    if count <= most:
        return links.collect(), 0
    strength = pl.col("band").replace_strict({band: rank for rank, band in enumerate(BANDS)}, return_dtype=pl.Int64)
    hits = links.filter(pl.col("link") == "hit").select(strength.alias("rank"), "from_id", "to_id")
    strongest = hits.sort("rank", "from_id", "to_id").head(most // 2).collect(engine="streaming")  # with both ends
    ranked = pl.concat([strongest["from_id"], strongest["to_id"]]).unique().sort()
    ranked = pl.concat([pl.Series(focus, dtype=pl.String), ranked]).unique(maintain_order=True)
    if ranked.is_empty():
        ranked = _best_linked(links, most)
    edge = ranked
    while len(edge) and len(ranked) < most:
        edge = _beyond(links, edge, ranked, most - len(ranked))
        ranked = pl.concat([ranked, edge])
    kept = ranked.head(most).implode()
    inside = links.filter(pl.col("from_id").is_in(kept) & pl.col("to_id").is_in(kept))
    return inside.collect(engine="streaming"), count - kept.list.len()[0]


def _best_linked(links: pl.LazyFrame, most: int) -> pl.Series:
    ends = pl.concat([links.select(pl.col(end).alias("node")) for end in ("from_id", "to_id")])
    counted = ends.group_by("node").len().sort("len", "node", descending=[True, False])
    return counted.head(most).collect(engine="streaming")["node"]


def _node_count(links: pl.LazyFrame) -> int:
    # counted by hash: of millions of nodes 8 bytes each are held and not their names
    ends = pl.concat([links.select(pl.col(end).hash().alias("node")) for end in ("from_id", "to_id")])
    return int(ends.select(pl.col("node").n_unique()).collect(engine="streaming").item())


def _beyond(links: pl.LazyFrame, edge: pl.Series, ranked: pl.Series, room: int) -> pl.Series:
    """Return the nodes linked to the edge and not yet ranked, in order, as many as there is room for."""
    at, known = edge.implode(), ranked.implode()
    ways = (("from_id", "to_id"), ("to_id", "from_id"))
    others = pl.concat([links.filter(pl.col(a).is_in(at)).select(pl.col(b).alias("node")) for a, b in ways])
    new = others.filter(~pl.col("node").is_in(known)).unique().sort("node").head(room)
    return new.collect(engine="streaming")["node"]
