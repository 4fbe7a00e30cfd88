"""Documents that seem to serve several persons, or to be in two places at once, and persons with several of one state.

Reach for `mules()`. Whether a document is what it says is `targeting/documents`.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from ops_hub.graph.analyses.compiled import called
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Settings
from ops_hub.ports import universal

_TABLE: dict[str, Any] = {
    "kind": pl.String, "node_id": pl.String, "person_ids": pl.List(pl.String), "document_ids": pl.List(pl.String),
    "count": pl.Int64, "first_seen": pl.Datetime("us"), "last_seen": pl.Datetime("us"), "why": pl.String,
}  # fmt: skip
_ORDER = {"two places": 0, "several persons": 1, "several documents": 2}


def mules(net: Network, settings: Settings, top: int = 50) -> Finding:
    """Return documents on several persons, documents in two places at once, and persons with several of one state in turn.

    Persons who are perhaps one and the same (an edge says so) are not told as several. Two journeys on one document are in
    two places at once where the later one departs before the earlier one arrives, in universal time.
    """
    shown = (
        net.trips.lazy()
        .select("person_id", "flight_id", "from_port", "to_port", "departs_at", "arrives_at", pl.col("document_ids").alias("document_id"))
        .explode("document_id", empty_as_null=False)
        .drop_nulls("document_id")
        .with_columns(
            pl.col("departs_at").min().over("document_id").alias("first_seen"),
            pl.col("departs_at").max().over("document_id").alias("last_seen"),
        )
    )  # fmt: skip
    pieces = [_at_once(shown), _shared(net, shown), _in_turn(shown, settings.roles.documents_in_turn)]
    rows = pl.concat(piece.select(list(_TABLE)[:-1]) for piece in pieces)
    rows = rows.sort(pl.col("kind").replace_strict(_ORDER), -pl.col("count"), "node_id").head(top)
    nodes = {row["node_id"]: row for row in net.nodes.join(rows.select("node_id"), on="node_id", how="semi").iter_rows(named=True)}  # fmt: skip
    why = [_why(row, called(nodes[row["node_id"]])) for row in rows.iter_rows(named=True)]
    table = rows.with_columns(pl.Series("why", why, dtype=pl.String))
    counts = {kind: table.filter(pl.col("kind") == kind).height for kind in _ORDER}
    words = (
        "Looked for documents that several persons showed, that were in two places at once, and for persons who showed several of one state in turn.",
        f"Found {counts['several persons']} on several persons, {counts['two places']} in two places at once, {counts['several documents']} persons with several.",
        "To verify with the state of issue: a misread number or a renewal looks alike, and who shows such a document may be a migrant or a victim, not its maker.",
    )  # fmt: skip
    ids = dict.fromkeys(node for row in table.iter_rows(named=True) for node in (row["node_id"], *row["document_ids"], *row["person_ids"]))  # fmt: skip
    return Finding("mules", words, table, tuple(ids))


def _shared(net: Network, shown: pl.LazyFrame) -> pl.DataFrame:
    """Return documents of several persons, where not all of them are perhaps one and the same."""
    people = shown.unique(["document_id", "person_id"]).filter(pl.len().over("document_id") > 1)
    found = people.group_by("document_id").agg(
        pl.col("person_id").sort().alias("person_ids"), pl.col("first_seen", "last_seen").first()
    )
    rows = found.sort("document_id").collect()
    same = _perhaps_same(net, rows)
    distinct = [_distinct(row["person_ids"], same) for row in rows.iter_rows(named=True)]
    rows = rows.with_columns(pl.Series("count", distinct, dtype=pl.Int64)).filter(pl.col("count") > 1)
    return rows.select(
        pl.lit("several persons").alias("kind"), pl.col("document_id").alias("node_id"), "person_ids",
        pl.concat_list("document_id").alias("document_ids"), "count", "first_seen", "last_seen",
    )  # fmt: skip


def _perhaps_same(net: Network, rows: pl.DataFrame) -> set[tuple[str, str]]:
    people = rows.select(pl.col("person_ids").alias("from_id")).explode("from_id", empty_as_null=False).unique()
    told = net.edges.filter(pl.col("link") == "perhaps same person").join(people, on="from_id", how="semi")
    return set(told.select("from_id", "to_id").rows())


def _distinct(people: list[str], same: set[tuple[str, str]]) -> int:
    """Return how many of the persons (sorted) are not perhaps one before them."""
    return sum(not any((earlier, person) in same for earlier in people[:k]) for k, person in enumerate(people))


def _at_once(shown: pl.LazyFrame) -> pl.DataFrame:
    utc = universal(universal(shown, "departs_at", "from_port"), "arrives_at", "to_port")
    order = utc.drop_nulls(["utc_departs_at", "utc_arrives_at"]).sort("document_id", "utc_departs_at", "flight_id", "person_id")  # fmt: skip
    until = pl.col("utc_arrives_at").cum_max().shift().over("document_id")
    clash = (pl.col("utc_departs_at") < until) & (pl.col("flight_id") != pl.col("flight_id").shift().over("document_id"))  # fmt: skip
    found = order.with_columns(clash.fill_null(False).alias("clash"))
    rows = found.group_by("document_id").agg(
        pl.col("clash").sum().cast(pl.Int64).alias("count"), pl.col("person_id").unique().sort().alias("person_ids"),
        pl.col("first_seen", "last_seen").first(),
    )  # fmt: skip
    return rows.filter(pl.col("count") > 0).collect().select(
        pl.lit("two places").alias("kind"), pl.col("document_id").alias("node_id"), "person_ids",
        pl.concat_list("document_id").alias("document_ids"), "count", "first_seen", "last_seen",
    )  # fmt: skip


def _in_turn(shown: pl.LazyFrame, most: int) -> pl.DataFrame:
    """Return persons with `most` documents of one state or more, or who went back to an earlier one after another."""
    state = pl.col("document_id").str.split("/").list.last()
    each = (
        shown.with_columns(state.alias("state"))
        .filter(pl.col("state") != "")
        .group_by("person_id", "state", "document_id")
        .agg(pl.col("departs_at").min().alias("first"), pl.col("departs_at").max().alias("last"))
        .filter(pl.len().over("person_id", "state") > 1)
        .sort("person_id", "state", "first", "document_id")
    )
    back = pl.col("last").cum_max().shift() > pl.col("first")
    rows = each.group_by("person_id", "state").agg(
        pl.len().cast(pl.Int64).alias("count"), back.any().alias("back"), pl.col("document_id").sort().alias("document_ids"),
        pl.col("first").min().alias("first_seen"), pl.col("last").max().alias("last_seen"),
    )  # fmt: skip
    return rows.filter((pl.col("count") >= most) | pl.col("back")).collect().select(
        pl.lit("several documents").alias("kind"), pl.col("person_id").alias("node_id"), pl.concat_list("person_id").alias("person_ids"),
        "document_ids", "count", "first_seen", "last_seen",
    )  # fmt: skip


def _why(row: dict[str, Any], name: str) -> str:
    if row["kind"] == "several persons":
        return f"{name}: shown by {row['count']} persons whose names or birth dates differ; verify with the state of issue"  # fmt: skip
    if row["kind"] == "two places":
        return f"{name}: {row['count']} times it departed before the journey before had arrived; verify times and document"  # fmt: skip
    state = row["document_ids"][0].rpartition("/")[2]
    return f"{name}: showed {row['count']} documents of {state} between {row['first_seen']:%Y-%m-%d} and {row['last_seen']:%Y-%m-%d}; a renewal explains one change"  # fmt: skip
