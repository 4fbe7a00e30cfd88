"""`ops-hub exercise`: make a feed and a list with known truth, and score a run against it."""

from __future__ import annotations

import json
from pathlib import Path

import click
import polars as pl

from ops_hub.cli.common import as_json, show, table, told
from ops_hub.cli.exercise_network import network, score_network_
from ops_hub.cli.exercise_scenarios import scenarios, score_flags_
from ops_hub.errors import ConfigError
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.exercise.paxlst_writer import paxlst
from ops_hub.exercise.score import read_pairs, score
from ops_hub.store.files import write_atomic, write_parquet, write_text


@click.group()
def exercise() -> None:
    """Make exercises with known truth, and see what a run found.

    \b
    Example:
      ops-hub exercise generate --passengers 100000 --entries 10000 --out ex
      ops-hub exercise score runs/ex ex/truth.csv
    """


exercise.add_command(scenarios)
exercise.add_command(score_flags_)
exercise.add_command(network)
exercise.add_command(score_network_)


@exercise.command("generate")
@click.option("--passengers", type=click.IntRange(1), required=True, help="Travellers in the feed.")
@click.option("--entries", type=click.IntRange(1), required=True, help="Entries on the list.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed makes the same exercise.")
@click.option("--planted", type=click.IntRange(0), help="Listed travellers in the feed [default: one in fifty].")
@click.option(
    "--format",
    "kind",
    type=click.Choice(["parquet", "paxlst"]),
    default="parquet",
    show_default=True,
    help="Form of the feed.",
)
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write.")
@told
def generate_(passengers: int, entries: int, seed: int, planted: int | None, kind: str, out: Path) -> None:
    """Write a feed, a list in the project's own format, and the truth about who in the feed is listed.

    Everyone is invented: names are drawn from name lists of many countries, and listed people travel with
    the errors that real messages have.

    \b
    Example:
      ops-hub exercise generate --passengers 100000 --entries 10000 --seed 1 --out ex
    """
    made = generate(ExerciseSpec(passengers, entries, seed, planted))
    if kind == "parquet":
        write_parquet(out / "feed.parquet", made.feed)
    else:
        write_text(out / "feed.edi", "".join(paxlst(made.feed, ExerciseSpec(1, 1, seed).reference)))
    write_atomic(out / "watchlist.csv", lambda aside: made.watchlist.write_csv(aside))
    write_atomic(out / "truth.csv", lambda aside: made.truth.write_csv(aside))
    click.echo(
        f"{made.feed.height:,} travellers, {made.watchlist.height:,} entries, {made.truth.height:,} of them in the feed: {out}"
    )


@exercise.command("score")
@click.argument("run_dir", type=click.Path(path_type=Path, file_okay=False))
@click.argument("truth", type=click.Path(path_type=Path, dir_okay=False))
@as_json
@told
def score_(run_dir: Path, truth: Path, as_json: bool) -> None:
    """Print recall for each kind of alteration, and precision, of a run against an exercise's truth.

    \b
    Example:
      ops-hub exercise score runs/ex ex/truth.csv
    """
    known = read_pairs(truth)
    try:
        hits = pl.read_parquet(run_dir / "hits.parquet", columns=["record_id", "entry_id", "band", "source"])
        account = json.loads((run_dir / "run.json").read_text(encoding="utf-8"))
    except (OSError, ValueError, pl.exceptions.PolarsError) as error:
        raise ConfigError(
            str(run_dir), f"this folder holds no run: {error}", "name the --out folder of ops-hub screen"
        ) from None
    hits = _by_reference(hits, run_dir, known)
    rows, totals = score(hits, known, account["screened"])
    said = {"alterations": rows.to_dicts(), **totals}
    show(said, as_json, lambda _: _print(rows, totals))


def _by_reference(hits: pl.DataFrame, run_dir: Path, truth: pl.DataFrame) -> pl.DataFrame:
    """Take the passenger reference for the record id where a run over messages has given ids of its own."""
    references = pl.read_parquet(run_dir / "hits.parquet", columns=["record_id", "entry_id", "passenger_ref"])
    if hits.join(truth, on="record_id", how="semi").height:
        return hits
    return hits.with_columns(references["passenger_ref"].fill_null(hits["record_id"]).alias("record_id"))


def _print(rows: pl.DataFrame, totals: dict[str, float]) -> None:
    table(
        rows.select("alteration", "planted", "found", "recall", "strong", "strong_recall").rows(),
        ("alteration", "planted", "found", "recall", "high or document", "share"),
    )
    click.echo("")
    table(list(totals.items()), ("", ""))
