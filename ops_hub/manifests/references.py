"""People whom a message names by reference only: in close-outs, reductions and cancellations.

Reach for `by_reference()`.
"""

from __future__ import annotations

import polars as pl

PERSON = ("manifest_id", "person_id")


def by_reference(records: pl.DataFrame, sent: pl.DataFrame) -> tuple[pl.DataFrame, pl.DataFrame, pl.DataFrame]:
    """Return whom references mean (PERSON, effect, order), those that mean nobody known, and bookings left unsure.

    A reference of a passenger means its only bearer; one of a booking means all in it, where as many are named as there
    are, and else nobody can tell whom.

    Args:
        records: records that name people, of all transmissions.
        sent: TRANSMISSIONS on legs that name people by reference (`named`).
    """
    refs = (
        sent.select("manifest_id", "effect", "order", "named", "sources", "first_at")
        .explode("named")
        .drop_nulls("named")
        .unnest("named")
        .filter(pl.col("passenger_ref").is_not_null() | pl.col("booking_ref").is_not_null())
        .with_row_index("_ref")
    )
    bearers = records.select("manifest_id", "person_id", "passenger_ref", "booking_ref").unique()
    by_both = refs.join(bearers, on=["manifest_id", "passenger_ref", "booking_ref"])
    rest = refs.join(by_both, on="_ref", how="anti")
    by_one = rest.join(bearers, on=["manifest_id", "passenger_ref"]).unique(["_ref", "person_id"])
    by_one = by_one.filter(pl.len().over("_ref") == 1)
    rest = rest.join(by_one, on="_ref", how="anti")
    parties = bearers.drop_nulls("booking_ref").unique(["manifest_id", "booking_ref", "person_id"])
    in_party = rest.join(parties.drop("passenger_ref"), on=["manifest_id", "booking_ref"])
    booking = ["manifest_id", "booking_ref"]
    in_party = in_party.with_columns(
        pl.col("_ref").n_unique().over(booking).alias("_refs"),
        pl.col("person_id").n_unique().over(booking).alias("_size"),
    )
    whole = in_party.filter(pl.col("_refs") >= pl.col("_size"))
    unsure = in_party.filter(pl.col("_refs") < pl.col("_size")).unique(booking)
    unsure = unsure.select(
        *booking,
        pl.concat_str("_refs", pl.lit(" of "), "_size", pl.lit(" of the booking are on board; not said who")).alias("_unsure"),
    )  # fmt: skip
    columns = [*PERSON, "effect", "order"]
    matched = pl.concat([frame.select(columns) for frame in (by_both, by_one, whole)]).unique()
    return matched, rest.join(in_party, on="_ref", how="anti"), unsure
