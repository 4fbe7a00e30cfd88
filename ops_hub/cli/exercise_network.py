"""`ops-hub exercise network` and `score-network`: hide smuggling networks in months of travel, and see who was found."""

from __future__ import annotations

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub.cli.common import as_json, day_of, show, table, told
from ops_hub.cli.exercise_scenarios import own_ids, write_days
from ops_hub.errors import ConfigError
from ops_hub.exercise.networks.grow import MOST_NETWORKS, NetworkSpec, grow_networks
from ops_hub.exercise.score_network import TOP, read_networks, score_organisers, score_pairs
from ops_hub.store.files import write_atomic, write_parquet, write_text


@click.command("network")
@click.option("--passengers", type=click.IntRange(1, 100_000), required=True, help="Ordinary travellers a day, about.")
@click.option("--days", type=click.IntRange(20, 400), default=90, show_default=True, help="Days of history.")
@click.option("--live", type=click.IntRange(1, 31), default=3, show_default=True, help="Live days after them.")
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="The same seed makes the same exercise.")  # fmt: skip
@click.option("--networks", type=click.IntRange(0, MOST_NETWORKS), default=1, show_default=True, help="Hidden networks; 0 for none.")  # fmt: skip
@click.option(
    "--look-alikes", type=click.IntRange(0, 200),
    help="Innocent cases of each kind [default: one for each 200 passengers a day, 2 at least].",
)  # fmt: skip
@click.option("--states", default="", metavar="BRB,TTO,...", help="States that networks keep to [default: all].")
@click.option("--first-live", metavar="DATE", help="First live day [default: 2026-11-23].")
@click.option(
    "--format", "form", type=click.Choice(["parquet", "paxlst", "pnrgov"]), default="parquet", show_default=True,
    help="Form of the live days; the rest is always Parquet.",
)  # fmt: skip
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder to write.")
@told
def network(
    passengers: int, days: int, live: int, seed: int, networks: int, look_alikes: int | None, states: str, first_live: str | None,
    form: str, out: Path,
) -> None:  # fmt: skip
    """Grow months of ordinary travel with hidden smuggling networks, and with innocents who look like one.

    Writes history.parquet, feed.parquet (or feed.edi), sea.parquet (vessels' lists, where there are any), watchlist.csv, networks.csv and
    truth.csv, which says of each record of somebody staged which network and role. Everyone is invented.

    \b
    Example:
      ops-hub exercise network --passengers 2000 --days 90 --networks 3 --seed 1 --out ex
      ops-hub exercise network --passengers 300 --days 60 --networks 0 --out nobody
    """
    chosen = tuple(dict.fromkeys(code.strip().upper() for code in states.split(",") if code.strip()))
    when = {"reference": day_of(first_live)} if first_live else {}
    spec = NetworkSpec(passengers, days, seed, networks, live, look_alikes, chosen, **when)
    made = grow_networks(spec)
    write_days(made.history, made.feed, spec.reference, form, out)
    (out / "sea.parquet").unlink(missing_ok=True)
    if made.sea.height:  # a table without rows is no feed
        write_parquet(out / "sea.parquet", made.sea)
    for name in ("watchlist", "truth", "networks"):
        frame: pl.DataFrame = getattr(made, name)
        write_atomic(out / f"{name}.csv", frame.write_csv)
    for owner, entries in made.watchlist.partition_by("owner", as_dict=True).items():
        _write_list(out / "lists" / str(owner[0]), str(owner[0]), entries, spec.reference)
    click.echo(
        f"{made.history.height:,} records in {days} days of history, {made.feed.height:,} in {live} live days, {made.sea.height:,} by sea, "
        f"{networks} networks of {made.networks['persons'].sum():,} persons: {out}"
    )


def _write_list(folder: Path, owner: str, entries: pl.DataFrame, day: date) -> None:
    """Write one owner's entries as a list that every state concerned may read."""
    until = day + timedelta(days=365)
    terms = {
        "id": f"{owner.lower()}-exercise", "title": f"Exercise list of {owner}: invented persons", "owner": owner,
        "purpose": "exercise", "handling": "enforce", "legal_basis": "invented", "expires": until.isoformat(),
        "contact": f"lists-{owner.lower()}@states.example.org",
    }  # fmt: skip
    text = "".join(f"{name} = {json.dumps(value)}\n" for name, value in terms.items())
    write_text(folder / "list.toml", text + 'caveats = ["content-to-concerned"]\n')
    write_atomic(folder / "entries.csv", entries.drop("owner").write_csv)


@click.command("score-network")
@click.argument("found", type=click.Path(path_type=Path, dir_okay=False))
@click.argument("network_dir", type=click.Path(path_type=Path, file_okay=False))
@click.argument("exercise_dir", type=click.Path(path_type=Path, file_okay=False))
@click.option("--pairs", type=click.Path(path_type=Path, dir_okay=False), help="Pairs said to travel together: person_id, other_id.")  # fmt: skip
@as_json
@told
def score_network_(found: Path, network_dir: Path, exercise_dir: Path, pairs: Path | None, as_json: bool) -> None:
    """Say where hidden organisers stand in a ranked table of persons, and who was named and is none.

    FOUND is a Parquet or CSV file with person_id, score or rank, and named; NETWORK_DIR the folder of the network, with
    resolved.parquet; EXERCISE_DIR the --out folder of `ops-hub exercise network`.

    \b
    Example:
      ops-hub exercise score-network runs/organisers.csv runs/network ex
    """
    truth = read_networks(exercise_dir / "truth.csv")
    resolved = _own(_table(network_dir / "resolved.parquet", "record_id", "person_id"), exercise_dir)
    said = score_organisers(_table(found, "person_id", "named"), resolved, truth)
    if pairs is not None:
        said["pairs"] = score_pairs(_table(pairs, "person_id", "other_id"), resolved, truth)
    show(said, as_json, _scored)


def _table(path: Path, *columns: str) -> pl.DataFrame:
    try:
        frame = pl.read_csv(path) if path.suffix == ".csv" else pl.read_parquet(path)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise ConfigError(str(path), f"cannot be read: {error}", "name a Parquet or CSV file") from None
    for column in columns:
        if column not in frame.columns:
            raise ConfigError(str(path), f"the column {column} is missing", f"it needs {', '.join(columns)}")
    return frame


def _own(resolved: pl.DataFrame, exercise_dir: Path) -> pl.DataFrame:
    """Return RESOLVED with the exercise's own record ids, where the live days were messages and have others."""
    ids = own_ids(exercise_dir)
    names = dict(ids.filter(pl.col("record_id") != pl.col("own")).select("record_id", "own").iter_rows())
    return resolved.with_columns(pl.col("record_id").replace(names)) if names else resolved


def _scored(said: dict[str, Any]) -> None:
    table(
        [(one["network"], one["rank"] or "-", one["rank_apart"] or "-", "yes" if one["named"] else "no", one["person_id"] or "-") for one in said["organisers"]],
        ("network", "rank", "rank apart from other organisers", "named", "organiser"),
    )  # fmt: skip
    click.echo(f"\norganisers in the first {TOP}: {said['in_top']} of {len(said['organisers'])}")
    click.echo(
        f"named {said['named']:,}, of them false {len(said['false']):,} ({said['false_per_10']:.1f} of 10); "
        f"victims named {said['victims_named']:,}, clients named {said['clients_named']:,}"
    )
    if said["false"]:
        click.echo("")
        table([(one["person_id"], one["is"]) for one in said["false"]], ("named and no organiser", "is"))
    if "pairs" in said:
        counts = said["pairs"]
        click.echo(
            f"\npairs {counts['pairs']:,}: of a network {counts['network']:,}, of innocents who do travel together {counts['innocent']:,}, "
            f"false {counts['false']:,} ({100 * counts['false_share']:.1f} %)"
        )
