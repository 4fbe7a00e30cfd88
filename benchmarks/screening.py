"""How fast a run is: whole processes from Parquet to hits, beside brute force and an exact join of the same data.

    python -m benchmarks.screening                                    # 1,000,000 travellers, 100,000 and 1,000,000 names
    python -m benchmarks.screening --passengers 20000 --entries 5000,20000 --runs 2 --sample 200

Medians of the runs. Brute force is rapidfuzz's token_sort_ratio over every pair on all cores, timed on a sample of
travellers and multiplied up. Kernels are compiled before anything is timed; what that costs is printed by itself.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import numba
import numpy as np
import polars as pl
from rapidfuzz import fuzz, process

from ops_hub.config import matching_config
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.snapshot import open_snapshot
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, look_up, open_lists, screen

TODAY = date(2026, 11, 23)
BARS = {100_000: 150, 1_000_000: 1000}  # times faster than brute force, by list size
ADDED, MESSAGE = 1_000, 200
Seconds = dict[str, float]


def median(runs: int, work: Callable[[], object]) -> float:
    """Return the median of the seconds that `runs` calls take."""
    return statistics.median(timed(work) for _ in range(runs))


def timed(work: Callable[[], object]) -> float:
    """Return the seconds that one call takes."""
    begin = time.perf_counter()
    work()
    return time.perf_counter() - begin


def ops_hub(*arguments: object, cache: Path | None = None) -> None:
    """Run a command in a process of its own, as a user does; an error of it is shown and ends the benchmark."""
    command = [sys.executable, "-c", "from ops_hub.cli.main import main; main()", *map(str, arguments)]
    around = os.environ | ({"NUMBA_CACHE_DIR": str(cache)} if cache else {})
    done = subprocess.run(command, env=around, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"ops-hub {' '.join(map(str, arguments))}: {done.stderr or done.stdout}")


def exercise(folder: Path, passengers: int, entries: int) -> Path:
    """Return the folder of an exercise, made if it is not there."""
    place = folder / f"{passengers}x{entries}"
    if not (place / "truth.csv").exists():
        ops_hub("exercise", "generate", "--passengers", passengers, "--entries", entries, "--out", place)
    return place


def whole_runs(feed: Path, snapshot: Path, out: Path, runs: int) -> Seconds:
    """Return medians over whole processes: wall time, the stages that run.json tells, and the peak of memory in MB."""
    found: list[Seconds] = []
    for _ in range(runs):
        wall = timed(lambda: ops_hub("screen", feed, "--watchlist", snapshot, "--out", out, "--today", TODAY))
        account = json.loads((out / "run.json").read_text())
        found.append({"wall": wall, "peak_mb": account["peak_memory_mb"], **account["seconds"]})
    return {each: statistics.median(run[each] for run in found) for each in found[0]}


def sorted_names(place: Path) -> tuple[pl.Series, pl.Series]:
    """Return the travellers' and the list's names, tokens in order: what plain comparisons need."""
    feed = pl.read_parquet(place / "feed.parquet", columns=["family_name", "given_names"])
    listed = pl.read_csv(place / "watchlist.csv", columns=["name"])["name"].str.replace(",", "")
    asked = feed.select(pl.concat_str("family_name", "given_names", separator=" ", ignore_nulls=True)).to_series()
    one, other = (names.str.split(" ").list.sort().list.join(" ") for names in (asked, listed))
    return one, other


def brute_force(asked: pl.Series, listed: pl.Series, sample: int, runs: int) -> float:
    """Return the seconds that all pairs would take, from a sample of travellers."""
    some, every = asked.sample(sample, seed=1).to_list(), listed.to_list()

    def all_pairs() -> None:
        process.cdist(some, every, scorer=fuzz.token_sort_ratio, score_cutoff=85, workers=-1, dtype=np.uint8)

    return median(runs, all_pairs) * len(asked) / sample


def exact_join(asked: pl.Series, listed: pl.Series, runs: int) -> float:
    """Return the seconds of an exact join on ready keys."""
    one, other = pl.DataFrame({"name": asked}), pl.DataFrame({"name": listed})
    return median(runs, lambda: one.join(other, on="name"))


def single_queries(place: Path, snapshot: Path, runs: int) -> list[str]:
    """Return lines on opening, single queries and a message, as a library, in this process."""
    known = Knowledge(name_tables(), matching_config(), os.cpu_count() or 1)
    opening = median(runs, lambda: open_lists(open_snapshot(snapshot), known))
    lists = open_lists(open_snapshot(snapshot), known)
    batch = next(iter(read([place / "feed.parquet"], ReadOptions(TODAY, b"key")))).travellers
    some = batch.sample(min(1000, batch.height), seed=1).select("family_name", "given_names", "birth_date")
    each = [
        timed(lambda family=f, given=g, born=b: look_up(family, given or "", lists, known, born=_day(born)))  # type: ignore[misc]
        for f, g, b in some.iter_rows()
    ]
    messages = [batch.slice(first, MESSAGE) for first in range(0, min(50 * MESSAGE, batch.height), MESSAGE)]
    screen(messages[0], lists, known, today=TODAY)
    whole = [timed(lambda m=m: screen(m, lists, known, today=TODAY)) for m in messages]  # type: ignore[misc]
    return [
        f"  open the snapshot              {opening * 1000:10.0f} ms (checked whole; <= 1,000)",
        f"  one query as a library         {statistics.median(each) * 1000:10.2f} ms, p99 {np.quantile(each, 0.99) * 1000:.2f} (<= 2)",
        f"  a message of {MESSAGE} travellers    {statistics.median(whole) * 1000:10.1f} ms (<= 30)",
    ]


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text and len(text) == 10 else None


def one_size(folder: Path, passengers: int, entries: int, told: argparse.Namespace) -> tuple[float, list[str]]:
    """Return the seconds of a run without the process's start, and the lines to print."""
    place, snapshot = exercise(folder, passengers, entries), folder / f"{entries}.snapshot"
    if snapshot.exists():
        compiling = math.nan
    else:
        compiling = timed(lambda: ops_hub("watchlist", "compile", place / "watchlist.csv", "--out", snapshot))
    run = whole_runs(place / "feed.parquet", snapshot, folder / "run", told.runs)
    more = exercise(folder, 1, ADDED) / "watchlist.csv"
    adding = timed(lambda: ops_hub("watchlist", "add", snapshot, more, "--out", folder / f"{entries}.more"))
    asked, listed = sorted_names(place)
    brute, joined = brute_force(asked, listed, told.sample, told.runs), exact_join(asked, listed, told.runs)
    bar, match = BARS.get(entries), run["candidates"] + run["score"]
    reached = f" (bar {bar:,}: {'reached' if brute / run['wall'] >= bar else 'NOT reached'})" if bar else ""
    stages = ", ".join(f"{stage} {run[stage]:.2f}" for stage in run if stage not in ("wall", "peak_mb", "total"))
    return run["total"], [
        f"\n{passengers:,} travellers x {entries:,} entries",
        f"  ops-hub screen, whole process  {run['wall']:10.2f} s {passengers / run['wall']:12,.0f} travellers/s, peak {run['peak_mb']:,.0f} MB",
        f"    of it after the start        {run['total']:10.2f} s: {stages} (side by side in part)",
        f"  brute force, multiplied up     {brute:10.0f} s {passengers / brute:12,.0f} travellers/s",
        f"  exact join on ready keys       {joined:10.3f} s {passengers / joined:12,.0f} travellers/s",
        f"  brute force / whole process    {brute / run['wall']:10.0f}{reached}",
        f"  match stage / exact join       {match / joined:10.0f} (bar 10: {'reached' if match <= 10 * joined else 'NOT reached'})",
        f"  compile the list               {compiling:10.1f} s (<= 60 at 1,000,000)",
        f"  add {ADDED:,} entries to it        {adding:10.1f} s",
        *single_queries(place, snapshot, told.runs),
    ]


def first_compilation(folder: Path) -> float:
    """Return the seconds that compiling all kernels adds to the first run after an installation."""
    place = exercise(folder, 200, ADDED)

    def once(cache: Path) -> float:
        out = folder / "first"
        return timed(
            lambda: ops_hub(
                *("screen", place / "feed.parquet", "--watchlist", place / "watchlist.csv"),
                *("--out", out, "--today", TODAY),
                cache=cache,
            )
        )

    with TemporaryDirectory() as cache:
        cold = once(Path(cache))
        return cold - once(Path(cache))


def growth(smaller: float, larger: float, times: float) -> float:
    """Return the exponent with which seconds grow."""
    return math.log(larger / smaller) / math.log(times)


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passengers", type=int, default=1_000_000)
    parser.add_argument("--entries", default="100000,1000000", help="list sizes")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--sample", type=int, default=300, help="travellers compared by brute force")
    parser.add_argument("--keep", type=Path, help="folder for exercises and snapshots, to be used again")
    told = parser.parse_args(arguments)
    sizes = [int(size) for size in told.entries.split(",")]
    print(
        f"{os.cpu_count()} cores, Python {platform.python_version()}, polars {pl.__version__}, numba {numba.__version__}; "
        f"medians of {told.runs}, brute force on {told.sample} travellers"
    )
    with TemporaryDirectory() as made:
        folder = told.keep or Path(made)
        print(f"compiling all kernels, once after installation: {first_compilation(folder):.0f} s")
        totals = []
        for entries in sizes:
            total, lines = one_size(folder, told.passengers, entries, told)
            totals.append(total)
            print("\n".join(lines), flush=True)
        few = told.passengers // 4
        part = whole_runs(
            exercise(folder, few, sizes[0]) / "feed.parquet", folder / f"{sizes[0]}.snapshot", folder / "run", told.runs
        )
        print(
            f"\nseconds after the start grow with travellers ^ {growth(part['total'], totals[0], 4):.2f} ({few:,} to",
            end=" ",
        )
        print(f"{told.passengers:,} against {sizes[0]:,} entries)")
        for a, b in zip(range(len(sizes)), range(1, len(sizes)), strict=False):
            print(
                f"and with entries ^ {growth(totals[a], totals[b], sizes[b] / sizes[a]):.2f} ({sizes[a]:,} to {sizes[b]:,})"
            )


if __name__ == "__main__":
    main()
