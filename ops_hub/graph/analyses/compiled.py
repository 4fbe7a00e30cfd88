"""A network's edges as arrays of numbers: what is near what, found for many nodes at once.

Reach for `compiled()`, then `beyond()` for one step from many nodes, `distances()` for several, `components()` for what
hangs together. A node's number is its row in NODES. Graphs to work on by hand are `net.as_networkx`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from ops_hub.graph.net import Network

Numbers = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]

SHARED_BY_ANYBODY = ("flight", "vessel", "port", "agency", "crime")
"""Types of nodes that hundreds share: to have one in common is no tie."""


@dataclass(frozen=True)
class Compiled:
    """Edges in both directions, those of one node beside each other.

    Attributes:
        nodes: NODES with the number `at`.
        edges: those EDGES that count, with numbers `one` and `other`.
        starts: where the edges of node k begin; those of k end where those of k + 1 begin.
        ends: the node at the other end.
        rows: the row in `edges`.
        strengths: weight of the edge, 0 to 1.
        carries: of each node, whether a tie goes on beyond it: not where so many share it that it says little, or is no tie at all.
    """

    nodes: pl.DataFrame
    edges: pl.DataFrame
    starts: Numbers
    ends: Numbers
    rows: Numbers
    strengths: npt.NDArray[np.float64]
    carries: Flags

    def ids(self, places: Numbers) -> list[str]:
        """Return node ids of numbers."""
        return self.nodes["node_id"].gather(places).to_list()

    def places(self, ids: list[str]) -> Numbers:
        """Return numbers of node ids; ids that the network has not are left out."""
        wanted = pl.DataFrame({"node_id": ids}, schema={"node_id": pl.String})
        return np.asarray(wanted.join(self.nodes, on="node_id", maintain_order="left")["at"].to_numpy(), dtype=np.int64)

    def beyond(self, places: Numbers) -> tuple[Numbers, Numbers]:
        """Return all edges of these nodes: for each which of `places` it is of, and its position in the arrays."""
        counts = self.starts[places + 1] - self.starts[places]
        of = np.repeat(np.arange(len(places)), counts)
        first = np.repeat(self.starts[places] - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        return of, first + np.arange(len(of))

    def distances(self, places: Numbers, most: int, *, all_carry: bool = False) -> Numbers:
        """Return steps from the nearest of these nodes, at most `most`; -1 where it is not reached.

        Args:
            places: where to begin; these carry on whatever they are.
            most: steps.
            all_carry: go on beyond damped values too.
        """
        found = np.full(len(self.carries), -1, dtype=np.int64)
        found[places] = 0
        edge = places
        for step in range(1, most + 1):
            _, positions = self.beyond(edge)
            met = np.unique(self.ends[positions])
            met = met[found[met] < 0]
            found[met] = step
            edge = met if all_carry else met[self.carries[met]]
            if not len(edge):
                break
        return found

    def components(self) -> Numbers:
        """Return of each node the smallest number that it hangs together with, by ties that carry on."""
        of = np.repeat(np.arange(len(self.carries)), np.diff(self.starts))
        tied = self.carries[of] & self.carries[self.ends]
        one, other = of[tied], self.ends[tied]
        label = np.arange(len(self.carries))
        while True:
            lower = label.copy()
            np.minimum.at(lower, one, label[other])
            np.minimum.at(lower, label[one], label[other])
            lower = lower[lower]
            if np.array_equal(lower, label):
                return label
            label = lower


def compiled(net: Network, least: float, *, everything: bool = False) -> Compiled:
    """Return a network's ties as arrays.

    Args:
        net: the network.
        least: weight of a value from which ties go on beyond it (`roles.carries`).
        everything: with flights, vessels, ports, agencies and crime types too.
    """
    nodes = net.nodes.with_row_index("at").with_columns(pl.col("at").cast(pl.Int64))
    keys = nodes.lazy().select("node_id", "at", pl.col("type").is_in(SHARED_BY_ANYBODY).alias("anybody"))
    edges = (
        net.edges.lazy()
        .join(keys.rename({"node_id": "from_id", "at": "one", "anybody": "a"}), on="from_id", maintain_order="left")
        .join(keys.rename({"node_id": "to_id", "at": "other", "anybody": "b"}), on="to_id", maintain_order="left")
    )
    if not everything:
        edges = edges.filter(~pl.col("a") & ~pl.col("b"))
    kept = edges.drop("a", "b").collect()
    one, other = kept["one"].to_numpy(), kept["other"].to_numpy()
    both, ends = np.concatenate((one, other)), np.concatenate((other, one))
    order = np.argsort(both, kind="stable")
    starts = np.zeros(nodes.height + 1, dtype=np.int64)
    np.cumsum(np.bincount(both, minlength=nodes.height), out=starts[1:])
    weights = kept["weight"].to_numpy()
    anybody = np.asarray(nodes["type"].is_in(SHARED_BY_ANYBODY).to_numpy())
    carries = np.asarray((nodes["weight"] >= least).fill_null(True).to_numpy()) & (everything | ~anybody)
    return Compiled(
        nodes, kept, starts, ends[order], order % max(len(one), 1), np.concatenate((weights, weights))[order], carries
    )


def called(node: dict[str, Any]) -> str:
    """Return what words call a node: its label, but of a minor no name; who may need protection is said to."""
    if node["type"] != "person":
        return f"{node['type']} {node['label']}"
    if node["minor"]:
        return "a minor"
    return f"{node['label']} (may need protection)" if node.get("handling") == "protect" else str(node["label"])


UNNAMED = (
    pl.when((pl.col("type") == "person") & pl.col("minor").fill_null(False))
    .then(pl.lit("a minor"))
    .otherwise("label")
    .alias("label")
)
"""The label of a row of NODES in a table that may be printed: of a minor no name, the id leads to it."""
