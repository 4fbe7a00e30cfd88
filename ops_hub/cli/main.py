"""The command `ops-hub` and its groups.

Reach for the modules beside this one for what each command does; this one only puts them together.
"""

from __future__ import annotations

import click

from ops_hub import __version__
from ops_hub.cli.exercise import exercise
from ops_hub.cli.match import evaluate, match
from ops_hub.cli.screen import chart, screen
from ops_hub.cli.watchlist import watchlist


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="ops-hub")
def main() -> None:
    r"""Screen advance passenger messages against shared lists, and explain every hit.

    \b
    ops-hub screen sample_feeds --watchlist watchlists --out runs/demo
    ops-hub match "GARCIA LOPEZ, Ana" --dob 1990-02-03 --watchlist watchlists

    Exit codes: 0 done; 1 done, but with rejected input under --strict; 2 wrong use or unreadable input.
    """


for command in (screen, match, watchlist, chart, evaluate, exercise):
    main.add_command(command)
