"""Acts that wait in the hub until they are due, sealed; each is handed out once, and again where who took it died.

Reach for `put()`, `take_back()`, `due()` and `finished()`; `refuse()` and `refused()` for what could not be done. Keys:
acts:due (ids by time), acts:held (id to sealed act), acts:taken (id to who took it, until when), acts:of (case and person
to id), acts:place (the other way), acts:refused (stream, the latest 1,000).
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator

from ops_hub.errors import StoreError
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

REFUSED = key("acts", "refused")
_KEYS = [key("acts", each) for each in ("due", "held", "taken", "of", "place")]
_PERIOD = "held-acts"
_LEASE = 20.0  # seconds after which an act counts as left by a console that died
_MOST = 1000

# KEYS due, held, taken, of, place. ARGV id, due (s), sealed, place (case and person).
_PUT = """
if redis.call('HSETNX', KEYS[4], ARGV[4], ARGV[1]) == 0 then return 0 end
redis.call('HSET', KEYS[2], ARGV[1], ARGV[3])
redis.call('HSET', KEYS[5], ARGV[1], ARGV[4])
redis.call('ZADD', KEYS[1], ARGV[2], ARGV[1])
return 1
"""
# ARGV id. Whoever began to do it wins: then it cannot be taken back.
_TAKE_BACK = """
if redis.call('HEXISTS', KEYS[3], ARGV[1]) == 1 or redis.call('ZREM', KEYS[1], ARGV[1]) == 0 then return 0 end
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[4], redis.call('HGET', KEYS[5], ARGV[1]) or '')
redis.call('HDEL', KEYS[5], ARGV[1])
return 1
"""
# ARGV token, lease (s). Taken ones stand in `due` at the end of their lease.
_TAKE = """
local t = redis.call('TIME')
local now = tonumber(t[1]) + tonumber(t[2]) / 1000000
local id = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, 1)[1]
if not id then return false end
redis.call('ZADD', KEYS[1], now + tonumber(ARGV[2]), id)
redis.call('HSET', KEYS[3], id, ARGV[1])
return {id, redis.call('HGET', KEYS[2], id) or ''}
"""
# ARGV id, token. Who was too slow, so that another took it, finishes nothing.
_FINISH = """
if redis.call('HGET', KEYS[3], ARGV[1]) ~= ARGV[2] then return 0 end
redis.call('ZREM', KEYS[1], ARGV[1])
redis.call('HDEL', KEYS[2], ARGV[1])
redis.call('HDEL', KEYS[4], redis.call('HGET', KEYS[5], ARGV[1]) or '')
redis.call('HDEL', KEYS[5], ARGV[1])
redis.call('HDEL', KEYS[3], ARGV[1])
return 1
"""


def put(hub: Hub, act: bytes, place: str, due: float) -> str | None:
    """Let an act wait until a time (seconds since 1970); return its id, None where one of this place waits already."""
    name = secrets.token_urlsafe(12)
    done = hub.client.register_script(_PUT)(keys=_KEYS, args=[name, f"{due:.6f}", _sealed(hub, act, name), place])
    return name if done else None


def waiting(hub: Hub) -> dict[str, bytes]:
    """Return the acts that wait, by id."""
    return {name.decode(): _opened(hub, held, name) for name, held in hub.client.hgetall(_KEYS[1]).items()}


def find(hub: Hub, name: str) -> bytes | None:
    """Return an act that waits."""
    held = hub.client.hget(_KEYS[1], name)
    return None if held is None else _opened(hub, held, name.encode())


def take_back(hub: Hub, name: str) -> bool:
    """Let an act go; return False where it is done, or somebody has begun to do it."""
    return bool(hub.client.register_script(_TAKE_BACK)(keys=_KEYS, args=[name]))


def due(hub: Hub, lease: float = _LEASE) -> tuple[str, str, bytes] | None:
    """Take one act that is due and return its id, the token to finish it with, and the act; b"" where nobody can read it.

    Args:
        hub: where acts wait.
        lease: seconds after which others take it where it is not finished.
    """
    token = secrets.token_urlsafe(12)
    taken = hub.client.register_script(_TAKE)(keys=_KEYS, args=[token, lease])
    if not taken:
        return None
    name, held = taken
    try:
        return name.decode(), token, _opened(hub, held, name) if held else b""
    except StoreError:
        return name.decode(), token, b""


def finished(hub: Hub, name: str, token: str) -> bool:
    """Let a taken act go; return False where another has taken it over meanwhile."""
    return bool(hub.client.register_script(_FINISH)(keys=_KEYS, args=[name, token]))


def refuse(hub: Hub, person: str, words: bytes) -> None:
    """Keep word for a person that an act of theirs could not be done."""
    sealed = hub.keyring.seal(CENTRE, _PERIOD, words, about=person.encode())
    hub.client.xadd(REFUSED, {"person": person, "words": sealed}, maxlen=_MOST, approximate=True)


def refused(hub: Hub, first: str = "-") -> Iterator[tuple[str, bytes]]:
    """Yield person and word of what could not be done, from an id of the stream on."""
    for _, fields in hub.client.xrange(REFUSED, first, "+", count=_MOST):
        person = fields[b"person"]
        yield person.decode(), hub.keyring.unseal(CENTRE, _PERIOD, fields[b"words"], about=person)


def _sealed(hub: Hub, act: bytes, name: str) -> bytes:
    return hub.keyring.seal(CENTRE, _PERIOD, act, about=name.encode())


def _opened(hub: Hub, sealed: bytes, name: bytes) -> bytes:
    return hub.keyring.unseal(CENTRE, _PERIOD, sealed, about=name)
