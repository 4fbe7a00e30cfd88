"""How long it takes to look for new entries in what is retained, and whether that grows with the past alone.

    python -m benchmarks.rescreen                                   # 1,000,000 to 4,000,000 travellers, 1,000 entries
    python -m benchmarks.rescreen --travellers 200000 --entries 100    # a minute

The past is made day by day, 100,000 travellers each, every day by another seed of the exercise generator, so that
names are as distinct as they are in life (it is said how distinct), and 20 of the new entries travel every day under
their own names. Each day lies sealed on disk, as in the lake.
What is timed is the service's whole step: a second list is published, and the hub holds receipts and sealed hits of
every slice when it ends. Each size runs in a process of its own, on one core, at the service's low priority.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp

import polars as pl

from ops_hub.config import matching_config
from ops_hub.engines.live.rescreen import Ways, step
from ops_hub.engines.live.rescreen_progress import status
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import Snapshot
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, compile_lists
from ops_hub.schemas import TRAVELLERS, conform, dtypes
from ops_hub.store.hub import key, open_hub
from ops_hub.store.keyring import Keyring
from ops_hub.store.receipt import packed, unpacked
from ops_hub.store.server import stop

DAY = 100_000  # travellers a day: a region of 40,000,000 a year
PLANTED = 20  # of them are new entries
LISTED = 10_000  # entries that stood there before
YEAR = 40_000_000
_OWNER, _PERIOD = "BENCH", "past"


def made(home: Path, days: int, entries: int) -> dict[str, float]:
    """Make the past and the lists, unless they are there; return how distinct names are."""
    (home / "past").mkdir(parents=True, exist_ok=True)
    hub = open_hub(home)
    names: list[pl.DataFrame] = []
    listed = pl.DataFrame()
    for number in range(days):
        spec = ExerciseSpec(DAY, LISTED + entries, 1000 + number, planted=DAY // 1000)
        exercise = generate(spec)
        if number == 0:
            exercise.watchlist.write_csv(home / "watchlist.csv")
            listed = read_lists([home / "watchlist.csv"])[0].entries[LISTED:]
        feed = _travellers(exercise.feed, number)
        feed = pl.concat([_listed(feed.head(PLANTED), listed, number), feed[PLANTED:]])
        sealed = hub.keyring.seal(_OWNER, _PERIOD, packed(feed))
        (home / "past" / f"{number:04d}").write_bytes(sealed)
        names.append(feed.select("family_name", "given_names"))
    together = pl.concat(names)
    stop(home)
    return {"travellers": together.height, "distinct_names": together.n_unique()}


def _travellers(feed: pl.DataFrame, number: int) -> pl.DataFrame:
    """Return the exercise's flat feed as TRAVELLERS, ids unlike those of all other days."""
    types = dtypes(TRAVELLERS)["documents"]
    document = pl.concat_list(
        pl.struct(
            pl.lit("P").alias("type"), pl.col("document_number").alias("number"),
            pl.lit(None, pl.String).alias("issuer"), pl.lit(None, pl.Date).alias("expires"),
            pl.lit(None, pl.Date).alias("issued"), pl.lit(None, pl.Boolean).alias("verified"),
        )
    ).cast(types).alias("documents")  # fmt: skip
    own = feed.with_columns(document, pl.format("D{}-{}", pl.lit(number), "record_id").alias("record_id"))
    return conform(own.lazy(), TRAVELLERS).collect()


def _listed(feed: pl.DataFrame, listed: pl.DataFrame, number: int) -> pl.DataFrame:
    """Return travellers who bear the names and births of entries."""
    few = listed.sample(feed.height, with_replacement=True, seed=number)
    name, born = pl.col("names").list.first().struct, pl.col("births").list.first().struct.field("from")
    told = few.select(
        name.field("family").alias("family_name"), name.field("given").alias("given_names"),
        born.dt.to_string("%Y-%m-%d").alias("birth_date"),
    )  # fmt: skip
    return feed.with_columns(told)


def timed(home: Path, days: int, entries: int) -> dict[str, float]:
    """Re-screen so many days; return seconds, hits and peak of memory."""
    hub = open_hub(home)
    hub.client.delete(*hub.client.keys(key("rescreen") + "*"), key("published"), key("screened"))
    knowledge = Knowledge(name_tables(), matching_config())
    listed = read_lists([home / "watchlist.csv"])[0]
    told = [replace(listed, entries=each) for each in (listed.entries[:LISTED], listed.entries[: LISTED + entries])]
    snapshots: dict[str, Snapshot] = {each.hash: each for each in (compile_lists([one], knowledge) for one in told)}
    keyring: Keyring = hub.keyring

    def read(day: str) -> Iterator[pl.DataFrame]:
        data = keyring.unseal(_OWNER, _PERIOD, (home / "past" / day).read_bytes())
        yield unpacked(data, TRAVELLERS, "benchmark").with_columns(pl.lit(day).alias("screening_id"))

    names = [f"{number:04d}" for number in range(days)]
    ways = Ways(snapshots.__getitem__, lambda: names, read, lambda *given: None, lambda ruleset: knowledge)
    begin = 0.0
    for name in snapshots:
        hub.client.xadd(key("published"), {"snapshot": name, "ruleset": "shipped", "before": ""})
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        begin = time.perf_counter()
        step(hub, "benchmark", lambda: False, ways)
    seconds = time.perf_counter() - begin
    last = status(hub)["last"]
    assert isinstance(last, dict)
    stop(home)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"travellers": last["rows"], "hits": last["hits"], "seconds": seconds, "before_mb": before, "peak_mb": peak}


def _inside(*told: object) -> dict[str, float]:
    """Return what this program measures in a process of its own."""
    around = os.environ | {"POLARS_MAX_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.rescreen", "--inside", *map(str, told)]
    done = subprocess.run(command, env=around, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(done.stderr)
    found: dict[str, float] = json.loads(done.stdout)
    return found


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--travellers", type=int, default=4_000_000)
    parser.add_argument("--entries", type=int, default=1_000)
    parser.add_argument("--inside", nargs=4, help=argparse.SUPPRESS)
    told = parser.parse_args()
    if told.inside:
        what, home, days, entries = told.inside
        print(json.dumps({"made": made, "timed": timed}[what](Path(home), int(days), int(entries))))
        return
    home = Path(mkdtemp(dir="/tmp"))
    try:
        days = max(1, told.travellers // DAY)
        past = _inside("made", home, days, told.entries)
        print(
            f"past: {past['travellers']:,} travellers, {past['distinct_names']:,} distinct names; {told.entries:,} new entries"
        )
        print("travellers    seconds   travellers/s   hits      peak MB (before it began)")
        for part in sorted({max(1, days // 4), max(1, days // 2), days}):
            found = _inside("timed", home, part, told.entries)
            rate = found["travellers"] / found["seconds"]
            print(
                f"{found['travellers']:>10,} {found['seconds']:>9.1f} {rate:>12,.0f} {found['hits']:>9,} {found['peak_mb']:>9,.0f} ({found['before_mb']:,.0f})"
            )
        print(f"a year of the region, {YEAR:,} travellers, at that rate: {YEAR / rate / 60:.0f} minutes")
    finally:
        shutil.rmtree(home, ignore_errors=True)


if __name__ == "__main__":
    main()
