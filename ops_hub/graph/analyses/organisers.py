"""Who may stand behind many travellers: persons, or payments and telephones whose owner is not known; ranked, with reasons.

Reach for `organisers()`, and for `payers()` where single payments are asked for. The score is the sum of its terms
(`signs`); what it means, and what it does not, is in docs/analyses.md.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import Any

import polars as pl

from ops_hub.graph.analyses.compiled import called
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.groups import MEANS, groups
from ops_hub.graph.analyses.legs import legs
from ops_hub.graph.analyses.signs import TERMS, scored, signs
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Roles, Settings

_MOST_IDS = 500  # nodes of a finding's chart
_PROTECT = "Those who travel on it may be migrants, victims or minors: none of them is suspected by this, and some may need help."  # fmt: skip


def organisers(net: Network, settings: Settings, top: int = 20) -> Finding:
    """Return who perhaps organises the travel of others: `top` rows, best first, `named` from `roles.named` on.

    A row is a person who travels on the payments and contacts like their owner; where nobody does, it is the payment or
    contact itself ('an unknown person behind ...').
    """
    table = _ranked(net, settings.roles, MEANS, top, together=True)
    named = table["named"].sum()
    words = (
        "Looked for persons, or unknown persons behind a payment, telephone or e-mail, on whom many unrelated travellers depend.",
        f"Ranked {table.height}; {named} of them reach {settings.roles.named:g} and look like organisers, to verify.",
        "The score is the sum of its terms, each a column. Travel agencies, clubs, employers and families look alike: check these first.",
        _PROTECT,
    )  # fmt: skip
    return Finding("organisers", words, table, _shown(table))


def payers(net: Network, settings: Settings, top: int = 20) -> Finding:
    """Return payments that paid for many, by the same score, one row a payment; with the person who travels on it like its owner."""
    table = _ranked(net, settings.roles, ("payment",), top, together=False)
    words = (
        "Looked for payments that paid for several persons.",
        f"Ranked {table.height}; high is what paid for many, unrelated, late and one way, beyond what is usual on the route.",
        "A payment is a lead for a parallel financial inquiry; company and agency cards pay for many too.",
        _PROTECT,
    )  # fmt: skip
    return Finding("payers", words, table, _shown(table))


def _ranked(net: Network, roles: Roles, kinds: tuple[str, ...], top: int, *, together: bool) -> pl.DataFrame:
    trips = legs(net, roles)
    found = groups(net, trips, roles, kinds=kinds, together=together)
    rows = scored(signs(net, found, trips), trips, roles).head(top)
    rows = rows.with_columns(
        (pl.coalesce("person_id", "group") if together else pl.col("group")).alias("node_id"),
        pl.col("person_id").alias("behind_id"), pl.col("value_ids", "client_ids", "escort_ids").fill_null([])
    )  # fmt: skip
    rows = rows.join(net.nodes.select("node_id", "type", "label", "minor"), on="node_id", how="left", maintain_order="left")  # fmt: skip
    rows = rows.select(
        "node_id", "type", "label", "minor", "score", "named", *TERMS, "clients", "own_trips", "parties", "families", "nationalities",
        "weeks", "routes", "first_seen", "last_seen", "escorts", "clients_with_hits", "shared_documents",
        pl.col("agency_share").round(3), "behind_id", "value_ids", "escort_ids", "client_ids",
    )  # fmt: skip
    return rows.with_columns(pl.Series("why", [_why(row) for row in rows.iter_rows(named=True)], dtype=pl.String)).drop("minor")  # fmt: skip


def _why(row: dict[str, Any]) -> str:
    person = row["type"] == "person"
    who = called(row) if person or row["behind_id"] else f"an unknown person behind {called(row)}"
    counts = (row["clients"], _many(row["families"], "family", "families"), _many(row["parties"], "party", "parties"), _many(row["weeks"], "week", "weeks"))  # fmt: skip
    said = [f"{who}: " + "{} travellers of {} in {} over {}".format(*counts) + f" ({row['routes']})"]
    strong = {
        "term_one_way": "more one-way travel than is usual there", "term_late": "booked later than is usual there",
        "term_hits": "ties to list entries", "term_means": "several payments or contacts",
        "term_escorts": f"{row['escorts']} more who came back without those they went with, or stand behind others", "term_documents": "documents shared by several",
    }  # fmt: skip
    said += [text for name, text in strong.items() if row[name] >= 0.02]
    if row["behind_id"]:
        said.append(f"{_many(row['own_trips'], 'trip', 'trips')} on it by the person who seems to own it")
    if row["agency_share"] >= 0.5:
        said.append("against it: looks like an agency's own number")
    if not row["named"]:
        said.append("ranked only, not named")
    return "; ".join(said)


def _many(count: int, one: str, several: str) -> str:
    return f"{count} {one if count == 1 else several}"


def _shown(table: pl.DataFrame) -> tuple[str, ...]:
    """Return the nodes of a chart: all found with their values and escorts, then clients of each by turns while there is room."""
    rows = list((table.filter("named") if table["named"].any() else table).iter_rows(named=True))
    first = [[row["node_id"], *row["value_ids"], *row["escort_ids"]] for row in rows]
    by_turns = zip_longest(*(row["client_ids"] for row in rows))
    ids = dict.fromkeys(node for nodes in (*first, *by_turns) for node in nodes if node is not None)
    return tuple(ids)[:_MOST_IDS]
