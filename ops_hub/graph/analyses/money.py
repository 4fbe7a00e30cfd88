"""The payments behind journeys: what paid for whom, on which routes, for how much about; for a financial investigation.

Reach for `money()`. A payment is known by a keyed hash only: whose it is, the issuer or carrier says on an order. Fares
that carriers told count (`fares`); where none is told, an estimate by distance (rules/graph.toml), and the words say which.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from ops_hub.graph.analyses.cross import guarded
from ops_hub.graph.analyses.explained import family_names
from ops_hub.graph.analyses.fares import ESTIMATED, band, bands, is_cash, tickets, untold
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Moves

_TABLE: dict[str, Any] = {
    "payment_id": pl.String, "payment": pl.String, "persons": pl.Int64, "families": pl.Int64, "paid_for_ids": pl.List(pl.String),
    "most_id": pl.String, "guarded": pl.Int64, "booking_ids": pl.List(pl.String), "trips": pl.Int64,
    "routes": pl.List(pl.String), "first": pl.Datetime("us"), "last": pl.Datetime("us"), "fare_low": pl.Float64,
    "fare_high": pl.Float64, "fare_band": pl.String, "with_ids": pl.List(pl.String), "damped": pl.Boolean, "why": pl.String,
    "fares_told": pl.List(pl.String), "tickets_told": pl.Int64, "trips_untold": pl.Int64,
}  # fmt: skip


def money(net: Network, settings: Moves, *, around: Iterable[str] | None = None, top: int = 20) -> Finding:
    """Return payments that paid for several persons, with whom, routes, span and fares.

    fares_told of the table are sums, a text a currency; fare_low and fare_high are the estimate, USD, for trips_untold
    trips; fare_band says both in words.

    Args:
        net: the network.
        settings: rules/graph.toml.
        around: nodes: the payments of these persons, of the bookings, and these payments themselves; default all.
        top: rows of the table at most.
    """
    chosen = None if around is None else set(around)
    trips = net.trips.select(
        "person_id",
        "flight_id",
        "from_port",
        "to_port",
        "departs_at",
        "booking_ids",
        "payment_ids",
        "fares",
        "paid_kinds",
    )
    mine = trips if chosen is None else trips.filter(_touches(chosen))
    paid = (
        trips.with_row_index("trip")
        .select("trip", "person_id", "flight_id", pl.col("payment_ids").alias("payment_id"))
        .explode("payment_id", empty_as_null=False)
        .drop_nulls("payment_id")
    )
    if chosen is None:
        wanted = paid.drop_nulls(["person_id", "flight_id"])
    else:
        wanted = paid.join(mine.select("person_id", "flight_id").unique(), on=("person_id", "flight_id"), how="semi")
    paid = paid.join(wanted.select("payment_id").unique(), on="payment_id", how="semi", maintain_order="left")
    first = _ranked(net, settings, trips, paid.drop("flight_id"), alone=chosen is not None).head(top)
    table = _table(net, settings, trips, paid.drop("flight_id"), first)
    about = net.edges.filter(
        pl.col("owner").is_not_null()
        & (pl.col("link") != "hit")
        & (pl.col("from_id").str.starts_with("payment:") | pl.col("to_id").str.starts_with("payment:"))
    )
    words = (
        "Looked for what paid for the journeys, whom else it paid for, on which routes, and about how much.",
        f"Found {table.height} payments that paid for several persons or bookings; {_traced(mine, settings)}"
        + (
            f" Intelligence names payments in {about.height} links: their notes may tell amounts."
            if about.height
            else ""
        ),
        _known(mine, settings),
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


def _traced(mine: pl.DataFrame, settings: Moves) -> str:
    """Say how many of the trips no payment can be traced for, how many of these were paid in cash, and about how much."""
    bare = mine.filter(pl.col("payment_ids").list.len().fill_null(0) == 0)
    cash = bare.filter(is_cash())
    share, in_cash = ((each.height / mine.height if mine.height else 0.0) for each in (bare, cash))
    told = bands(tickets(cash).group_by("currency").agg(pl.col("amount").sum()).sort("currency").iter_rows(), settings)
    return (
        f"{share:.0%} of the {mine.height} trips have no payment that can be traced: {in_cash:.0%} were paid in cash"
        f"{f', fares of {told} where told' if told else ''}; of the others no payer's number is told."
    )


def _known(mine: pl.DataFrame, settings: Moves) -> str:
    """Say where fares come from."""
    told, without = tickets(mine).select("person_id", "ticket").n_unique(), untold(mine, settings).height
    from_carriers = (
        f"Carriers told the fares of {_counted(told, 'ticket')}: bands, each currency for itself, nothing converted."
    )
    by_distance = (
        f"For {_counted(without, 'trip')} no fare is told: their bands are estimated by distance, not amounts paid."
    )
    said = ([from_carriers] if told else []) + ([by_distance] if without or not told else [])
    return " ".join([*said, "What a smuggler took is not in them."])


def _ranked(net: Network, settings: Moves, trips: pl.DataFrame, paid: pl.DataFrame, *, alone: bool) -> pl.DataFrame:
    """Return payment_id, payment, persons, families and damped, those that paid for most families first.

    Counted alone, since what else is told of a payment is worked out for the few that are shown.

    Args:
        net: the network.
        settings: rules/graph.toml.
        trips: whose rows are numbered in `paid`.
        paid: trip, person_id, payment_id.
        alone: also payments for one person or booking.
    """
    nodes = net.nodes.select("node_id", "label", "weight")
    each = paid.select("payment_id", "person_id").unique()
    if not alone:
        each = _for_several(trips, paid, each)
    people = nodes.join(each.select(pl.col("person_id").alias("node_id")), on="node_id", how="semi")
    names = people.select(
        pl.col("node_id").alias("person_id"), family_names(pl.col("label")).list.first().alias("family")
    )
    rows = each.join(names, on="person_id", how="left").group_by("payment_id").agg(
        pl.len().cast(pl.Int64).alias("persons"),
        pl.coalesce("family", "person_id").n_unique().cast(pl.Int64).alias("families"),
    )  # fmt: skip
    rows = rows.join(nodes.rename({"label": "payment"}), left_on="payment_id", right_on="node_id", how="left").select(
        "payment_id", "payment", "persons", "families",
        (pl.col("weight") < settings.tied_from).fill_null(value=False).alias("damped"),
    )  # fmt: skip
    return rows.sort("damped", "families", "persons", "payment_id", descending=[False, True, True, False])


def _for_several(trips: pl.DataFrame, paid: pl.DataFrame, each: pl.DataFrame) -> pl.DataFrame:
    """Return the rows of `each` (payment_id, person_id) whose payment paid for several persons and several bookings."""
    many = each.group_by("payment_id").len().filter(pl.col("len") > 1)
    some = paid.join(many, on="payment_id", how="semi")
    booked = some.select("payment_id", trips["booking_ids"].gather(some["trip"]).alias("booking_id"))
    booked = booked.explode("booking_id", empty_as_null=False).drop_nulls("booking_id").unique()
    several = booked.group_by("payment_id").len().filter(pl.col("len") > 1)
    return each.join(several, on="payment_id", how="semi")


def _table(net: Network, settings: Moves, trips: pl.DataFrame, paid: pl.DataFrame, first: pl.DataFrame) -> pl.DataFrame:
    """Return the table of the payments that are first, a row each, in their order."""
    safe = pl.Series(sorted(guarded(net)), dtype=pl.String).implode()
    some = paid.join(first.select("payment_id"), on="payment_id", how="semi", maintain_order="left")
    shown_paid = pl.concat([some.select("payment_id"), trips[some["trip"]].drop("payment_ids")], how="horizontal")
    shown = pl.col("person_id").filter(~pl.col("person_id").is_in(safe))
    told = shown_paid.sort("departs_at", "flight_id", "person_id").group_by("payment_id").agg(
        shown.unique().sort().alias("paid_for_ids"),
        shown.mode().sort().first().alias("most_id"),
        pl.col("person_id").filter(pl.col("person_id").is_in(safe)).n_unique().cast(pl.Int64).alias("guarded"),
        pl.col("booking_ids").explode(empty_as_null=False).drop_nulls().unique().sort().alias("booking_ids"),
        pl.len().cast(pl.Int64).alias("trips"),
        pl.format("{}-{}", "from_port", "to_port").unique(maintain_order=True).alias("routes"),
        pl.col("departs_at").min().alias("first"),
        pl.col("departs_at").max().alias("last"),
    )  # fmt: skip
    rows = first.join(told, on="payment_id", how="left", maintain_order="left")
    rows = rows.join(_with(paid, first), on="payment_id", how="left", maintain_order="left")
    rows = rows.join(_fares(shown_paid, settings), on="payment_id", how="left", maintain_order="left")
    why = pl.format(
        "paid for {} persons of {} family names on {} bookings, {} to {}; fares {}{}",
        "persons", "families", pl.col("booking_ids").list.len(), pl.col("first").dt.date(), pl.col("last").dt.date(), "fare_band",
        pl.when("damped").then(pl.lit("; so many share it that it is rather a company or an agency")).otherwise(pl.lit("")),
    )  # fmt: skip
    return rows.with_columns(why.alias("why")).select([pl.col(name).cast(dtype) for name, dtype in _TABLE.items()])


def _fares(paid: pl.DataFrame, settings: Moves) -> pl.DataFrame:
    """Return payment_id and what its fares come to: told, estimated, and both in words; `paid` is of the rows shown alone."""
    each = tickets(paid, ["payment_id"])
    sums = each.group_by("payment_id", "currency").agg(pl.col("amount").sum()).sort("payment_id", "currency")
    told = sums.group_by("payment_id", maintain_order=True).agg("currency", "amount")
    counted = (
        each.unique(["payment_id", "person_id", "ticket"]).group_by("payment_id").agg(pl.len().alias("tickets_told"))
    )
    estimated = untold(paid, settings).group_by("payment_id").agg(
        pl.len().alias("trips_untold"), pl.col("low").sum().alias("fare_low"), pl.col("high").sum().alias("fare_high")
    )  # fmt: skip
    whole = paid.select("payment_id").unique()
    for frame in (told, counted, estimated):
        whole = whole.join(frame, on="payment_id", how="left")
    made = []
    for row in whole.fill_null(0).sort("payment_id").iter_rows(named=True):
        by_currency = list(zip(row.pop("currency") or (), row.pop("amount") or (), strict=True))
        said = (
            [f"of {bands(by_currency, settings)} told on {_counted(row['tickets_told'], 'ticket')}"]
            if by_currency
            else []
        )
        if row["fare_high"] > 0:
            middle = (row["fare_low"] + row["fare_high"]) / 2
            said.append(
                f"of {band(middle, ESTIMATED, settings)} by distance, for {_counted(row['trips_untold'], 'trip')} without a fare"
            )
        sums_told = [f"{amount:.2f} {currency}" for currency, amount in by_currency]
        made.append(row | {"fares_told": sums_told, "fare_band": "; ".join(said) or "not known"})
    columns = ("payment_id", "fares_told", "tickets_told", "trips_untold", "fare_low", "fare_high", "fare_band")
    return pl.DataFrame(made, schema={name: _TABLE[name] for name in columns})


def _counted(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _with(paid: pl.DataFrame, rows: pl.DataFrame) -> pl.DataFrame:
    """Return payment_id of the rows and with_ids: other payments that paid for the same persons."""
    theirs = paid.join(rows.select("payment_id"), on="payment_id", how="semi").select("person_id").unique()
    each = paid.join(theirs, on="person_id", how="semi").select("payment_id", "person_id").unique()
    others = each.join(rows.select("payment_id"), on="payment_id", how="semi").join(
        each.rename({"payment_id": "with_id"}), on="person_id"
    )
    others = others.filter(pl.col("payment_id") != pl.col("with_id"))
    return others.group_by("payment_id").agg(pl.col("with_id").unique().sort().head(20).alias("with_ids"))
