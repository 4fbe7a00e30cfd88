"""`ops-hub audit`: check the log of everything that was done, write down its head, read it."""

from __future__ import annotations

import base64
import json
import sys
from datetime import UTC, datetime
from typing import Any

import click
import msgspec

from ops_hub.casework.case import CENTRE
from ops_hub.cli.common import as_json, show, told
from ops_hub.cli.persons import as_option, person
from ops_hub.cli.reaching import reaching
from ops_hub.errors import ConfigError
from ops_hub.states import home_states
from ops_hub.store import audit as store
from ops_hub.store.archive import rules_in_force
from ops_hub.store.chain import Head, lines, signed
from ops_hub.store.hub import open_hub
from ops_hub.store.proof import Fault, Verdict
from ops_hub.store.scribe import Scribe, folder_of, hub_head, verified


@click.group()
def audit() -> None:
    """Check and read the log of decisions, accesses and exports.

    \b
    ops-hub audit verify
    ops-hub audit head
    ops-hub audit show --about "case 2031" --as CENTRE/eve:auditor
    """


@audit.command()
@as_json
@click.option(
    "--head", "heads", multiple=True, metavar="SEQ:HASH", help="A line that was written down; may be repeated."
)
@told
@reaching
def verify(as_json: bool, heads: tuple[str, ...]) -> None:
    """Check every byte of the log; exit code 1 where anything is altered, missing, added or moved.

    \b
    ops-hub audit verify
    ops-hub audit verify --head 4211:9f2c...
    """
    hub = open_hub()
    verdict = verified(hub, tuple(_head(text) for text in heads))
    show(msgspec.to_builtins(verdict), as_json, lambda _: _say(verdict))
    hub.client.close()
    if verdict.faults:
        sys.exit(1)


@audit.command()
@as_json
@told
@reaching
def head(as_json: bool) -> None:
    """Print what an outside auditor should write down: the last line's number and hash, signed by the centre.

    \b
    ops-hub audit head
    """
    hub = open_hub()
    _write_waiting(hub)
    last = hub_head(hub) or Head()
    said = {
        "head": str(last), "at": hub.now().isoformat(timespec="seconds"),
        "signature": base64.b64encode(hub.keyring.sign(signed(last))).decode(), "public_key": hub.keyring.public_key(),
    }  # fmt: skip
    show(said, as_json, lambda _: click.echo("\n".join(f"{name}: {value}" for name, value in said.items())))
    hub.client.close()


@audit.command("show")
@click.option("--about", help='What it was done to, e.g. "case 2031".')
@click.option("--by", help="Who did it: begins with, e.g. BRB/ or BRB/ana.")
@click.option("--action", help="What was done, e.g. case-shown.")
@click.option("--since", metavar="DATE", help="From this day or time on (UTC), e.g. 2026-11-23.")
@click.option("--purpose", default="", help="Why you look; it stands in the log.")
@as_option
@as_json
@told
@reaching
def show_(about: str | None, by: str | None, action: str | None, since: str | None, purpose: str, who: str | None, as_json: bool) -> None:  # fmt: skip
    """Print events, oldest first; with --json one object a line. That you looked is an event, too.

    Officers see what was done at their own state's desk; supervisors and auditors of CENTRE see all.

    \b
    ops-hub audit show --action case-shown --since 2026-11-01 --as BRB/ben:supervisor
    """
    hub = open_hub()
    reader = person(who, home_states(rules_in_force(hub)))
    sees_all = reader.state == CENTRE and reader.role in ("supervisor", "auditor")
    begin = None if since is None else _time(since)
    asked = {"about": about, "by": by, "action": action, "since": since}
    store.record(hub, str(reader), "audit-shown", "audit", purpose=purpose, asked={k: v for k, v in asked.items() if v})
    _write_waiting(hub)
    for line in lines(folder_of(hub.home)):
        event = line["event"]
        told_by = str(event.get("by", ""))
        if not sees_all and not told_by.startswith(f"{reader.state}/"):
            continue
        if (
            (about and event.get("about") != about)
            or (by and not told_by.startswith(by))
            or (action and event.get("action") != action)
            or (begin and line["at"] < begin)
        ):
            continue
        if as_json:
            click.echo(json.dumps(line))
        else:
            why = f"  ({event['purpose']})" if event.get("purpose") else ""
            detail = json.dumps(event.get("detail", {}))
            click.echo(
                f"{line['seq']}  {line['at'][:19]}  {told_by}  {event.get('action')}  {event.get('about')}{why}  {detail}"
            )
    hub.client.close()


def _write_waiting(hub: Any) -> None:
    """Write what waits, where no keeper is at work; where one is, it does so itself."""
    scribe = Scribe(hub)
    try:
        if scribe.open(lambda: True):
            scribe.drain()
    finally:
        scribe.close()


def _time(text: str) -> str:
    """Return a day or time as the log writes it."""
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        raise ConfigError(
            f"--since {text}", "this is no day or time", "write for example 2026-11-23 or 2026-11-23T14:30"
        ) from None
    return (at.astimezone(UTC) if at.tzinfo else at.replace(tzinfo=UTC)).isoformat(timespec="milliseconds")


def _head(text: str) -> Head:
    number, _, mark = text.partition(":")
    if not number.isdigit() or len(mark) != 64:
        raise ConfigError(f"--head {text}", "this is no head", "give it as `ops-hub audit head` prints it, SEQ:HASH")
    return Head(int(number), mark)


def _say(verdict: Verdict) -> None:
    for fault in verdict.faults:
        click.echo(_line(fault))
    state = "broken" if verdict.faults else "whole"
    click.echo(
        f"{state}: {verdict.events:,} lines in {verdict.files:,} files, {verdict.checkpoints:,} signatures of the centre; "
        f"head {verdict.head}"
    )


def _line(fault: Fault) -> str:
    return f"{fault.file}{f', line {fault.line:,}' if fault.line else ''}: {fault.reason}"
