"""What people work on in the hub before it holds: drafts and uploads, sealed with the centre's key.

Reach for `find()`, `replace()` and `every()` for what stays, `aside()` and `from_aside()` for what goes by itself after a
while, and `alone()` to do something that only one at a time may do. Keys: console:KIND, a hash by name;
console:aside:KIND:NAME; console:alone:WHAT.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import redis

from ops_hub.errors import ConflictError
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

_LEASE = 900  # seconds after which what somebody did alone counts as broken off
_LOOK = 0.05
_FREE = "if redis.call('get', KEYS[1]) == ARGV[1] then return redis.call('del', KEYS[1]) end return 0"


@dataclass(frozen=True)
class Kept:
    """Something as it is kept, and as it was put there."""

    sealed: bytes
    data: bytes


def find(hub: Hub, kind: str, name: str) -> Kept | None:
    """Return something that is kept under a name."""
    sealed = hub.client.hget(key("console", kind), name)
    return None if sealed is None else Kept(sealed, _open(hub, kind, name, sealed))


def every(hub: Hub, kind: str) -> dict[str, bytes]:
    """Return all of a kind, by name."""
    held = hub.client.hgetall(key("console", kind))
    return {name.decode(): _open(hub, kind, name.decode(), sealed) for name, sealed in sorted(held.items())}


def replace(hub: Hub, kind: str, name: str, was: Kept | None, data: bytes) -> bool:
    """Keep something in place of what was read; return False, with nothing done, where somebody else was quicker.

    Args:
        hub: where.
        kind: of thing.
        name: of the thing.
        was: what was read; None where it is new.
        data: what it is from now on.
    """
    place = key("console", kind)
    sealed = hub.keyring.seal(CENTRE, "drafts", data, about=f"{kind} {name}".encode())
    with hub.client.pipeline(transaction=True) as pipe:
        try:
            pipe.watch(place)
            if pipe.hget(place, name) != (was.sealed if was else None):
                return False
            pipe.multi()
            pipe.hset(place, name, sealed)
            pipe.execute()
        except redis.WatchError:
            return False
    return True


def drop(hub: Hub, kind: str, name: str) -> None:
    """Keep something no longer."""
    hub.client.hdel(key("console", kind), name)
    hub.client.delete(key("console", "aside", kind, name))


def aside(hub: Hub, kind: str, name: str, data: bytes, seconds: int) -> None:
    """Put something aside for some time."""
    sealed = hub.keyring.seal(CENTRE, "drafts", data, about=f"{kind} {name}".encode())
    hub.client.set(key("console", "aside", kind, name), sealed, ex=seconds)


def from_aside(hub: Hub, kind: str, name: str) -> bytes | None:
    """Return what was put aside; None where its time is over."""
    sealed = hub.client.get(key("console", "aside", kind, name))
    return None if sealed is None else _open(hub, kind, name, sealed)


def keep_aside(hub: Hub, kind: str, name: str, seconds: int) -> None:
    """Let what was put aside stay for some time from now."""
    hub.client.expire(key("console", "aside", kind, name), seconds)


@contextmanager
def alone(hub: Hub, what: str, *, wait: float = 0.0) -> Iterator[None]:
    """Do something that nobody else may do meanwhile, in whatever process.

    Args:
        hub: where.
        what: is done.
        wait: seconds to wait for somebody who is at it.

    Raises:
        ConflictError: somebody is at it.
    """
    name, mine = key("console", "alone", what), secrets.token_hex(8)
    until = time.monotonic() + wait
    while not hub.client.set(name, mine, nx=True, ex=_LEASE):
        if time.monotonic() >= until:
            raise ConflictError(what, "somebody else is at it", "try again in a minute")
        time.sleep(_LOOK)
    try:
        yield
    finally:
        hub.client.eval(_FREE, 1, name, mine)


def _open(hub: Hub, kind: str, name: str, sealed: bytes) -> bytes:
    return hub.keyring.unseal(CENTRE, "drafts", sealed, about=f"{kind} {name}".encode())
