"""Brute force against the candidate stage: prints how many accepted pairs were missed (it must be 0).

    python -m benchmarks.lossless --pairs 2e6

Names come from an exercise, half of them altered copies of listed ones. The suite holds a smaller run.
"""

from __future__ import annotations

import argparse
import os
import time
from datetime import date

import numpy as np
import polars as pl

from ops_hub.config import matching_config
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.matching.candidates import candidates
from ops_hub.matching.compare import name_scores, side_of
from ops_hub.matching.index import build_index
from ops_hub.normalise.names import Names, distinct_names
from ops_hub.normalise.tables import name_tables

FLOORS = (0.40, 0.53, 0.70)


def names_of(frame: pl.DataFrame, cut: bool) -> Names:
    columns = frame.select(pl.col("family_name").alias("family"), pl.col("given_names").alias("given"))
    return distinct_names(columns.unique(maintain_order=True), name_tables(), matching_config().names, cut=cut)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=float, default=2e6, help="pairs to compare by brute force, about")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    size = int(told.pairs**0.5)
    made = generate(ExerciseSpec(size, size, told.seed, planted=size // 2, reference=date(2026, 11, 23)))
    listed = made.watchlist.select(
        pl.col("name").str.split(", ").list.get(0).alias("family_name"),
        pl.col("name").str.split(", ").list.get(1).alias("given_names"),
    )
    asked, known = names_of(made.feed, True), names_of(listed, False)
    bearing = pl.DataFrame({"name": range(len(known)), "entry": range(len(known)), "place": 0, "weak": False})
    tables, config = name_tables(), matching_config()
    index = build_index(known, bearing, tables, config)
    found = {
        floor: set(
            candidates(asked, index, tables, config.names, floor=floor, threads=os.cpu_count() or 1)
            .select("name", "list_name")
            .iter_rows()
        )
        for floor in FLOORS
    }
    missed, accepted, begin = dict.fromkeys(FLOORS, 0), dict.fromkeys(FLOORS, 0), time.perf_counter()
    for name in range(len(asked)):
        pairs = np.stack((np.full(len(known), name), np.arange(len(known))), axis=1)
        scores = name_scores(side_of(asked, tables), side_of(known, tables), pairs, config.names, threads=2)
        for floor in FLOORS:
            hits = np.flatnonzero(scores >= floor)
            accepted[floor] += len(hits)
            missed[floor] += sum((name, int(at)) not in found[floor] for at in hits)
    print(f"{len(asked) * len(known):,} pairs in {time.perf_counter() - begin:.0f} s")
    for floor in FLOORS:
        print(f"floor {floor:.2f}: accepted {accepted[floor]:,}  missed = {missed[floor]}")


if __name__ == "__main__":
    main()
