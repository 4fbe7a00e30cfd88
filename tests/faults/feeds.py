"""Messages of invented travellers, some of them listed, and what a batch run finds in them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl

from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.exercise.paxlst_writer import paxlst
from tests.faults.harness import Place


@dataclass(frozen=True)
class Sent:
    """Files to hand in, the list, and the account of a batch run over the same."""

    files: list[Path]
    lists: Path
    travellers: int
    hits: frozenset[str]


def messages(place: Place, count: int, seats: int, seed: int = 1, entries: int = 300) -> Sent:
    """Write so many messages, flights of tomorrow, and screen them in a batch to know what must be found."""
    made = generate(ExerciseSpec(count * seats, entries, seed))
    folder = place.home.parent / f"{place.home.name}-sent"
    folder.mkdir(parents=True)
    leaves = datetime.now(UTC).replace(tzinfo=None, minute=0, second=0, microsecond=0) + timedelta(days=1)
    flights = made.feed.with_row_index("row").with_columns(
        pl.format("BW{}", 100 + pl.col("row") // seats).alias("flight"),
        pl.lit("POS").alias("from_port"),
        pl.lit("BGI").alias("to_port"),
        pl.lit(leaves, dtype=pl.Datetime("us")).alias("departs_at"),
    )
    files = []
    for number, text in enumerate(paxlst(flights.drop("row"), leaves.date() - timedelta(days=1))):
        files.append(folder / f"{number:05d}.edi")
        files[-1].write_text(text, encoding="utf-8")
    lists = place.home.parent / f"{place.home.name}-list.csv"
    made.watchlist.write_csv(lists)
    out = place.home.parent / f"{place.home.name}-batch"
    place.run("screen", folder, "-w", lists, "--out", out)
    account = json.loads((out / "run.json").read_text())
    assert account["rejected"] == 0
    return Sent(files, lists, account["screened"], frozenset(pl.read_parquet(out / "hits.parquet")["hit_id"]))
