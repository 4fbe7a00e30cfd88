"""The payments behind journeys: what paid for whom, on which routes, for how much about; for a financial investigation.

Reach for `money()`. A payment is known by a keyed hash only: whose it is, the issuer or carrier says on an order. Fares
are estimates by distance (rules/graph.toml) unless intelligence says more.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from ops_hub.graph.analyses.cross import guarded
from ops_hub.graph.analyses.explained import family_names
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Moves
from ops_hub.ports import distance_km

_TABLE: dict[str, Any] = {
    "payment_id": pl.String, "payment": pl.String, "persons": pl.Int64, "families": pl.Int64, "paid_for_ids": pl.List(pl.String),
    "most_id": pl.String, "guarded": pl.Int64, "booking_ids": pl.List(pl.String), "trips": pl.Int64,
    "routes": pl.List(pl.String), "first": pl.Datetime("us"), "last": pl.Datetime("us"), "fare_low": pl.Float64,
    "fare_high": pl.Float64, "fare_band": pl.String, "with_ids": pl.List(pl.String), "damped": pl.Boolean, "why": pl.String,
}  # fmt: skip


def money(net: Network, settings: Moves, *, around: Iterable[str] | None = None, top: int = 20) -> Finding:
    """Return payments that paid for several persons, with whom, routes, span and an estimate of the fares.

    Args:
        net: the network.
        settings: rules/graph.toml.
        around: nodes: the payments of these persons, of the bookings, and these payments themselves; default all.
        top: rows of the table at most.
    """
    chosen = None if around is None else set(around)
    trips = _priced(net, settings)
    mine = trips if chosen is None else trips.filter(_touches(chosen))
    paid = (
        trips.explode("payment_ids", empty_as_null=False)
        .drop_nulls("payment_ids")
        .rename({"payment_ids": "payment_id"})
    )
    wanted = paid.join(mine.select("person_id", "flight_id").unique(), on=("person_id", "flight_id"), how="semi")
    paid = paid.join(wanted.select("payment_id").unique(), on="payment_id", how="semi")
    table = _table(net, settings, paid, alone=chosen is not None).head(top)
    traceless = mine.filter(pl.col("payment_ids").list.len().fill_null(0) == 0).height
    share = traceless / mine.height if mine.height else 0.0
    about = net.edges.filter(
        pl.col("owner").is_not_null()
        & (pl.col("link") != "hit")
        & (pl.col("from_id").str.starts_with("payment:") | pl.col("to_id").str.starts_with("payment:"))
    )
    words = (
        "Looked for what paid for the journeys, whom else it paid for, on which routes, and about how much.",
        f"Found {table.height} payments that paid for several persons or bookings; {share:.0%} of the {mine.height} trips have no "
        "payment that can be traced (cash, or not told)."
        + (
            f" Intelligence names payments in {about.height} links: their notes may tell amounts."
            if about.height
            else ""
        ),
        "Fares are bands estimated by distance, not amounts paid; what a smuggler took is not in them.",
        "Next: ask the state's financial intelligence unit, and prepare production orders to carriers for the bookings named "
        "(form of payment, payer's name and address, refunds) and through them to the issuer; the number itself is not kept "
        "here, only a keyed hash.",
        "Migrants who pay, or are paid for, are not offenders for that. Companies, parents, agencies and friends pay for many: "
        "who pays is to be verified before anybody is asked. Persons to be protected are counted and not named.",
    )
    ids = {node for name in ("paid_for_ids", "booking_ids", "with_ids") for node in table[name].explode().drop_nulls()}
    return Finding("money", words, table, tuple(sorted(ids | set(table["payment_id"]))))


def _touches(chosen: set[str]) -> pl.Expr:
    wanted = pl.Series(sorted(chosen), dtype=pl.String).implode()
    any_of = [pl.col(name).list.eval(pl.element().is_in(wanted)).list.any() for name in ("payment_ids", "booking_ids")]
    return pl.col("person_id").is_in(wanted) | any_of[0].fill_null(value=False) | any_of[1].fill_null(value=False)


def _priced(net: Network, settings: Moves) -> pl.DataFrame:
    """Return the trips with the lowest and highest fare of their distance; null where a port has no known place."""
    trips = net.trips.select(
        "person_id", "flight_id", "from_port", "to_port", "departs_at", "booking_ids", "payment_ids"
    )
    trips = trips.with_columns(distance_km(pl.col("from_port"), pl.col("to_port")).alias("km"))
    low: pl.Expr = pl.lit(None, pl.Float64)
    high: pl.Expr = pl.lit(None, pl.Float64)
    for km, least, most in reversed(settings.fares):
        low = pl.when(pl.col("km") <= km).then(pl.lit(least)).otherwise(low)
        high = pl.when(pl.col("km") <= km).then(pl.lit(most)).otherwise(high)
    return trips.with_columns(low.alias("low"), high.alias("high"))


def _table(net: Network, settings: Moves, paid: pl.DataFrame, *, alone: bool) -> pl.DataFrame:
    """Return a row a payment, those that paid for most families first; `alone`: also those that paid for one person."""
    safe = pl.Series(sorted(guarded(net)), dtype=pl.String).implode()
    nodes = net.nodes.select("node_id", "label", "weight")
    named = paid.join(nodes.select(pl.col("node_id").alias("person_id"), "label"), on="person_id", how="left")
    named = named.with_columns(pl.coalesce(family_names(pl.col("label")).list.first(), "person_id").alias("family"))
    shown = pl.col("person_id").filter(~pl.col("person_id").is_in(safe))
    rows = named.sort("departs_at", "flight_id", "person_id").group_by("payment_id", maintain_order=True).agg(
        pl.col("person_id").n_unique().cast(pl.Int64).alias("persons"),
        pl.col("family").n_unique().cast(pl.Int64).alias("families"),
        shown.unique().sort().alias("paid_for_ids"),
        shown.mode().sort().first().alias("most_id"),
        pl.col("person_id").filter(pl.col("person_id").is_in(safe)).n_unique().cast(pl.Int64).alias("guarded"),
        pl.col("booking_ids").explode(empty_as_null=False).drop_nulls().unique().sort().alias("booking_ids"),
        pl.len().cast(pl.Int64).alias("trips"),
        pl.format("{}-{}", "from_port", "to_port").unique(maintain_order=True).alias("routes"),
        pl.col("departs_at").min().alias("first"),
        pl.col("departs_at").max().alias("last"),
        pl.col("low").sum().alias("fare_low"),
        pl.col("high").sum().alias("fare_high"),
    )  # fmt: skip
    if not alone:
        rows = rows.filter((pl.col("persons") > 1) & (pl.col("booking_ids").list.len() > 1))
    rows = rows.join(nodes, left_on="payment_id", right_on="node_id", how="left", maintain_order="left")
    rows = rows.with_columns(
        (pl.col("weight") < settings.tied_from).fill_null(value=False).alias("damped"), pl.col("label").alias("payment")
    ).join(_with(paid), on="payment_id", how="left", maintain_order="left")
    middle = (pl.col("fare_low") + pl.col("fare_high")) / 2
    band = pl.lit(_said(settings.value_bands, len(settings.value_bands)))
    for place in reversed(range(len(settings.value_bands))):
        band = (
            pl.when(middle < settings.value_bands[place])
            .then(pl.lit(_said(settings.value_bands, place)))
            .otherwise(band)
        )
    band = pl.when(pl.col("fare_high") > 0).then(band).otherwise(pl.lit("not known"))
    why = pl.format(
        "paid for {} persons of {} family names on {} bookings, {} to {}; fares about {}{}",
        "persons", "families", pl.col("booking_ids").list.len(), pl.col("first").dt.date(), pl.col("last").dt.date(), band,
        pl.when("damped").then(pl.lit("; so many share it that it is rather a company or an agency")).otherwise(pl.lit("")),
    )  # fmt: skip
    made = rows.with_columns(band.alias("fare_band"), why.alias("why"))
    made = made.sort("damped", "families", "persons", "payment_id", descending=[False, True, True, False])
    return made.select([pl.col(name).cast(dtype) for name, dtype in _TABLE.items()])


def _with(paid: pl.DataFrame) -> pl.DataFrame:
    """Return payment_id and with_ids: other payments that paid for the same persons."""
    each = paid.select("payment_id", "person_id").unique()
    others = each.join(each.rename({"payment_id": "with_id"}), on="person_id").filter(
        pl.col("payment_id") != pl.col("with_id")
    )
    return others.group_by("payment_id").agg(pl.col("with_id").unique().sort().head(20).alias("with_ids"))


def _said(bands: tuple[float, ...], place: int) -> str:
    if place == 0:
        return f"under {bands[0]:,.0f} USD"
    return f"{bands[place - 1]:,.0f} to {bands[place]:,.0f} USD" if place < len(bands) else f"over {bands[-1]:,.0f} USD"
