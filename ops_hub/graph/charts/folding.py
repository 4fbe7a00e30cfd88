"""A chart too large to be looked at, folded: nodes of which there are many alike, then whole groups, stand as one.

Reach for `folded()` for what is folded, and `within()` for the part of a chart that goes into a file at all. Nodes that the
chart is about, and nodes with a hit, are folded last. Nothing is thrown away here: a folded node says what is in it, and the
page opens it again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from ops_hub.graph.charts.groups import members
from ops_hub.graph.charts.looks import GREEN, KIND, look
from ops_hub.graph.charts.model import Chart
from ops_hub.graph.nodes import BANDS, nearest

DRAWN = 2_000  # nodes drawn at once; beyond, some stand as one
IN_TOOLS = 50_000  # nodes in a file for a tool that holds a graph as a whole (GraphML, GEXF, i2)
IN_FILE = 10_000  # nodes in a page or picture, folded ones too; beyond, the farthest from any hit are left out
ALIKE = 3  # nodes of one type with the same neighbours that stand as one


def within(chart: Chart, most: int = IN_FILE) -> Chart:
    """Return the chart with at most so many nodes, those nearest to hits and to what it is about; it says how many are not."""
    if chart.nodes.height <= most:
        return chart
    edges, _ = nearest(chart.edges.lazy(), most, chart.focus)
    ends = pl.concat([edges["from_id"], edges["to_id"]]).unique()
    nodes = chart.nodes.filter(pl.col("node_id").is_in(ends.implode()) | pl.col("node_id").is_in(list(chart.focus)))
    which = (
        "farthest from what it is about and from hits" if edges.height and _begins(chart) else "with the fewest links"
    )
    beyond = f"{chart.nodes.height - nodes.height:,} nodes {which} are not in it."
    return replace(chart, nodes=nodes, edges=edges, left_out=" ".join(filter(None, (chart.left_out, beyond))))


def _begins(chart: Chart) -> bool:
    return bool(chart.focus) or bool((chart.edges["link"] == "hit").any())


def folded(chart: Chart, groups: Mapping[str, str], most: int = DRAWN) -> dict[str, list[str]]:
    """Return what stands as one so that at most so many nodes are drawn: id of the folded node to its members.

    First nodes of one type that are linked with the same others, then groups without hits, the smallest part of the
    picture first, then groups with hits, then whatever is left, weakest hits last.
    """
    over = chart.nodes.height - most
    if over <= 0:
        return {}
    rank = dict(zip(BANDS, range(len(BANDS)), strict=True))
    strength = {
        node: rank.get(band, len(BANDS)) for node, band in chart.nodes.select("node_id", "band").iter_rows()
    } | dict.fromkeys(chart.focus, -1)
    plain = {node for node, worth in strength.items() if worth == len(BANDS)}
    found = [twins for twins in _alike(chart) if plain.issuperset(twins)]
    over -= sum(len(each) - 1 for each in found)
    for _, group in sorted(members(groups).items(), key=lambda item: (not plain.issuperset(item[1]), len(item[1]))):
        if over <= 0:
            break
        inside = plain.intersection(group)
        taken = [each for each in found if inside.intersection(each)]
        everyone = sorted(inside.union(*taken))
        if len(everyone) > 1:
            found = [*(each for each in found if each not in taken), everyone]
            over -= len(everyone) - sum(len(each) - 1 for each in taken) - 1
    if over > 0:
        inside = {node for each in found for node in each}
        rest = sorted(strength.keys() - inside, key=lambda node: (-strength[node], node))[: over + 1]
        if len(rest) < over + 1:  # everything is folded and it is still too much: the smallest ones together
            for each in sorted(found, key=len)[: over - len(rest) + 1]:
                found.remove(each)
                rest += each
        found.append(sorted(rest))
    return {f"folded:{each[0]}": each for each in found}  # by its first member: the same id in a grown chart


def _alike(chart: Chart) -> list[list[str]]:
    """Return nodes of one type that have the same neighbours."""
    ways = (("from_id", "to_id"), ("to_id", "from_id"))
    ends = pl.concat([chart.edges.select(node_id=pl.col(one), other=pl.col(other)) for one, other in ways])
    near = ends.group_by("node_id").agg(pl.col("other").unique().sort().str.join("\n").alias("near"))
    typed = chart.nodes.select("node_id", "type", KIND).join(near, on="node_id")
    sets = typed.sort("node_id").group_by("type", "kind", "near", maintain_order=True).agg("node_id")
    return sets.filter(pl.col("node_id").list.len() >= ALIKE)["node_id"].to_list()


def words(kinds: list[str]) -> str:
    """Return what is in a folded node, e.g. '37 folded: 20 document, 17 booking; 2 to be protected'."""
    counts = Counter(kinds)
    green = sum(counts[kind] for kind in GREEN)
    most = ", ".join(f"{count} {look(kind).words.partition(':')[0]}" for kind, count in counts.most_common(3))
    more = ", ..." if len(counts) > 3 else ""
    return f"{len(kinds)} folded: {most}{more}" + (f"; {green} to be protected" if green else "")
