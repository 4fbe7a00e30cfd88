"""`ops-hub hub`: the joint centre as it runs; what it does with messages is in `engines.live`."""

from __future__ import annotations

import os
import signal
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import click

from ops_hub import __version__
from ops_hub.cli.common import as_json, mapping_option, rules_option, show, told
from ops_hub.cli.hub_looking import dead, rejects, requeue, status_
from ops_hub.cli.listed import knowledge, lists_of
from ops_hub.cli.reaching import ends, reaching
from ops_hub.engines.live.ingest import Counted, Intake
from ops_hub.engines.live.up import running_pid, up
from ops_hub.engines.live.worker import Worker, worker_name
from ops_hub.errors import FeedError
from ops_hub.feeds.mapping import load_mapping
from ops_hub.lists.snapshot import is_snapshot, open_snapshot, write
from ops_hub.pipeline import compile_lists, open_lists
from ops_hub.states import home_states
from ops_hub.store import archive
from ops_hub.store.hub import Hub, home_folder, key, open_hub
from ops_hub.store.server import pid_of, stop

_LAST = 40.0  # seconds for `up` to end


@click.group()
def hub() -> None:
    """Screen messages as they come: start the hub, hand in messages, look after it.

    The hub keeps its data in OPS_HUB_HOME. Its server is an embedded one, unless OPS_HUB_REDIS names the centre's own.
    """


_LISTS = "List file, folder of lists, or compiled snapshot to screen against from now on; may be given several times."


@hub.command("up")
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
@told
@reaching
def up_(watchlists: tuple[Path, ...], rules: Path | None, workers: int) -> None:
    """Start the hub and its workers, and keep them running until Ctrl-C or SIGTERM.

    \b
    Example:
      ops-hub hub up -w watchlists --workers 2
    """
    stopped = ends()
    home, address = home_folder(), os.environ.get("OPS_HUB_REDIS") or None
    ran_before = address is not None or pid_of(home) is not None
    opened = open_hub(home, address)
    try:
        if watchlists:
            click.echo(f"published {_publish(opened, watchlists, rules)}")
        elif archive.published(opened) is None:
            click.echo("no lists are published: nothing is screened before `ops-hub hub publish -w LISTS`", err=True)
        opened.client.close()
        click.echo(f"hub {address or home}, {workers} workers; hand in with: ops-hub hub ingest FEED... (Ctrl-C ends)")
        up(home, address, workers, stopped, click.echo)
    finally:
        if not ran_before:
            stop(home)


@hub.command()
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


@hub.command()
@click.argument("feeds", nargs=-1, type=click.Path(path_type=Path), metavar="[FEED...]")
@click.option(
    "--watch",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder that fills: hand in its files as they come, and move them to .done in it.",
)
@click.option("--stdin", is_flag=True, help="Hand in the interchanges that come on standard input.")
@click.option("--interactive", metavar="CARRIER", help="The carrier waits for a reply about each message.")
@mapping_option
@rules_option
@as_json
@told
@reaching
def ingest(
    feeds: tuple[Path, ...],
    watch: Path | None,
    stdin: bool,
    interactive: str | None,
    mapping: Path | None,
    rules: Path | None,
    as_json: bool,
) -> None:
    """Hand messages and tables in to be screened; what is counted as accepted is on the hub's disk.

    FEED is a file or folder of any kind that `ops-hub screen` reads. The same message is screened once, however often it
    comes within seven days.

    \b
    Example:
      ops-hub hub ingest sample_feeds
      ops-hub hub ingest --watch /srv/incoming
    """
    if sum((bool(feeds), watch is not None, stdin)) != 1:
        raise click.UsageError("give FEED..., or --watch DIR, or --stdin")
    names = load_mapping(mapping) if mapping else None
    intake = Intake(open_hub(), home_states(rules), mapping=names, reply_to=interactive)
    if feeds:
        found = intake.files(feeds)
    elif watch is not None:
        found = intake.watch(watch, ends(), told=_watched)
    else:
        found = intake.stream(sys.stdin.buffer)
    said = {"files": found.files, "accepted": found.accepted, "duplicates": found.duplicates}
    show(said, as_json, lambda _: click.echo(_counted(found)))


def _counted(found: Counted) -> str:
    return (
        f"{found.files:,} files: {found.accepted:,} units accepted (about {found.travellers:,} travellers), "
        f"{found.duplicates:,} known already"
    )


def _watched(path: Path, found: Counted | FeedError) -> None:
    click.echo(str(found) if isinstance(found, FeedError) else f"{path.name}: {_counted(found)}", err=True)


@hub.command()
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


@hub.command()
@told
@reaching
def down() -> None:
    """End the workers that `hub up` started, once they have finished what they hold, and stop the embedded server.

    \b
    Example:
      ops-hub hub down
    """
    home, address = home_folder(), os.environ.get("OPS_HUB_REDIS") or None
    if address is None and pid_of(home) is not None:
        opened = open_hub(home)
        opened.client.set(key("stop"), "1", ex=60)  # workers that were started one by one see it, too
        opened.client.close()
    pid = running_pid(home)
    if pid is not None:
        os.kill(pid, signal.SIGTERM)
    deadline = time.monotonic() + _LAST
    while time.monotonic() < deadline and (running_pid(home) is not None or _workers_left(home, address)):
        time.sleep(0.1)
    stopped = address is None and stop(home)
    if pid is None and not stopped:
        click.echo("nothing runs here")
    else:
        click.echo("the hub is down; what waits is on disk")


def _workers_left(home: Path, address: str | None) -> bool:
    """Return whether workers of the embedded server are still there: they would bring it back."""
    if address is not None or pid_of(home) is None:
        return False
    opened = open_hub(home)
    try:
        names = opened.client.zrange(key("workers"), 0, -1)
        return any(opened.client.exists(key("worker", name.decode())) for name in names)
    finally:
        opened.client.close()


for _command in (status_, dead, requeue, rejects):
    hub.add_command(_command)
