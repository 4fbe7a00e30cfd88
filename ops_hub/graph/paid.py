"""What carriers say of fares and forms of payment, by record and by trip.

Reach for `told_of_paying()` with travellers and `by_trip()` with trips. A fare is a text of amount and currency, '250.00 USD',
as `feeds.fares` writes it into `extra`; anything else that stands there is no fare.
"""

from __future__ import annotations

import polars as pl

from ops_hub.graph.edges import packed, unpacked

COLUMNS = ("fares", "paid_kinds")  # of TRIPS
FARE = r"^([0-9]{1,12}(?:\.[0-9]{1,3})?) ([A-Z]{3})$"
_SENT = r'"fare": *"([^"\\]{1,120})"'
_SHORTEST, _MOST = 1, 20  # characters of a form of payment


def told_of_paying(everyone: pl.DataFrame) -> pl.DataFrame:
    """Return r, column (of COLUMNS) and value: a row for each fare and form of payment that a record tells."""
    fares = (
        everyone.lazy()
        .filter(pl.col("extra").str.contains('"fare":', literal=True))
        .select("r", pl.col("extra").str.extract(_SENT).str.split("; ").alias("value"))
        .explode("value", empty_as_null=False)
        .filter(pl.col("value").str.contains(FARE))
    )
    kind = pl.col("payments").struct.field("kind").str.strip_chars().str.to_uppercase()
    kinds = (
        everyone.lazy()
        .select("r", "payments")
        .explode("payments", empty_as_null=False)
        .select("r", kind.alias("value"))
        .filter(pl.col("value").str.len_chars().is_between(_SHORTEST, _MOST))
    )
    form = pl.Enum(COLUMNS)
    parts = [
        each.with_columns(pl.lit(name, form).alias("column"))
        for name, each in zip(COLUMNS, (fares, kinds), strict=True)
    ]
    return pl.concat(parts).select("r", "column", "value").collect()


def by_trip(told: pl.DataFrame, place: pl.DataFrame) -> dict[str, pl.DataFrame]:
    """Return trip and the sorted values told, by column of TRIPS; `place` says the trip of each r."""
    found = {}
    for name in COLUMNS:
        own = told.filter(pl.col("column") == name)
        values = own["value"].unique().sort()
        code = pl.DataFrame({"value": values, "code": pl.int_range(len(values), dtype=pl.UInt32, eager=True)})
        # numbers sort several times as fast as texts, and distinct texts are few
        keys = (
            own.join(code, on="value")
            .join(place, on="r")
            .select(packed("trip", "code").alias("key"))
            .unique()
            .sort("key")
        )
        trip = keys.select(unpacked("key")[1].alias("trip"), unpacked("key")[2].alias("code")).set_sorted("trip")
        trip = trip.with_columns(values.gather(trip["code"]).alias(name))
        found[name] = trip.group_by("trip", maintain_order=True).agg(name)
    return found
