"""Whether co-travel keeps its rate of false discoveries on travel without a network, and what it finds of planted pairs.

    python -m benchmarks.cotravel --first 100                  # 20 seeds with 400 travellers a day
    python -m benchmarks.cotravel --seeds 1 --passengers 5600 --days 180      # 1,000,000 trips: seconds and memory

Ordinary travel of `ops_hub.exercise`: who shares a booking, payment or contact does so in the records. Everybody else
travels by habit alone, so each pair found is false. Planted pairs then travel together on bookings of their own, there
and back, some weeks apart. Everyone is invented.
"""

from __future__ import annotations

import json
import resource
import time
from datetime import date

import click
import numpy as np
import polars as pl

from ops_hub.exercise.journeys import travellers
from ops_hub.exercise.ordinary import ordinary
from ops_hub.exercise.timetable import Timetable
from ops_hub.graph.analyses.cotravel import cotravel
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Moves, graph_settings
from ops_hub.schemas import EDGES, NODES, RESOLVED, TRIPS, conform, empty

FIRST = date(2026, 6, 1)


def trips(passengers: int, days: int, seed: int, planted: int = 0, journeys: int = 4) -> pl.DataFrame:
    """Return TRIPS of ordinary travel, with planted pairs that make so many journeys together, there and back."""
    rows = travellers(ordinary(passengers, FIRST, days, seed, Timetable(FIRST, days + 30)), FIRST, days)
    node = [
        pl.format("flight:{}/{}/{}", "flight", pl.col("departs_at").dt.date(), "from_port").alias("flight_id"),
        pl.format("person:{}", "bearer").alias("person_id"),
        pl.concat_list(pl.format("booking:{}", "booking_ref")).alias("booking_ids"),
        pl.col("payments").list.eval(pl.lit("payment:") + pl.element().struct.field("token")).list.drop_nulls().alias("payment_ids"),
        pl.concat_list(pl.format("phone:{}", "phone"), pl.format("email:{}", "email")).alias("contact_ids"),
        pl.lit("air").alias("mode"),
    ]  # fmt: skip
    made = conform(rows.lazy().with_columns(node), TRIPS).collect()
    return pl.concat([made, _planted(made, planted, journeys, seed)]).sort("departs_at", "flight_id", "person_id")


def _planted(made: pl.DataFrame, pairs: int, journeys: int, seed: int) -> pl.DataFrame:
    rng = np.random.default_rng((seed, 5))
    flights = made.unique("flight_id", maintain_order=True)
    rows = []
    for pair in range(pairs):
        start = flights.row(int(rng.integers(0, flights.height)), named=True)
        one, other = start["from_port"], start["to_port"]
        out = flights.filter((pl.col("from_port") == one) & (pl.col("to_port") == other)).sort("departs_at")
        back = flights.filter((pl.col("from_port") == other) & (pl.col("to_port") == one)).sort("departs_at")
        chosen = np.sort(rng.choice(out.height, min(journeys, out.height), replace=False))
        for at in chosen:
            leg = out.row(int(at), named=True)
            later = back.filter(pl.col("departs_at") > leg["departs_at"] + pl.duration(days=1)).head(1)
            for way in [leg, *later.iter_rows(named=True)]:
                rows += [way | {"person_id": f"person:planted-{pair}-{who}", "booking_ids": [f"booking:p-{pair}-{who}-{at}"], "payment_ids": [], "contact_ids": []} for who in "ab"]  # fmt: skip
    return pl.DataFrame(rows, made.schema).unique(["person_id", "flight_id"], maintain_order=True)


def network(made: pl.DataFrame, settings: Moves) -> Network:
    """Return a network of trips alone; values that more than 30 persons share are damped, as building one does."""
    del settings
    values = pl.concat([made.select("person_id", pl.col(c).alias("value")).explode("value") for c in ("booking_ids", "payment_ids", "contact_ids")])  # fmt: skip
    shared = values.drop_nulls().unique().group_by("value").len().filter(pl.col("len") > 30)
    people = made.select(pl.col("person_id").alias("node_id"), pl.lit("person").alias("type"), pl.lit(1.0).alias("weight"))  # fmt: skip
    nodes = pl.concat([people.unique(), shared.select(pl.col("value").alias("node_id"), pl.col("value").str.split(":").list.first().alias("type"), pl.lit(0.1).alias("weight"))])  # fmt: skip
    return Network(conform(nodes.lazy(), NODES).collect(), empty(EDGES), made, empty(RESOLVED))


@click.command()
@click.option("--seeds", default=20)
@click.option("--first", default=0, help="first seed; 0 to 19 were looked at while the settings were chosen")
@click.option("--passengers", default=400, help="a day")
@click.option("--days", default=60)
@click.option("--planted", default=20, help="pairs")
@click.option("--journeys", default=4, help="that each planted pair makes together, there and back")
def main(seeds: int, first: int, passengers: int, days: int, planted: int, journeys: int) -> None:
    """Measure false discoveries, power, seconds and memory."""
    settings = graph_settings().moves
    alone, false, found = [], 0, 0
    for seed in range(first, first + seeds):
        start = time.perf_counter()
        quiet = cotravel(network(trips(passengers, days, seed), settings), settings, top=10_000)
        with_them = network(trips(passengers, days, seed, planted, journeys), settings)
        built = time.perf_counter()
        said = cotravel(with_them, settings, top=10_000)
        took = time.perf_counter() - built
        is_true = said.table["person_id"].str.contains("planted") & said.table["other_id"].str.contains("planted")
        alone.append(quiet.table.height)
        false, found = false + int((~is_true).sum()), found + int(is_true.sum())
        print(json.dumps({"seed": seed, "trips": with_them.trips.height, "without": quiet.table.height, "found": int(is_true.sum()), "false": int((~is_true).sum()), "seconds": round(took, 1), "all": round(built - start, 1), "said": said.words[1]}), flush=True)  # fmt: skip
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"seeds with any pair found where there is none to find: {sum(n > 0 for n in alone)} of {seeds}")
    print(f"planted pairs found: {found} of {seeds * planted}; false among all found: {false} of {found + false}")
    print(f"peak memory {peak:,.0f} MB")


if __name__ == "__main__":
    main()
