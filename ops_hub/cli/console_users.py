"""`ops-hub console user`: accounts from the keyboard of the centre's machine, the first of all above all."""

from __future__ import annotations

import click
import msgspec

from ops_hub.access.accounts import Account, hashed
from ops_hub.access.roles import role_table
from ops_hub.casework.case import CENTRE
from ops_hub.cli.common import told
from ops_hub.cli.reaching import reaching
from ops_hub.errors import ConfigError
from ops_hub.store import accounts
from ops_hub.store.audit import record
from ops_hub.store.hub import open_hub


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
@click.password_option(help="Asked for where it is not given.")
@told
@reaching
def add(name: str, role: str, state: str, password: str) -> None:
    """Add an account.

    \b
    Example:
      ops-hub console user add ana --role watch-officer
    """
    hub = open_hub()
    if role_table().find(role) is None:
        raise ConfigError(role, "there is no such role", "see rules/roles.toml")
    account = Account(name, state, role, hashed(password), hub.now())
    if not accounts.add(hub, name, msgspec.json.encode(account)):
        raise ConfigError(name, "there is an account of that name", "take another name")
    record(hub, f"{CENTRE}/keyboard:administrator", "account-added", name, role=role, state=state)
    click.echo(f"{name} may sign in as {role} of {state}")
