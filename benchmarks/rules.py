"""What judging journeys costs: travellers and their history through all risk rules, document checks, or into manifests.

    python -m benchmarks.rules                         # 1,000,000 travellers, a tenth of it for comparison
    python -m benchmarks.rules --travellers 200000 --part documents

Each size runs in a process of its own: seconds from a Parquet file of TRAVELLERS to FLAGS, FINDINGS or MANIFESTS, and peak
memory. Everyone is invented; one traveller in four has made earlier trips, bookings share payers, telephones and agencies
as real ones do.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import click
import numpy as np
import polars as pl

from ops_hub.config import data_dir, matching_config
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.journey import flag
from ops_hub.manifests.assemble import assemble
from ops_hub.manifests.duties import duties
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, check_documents
from ops_hub.schemas import CONTACT, DOCUMENT, LEG, MESSAGES, PAYMENT, TRAVELLERS, conform, empty
from ops_hub.states import home_states
from ops_hub.targeting.documents.formats import document_rules
from ops_hub.targeting.rulefile import read_rules

TODAY = date(2026, 11, 23)
_YEAR_MINUTES = 365 * 24 * 60


def travellers(n: int, seed: int) -> pl.DataFrame:
    """Return n invented TRAVELLERS with documents, bookings, payments, contacts and itineraries."""
    rng = np.random.default_rng(seed)
    feed = generate(ExerciseSpec(n, 10, seed, planted=1)).feed
    booking = pl.col("booking_ref").hash()
    late = booking % 1000
    legs = pl.concat_list(
        pl.struct(pl.col("flight"), pl.col("from_port"), pl.col("to_port"), pl.col("departs_at"), pl.lit(None, pl.Datetime("us")).alias("arrives_at")).cast(LEG),
        pl.struct(pl.col("flight"), pl.col("to_port").alias("from_port"), pl.col("from_port").alias("to_port"), (pl.col("departs_at") + pl.duration(days=7)).alias("departs_at"), pl.lit(None, pl.Datetime("us")).alias("arrives_at")).cast(LEG),
    )  # fmt: skip
    document = pl.struct(
        pl.lit("P").alias("type"), pl.col("document_number").alias("number"), pl.col("document_issuer").alias("issuer"),
        pl.col("document_expires").alias("expires"), (pl.col("document_expires") - pl.duration(days=3650)).alias("issued"),
        pl.lit(True).alias("verified"),
    ).cast(DOCUMENT)  # fmt: skip
    payer = pl.format("t{}", booking % (n // 3))
    payment = pl.struct(
        pl.when(late < 50).then(pl.lit("CA")).otherwise(pl.lit("CC VI")).alias("kind"),
        pl.when(late >= 50).then(payer).alias("token"),
    ).cast(PAYMENT)
    phone = pl.struct(
        pl.lit("phone").alias("kind"), pl.format("1246{}", 1_000_000 + booking % (n // 2)).alias("value")
    ).cast(CONTACT)
    mail = pl.struct(
        pl.lit("email").alias("kind"), pl.format("a{}@mail.example", booking % (n // 2)).alias("value")
    ).cast(CONTACT)
    made = feed.lazy().with_columns(
        pl.lit("bench").alias("source"), pl.lit("pnrgov").alias("message_type"), pl.lit("passenger").alias("role"),
        pl.int_range(pl.len()).alias("position"), pl.col("flight").str.head(2).alias("carrier"),
        (pl.col("departs_at") + pl.duration(hours=2)).alias("arrives_at"),
        (pl.col("departs_at") - pl.duration(hours=1 + late)).alias("booked_at"),
        pl.format("{}", 91_500_000 + booking % 2000).alias("agency"), pl.Series("bags", rng.integers(0, 3, n)),
        pl.concat_list(document).alias("documents"), pl.concat_list(payment).alias("payments"),
        pl.concat_list(phone, mail).alias("contacts"),
        pl.when(late % 3 == 0).then(legs.list.head(1)).otherwise(legs).alias("legs"),
    )  # fmt: skip
    return conform(made, TRAVELLERS).collect()


def earlier(present: pl.DataFrame, seed: int) -> pl.DataFrame:
    """Return as many earlier trips as there are travellers, by a quarter of them."""
    rng = np.random.default_rng(seed)
    n = present.height
    who = rng.integers(0, max(1, n // 4), n)
    back = pl.Series("back", rng.integers(24 * 60, _YEAR_MINUTES, n)) * 60_000_000
    moved = [
        (pl.col(name) - back.cast(pl.Duration("us"))).alias(name) for name in ("departs_at", "arrives_at", "booked_at")
    ]
    return present[who].with_columns(*moved, pl.format("H{}", pl.int_range(pl.len())).alias("record_id"))


def peak_mb() -> float:
    """Return the most memory that this process has held, MB (rusage would count the parent's, which made the data)."""
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) / 1024


def rows_of(frame: pl.LazyFrame) -> int:
    """Return how many rows there are."""
    return int(frame.select(pl.len()).collect().item())


def judged(part: str, present: pl.LazyFrame, before: pl.LazyFrame) -> Callable[[], int]:
    """Return what is to be timed; it returns how many flags, findings or manifests came of it."""
    if part == "rules":
        rules = read_rules([data_dir("rules") / "risk"]).rules
        return lambda: flag(present, rules, today=TODAY, history=before).collect().height
    if part == "documents":
        known, about = Knowledge(name_tables(), matching_config(), os.cpu_count() or 1), document_rules()
        both = pl.concat([before, present])
        return lambda: check_documents(both, None, about, known, today=TODAY).collect().height
    owed, home = duties(), home_states()
    return lambda: assemble(present.collect(), empty(MESSAGES), owed, home).manifests.height


def measure(folder: Path, part: str) -> dict[str, float | str]:
    """Return sizes, seconds from a Parquet file of TRAVELLERS to results, and memory (MB) before and at its peak."""
    present, before = (pl.scan_parquet(folder / f"{name}.parquet") for name in ("present", "earlier"))
    run = judged(part, present, before)
    held = peak_mb()
    begin = time.perf_counter()
    found = run()
    seconds = time.perf_counter() - begin
    peak = peak_mb()
    return {
        "part": part, "travellers": rows_of(present), "history": rows_of(before), "found": found,
        "seconds": round(seconds, 2), "held_mb": round(held), "peak_mb": round(peak),
    }  # fmt: skip


@click.command()
@click.option("--travellers", "n", default=1_000_000, show_default=True)
@click.option("--history/--no-history", default=True, show_default=True, help="As many earlier trips as travellers.")
@click.option("--seed", default=7, show_default=True)
@click.option("--part", type=click.Choice(["rules", "documents", "manifests"]), default="rules", show_default=True)
@click.option("--measure", "folder", type=click.Path(path_type=Path), hidden=True)
def main(n: int, history: bool, seed: int, part: str, folder: Path | None) -> None:
    if folder is not None:
        print(json.dumps(measure(folder, part)))
        return
    for size in (n // 10, n):
        with TemporaryDirectory() as made:
            present = travellers(size, seed)
            present.write_parquet(Path(made) / "present.parquet")
            before = earlier(present, seed + 1) if history else present.clear()
            before.write_parquet(Path(made) / "earlier.parquet")
            command = [sys.executable, "-m", "benchmarks.rules", "--part", part, "--measure", made]
            found = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print("  ".join(f"{key} {value:,}" if key != "part" else value for key, value in found.items()), flush=True)


if __name__ == "__main__":
    main()
