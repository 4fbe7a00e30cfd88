"""A network as it is kept and analysed: nodes, edges, trips and how records became persons, all as frames.

Reach for `Network`, `around()` for the part near some nodes, and `as_networkx()` for a graph to work on by hand. Building
one is left to `build`, files to `store.graphs`, questions to `analyses`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import networkx as nx
import polars as pl

from ops_hub.schemas import EDGES, NODES, RESOLVED, TRIPS, check


@dataclass(frozen=True)
class Network:
    """Frames that belong together.

    Attributes:
        nodes: NODES, sorted by node_id.
        edges: EDGES, sorted by link, from_id, to_id.
        trips: TRIPS, sorted by departs_at, flight_id, person_id.
        resolved: RESOLVED, sorted by record_id.
        about: what it was made from: name, made_at (ISO), as_of, inputs, engine, counts, caveats of the whole.
    """

    nodes: pl.DataFrame
    edges: pl.DataFrame
    trips: pl.DataFrame
    resolved: pl.DataFrame
    about: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        check(self.nodes, NODES, "network")
        check(self.edges, EDGES, "network")
        check(self.trips, TRIPS, "network")
        check(self.resolved, RESOLVED, "network")


def part(net: Network, ids: Iterable[str]) -> Network:
    """Return the part of a network on these nodes: they, edges between them, trips and records of the persons."""
    kept = pl.Series("node_id", sorted(set(ids)), dtype=pl.String).to_frame()
    edges = net.edges.join(kept, left_on="from_id", right_on="node_id", how="semi", maintain_order="left")
    edges = edges.join(kept, left_on="to_id", right_on="node_id", how="semi", maintain_order="left")
    persons = kept.rename({"node_id": "person_id"})
    return Network(
        net.nodes.join(kept, on="node_id", how="semi", maintain_order="left"),
        edges,
        net.trips.join(persons, on="person_id", how="semi", maintain_order="left"),
        net.resolved.join(persons, on="person_id", how="semi", maintain_order="left"),
        net.about,
    )


def as_networkx(net: Network) -> nx.MultiGraph:
    """Return the network as a graph: node and edge attributes are the columns of NODES and EDGES, nulls left out."""
    graph = nx.MultiGraph()
    for row in net.nodes.iter_rows(named=True):
        node = row.pop("node_id")
        graph.add_node(node, **{name: value for name, value in row.items() if value is not None})
    for row in net.edges.iter_rows(named=True):
        one, other = row.pop("from_id"), row.pop("to_id")
        graph.add_edge(one, other, **{name: value for name, value in row.items() if value is not None})
    return graph
