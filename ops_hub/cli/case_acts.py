"""What officers do with cases: claim, refer, decide and the rest; each verb of rules/cases.toml is a command."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from pathlib import Path
from typing import Any

import click

from ops_hub.cli.common import as_json, rules_option, show, told
from ops_hub.cli.hub_states import asked, credentials_option
from ops_hub.cli.persons import as_option, person
from ops_hub.cli.reaching import reaching
from ops_hub.desk.filing import open_desk
from ops_hub.engines.live.requests import carrying_out, masking
from ops_hub.store.hub import open_hub

reason_option = click.option("--reason", default="", help="Why, in words; they are sealed like the traveller's data.")
case_argument = click.argument("number", type=int, metavar="CASE")


def at_desk(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options of who asks and from where, as `asker`: see `Asker`."""

    @wraps(command)
    def asking(who: str | None, credentials: Path | None, rules: Path | None, **options: Any) -> Any:
        return command(asker=Asker(who, credentials, rules), **options)

    made: Callable[..., Any] = told(reaching(asking))  # a hub that is away is told as every error is
    for add in (rules_option, credentials_option, as_option):
        made = add(made)
    return made


@dataclass(frozen=True)
class Asker:
    """Who asks: a person at the centre's keyboard, or a state's desk by its mailbox, and the rules that hold there."""

    who: str | None
    credentials: Path | None
    rules: Path | None

    def ask(self, verb: str, **arguments: Any) -> dict[str, Any]:
        """Have something done with cases and return what comes of it; the same in both ways."""
        if self.credentials is not None:
            return asked(self.credentials, self.who, verb, arguments)
        hub = open_hub()
        desk = open_desk(hub, self.rules)
        return carrying_out(desk, masking(desk))(person(self.who, desk.states), verb, arguments)


def done(asker: Asker, number: int, verb: str, as_json: bool, **detail: Any) -> None:
    """Do something with a case, without the details that are empty, and print how it stands then."""
    given = {name: value for name, value in detail.items() if value}
    show(asker.ask(verb, case=number, detail=given), as_json, _print)


def _print(said: dict[str, Any]) -> None:
    text = f"case {said['case']}: {said['status']}"
    text += f", {said['outcome']}" if said["outcome"] and said["outcome"] != said["status"] else ""
    if said["waits_for_second_person"]:
        text += f"; a second person must agree: ops-hub case confirm {said['case']}"
    click.echo(text)


def _plain(verb: str, does: str, example: str) -> click.Command:
    """Return the command of a verb that takes a case and a reason."""

    def command(asker: Asker, number: int, reason: str, as_json: bool) -> None:
        done(asker, number, verb, as_json, reason=reason)

    command.__doc__ = f"{does}\n\n\b\nExample:\n  ops-hub case {example}\n"
    made: Callable[..., Any] = command
    for add in (told, at_desk, as_json, reason_option, case_argument):
        made = add(made)
    return click.command(verb)(made)


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
@reason_option
@as_json
@at_desk
@told
def refer(asker: Asker, number: int, to: str, reason: str, as_json: bool) -> None:
    """Hand a case to another state that it concerns, or to the centre.

    \b
    Example:
      ops-hub case refer 7 --to HND --as BRB/ana --reason 'wanted there'
    """
    done(asker, number, "refer", as_json, to=to, reason=reason)


@click.command()
@case_argument
@click.option("--outcome", required=True, help="Of rules/cases.toml, e.g. confirmed, not-the-person, denied-boarding.")
@click.option("--days", type=int, help="For how long 'not the person' is remembered.")
@click.option("--scope", type=click.Choice(["state", "region"]), help="For whom it is remembered.")
@reason_option
@as_json
@at_desk
@told
def decide(
    asker: Asker, number: int, outcome: str, days: int | None, scope: str | None, reason: str, as_json: bool
) -> None:  # fmt: skip
    """Decide a case. Some outcomes wait for a second person; "not the person" is remembered.

    \b
    Example:
      ops-hub case decide 7 --outcome denied-boarding --as BRB/ana --reason 'same passport'
      ops-hub case decide 7 --outcome not-the-person --days 180 --as BRB/ana --reason 'twenty years older'
    """
    done(asker, number, "decide", as_json, outcome=outcome, days=days, scope=scope, reason=reason)


def result_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command what came of a case, as `what`, `band` and `retract`."""
    for add in (
        click.option("--retract", is_flag=True, help="It was wrong: take it back. The story keeps both."),
        click.option("--band", default="", help="Value band of money, as in rules/cases.toml; never the sum."),
        click.option("--result", "what", required=True, help="Of rules/cases.toml, e.g. arrested, charged, protected."),
    ):
        command = add(command)
    return command


@click.command()
@case_argument
@result_options
@click.option("--operation", default="", metavar="NAME", help="The operation that it belongs to.")
@reason_option
@as_json
@at_desk
@told
def result(
    asker: Asker, number: int, what: str, operation: str, band: str, retract: bool, reason: str, as_json: bool
) -> None:  # fmt: skip
    """Say what came of a case that was decided; the case stays as it is.

    \b
    Example:
      ops-hub case result 7 --result arrested --operation ALCYON --as BRB/ana
      ops-hub case result 7 --result arrested --operation ALCYON --retract --reason 'another case' --as BRB/ana
    """
    done(asker, number, "result", as_json, result=what, operation=operation, band=band, retract=retract, reason=reason)


@click.command()
@case_argument
@click.option(
    "--to", required=True, multiple=True, metavar="STATE", help="Who may read it; may be given several times."
)
@click.option("--hit", "hits", multiple=True, metavar="HIT_ID", help="Only these hits [default: all of your lists].")
@reason_option
@as_json
@at_desk
@told
def release(asker: Asker, number: int, to: tuple[str, ...], hits: tuple[str, ...], reason: str, as_json: bool) -> None:
    """Let other states read what your list says; for controlled content a second person of yours must agree.

    \b
    Example:
      ops-hub case release 7 --to JAM --as BRB/ana:list-owner --reason 'they board him'
    """
    done(asker, number, "release", as_json, to=list(to), hits=list(hits), reason=reason)
