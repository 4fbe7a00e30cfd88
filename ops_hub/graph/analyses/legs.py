"""Trips as stories of people: one way or return, late or in time, and how far that is beyond what is usual on the route.

Reach for `legs()` where roles are asked about (organisers, payers, minors): every trip of a passenger is in it, one with a
day or port unknown too, with the ids of NODES. Chances of meeting (cotravel, handovers) need trips as numbers, once each
and only where day and ports are known: these are `flown`. Crew is in neither: they fly where they are sent.
"""

from __future__ import annotations

import polars as pl

from ops_hub.graph.analyses.flown import passengers
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Roles

_PRIOR = 20  # trips of the whole network that a route's own share is mixed with, so that small routes say little
_NEEDED = (
    "person_id", "flight_id", "from_port", "to_port", "departs_at", "role", "minor", "booking_ids", "payment_ids",
    "contact_ids", "document_ids", "agency_ids", "booked_at",
)  # fmt: skip


def legs(net: Network, roles: Roles) -> pl.DataFrame:
    """Return the trips of passengers: of TRIPS what tells roles, and further columns.

    Added: trip (number), family (of the name), came_back (the person later arrived where the trip began, or
    left from there again, so must have come back unseen), is_return (it ends
    where an earlier trip of the same journey began), journey (number of the person's, each from home until they leave home again), one_way (0 or 1; null for returns, and where the data end too early to tell), one_way_usual
    (share of one-way trips on the route), late (0 or 1; null when not known), late_usual, party (the first booking, else the
    flight and the person).
    """
    trips = passengers(net).lazy().select(_NEEDED).with_row_index("trip")
    judged = pl.lit(net.trips["departs_at"].max(), pl.Datetime("us")) - pl.duration(days=roles.return_days)
    at = pl.col("departs_at")
    # A journey begins whenever a person leaves the port that their first trip began at.
    leaves_home = pl.col("from_port") == pl.col("from_port").first().over("person_id")
    trips = trips.sort("person_id", "departs_at").with_columns(leaves_home.cum_sum().over("person_id").alias("journey"))
    arrived = trips.group_by("person_id", from_port="to_port").agg(at.max().alias("last_arrival"))
    again = trips.group_by("person_id", "from_port").agg(at.max().alias("last_departure"))
    left = trips.group_by("person_id", "journey", to_port="from_port").agg(at.min().alias("first_departure"))
    made = (
        trips.join(arrived, on=["person_id", "from_port"], how="left")
        .join(again, on=["person_id", "from_port"], how="left")
        .join(left, on=["person_id", "journey", "to_port"], how="left")
        .with_columns(
            (pl.max_horizontal("last_arrival", "last_departure") > at).fill_null(False).alias("came_back"),
            (pl.col("first_departure") < at).fill_null(False).alias("is_return"),
        )
        .with_columns(
            pl.when("is_return").then(None).when("came_back").then(0.0).when(at <= judged).then(1.0).alias("one_way"),
            (at.dt.date() - pl.col("booked_at").dt.date()).dt.total_days().lt(roles.late_days).cast(pl.Float64).alias("late"),
            pl.coalesce(
                pl.col("booking_ids").list.first(), pl.concat_str("flight_id", "person_id", separator=" "), "person_id"
            ).alias("party"),
        )
        .join(_families(net), on="person_id", how="left")
        .drop("last_arrival", "last_departure", "first_departure")
    )  # fmt: skip
    for name in ("one_way", "late"):
        made = made.with_columns(_usual(name).alias(f"{name}_usual"))
    return made.sort("trip").collect()


def _usual(name: str) -> pl.Expr:
    """Return the share of a route, drawn to that of all trips where the route has few."""
    route = ["from_port", "to_port"]
    overall = pl.col(name).mean()
    return (pl.col(name).sum().over(route) + _PRIOR * overall) / (pl.col(name).count().over(route) + _PRIOR)


def excess(name: str) -> pl.Expr:
    """Return how far trips are beyond what is usual: 0 as usual or less, 1 all of them where that is never seen."""
    beyond = (pl.col(name) - pl.col(f"{name}_usual")).mean()
    room = (1 - pl.col(f"{name}_usual").filter(pl.col(name).is_not_null())).mean()
    return (beyond / pl.max_horizontal(room, pl.lit(0.05))).clip(0, 1)


def _families(net: Network) -> pl.LazyFrame:
    """Return the family name of each person, upper case; of a name in one piece its last word."""
    label = pl.col("label").str.to_uppercase()
    whole = label.str.split(" ").list.last()
    family = pl.when(label.str.contains(",", literal=True)).then(label.str.split(",").list.first()).otherwise(whole)
    return (
        net.nodes.lazy()
        .filter(pl.col("type") == "person")
        .select(pl.col("node_id").alias("person_id"), family.str.strip_chars().alias("family"), "nationality", "band")
    )
