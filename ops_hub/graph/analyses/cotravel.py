"""Who travels with whom again and again, where no booking, payment, contact, document or family name tells why.

Reach for `cotravel()`. For a pair that met on enough flights, the trips of each are the trials: how likely was it, by
season, by habit and by how others went on, to be on the other's flights so often? The larger of the two
chances counts (her trips against his, his against hers). Which pairs are found is decided at a stated rate of false
discoveries among all pairs that could have met so often, seen to have met or not.

The null: everybody keeps their number of trips on a route in each few weeks, and their own weekday and flight number; which
of such flights it was is chance, by the bookings on board (see `flown`). Who was on the way out together is often together
on the connection and on the way back: there the chance is how often two bookings on one flight, whose next flights are on
one route after about as long a time, are on the same one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import polars as pl

from ops_hub.graph.analyses.compiled import UNNAMED
from ops_hub.graph.analyses.explained import explained
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.flown import Flown, flown, met
from ops_hub.graph.analyses.statistics import adjusted
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Moves

_ROWS = 8_000_000  # of a join that are in memory at once
_STAYS = (0.5, 1.0, 2.0, 4.0, 8.0, 16.0)  # days from one departure to the next: what is about as long
_TABLE: dict[str, Any] = {
    "person_id": pl.String, "person": pl.String, "other_id": pl.String, "other": pl.String, "times": pl.Int64,
    "expected": pl.Float64, "chance": pl.Float64, "rate": pl.Float64, "first": pl.Datetime("us"), "last": pl.Datetime("us"),
    "routes": pl.List(pl.String), "flight_ids": pl.List(pl.String), "protect": pl.Boolean, "why": pl.String,
}  # fmt: skip


def cotravel(net: Network, settings: Moves, *, around: Iterable[str] | None = None, top: int = 20) -> Finding:
    """Return pairs who are on the same flights more often than their routes, seasons and habits explain.

    Args:
        net: the network.
        settings: rules/graph.toml; `rate` is the share of the pairs found that may be chance.
        around: nodes: only pairs with one of these persons are asked about, and counted.
        top: rows of the table at most.
    """
    known = flown(net, settings)
    chosen = None if around is None else known.persons.is_in(sorted(set(around))).arg_true().cast(pl.UInt32)
    least = settings.met_least
    trips = known.legs.group_by("person").len()
    regulars = known.legs.join(trips.filter(pl.col("len") >= least), on="person", how="semi")
    tests, sampled = _could_meet(regulars, chosen, settings)
    pairs = _have_met(regulars, chosen, least)
    pairs = pairs.with_columns(
        known.persons.gather(pairs["person"]).alias("person_id"), known.persons.gather(pairs["other"]).alias("other_id")
    )
    told = explained(net, settings, pairs)
    pairs = pairs.join(told, on=("person_id", "other_id"), how="anti").sort("person", "other").with_row_index("pair")
    tried = _tried(known, pairs)
    # pairs depend on each other; Benjamini-Hochberg all the same: chances are the larger of two and of few steps, and on
    # travel without a network far fewer are found than the rate allows (benchmarks.cotravel)
    tried = tried.with_columns(
        pl.Series("rate", adjusted(tried["chance"].to_numpy(), tests, independent=True), dtype=pl.Float64)
    )
    found = tried.filter(pl.col("rate") <= settings.rate).sort("chance", "pair")
    table = _shown(net, known, found.head(top))
    counted = f"about {tests:,} (counted on a sample)" if sampled else f"{tests:,}"
    words = (
        f"Looked for pairs on the same flights {least} times or more without a common booking, payment, contact, document "
        "or family name, beyond what route, season, weekday and flight number of each explain.",
        f"Found {found.height} of {counted} pairs who could have met so often; {pairs.height} did, and {told.height} more "
        "are explained by a booking, payment, contact, document or family name.",
        f"At most {settings.rate:.0%} of the pairs found are to be expected by chance. That they travel together is then "
        "likely; why they do is not told: many are colleagues, couples or friends who book apart. A lead to verify.",
        "Where one of the two may need protection, the other may be a danger or a help: speak to the protection desk first.",
    )
    ids = pl.concat([table["person_id"], table["other_id"], table["flight_ids"].explode().drop_nulls()])
    return Finding("cotravel", words, table, tuple(ids.unique().sort()))


def _could_meet(regulars: pl.DataFrame, chosen: pl.Series | None, settings: Moves) -> tuple[int, bool]:
    """Return how many pairs could have met often enough, and whether that was counted on a sample of persons.

    A pair can meet no oftener than the one of the two who flew less did on a route in the same weeks, summed.
    """
    often = regulars.group_by("person", "season").agg(pl.len().cast(pl.UInt32).alias("trips"))
    size = often.group_by("season").agg(pl.len().alias("n"))
    rows = int(often.join(size, on="season")["n"].sum())
    each = 1 if chosen is not None else max(1, -(-rows // settings.rows_most))
    left = often if chosen is None else often.filter(pl.col("person").is_in(chosen.implode()))
    left = left.filter(pl.col("person").hash(seed=7) % each == 0)
    total = 0
    for some in _chunks(left, often, "season"):
        both = some.join(often, on="season", suffix="_other").filter(_other_way(chosen))
        key = pl.col("person").cast(pl.UInt64) * 2**32 + pl.col("person_other")
        sums = both.group_by(key.alias("key")).agg(pl.min_horizontal("trips", "trips_other").sum().alias("most"))
        total += int((sums["most"] >= settings.met_least).sum())
    return total * each, each > 1


def _have_met(regulars: pl.DataFrame, chosen: pl.Series | None, least: int) -> pl.DataFrame:
    """Return person and other (the larger number) of the pairs that were on enough flights together."""
    on = regulars.select("person", "flight")
    left = on if chosen is None else on.filter(pl.col("person").is_in(chosen.implode()))
    found = [pl.DataFrame(schema={"person": pl.UInt32, "other": pl.UInt32})]
    for some in _chunks(left, on, "flight"):
        both = some.join(on, on="flight", suffix="_other").filter(_other_way(chosen))
        key = pl.col("person").cast(pl.UInt64) * 2**32 + pl.col("person_other")
        often = both.group_by(key.alias("key")).len().filter(pl.col("len") >= least)["key"]
        one, other = (often // 2**32).cast(pl.UInt32), (often % 2**32).cast(pl.UInt32)
        ends = pl.DataFrame({"one": one, "two": other}, schema={"one": pl.UInt32, "two": pl.UInt32})
        found.append(
            ends.select(pl.min_horizontal("one", "two").alias("person"), pl.max_horizontal("one", "two").alias("other"))
        )
    return pl.concat(found).unique()


def _other_way(chosen: pl.Series | None) -> pl.Expr:
    """Each pair once: from the smaller number, or from the chosen one; two chosen ones from the smaller."""
    rising = pl.col("person") < pl.col("person_other")
    if chosen is None:
        return rising
    return (pl.col("person") != pl.col("person_other")) & (rising | ~pl.col("person_other").is_in(chosen.implode()))


def _chunks(left: pl.DataFrame, right: pl.DataFrame, key: str) -> Iterator[pl.DataFrame]:
    """Cut the left side by person, so that a join with the right side on the key is never larger than memory allows."""
    cost = left.join(right.group_by(key).agg(pl.len().alias("cost")), on=key)
    by_person = cost.group_by("person").agg(pl.col("cost").sum()).sort("person")
    part = (pl.col("cost").cum_sum() // _ROWS).alias("part")
    parts = by_person.select("person", part)
    for number in parts["part"].unique().sort():
        yield left.join(parts.filter(pl.col("part") == number), on="person", how="semi")


def _tried(known: Flown, pairs: pl.DataFrame) -> pl.DataFrame:
    """Return pair, person, other, times, expected and chance: the larger of the chances of both."""
    tried, again = [], _again(known)
    for mover, fixed in (("person", "other"), ("other", "person")):
        movers = pairs.select("pair", pl.col(mover).alias("person"))
        others = pairs.select("pair", pl.col(fixed).alias("person"))
        targets = others.join(known.legs.select("person", "flight"), on="person").select("pair", "flight")
        tried.append(met(known, movers, targets, _follows(again, movers, others)))
    both = tried[0].join(tried[1], on="pair", suffix="_2")
    sure = both.select(
        "pair",
        pl.min_horizontal("times", "times_2"),
        pl.max_horizontal("expected", "expected_2"),
        pl.max_horizontal("chance", "chance_2"),
    )
    return pairs.join(sure, on="pair")


def _again(known: Flown) -> pl.DataFrame:
    """Return the trips after which a journey goes on: person, flight, leg_next, route_next, and again.

    `again`: of two bookings on one flight whose next flights are on one route after about as long a time, the share for
    whom it was the same flight: nearly all of those who change planes, few of those who stay a week.
    """
    later = ("flight", "route", "at", "leg")
    after = known.legs.with_columns(pl.col(name).shift(-1).over("person").alias(f"{name}_next") for name in later)
    after = after.drop_nulls("leg_next").join(_onward(known.legs), left_on="leg_next", right_on="leg", how="semi")
    days = (pl.col("at_next") - pl.col("at")).dt.total_minutes() / 1440
    after = after.with_columns(pl.sum_horizontal((days > most).cast(pl.Int8) for most in _STAYS).alias("stay"))
    same = ("flight", "route_next", "stay")
    so = after.group_by(*same, "flight_next").agg(pl.col("party").n_unique().cast(pl.Int64).alias("so"))
    alike = so.group_by(*same).agg(
        pl.col("so").sum().alias("all"), (pl.col("so") * (pl.col("so") - 1)).sum().alias("met")
    )
    rates = alike.group_by("stay").agg(
        ((pl.col("met").sum() + 1) / ((pl.col("all") * (pl.col("all") - 1)).sum() + 1)).alias("again")
    )
    return after.join(rates, on="stay").select("person", "flight", "leg_next", "route_next", "again")


def _onward(legs: pl.DataFrame) -> pl.DataFrame:
    """Return the legs that go on with a journey: they leave from a port other than the one where the person mostly is."""
    since = pl.col("at").shift(1).over("person").fill_null(pl.col("at").min())
    before = (pl.col("at") - since).alias("time")
    legs = legs.with_columns(pl.col("at").max().alias("end"))
    stays = legs.select("person", pl.col("from_port").alias("port"), before)
    last = legs.group_by("person").agg(
        pl.col("to_port").last().alias("port"), (pl.col("end") - pl.col("at")).last().alias("time")
    )
    spent = pl.concat([stays, last]).group_by("person", "port").agg(pl.col("time").sum())
    home = (
        spent.sort("person", "time", "port")
        .group_by("person", maintain_order=True)
        .agg(pl.col("port").last().alias("home"))
    )
    return legs.join(home, on="person").filter(pl.col("from_port") != pl.col("home")).select("leg")


def _follows(again: pl.DataFrame, movers: pl.DataFrame, others: pl.DataFrame) -> pl.DataFrame:
    """Return pair, leg and again: the mover's trips after a flight together, where both went on by the same route."""
    both = movers.join(again, on="person").join(
        others.join(again, on="person"), on=("pair", "flight", "route_next"), suffix="_theirs"
    )
    return both.select("pair", pl.col("leg_next").alias("leg"), pl.col("again_theirs").alias("again"))


def _shown(net: Network, known: Flown, found: pl.DataFrame) -> pl.DataFrame:
    """Return the table of the pairs found."""
    if found.is_empty():
        return pl.DataFrame(schema=_TABLE)
    on = known.legs.select("person", "flight", "at", pl.format("{}-{}", "from_port", "to_port").alias("route"))
    both = found.select("pair", "person", "other").join(on, on="person")
    both = both.join(on.select(pl.col("person").alias("other"), "flight"), on=("other", "flight"), how="semi")
    flights = known.flights
    seen = both.sort("pair", "at").group_by("pair", maintain_order=True).agg(
        pl.col("at").first().alias("first"), pl.col("at").last().alias("last"),
        pl.col("route").unique(maintain_order=True).alias("routes"), pl.col("flight"),
    )  # fmt: skip
    seen = seen.with_columns(
        pl.Series("flight_ids", [flights.gather(one).to_list() for one in seen["flight"]], dtype=pl.List(pl.String))
    )
    is_guarded = (pl.col("handling") == "protect").fill_null(value=False) | pl.col("minor").fill_null(value=False)
    about = net.nodes.select(pl.col("node_id"), UNNAMED, is_guarded.alias("guarded"))
    shown = found.drop("person", "other").join(seen, on="pair", maintain_order="left")
    for end, name in (("person_id", "person"), ("other_id", "other")):
        shown = shown.join(about, left_on=end, right_on="node_id", how="left", maintain_order="left")
        shown = shown.rename({"label": name, "guarded": f"{name}_guarded"})
    why = pl.format(
        "{} flights together from {} to {}, {} expected by route, season and habit; chance {}{}",
        "times", pl.col("first").dt.date(), pl.col("last").dt.date(), pl.col("expected").round(2),
        pl.col("chance").map_elements(lambda p: f"{p:.1e}", return_dtype=pl.String),
        pl.when(pl.col("person_guarded") | pl.col("other_guarded")).then(pl.lit("; one of them may need protection")).otherwise(pl.lit("")),
    )  # fmt: skip
    made = shown.with_columns((pl.col("person_guarded") | pl.col("other_guarded")).alias("protect"), why.alias("why"))
    return made.select([pl.col(name).cast(dtype) for name, dtype in _TABLE.items()])
