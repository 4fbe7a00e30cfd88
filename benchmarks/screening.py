"""How fast names are searched: ours beside brute force and an exact join, on the same exercise, in one run.

    python -m benchmarks.screening --passengers 100000 --entries 10000

Prints medians of the runs and ratios; brute force (rapidfuzz cdist on sorted tokens, both cores) is timed on a sample
and extrapolated.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from ops_hub.config import matching_config
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.reading import read_lists
from ops_hub.matching.candidates import candidates
from ops_hub.normalise.people import travellers_people
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, compile_lists, open_lists, screen

SAMPLE = 500  # passengers compared by brute force


def median(runs: int, work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(runs):
        begin = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begin)
    return statistics.median(seconds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--passengers", type=int, default=100_000)
    parser.add_argument("--entries", type=int, default=10_000)
    parser.add_argument("--runs", type=int, default=5)
    told = parser.parse_args()
    spec = ExerciseSpec(told.passengers, told.entries, seed=1)
    made = generate(spec)
    known = Knowledge(name_tables(), matching_config(), os.cpu_count() or 1)
    with TemporaryDirectory() as folder:
        made.watchlist.write_csv(Path(folder) / "watchlist.csv")
        made.feed.write_parquet(Path(folder) / "feed.parquet")
        begin = time.perf_counter()
        lists = open_lists(compile_lists(read_lists([Path(folder) / "watchlist.csv"]), known), known)
        print(
            f"compiled {told.entries:,} entries in {time.perf_counter() - begin:.1f} s (compilation of kernels included on a first run)"
        )
        travellers = pl.concat(
            [b.travellers for b in read([Path(folder) / "feed.parquet"], ReadOptions(spec.reference, b"key"))]
        )
    people = travellers_people(travellers, known.tables, known.config.names)
    floor = known.config.name_floor()

    def stage() -> object:
        names = known.config.names
        return candidates(people.names, lists.index, known.tables, names, floor=floor, threads=known.threads)

    stage()
    ours = median(told.runs, stage)
    whole = median(told.runs, lambda: screen(travellers, lists, known, today=spec.reference))
    plain = pl.concat_str("family_name", "given_names", separator=" ").str.split(" ").list.sort().list.join(" ")
    asked, listed = (
        travellers.select(plain)[:, 0],
        made.watchlist.select(pl.col("name").str.replace(",", "").str.split(" ").list.sort().list.join(" "))[:, 0],
    )
    exact = median(told.runs, lambda: pl.DataFrame({"n": asked}).join(pl.DataFrame({"n": listed}), on="n"))
    sample = asked.head(SAMPLE).to_list()
    against = listed.to_list()
    brute = median(
        told.runs,
        lambda: process.cdist(sample, against, scorer=fuzz.ratio, score_cutoff=85, workers=-1, dtype=np.uint8),
    )
    brute *= told.passengers / SAMPLE
    print(f"{told.passengers:,} passengers x {told.entries:,} entries, medians of {told.runs}, {os.cpu_count()} cores")
    for label, seconds in (
        ("candidates", ours),
        ("screen, explained", whole),
        ("exact join", exact),
        ("brute force (extrapolated)", brute),
    ):
        print(f"{label:<28} {seconds:>9.2f} s  {told.passengers / seconds:>12,.0f} passengers/s")
    print(f"brute force / screen = {brute / whole:.1f}   candidates / exact join = {ours / exact:.0f}")


if __name__ == "__main__":
    main()
