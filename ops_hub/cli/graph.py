"""`ops-hub graph`: a network of who is tied to whom; each command is written in a module of its own."""

from __future__ import annotations

import click

from ops_hub.cli.loading import Commands

# Where each command is written.
_MODULES = {
    "build": "graph_build",
    "who": "graph_who",
    "compare": "graph_compare",
    "find": "graph_find",
    "path": "graph_find",
}


@click.group(commands=Commands(_MODULES))
def graph() -> None:
    """Link persons by what they share, over months of travel.

    A network is a lead for planners: who shares a booking, document, contact or payment with whom, on which journeys.
    Sharing proves nothing by itself, and values that very many share are damped (docs/network.md).

    \b
    Example:
      ops-hub graph build sample_feeds --run runs/demo --out network
      ops-hub graph who network "GARCIA"
    """
