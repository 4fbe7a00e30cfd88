"""Accounts, for administrators: who there is, what they may be, and the tokens that other systems come with."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta

from ops_hub.access.accounts import CENTRE, Account
from ops_hub.service.centre import Centre
from ops_hub.service.people import staff
from ops_hub.service.table import Caller, operation
from ops_hub.states import home_states
from ops_hub.store import accounts, tokens
from ops_hub.store.audit import record
from ops_hub.store.tokens import Token

Name = Annotated[str, Meta(min_length=1, max_length=64)]
Word = Annotated[str, Meta(min_length=1, max_length=64)]
LONGEST_DAYS = 366


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing has to be told."""


class OfAccount(msgspec.Struct, forbid_unknown_fields=True):
    """An account, by its name."""

    name: Name


class NewAccount(msgspec.Struct, forbid_unknown_fields=True):
    """What a new account is to be."""

    name: Name
    role: Word
    state: Word = CENTRE
    language: Word = "en"
    provider_only: bool = False


class Change(msgspec.Struct, forbid_unknown_fields=True):
    """What is to become of an account; what is left out stays as it is."""

    name: Name
    role: Word | None = None
    state: Word | None = None


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    """A token to be made: for which account, for what use, for how long."""

    name: Name
    use: Annotated[str, Meta(min_length=1, max_length=100)]
    days: Annotated[int, Meta(ge=1, le=LONGEST_DAYS)] = 90


class OfToken(msgspec.Struct, forbid_unknown_fields=True):
    """A token, by account and id."""

    name: Name
    token: Word


class Shown(msgspec.Struct):
    """An account as administrators see it.

    `way` is how its owner signs in: password, provider (OIDC), or both.
    """

    name: str
    state: str
    role: str
    language: str
    created_at: datetime
    disabled: bool
    must_change: bool
    way: str


class Given(msgspec.Struct):
    """An account, and a password for its owner's first sign-in: told this once."""

    account: Shown
    password: str


class MadeToken(msgspec.Struct):
    """A token: `secret` opens, and is told this once."""

    token: Token
    secret: str


class RoleShown(msgspec.Struct):
    """A role: where it can be, and what it may."""

    name: str
    at: list[str]
    may: list[str]
    acts_as: str


class Choices(msgspec.Struct):
    """What accounts can be made of."""

    roles: list[RoleShown]
    states: dict[str, str]


@operation("accounts.list", "GET", "/accounts")
def list_(centre: Centre, by: Caller, asked: Nothing) -> list[Shown]:
    """List all accounts."""
    return [_shown(msgspec.json.decode(each, type=Account)) for each in accounts.every(centre.hub)]


@operation("accounts.choices", "GET", "/accounts-choices")
def choices(centre: Centre, by: Caller, asked: Nothing) -> Choices:
    """Tell which roles and states there are."""
    roles = [RoleShown(each.name, list(each.at), list(each.may), each.acts_as) for each in centre.roles.role]
    states = {code: each.name for code, each in sorted(home_states(centre.rules).by_code.items())}
    return Choices(roles, {CENTRE: CENTRE} | states)


@operation("accounts.show", "GET", "/accounts/{name}")
def show(centre: Centre, by: Caller, asked: OfAccount) -> Shown:
    """Show one account."""
    return _shown(staff.found(centre.hub, asked.name))


@operation("accounts.add", "POST", "/accounts", audited=True)
def add(centre: Centre, by: Caller, asked: NewAccount) -> Given:
    """Add an account; its password is made up, told once, and must be changed at the first sign-in."""
    made, password = staff.add(
        centre.hub, centre.rules, str(by), asked.name, asked.role, asked.state, language=asked.language,
        password="" if asked.provider_only else None, purpose=by.purpose,
    )  # fmt: skip
    return Given(_shown(made), password)


@operation("accounts.change", "PUT", "/accounts/{name}", audited=True)
def change(centre: Centre, by: Caller, asked: Change) -> Shown:
    """Change role or state; sessions and tokens of the account end."""
    made = staff.changed(
        centre.hub, centre.rules, str(by), asked.name, role=asked.role, state=asked.state, purpose=by.purpose
    )
    return _shown(made)


@operation("accounts.disable", "POST", "/accounts/{name}/disable", audited=True)
def disable(centre: Centre, by: Caller, asked: OfAccount) -> Shown:
    """Let nobody sign in with an account; its sessions and tokens end."""
    return _shown(staff.changed(centre.hub, centre.rules, str(by), asked.name, disabled=True, purpose=by.purpose))


@operation("accounts.enable", "POST", "/accounts/{name}/enable", audited=True)
def enable(centre: Centre, by: Caller, asked: OfAccount) -> Shown:
    """Let the owner of a disabled account sign in again."""
    return _shown(staff.changed(centre.hub, centre.rules, str(by), asked.name, disabled=False, purpose=by.purpose))


@operation("accounts.reset", "POST", "/accounts/{name}/password", audited=True)
def reset(centre: Centre, by: Caller, asked: OfAccount) -> Given:
    """Give an account another password, told once; its sessions end, and waits after wrong passwords as well."""
    password = staff.give_password(centre.hub, str(by), asked.name, purpose=by.purpose)
    return Given(_shown(staff.found(centre.hub, asked.name)), password)


@operation("accounts.sign-out", "POST", "/accounts/{name}/sign-out", audited=True)
def sign_out(centre: Centre, by: Caller, asked: OfAccount) -> Shown:
    """End all sessions of an account."""
    staff.signed_out(centre.hub, str(by), asked.name, by.purpose)
    return _shown(staff.found(centre.hub, asked.name))


@operation("accounts.tokens", "GET", "/accounts/{name}/tokens")
def tokens_(centre: Centre, by: Caller, asked: OfAccount) -> list[Token]:
    """List the tokens of an account, without what opens."""
    return tokens.of(centre.hub, staff.found(centre.hub, asked.name).name)


@operation("accounts.token-make", "POST", "/accounts/{name}/tokens", audited=True)
def token_make(centre: Centre, by: Caller, asked: NewToken) -> MadeToken:
    """Make a token for a state's own system, with the rights of an account; it is told once, the owner sees that it is."""
    account = staff.found(centre.hub, asked.name)
    secret, token = tokens.make(centre.hub, account.name, asked.use, by.user.name, asked.days)
    told = {"token": token.id, "days": asked.days, "for_another": account.name != by.user.name}
    record(centre.hub, str(by), "token-made", account.name, purpose=by.purpose, **told)
    return MadeToken(token, secret)


@operation("accounts.token-end", "DELETE", "/accounts/{name}/tokens/{token}", audited=True)
def token_end(centre: Centre, by: Caller, asked: OfToken) -> list[Token]:
    """End a token at once."""
    account = staff.found(centre.hub, asked.name)
    many = tokens.end(centre.hub, account.name, asked.token)
    record(centre.hub, str(by), "token-ended", account.name, purpose=by.purpose, token=asked.token, ended=many)
    return tokens.of(centre.hub, account.name)


def _shown(account: Account) -> Shown:
    ways = [
        way
        for way, holds in (("password", account.password), ("provider", account.subject or account.by_provider))
        if holds
    ]
    return Shown(
        account.name, account.state, account.role, account.language, account.created_at, account.disabled,
        account.must_change, " + ".join(ways) or "provider",
    )  # fmt: skip
