"""Our own screening as users start it: `ops-hub screen`, the whole process.

Reach for it as every peer is reached for (see `benchmarks.peers`). It reads the whole feed with its documents and
writes everything that the command writes; hits by document are left out of what is compared.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import polars as pl

from benchmarks.peers.records import Told

TODAY = "2026-11-23"  # the day of the exercises
OUT, PEAK = "run", "peak"
FEED, ONE = "feed.parquet", "feed-of-one.parquet"
# the kernel's other counter, which run.json tells, begins with the peak of whoever started the command
STARTED = f"""
import pathlib, sys
from ops_hub.cli import main
try:
    main()
finally:
    told = pathlib.Path("/proc/self/status").read_text()
    pathlib.Path(sys.argv[sys.argv.index("--out") + 1], "{PEAK}").write_text(told.split("VmHWM:")[1].split()[0])
"""


def prepare(listed: pl.DataFrame, told: Told) -> pl.DataFrame:
    """Return which row each entry is, and leave a feed of one traveller beside the other."""
    pl.read_parquet(told.place / FEED).head(1).write_parquet(told.place / ONE)
    return listed.select("entry", "entry_id")


def find(asked: pl.DataFrame, index: pl.DataFrame, threshold: float, told: Told) -> pl.DataFrame:
    """Run the command and return passenger, entry and score of its hits by name."""
    place = told.place
    out = place / OUT
    started = [sys.executable, "-P", "-c", STARTED, "screen", str(place / (ONE if asked.height == 1 else FEED))]
    said = ["--watchlist", str(place / "watchlist.snapshot"), "--out", str(out), "--today", TODAY]
    done = subprocess.run([*started, *said], capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr or done.stdout)
    return index.head(0).select(pl.lit(0, dtype=pl.UInt32).alias("passenger"), "entry", pl.lit(0.0).alias("score"))


def peak_mb(place: Path) -> float:
    """Return the peak of the command's memory."""
    return int((place / OUT / PEAK).read_text(encoding="utf-8")) / 1024


def written(place: Path, index: pl.DataFrame) -> pl.DataFrame:
    """Return passenger, entry and score of the hits that the command wrote, those by document left out."""
    feed = pl.read_parquet(place / FEED, columns=["record_id"]).with_row_index("passenger")
    hits = pl.read_parquet(place / OUT / "hits.parquet").filter(pl.col("band") != "exact-document")
    return hits.join(feed, on="record_id").join(index, on="entry_id").select("passenger", "entry", "score")
