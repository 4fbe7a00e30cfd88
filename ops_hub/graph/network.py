"""LINKS into a typed networkx graph, for analysis and other tools.

Reach for `network()`. Nodes carry type and label, edges what they say and where it is written. Building links
is left to `links`, drawing to `chart`, files for other tools to `export`.
"""

from __future__ import annotations

import networkx as nx
import polars as pl

from ops_hub.graph.nodes import nodes

_SAID = ("link", "label", "band", "handling", "record_id", "source", "message_ref", "at")


def network(links: pl.DataFrame | pl.LazyFrame) -> nx.MultiGraph:
    """Return the graph of LINKS: node attributes type, label, band, handling; edge attributes as in LINKS."""
    links = links.lazy().collect()
    graph = nx.MultiGraph()
    graph.add_nodes_from(nodes(links).items())
    for row in links.iter_rows(named=True):
        graph.add_edge(row["from_id"], row["to_id"], **{key: row[key] for key in _SAID})
    return graph
