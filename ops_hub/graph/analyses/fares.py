"""What journeys cost: fares that carriers told, each ticket once; estimates by distance where none is told; bands in words.

Reach for `tickets()`, `untold()`, `is_cash()` and `band()`. Currencies are kept apart and never converted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import polars as pl

from ops_hub.graph.paid import FARE
from ops_hub.graph.settings import Moves
from ops_hub.ports import distance_km

ESTIMATED = "USD"  # currency of [moves] fares and value_bands
# A fare stands on each leg of its ticket: the booking tells which legs are one, without it the leg stands for itself.
_TICKET = pl.coalesce(pl.col("booking_ids").list.first(), "flight_id", pl.lit("")).alias("ticket")


def tickets(trips: pl.DataFrame, by: Sequence[str] = ()) -> pl.DataFrame:
    """Return the columns `by`, person_id, ticket, currency and amount: once a person and booking, however many legs were seen.

    Where records tell different amounts the highest counts. Fares of 0 are such as carriers do not show, and no fares.
    """
    each = trips.select(*by, "person_id", _TICKET, pl.col("fares").alias("fare"))
    each = each.explode("fare", empty_as_null=False).drop_nulls("fare").with_columns(
        pl.col("fare").str.extract(FARE, 1).cast(pl.Float64).alias("amount"),
        pl.col("fare").str.extract(FARE, 2).alias("currency"),
    )  # fmt: skip
    once = (
        each.filter(pl.col("amount") > 0).group_by(*by, "person_id", "ticket", "currency").agg(pl.col("amount").max())
    )
    return once.sort(*by, "person_id", "ticket", "currency")


def untold(trips: pl.DataFrame, settings: Moves) -> pl.DataFrame:
    """Return the trips of tickets whose fare nobody told, with `low` and `high`: the least and most for their distance.

    Both are null where a port has no known place.
    """
    told = tickets(trips).select("person_id", "ticket").unique()
    left = trips.with_columns(_TICKET).join(told, on=("person_id", "ticket"), how="anti", maintain_order="left")
    left = left.with_columns(distance_km(pl.col("from_port"), pl.col("to_port")).alias("km"))
    low: pl.Expr = pl.lit(None, pl.Float64)
    high: pl.Expr = pl.lit(None, pl.Float64)
    for km, least, most in reversed(settings.fares):
        low = pl.when(pl.col("km") <= km).then(pl.lit(least)).otherwise(low)
        high = pl.when(pl.col("km") <= km).then(pl.lit(most)).otherwise(high)
    return left.with_columns(low.alias("low"), high.alias("high")).drop("ticket", "km")


def is_cash() -> pl.Expr:
    """Tell whether a form of payment of a trip is cash (CA, CASH); CC CA is a card."""
    return (
        pl.col("paid_kinds")
        .list.eval(pl.element().str.contains("^(?:CA|CASH)(?: |$)"))
        .list.any()
        .fill_null(value=False)
    )


def band(amount: float, currency: str, settings: Moves) -> str:
    """Return an amount as words: between which limits it lies."""
    limits = settings.bands_of.get(currency, settings.value_bands)
    place = sum(amount >= limit for limit in limits)
    if place == 0:
        return f"under {limits[0]:,.0f} {currency}"
    if place == len(limits):
        return f"over {limits[-1]:,.0f} {currency}"
    return f"{limits[place - 1]:,.0f} to {limits[place]:,.0f} {currency}"


def bands(sums: Iterable[tuple[str, float]], settings: Moves) -> str:
    """Return sums by currency as words, 'under 1,000 EUR and 1,000 to 5,000 USD'; '' without any."""
    return " and ".join(band(amount, currency, settings) for currency, amount in sums)
