"""An account: who signs in, where they belong, what they may be.

Reach for `Account`, `User` and `placed()`. Passwords are in `passwords`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import datetime

import msgspec

from ops_hub.access.passwords import hashed, matches
from ops_hub.access.roles import Roles
from ops_hub.errors import ConfigError

__all__ = ["CENTRE", "Account", "User", "administrators", "hashed", "matches", "named", "placed"]

CENTRE = "CENTRE"
NAME = r"[a-z0-9][a-z0-9._@-]{0,63}"  # stands in lines of the audit log as STATE/NAME:ROLE, and in addresses
KEEPS_ACCOUNTS = "accounts.change"  # whose role may do this is an administrator


class User(msgspec.Struct, frozen=True):
    """Who is signed in.

    Attributes:
        name: of the account.
        state: alpha-3 of a home state, or CENTRE.
        role: of rules/roles.toml.
        language: en, es, fr or nl.
    """

    name: str
    state: str
    role: str
    language: str = "en"

    def __str__(self) -> str:
        return f"{self.state}/{self.name}:{self.role}"


class Account(msgspec.Struct, frozen=True):
    """An account.

    Attributes:
        name: what its owner signs in with, unique.
        state: alpha-3 of a home state, or CENTRE.
        role: of rules/roles.toml.
        password: its Argon2id hash; '' where the owner signs in elsewhere (OIDC).
        created_at: when.
        language: of the screens.
        disabled: nobody signs in with it.
        must_change: the password was given by an administrator: its owner takes another one before anything else.
        generation: a session of another generation is over; it rises when password, role, state or standing change.
        subject: who this is at the provider of OIDC (issuer and subject), since they first came from there.
        by_provider: the account was made, and is kept in step, by what the provider says of its owner.
    """

    name: str
    state: str
    role: str
    password: str
    created_at: datetime
    language: str = "en"
    disabled: bool = False
    must_change: bool = False
    generation: int = 0
    subject: str = ""
    by_provider: bool = False

    @property
    def user(self) -> User:
        """Who signs in with it."""
        return User(self.name, self.state, self.role, self.language)


def named(name: str) -> str:
    """Return the name of an account as it is kept: in small letters.

    Raises:
        ConfigError: it holds signs that a name cannot have.
    """
    made = name.strip().lower()
    if not re.fullmatch(NAME, made):
        raise ConfigError(
            "name",
            "a name has letters a to z, digits and . _ @ - only, 64 at most, a letter or digit first",
            "take another name",
        )
    return made


def placed(roles: Roles, role: str, state: str, home_states: Collection[str]) -> None:
    """Check that an account of a role can be at a state.

    Args:
        roles: the table.
        role: of the account.
        state: alpha-3, or CENTRE.
        home_states: codes of all home states.

    Raises:
        ConfigError: there is no such role or state, or the role is not for this place.
    """
    found = roles.find(role)
    if found is None:
        raise ConfigError("role", "there is no such role", f"take one of {', '.join(each.name for each in roles.role)}")
    if state != CENTRE and state not in home_states:
        raise ConfigError(
            "state", "this is no home state", "take the alpha-3 code of one in rules/states.toml, or CENTRE"
        )
    if ("centre" if state == CENTRE else "state") not in found.at:
        where = "the centre" if state == CENTRE else "a home state"
        raise ConfigError(
            "role", f"a {role} cannot be at {where}", "take another role, or see `at` in rules/roles.toml"
        )


def administrators(every: Iterable[Account], roles: Roles) -> list[str]:
    """Return the names of those who may look after accounts, and are not disabled."""
    return [each.name for each in every if not each.disabled and roles.may(each.role, KEEPS_ACCOUNTS)]
