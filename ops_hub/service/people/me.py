"""What concerns who asks: their account, their language, their password."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from ops_hub.access.accounts import User
from ops_hub.errors import AccessError
from ops_hub.service.centre import Centre
from ops_hub.service.people import entering, staff
from ops_hub.service.table import Caller, operation
from ops_hub.store import tokens
from ops_hub.store.tokens import Token


class Nothing(msgspec.Struct, forbid_unknown_fields=True):
    """Nothing has to be told."""


class Settled(msgspec.Struct, forbid_unknown_fields=True):
    """How somebody wants the screens."""

    language: Literal["en", "es", "fr", "nl"]


class NewPassword(msgspec.Struct, forbid_unknown_fields=True):
    """The password that somebody has, and the one that they want."""

    old: Annotated[str, Meta(max_length=1000)]
    new: Annotated[str, Meta(max_length=1000)]


class Me(msgspec.Struct):
    """Who asks, and what they may do.

    `tokens`: all that somebody comes with in this account's name, whoever made them.
    """

    name: str
    state: str
    role: str
    language: str
    operations: list[str]
    tokens: list[Token]


@operation("me.show", "GET", "/me")
def show(centre: Centre, by: Caller, asked: Nothing) -> Me:
    """Tell who is signed in, and which tokens have their rights."""
    return _told(centre, by.user)


@operation("me.settle", "POST", "/me")
def settle(centre: Centre, by: Caller, asked: Settled) -> Me:
    """Keep the language of the screens."""
    return _told(centre, staff.replaced(centre.hub, by.user.name, language=asked.language).user)


@operation("me.password", "POST", "/me/password", audited=True)
def password(centre: Centre, by: Caller, asked: NewPassword) -> Nothing:
    """Take another password; the old one is needed, and all sessions of the account end."""
    account = staff.found(centre.hub, by.user.name)
    if not account.password:
        raise AccessError("password", "this account has none", "change it where you sign in")
    entering.proved(centre.hub, account, account.name, asked.old, "(session)", apart="session")
    staff.take_password(centre.hub, str(by), account.name, asked.new)
    return Nothing()


@operation("me.sign-out", "POST", "/me/sign-out", audited=True)
def sign_out(centre: Centre, by: Caller, asked: Nothing) -> Nothing:
    """End all sessions of your account, this one as well."""
    staff.signed_out(centre.hub, str(by), by.user.name, by.purpose)
    return Nothing()


def _told(centre: Centre, user: User) -> Me:
    role = centre.roles.find(user.role)
    may = list(role.may if role else [])
    return Me(user.name, user.state, user.role, user.language, may, tokens.of(centre.hub, user.name))
