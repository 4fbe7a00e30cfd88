"""Accounts as they are made and changed, from the screens, the API and the keyboard alike.

Reach for `add()`, `changed()`, `give_password()` and `take_password()`. Each writes its own line to the audit log. Whatever
changes who somebody is or how they prove it ends their sessions.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import msgspec

from ops_hub.access import passwords
from ops_hub.access.accounts import Account, administrators, named, placed
from ops_hub.access.roles import Roles, role_table
from ops_hub.errors import AccessError, ConfigError, MissingError
from ops_hub.states import home_states
from ops_hub.store import accounts, throttle, tokens
from ops_hub.store.audit import record
from ops_hub.store.hub import Hub

KEYBOARD = "CENTRE/keyboard:administrator"  # whoever sits at the machine of the centre


def found(hub: Hub, name: str) -> Account:
    """Return an account by its name.

    Raises:
        MissingError: there is none.
    """
    kept = accounts.find(hub, name.strip().lower())
    if kept is None:
        raise MissingError("account", "there is none of that name", "see the list of accounts")
    return msgspec.json.decode(kept, type=Account)


def add(
    hub: Hub, rules: Path | None, by: str, name: str, role: str, state: str, *, password: str | None = None,
    language: str = "en", must_change: bool = True, purpose: str = "",
) -> tuple[Account, str]:  # fmt: skip
    """Add an account and return it, with its password: one that is made up where none is given.

    Args:
        hub: where accounts are.
        rules: folder of rules; None for the shipped ones.
        by: who adds it, for the audit log.
        name: that its owner signs in with.
        role: of rules/roles.toml.
        state: alpha-3 of a home state, or CENTRE.
        password: to sign in with; '' for an account that only the provider of OIDC opens.
        language: of the screens.
        must_change: its owner takes another password at the first sign-in.
        purpose: why, where somebody said so.

    Raises:
        ConfigError: name, role, state or password are not allowed, or the name is taken.
    """
    name, state = named(name), state.strip().upper()
    placed(role_table(rules), role, state, home_states(rules).by_code)
    told = passwords.given() if password is None else password
    kept = passwords.hashed(passwords.checked(told, name)) if told else ""
    account = Account(name, state, role, kept, hub.now(), language, must_change=must_change and bool(kept))
    if not accounts.add(hub, name, msgspec.json.encode(account)):
        raise ConfigError("name", "there is an account of that name", "take another name")
    record(hub, by, "account-added", name, purpose=purpose, role=role, state=state)
    return account, told


def changed(
    hub: Hub, rules: Path | None, by: str, name: str, *, role: str | None = None, state: str | None = None,
    disabled: bool | None = None, purpose: str = "",
) -> Account:  # fmt: skip
    """Change role, state or standing of an account; its sessions end, and where it becomes another, its tokens too.

    Raises:
        MissingError: there is no such account.
        ConfigError: the role cannot be there.
        AccessError: nobody could look after accounts any more.
    """
    roles, homes = role_table(rules), home_states(rules).by_code

    def plan(account: Account) -> Account:
        new = msgspec.structs.replace(
            account, role=account.role if role is None else role, state=account.state if state is None else state.strip().upper(),
            disabled=account.disabled if disabled is None else disabled,
        )  # fmt: skip
        if (new.role, new.state) != (account.role, account.state):
            placed(roles, new.role, new.state, homes)
        return new if new == account else _anew(new)

    before, after = _change(hub, name, plan, roles)
    if (before.role, before.state) != (after.role, after.state) or after.disabled:
        tokens.end(hub, after.name)
    told = {"role": after.role, "state": after.state, "disabled": after.disabled}
    record(hub, by, "account-changed", after.name, purpose=purpose, **told)
    return after


def give_password(
    hub: Hub, by: str, name: str, password: str | None = None, *, must_change: bool = True, purpose: str = ""
) -> str:
    """Give an account another password and return it; its owner takes one of their own at the next sign-in.

    Raises:
        MissingError: there is no such account.
        ConfigError: the password is not good enough.
    """
    name = found(hub, name).name
    told = passwords.given() if password is None else password
    kept = passwords.hashed(passwords.checked(told, name))
    _change(
        hub,
        name,
        lambda account: _anew(msgspec.structs.replace(account, password=kept, must_change=must_change, subject="")),
    )
    throttle.forgiven(hub, name)
    record(hub, by, "password-given", name, purpose=purpose)
    return told


def take_password(hub: Hub, by: str, name: str, new: str) -> Account:
    """Let somebody who has proved who they are take another password; all their sessions end.

    Raises:
        ConfigError: the password is not good enough, or the one that they have.
    """
    passwords.checked(new, name)
    if passwords.matches(new, found(hub, name).password):
        raise ConfigError("password", "it is the one that you have", "take another one")
    kept = passwords.hashed(new)
    _, after = _change(
        hub, name, lambda account: _anew(msgspec.structs.replace(account, password=kept, must_change=False))
    )
    record(hub, by, "password-changed", name)
    return after


def signed_out(hub: Hub, by: str, name: str, purpose: str = "") -> None:
    """End all sessions of an account."""
    _, after = _change(hub, name, _anew)
    record(hub, by, "signed-out-everywhere", after.name, purpose=purpose)


def replaced(hub: Hub, name: str, **fields: object) -> Account:
    """Change what nobody else is concerned by (language, a hash of today's strength); sessions go on."""
    return _change(hub, name, lambda account: msgspec.structs.replace(account, **fields))[1]


def _anew(account: Account) -> Account:
    return msgspec.structs.replace(account, generation=account.generation + 1)


def _change(
    hub: Hub, name: str, plan: Callable[[Account], Account], roles: Roles | None = None
) -> tuple[Account, Account]:
    """Change one account; where roles are given, only if somebody remains who looks after accounts."""
    name = name.strip().lower()
    pair: list[Account] = []

    def planned(kept: dict[str, bytes]) -> dict[str, bytes]:
        if name not in kept:
            raise MissingError("account", "there is none of that name", "see the list of accounts")
        before = msgspec.json.decode(kept[name], type=Account)
        after = plan(before)
        if roles is not None:
            every = [msgspec.json.decode(each, type=Account) for each in kept.values()]
            left = [after if each.name == name else each for each in every]
            if administrators(every, roles) and not administrators(left, roles):
                raise AccessError("account", "this is the last administrator", "make another one first")
        pair[:] = [before, after]
        return {} if after == before else {name: msgspec.json.encode(after)}

    accounts.changing(hub, planned)
    return pair[0], pair[1]
