"""`ops-hub hub rescreen`: how re-screening stands, or what is left of it done now."""

from __future__ import annotations

import os
import socket
from typing import Any

import click

from ops_hub.cli.common import as_json, show, told
from ops_hub.cli.reaching import ends, reaching
from ops_hub.engines.live.looking_back import ways
from ops_hub.engines.live.rescreen import step
from ops_hub.engines.live.rescreen_progress import status
from ops_hub.store.hub import open_hub


@click.command()
@click.option("--status", "only", is_flag=True, help="Only say how it stands.")
@as_json
@told
@reaching
def rescreen(only: bool, as_json: bool) -> None:
    """Look for new and changed entries in what is retained; take back hits of entries that are no longer listed.

    `ops-hub hub up` does this by itself whenever lists are published. Without --status, what is left is done now, by this
    process, unless another one is at it.

    \b
    Example:
      ops-hub hub rescreen --status
    """
    hub, stopped = open_hub(), ends()
    name = f"{socket.gethostname()}-{os.getpid()}-rescreen"
    while not only and step(hub, name, stopped, ways(hub)):
        pass
    show(status(hub), as_json, _plain)


def _plain(said: dict[str, Any]) -> None:
    against = said["screened_against"] or "nothing: no lists were published"
    click.echo(f"{said['state']}; what is retained was screened against {against} as of {said['as_of'] or '-'}")
    click.echo(f"publications that wait: {said['queued']:,}")
    if said["trouble"]:
        click.echo(f"held up: {said['trouble']}")
    for title, each in (("under way", said["under_way"]), ("the one before", said["last"])):
        if each:
            click.echo(
                f"{title}: {each['entries']:,} entries new or changed, {each['removed']:,} removed; "
                f"{each.get('days_done', each['days']):,} of {each['days']:,} days, {each['rows']:,} travellers, {each['hits']:,} hits"
                + (f", {each['seconds']:,.0f} s" if "seconds" in each else "")
            )
