"""Persons and values of a network by name or number, and all that it holds of one: what ties it to whom, and why.

Reach for `found()` and `card()`.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from ops_hub.graph.gather import called
from ops_hub.graph.net import Network

_LEAST = 4  # digits or letters of a number that is looked for
MOST = 50  # rows of a part of a card


def found(net: Network, text: str) -> pl.DataFrame:
    """Return NODES that a text may mean: a node id, a name (all its words), or a number or address (part of it)."""
    exact = net.nodes.filter(pl.col("node_id") == text)
    if exact.height:
        return exact
    has_digits = any(sign.isdigit() for sign in text)
    words = [] if has_digits else (pl.DataFrame({"text": [text]}).select(called("text"))[0, 0] or "").split()
    squeezed = "".join(sign for sign in text.upper() if sign.isalnum())
    key = pl.col("node_id").str.to_uppercase().str.replace("^[A-Z]+:", "").str.replace_all(r"[^\p{L}\p{N}]", "")
    is_number = key.str.contains(squeezed, literal=True) & (pl.col("type") != "person")
    name = pl.concat_str(pl.lit(" "), called("label"), pl.lit(" "))
    is_name = (
        pl.all_horizontal(name.str.contains(f" {word}", literal=True) for word in words) if words else pl.lit(False)
    )
    named = pl.col("type").is_in(["person", "organisation", "entry", "agency", "vessel", "crime"])
    wanted = (named & is_name) | (is_number if len(squeezed) >= _LEAST else pl.lit(False))
    return net.nodes.filter(wanted).sort(pl.col("type") != "person", pl.col("records"), descending=[False, True])


def card(net: Network, node_id: str) -> dict[str, Any]:
    """Return what the network holds of a node.

    `node`: its row of NODES. `edges`: to values, entries and others, with the label of the other end. `sharing`: other
    persons by what is shared, strongest first. `trips`, `records` (with what ties each), `births` where they contradict.
    """
    node = net.nodes.filter(pl.col("node_id") == node_id).row(0, named=True)
    edges = _edges(net, [node_id])
    is_person = node["type"] == "person"
    shared = edges.filter(~pl.col("other_type").is_in(["flight", "vessel", "port", "entry", "crime", "person"]))
    weights = shared.select(
        pl.col("other_id").alias("via"),
        pl.col("other_label").alias("what"),
        pl.col("other_type").alias("kind"),
        "weight",
    )
    sharing = (
        _edges(net, weights["via"].to_list()).rename({"node_id": "via"})
        if is_person
        else edges.with_columns(pl.lit(node_id).alias("via"))
    )
    sharing = sharing.filter((pl.col("other_type") == "person") & (pl.col("other_id") != node_id))
    if is_person:
        sharing = sharing.drop("weight").join(weights, on="via")
        sharing = sharing.group_by("other_id", "other_label").agg(
            pl.col("weight").sum().alias("strength"), pl.format("{} {}", "kind", "what").unique().sort().alias("shares")
        )
    else:
        sharing = sharing.group_by("other_id", "other_label").agg(
            pl.col("weight").max().alias("strength"), pl.col("link").unique().sort().alias("shares")
        )
    trips = net.trips.filter(pl.col("person_id") == node_id)
    records = net.resolved.filter(pl.col("person_id") == node_id)
    doubt = [each["birth_dates"] for each in net.about.get("doubtful", ()) if each["person_id"] == node_id]
    return {
        "node": node,
        "edges": edges.filter((pl.col("link") != "travelled") & (is_person | (pl.col("other_type") != "person"))).head(MOST).to_dicts(),
        "sharing": sharing.sort("strength", "other_id", descending=[True, False]).head(MOST).to_dicts(),
        "trips": trips.select("flight", "mode", "from_port", "to_port", "departs_at", "role", "minor", "cites").tail(MOST).to_dicts(),
        "records": records.head(MOST).to_dicts(),
        "births": doubt[0] if doubt else [],
    }  # fmt: skip


def _edges(net: Network, ids: list[str]) -> pl.DataFrame:
    """Return node_id, other_id, other_type, other_label and what edges say, of edges at these nodes.

    `by_other` where the link goes from the other end: the other one exploits this one, and not the other way round.
    """
    said = (
        "link",
        "weight",
        "count",
        "first_seen",
        "last_seen",
        "label",
        "handling",
        "owner",
        "grade",
        "caveats",
        "cites",
    )
    wanted = pl.Series(ids, dtype=pl.String).implode()
    ends = (("from_id", "to_id"), ("to_id", "from_id"))
    made = pl.concat(
        net.edges.filter(pl.col(one).is_in(wanted)).select(pl.col(one).alias("node_id"), pl.col(other).alias("other_id"), pl.lit(one == "to_id").alias("by_other"), *said)
        for one, other in ends
    )  # fmt: skip
    labels = net.nodes.select(
        pl.col("node_id").alias("other_id"), pl.col("type").alias("other_type"), pl.col("label").alias("other_label")
    )
    return made.join(labels, on="other_id", how="left", maintain_order="left")
