"""What an analysis found as a chart: the finds numbered, and beside them what a planner asks next.

Reach for `of_finding()`. Beside the nodes that the finding names stand the list entries that persons on it have hits with,
and documents that two or more of them showed. Flights are on it only where the finding itself is about flights: hundreds share
one. Minors have no name here, nobody to be protected has a number; ids and cites lead those who must find them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import polars as pl

from ops_hub.graph.analyses.compiled import UNNAMED
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.charts.looks import GREEN, KIND
from ops_hub.graph.charts.model import Chart, Places, of_network
from ops_hub.graph.net import Network, part


def of_finding(
    net: Network, finding: Finding, *, title: str, subtitle: str = "", places: Places | None = None
) -> Chart:
    """Return the chart of what was found in a network; the arguments are those of Chart."""
    ids = [*finding.ids, *_beside(net, finding.ids)]
    shown = part(net, ids)
    is_minor = (pl.col("type") == "person") & pl.col("minor").fill_null(False)
    born = pl.when(is_minor).then(None).otherwise("birth_date").alias("birth_date")
    shown = replace(shown, nodes=shown.nodes.with_columns(UNNAMED, born))
    missing = _named(finding.table) - set(ids)
    left_out = (
        f"{len(missing):,} more nodes of the finds are not drawn; the table of the finding has them." if missing else ""
    )
    finds = _finds(finding.table, shown.nodes)
    focus = [*finds] or finding.ids
    made = of_network(shown, title=title, subtitle=subtitle, left_out=left_out, focus=focus, places=places)
    return replace(made, finds=finds)


def _beside(net: Network, ids: tuple[str, ...]) -> list[str]:
    """Return the entries that the persons have hits with, and the documents that several of them showed."""
    mine = net.edges.join(pl.Series("from_id", ids, dtype=pl.String).to_frame().unique(), on="from_id", how="semi")
    entries = mine.filter(pl.col("link") == "hit")["to_id"]
    held = mine.filter(pl.col("link") == "holds").group_by("to_id").agg(pl.col("from_id").n_unique().alias("by"))
    return pl.concat([entries, held.filter(pl.col("by") > 1)["to_id"]]).unique().sort().to_list()


def _named(table: pl.DataFrame) -> set[str]:
    one = [
        table[name].drop_nulls() for name, dtype in table.schema.items() if name.endswith("_id") and dtype == pl.String
    ]
    many = [
        table[name].explode(empty_as_null=False).drop_nulls()
        for name, dtype in table.schema.items()
        if name.endswith("_ids") and dtype == pl.List(pl.String)
    ]
    return {node for column in (*one, *many) for node in column}


def _finds(table: pl.DataFrame, nodes: pl.DataFrame) -> Mapping[str, tuple[int, str]]:
    """Return the number of the row, and why, of the nodes that each row is about; the first row of a node counts.

    A row is about its node_id, else about the nodes in its columns ..._id, else about its persons. Of a neighbourhood only
    the beginning is a find.
    """
    green = set(nodes.filter(KIND.is_in(GREEN))["node_id"])
    known = set(nodes["node_id"]) - green
    columns = [name for name, dtype in table.schema.items() if name.endswith("_id") and dtype == pl.String]
    about = ["node_id"] if "node_id" in columns else columns
    found: dict[str, tuple[int, str]] = {}
    for number, row in enumerate(table.iter_rows(named=True), 1):
        if row.get("hops"):
            continue
        for node in [row[name] for name in about] if about else row.get("person_ids") or ():
            if node in known:
                found.setdefault(node, (number, row["why"]))
    return found
