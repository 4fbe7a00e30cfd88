"""The command `ops-hub` and its groups.

Reach for the modules beside this one for what each command does; this one only puts them together, and loads
the one that is asked for: the others' libraries take longer to load than many a command to run.
"""

from __future__ import annotations

import click

from ops_hub import __version__
from ops_hub.cli.loading import Commands

# Where each command is written.
_MODULES = {
    "screen": "screen",
    "match": "match",
    "watchlist": "watchlist",
    "chart": "chart",
    "graph": "graph",
    "evaluate": "match",
    "exercise": "exercise",
    "documents": "documents",
    "rules": "rules",
    "manifest": "manifest",
    "carriers": "carriers",
    "trends": "trends",
    "case": "case",
    "audit": "audit",
    "retention": "retention",
    "replay": "replay",
    "hub": "hub",
    "operation": "operation",
    "console": "console",
    "doctor": "doctor",
    "samples": "samples",
}


@click.group(
    commands=Commands(_MODULES),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
)
@click.version_option(__version__, prog_name="ops-hub")
def main() -> None:
    """Screen advance passenger messages against shared lists, and explain every hit.

    \b
    ops-hub screen sample_feeds --watchlist watchlists --out runs/demo
    ops-hub match "GARCIA LOPEZ, Ana" --dob 1990-02-03 --watchlist watchlists

    ops-hub samples try                 (sample feeds, lists and rules, to begin with)
    ops-hub doctor                      (is this installation as it should be?)

    Exit codes: 0 done; 1 done, but with rejected input under --strict; 2 wrong use or unreadable input.
    """
