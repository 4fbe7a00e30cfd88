"""Groups of nodes: who has more links among themselves than with others (Louvain), each named after its best linked node.

Reach for `communities()`: the map is drawn by them, boxes are drawn around them, and a chart too large is folded by them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import networkx as nx

FEWEST = 3  # nodes that make a group
ALONE = 45  # a part with no more nodes is one group: it is seen at a glance


def communities(ids: Iterable[str], edges: Iterable[tuple[str, str, float]]) -> dict[str, str]:
    """Return the group of each node that is in one, named by the id of its best linked node.

    Args:
        ids: nodes.
        edges: both ends and a weight; several of the same ends add up.
    """
    graph = nx.Graph()
    graph.add_nodes_from(sorted(ids))
    for one, other, weight in sorted(edges):
        if one != other:
            before = graph.get_edge_data(one, other, {"weight": 0.0})["weight"]
            graph.add_edge(one, other, weight=before + max(weight, 0.01))
    found: list[set[str]] = []
    for part in nx.connected_components(graph):
        # the order of nodes decides where Louvain breaks ties: it must not depend on hashes of this process
        inside = nx.Graph()
        inside.add_nodes_from(sorted(part))
        inside.add_edges_from(sorted((min(a, b), max(a, b), d) for a, b, d in graph.edges(part, data=True)))
        found += [part] if len(part) <= ALONE else nx.community.louvain_communities(inside, seed=7)
    named: dict[str, str] = {}
    for group in found:
        if len(group) >= FEWEST:
            best = min(group, key=lambda node: (-graph.degree(node), node))
            named |= dict.fromkeys(group, best)
    return named


def members(groups: Mapping[str, str]) -> dict[str, list[str]]:
    """Return the members of each group, sorted."""
    found: dict[str, list[str]] = {}
    for node in sorted(groups):
        found.setdefault(groups[node], []).append(node)
    return found
