"""Records of journeys into TRIPS: one row a person and leg, however many messages told of it.

Reach for `trips()`. A list of passengers and a booking about one flight are one trip; what each of them names is in it.
"""

from __future__ import annotations

import polars as pl

from ops_hub.graph.edges import aggregated, packed, unpacked
from ops_hub.graph.gather import Gathered, states_of
from ops_hub.graph.paid import by_trip
from ops_hub.schemas import TRIPS

_LISTS = {
    "booking": "booking_ids", "payment": "payment_ids", "phone": "contact_ids", "email": "contact_ids",
    "address": "contact_ids", "document": "document_ids", "agency": "agency_ids", "ticket": "ticket_ids",
}  # fmt: skip
_FIRST = ("flight_id", "flight", "carrier", "mode", "from_port", "to_port", "departs_at", "arrives_at", "role")


def trips(found: Gathered, persons: pl.Series, code: pl.DataFrame, names: pl.Series) -> pl.DataFrame:
    """Return TRIPS.

    Args:
        found: records and values.
        persons: node (number) of the person of each record.
        code: key and node of each value.
        names: node_id of each node; numbers of nodes are in the order of their ids.
    """
    records = found.records
    leg = pl.struct("flight", "from_port", "to_port", "departs_at", "arrives_at").hash()
    has_leg = pl.any_horizontal(pl.col("flight", "from_port", "to_port", "departs_at").is_not_null())
    flown = records.with_columns(
        pl.when(pl.col("flight_id").is_not_null()).then(pl.col("flight_id").hash(1)).otherwise(leg).alias("leg"),
        persons.alias("person"),
    ).filter(has_leg)
    # legs are numbered by the first record of each, which is the same in whatever order records came
    legs = flown.unique("leg", keep="first", maintain_order=True).select("leg", pl.int_range(pl.len()).alias("number"))
    flown = flown.join(legs, on="leg", maintain_order="left").with_columns(packed("person", "number").alias("key"))
    made = aggregated(flown, records).with_row_index("trip")
    place = flown.select("r", "key").join(made.select("trip", "key"), on="key").select("r", "trip")
    told = flown.join(place, on="r").sort("trip", "r")
    facts = told.group_by("trip", maintain_order=True).agg(
        *(pl.col(name).drop_nulls().first() for name in _FIRST),
        pl.col("minor").max(),
        pl.col("booked_at").min(),
    )
    whole = pl.concat([made.select("trip", "key", "mask", "cites"), facts.drop("trip")], how="horizontal")
    whole = whole.with_columns(unpacked("key")[1].alias("person"))
    for column, told_of_it in (_named(found, place, code, names) | by_trip(found.paid, place)).items():
        whole = whole.join(told_of_it, on="trip", how="left", maintain_order="left").with_columns(
            pl.col(column).fill_null(pl.lit([], dtype=pl.List(pl.String)))
        )
    whole = whole.with_columns(names.gather(whole["person"]).alias("person_id"), states_of(whole["mask"], found.states))
    whole = whole.sort("departs_at", "flight_id", "key", nulls_last=True)
    return whole.select(pl.col(name).cast(column.dtype) for name, column in TRIPS.items())


def _named(found: Gathered, place: pl.DataFrame, code: pl.DataFrame, names: pl.Series) -> dict[str, pl.DataFrame]:
    """Return trip and the sorted ids of the values named, by column of TRIPS."""
    named = (
        found.named.filter(pl.col("type").is_in(list(_LISTS)))
        .join(place.select("r", "trip"), on="r")
        .join(code, on="key")
    )
    lists = {}
    for column in dict.fromkeys(_LISTS.values()):
        kinds = [kind for kind, its in _LISTS.items() if its == column]
        some = named.filter(pl.col("type").is_in(kinds)).select("trip", "node").unique().sort("trip", "node")
        some = some.with_columns(names.gather(some["node"]).alias(column))
        lists[column] = some.group_by("trip", maintain_order=True).agg(column)
    return lists
