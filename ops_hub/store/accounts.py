"""Accounts in the hub, sealed with the centre's key.

Reach for `put()`, `add()`, `find()`, `every()`, and for `changing()` where a change depends on what there is. Key:
console:accounts, a hash by name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import redis

from ops_hub.errors import ConflictError
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

_ACCOUNTS = key("console", "accounts")
_TRIES = 50


def put(hub: Hub, name: str, account: bytes) -> None:
    """Keep an account under its name, in place of what was there."""
    hub.client.hset(_ACCOUNTS, name, _sealed(hub, name, account))


def add(hub: Hub, name: str, account: bytes) -> bool:
    """Keep a new account; return False where there is one of that name, and nothing is done."""
    return bool(hub.client.hsetnx(_ACCOUNTS, name, _sealed(hub, name, account)))


def find(hub: Hub, name: str) -> bytes | None:
    """Return an account as it was kept."""
    held = hub.client.hget(_ACCOUNTS, name)
    return None if held is None else hub.keyring.unseal(CENTRE, "accounts", held, about=name.encode())


def every(hub: Hub) -> list[bytes]:
    """Return all accounts, by name."""
    return list(_opened(hub, hub.client.hgetall(_ACCOUNTS)).values())


def changing(hub: Hub, plan: Callable[[dict[str, bytes]], dict[str, bytes]]) -> None:
    """Change accounts by a plan made on all of them; it is stored if none changed meanwhile, else planned anew.

    Args:
        hub: where they are.
        plan: is given all accounts by name, and returns those to keep; what it raises ends this, and nothing is done.

    Raises:
        ConflictError: others change accounts all the time.
    """
    for _ in range(_TRIES):
        with hub.client.pipeline(transaction=True) as pipe:
            pipe.watch(_ACCOUNTS)
            new = plan(_opened(hub, pipe.hgetall(_ACCOUNTS)))
            pipe.multi()
            for name, account in new.items():
                pipe.hset(_ACCOUNTS, name, _sealed(hub, name, account))
            try:
                pipe.execute()
            except redis.WatchError:
                continue
            return
    raise ConflictError("accounts", "others change them all the time", "do this again")


def _sealed(hub: Hub, name: str, account: bytes) -> bytes:
    return hub.keyring.seal(CENTRE, "accounts", account, about=name.encode())


def _opened(hub: Hub, held: dict[bytes, Any]) -> dict[str, bytes]:
    if not held:
        return {}
    opener = hub.keyring.opener(CENTRE, "accounts")
    return {name.decode(): opener(each, name) for name, each in sorted(held.items())}
