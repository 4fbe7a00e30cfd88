"""The trips of a network that concern a state, and what carriers said on these alone.

Reach for `seen_trips()`, then `carried()`. A state on the journey receives such messages by law; an owner of an entry that
was met gets how the traveller travels, and nothing of bookings, payments and contacts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from ops_hub.casework.case import CENTRE
from ops_hub.graph.net import Network
from ops_hub.schemas import EDGES, conform

# Columns of TRIPS that hold node ids, and the link of a person to them.
VALUES: Mapping[str, str] = {
    "booking_ids": "booked", "payment_ids": "paid", "contact_ids": "contact", "document_ids": "holds",
    "agency_ids": "booked through", "ticket_ids": "ticketed",
}  # fmt: skip
PAYING = ("fares", "paid_kinds")  # likewise of the booking, and no ids
CARRIERS = ("holds", "booked", "ticketed", "paid", "contact", "booked through", "travelled", "from", "to")
MOST_CITES = 5


@dataclass(frozen=True)
class Told:
    """What the trips seen tell of one person: when, on journeys of which states, by which records."""

    first: datetime | None
    last: datetime | None
    states: list[str]
    records: frozenset[str]


def seen_trips(net: Network, state: str, *, by_journey: bool, persons: Mapping[str, set[str]]) -> pl.DataFrame:
    """Return TRIPS as a state may see them.

    Args:
        net: the whole.
        state: of the reader; CENTRE screened all of them.
        by_journey: whether the journey gives the reader anything.
        persons: person to records that were met by entries of the reader's state.
    """
    trips = net.trips
    concerns = pl.lit(by_journey) & (pl.lit(state == CENTRE) | pl.col("states").list.contains(state))
    mine = trips.filter(concerns)
    if not persons or (by_journey and state == CENTRE):
        return mine
    records = pl.Series(sorted({record for each in persons.values() for record in each}), dtype=pl.String)
    met = pl.col("cites").list.eval(pl.element().struct.field("record_id").is_in(records.implode())).list.any()
    others = trips.filter(pl.col("person_id").is_in(list(persons)) & met.fill_null(False) & ~concerns.fill_null(False))
    nothing = pl.lit([], dtype=pl.List(pl.String))
    bare = others.with_columns(*(nothing.alias(column) for column in (*VALUES, *PAYING)), pl.lit(None, pl.Datetime("us")).alias("booked_at"))  # fmt: skip
    return pl.concat([mine, bare]).sort("departs_at", "flight_id", "person_id", nulls_last=True)


def carried(net: Network, trips: pl.DataFrame, *, whole: bool) -> pl.DataFrame:
    """Return EDGES of what carriers said: all, or as the trips alone tell it."""
    if whole:
        return net.edges.filter(pl.col("link").is_in(list(CARRIERS)) & pl.col("grade").is_null())
    parts = [
        trips.select("person_id", pl.col(column).alias("to_id"), "departs_at", "states", "cites").explode("to_id", empty_as_null=False)
        .drop_nulls("to_id").with_columns(pl.lit(link).alias("link"))
        for column, link in VALUES.items()
    ]  # fmt: skip
    flown = trips.select("person_id", pl.col("flight_id").alias("to_id"), "departs_at", "states", "cites")
    parts.append(flown.drop_nulls("to_id").with_columns(pl.lit("travelled").alias("link")))
    said = pl.concat(parts).rename({"person_id": "from_id"})
    ports = trips.drop_nulls("flight_id").unique(["flight_id", "from_port", "to_port"], maintain_order=True)
    for link, port in (("from", "from_port"), ("to", "to_port")):
        ends = ports.drop_nulls(port).select(
            pl.col("flight_id").alias("from_id"), pl.concat_str(pl.lit("port:"), port).alias("to_id"),
            "departs_at", "states", "cites", pl.lit(link).alias("link"),
        )  # fmt: skip
        said = pl.concat([said, ends])
    return _edges(said, net)


def _edges(said: pl.DataFrame, net: Network) -> pl.DataFrame:
    made = (
        said.sort("departs_at", nulls_last=True).group_by("from_id", "to_id", "link", maintain_order=True)
        .agg(
            pl.col("departs_at").min().alias("first_seen"), pl.col("departs_at").max().alias("last_seen"),
            pl.len().cast(pl.Int64).alias("count"),
            pl.col("states").explode().drop_nulls().unique().sort(),
            pl.col("cites").explode().drop_nulls().head(MOST_CITES),
        )
    )  # fmt: skip
    weights = net.nodes.select("node_id", coarse(pl.col("weight")).alias("weight"))
    for end in ("from_id", "to_id"):
        made = made.join(weights.rename({"node_id": end, "weight": f"w_{end}"}), on=end, how="left")
    nothing = pl.lit([], dtype=pl.List(pl.String))
    made = made.with_columns(
        pl.min_horizontal("w_from_id", "w_to_id").fill_null(1.0).alias("weight"),
        nothing.alias("crime_types"), nothing.alias("caveats"),
    )  # fmt: skip
    return conform(made.lazy(), EDGES).collect()


def coarse(weight: pl.Expr) -> pl.Expr:
    """Return a weight in four steps: the exact one would tell how many share the value elsewhere."""
    return pl.when(weight > 0.75).then(1.0).when(weight > 0.25).then(0.5).when(weight > 0.03).then(0.1).otherwise(0.01)


def told_by(trips: pl.DataFrame) -> dict[str, Told]:
    """Return what trips tell of each person."""
    found = trips.group_by("person_id").agg(
        pl.col("departs_at").min().alias("first"), pl.col("departs_at").max().alias("last"),
        pl.col("states").explode().drop_nulls().unique().sort(),
        pl.col("cites").explode().struct.field("record_id").drop_nulls().unique().alias("records"),
    )  # fmt: skip
    return {
        row["person_id"]: Told(row["first"], row["last"], row["states"], frozenset(row["records"]))
        for row in found.iter_rows(named=True)
    }


def renamed(frame: pl.DataFrame, columns: Sequence[str], names: Mapping[str, str]) -> pl.DataFrame:
    """Return the frame with other ids in these columns."""
    return frame.with_columns(pl.col(name).replace(names) for name in columns) if names else frame
