"""What officers do with cases: claim, refer, decide and the rest; each verb of rules/cases.toml is a command."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import Any

import click

from ops_hub.casework.case import CENTRE, ROLES, Actor, Case
from ops_hub.cli.common import as_json, rules_option, show, told
from ops_hub.desk.acting import act
from ops_hub.desk.filing import Desk, open_desk
from ops_hub.errors import ConfigError
from ops_hub.store.hub import open_hub

as_option = click.option(
    "--as",
    "who",
    metavar="STATE/NAME[:ROLE]",
    envvar="OPS_HUB_USER",
    help="Who you are [default: CENTRE/login:officer].",
)
reason_option = click.option("--reason", default="", help="Why, in words; they are sealed like the traveller's data.")
case_argument = click.argument("number", type=int, metavar="CASE")


def desk_and_actor(who: str | None, rules: Path | None) -> tuple[Desk, Actor]:
    """Return the hub's desk, and the person of STATE/NAME[:ROLE].

    Raises:
        ConfigError: the state is no home state, the role is not known, or the text is none of that kind.
    """
    desk = open_desk(open_hub(), rules)
    state, slash, rest = (who or f"{CENTRE}/{getpass.getuser()}").partition("/")
    name, _, role = rest.partition(":")
    role = role or "officer"
    if not slash or not name.strip():
        raise ConfigError(f"--as {who}", "it names no state and person", "write for example BRB/ana:officer")
    if state != CENTRE and state not in desk.states.by_code:
        raise ConfigError(
            f"--as {who}", f"{state} is no home state", f"write CENTRE, or one of {', '.join(desk.states.by_code)}"
        )
    if role not in ROLES or role == "system":
        raise ConfigError(
            f"--as {who}", f"{role} is no role", f"roles are {', '.join(r for r in ROLES if r != 'system')}"
        )
    return desk, Actor(state, name.strip(), role)


def _done(number: int, verb: str, who: str | None, rules: Path | None, as_json: bool, **detail: Any) -> None:
    desk, by = desk_and_actor(who, rules)
    case = act(desk, number, by, verb, {name: value for name, value in detail.items() if value})
    show(_said(case), as_json, _print)


def _said(case: Case) -> dict[str, Any]:
    claimed = str(case.claimed_by) if case.claimed_by is not None else None
    waits = {name: case.pending[name] for name in ("verb", "by")} if case.pending else None
    return {
        "case": case.id, "status": case.status, "outcome": case.outcome, "claimed_by": claimed, "waits_for_second_person": waits,
        "events": case.events,
    }  # fmt: skip


def _print(said: dict[str, Any]) -> None:
    text = f"case {said['case']}: {said['status']}"
    text += f", {said['outcome']}" if said["outcome"] and said["outcome"] != said["status"] else ""
    if said["waits_for_second_person"]:
        text += f"; a second person must agree: ops-hub case confirm {said['case']}"
    click.echo(text)


def _plain(verb: str, does: str, example: str) -> click.Command:
    """Return the command of a verb that takes a case and a reason."""

    def command(number: int, who: str | None, reason: str, rules: Path | None, as_json: bool) -> None:
        _done(number, verb, who, rules, as_json, reason=reason)

    command.__doc__ = f"{does}\n\n\b\nExample:\n  ops-hub case {example}\n"
    for add in (as_json, rules_option, reason_option, as_option, case_argument):
        command = add(command)
    return click.command(verb)(told(command))


PLAIN = [
    _plain("claim", "Take a case: you work on it, and others keep their hands off.", "claim 7 --as BRB/ana"),
    _plain("release-claim", "Put a case back that you had claimed.", "release-claim 7 --as BRB/ana"),
    _plain("ask-owner", "Ask the owner of the list; the case waits for the answer.", "ask-owner 7 --as BRB/ana --reason 'which birth date holds?'"),
    _plain("answer", "Answer as the owner of the list.", "answer 7 --as HND/luis --reason 'the first one'"),
    _plain("confirm", "Agree, as a second person, to what waits for one.", "confirm 7 --as BRB/ben:supervisor"),
    _plain("decline", "Do not agree to what waits for a second person, or take your own back.", "decline 7 --as BRB/ben --reason 'another sex'"),
    _plain("note", "Write a note to a case.", "note 7 --as BRB/ana --reason 'met at gate 4'"),
    _plain("reopen", "Begin a case again that was done.", "reopen 7 --as BRB/ana --reason 'the document came'"),
    _plain("close", "Close a confirmed case without a further outcome.", "close 7 --as BRB/ana --reason 'handed over'"),
]  # fmt: skip


@click.command()
@case_argument
@click.option("--to", required=True, metavar="STATE", help="A state that the case concerns, or CENTRE.")
@as_option
@reason_option
@rules_option
@as_json
@told
def refer(number: int, to: str, who: str | None, reason: str, rules: Path | None, as_json: bool) -> None:
    """Hand a case to another state that it concerns, or to the centre.

    \b
    Example:
      ops-hub case refer 7 --to HND --as BRB/ana --reason 'wanted there'
    """
    _done(number, "refer", who, rules, as_json, to=to, reason=reason)


@click.command()
@case_argument
@click.option("--outcome", required=True, help="Of rules/cases.toml, e.g. confirmed, not-the-person, denied-boarding.")
@click.option("--days", type=int, help="For how long 'not the person' is remembered.")
@click.option("--scope", type=click.Choice(["state", "region"]), help="For whom it is remembered.")
@as_option
@reason_option
@rules_option
@as_json
@told
def decide(
    number: int, outcome: str, days: int | None, scope: str | None, who: str | None, reason: str, rules: Path | None,
    as_json: bool,
) -> None:  # fmt: skip
    """Decide a case. Some outcomes wait for a second person; "not the person" is remembered.

    \b
    Example:
      ops-hub case decide 7 --outcome denied-boarding --as BRB/ana --reason 'same passport'
      ops-hub case decide 7 --outcome not-the-person --days 180 --as BRB/ana --reason 'twenty years older'
    """
    _done(number, "decide", who, rules, as_json, outcome=outcome, days=days, scope=scope, reason=reason)


@click.command()
@case_argument
@click.option(
    "--to", required=True, multiple=True, metavar="STATE", help="Who may read it; may be given several times."
)
@click.option("--hit", "hits", multiple=True, metavar="HIT_ID", help="Only these hits [default: all of your lists].")
@as_option
@reason_option
@rules_option
@as_json
@told
def release(
    number: int,
    to: tuple[str, ...],
    hits: tuple[str, ...],
    who: str | None,
    reason: str,
    rules: Path | None,
    as_json: bool,
) -> None:
    """Let other states read what your list says; for controlled content a second person of yours must agree.

    \b
    Example:
      ops-hub case release 7 --to JAM --as BRB/ana:list-owner --reason 'they board him'
    """
    _done(number, "release", who, rules, as_json, to=list(to), hits=list(hits), reason=reason)
