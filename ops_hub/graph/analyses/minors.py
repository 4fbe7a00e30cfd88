"""Adults who travel out with different minors of other families and come back without them. The minors are to be protected.

Reach for `minors()`. Words never name a minor; their nodes are in the table for those who must find them.
"""

from __future__ import annotations

from typing import Any

import polars as pl

from ops_hub.graph.analyses.compiled import called
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.legs import legs
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Settings


def minors(net: Network, settings: Settings, top: int = 50) -> Finding:
    """Return adults who took at least `roles.minors` minors out, on several days, and came back without them.

    With a minor is an adult on the same flight and in the same booking, or on the same payment or contact. Left out are minors
    of the same family name, minors whom the adult travels back with (classes, clubs), and crew.
    """
    trips = legs(net, settings.roles)
    out = _together(trips)
    left = _not_back(out, trips)
    rows = (
        left.group_by("person_id")
        .agg(
            pl.col("minor_id").unique().sort().alias("minor_ids"), pl.col("date").unique().sort().alias("dates"),
            pl.col("way").unique().sort().alias("ways"), pl.col("departs_at").min().alias("first_seen"),
            pl.col("departs_at").max().alias("last_seen"), pl.col("minor_back").any().alias("some_came_back_otherwise"),
        )
        .with_columns(pl.col("minor_ids").list.len().cast(pl.Int64).alias("minors"))
        .filter((pl.col("minors") >= settings.roles.minors) & (pl.col("dates").list.len() > 1))
        .sort(["minors", "last_seen", "person_id"], descending=[True, True, False])
        .head(top)
    )  # fmt: skip
    nodes = {row["node_id"]: row for row in net.nodes.join(rows.select(node_id="person_id"), on="node_id", how="semi").iter_rows(named=True)}  # fmt: skip
    why = [_why(row, called(nodes[row["person_id"]])) for row in rows.iter_rows(named=True)]
    table = rows.select(
        pl.col("person_id").alias("node_id"), "minors", "minor_ids", pl.col("ways").list.join(" ").alias("routes"), "first_seen",
        "last_seen", "some_came_back_otherwise", pl.Series("why", why, dtype=pl.String),
    )  # fmt: skip
    words = (
        "Looked for adults who travel out with minors of other families, different ones in turn, and come back without them.",
        f"Found {table.height}; each is to verify: schools, clubs, relatives of another name and child protection services travel so too.",
        "The minors are to be protected first: bring in victim services and child protection before anything else is done. They are never suspects, and their names are not told here.",
    )  # fmt: skip
    ids = dict.fromkeys(node for row in table.iter_rows(named=True) for node in (row["node_id"], *row["minor_ids"]))
    return Finding("minors", words, table, tuple(ids))


def _together(trips: pl.DataFrame) -> pl.DataFrame:
    """Return adult, minor and leg where both are on one flight, share a booking, payment or contact, and no family name."""
    ties = pl.concat_list("booking_ids", "payment_ids", "contact_ids").alias("tie")
    of_minors = trips.lazy().filter(pl.col("minor").fill_null(False) & pl.col("flight_id").is_not_null())
    flights = of_minors.select("flight_id").unique()
    keys = ["flight_id", "tie"]
    young = of_minors.select(
        pl.col("person_id").alias("minor_id"), pl.col("family").alias("minor_family"), "flight_id", ties
    )
    adults = (
        trips.lazy()
        .filter((pl.col("minor") == False) & ~pl.col("is_return"))  # noqa: E712 - null is neither
        .join(flights, on="flight_id", how="semi")
        .select("person_id", "family", "flight_id", "departs_at", "from_port", "to_port", ties)
    )
    both = adults.explode("tie", empty_as_null=False).drop_nulls("tie").join(
        young.explode("tie", empty_as_null=False).drop_nulls("tie"), on=keys
    )  # fmt: skip
    return (
        both.filter(pl.col("family").ne_missing(pl.col("minor_family")))
        .unique(["person_id", "minor_id", "flight_id"])
        .with_columns(
            pl.col("departs_at").dt.date().alias("date"),
            pl.concat_str("from_port", pl.lit("-"), "to_port").alias("way"),
        )
        .sort("person_id", "departs_at", "minor_id")
        .collect()
    )


def _not_back(out: pl.DataFrame, trips: pl.DataFrame) -> pl.DataFrame:
    """Return those where the adult later came back to where they had left from, on no flight with the minor.

    Added: minor_back, whether the minor came back some other way.
    """
    home = trips.lazy().select("person_id", "flight_id", back_at="departs_at", from_port="to_port")
    adult = out.lazy().join(home.rename({"flight_id": "back_id"}), on=["person_id", "from_port"])
    adult = adult.filter(pl.col("back_at") > pl.col("departs_at"))
    young = home.select(minor_id="person_id", from_port="from_port", minor_back_id="flight_id", minor_at="back_at")
    met = adult.join(young, on=["minor_id", "from_port"], how="left")
    later = (pl.col("minor_at") > pl.col("departs_at")).fill_null(False)
    key = ["person_id", "minor_id", "flight_id"]
    return (
        met.group_by(key)
        .agg(
            (later & (pl.col("minor_back_id") == pl.col("back_id")).fill_null(False)).any().alias("with_minor"),
            later.any().alias("minor_back"), pl.col("departs_at", "date", "way").first(),
        )
        .filter(~pl.col("with_minor"))
        .collect()
    )  # fmt: skip


def _why(row: dict[str, Any], name: str) -> str:
    told = ", ".join(f"minor {k}" for k in range(1, row["minors"] + 1)) if row["minors"] <= 5 else f"{row['minors']} minors"  # fmt: skip
    otherwise = "; some came back another way" if row["some_came_back_otherwise"] else ""
    return f"{name}: travelled out with {told} of other families on {len(row['dates'])} days ({', '.join(row['ways'])}) and came back without them{otherwise}; protect the minors first, verify who they travelled to"  # fmt: skip
