"""`ops-hub hub up`, `publish` and `worker`: what screens."""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from ops_hub import __version__
from ops_hub.cli.common import rules_option, told
from ops_hub.cli.listed import knowledge, lists_of
from ops_hub.cli.reaching import ends, reaching
from ops_hub.engines.live import up as centre
from ops_hub.engines.live.usable import check_rules
from ops_hub.engines.live.worker import Worker, worker_name
from ops_hub.lists.snapshot import is_snapshot, open_snapshot, write
from ops_hub.pipeline import compile_lists, open_lists
from ops_hub.store import archive
from ops_hub.store.hub import MOST_PARTITIONS, Hub, grow, home_folder, open_hub, shown
from ops_hub.store.server import pid_of, stop

_LISTS = "List file, folder of lists, or compiled snapshot to screen against from now on; may be given several times."


@click.command()
@click.option(
    "--watchlist", "-w", "watchlists", type=click.Path(path_type=Path), multiple=True, required=False, help=_LISTS
)
@rules_option
@click.option(
    "--workers",
    type=click.IntRange(0, 256),
    default=os.cpu_count() or 1,
    show_default="cores",
    help="Worker processes.",
)
@click.option(
    "--partitions",
    type=click.IntRange(1, MOST_PARTITIONS),
    help="Queues that a cluster can spread over its servers; kept from then on, and never fewer again [default: as they are].",
)
@told
@reaching
def up(watchlists: tuple[Path, ...], rules: Path | None, workers: int, partitions: int | None) -> None:
    """Start the hub and its workers, and keep them running until Ctrl-C or SIGTERM.

    \b
    Example:
      ops-hub hub up -w watchlists --workers 2
      OPS_HUB_REDIS=redis-cluster://one:6379,two:6379 ops-hub hub up -w watchlists --partitions 16
    """
    stopped = ends()
    home, address = home_folder(), os.environ.get("OPS_HUB_REDIS") or None
    ran_before = address is not None or pid_of(home) is not None
    opened = open_hub(home, address)
    try:
        if partitions is not None:
            opened = grow(opened, partitions)
        if watchlists:
            click.echo(f"published {_publish(opened, watchlists, rules)}")
        elif archive.published(opened) is None:
            click.echo("no lists are published: nothing is screened before `ops-hub hub publish -w LISTS`", err=True)
        opened.close()
        click.echo(
            f"hub {shown(address) if address else home}, {workers} workers; hand in with: ops-hub hub ingest FEED... (Ctrl-C ends)"
        )
        centre.up(home, address, workers, stopped, click.echo)
    finally:
        if not ran_before:
            stop(home)


@click.command()
@click.option(
    "--watchlist", "-w", "watchlists", type=click.Path(path_type=Path), multiple=True, required=True, help=_LISTS
)
@rules_option
@told
@reaching
def publish(watchlists: tuple[Path, ...], rules: Path | None) -> None:
    """Let all workers screen against these lists, with these rules, from now on; none of them stops for it.

    \b
    Example:
      ops-hub hub publish -w lists.snapshot
    """
    click.echo(f"published {_publish(open_hub(), watchlists, rules)}")


def _publish(opened: Hub, watchlists: tuple[Path, ...], rules: Path | None) -> str:
    """Keep lists, rules and code in the archive, check that they open, and publish them."""
    for problem in check_rules(rules):
        click.echo(problem, err=True)
    ruleset = archive.keep_rules(opened, rules)
    known = knowledge(archive.rules_folder(opened, ruleset))
    archive.keep_code(opened)
    if len(watchlists) == 1 and is_snapshot(watchlists[0]):
        open_snapshot(watchlists[0], verify=True)
        name = archive.keep_snapshot(opened, watchlists[0])
    else:
        with TemporaryDirectory(dir=opened.home, prefix=".lists-") as folder:
            write(Path(folder) / "lists", compile_lists(lists_of(watchlists), known), __version__)
            name = archive.keep_snapshot(opened, Path(folder) / "lists")
    open_lists(open_snapshot(archive.snapshot_folder(opened, name), verify=True), known)
    archive.publish(opened, name, ruleset)
    return name


@click.command()
@click.option("--until-empty", "--once", is_flag=True, help="End as soon as nothing waits.")
@click.option("--threads", type=click.IntRange(1, 64), default=1, show_default=True, help="Cores that it may use.")
@told
@reaching
def worker(until_empty: bool, threads: int) -> None:
    """Add a worker to the hub, on this machine or another one; it ends on Ctrl-C, and finishes what it holds.

    On another machine OPS_HUB_REDIS must name the hub's server, and OPS_HUB_HOME a folder with the hub's keys (HOME/keys).
    Lists and rules come through the hub.

    \b
    Example:
      OPS_HUB_REDIS=redis://hub.example:6379 ops-hub hub worker
    """
    name = worker_name()
    screened = Worker(open_hub(), name, threads=threads).run(ends(), until_empty=until_empty)
    click.echo(f"worker {name} screened {screened:,} travellers")
