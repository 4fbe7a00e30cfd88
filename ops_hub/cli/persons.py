"""Who is at the keyboard: the option --as, and the person that it names."""

from __future__ import annotations

import getpass

import click

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.errors import ConfigError
from ops_hub.states import States

ROLES = ("officer", "supervisor", "protection", "services", "prosecutor", "auditor", "list-owner")

as_option = click.option(
    "--as", "who", metavar="STATE/NAME[:ROLE]", envvar="OPS_HUB_USER",
    help="Who you are; also from OPS_HUB_USER [default: CENTRE/login:officer].",
)  # fmt: skip


def person(who: str | None, states: States) -> Actor:
    """Return the person of STATE/NAME[:ROLE].

    Raises:
        ConfigError: the state is no home state, the role is not known, or the text is none of that kind.
    """
    state, slash, rest = (who or f"{CENTRE}/{getpass.getuser()}").partition("/")
    name, _, role = rest.partition(":")
    if not slash or not name.strip():
        raise ConfigError(f"--as {who}", "it names no state and person", "write for example BRB/ana:officer")
    if state != CENTRE and state not in states.by_code:
        raise ConfigError(
            f"--as {who}", f"{state} is no home state", f"write CENTRE, or one of {', '.join(states.by_code)}"
        )
    if (role or "officer") not in ROLES:
        raise ConfigError(f"--as {who}", f"{role} is no role", f"roles are {', '.join(ROLES)}")
    return Actor(state, name.strip(), role or "officer")
