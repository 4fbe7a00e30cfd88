"""Hand-over chains: A brings travellers in to a port, B takes them on from there, and A does not come along.

Reach for `handovers()`. Two kinds of evidence: travellers tied by booking, payment or contact to A on the way in and to B
on the way on, where that happens with several or with somebody who may need protection; and, without such a tie, B on
flights that took on somebody who came in with A, oftener than B's habits and the traffic of the port explain. One flight
shared once is no evidence: at a hub everybody changes planes with somebody.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import polars as pl

from ops_hub.graph.analyses.cross import guarded
from ops_hub.graph.analyses.explained import family_names, tied
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.flown import Flown, flown, met
from ops_hub.graph.analyses.statistics import adjusted
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Moves

_TIES = ("booking_ids", "payment_ids", "contact_ids")
_TABLE: dict[str, Any] = {
    "port": pl.String, "brings_id": pl.String, "takes_id": pl.String, "brings": pl.String, "takes": pl.String, "travellers": pl.Int64,
    "times": pl.Int64, "guarded": pl.Int64, "handed_ids": pl.List(pl.String), "flight_ids": pl.List(pl.String), "tied": pl.Boolean,
    "expected": pl.Float64, "chance": pl.Float64, "rate": pl.Float64, "first": pl.Datetime("us"), "last": pl.Datetime("us"),
    "why": pl.String,
}  # fmt: skip
_EVENT = ("port", "a", "b", "x", "f", "g")


def handovers(net: Network, settings: Moves, *, around: Iterable[str] | None = None, top: int = 20) -> Finding:
    """Return pairs of persons of whom one brings travellers to a port and the other takes them on from there.

    Args:
        net: the network.
        settings: rules/graph.toml.
        around: nodes: only chains whose first or second person is one of these.
        top: rows of the table at most.
    """
    known = flown(net, settings)
    through = _through(known, settings)
    by_tie = _by_tie(net, settings, known, through)
    by_flight, tests, left_out = _by_flight(known, through, settings)
    both = pl.concat([by_tie, by_flight.join(by_tie, on=("port", "a", "b"), how="anti")], how="diagonal_relaxed")
    table = _table(net, known, both)
    safe = guarded(net)
    # those to be protected bring nobody and take nobody on: they are brought
    table = table.filter(~pl.col("brings_id").is_in(sorted(safe)) & ~pl.col("takes_id").is_in(sorted(safe)))
    if around is not None:
        chosen = sorted(set(around))
        table = table.filter(pl.col("brings_id").is_in(chosen) | pl.col("takes_id").is_in(chosen))
    table = table.sort(
        "tied", "guarded", "travellers", "brings_id", "takes_id", descending=[True, True, True, False, False]
    ).head(top)
    words = (
        f"Looked for a person who brings travellers to a port and another who takes them on within {settings.handover_hours:g} "
        "hours, where the first one does not go on with them.",
        f"Found {table.height}: {int(table['tied'].sum())} in which bookings, payments or contacts tie the travellers to both, "
        f"the others by flights shared at least {settings.handover_least} times ({tests:,} pairs could have; at most "
        f"{settings.rate:.0%} of those found by flights alone are to be expected by chance)."
        + (f" Flights alone were not compared at {', '.join(left_out)}: too much traffic; name persons instead." if left_out else ""),
        "Parents who share a child's journeys, tour guides, carers of an airline's service for children and staff who relieve each other look like this. "
        "Who has a family name in common with the traveller is left out. A lead to verify.",
        "The travellers may be victims: they are counted, and who is a minor or to be protected is not named here. Speak to "
        "the protection desk before anybody is approached.",
    )  # fmt: skip
    ids = pl.concat(
        [table["brings_id"], table["takes_id"], table["handed_ids"].explode(), table["flight_ids"].explode()]
    )
    return Finding("handovers", words, table, tuple(ids.drop_nulls().unique().sort()))


def _through(known: Flown, settings: Moves) -> pl.DataFrame:
    """Return x (person), f and g (flights), port: who arrived on f and went on with g soon after."""
    legs = known.legs.select(
        pl.col("person").alias("x"), pl.col("flight").alias("f"), pl.col("to_port").alias("port"),
        pl.coalesce("arrives", "at").alias("arrived"), pl.col("flight").shift(-1).over("person").alias("g"),
        pl.col("from_port").shift(-1).over("person").alias("left_from"), pl.col("at").shift(-1).over("person").alias("left"),
    )  # fmt: skip
    hours = (pl.col("left") - pl.col("arrived")).dt.total_minutes() / 60
    on = legs.filter((pl.col("port") == pl.col("left_from")) & hours.is_between(0, settings.handover_hours))
    return on.select("x", "f", "g", "port")


def _by_tie(net: Network, settings: Moves, known: Flown, through: pl.DataFrame) -> pl.DataFrame:
    """Return the chains in which values tie the traveller to both: port, a, b, xs, gs, fs, times."""
    person = known.persons.to_frame("person_id").with_row_index("person")
    flight = known.flights.to_frame("flight_id").with_row_index("flight")
    values = tied(net, settings, _TIES).join(person, on="person_id").join(flight, on="flight_id")
    values = values.select("person", "flight", "value")
    pairs = values.join(values, on=("flight", "value"), suffix="_2").filter(pl.col("person") != pl.col("person_2"))
    pairs = pairs.select("flight", pl.col("person").alias("x"), pl.col("person_2").alias("other")).unique()
    named = net.nodes.join(known.persons.to_frame("node_id"), on="node_id", how="semi")
    names = named.select(pl.col("node_id").alias("person_id"), family_names(pl.col("label")).alias("name"))
    names = (
        names.explode("name", empty_as_null=False)
        .drop_nulls("name")
        .join(person, on="person_id")
        .select("person", "name")
    )
    kin = pairs.join(names.rename({"person": "x"}), on="x").join(
        names.rename({"person": "other"}), on=("other", "name")
    )
    pairs = pairs.join(kin, on=("x", "other"), how="anti")
    brought = through.join(pairs.rename({"flight": "f", "other": "a"}), on=("f", "x"))
    taken = brought.join(pairs.rename({"flight": "g", "other": "b"}), on=("g", "x"))
    events = _apart(known, taken.select(_EVENT))
    chains = _chains(events)
    safe = known.persons.is_in(sorted(guarded(net))).arg_true().cast(pl.UInt32)
    is_protected = pl.col("xs").list.eval(pl.element().is_in(safe.implode())).list.any()
    return chains.filter((pl.col("xs").list.len() > 1) | is_protected).with_columns(pl.lit(value=True).alias("tied"))


def _by_flight(known: Flown, through: pl.DataFrame, settings: Moves) -> tuple[pl.DataFrame, int, list[str]]:
    """Return the chains that flights alone tell of with their chances, how many there could be, and ports left out."""
    least = settings.handover_least
    came = known.legs.select(pl.col("person").alias("a"), pl.col("flight").alias("f"), pl.col("to_port").alias("port"))
    came = came.filter(pl.len().over("a", "port") >= least)
    went = known.legs.select(
        pl.col("person").alias("b"), pl.col("flight").alias("g"), pl.col("from_port").alias("port")
    )
    went = went.filter(pl.len().over("b", "port") >= least)
    sizes = came.group_by("port").agg(pl.col("a").n_unique().cast(pl.Int64)).join(
        went.group_by("port").agg(pl.col("b").n_unique().cast(pl.Int64)), on="port"
    )  # fmt: skip
    cost = through.join(came.group_by("f", "port").agg(pl.len().cast(pl.Int64).alias("n")), on=("f", "port"))
    cost = cost.join(went.group_by("g", "port").agg(pl.len().cast(pl.Int64).alias("m")), on=("g", "port"))
    by_port = cost.group_by("port").agg((pl.col("n") * pl.col("m")).sum().alias("rows")).sort("rows", "port")
    fits = by_port.filter(pl.col("rows").cum_sum() <= settings.rows_most // 4)  # rows of six columns each
    left_out = sorted(set(by_port["port"]) - set(fits["port"]))
    events = through.join(fits, on="port", how="semi").join(came, on=("f", "port")).join(went, on=("g", "port"))
    tests = int((sizes["a"] * sizes["b"]).sum())
    found = _chains(_apart(known, events.select(_EVENT)))
    found = found.filter((pl.col("times") >= least) & (pl.col("xs").list.len() >= least)).with_row_index("pair")
    targets = found.select("pair", "a", "port", "b").join(came, on=("a", "port")).join(through, on=("f", "port"))
    targets = targets.filter((pl.col("x") != pl.col("a")) & (pl.col("x") != pl.col("b")))
    targets = targets.select("pair", pl.col("g").alias("flight")).unique()
    tried = met(known, found.select("pair", pl.col("b").alias("person")), targets)
    made = found.join(tried.drop("times", "legs"), on="pair").drop("pair")
    rates = pl.Series("rate", adjusted(made["chance"].to_numpy(), tests, independent=True), dtype=pl.Float64)
    made = made.with_columns(rates, pl.lit(value=False).alias("tied"))
    return made.filter(pl.col("rate") <= settings.rate), tests, left_out


def _apart(known: Flown, events: pl.DataFrame) -> pl.DataFrame:
    """Leave out events in which A goes on along, B came along, or somebody is two of the three."""
    three = events.filter((pl.col("a") != pl.col("b")) & (pl.col("a") != pl.col("x")) & (pl.col("b") != pl.col("x")))
    on = known.legs.select("person", "flight")
    along = on.rename({"person": "a", "flight": "g"})
    came = on.rename({"person": "b", "flight": "f"})
    return three.join(along, on=("a", "g"), how="anti").join(came, on=("b", "f"), how="anti")


def _chains(events: pl.DataFrame) -> pl.DataFrame:
    return events.group_by("port", "a", "b").agg(
        pl.col("x").unique().sort().alias("xs"), pl.col("f").unique().sort().alias("fs"), pl.col("g").unique().sort().alias("gs"),
        pl.col("g").n_unique().cast(pl.Int64).alias("times"),
    )  # fmt: skip


def _table(net: Network, known: Flown, chains: pl.DataFrame) -> pl.DataFrame:
    safe, labels = guarded(net), dict(net.nodes.select("node_id", "label").iter_rows())
    first, last = (dict(known.legs.group_by("flight").agg(one("at")).iter_rows()) for one in (pl.min, pl.max))
    rows = []
    for row in chains.iter_rows(named=True):
        xs = [known.persons[x] for x in row["xs"]]
        kept = sorted(x for x in xs if x not in safe)
        a, b = known.persons[row["a"]], known.persons[row["b"]]
        chance, tie = row.get("chance"), row["tied"]
        evidence = (
            "tied to both by bookings, payments or contacts"
            if tie
            else f"on the same flights {row['times']} times, {row['expected']:.2f} expected, chance {chance:.1e}"
        )
        protected = f", {len(xs) - len(kept)} of whom may need protection" if len(kept) < len(xs) else ""
        rows.append({
            "port": row["port"], "brings_id": a, "takes_id": b, "brings": labels.get(a), "takes": labels.get(b),
            "travellers": len(xs), "times": row["times"], "guarded": len(xs) - len(kept), "handed_ids": kept,
            "flight_ids": sorted({known.flights[f] for f in [*row["fs"], *row["gs"]]}), "tied": tie,
            "expected": row.get("expected"), "chance": chance, "rate": row.get("rate"),
            "first": min(first[f] for f in row["fs"]), "last": max(last[g] for g in row["gs"]),
            "why": f"{len(xs)} travellers{protected} come to {row['port']} with one and leave it with the other; {evidence}",
        })  # fmt: skip
    return pl.DataFrame(rows, schema=_TABLE, orient="row")
