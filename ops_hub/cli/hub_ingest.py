"""`ops-hub hub ingest`: messages and tables into the hub."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from ops_hub.cli.common import as_json, mapping_option, rules_option, show, told
from ops_hub.cli.reaching import ends, reaching
from ops_hub.engines.live.ingest import Counted, Intake
from ops_hub.errors import FeedError
from ops_hub.feeds.mapping import load_mapping
from ops_hub.states import home_states
from ops_hub.store.hub import open_hub


@click.command()
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
    intake = Intake(open_hub(), home_states(rules), mapping=names, reply_to=interactive, away=_away)
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


def _away(what: str) -> None:
    click.echo(f"ops-hub: {what}", err=True)


def _watched(path: Path, found: Counted | FeedError) -> None:
    click.echo(str(found) if isinstance(found, FeedError) else f"{path.name}: {_counted(found)}", err=True)
