"""How fast a run is: whole processes from Parquet to hits, beside brute force and an exact join of the same data.

    python -m benchmarks.screening                  # 1,000,000 travellers against 100,000 and 1,000,000 entries
    python -m benchmarks.screening --passengers 20000 --entries 5000,20000 --runs 2 --least 0.3     # a few minutes

All figures are medians of the runs of one call. Brute force is rapidfuzz's token_sort_ratio over every pair on all
cores, timed on a sample of travellers and multiplied up. What is timed runs in processes of their own, from a copy of
the code that no editing reaches, with kernels compiled anew from it: what that costs is printed by itself, first.
Stages run side by side in part, so their seconds add up to more than the run. How figures grow: `benchmarks.growth`.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import ops_hub
from benchmarks.machine import described
from benchmarks.settings import Settings
from benchmarks.timing import MESSAGE, TODAY, Figures, median, timed
from ops_hub.config import data_dir

BARS = {100_000: 150, 1_000_000: 1_000}  # times faster than brute force, by list size
MATCH_BAR = 10  # times an exact join
ADDED = 1_000
TINY = 10_000  # travellers; with fewer, some kernels are first needed later
NO_STAGE = ("wall", "cpu", "peak_mb", "hits", "total")  # of the figures of a run; the others are its stages


@dataclass(frozen=True)
class Bench:
    """Where things are and how often they are timed.

    This process itself holds no data: Linux lets a child begin with its parent's peak of memory.

    Attributes:
        data: exercises, snapshots and results.
        code: copy of the code that is measured, and `cache` of its kernels; code that has no such folder keeps its
            kernels where it always does.
        runs: medians of so many.
    """

    data: Path
    code: Path
    runs: int

    def python(self, *arguments: object) -> str:
        """Run Python on the copied code and return what it prints; an error is shown and ends the benchmark."""
        told = [str(each) for each in arguments]
        done = subprocess.run(
            [sys.executable, "-P", *told], env=environment(self.code), capture_output=True, text=True, check=False
        )
        if done.returncode:
            sys.exit(f"{' '.join(told)}: {done.stderr or done.stdout}")
        return done.stdout

    def ops_hub(self, *arguments: object) -> str:
        """Run a command as a user does."""
        return self.python("-c", "from ops_hub.cli import main; main()", *arguments)

    def inside(self, what: str, **told: str | float) -> Figures:
        """Return what a function of benchmarks.timing measures."""
        found: Figures = json.loads(self.python("-m", "benchmarks.timing", what, json.dumps(told)))
        return found

    def exercise(self, passengers: int, entries: int, seed: int = 1) -> Path:
        """Return the folder of an exercise, made if it is not there; one seed makes one list, whatever the feed."""
        place = self.data / f"{passengers}x{entries}-{seed}"
        if not (place / "truth.csv").exists():
            size = ("--passengers", passengers, "--entries", entries, "--seed", seed)
            self.ops_hub("exercise", "generate", *size, "--out", place)
        return place

    def additions(self) -> Path:
        """Return a list of entries that no other exercise has."""
        place = self.exercise(1, ADDED, seed=2)
        listed, new = place / "watchlist.csv", place / "new" / "watchlist.csv"
        new.parent.mkdir(exist_ok=True)
        new.write_text(listed.read_text(encoding="utf-8").replace("\nX", "\nN"), encoding="utf-8")
        return new

    def compile(self, listed: Path, snapshot: Path) -> None:
        """Compile a list into a snapshot."""
        self.ops_hub("watchlist", "compile", listed, "--out", snapshot)

    def snapshot(self, exercise: Path) -> Path:
        """Return the compiled list of an exercise, compiled if it is not there."""
        compiled = exercise / "watchlist.snapshot"
        if not compiled.exists():
            self.compile(exercise / "watchlist.csv", compiled)
        return compiled

    def screen(self, feed: Path, snapshot: Path) -> Path:
        """Screen a feed and return the folder of results."""
        out = self.data / "run"
        self.ops_hub("screen", feed, "--watchlist", snapshot, "--out", out, "--today", TODAY)
        return out

    def whole_run(self, feed: Path, snapshot: Path) -> Figures:
        """Return the figures of one whole process: wall and CPU seconds, its stages as run.json has them, MB, hits."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        wall = timed(lambda: self.screen(feed, snapshot))
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        account = json.loads((self.data / "run" / "run.json").read_text(encoding="utf-8"))
        told = {"wall": wall, "cpu": cpu, "peak_mb": account["peak_memory_mb"], "hits": account["hits"]}
        return told | account["seconds"]

    def whole_runs(self, feed: Path, snapshot: Path) -> Figures:
        """Return medians of `whole_run`."""
        found = [self.whole_run(feed, snapshot) for _ in range(self.runs)]
        return {each: statistics.median(run[each] for run in found) for each in found[0]}

    def kernels(self) -> int:
        """Return how many kernels have been compiled."""
        return sum(1 for _ in (self.code / "cache").rglob("*.nbc"))


def copied(code: Path) -> None:
    """Copy the code and its rules, without compiled kernels: numba does not notice all changes to what they call."""
    leave = shutil.ignore_patterns("*.nbi", "*.nbc")
    for package in (Path(ops_hub.__file__).parent, Path(__file__).resolve().parent):
        shutil.copytree(package, code / package.name, ignore=leave)
    shutil.copytree(data_dir("rules"), code / "rules")
    (code / "cache").mkdir()


def environment(code: Path) -> dict[str, str]:
    """Return the environment of a process that runs this code, the kernels of a copy being kept with it."""
    found, cache = os.environ | {"PYTHONPATH": str(code)}, code / "cache"
    return found | {"NUMBA_CACHE_DIR": str(cache)} if cache.is_dir() else found


def bench_of(settings: Settings) -> Bench:
    """Return the bench of a part of `python -m benchmarks`: it measures the code that it is of, copied or not."""
    return Bench(settings.folder, Path(__file__).resolve().parent.parent, settings.runs)


def first_compilation(bench: Bench) -> str:
    """Compile all kernels on a tiny exercise, and return what that adds to the first commands after an installation."""
    place, tiny = bench.exercise(TINY, ADDED), bench.data / "tiny.snapshot"

    def once() -> tuple[float, float]:
        return (
            timed(lambda: bench.compile(place / "watchlist.csv", tiny)),
            timed(lambda: bench.screen(place / "feed.parquet", tiny)),
        )

    cold, warm = once(), once()
    compiling, screening = (max(0.0, a - b) for a, b in zip(cold, warm, strict=True))
    # what is left: other ways in, with other types
    bench.ops_hub("watchlist", "add", tiny, bench.additions(), "--out", bench.data / "tiny.more")
    bench.inside("library", feed=str(place / "feed.parquet"), snapshot=str(tiny), runs=1)
    return (
        f"compiling {bench.kernels()} kernels, once after an installation: {compiling + screening:.0f} s "
        f"({compiling:.0f} in the first watchlist compile, {screening:.0f} in the first screen); in no figure below"
    )


def verdict(reached: bool, bar: str) -> str:
    """Return a bar and whether it is reached."""
    return f"bar {bar}: {'reached' if reached else 'NOT reached'}"


def run_lines(run: Figures, passengers: int) -> list[str]:
    """Return lines on whole processes."""
    stages = ", ".join(f"{stage} {seconds:.2f}" for stage, seconds in run.items() if stage not in NO_STAGE)
    rate = passengers / run["wall"]
    return [
        f"  ops-hub screen, whole process  {run['wall']:11.2f} s  {rate:13,.0f} travellers/s, peak {run['peak_mb']:,.0f} MB",
        f"    start and opening the lists  {run['wall'] - run['total']:11.2f} s",
        f"    the run itself               {run['total']:11.2f} s  {stages}",
    ]


def compared_lines(run: Figures, other: Figures, passengers: int, entries: int) -> list[str]:
    """Return lines on brute force and the exact join, and how a run stands beside them."""
    times, match = other["brute"] / run["wall"], run["candidates"] / other["join"]
    keyed = run["candidates"] / other["keyed_join"]
    bar = BARS.get(entries)
    stands = verdict(times >= bar, f">= {bar:,}") if bar else "bars are for 100,000 and 1,000,000 entries"
    return [
        f"  brute force, multiplied up     {other['brute']:11.2f} s  {passengers / other['brute']:13,.0f} travellers/s; "
        f"{other['sample']:,} travellers took {other['busy']:.2f} s",
        f"  exact join on ready keys       {other['join']:11.4f} s  {passengers / other['join']:13,.0f} travellers/s, {other['joined']:,} pairs",
        f"  brute force / whole process    {times:11.1f}    {stands}",
        f"  candidates / exact join        {match:11.1f}    {verdict(match <= MATCH_BAR, f'<= {MATCH_BAR}')}",
        f"  exact join, keys made first    {other['keyed_join']:11.4f} s  {passengers / other['keyed_join']:13,.0f} travellers/s",
        f"  candidates / this join         {keyed:11.1f}    {verdict(keyed <= MATCH_BAR, f'<= {MATCH_BAR}')}",
    ]


def library_lines(found: Figures) -> list[str]:
    """Return lines on what a program waits for."""
    ms = {name: seconds * 1000 for name, seconds in found.items()}
    return [
        f"  open the snapshot              {ms['open']:11.1f} ms {ms['verified']:13,.1f} ms when every file is verified, as ops-hub screen does",
        f"  one query as a library         {ms['query']:11.2f} ms p99 {ms['query_p99']:9.2f} ms, {found['queries']:,} queries",
        f"  a message of {MESSAGE} travellers    {ms['message']:11.2f} ms p99 {ms['message_p99']:9.2f} ms, {found['messages']:,} messages",
    ]


def one_size(bench: Bench, entries: int, told: argparse.Namespace) -> None:
    """Measure and print all about one list size."""
    place, snapshot = bench.exercise(told.passengers, entries), bench.data / f"{entries}.snapshot"
    feed, listed = place / "feed.parquet", place / "watchlist.csv"
    print(f"\n{told.passengers:,} travellers x {entries:,} entries", flush=True)
    compiled = "kept from an earlier call"
    if not snapshot.exists():
        compiled = f"{median(bench.runs, lambda: bench.compile(listed, snapshot)):11.2f} s"
    run = bench.whole_runs(feed, snapshot)
    other = bench.inside(
        "compare", feed=str(feed), listed=str(listed), runs=bench.runs, sample=told.sample, least=told.least
    )
    new, more = bench.additions(), bench.data / f"{entries}.more"
    adding = median(bench.runs, lambda: bench.ops_hub("watchlist", "add", snapshot, new, "--out", more))
    print("\n".join([*run_lines(run, told.passengers), *compared_lines(run, other, told.passengers, entries)]))
    print(f"  ops-hub watchlist compile      {compiled}")
    print(f"  ops-hub watchlist add, {ADDED:,}   {adding:11.2f} s")
    print("\n".join(library_lines(bench.inside("library", feed=str(feed), snapshot=str(snapshot), runs=bench.runs))))


def arguments(given: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--passengers", type=int, default=1_000_000, help="travellers in the feed")
    parser.add_argument("--entries", action="append", help="list sizes: 100000,1000000, or given several times")
    parser.add_argument("--runs", type=int, default=5, help="medians of so many")
    parser.add_argument(
        "--sample", type=int, default=0, help="travellers compared by brute force [default: see --least]"
    )
    parser.add_argument("--least", type=float, default=2.0, help="seconds that the sample keeps brute force busy")
    parser.add_argument(
        "--keep", type=Path, help="folder for exercises and snapshots, used again; empty it when they change"
    )
    told = parser.parse_args(given)
    told.entries = sorted({int(size) for each in told.entries or ["100000,1000000"] for size in each.split(",")})
    return told


def main(given: Sequence[str] | None = None) -> None:
    told = arguments(given)
    with TemporaryDirectory() as made:
        bench = Bench((told.keep or Path(made, "data")).resolve(), Path(made, "code"), told.runs)
        bench.data.mkdir(parents=True, exist_ok=True)
        copied(bench.code)
        print(f"{described()}; medians of {told.runs}")
        print(first_compilation(bench), flush=True)
        known = bench.kernels()
        for entries in told.entries:
            one_size(bench, entries, told)
        if (more := bench.kernels() - known) > 0:
            print(f"\n{more} kernels were compiled while something else was timed: one run of it holds that, too.")


if __name__ == "__main__":
    main()
