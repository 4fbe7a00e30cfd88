"""Broken travel: who arrives at one port and leaves next from another, where no feed told the way between.

Reach for `broken()`. Three kinds of finds: routes between two ports that are bridged more often than their arrivals and
departures explain, parties who bridge the same gap in the same days, and persons who do so again and again.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import polars as pl

from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.flown import passengers
from ops_hub.graph.analyses.statistics import Ints, binomial_tail, hypergeometric_tail
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Moves
from ops_hub.ports import distance_km, state_of
from ops_hub.states import home_states

_TABLE: dict[str, Any] = {
    "what": pl.String, "from_port": pl.String, "to_port": pl.String, "persons": pl.Int64, "parties": pl.Int64,
    "person_ids": pl.List(pl.String), "flight_ids": pl.List(pl.String), "first": pl.Datetime("us"), "last": pl.Datetime("us"),
    "days": pl.Float64, "km": pl.Float64, "way": pl.String, "expected": pl.Float64, "chance": pl.Float64, "why": pl.String,
}  # fmt: skip
_FINDS: dict[str, Any] = {  # what a find is before it is told: `gaps` are the rows of gaps() that it is of
    "what": pl.String, "gaps": pl.List(pl.UInt32), "expected": pl.Float64, "chance": pl.Float64, "why": pl.String,
}  # fmt: skip
_MINUTES = 1440
_DAY_US = 86_400_000_000


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
    found = gaps(net, settings).with_row_index("gap")
    finds = pl.concat([_routes(found, settings), _together(found, settings), _often(found)])
    finds = _ranked(finds.with_row_index("find"), found, None if around is None else set(around))
    table = _table(finds.head(top), found)
    words = (
        "Looked for persons who arrive at one port and leave next from a port of another state, with no record of the way "
        f"between, within {settings.gap_days} days; a seaport counts as the airport of its place.",
        f"Found {found.height} such gaps of {found['person_id'].n_unique()} persons; {finds.height} routes, parties of the same "
        "days and persons stand out.",
        "Expected is what the route would have if where people arrive and where they leave from had nothing to do with each "
        "other: near islands always have more. Compare a route with itself over months before anything is made of it.",
        "Most who do this are tourists who sail, ferry passengers, crews of yachts, or flew with a carrier whose messages are "
        "missing: look at the gaps in messages first. Who was carried over may need protection: not a suspect by travelling.",
    )
    ids = pl.concat([table["person_ids"].explode(), table["flight_ids"].explode()]).drop_nulls()
    return Finding("broken", words, table, tuple(ids.unique().sort()))


def _members(finds: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return a row for each gap of each find, in the order of both."""
    each = finds.select("find", pl.col("gaps").alias("gap")).explode("gap")
    return each.join(found, on="gap", maintain_order="left")


def _ranked(finds: pl.DataFrame, found: pl.DataFrame, chosen: set[str] | None) -> pl.DataFrame:
    """Return the finds with how many persons they are of, best first; only those with a chosen person or port."""
    members = _members(finds, found)
    if chosen is None:
        is_wanted = pl.lit(value=True)
    else:
        wanted = pl.Series(sorted(chosen), dtype=pl.String).implode()
        ports = [pl.format("port:{}", name).is_in(wanted) for name in ("from_port", "to_port")]
        is_wanted = pl.any_horizontal(pl.col("person_id").is_in(wanted), *ports)
    persons = members.group_by("find").agg(
        pl.col("person_id").n_unique().cast(pl.Int64).alias("persons"), is_wanted.any().alias("is_wanted")
    )
    ranked = finds.join(persons.filter("is_wanted"), on="find")
    down = [False, True, False, False]
    return ranked.sort(pl.col("chance").fill_null(1.0), "persons", "why", "find", descending=down)


def _table(finds: pl.DataFrame, found: pl.DataFrame) -> pl.DataFrame:
    """Return the table of these finds, in their order."""
    told = _members(finds, found).group_by("find").agg(
        pl.first("from_port", "to_port"),
        pl.col("party").n_unique().alias("parties"),
        pl.col("person_id").unique().sort().alias("person_ids"),
        pl.col("in_id").append(pl.col("out_id")).drop_nulls().unique().sort().alias("flight_ids"),
        pl.col("arrived").min().alias("first"),
        pl.col("left").max().alias("last"),
        pl.col("days").median(),
        pl.col("km").max(),
        pl.col("way").mode().sort().first(),
    )  # fmt: skip
    whole = finds.join(told, on="find", how="left", maintain_order="left")
    return whole.select([pl.col(name).cast(dtype) for name, dtype in _TABLE.items()])


def _routes(found: pl.DataFrame, settings: Moves) -> pl.DataFrame:
    """Return the routes that more parties bridge than arrivals and departures of all gaps explain, as _FINDS."""
    once = found.unique(["party", "from_port", "to_port"])
    arrive = dict(once.group_by("from_port").len().iter_rows())
    leave = dict(once.group_by("to_port").len().iter_rows())
    routes = found.group_by("from_port", "to_port").agg(
        pl.col("party").n_unique().alias("parties"), pl.col("way").mode().sort().first(), pl.col("gap").alias("gaps")
    )  # fmt: skip
    many = routes.filter(pl.col("parties") >= settings.group_least).sort("from_port", "to_port")
    rows = []
    for number, (one, other, parties, way) in enumerate(many.drop("gaps").iter_rows()):
        expected = arrive[one] * leave[other] / once.height
        tail = hypergeometric_tail(parties, once.height, arrive[one], leave[other])
        chance = min(1.0, tail * routes.height)
        if chance <= settings.rate:
            why = f"{parties} parties from {one} to {other} without a record of the way, {expected:.1f} expected; {way}"
            rows.append(("route", many["gaps"][number], expected, chance, why))
    return pl.DataFrame(rows, schema=_FINDS, orient="row")


def _together(found: pl.DataFrame, settings: Moves) -> pl.DataFrame:
    """Return several parties who arrive within the same days and leave within the same days, as _FINDS."""
    rows = []
    span = settings.group_days
    days = found.select(((pl.col("left").max() - pl.col("arrived").min()).dt.total_minutes() / _MINUTES).alias("days"))
    total = max(1.0, float(days["days"][0] or 0))  # of all that is known
    numbered = found.with_columns(pl.col("party").rank("dense").alias("party"))
    for (one, other), route in sorted(numbered.partition_by("from_port", "to_port", as_dict=True).items()):
        ordered = route.sort("arrived", "left", "person_id")
        all_parties = ordered["party"].n_unique()
        for near in _near(ordered, span, settings.group_least):
            first, parties = ordered[int(near[0])], len(np.unique(ordered["party"].to_numpy()[near]))
            # each other party of the route falls into these days by chance; any of them may be the first
            chance = min(1.0, all_parties * binomial_tail(parties - 1, all_parties - 1, min(1.0, 2 * span / total)))
            why = f"{parties} parties from {one} to {other} within {span:g} days of each other, on bookings of their own; {first['way'][0]}"
            rows.append(("same days", ordered["gap"].gather(near), None, chance, why))
    return pl.DataFrame(rows, schema=_FINDS, orient="row")


def _near(ordered: pl.DataFrame, span: float, least: int) -> Iterator[Ints]:
    """Yield places of gaps of one route, by arrival, that `least` parties or more bridge within `span` days of the first.

    A route has tens of thousands of gaps and each may be the first: numbers in arrays, and parties counted only where there
    are gaps enough.
    """
    arrived, left = (ordered[name].dt.epoch("us").to_numpy() for name in ("arrived", "left"))
    party = ordered["party"].to_numpy()
    ends = np.searchsorted(arrived, arrived + int(span * _DAY_US), side="right").tolist()
    apart = (int(span * _MINUTES) + 1) * 60_000_000  # in whole minutes
    used = 0
    while used < len(ends):
        near = np.flatnonzero(np.abs(left[used : ends[used]] - left[used]) < apart) + used
        if len(near) >= least and len(np.unique(party[near])) >= least:
            yield near
            used += len(near)
        else:
            used += 1


def _often(found: pl.DataFrame) -> pl.DataFrame:
    """Return persons who bridged one and the same gap more than once, as _FINDS."""
    ways = ("person_id", "from_port", "to_port")
    each = found.group_by(*ways).agg(pl.len().alias("times"), pl.col("way").first(), pl.col("gap").alias("gaps"))
    why = pl.format("one person {} times from {} to {}; {}", "times", "from_port", "to_port", "way")
    twice = each.filter(pl.col("times") > 1).sort(*ways).with_columns(
        pl.lit("again and again").alias("what"), pl.lit(None).alias("expected"), pl.lit(None).alias("chance"), why.alias("why")
    )  # fmt: skip
    return twice.select([pl.col(name).cast(dtype) for name, dtype in _FINDS.items()])
