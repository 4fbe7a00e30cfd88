"""Trips as numbers, and how likely it was by season and habit that somebody was on one of some flights.

Reach for `flown()` where chances of meeting are asked about (cotravel, handovers), then for `met()`: how often persons were on the flights that count for them, how often was to be
expected, and the chance of so much. What explains that two travel together (a booking, a name) is left to `explained`,
and what a trip tells of a role (one way, late, beyond the usual) to `legs`.

The chance that a trip was on a certain flight: its share of all bookings for the route in those weeks; or, for who often
flies on this weekday with this flight number, that habit times one in so many such flights in those weeks. The likelier of the two counts, so that neither a season nor a habit looks like company. Bookings are counted and
not heads, since a family decides once. What is asked about is left out of what it is measured by: the trip itself from the
person's habit, both persons from the flight. Each flight that the timetable may have had counts one booking more than was
seen, since few records do not make a flight certain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from ops_hub.graph.analyses.statistics import poisson_binomial_tail
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Moves

_CREW = ("crew", "transit-crew")


@dataclass(frozen=True)
class Flown:
    """Who flew on what, crew left out.

    Attributes:
        legs: leg (its row), person, flight, party (booking), route, season (route and weeks), cell (route, weekday and
            flight number), all numbered from 0 on; at and arrives (times), from_port, to_port; by person and time.
        shares: flight, season, cell, aboard (bookings), in_season (bookings for the route in these weeks), of_cell (1 in so
            many flights on this weekday with this number in these weeks), possible (flights of the route in these weeks that
            there may be: those of each number seen on each weekday seen).
        habits: person, cell, often: trips of the person in the cell.
        persons: ids of persons, by number.
        flights: ids of flights, by number.
    """

    legs: pl.DataFrame
    shares: pl.DataFrame
    habits: pl.DataFrame
    persons: pl.Series
    flights: pl.Series


def passengers(net: Network) -> pl.DataFrame:
    """Return the TRIPS of a network without those of crew, in their order; a role that is not known is a passenger's."""
    return net.trips.filter(~pl.col("role").is_in(_CREW).fill_null(value=False))


def flown(net: Network, settings: Moves) -> Flown:
    """Return the passengers' trips of a network on flights whose day and ports are known, one a person and flight."""
    known = passengers(net).drop_nulls(["flight_id", "departs_at", "from_port", "to_port"])
    ways = ("from_port", "to_port")
    season = (pl.col("departs_at").dt.epoch("d") // settings.season_days).alias("weeks")
    weekday = pl.col("departs_at").dt.weekday().alias("weekday")
    number = pl.col("flight").fill_null("").alias("number")
    booking = pl.coalesce(pl.col("booking_ids").list.first(), "person_id")
    numbered = known.select(
        _number("person_id").alias("person"),
        _number("flight_id").alias("flight"),
        _number(booking).alias("party"),
        _number(pl.struct(*ways)).alias("route"),
        _number(pl.struct(*ways, season)).alias("season"),
        _number(pl.struct(*ways, weekday, number)).alias("cell"),
        number,
        weekday,
        pl.col("departs_at").alias("at"),
        pl.col("arrives_at").alias("arrives"),
        *ways,
    )
    once = numbered.unique(["person", "flight"], keep="first", maintain_order=True).sort("person", "at", "flight")
    legs = once.with_row_index("leg")
    habits = legs.group_by("person", "cell").agg(pl.len().alias("often"))
    shares = _shares(legs, settings.season_days / 7)
    legs = legs.drop("number", "weekday")
    ids = [known.select(pl.col(name).unique().sort())[name] for name in ("person_id", "flight_id")]
    return Flown(legs, shares, habits, *ids)


def _number(what: str | pl.Expr) -> pl.Expr:
    column = pl.col(what) if isinstance(what, str) else what
    return column.rank("dense").cast(pl.UInt32) - 1


def _shares(legs: pl.DataFrame, weeks: float) -> pl.DataFrame:
    by_flight = legs.group_by("flight").agg(
        pl.first("route", "season", "cell", "number", "weekday"),
        pl.col("party").n_unique().cast(pl.Int64).alias("aboard"),
    )
    return by_flight.select(
        "flight",
        "season",
        "cell",
        "aboard",
        pl.col("aboard").sum().over("season").alias("in_season"),
        (1 / pl.len().over("season", "cell")).alias("of_cell"),
        pl.max_horizontal(
            pl.col("number").n_unique().over("route") * pl.col("weekday").n_unique().over("route") * weeks, pl.len().over("season").cast(pl.Float64)
        ).alias("possible"),
    )  # fmt: skip


def met(known: Flown, movers: pl.DataFrame, targets: pl.DataFrame, follows: pl.DataFrame | None = None) -> pl.DataFrame:
    """Return how often each mover was on the flights that count, and the chance of so often or more.

    Args:
        known: who flew on what.
        movers: pair (a number of your own) and person: whose trips are the trials.
        targets: pair, flight (those that count for the pair), each once.
        follows: pair, leg and again: trips that had at least this chance, because of the trip before.

    Returns:
        pair, times, expected, chance, legs (those that counted): a row each for the pairs with trials, by pair.
    """
    own = movers.join(known.legs.select("leg", "person", "route", "season", "cell", "flight"), on="person")
    on = targets.join(known.shares, on="flight")
    faced = own.join(on, on=("pair", "season"), suffix="_target")
    trips = known.legs.group_by("person", "route").agg(pl.len().alias("trips"))
    faced = faced.join(trips, on=("person", "route"))
    faced = faced.join(known.habits, left_on=("person", "cell_target"), right_on=("person", "cell"), how="left")
    is_same, is_met = pl.col("cell") == pl.col("cell_target"), pl.col("flight") == pl.col("flight_target")
    # the flight without whoever makes it count, and without the trip itself
    others = (pl.col("aboard") - 1 - is_met.cast(pl.Int64)).clip(0)
    by_season = (others + 1) / ((pl.col("in_season") - 2).clip(0) + pl.col("possible"))
    # other trips in the cell but the first, of other trips on the route but one: once is no habit
    again = (pl.col("often").fill_null(0).cast(pl.Int64) - is_same.cast(pl.Int64) - 1).clip(0)
    habit = (again / (pl.col("trips").cast(pl.Int64) - 2).clip(1)).clip(0, 1)
    by_habit = habit * pl.col("of_cell")
    trials = faced.group_by("pair", "leg").agg(
        pl.max_horizontal(by_season, by_habit).sum().clip(0, 1).alias("chance"), is_met.any().alias("is_met")
    )
    if follows is not None:
        trials = trials.join(follows.unique(["pair", "leg"]), on=("pair", "leg"), how="left")
        trials = trials.with_columns(pl.max_horizontal("chance", "again").alias("chance"))
    trials = trials.sort("pair", "leg")
    pairs = trials.group_by("pair", maintain_order=True).agg(
        pl.col("is_met").sum().cast(pl.Int64).alias("times"),
        pl.col("chance").sum().alias("expected"),
        pl.col("leg").filter("is_met").alias("legs"),
    )
    owner = trials["pair"].rle_id().to_numpy().astype(np.int64)
    tail = poisson_binomial_tail(owner, trials["chance"].to_numpy(), pairs["times"].to_numpy())
    return pairs.with_columns(pl.Series("chance", tail, dtype=pl.Float64))
