"""An exercise with more listed travellers whose name and birth date are both altered, which `exercise generate` never does.

    python -m benchmarks.both ex ex-both 500 1

The list stays, and what is compiled from it: some ordinary travellers give their place to altered copies of entries that
nobody in the exercise is. A process of its own, so that its memory is in no measurement of who asks for it.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import numpy as np
import polars as pl

from benchmarks.peers.records import listed
from ops_hub.exercise.alter import ALTERATIONS, fits
from ops_hub.store.files import write_parquet

BOTH = "name and birth date"
NAMES = ("typo", "two-typos", "swapped", "dropped", "transliterated", "one-surname")
BIRTHS = ("birth-swapped", "birth-year-only", "birth-typo")
CHANGED = ("family_name", "given_names", "birth_date", "sex", "nationality")


def added(place: Path, out: Path, many: int, seed: int) -> int:
    """Write an exercise with so many more listed travellers into a folder; return how many there was room for."""
    rng = np.random.default_rng(seed)
    feed, true = pl.read_parquet(place / "feed.parquet"), pl.read_csv(place / "truth.csv", infer_schema=False)
    free = listed(place).join(true, on="entry_id", how="anti")
    free = free.filter(pl.col("birth_date").str.len_chars() == 10).sample(fraction=1, shuffle=True, seed=seed)
    ordinary = feed.join(true, on="record_id", how="anti")["record_id"].sample(fraction=1, shuffle=True, seed=seed)
    made: list[dict[str, str | None]] = []
    for person in free.iter_rows(named=True):
        if len(made) == min(many, len(ordinary)):
            break
        name, born = (kinds[int(rng.integers(len(kinds)))] for kinds in (NAMES, BIRTHS))
        if fits(name, person) and fits(born, person):
            changed = ALTERATIONS[born](ALTERATIONS[name](person, rng), rng)
            made.append({each: changed[each] for each in (*CHANGED, "entry_id")} | {"record_id": ordinary[len(made)]})
    schema = dict.fromkeys((*CHANGED, "entry_id", "record_id"), pl.String)
    extra = pl.DataFrame(made, schema=schema)
    if out != place:
        shutil.copytree(place, out, dirs_exist_ok=True)
    write_parquet(out / "feed.parquet", feed.update(extra.drop("entry_id"), on="record_id", include_nulls=True))
    told = extra.select("record_id", "entry_id", pl.lit(BOTH).alias("alteration"))
    pl.concat([true.select(told.columns), told]).write_csv(out / "truth.csv")
    return extra.height


def main() -> None:
    place, out, many, seed = sys.argv[1:]
    print(added(Path(place), Path(out), int(many), int(seed)))


if __name__ == "__main__":
    main()
