"""`ops-hub hub`: the joint centre as it runs; what it does with messages is in `engines.live`."""

from __future__ import annotations

import click

from ops_hub.cli.loading import Commands

# Where each command is written.
_MODULES = {
    "up": "hub_running",
    "publish": "hub_running",
    "worker": "hub_running",
    "down": "hub_down",
    "ingest": "hub_ingest",
    "status": "hub_looking",
    "dead": "hub_looking",
    "requeue": "hub_looking",
    "rejects": "hub_looking",
    "ask": "hub_replies",
    "replies": "hub_replies",
    "provision": "hub_states",
    "notices": "hub_states",
    "rescreen": "rescreen",
}


@click.group(commands=Commands(_MODULES))
def hub() -> None:
    """Screen messages as they come: start the hub, hand in messages, look after it.

    The hub keeps its data in OPS_HUB_HOME. Its server is an embedded one, unless OPS_HUB_REDIS names the centre's own.

    \b
    Example:
      ops-hub hub up -w watchlists
      ops-hub hub ingest sample_feeds
    """
