"""`ops-hub screen`: feeds to results."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click

from ops_hub.cli.common import (
    as_json,
    counter,
    day_of,
    feeds_argument,
    mapping_option,
    read_options,
    rules_option,
    show,
    table,
    today_option,
    told,
    watchlist_option,
)
from ops_hub.cli.listed import knowledge, ruleset_hash, snapshot_of
from ops_hub.engines.batch import Job, run
from ops_hub.engines.cluster.on_ray import runner
from ops_hub.engines.cluster.run import Spread
from ops_hub.engines.cluster.run import run as run_spread
from ops_hub.engines.replay_run import given, keep
from ops_hub.errors import ConfigError
from ops_hub.pipeline import open_lists
from ops_hub.store.archive_folder import Archive
from ops_hub.store.hub import home_folder


@click.command()
@feeds_argument
@watchlist_option
@rules_option
@click.option(
    "--threshold",
    type=click.FloatRange(0, 1, min_open=True),
    help="Total score from which a pair is a hit [default: rules/matching.toml].",
)
@mapping_option
@click.option("--out", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder for the results.")
@click.option("--strict", is_flag=True, help="Exit with 1 when any input was rejected.")
@today_option
@click.option(
    "--archive", is_flag=True, help="Keep lists, rules and engine in OPS_HUB_HOME, to replay the run years later."
)
@click.option(
    "--cluster",
    metavar="ADDRESS|local",
    help="Screen on a Ray cluster (HOST:PORT or auto), or on one that is started here for as long as it takes.",
)
@as_json
@told
def screen(
    feeds: tuple[Path, ...],
    watchlists: tuple[Path, ...],
    rules: Path | None,
    threshold: float | None,
    mapping: Path | None,
    out: Path,
    strict: bool,
    today: str | None,
    archive: bool,
    cluster: str | None,
    as_json: bool,
) -> None:
    """Screen feeds against lists and write hits, rejects, an account of the run and a link chart.

    FEED is a file or folder: PAXLST, PNRGOV, CSV, NDJSON, Parquet or MRZ lines, compressed (.gz, .zst) or not,
    in any mix. For every file, records in = screened + rejected.

    With --cluster the same is done on many machines, and goes on where it was left when it is run again; nodes must
    see FEED and DIR under the same paths (docs/cluster.md).

    \b
    Examples:
      ops-hub screen sample_feeds --watchlist watchlists --rules rules --out runs/today
      ops-hub screen lake --watchlist lists.snapshot --out runs/lake --cluster 10.0.0.1:6379
    """
    spread = _spread(cluster, rules, mapping, threshold) if cluster else None
    known = knowledge(rules, threshold)
    snapshot = snapshot_of(watchlists, known)
    options, ruleset = read_options(day_of(today), mapping), ruleset_hash(rules, known)
    if archive:
        keep(Archive(home_folder()), snapshot, rules, ruleset, known)
    made_of = given(watchlists, snapshot.lists, rules, threshold, mapping, options.hash_key)
    progress = counter("screening")
    job = Job(feeds, out, options, ruleset, progress, made_of)
    account = run_spread(job, snapshot, known, spread) if spread else run(job, open_lists(snapshot, known), known)
    if progress is not None:
        click.echo("", err=True)
    show(account, as_json, lambda said: _summary(said, out))
    if strict and account["rejected"]:
        click.echo(f"ops-hub: {account['rejected']} records were rejected; see {out / 'rejects.csv'}", err=True)
        raise click.exceptions.Exit(1)


def _spread(address: str, rules: Path | None, mapping: Path | None, threshold: float | None) -> Spread:
    """Return how a job is spread over a cluster.

    Raises:
        ConfigError: Ray is not installed, or each run would have a key of its own and none could go on.
    """
    if not os.environ.get("OPS_HUB_HASH_KEY"):
        raise ConfigError(
            "OPS_HUB_HASH_KEY",
            "not set; a job on a cluster needs the same key for payment numbers whenever it is run again",
            "set it, for example to what `openssl rand -hex 32` prints",
        )
    return Spread(runner(address), rules, mapping, threshold, lambda said: click.echo(f"ops-hub: {said}", err=True))


def _summary(account: dict[str, Any], out: Path) -> None:
    seconds = account["seconds"]["total"]
    click.echo(
        f"records in {account['records_in']:,} = screened {account['screened']:,} + rejected {account['rejected']:,}   (notes: {account['notes']:,})"
    )
    click.echo(
        f"{len(account['inputs'])} files, {sum(each['messages'] for each in account['inputs']):,} messages; {seconds:.2f} s, {account['screened'] / seconds:,.0f} records/s, peak {account['peak_memory_mb']:,.0f} MB\n"
    )
    click.echo(f"hits {account['hits']:,} at or above {account['threshold']}")
    table(
        [(band, account["hits_by_band"].get(band, 0)) for band in ("exact-document", "high", "review")],
        ("band", "hits"),
    )
    click.echo("")
    owners = {each["list"]: each["owner"] for each in account["lists"]}
    table(
        [(name, owners[name], account["hits_by_list"].get(name, 0)) for name in owners],
        ("list", "owner", "hits"),
    )
    click.echo("")
    if account["nameless"]:
        click.echo(
            f"{account['nameless']:,} travellers have no name that can be compared: screened by documents alone."
        )
    if account["nameless_without_documents"]:
        click.echo(
            f"{account['nameless_without_documents']:,} of them have no document either: nothing can be found about them."
            " Ask the carrier for their names."
        )
    if account["hits_by_handling"].get("protect"):
        click.echo(
            f"{account['hits_by_handling']['protect']} hits concern people to be protected: follow the protection route, not enforcement."
        )
    click.echo(f"results: {out}   (hits.csv, hits.parquet, rejects.csv, run.json)")
    click.echo(f"chart:   {out / 'chart.html'}   (open in a browser)")
