"""Broken travel: who arrives at one port and leaves next from another, where no feed told the way between.

Reach for `broken()`. Three kinds of finds: routes between two ports that are bridged more often than their arrivals and
departures explain, parties who bridge the same gap in the same days, and persons who do so again and again.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.flown import passengers
from ops_hub.graph.analyses.statistics import binomial_tail, hypergeometric_tail
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Moves
from ops_hub.ports import distance_km, state_of
from ops_hub.states import home_states

_TABLE: dict[str, Any] = {
    "what": pl.String, "from_port": pl.String, "to_port": pl.String, "persons": pl.Int64, "parties": pl.Int64,
    "person_ids": pl.List(pl.String), "flight_ids": pl.List(pl.String), "first": pl.Datetime("us"), "last": pl.Datetime("us"),
    "days": pl.Float64, "km": pl.Float64, "way": pl.String, "expected": pl.Float64, "chance": pl.Float64, "why": pl.String,
}  # fmt: skip
_MINUTES = 1440


def gaps(net: Network, settings: Moves) -> pl.DataFrame:
    """Return one row for each gap in a person's journeys between ports of two states.

    Returns:
        person_id, party (booking or person), in_id and out_id (flights), from_port (arrived at), to_port (left from),
        arrived, left (local times), days, km (null where a port has no known place), way (what may have bridged it).
    """
    same = home_states().same_port  # a seaport stands where its airport does
    trips = passengers(net).drop_nulls(["departs_at", "to_port"])
    ordered = trips.sort("person_id", "departs_at", "flight_id").select(
        "person_id",
        pl.coalesce(pl.col("booking_ids").list.first(), "person_id").alias("party"),
        pl.col("flight_id").alias("in_id"),
        pl.col("to_port").replace(same).alias("from_port"),
        pl.coalesce("arrives_at", "departs_at").alias("arrived"),
        pl.col("flight_id").shift(-1).over("person_id").alias("out_id"),
        pl.col("from_port").replace(same).shift(-1).over("person_id").alias("to_port"),
        pl.col("departs_at").shift(-1).over("person_id").alias("left"),
    )
    told = ordered.drop_nulls(["to_port", "left"]).with_columns(
        ((pl.col("left") - pl.col("arrived")).dt.total_minutes() / _MINUTES).alias("days"),
        distance_km(pl.col("from_port"), pl.col("to_port")).alias("km"),
    )
    apart = (
        (pl.col("from_port") != pl.col("to_port"))
        & (state_of(pl.col("from_port")) != state_of(pl.col("to_port"))).fill_null(value=True)
        & (pl.col("km") > settings.same_place_km).fill_null(value=True)
        & pl.col("days").is_between(0, settings.gap_days)
    )
    way = (
        pl.when(pl.col("km").is_null()).then(pl.lit("not known: a port has no place"))
        .when(pl.col("km") > settings.boat_km).then(pl.lit("too far for a boat: a flight that no feed told of, or over land"))
        .when(pl.col("km") > settings.boat_kmh * 24 * pl.col("days")).then(pl.lit("too fast for a boat: a flight that no feed told of"))
        .otherwise(pl.lit("by sea, over land or by a flight that no feed told of"))
    )  # fmt: skip
    return told.filter(apart).with_columns(way.alias("way"))


def broken(net: Network, settings: Moves, *, around: Iterable[str] | None = None, top: int = 20) -> Finding:
    """Return gaps in journeys that many bridge, or several parties in the same days, or one person again and again.

    Args:
        net: the network.
        settings: rules/graph.toml.
        around: nodes: only finds with one of these persons or ports ('port:CODE').
        top: rows of the table at most.
    """
    found = gaps(net, settings)
    rows = [*_routes(found, settings), *_together(found, settings), *_often(found)]
    if around is not None:
        chosen = set(around)
        rows = [
            r
            for r in rows
            if not chosen.isdisjoint([*r["person_ids"], f"port:{r['from_port']}", f"port:{r['to_port']}"])
        ]
    rows.sort(key=lambda row: (row["chance"] if row["chance"] is not None else 1.0, -row["persons"], row["why"]))
    table = pl.DataFrame(rows[:top], schema=_TABLE, orient="row")
    words = (
        "Looked for persons who arrive at one port and leave next from a port of another state, with no record of the way "
        f"between, within {settings.gap_days} days; a seaport counts as the airport of its place.",
        f"Found {found.height} such gaps of {found['person_id'].n_unique()} persons; {len(rows)} routes, parties of the same "
        "days and persons stand out.",
        "Expected is what the route would have if where people arrive and where they leave from had nothing to do with each "
        "other: near islands always have more. Compare a route with itself over months before anything is made of it.",
        "Most who do this are tourists who sail, ferry passengers, crews of yachts, or flew with a carrier whose messages are "
        "missing: look at the gaps in messages first. Who was carried over may need protection: not a suspect by travelling.",
    )
    ids = pl.concat([table["person_ids"].explode(), table["flight_ids"].explode()]).drop_nulls()
    return Finding("broken", words, table, tuple(ids.unique().sort()))


def _row(what: str, part: pl.DataFrame, expected: float | None, chance: float | None, why: str) -> dict[str, Any]:
    km, way = part["km"].max(), part["way"].mode().sort()[0]
    return {
        "what": what, "from_port": part["from_port"][0], "to_port": part["to_port"][0],
        "persons": part["person_id"].n_unique(), "parties": part["party"].n_unique(),
        "person_ids": part["person_id"].unique().sort().to_list(),
        "flight_ids": pl.concat([part["in_id"], part["out_id"]]).drop_nulls().unique().sort().to_list(),
        "first": part["arrived"].min(), "last": part["left"].max(), "days": part["days"].median(), "km": km, "way": way,
        "expected": expected, "chance": chance, "why": why,
    }  # fmt: skip


def _routes(found: pl.DataFrame, settings: Moves) -> list[dict[str, Any]]:
    """Return the routes that more parties bridge than arrivals and departures of all gaps explain."""
    once = found.unique(["party", "from_port", "to_port"])
    arrive = dict(once.group_by("from_port").len().iter_rows())
    leave = dict(once.group_by("to_port").len().iter_rows())
    rows = []
    routes = found.partition_by("from_port", "to_port", as_dict=True)
    for (one, other), part in sorted(routes.items()):
        parties = part["party"].n_unique()
        if parties < settings.group_least:
            continue
        expected = arrive[one] * leave[other] / once.height
        chance = min(1.0, hypergeometric_tail(parties, once.height, arrive[one], leave[other]) * len(routes))
        if chance <= settings.rate:
            why = f"{parties} parties from {one} to {other} without a record of the way, {expected:.1f} expected; {part['way'].mode().sort()[0]}"
            rows.append(_row("route", part, expected, chance, why))
    return rows


def _together(found: pl.DataFrame, settings: Moves) -> list[dict[str, Any]]:
    """Return several parties who arrive within the same days and leave within the same days."""
    rows = []
    span = settings.group_days
    days = found.select(((pl.col("left").max() - pl.col("arrived").min()).dt.total_minutes() / _MINUTES).alias("days"))
    total = max(1.0, float(days["days"][0] or 0))  # of all that is known
    for _, route in sorted(found.partition_by("from_port", "to_port", as_dict=True).items()):
        ordered = route.sort("arrived", "left", "person_id")
        all_parties = ordered["party"].n_unique()
        used = 0
        while used < ordered.height:
            begin = ordered.row(used, named=True)
            until, left = begin["arrived"], begin["left"]
            near = ordered[used:].filter(
                (pl.col("arrived") <= until + pl.duration(days=1) * span)
                & ((pl.col("left") - left).dt.total_minutes().abs() <= span * _MINUTES)
            )
            parties = near["party"].n_unique()
            if parties >= settings.group_least:
                # each other party of the route falls into these days by chance; any of them may be the first
                chance = min(1.0, all_parties * binomial_tail(parties - 1, all_parties - 1, min(1.0, 2 * span / total)))
                why = f"{parties} parties from {near['from_port'][0]} to {near['to_port'][0]} within {span:g} days of each other, on bookings of their own; {near['way'][0]}"
                rows.append(_row("same days", near, None, chance, why))
                used += near.height
            else:
                used += 1
    return rows


def _often(found: pl.DataFrame) -> list[dict[str, Any]]:
    """Return persons who bridged one and the same gap more than once."""
    rows = []
    twice = found.filter(pl.len().over("person_id", "from_port", "to_port") > 1)
    for _, part in sorted(twice.partition_by("person_id", "from_port", "to_port", as_dict=True).items()):
        why = f"one person {part.height} times from {part['from_port'][0]} to {part['to_port'][0]}; {part['way'][0]}"
        rows.append(_row("again and again", part, None, None, why))
    return rows
