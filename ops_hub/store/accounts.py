"""Accounts in the hub, sealed with the centre's key.

Reach for `put()`, `find()` and `every()`. Key: console:accounts, a hash by name.
"""

from __future__ import annotations

from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

_ACCOUNTS = key("console", "accounts")


def put(hub: Hub, name: str, account: bytes) -> None:
    """Keep an account under its name, in place of what was there."""
    hub.client.hset(_ACCOUNTS, name, hub.keyring.seal(CENTRE, "accounts", account, about=name.encode()))


def add(hub: Hub, name: str, account: bytes) -> bool:
    """Keep a new account; return False where there is one of that name, and nothing is done."""
    return bool(hub.client.hsetnx(_ACCOUNTS, name, hub.keyring.seal(CENTRE, "accounts", account, about=name.encode())))


def find(hub: Hub, name: str) -> bytes | None:
    """Return an account as it was kept."""
    held = hub.client.hget(_ACCOUNTS, name)
    return None if held is None else hub.keyring.unseal(CENTRE, "accounts", held, about=name.encode())


def every(hub: Hub) -> list[bytes]:
    """Return all accounts, by name."""
    held = sorted(hub.client.hgetall(_ACCOUNTS).items())
    return [hub.keyring.unseal(CENTRE, "accounts", each, about=name) for name, each in held]
