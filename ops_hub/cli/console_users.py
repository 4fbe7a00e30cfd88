"""`ops-hub console user`: accounts from the keyboard of the centre's machine, the first of all above all."""

from __future__ import annotations

import click
import msgspec

from ops_hub.access.accounts import CENTRE, Account
from ops_hub.cli.common import as_json, show, table, told
from ops_hub.cli.reaching import reaching
from ops_hub.service.centre import Centre
from ops_hub.service.people import staff
from ops_hub.store import accounts
from ops_hub.store.hub import open_hub

_HELP = "Asked for where it is not given."


@click.group()
def user() -> None:
    """Look after accounts of the console.

    \b
    Example:
      ops-hub console user add ana --role watch-officer
    """


@user.command("add")
@click.argument("name")
@click.option("--role", required=True, help="Of rules/roles.toml.")
@click.option("--state", default=CENTRE, show_default=True, help="Alpha-3 of a home state, or CENTRE.")
@click.option("--must-change", is_flag=True, help="Another password must be taken at the first sign-in.")
@click.password_option(help=_HELP)
@told
@reaching
def add(name: str, role: str, state: str, must_change: bool, password: str) -> None:
    """Add an account.

    \b
    Example:
      ops-hub console user add ana --role watch-officer
    """
    centre = Centre(open_hub())
    made, _ = staff.add(
        centre.hub, centre.rules, staff.KEYBOARD, name, role, state, password=password, must_change=must_change
    )
    click.echo(f"{made.name} may sign in as {made.role} of {made.state}")


@user.command("list")
@as_json
@told
@reaching
def list_(as_json: bool) -> None:
    """List all accounts.

    \b
    Example:
      ops-hub console user list
    """
    found = [msgspec.json.decode(each, type=Account) for each in accounts.every(open_hub())]
    rows = [
        {"name": each.name, "state": each.state, "role": each.role, "disabled": each.disabled, "must_change": each.must_change}
        for each in found
    ]  # fmt: skip
    heading = ("name", "state", "role", "standing")

    def plain(told: list[dict[str, object]]) -> None:
        table(
            [(each["name"], each["state"], each["role"], "disabled" if each["disabled"] else "open") for each in told],
            heading,
        )

    show(rows, as_json, plain)


@user.command("disable")
@click.argument("name")
@click.option("--undo", is_flag=True, help="Enable it again.")
@told
@reaching
def disable(name: str, undo: bool) -> None:
    """Let nobody sign in with an account; its sessions and tokens end.

    \b
    Example:
      ops-hub console user disable ana
    """
    centre = Centre(open_hub())
    made = staff.changed(centre.hub, centre.rules, staff.KEYBOARD, name, disabled=not undo)
    click.echo(f"{made.name} is {'disabled' if made.disabled else 'enabled'}")


@user.command("password")
@click.argument("name")
@click.option("--must-change", is_flag=True, help="Another password must be taken at the next sign-in.")
@click.password_option(help=_HELP)
@told
@reaching
def password_(name: str, must_change: bool, password: str) -> None:
    """Give an account another password; its sessions end.

    \b
    Example:
      ops-hub console user password ana
    """
    staff.give_password(open_hub(), staff.KEYBOARD, name, password, must_change=must_change)
    click.echo(f"{name} has another password")
