"""A chart as it is drawn: which nodes stand as one, which are in a group, and where everything stands.

Reach for `drawn()`: page, pictures and i2 start from it, so that they show the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ops_hub.graph.charts.folding import DRAWN, folded, within
from ops_hub.graph.charts.groups import communities
from ops_hub.graph.charts.layout import Place, boxed, laid_out, spiral
from ops_hub.graph.charts.model import Chart


@dataclass(frozen=True)
class Drawn:
    """A chart with its places.

    Attributes:
        chart: what is in the file.
        folds: id of a folded node to its members.
        groups: node id to the node that its group is named after.
        states: node id to its home state, or to 'several states'.
        places: of all nodes, folded ones and members of folded ones too.
        by_state: other places, where each state's nodes stand in a box of their own; empty without states.
    """

    chart: Chart
    folds: Mapping[str, list[str]]
    groups: Mapping[str, str]
    states: Mapping[str, str]
    places: Mapping[str, Place]
    by_state: Mapping[str, Place]

    @property
    def stands_for(self) -> dict[str, str]:
        """Return, for each node that is folded, the folded node that stands for it."""
        return {node: fold for fold, members in self.folds.items() for node in members}


def drawn(chart: Chart, most: int = DRAWN) -> Drawn:
    """Return the chart with at most so many nodes drawn at once."""
    chart = within(chart)
    ids = chart.nodes["node_id"].to_list()
    weighted = list(chart.edges.select("from_id", "to_id", "weight").fill_null(1.0).iter_rows())
    groups = communities(ids, weighted)
    folds = folded(chart, groups, most)
    fold_of = {node: fold for fold, members in folds.items() for node in members}
    shown = sorted({fold_of.get(node, node) for node in ids})
    edges = [(fold_of.get(a, a), fold_of.get(b, b)) for a, b, _ in weighted]
    grouped = groups | {fold: groups[members[0]] for fold, members in folds.items() if members[0] in groups}
    places = laid_out(shown, edges, grouped, chart.places)
    states = _states(chart.nodes)
    by_state = (
        boxed(shown, edges, states | {f: states[m[0]] for f, m in folds.items() if m[0] in states}) if states else {}
    )
    for fold, members in folds.items():
        places |= spiral(places[fold], members)
        by_state |= spiral(by_state[fold], members) if by_state else {}
    return Drawn(chart, folds, groups, states, places, by_state)


def _states(nodes: pl.DataFrame) -> dict[str, str]:
    known = nodes.filter(pl.col("states").list.len() > 0)
    return {
        node: states[0] if len(states) == 1 else "several states"
        for node, states in known.select("node_id", "states").iter_rows()
    }
