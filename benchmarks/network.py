"""How long a network of months of travel takes to build from Parquet, and what the graph libraries take on a slice of it.

    python -m benchmarks.network                              # 1,000,000 travellers, about 6,000,000 edges
    python -m benchmarks.network --travellers 100000 --keep ex

Travellers, bookings, cards and agencies are invented from a seed; making them is not timed. Building runs in a process of
its own: from reading the Parquet to the network in its folder. Seconds of the clock, CPU seconds, peak memory.
"""

from __future__ import annotations

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import date, datetime, timedelta
from pathlib import Path

import networkx as nx
import numpy as np
import polars as pl
import rustworkx as rx

from ops_hub.engines.network import Order, connect, opened, saved
from ops_hub.feeds.reading import ReadOptions
from ops_hub.schemas import ENTRIES, HITS, conform, empty
from ops_hub.store.files import write_parquet

FIRST = datetime(2026, 6, 1)
DAYS, SEATS, HOUSE, AGENCIES = 180, 120, 3, 600
PORTS = ("POS", "BGI", "KIN", "PTY", "NAS", "GEO", "PBM", "SDQ", "PAP", "HAV", "MIA", "BOG", "MAD", "AMS")
STATES = ("TTO", "BRB", "JAM", "PAN", "BHS", "GUY", "SUR", "DOM", "HTI", "CUB", "VEN", "COL")
SAMPLED = 256  # nodes from which betweenness is sampled


def make(folder: Path, travellers: int, seed: int) -> None:
    """Write feed.parquet and a run's hits.parquet: households that travel again and again, some through agencies."""
    rng = np.random.default_rng(seed)
    size = rng.choice([1, 2, 3, 4], travellers, p=[0.5, 0.25, 0.15, 0.1])
    size = size[: np.searchsorted(np.cumsum(size), travellers) + 1]
    house = rng.integers(0, max(1, travellers // 5), len(size))
    flight = rng.integers(0, max(1, travellers // SEATS), len(size))
    by_agency = rng.random(len(size)) < 0.25
    agency = (AGENCIES * rng.random(len(size)) ** 2).astype(np.int64)
    pays = by_agency & (rng.random(len(size)) < 0.15)
    booking = np.repeat(np.arange(len(size)), size)[:travellers]
    place = (np.arange(travellers) - np.repeat(np.cumsum(size) - size, size)[:travellers]).astype(np.int64)
    person = house[booking] * HOUSE + place % HOUSE
    names = _names(rng, 4000)
    bookings = pl.DataFrame(
        {
            "flight_no": flight,
            "house": house,
            "agency": pl.Series(agency).cast(pl.String).str.zfill(5).zip_with(pl.Series(by_agency), pl.Series([None] * len(size), dtype=pl.String)),
            "card": np.where(pays, 10_000_000 + agency, house),
            "gives": np.where(by_agency & (rng.random(len(size)) < 0.3), 50_000_000 + agency, house),
        }
    )  # fmt: skip
    rows = bookings[booking].with_columns(
        pl.Series("person", person), pl.Series("booking", booking), pl.Series("day", (flight[booking] * 7919) % DAYS)
    )
    born = pl.lit(date(1950, 1, 1)) + pl.duration(days=pl.col("person") * 7919 % 25_000)
    number = pl.col("flight_no") % 900 + 100
    leaves = pl.lit(FIRST) + pl.duration(days="day", minutes=pl.col("flight_no") * 37 % 1_200)
    port = pl.Series(PORTS)
    origin, there = pl.col("flight_no") % len(PORTS), (pl.col("flight_no") * 5 + 3) % len(PORTS)
    feed = rows.select(
        pl.format("B{}", pl.int_range(pl.len())).alias("record_id"), pl.lit("passenger").alias("role"),
        pl.Series(names).gather(house[booking] * 31 % len(names)).alias("family_name"),
        pl.Series(names).gather(person * 17 % len(names)).alias("given_names"),
        born.dt.to_string("%Y-%m-%d").alias("birth_date"),
        pl.when(pl.col("person") % 2 == 0).then(pl.lit("F")).otherwise(pl.lit("M")).alias("sex"),
        pl.lit(pl.Series(STATES)).gather(pl.col("house") % len(STATES)).alias("nationality"),
        pl.lit("P").alias("document_type"), pl.format("P{}", pl.col("person") + 10_000_000).alias("document_number"),
        pl.lit(pl.Series(STATES)).gather(pl.col("house") % len(STATES)).alias("document_issuer"),
        pl.lit("BW").alias("carrier"), pl.format("BW{}", number).alias("flight"),
        pl.lit(port).gather(origin).alias("from_port"), pl.lit(port).gather(there).alias("to_port"),
        leaves.alias("departs_at"), (leaves + timedelta(hours=3)).alias("arrives_at"),
        pl.format("R{}", "booking").alias("booking_ref"), pl.format("+1 246 {}", pl.col("gives") + 1_000_000).alias("phone"),
        pl.format("home{}@mail.example", "gives").alias("email"), "agency",
        pl.concat_list(pl.struct(pl.lit("CC").alias("kind"), pl.format("c{}", "card").alias("token"))).alias("payments"),
        pl.concat_list(pl.format("157{}", pl.int_range(pl.len()) + 10_000_000)).alias("tickets"),
    )  # fmt: skip
    write_parquet(folder / "feed.parquet", feed)
    write_parquet(folder / "run" / "hits.parquet", _hits(feed.sample(fraction=0.0005, seed=seed)))
    write_parquet(folder / "run" / "entries.parquet", empty(ENTRIES))


def _names(rng: np.random.Generator, many: int) -> list[str]:
    syllables = [a + b for a in "BCDFGLMNPRSTV" for b in "AEIOU"]
    return ["".join(rng.choice(syllables, rng.integers(2, 5))) for _ in range(many)]


def _hits(met: pl.DataFrame) -> pl.DataFrame:
    made = met.lazy().select(
        pl.concat_str(pl.lit("h"), "record_id").alias("hit_id"), "record_id", pl.lit("list").alias("list_id"),
        pl.format("E{}", pl.int_range(pl.len()) % 200).alias("entry_id"), pl.lit("high").alias("band"),
        pl.lit(0.9).alias("score"), pl.lit("BRB").alias("owner"), pl.lit("enforce").alias("handling"),
        pl.lit(["migrant-smuggling"]).alias("crime_types"),
    )  # fmt: skip
    return conform(made, HITS).collect()


def measure(folder: Path) -> dict[str, float]:
    """Return what building takes, and how large the network is."""
    begin = time.perf_counter()
    order = Order([folder / "feed.parquet"], ReadOptions(date(2026, 12, 1), b"key"), [folder / "run"])
    net, _ = connect(order)
    built = time.perf_counter() - begin
    saved(folder / "network", net, name="benchmark", made_at="2026-12-01")
    used = resource.getrusage(resource.RUSAGE_SELF)
    return {
        "travellers": net.resolved.height, "persons": net.about["counts"]["persons"], "nodes": net.nodes.height,
        "edges": net.edges.height, "trips": net.trips.height, "seconds_built": round(built, 1),
        "seconds": round(time.perf_counter() - begin, 1), "cpu_seconds": round(used.ru_utime + used.ru_stime, 1),
        "peak_gb": round(used.ru_maxrss / 1024**2, 2),
    }  # fmt: skip


def compare(folder: Path, edges: int) -> dict[str, float]:
    """Return what networkx and rustworkx take for the same questions on the edges of the first journeys."""
    net = opened(folder / "network")
    ties = (
        net.edges.filter(pl.col("from_id").str.starts_with("person:")).sort("first_seen", "link", "from_id").head(edges)
    )
    ids = pl.concat([ties["from_id"], ties["to_id"].rename("from_id")]).unique().sort()
    pairs = list(zip(*(ids.search_sorted(ties[end]).to_list() for end in ("from_id", "to_id")), strict=True))

    def timed(work: Callable[[], object]) -> float:
        begin = time.perf_counter()
        work()
        return round(time.perf_counter() - begin, 2)

    graph, fast = nx.Graph(pairs), rx.PyGraph(multigraph=False)
    fast.add_nodes_from(range(len(ids)))
    fast.add_edges_from_no_data(pairs)
    largest = max(nx.connected_components(graph), key=len)
    part, fast_part = graph.subgraph(largest), fast.subgraph(sorted(largest))
    return {
        "edges": len(pairs), "nodes": len(ids), "components_networkx": timed(lambda: list(nx.connected_components(graph))),
        "components_rustworkx": timed(lambda: rx.connected_components(fast)), "largest": len(largest),
        "betweenness_networkx_sampled": timed(lambda: nx.betweenness_centrality(part, k=min(SAMPLED, len(largest)), seed=1)),
        "betweenness_rustworkx_exact": timed(lambda: rx.graph_betweenness_centrality(fast_part)),
    }  # fmt: skip


def main() -> None:
    """Make, measure, compare; each in a process of its own."""
    asked = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    asked.add_argument("--travellers", type=int, default=1_000_000)
    asked.add_argument("--seed", type=int, default=1)
    asked.add_argument("--slice", type=int, default=20_000, help="edges on which the libraries are compared")
    asked.add_argument("--keep", type=Path, help="folder in which everything stays")
    asked.add_argument("--step", choices=("make", "measure", "compare"), help=argparse.SUPPRESS)
    told = asked.parse_args()
    if told.step == "make":
        make(told.keep, told.travellers, told.seed)
    elif told.step:
        print(json.dumps(measure(told.keep) if told.step == "measure" else compare(told.keep, told.slice), indent=1))
    else:
        with tempfile.TemporaryDirectory() as scratch:
            folder = told.keep or Path(scratch)
            for step in ("make", "measure", "compare"):
                more = [f"--{name}={getattr(told, name)}" for name in ("travellers", "seed", "slice")]
                command = [sys.executable, "-m", "benchmarks.network", f"--step={step}", f"--keep={folder}", *more]
                subprocess.run(command, check=True)


if __name__ == "__main__":
    main()
