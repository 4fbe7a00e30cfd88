"""Who and what is near: everything within some steps of persons or values, the strongest ties first.

Reach for `neighbours()`. Ways between two nodes are `paths`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import polars as pl

from ops_hub.graph.analyses.compiled import SHARED_BY_ANYBODY, UNNAMED, Compiled, called, compiled
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Settings

_COLUMNS = ("node_id", "type", "label", "hops", "strength", "band", "handling", "minor", "persons", "damped", "weight", "by_id", "link")  # fmt: skip


def neighbours(net: Network, settings: Settings, around: Sequence[str], hops: int | None = None) -> Finding:
    """Return what is within `hops` steps of the nodes (a person; the persons of a case).

    A tie goes on through persons and through values that few share. Values damped because so many share them, flights,
    ports, agencies and crime types are shown where they are met, and nothing beyond them. Strength is the product of the
    weights along the best way; at most `roles.most_nodes` are kept, nearest first, then strongest.
    """
    roles = settings.roles
    hops = roles.hops if hops is None else hops
    arrays = compiled(net, roles.carries, everything=True)
    anybody = arrays.nodes["type"].is_in(SHARED_BY_ANYBODY)
    found = _near(arrays, arrays.carries & ~np.asarray(anybody.to_numpy()), arrays.places(list(around)), hops)
    table = (
        found.join(arrays.nodes, on="at", how="left", maintain_order="left")
        .sort(["hops", "strength", "node_id"], descending=[False, True, False])
        .head(roles.most_nodes)
    )
    table = table.select(_COLUMNS).with_columns(UNNAMED)
    table = table.with_columns(_why(table, roles.carries))
    cut = found.height - table.height
    words = (
        f"Looked for everything within {hops} steps of {', '.join(around)}, without going on through what very many share.",
        f"Found {table.filter(pl.col('hops') > 0).height:,} others, {_persons(table):,} of them persons"
        + (f"; {cut:,} more, farther or weaker ties, are left out." if cut else "."),
        "Strength is what is left of a tie after each step, 1 most; a tie says that somebody shared something, not why.",
    )
    return Finding("neighbours", words, table, tuple(table["node_id"]))


_REACHED: dict[str, Any] = {"at": pl.Int64, "hops": pl.Int64, "strength": pl.Float64, "by": pl.Int64, "row": pl.Int64}


def _near(arrays: Compiled, carries: np.ndarray, starts: np.ndarray, hops: int) -> pl.DataFrame:
    """Return at, hops, strength, by_id and link of all nodes reached."""
    none = np.full(len(starts), -1)
    values = {"at": starts, "hops": none + 1, "strength": np.ones(len(starts)), "by": none, "row": none}
    reached = pl.DataFrame(values, schema=_REACHED)
    edge, strength = starts, np.ones(len(starts))
    pieces, seen = [reached], np.zeros(len(carries), dtype=bool)
    seen[starts] = True
    for step in range(1, hops + 1):
        of, positions = arrays.beyond(edge)
        met = pl.DataFrame(
            {
                "at": arrays.ends[positions], "hops": step, "strength": strength[of] * arrays.strengths[positions],
                "by": edge[of], "row": arrays.rows[positions],
            },
            schema=_REACHED,
        )  # fmt: skip
        met = met.filter(~pl.Series(seen[met["at"].to_numpy()])).sort(["strength", "by", "row"], descending=[True, False, False])  # fmt: skip
        met = met.unique("at", keep="first", maintain_order=True).select(reached.columns)
        seen[met["at"].to_numpy()] = True
        pieces.append(met)
        on = met.filter(pl.Series(carries[met["at"].to_numpy()]))
        edge, strength = on["at"].to_numpy(), on["strength"].to_numpy()
    links = arrays.edges.select("link").with_row_index("row").with_columns(pl.col("row").cast(pl.Int64))
    by = arrays.nodes.select(pl.col("at").alias("by"), pl.col("node_id").alias("by_id"))
    found = pl.concat(pieces).join(links, on="row", how="left", maintain_order="left")
    return found.join(by, on="by", how="left", maintain_order="left").drop("by", "row")


def _persons(table: pl.DataFrame) -> int:
    return table.filter((pl.col("type") == "person") & (pl.col("hops") > 0)).height


def _why(table: pl.DataFrame, carries: float) -> pl.Series:
    names = {row["node_id"]: called(row) for row in table.iter_rows(named=True)}
    said = []
    for row in table.iter_rows(named=True):
        name = names[row["node_id"]]
        if row["hops"] == 0:
            said.append(f"{name}: where this begins")
            continue
        further = f"; nothing goes on beyond it: {row['damped']}" if row["damped"] and row["weight"] < carries else ""
        said.append(f"{name}: {row['link']} (by way of {names.get(row['by_id'], row['by_id'])}){further}")
    return pl.Series("why", said, dtype=pl.String)
