"""What lists in shards save and cost: memory to compile them, CPU to screen against them, how even shards are.

    python -m benchmarks.shards                                                     # ten minutes of two cores
    python -m benchmarks.shards --compiled 20000 --entries 5000 --travellers 5000 --runs 1      # a look at it

Lists are those of the exercise generator, cut into LISTS files of as many lists, so that no list alone decides what is
held. Each compilation and each screening runs in a process of its own; CPU is that of all its threads, and a screening
is timed without opening the lists. `--lists` adds the balance of lists that lie on disk.
"""

from __future__ import annotations

import argparse
import json
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import polars as pl

from benchmarks.peers.worker import cpu_seconds, peak_mb
from benchmarks.results import Section, Table
from benchmarks.settings import Settings
from ops_hub.config import matching_config
from ops_hub.engines.shards import compile_shards
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.feeds.reading import ReadOptions, read
from ops_hub.lists.reading import each_read, read_lists
from ops_hub.lists.snapshot import open_snapshot, write
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, compile_lists, name_blocks, open_lists, screen

TODAY = date(2026, 11, 23)  # the day of the exercises
LISTS = 10
SHARDS = (1, 2, 4, 8)


def knowledge() -> Knowledge:
    return Knowledge(name_tables(), matching_config(), threads=1)


def exercise(folder: Path, travellers: int, entries: int) -> Path:
    """Write a feed and LISTS lists."""
    made = generate(ExerciseSpec(travellers, entries, 21))
    (folder / "lists").mkdir(parents=True)
    made.feed.write_parquet(folder / "feed.parquet")
    for number, part in enumerate(made.watchlist.iter_slices(-(-entries // LISTS))):
        part.write_csv(folder / "lists" / f"list{number}.csv")
    return folder


def compiled(folder: str, shards: int) -> dict[str, float]:
    """Compile the lists of a folder; 1: not cut."""
    lists, out, known = Path(folder) / "lists", Path(folder) / f"of-{shards}", knowledge()
    if shards > 1:
        compile_shards(each_read([lists]), out, known, shards=shards, engine="benchmark")
    else:
        write(out, compile_lists(read_lists([lists]), known), "benchmark")
    return {}


def screened(folder: str, shards: int) -> dict[str, float]:
    """Screen the feed against all shards, in one thread, the second time around; each alone, too."""
    known = knowledge()
    lists = open_lists(open_snapshot(Path(folder) / f"of-{shards}"), known)
    options = ReadOptions(TODAY, b"key")
    batches = [each.travellers for each in read([Path(folder) / "feed.parquet"], options)]
    warm = screen(batches[0].head(1000), lists, known, today=TODAY).height  # reads compiled code from disk
    alone = [open_lists(lists.snapshot, known, only=[part]) for part in range(len(lists.parts))]
    begin = time.process_time()
    hits = sum(screen(batch, lists, known, today=TODAY).height for batch in batches)
    whole = time.process_time() - begin
    each = []
    for part in alone:
        begin = time.process_time()
        for batch in batches:
            screen(batch, part, known, today=TODAY)
        each.append(time.process_time() - begin)
    return {"cpu": whole, "hits": hits, "least": min(each), "most": max(each), "warm": warm}


def inside(what: str, folder: Path, shards: int) -> dict[str, float]:
    """Run one of the above in a process of its own; CPU seconds and peak memory beside what it says."""
    told = [sys.executable, "-m", "benchmarks.shards", "--inside", what, str(folder), str(shards)]
    child = subprocess.Popen(told, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    said = child.stdout.read()
    if child.wait():
        raise SystemExit(f"{' '.join(told)} failed")
    found: dict[str, float] = json.loads(said)
    return found


def median(found: Sequence[dict[str, float]]) -> dict[str, float]:
    return {key: statistics.median(each[key] for each in found) for key in found[0]}


def memory(entries: int, runs: int, place: Path) -> Section:
    """Peak memory of compiling."""
    folder, rows = exercise(place / "compiled", 1000, entries), []
    for shards in SHARDS:
        took = median([inside("compiled", folder, shards) for _ in range(runs)])
        rows.append((shards, round(took["peak_mb"]), round(took["used"], 1)))
    return Section(
        f"Compiling {entries:,} entries in shards",
        "Peak memory of the whole process and its CPU seconds.",
        [Table(("shards", "peak MB", "CPU s"), rows)],
        command="python -m benchmarks.shards",
    )


def cost(travellers: int, entries: int, runs: int, place: Path) -> Section:
    """CPU of screening."""
    folder, rows, first = exercise(place / "screened", travellers, entries), [], 0.0
    for shards in SHARDS:
        inside("compiled", folder, shards)
        took = median([inside("screened", folder, shards) for _ in range(runs)])
        first = first or took["cpu"]
        each = f"{took['least']:.2f} to {took['most']:.2f}"
        rows.append((shards, round(took["cpu"], 2), round(took["cpu"] / first, 2), each, int(took["hits"])))
    return Section(
        f"Screening {travellers:,} travellers against {entries:,} entries in shards",
        "CPU seconds in one thread; then of each shard searched alone, from the least to the most.",
        [Table(("shards", "CPU s", "ratio", "alone, CPU s", "hits"), rows)],
        command="python -m benchmarks.shards",
    )


def balance(lists: Path, shards: int = 8) -> Section:
    """How even the shards of lists are, and how large the largest block of names is."""
    with TemporaryDirectory() as place:
        known = knowledge()
        compile_shards(each_read([lists]), Path(place) / "cut", known, shards=shards, engine="benchmark")
        cut = open_snapshot(Path(place) / "cut").shards
        entries = pl.concat([each.entries for each in cut])
        largest = name_blocks(entries, known).value_counts()["count"].max()
        names = [int(each.entries["names"].list.len().sum()) for each in cut]
        words = [each.frames["words"].height for each in cut]
        sizes = [each.entries.height for each in cut]
    rows = [(what, min(of), max(of)) for what, of in (("entries", sizes), ("names", names), ("distinct tokens", words))]
    says = f"{entries.height:,} entries; the largest block of names that sound alike has {largest:,}."
    return Section(f"Balance of {shards} shards: {lists.name}", says, [Table(("a shard has", "least", "most"), rows)])


def sections(settings: Settings) -> list[Section]:
    """Return what shards save and cost at the sizes of the report."""
    place, entries = settings.folder / "shards", settings.entries[-1]
    shutil.rmtree(place, ignore_errors=True)
    return [
        memory(3 * entries, settings.runs, place),
        cost(settings.passengers, entries, settings.runs, place),
        balance(place / "screened" / "lists"),
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--compiled", type=int, default=300_000, help="entries, for the memory that compiling takes")
    parser.add_argument("--entries", type=int, default=100_000, help="for the cost of screening, and the balance")
    parser.add_argument("--travellers", type=int, default=100_000)
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--lists", type=Path, action="append", default=[], help="lists whose balance is told, too")
    parser.add_argument("--inside", nargs=3, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.inside:
        what, folder, shards = told.inside
        figures = {"compiled": compiled, "screened": screened}[what](folder, int(shards))
        # not wait4's peak: that begins with the peak of whoever started this
        print(json.dumps(figures | {"peak_mb": peak_mb(), "used": cpu_seconds()}))
        return
    with TemporaryDirectory() as name:
        place = Path(name)
        found = [memory(told.compiled, told.runs, place), cost(told.travellers, told.entries, told.runs, place)]
        found += [balance(lists) for lists in (place / "screened" / "lists", *told.lists)]
    for section in found:
        print(f"\n{section.title}\n{section.says}")
        for table in section.tables:
            print(*("  ".join(str(cell).rjust(18) for cell in row) for row in (table.head, *table.rows)), sep="\n")


if __name__ == "__main__":
    main()
