"""Who ties groups together that would otherwise not meet: betweenness, exact in small parts, from a sample in large ones.

Reach for `brokers()`. A broker is a place in the network, and says nothing of guilt: a shared flat or a mother is one too.
"""

from __future__ import annotations

from math import log, sqrt

import numpy as np
import polars as pl
import rustworkx as rx

from ops_hub.graph.analyses.compiled import Compiled, Numbers, called, compiled
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Settings

_FEWEST = 5  # nodes of a part in which somebody can stand between others
_BUDGET = 20_000_000  # ties walked in one part, all pivots together: some ten seconds
_LEAST_PIVOTS = 30
_SEED = 20261101  # of the sample, so that the same network gives the same answer


def brokers(net: Network, settings: Settings, top: int = 20) -> Finding:
    """Return persons and values that lie on most shortest ways between others, by their part of the network.

    Values of one person only (a telephone that nobody else gives) are left out: they are between nobody.

    `pairs` is how many pairs of others are tied through the node (betweenness), `share` that of all pairs of its part, `error`
    how far `share` may be off (0: exact; from a sample: two standard errors of this node's estimate).
    """
    roles = settings.roles
    arrays = compiled(net, roles.carries)
    pieces, sampled, largest, fewest = [], 0, 0, roles.pivots
    highest: list[float] = []
    for part in _parts(arrays):
        others = (len(part) - 1) * (len(part) - 2) / 2  # pairs that a node can be between, at most
        if len(highest) == top and others < highest[0]:
            break  # this part is too small for any of the first, and those after it are no larger
        graph = _graph(arrays, part)
        if len(part) <= roles.exact_nodes:
            found = rx.betweenness_centrality(graph, normalized=False)
            pairs, error = np.array([found[k] for k in range(len(part))]), np.zeros(len(part))
        else:
            pivots = max(_LEAST_PIVOTS, min(roles.pivots, _BUDGET // max(graph.num_edges(), 1)))
            pairs, error = sampled_betweenness(graph, pivots)
            fewest = min(fewest, pivots)
            sampled, largest = sampled + 1, max(largest, len(part))
        best = np.argsort(-pairs, kind="stable")[:top]
        highest = sorted([*highest, *pairs[best].tolist()])[-top:]
        pieces.append(pl.DataFrame({"at": part[best], "pairs": pairs[best], "share": pairs[best] / others, "error": error[best] / others, "part": len(part)}, schema_overrides={"part": pl.Int64}))  # fmt: skip
    schema = {"at": pl.Int64, "pairs": pl.Float64, "share": pl.Float64, "error": pl.Float64, "part": pl.Int64}
    rows = pl.concat([pl.DataFrame(schema=schema), *pieces]).filter(pl.col("pairs") > 0)
    rows = rows.join(arrays.nodes, on="at").sort(["pairs", "node_id"], descending=[True, False]).head(top)
    why = [
        f"{called(row)}: {row['pairs']:,.0f} pairs of others are tied through it, {row['share']:.0%} of its part of {row['part']:,} nodes"
        + (f" (from a sample, give or take {row['error']:.1%})" if row["error"] else "")
        for row in rows.iter_rows(named=True)
    ]
    table = rows.select("node_id", "type", "label", "pairs", "share", "error", "part", "persons", "band").with_columns(pl.Series("why", why, dtype=pl.String))  # fmt: skip
    worst = sqrt(log(2 * max(largest, 1) / 0.05) / (2 * fewest))
    words = (
        "Looked for persons and values through which others are tied, without what very many share.",
        f"Found {table.height}; in {sampled} parts of more than {roles.exact_nodes:,} nodes the share is estimated from {fewest} nodes, and at worst {worst:.0%} off (95 %), mostly far less."
        if sampled
        else f"Found {table.height}; all shares are exact.",
        "Whoever stands between groups can explain how they are tied: a lead to look at, no sign of guilt.",
    )  # fmt: skip
    return Finding("brokers", words, table, tuple(table["node_id"]))


def _parts(arrays: Compiled) -> list[Numbers]:
    """Return the nodes of each part that is large enough, the largest first, without values of one person."""
    labels = arrays.components()
    persons = (arrays.nodes["type"] == "person").to_numpy()
    inner = np.flatnonzero((np.diff(arrays.starts) > 1) | persons)
    order = inner[np.argsort(labels[inner], kind="stable")]
    cuts = np.flatnonzero(np.diff(labels[order])) + 1
    parts = [part for part in np.split(order, cuts) if len(part) >= _FEWEST]
    return sorted(parts, key=lambda part: (-len(part), int(part[0])))


def _graph(arrays: Compiled, part: Numbers) -> rx.PyGraph:
    of, positions = arrays.beyond(part)
    ends = arrays.ends[positions]
    at = np.minimum(np.searchsorted(part, ends), len(part) - 1)
    inside = (part[at] == ends) & (of < at)
    graph = rx.PyGraph(multigraph=False)
    graph.add_nodes_from(range(len(part)))
    graph.extend_from_edge_list(list(zip(of[inside].tolist(), at[inside].tolist(), strict=True)))
    return graph


def sampled_betweenness(graph: rx.PyGraph, pivots: int) -> tuple[np.ndarray, np.ndarray]:
    """Return betweenness (pairs, as of an undirected graph) estimated from `pivots` sources, and two standard errors of each."""
    count = graph.num_nodes()
    ends = np.array(graph.edge_list(), dtype=np.int64).reshape(-1, 2)
    both, other = np.concatenate((ends[:, 0], ends[:, 1])), np.concatenate((ends[:, 1], ends[:, 0]))
    order = np.argsort(both, kind="stable")
    other = other[order]
    starts = np.concatenate(([0], np.cumsum(np.bincount(both, minlength=count))))
    sources = np.random.default_rng(_SEED).choice(count, min(pivots, count), replace=False)
    total, squares = np.zeros(count), np.zeros(count)
    for source in sources:
        through = _through(starts, other, int(source))
        total += through
        squares += through**2
    mean = total / len(sources)
    spread = np.sqrt(np.maximum(squares / len(sources) - mean**2, 0) / len(sources) * (1 - len(sources) / count))
    return mean * count / 2, 2 * spread * count / 2


def _through(starts: Numbers, other: Numbers, source: int) -> np.ndarray:
    """Return of each node the part of shortest ways from the source that go through it, summed over all targets (Brandes)."""
    count = len(starts) - 1
    depth, ways, through = np.full(count, -1), np.zeros(count), np.zeros(count)
    depth[source], ways[source] = 0, 1
    edge = np.array([source])
    levels: list[tuple[Numbers, Numbers]] = []
    while len(edge):
        degrees = starts[edge + 1] - starts[edge]
        of = np.repeat(edge, degrees)
        at = np.repeat(starts[edge] - np.concatenate(([0], np.cumsum(degrees)[:-1])), degrees) + np.arange(len(of))
        to = other[at]
        depth[to[depth[to] < 0]] = len(levels) + 1
        on = depth[to] == len(levels) + 1
        of, to = of[on], to[on]
        np.add.at(ways, to, ways[of])
        levels.append((of, to))
        edge = np.unique(to)
    for of, to in reversed(levels):
        np.add.at(through, of, ways[of] / ways[to] * (1 + through[to]))
    through[source] = 0
    return through
