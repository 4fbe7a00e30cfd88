"""Measures in small what a traveller, a list entry and a hit cost: CPU seconds, bytes and memory, for `benchmarks.capacity`.

Reach for `measured()`, which takes some minutes and returns what `benchmarks/capacity.json` holds. What the costs come to
for a region or the world is left to `capacity_model`.

Each measurement runs in a process of its own, so that neither memory nor CPU of one is in another. CPU seconds are what
the system charged to that process and to those that it ended; they are less disturbed by other work on the machine than
times are, but not undisturbed: shared caches and cores that are two halves of one add a quarter and more. So the least
of some runs counts.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import polars as pl

from benchmarks import capacity_hub
from benchmarks.rescreen import DAY
from benchmarks.timing import TODAY
from ops_hub.exercise.generate import ExerciseSpec, generate

Figures = dict[str, float]


@dataclass(frozen=True)
class Sizes:
    """How large what is measured is.

    Attributes:
        passengers: a traveller's cost is what lies between two runs: starting costs fall out.
        entries: the two list sizes that the model is fitted to.
        checks: travellers and entries of sizes that it has not seen.
        sent: messages of each set that goes through the hub.
        days: of 100,000 travellers, that are screened again.
    """

    passengers: tuple[int, int] = (100_000, 300_000)
    entries: tuple[int, int] = (20_000, 200_000)
    checks: tuple[tuple[int, int], ...] = ((200_000, 60_000), (400_000, 400_000))
    sent: int = 60
    days: tuple[int, int] = (1, 3)


FULL = Sizes()
QUICK = Sizes((30_000, 100_000), (5_000, 50_000), ((60_000, 15_000), (100_000, 100_000)), 25, (1, 2))
HITS = 0.3 / 1000  # of travellers, left in the feeds; what more an exercise gives is taken out (docs/figures.md)
NEW = 1_000  # entries that history is screened against


def measured(runs: int, sizes: Sizes = FULL) -> dict[str, object]:
    """Measure everything and return it: machine, costs, and what the model has not seen.

    Args:
        runs: screenings of each size; the one that cost least counts, since other work on the machine only adds.
        sizes: how large.
    """
    load = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="oh-", dir="/tmp") as folder:
        home = Path(folder)
        points = [_batch(home, each, sizes.passengers, runs) for each in sizes.entries]
        checks = [_batch(home, entries, (many,), runs) for many, entries in sizes.checks]
        live = _inside("hub", folder=str(home / f"{sizes.entries[0]}"), sent=sizes.sent, hitting=15)
        live |= _inside("rescreen", entries=NEW, days=list(sizes.days))
    return {
        "machine": {
            "processor": _processor(), "cores": os.cpu_count(), "python": platform.python_version(),
            "polars": version("polars"), "numba": version("numba"), "runs": runs, "day": time.strftime("%Y-%m-%d"),
            "load_before_and_after": [round(load, 1), round(os.getloadavg()[0], 1)],
        },
        "batch": points, "live": live, "checks": checks,
    }  # fmt: skip


def _batch(home: Path, entries: int, sizes: Sequence[int], runs: int) -> dict[str, object]:
    """Compile a list of so many entries, and screen feeds of several sizes against it."""
    place = home / str(entries)
    place.mkdir()
    _inside("make", folder=str(place), passengers=max(sizes), entries=entries)
    compiling = _ops_hub("watchlist", "compile", place / "watchlist.csv", "--out", place / "lists.snapshot")
    first = _screen(place, "feed", runs=1)
    rate = _inside("spare", folder=str(place), sizes=list(sizes))
    taken = {str(size): _screen(place, str(size), runs) for size in sizes}
    on_disk = sum(path.stat().st_size for path in (place / "lists.snapshot").rglob("*") if path.is_file())
    print(f"{entries:,} entries: {taken}", file=sys.stderr, flush=True)
    return {
        "entries": entries, "runs": taken, "snapshot_bytes": on_disk, "compile_cpu": compiling["cpu"],
        "compile_mb": compiling["peak_mb"], "exercise_hits_per_1000": rate["rate"] * 1000, "full_cpu": first["cpu"],
    }  # fmt: skip


def _screen(place: Path, feed: str, runs: int) -> Figures:
    """Return the least of some whole screenings of a feed: CPU, peak of memory, seconds of linking."""
    found = []
    for _ in range(runs):
        out = place / "run"
        told = ("--watchlist", place / "lists.snapshot", "--out", out, "--today", TODAY)
        used = _ops_hub("screen", place / f"{feed}.parquet", *told)
        account = json.loads((out / "run.json").read_text(encoding="utf-8"))
        found.append(used | {"connect": account["seconds"]["connect"]})
    return {name: round(min(each[name] for each in found), 4) for name in found[0]}


def _ops_hub(*words: object) -> Figures:
    """Run a command as a user does and return its CPU seconds and peak of memory (MB)."""
    command = [sys.executable, "-c", "from ops_hub.cli import main; main()", *map(str, words)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{' '.join(command)}: ended with {process.returncode}")
    return {"cpu": used.ru_utime + used.ru_stime, "peak_mb": used.ru_maxrss / 1024}


def _inside(what: str, **told: object) -> Figures:
    """Return what a part measures in a process of its own; this one holds no data."""
    command = [sys.executable, "-m", "benchmarks.capacity_measure", what, json.dumps(told)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    found: Figures = json.loads(done.stdout)
    return found


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def make(folder: str, passengers: int, entries: int) -> Figures:
    """Write list and feed of an exercise."""
    made = generate(ExerciseSpec(passengers, entries, seed=1, planted=min(entries, 600)))
    made.watchlist.write_csv(Path(folder) / "watchlist.csv")
    made.feed.write_parquet(Path(folder) / "feed.parquet")
    made.truth.write_parquet(Path(folder) / "truth.parquet")
    return {}


def spare(folder: str, sizes: Sequence[int]) -> Figures:
    """Write feeds of several sizes with HITS left in them, and `hits.parquet` of travellers who all give one."""
    place = Path(folder)
    feed = pl.read_parquet(place / "feed.parquet")
    met = pl.read_parquet(place / "run" / "hits.parquet")["record_id"].unique(maintain_order=True)
    hitting = feed.filter(pl.col("record_id").is_in(met.implode()))
    others = feed.filter(~pl.col("record_id").is_in(met.implode()))
    for size in sizes:
        few = hitting.head(round(size * HITS))
        # what was taken out is filled up with the first ones again, under other ids: names repeat in life as well
        more = others.with_columns(pl.format("again-{}", "record_id").alias("record_id"))
        pl.concat([few, others, more]).head(size).write_parquet(place / f"{size}.parquet")
    hitting.write_parquet(place / "hits.parquet")
    others.head(60_000).write_parquet(place / "others.parquet")
    listed = pl.read_parquet(place / "truth.parquet", columns=["record_id"])
    return {"rate": hitting.join(listed, on="record_id", how="anti").height / feed.height}  # of those nobody lists


def rescreen(entries: int, days: Sequence[int]) -> Figures:
    """Return CPU seconds a traveller of the past when a list grows by so many entries."""
    with tempfile.TemporaryDirectory(prefix="oh-", dir="/tmp") as folder:
        told = [sys.executable, "-m", "benchmarks.rescreen", "--inside"]
        around = os.environ | {"POLARS_MAX_THREADS": "1"}
        subprocess.run(
            [*told, "made", folder, str(max(days)), str(entries)], env=around, check=True, stdout=subprocess.DEVNULL
        )
        cpu = []
        for many in days:
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            command = [*told, "timed", folder, str(many), str(entries)]
            subprocess.run(command, env=around, check=True, stdout=subprocess.DEVNULL)
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            cpu.append(after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
    return {"rescreen_cpu": (cpu[1] - cpu[0]) / (days[1] - days[0]) / DAY}


PARTS = {"make": make, "spare": spare, "rescreen": rescreen, "hub": capacity_hub.hub}


if __name__ == "__main__":
    print(json.dumps(PARTS[sys.argv[1]](**json.loads(sys.argv[2]))))
