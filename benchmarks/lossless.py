"""The search against brute force: prints how many pairs that the scorer accepts were missed (it must be 0).

    python -m benchmarks.lossless --pairs 2e7

Names come from an exercise, half of the travellers altered copies of listed persons, and from the OFAC and UN lists
where `--data` holds them. Compared three times over: names alone at three floors, and with birth dates at the floors
that screening uses. The suite holds a smaller run; `make lossless` a large one.
"""

from __future__ import annotations

import argparse
import time
from datetime import date
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from benchmarks.brute import accepted
from ops_hub.config import matching_config
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.lists.reading import read_lists
from ops_hub.matching.births import KINDS, NONE, agreement
from ops_hub.matching.candidates import Queries, candidates, search
from ops_hub.matching.compare import listed_side, side_of
from ops_hub.matching.evidence import floors
from ops_hub.matching.index import Index, build_index
from ops_hub.normalise.names import Names, distinct_names, name_columns
from ops_hub.normalise.tables import name_tables

FLOORS = (0.40, 0.53, 0.70)
Pairs = NDArray[np.int64]


def names_of(columns: pl.DataFrame, *, cut: bool) -> Names:
    """Return distinct names of `family` and `given`."""
    return distinct_names(columns.unique(maintain_order=True), name_tables(), matching_config().names, cut=cut)


def really_listed(data: Path) -> pl.DataFrame:
    """Return all names on the real lists, where they are there."""
    found = [
        each.entries for folder in ("ofac", "un") if (data / folder).is_dir() for each in read_lists([data / folder])
    ]
    if not found:
        return pl.DataFrame(schema={"family": pl.String, "given": pl.String})
    names = pl.concat(found).select(pl.col("names").explode(empty_as_null=False)).unnest("names")
    columns = name_columns(pl.col("family"), pl.col("given"), pl.col("full"))
    return names.select(columns).with_columns(pl.col("given").fill_null(""))


def index_of(names: Names, days: Pairs) -> Index:
    """Return an index of the names, each borne once, by someone born on the day beside it."""
    rows = np.arange(len(names), dtype=np.uint32)
    bearing = pl.DataFrame({"name": rows, "entry": rows, "day": days.astype(np.int32)})
    bearing = bearing.with_columns(pl.lit(0, dtype=pl.UInt32).alias("place"), pl.lit(False).alias("weak"))
    return build_index(names, bearing, name_tables(), matching_config())


def some_days(n: int, rng: np.random.Generator) -> Pairs:
    """Return days of birth, a few unknown (NONE) or several; few years and months, so that many nearly agree."""
    days = rng.integers(1969, 1973, n) * 10000 + rng.integers(1, 13, n) * 100 + rng.integers(1, 29, n)
    return np.where(rng.random(n) < 0.05, rng.choice([NONE, -1], n), days)


def missed_by_name(
    asked: Names, index: Index, truth: tuple[Pairs, Pairs, NDArray[np.float64]], floor: float
) -> tuple[int, int]:
    """Return how many pairs brute force accepts at a floor, and how many of them the search misses."""
    left, right, scores = truth
    wanted = set((left[scores >= floor] * len(index.names) + right[scores >= floor]).tolist())
    found = candidates(asked, index, name_tables(), matching_config().names, floor=floor, threads=2)
    got = set((found["name"].to_numpy() * len(index.names) + found["list_name"].to_numpy()).tolist())
    return len(wanted), len(wanted - got)


def missed_with_births(
    asked: Names, births: tuple[Pairs, Pairs], index: Index, truth: tuple[Pairs, Pairs, NDArray[np.float64]]
) -> tuple[int, int]:
    """Likewise for pairs of people, each at the floor of how their birth dates agree."""
    config = matching_config()
    lowest = floors(config)
    born, listed = births
    days = listed[index.places[0]]  # each name has one bearer
    left, right, scores = truth
    kinds = np.array([_kind(int(born[i]), int(days[j])) for i, j in zip(left, right, strict=True)], dtype=np.int64)
    floor_of = np.append(lowest, lowest.min())[kinds]
    wanted = set((left * len(index.names) + right)[scores >= floor_of].tolist())
    queries = Queries(np.arange(len(asked)), born.astype(np.int32), born.astype(np.int32))
    found = search(asked, queries, index, (name_tables(), config.names), floors=lowest, threads=2)
    got = set((found["query"].to_numpy() * len(index.names) + found["bearer"].to_numpy()).tolist())
    return len(wanted), len(wanted - got)


def _kind(born: int, day: int) -> int:
    if born == NONE or day == NONE:
        return 0
    return len(KINDS) if day < 0 else int(agreement(born, born, day, day))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=float, default=2e7, help="pairs to compare by brute force, about")
    parser.add_argument("--data", type=Path, default=Path("../shared/data"), help="folder with the lists ofac/ and un/")
    parser.add_argument("--seed", type=int, default=1)
    told = parser.parse_args()
    rng = np.random.default_rng(told.seed)
    size = int((told.pairs / 4) ** 0.5)  # four travellers to an entry
    made = generate(ExerciseSpec(4 * size, size, told.seed, planted=size, reference=date(2026, 11, 23)))
    comma = pl.col("name").str.split(", ")
    listed = made.watchlist.select(comma.list.get(0).alias("family"), comma.list.get(1).alias("given"))
    real = really_listed(told.data)
    real = real.sample(min(len(real), size // 2), seed=told.seed)
    known = names_of(pl.concat([real, listed]).head(size), cut=False)
    asked = names_of(pl.concat([made.feed.select(family="family_name", given="given_names"), real]), cut=True)
    listed_days = some_days(len(known), rng)
    index = index_of(known, listed_days)
    begin = time.perf_counter()
    truth = accepted(side_of(asked, name_tables()), listed_side(index), matching_config().names, min(FLOORS))
    print(
        f"{len(asked) * len(known):,} pairs by brute force in {time.perf_counter() - begin:.0f} s, {len(real)} real names among them"
    )
    for floor in FLOORS:
        wanted, missed = missed_by_name(asked, index, truth, floor)
        print(f"names at {floor:.2f}: accepted {wanted:,}  missed = {missed}")
    days = some_days(len(asked), rng)
    wanted, missed = missed_with_births(asked, (np.where(days < 0, NONE, days), listed_days), index, truth)
    print(f"names and birth dates: accepted {wanted:,}  missed = {missed}")


if __name__ == "__main__":
    main()
