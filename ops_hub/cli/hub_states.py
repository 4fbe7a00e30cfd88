"""`ops-hub hub provision` and `ops-hub hub notices`: the states' desks, their credentials and what they are told."""

from __future__ import annotations

import getpass
import json
import re
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import click

from ops_hub.casework.case import CENTRE
from ops_hub.casework.policy import sharing_policy
from ops_hub.cli.common import as_json, rules_option, show, told
from ops_hub.cli.reaching import reaching
from ops_hub.errors import ConfigError
from ops_hub.store import audit, users
from ops_hub.store.hub import Hub, open_hub
from ops_hub.store.mail import CHANNELS, ORDINARY, ask, following, notice_of, place, read_credentials, user_of
from ops_hub.store.mail import notices as notices_for

credentials_option = click.option(
    "--credentials", type=click.Path(path_type=Path, dir_okay=False, exists=True), envvar="OPS_HUB_CREDENTIALS",
    help="File of a state's desk, as hub provision wrote it: act as that desk, from anywhere.",
)  # fmt: skip
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?([+-]\d\d:\d\d)?")
_BY = "CENTRE/provision:system"


def asked(
    credentials: Path, who: str | None, verb: str, arguments: dict[str, Any], seconds: float = 30
) -> dict[str, Any]:
    """Ask the centre by the mailbox of a file of credentials, and return its answer with times as times.

    Args:
        credentials: the file.
        who: STATE/NAME:ROLE, NAME:ROLE or NAME; the state is the mailbox's [default: the login name].
        verb: list, show, suppressed, revoke, or a verb of rules/cases.toml.
        arguments: case; and detail, purpose, done, status, number, reason, as the verb needs.
        seconds: how long to wait.
    """
    name, _, role = (who or getpass.getuser()).rpartition("/")[2].partition(":")
    found = _timed(ask(read_credentials(credentials), verb, arguments, seconds, person=name, role=role))
    assert isinstance(found, dict)
    return found


def _timed(told: Any) -> Any:
    if isinstance(told, dict):
        return {name: _timed(value) for name, value in told.items()}
    if isinstance(told, list):
        return [_timed(value) for value in told]
    return datetime.fromisoformat(told) if isinstance(told, str) and _TIME.fullmatch(told) else told


@click.command("provision")
@click.option("--state", "states", multiple=True, metavar="ALPHA3", help="State; may be given several times.")
@click.option("--all", "everyone", is_flag=True, help="Every home state.")
@click.option("--out", type=click.Path(path_type=Path, file_okay=False), help="Folder for the files of credentials.")
@click.option("--rotate", is_flag=True, help="Replace credentials that are there; the old ones end at once.")
@click.option("--revoke", "take", is_flag=True, help="Take credentials away.")
@rules_option
@as_json
@told
@reaching
def provision(
    states: tuple[str, ...], everyone: bool, out: Path | None, rotate: bool, take: bool, rules: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Make the credentials of states' desks: one file for the ordinary desk, one for the protection desk.

    A file opens that desk's mailbox and nothing else. Bring it to the desk by a safe way, then delete it here. Desks that
    have credentials are passed over, unless --rotate is given.

    \b
    Example:
      ops-hub hub provision --state BRB --out credentials
      ops-hub hub provision --all --out credentials
      ops-hub hub provision --state BRB --revoke
    """
    home = sharing_policy(rules).states.by_code
    chosen = sorted(home) if everyone else list(dict.fromkeys(states))
    if not chosen or (out is None and not take) or (rotate and take):
        raise click.UsageError("give --state or --all, and --out FOLDER (with or without --rotate) or --revoke")
    if wrong := [state for state in chosen if state not in home]:
        raise ConfigError(f"--state {wrong[0]}", "it is no home state", f"one of {', '.join(sorted(home))}")
    hub = open_hub()
    there, done = users.provisioned(hub), []
    for state, channel in ((state, channel) for state in chosen for channel in CHANNELS):
        user = user_of(state, channel)
        if take:
            did = "revoked" if users.revoke(hub, state, channel) else "had none"
        elif out is None or (user in there and not rotate):
            did = "has credentials already"
        else:
            replaced = rotate and user in there
            did = str(users.provision(hub, state, channel, out, rotate=replaced))
        if did not in ("had none", "has credentials already"):
            audit.record(
                hub, _BY, "credentials-revoked" if take else "credentials-made", f"mailbox {user}", rotated=rotate
            )
        done.append({"user": user, "did": did})
    show({"users": done, "weaknesses": users.weaknesses(hub)}, as_json, _print)


def _print(made: dict[str, Any]) -> None:
    for each in made["users"]:
        click.echo(f"{each['user']}: {each['did']}")
    for line in made["weaknesses"]:
        click.echo(f"ops-hub: {line}", err=True)


@click.command("notices")
@click.option("--state", default=CENTRE, metavar="ALPHA3", help="At the centre: whose notices [default: the centre's].")
@click.option(
    "--channel", type=click.Choice(CHANNELS), default=ORDINARY, show_default=True, help="At the centre: which desk's."
)
@click.option("--since", default="0", metavar="ID", help="Only those after this one.")
@click.option("--follow", is_flag=True, help="Go on with those to come, until you stop it.")
@credentials_option
@as_json
@told
@reaching
def notices(
    state: str, channel: str, since: str, follow: bool, credentials: Path | None, as_json: bool
) -> None:  # fmt: skip
    """Show the notices of a desk, oldest first: that a case needs it, and by when. Notices name nobody.

    \b
    Example:
      ops-hub hub notices --credentials BRB.json --follow
      ops-hub hub notices --state BRB --json
    """
    held = read_credentials(credentials) if credentials else None
    if follow:
        coming = following(held, since) if held else _following(open_hub(), state, channel, since)
        for notice in coming:
            if as_json:
                click.echo(json.dumps(notice, ensure_ascii=False))  # a line each, for programs that read along
            else:
                _print_notice(notice)
        return
    found = notices_for(held, since) if held else _notices(open_hub(), state, channel, since)
    show(found, as_json, _print_notices)


def _print_notices(found: list[dict[str, str]]) -> None:
    for notice in found:
        _print_notice(notice)


def _notices(hub: Hub, state: str, channel: str, since: str) -> list[dict[str, str]]:
    return [notice_of(*item) for item in hub.client.xrange(place(state, channel, "notices"), min=f"({since}")]


def _following(hub: Hub, state: str, channel: str, since: str) -> Iterator[dict[str, str]]:
    while True:
        for notice in _notices(hub, state, channel, since):
            since = notice["id"]
            yield notice
        time.sleep(0.5)


def _print_notice(notice: dict[str, str]) -> None:
    click.echo(f"{notice['at'][:16].replace('T', ' ')} UTC  {notice['text']}")
