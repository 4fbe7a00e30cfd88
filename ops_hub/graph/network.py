"""LINKS into a typed networkx graph, for charts and analysis.

Reach for `network()`. Nodes carry type and label, edges what they say and where it is written. Building links
is left to `links`, drawing to `chart` and `export`.
"""

from __future__ import annotations

import networkx as nx
import polars as pl

from ops_hub.schemas import LINKS, check

_BANDS = ("exact-document", "high", "review")  # strongest first


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
