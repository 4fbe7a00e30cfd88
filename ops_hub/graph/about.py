"""What a network is made from and what a reader must know of it as a whole, for `Network.about`.

Reach for `told_of()`; only `build` does. Times of making are left to who saves it: the same input gives the same network.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import polars as pl

from ops_hub.graph.gather import Gathered
from ops_hub.graph.met import UNKNOWN
from ops_hub.graph.net import Network
from ops_hub.graph.said import Said

NOTABLE = 0.9  # weights below it are told
LISTED = 20  # damped values and doubtful persons that are told
_LISTED = (
    "phone",
    "email",
    "address",
    "payment",
    "document",
    "booking",
    "agency",
)  # flights and ports always are many's
_COLUMNS = ("node_id", "type", "label", "persons", "weight", "damped")


def told_of(
    net: Network, said: Said, found: Gathered, hits: pl.DataFrame, doubtful: pl.DataFrame, as_of: date | None
) -> dict[str, Any]:
    """Return the account: counts, the values damped most, persons in doubt, and caveats in words."""
    damped = net.nodes.filter((pl.col("weight") < NOTABLE) & pl.col("type").is_in(_LISTED))
    ids = found.records["record_id"]
    persons = [("person:" + ids[root], births) for root, births in doubtful.head(LISTED).iter_rows()]
    day = as_of or found.records["departs_at"].dt.date().max()
    without = said.hits["hit_id"].n_unique() - hits.height
    return {
        "as_of": None if day is None else str(day),
        "inputs": dict(said.inputs),
        "counts": {
            "records": found.records.height,
            "persons": net.resolved["person_id"].n_unique(),
            "nodes": net.nodes.height,
            "edges": net.edges.height,
            "trips": net.trips.height,
            "hits": hits.height,
            "intelligence": said.intelligence.height,
            "by_type": dict(net.nodes.group_by("type").len().sort("type").iter_rows()),
            "damped": damped.height,
            "doubtful": doubtful.height,
        },
        "damped": damped.sort("weight", "node_id").head(LISTED).select(_COLUMNS).to_dicts(),
        "doubtful": [{"person_id": person, "birth_dates": births} for person, births in persons],
        "caveats": [*_caveats(said, found, without, doubtful.height, hits.height)],
    }


def _caveats(said: Said, found: Gathered, without: int, doubtful: int, hits: int) -> list[str]:
    lines = ["A hit is a lead for a person to verify; who travels or pays with somebody is not therefore involved."]
    if hits and said.entries is None:
        lines.append(f"Caveats of list entries are not known (no entries.parquet): hits carry the caveat '{UNKNOWN}', which counts as the strictest.")  # fmt: skip
    if without > 0:
        lines.append(f"{without:,} hits are of records that are not in the feeds and are left out; name the feeds that were screened.")  # fmt: skip
    if found.unlike:
        lines.append(f"{found.unlike:,} records share their ids with others: they are called ID@FILE here; give each record an id of its own.")  # fmt: skip
    if found.repeated:
        lines.append(f"{found.repeated:,} records came more than once and count once.")
    if doubtful:
        lines.append(f"{doubtful:,} persons have birth dates that contradict: look at their records (graph who) and keep apart what does not belong together (--apart).")  # fmt: skip
    return lines
