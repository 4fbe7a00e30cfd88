"""LINKS into a typed networkx graph, for charts and analysis.

Reach for `network()`. Nodes carry type and label, edges what they say and where it is written. Building links
is left to `links`, drawing to `chart` and `export`.
"""

from __future__ import annotations

import networkx as nx
import polars as pl

from ops_hub.schemas import LINKS, check

_BANDS = ("exact-document", "high", "review")  # strongest first


def nearest(links: pl.DataFrame, most: int) -> tuple[pl.DataFrame, int]:
    """Return the links between the `most` nodes nearest to hits, strongest hits first, and how many nodes are left out.

    A graph is made for people to look at; of a run with very many hits only this part is built at all.
    """
    ends = pl.concat([links.select(pl.col(end).alias("node")) for end in ("from_id", "to_id")])
    nodes = ends["node"].n_unique()
    if nodes <= most:
        return links, 0
    strength = pl.col("band").replace_strict({band: rank for rank, band in enumerate(_BANDS)}, return_dtype=pl.Int64)
    hits = links.filter(pl.col("link") == "hit").with_columns(strength.alias("rank")).sort("rank", "from_id", "to_id")
    strongest = hits.head(most // 2)  # each with both its ends
    ranked = pl.concat([strongest["from_id"], strongest["to_id"]]).unique().sort().rename("node").to_frame()
    ways = (("from_id", "to_id"), ("to_id", "from_id"))
    pairs = pl.concat([links.select(pl.col(a).alias("node"), pl.col(b).alias("other")) for a, b in ways]).unique()
    edge = ranked
    while edge.height and ranked.height < most:
        beyond = pairs.join(edge, on="node", how="semi").select(pl.col("other").alias("node")).unique()
        edge = beyond.join(ranked, on="node", how="anti").sort("node")
        ranked = pl.concat([ranked, edge])
    kept = ranked.head(most)
    inside = links.join(kept, left_on="from_id", right_on="node", how="semi", maintain_order="left")
    return inside.join(kept, left_on="to_id", right_on="node", how="semi", maintain_order="left"), nodes - kept.height


def network(links: pl.DataFrame) -> nx.MultiGraph:
    """Return the graph of LINKS: node attributes type, label, band, handling; edge attributes as in LINKS."""
    check(links, LINKS, "network")
    graph = nx.MultiGraph()
    for row in links.iter_rows(named=True):
        graph.add_node(row["from_id"], type=row["from_type"], label=row["from_label"])
        graph.add_node(row["to_id"], type=row["to_type"], label=row["to_label"])
        said = {
            key: row[key] for key in ("link", "label", "band", "handling", "record_id", "source", "message_ref", "at")
        }
        graph.add_edge(row["from_id"], row["to_id"], **said)
    for node, data in graph.nodes(data=True):
        hits = [edge for *_, edge in graph.edges(node, data=True) if edge["link"] == "hit"]
        bands = {edge["band"] for edge in hits}
        data["band"] = next((band for band in _BANDS if band in bands), None)
        handlings = {edge["handling"] for edge in hits}
        data["handling"] = "protect" if "protect" in handlings else min(handlings, default=None)
    return graph
