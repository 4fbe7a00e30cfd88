"""`ops-hub hub status`, `dead`, `requeue` and `rejects`: how the hub does, and what needs a person."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import click

from ops_hub.cli.common import as_json, show, table, told
from ops_hub.cli.reaching import reaching
from ops_hub.engines.live import status as figures
from ops_hub.store.hub import open_hub
from ops_hub.store.queue import Queue


@click.command()
@as_json
@told
@reaching
def status(as_json: bool) -> None:
    """Show what waits, what was screened, rates, workers, dead letters, memory and alarms.

    \b
    Example:
      ops-hub hub status --json
    """
    show(figures.status(open_hub()), as_json, _plain)


def _plain(said: dict[str, Any]) -> None:
    click.echo(
        f"waiting {said['waiting']:,}   in work {said['pending']:,}   dead letters {said['dead_letters']:,}   "
        f"oldest {said['oldest_seconds']:,.1f} s"
    )
    click.echo(
        f"screened {said['screened']:,} travellers in {said['units']:,} units   rejected {said['rejected']:,}   "
        f"hits {said['hits']:,}   duplicates {said['duplicates']:,}"
    )
    click.echo(
        f"last minutes: {said['travellers_per_second']:,} travellers/s, {said['units_per_second']:,} units/s, "
        f"{said['lag_ms']:,.0f} ms from accepted to stored"
    )
    if said["servers_away"]:
        click.echo(f"{said['servers_away']} of the cluster's servers are AWAY: what they hold waits for them")
    click.echo(
        f"server: {said['server']}, {said['memory_mb']:,} MB in use, log {said['log_mb']:,} MB   "
        f"snapshot {said['snapshot'] or '(none published)'}"
    )
    if said["by_time_left"]:
        click.echo("")
        rows = [
            ("now" if each["minutes_left"] is None else f"{each['minutes_left']:+,} min", each["units"], each["oldest_seconds"])
            for each in said["by_time_left"][:20]
        ]  # fmt: skip
        table(rows, ("to departure or arrival", "units", "oldest (s)"))
    click.echo("")
    if said["worker"]:
        heading = ("worker", "host", "pid", "since", "screened", "snapshot")
        table(
            [
                (each["name"], each["host"], each["pid"], each["since"][:19], each["screened"], each["snapshot"][:12])
                for each in said["worker"]
            ],
            heading,
        )
    else:
        click.echo("no worker: start some with `ops-hub hub up` or `ops-hub hub worker`")
    for each in said["alarms"]:
        click.echo(f"ALARM {each['at']} {each['what']}")


@click.command()
@as_json
@told
@reaching
def dead(as_json: bool) -> None:
    """List dead letters: what could not be screened, where it stood, and why.

    \b
    Example:
      ops-hub hub dead
    """
    found = list(figures.dead_letters(open_hub()))
    show(
        found,
        as_json,
        lambda letters: table(
            [(each["id"], each["at"], each["source"], each["tries"], each["reason"]) for each in letters],
            ("id", "since", "source", "tries", "reason"),
        ),
    )


@click.command()
@click.argument("letters", nargs=-1, metavar="[ID...]")
@click.option("--all", "all_", is_flag=True, help="All dead letters.")
@told
@reaching
def requeue(letters: tuple[str, ...], all_: bool) -> None:
    """Bring dead letters back into the queue they came from; their tries are forgotten.

    \b
    Example:
      ops-hub hub requeue --all
    """
    if bool(letters) == all_:
        raise click.UsageError("give the ids of dead letters, or --all")
    hub = open_hub()
    wanted = [each["id"] for each in figures.dead_letters(hub)] if all_ else list(letters)
    many = Queue(hub).requeue(wanted)
    click.echo(f"{many} of {len(wanted)} dead letters are back in the queue")
    if many < len(wanted) and not all_:
        raise click.exceptions.Exit(1)


@click.command()
@as_json
@told
@reaching
def rejects(as_json: bool) -> None:
    """List records that could not be read: source, position, reason and what is wrong. What was sent is not shown.

    \b
    Example:
      ops-hub hub rejects
    """
    found = _rejects()
    show(list(found) if as_json else found, as_json, _reject_lines)


def _rejects() -> Iterator[dict[str, Any]]:
    for frame in figures.reject_rows(open_hub()):
        yield from frame.drop("raw").iter_rows(named=True)


def _reject_lines(found: Iterator[dict[str, Any]]) -> None:
    for each in found:
        position = "" if each["position"] is None else f" at {each['position']}"
        click.echo(f"{each['source']}{position}: {each['kind']} {each['reason']}: {each['detail']}")
