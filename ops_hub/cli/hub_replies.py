"""`ops-hub hub ask` and `hub replies`: what carriers that ask interactively are answered."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import click

from ops_hub.casework.reply_codes import BOARD
from ops_hub.cli.common import as_json, rules_option, show, told
from ops_hub.cli.reaching import reaching
from ops_hub.engines.live.asking import ask as answers_to
from ops_hub.engines.live.ingest import Intake
from ops_hub.engines.live.replies import Replies
from ops_hub.feeds.cusres import readable
from ops_hub.states import home_states
from ops_hub.store import answered as book
from ops_hub.store.hub import Hub, open_hub

NOT_ALL_BOARD = 3
_STEP = 5.0  # seconds of one wait while following
_Entry = dict[str, str]


@click.command()
@click.argument("feed", type=click.Path(path_type=Path, exists=True, dir_okay=False), metavar="FEED")
@click.option("--carrier", metavar="CODE", required=True, help="Carrier that asks, e.g. BW.")
@click.option(
    "--wait", "seconds", type=click.FloatRange(min=0), default=10.0, show_default=True, help="Seconds to wait at most."
)
@rules_option
@as_json
@told
@reaching
def ask(feed: Path, carrier: str, seconds: float, rules: Path | None, as_json: bool) -> None:
    """Hand FEED in as a carrier that asks interactively, and print the CUSRES answers.

    \b
    Example:
      ops-hub hub ask sample_feeds/BW432_POS-BGI_2026-11-20.paxlst.edi --carrier BW

    Exit codes: 0 everybody may board; 3 somebody is answered otherwise; 2 no answer in time, or wrong use.
    """
    hub = open_hub()
    intake = Intake(hub, home_states(rules), reply_to=carrier)
    found = answers_to(hub, feed, carrier, seconds, lambda _, path, __: intake.question(path))
    show([_told(entry) for entry in found], as_json, lambda _: _print(found))
    if any(set(json.loads(entry["answers"])) - {BOARD} for entry in found):
        raise click.exceptions.Exit(NOT_ALL_BOARD)


@click.command()
@click.argument("carrier", metavar="CARRIER")
@click.option("--follow", is_flag=True, help="Go on with what comes, until interrupted; with --json, a line each.")
@click.option("--since", metavar="ID", default="", help="Only what came after the answer of this id.")
@click.option(
    "--acknowledge", type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Take in a carrier's acknowledgement (CUSRES with BGM 312) first.",
)  # fmt: skip
@rules_option
@as_json
@told
@reaching
def replies(
    carrier: str, follow: bool, since: str, acknowledge: Path | None, rules: Path | None, as_json: bool
) -> None:
    """Print what CARRIER was answered, and the changes that were sent unasked.

    \b
    Example:
      ops-hub hub replies BW --follow
    """
    hub = open_hub()
    if acknowledge is not None:
        for number in Replies(hub, rules).acknowledged(carrier, acknowledge.read_bytes()):
            click.echo(f"noted: {carrier} on message {number}", err=True)
    found = book.entries(hub, carrier, since or "-")
    if not follow:
        show(_acknowledged(hub, carrier, found), as_json, lambda _: _print(found))
        return
    last = since or "0-0"
    with suppress(KeyboardInterrupt):
        while True:
            for entry in found:
                click.echo(json.dumps(_told(entry))) if as_json else _print([entry])
                last = entry["id"]
            found = book.wait(hub, carrier, last, _STEP)


def _acknowledged(hub: Hub, carrier: str, entries: Sequence[_Entry]) -> list[dict[str, object]]:
    """Return entries as they are told, changes with what the carrier said to them."""
    said = book.acknowledged(hub, carrier, [int(entry["number"]) for entry in entries])
    return [_told(entry) | {"acknowledged": said.get(int(entry["number"]))} for entry in entries]


def _told(entry: _Entry) -> dict[str, object]:
    return dict(entry) | {"number": int(entry["number"]), "answers": json.loads(entry["answers"])}


def _print(entries: Sequence[_Entry]) -> None:
    for entry in entries:
        counts = ", ".join(f"{count} {kind}" for kind, count in json.loads(entry["answers"]).items())
        click.echo(f"# {entry['id']}  {entry['at'][:19]}Z  {entry['kind']} {entry['number']}: {counts}")
        click.echo(readable(entry["message"]))
