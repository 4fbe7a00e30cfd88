"""How two are tied: all shortest ways and the strongest ones, told in words with who says so.

Reach for `paths()`. What is around one node is `neighbours`.
"""

from __future__ import annotations

from itertools import islice, pairwise
from math import log, prod
from typing import Any

import networkx as nx
import numpy as np
import polars as pl

from ops_hub.graph.analyses.compiled import Compiled, called, compiled
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Settings
from ops_hub.schemas import CITE

_STEP = 1e-3  # costs of a step, so that of two ways equally strong the shorter one comes first
_WEAKEST = 1e-9
_SCHEMA: dict[str, Any] = {
    "kind": pl.String, "steps": pl.Int64, "strength": pl.Float64, "node_ids": pl.List(pl.String),
    "links": pl.List(pl.String), "why": pl.String, "cites": pl.List(CITE),
}  # fmt: skip
# What joins a person to a value, and what a second person then is said to do with it.
_VERBS = {
    "paid": "paid with {}", "contact": "gave {}", "booked": "is in {}", "holds": "showed {}", "ticketed": "has {}",
    "travelled": "travelled on {}", "booked through": "booked through {}", "hit": "resembles {} (a lead to verify)",
    "perhaps same person": "is perhaps the same person as {}",
}  # fmt: skip


def paths(
    net: Network, settings: Settings, one: str, other: str, *, most: int | None = None, everything: bool = False
) -> Finding:
    """Return ways between two nodes: all shortest ones and the strongest ones, at most `most` of each.

    Strength is the product of the weights of the edges, so a way through a value that is damped is weak. Flights, ports,
    agencies and crime types tie nobody and are left out unless `everything` is asked for. Ways longer than
    `roles.longest_path` are not looked for.
    """
    most = settings.roles.most_paths if most is None else most
    arrays = compiled(net, settings.roles.carries, everything=everything)
    graph = _between(arrays, one, other, settings.roles.longest_path, settings.roles.most_nodes_between)
    shortest = _ways(graph, one, other, most)
    strongest = [] if not shortest else list(islice(nx.shortest_simple_paths(graph, one, other, "cost"), most))
    known = {tuple(way) for way in shortest}
    also = {tuple(way) for way in strongest}
    rows = [_row(graph, way, "both" if tuple(way) in also else "shortest") for way in shortest]
    rows += [_row(graph, way, "strongest") for way in strongest if tuple(way) not in known]
    rows.sort(key=lambda row: (-row["strength"], row["steps"], row["node_ids"]))
    ids = dict.fromkeys(node for row in rows for node in row["node_ids"])
    without = "" if everything else ", without what anybody shares (flights, ports, agencies)"
    if rows:
        found = f"Found {len(shortest)} shortest of {len(shortest[0]) - 1} steps, and {len(rows)} in all; the strongest comes first."
    else:
        found = f"None of at most {settings.roles.longest_path} steps: nothing that they share is known."
    words = (
        f"Looked for ways between {one} and {other}{without}.",
        found,
        "A way says that values were shared, not that the persons know each other: read each step and its cites.",
    )
    return Finding("path", words, pl.DataFrame(rows, schema=_SCHEMA, orient="row"), tuple(ids))


def _between(arrays: Compiled, one: str, other: str, longest: int, most: int) -> nx.Graph:
    """Return the nodes that lie on ways of at most two steps more than the shortest, as a graph of best edges."""
    graph = nx.Graph()
    places = [arrays.places([node]) for node in (one, other)]
    if not all(len(each) for each in places):
        return graph
    near = [arrays.distances(each, longest, all_carry=True) for each in places]
    both = (near[0] >= 0) & (near[1] >= 0)
    total = near[0] + near[1]
    if not both.any() or total[both].min() > longest:
        return graph
    kept = np.zeros(0, dtype=np.int64)
    for more in (0, 1, 2):
        wider = np.flatnonzero(both & (total <= min(longest, total[both].min() + more)))
        if more and len(wider) > most:
            break
        kept = wider
    of, positions = arrays.beyond(kept)
    inside = np.isin(arrays.ends[positions], kept) & (arrays.ends[positions] > kept[of])
    nodes = arrays.nodes[kept.tolist()]
    for node in nodes.iter_rows(named=True):
        graph.add_node(node["node_id"], **node)
    edges = arrays.edges[np.unique(arrays.rows[positions[inside]]).tolist()]
    for edge in edges.sort("weight").iter_rows(named=True):  # the best of several edges is put last, and stays
        cost = -log(max(edge["weight"], _WEAKEST)) + _STEP
        graph.add_edge(edge["from_id"], edge["to_id"], cost=cost, edge=edge)
    return graph


def _ways(graph: nx.Graph, one: str, other: str, most: int) -> list[list[str]]:
    if one not in graph or other not in graph or not nx.has_path(graph, one, other):
        return []
    return list(islice(nx.all_shortest_paths(graph, one, other), most))


def _row(graph: nx.Graph, way: list[str], kind: str) -> dict[str, Any]:
    edges = [graph.edges[step]["edge"] for step in pairwise(way)]
    cites = [edge["cites"][0] for edge in edges if edge["cites"]]
    return {
        "kind": kind, "steps": len(edges), "strength": prod(edge["weight"] for edge in edges), "node_ids": way,
        "links": [edge["link"] for edge in edges], "why": _told([graph.nodes[node] for node in way], edges), "cites": cites,
    }  # fmt: skip


def _told(nodes: list[dict[str, Any]], edges: list[dict[str, Any]]) -> str:
    """Return a way as a sentence, e.g. 'A paid with payment X, and B paid with it too'."""
    said = [called(nodes[0])]
    for k, edge in enumerate(edges):
        here, there = nodes[k], nodes[k + 1]
        verb = _VERBS.get(edge["link"], f"is tied by '{edge['link']}' to {{}}")
        if here["type"] == "person":
            said.append((" " if k == 0 else ", who ") + verb.format(called(there)))
        elif there["type"] == "person":
            weak = f" (weak: {here['damped']})" if here["damped"] else ""
            said.append(f"{weak}, and {called(there)} {verb.format('it')} too")
        else:
            said.append((" " if k == 0 else ", which ") + verb.format(called(there)))
    return "".join(said)
