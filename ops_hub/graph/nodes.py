"""LINKS into the nodes they join, and into the part of them that a person can look at.

Reach for `nearest()` before drawing, for `nodes()` for what is known of each node. Graphs for analysis are left to
`network`.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from ops_hub.schemas import LINKS, check

BANDS = ("exact-document", "high", "review")  # strongest first


def nearest(links: pl.LazyFrame, most: int) -> tuple[pl.DataFrame, int]:
    """Return the links between the `most` nodes nearest to hits, strongest hits first, and how many nodes are left out.

    A graph is made for people to look at; of a run with very many hits only this part is ever in memory.
    """
    count = _node_count(links)
    if count <= most:
        return links.collect(), 0
    strength = pl.col("band").replace_strict({band: rank for rank, band in enumerate(BANDS)}, return_dtype=pl.Int64)
    hits = links.filter(pl.col("link") == "hit").select(strength.alias("rank"), "from_id", "to_id")
    strongest = hits.sort("rank", "from_id", "to_id").head(most // 2).collect(engine="streaming")  # with both ends
    ranked = pl.concat([strongest["from_id"], strongest["to_id"]]).unique().sort()
    edge = ranked
    while len(edge) and len(ranked) < most:
        edge = _beyond(links, edge, ranked, most - len(ranked))
        ranked = pl.concat([ranked, edge])
    kept = ranked.head(most).implode()
    inside = links.filter(pl.col("from_id").is_in(kept) & pl.col("to_id").is_in(kept))
    return inside.collect(engine="streaming"), count - kept.list.len()[0]


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


def nodes(links: pl.DataFrame) -> dict[str, dict[str, Any]]:
    """Return, for each node, its type and label, and the strongest band and the handling of its hits."""
    check(links, LINKS, "nodes")
    found: dict[str, dict[str, Any]] = {}
    met: dict[str, set[tuple[str, str]]] = {}
    for row in links.iter_rows(named=True):
        for end in ("from", "to"):
            found.setdefault(row[f"{end}_id"], {}).update(type=row[f"{end}_type"], label=row[f"{end}_label"])
            if row["link"] == "hit":
                met.setdefault(row[f"{end}_id"], set()).add((row["band"], row["handling"]))
    for node, data in found.items():
        bands, handlings = zip(*met.get(node, {(None, None)}), strict=True)
        data["band"] = next((band for band in BANDS if band in bands), None)
        data["handling"] = "protect" if "protect" in handlings else min(handlings)
    return found
