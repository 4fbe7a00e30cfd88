"""A Redis Cluster to its clients: for each partition a plain client that finds the server which holds its slot.

Reach for `client_of()` and `servers()`; `hub` does. All keys of a partition have one hash tag and so one slot, which one
server holds: transactions, scripts and commands that wait work there as on a single server. Who holds the slot is asked
whenever a connection is made, and again where a server says that the slot has moved. Such a command was not carried out
and is sent again; where a connection breaks nobody knows whether it was, and the caller is told.

redis-py's own RedisCluster repeats commands after broken connections (one XADD, two entries), and asks any server what
only one can answer (time, memory).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import parse_qs, unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.connection import Connection, ConnectionPool, SSLConnection
from redis.crc import key_slot
from redis.exceptions import MovedError
from redis.retry import Retry

from ops_hub.errors import ConfigError

SCHEMES = ("redis-cluster", "rediss-cluster")
_PORT = 6379
_MOVES = 5  # that one command follows, one after the other
_TLS = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")  # files: who is trusted, who asks; as redis.Redis takes them
_ASKED = ("replicas", *_TLS)
_SECONDS = 5.0  # to ask a server who holds a slot
Seeds = tuple[tuple[str, int], ...]


class _Held(NamedTuple):
    """Slots, and the servers that hold them: the one that writes, then its replicas."""

    first: int
    last: int
    servers: list[tuple[str, int]]


def is_cluster(address: str | None) -> bool:
    """Return whether an address is that of a cluster."""
    return address is not None and urlsplit(address).scheme in SCHEMES


def replicas_asked(address: str | None) -> int:
    """Return on how many replicas a unit must be before it counts as accepted: `?replicas=1` of an address, else 0."""
    asked = _asked(address).get("replicas", "0") if address and is_cluster(address) else "0"
    if not asked.isdecimal():
        raise ConfigError("OPS_HUB_REDIS", f"replicas={asked} is no number", "write replicas=1, or leave it out")
    return int(asked)


def client_of(address: str, tag: str, **options: Any) -> Any:
    """Return a client for the keys of one hash tag.

    Args:
        address: redis-cluster://[user:password@]host:port[,host:port...], rediss-cluster for TLS; behind a question
            mark what `_ASKED` names.
        tag: the hash tag.
        options: of the connections, as redis.Redis takes them.

    Raises:
        ConfigError: this is no such address.
    """
    seeds, secure, own = _parts(address)
    pool = ConnectionPool(
        connection_class=_SecureConnection if secure else _SlotConnection,
        seeds=seeds, slot=key_slot(tag.encode()), **options | own | {"retry": _retry()},
    )  # fmt: skip
    client = redis.Redis(connection_pool=pool)
    client.auto_close_connection_pool = True
    return client


def servers(address: str, **options: Any) -> list[Any]:
    """Return a client for each server of a cluster, replicas as well, in the order of their slots.

    Raises:
        redis.RedisError: none of those that the address names answers.
    """
    seeds, secure, own = _parts(address)
    asked = options | own | ({"ssl": True} if secure else {})
    places: dict[tuple[str, int], None] = {}
    for held in sorted(_slots(seeds, asked), key=lambda held: held.first):
        places |= dict.fromkeys(held.servers)
    return [redis.Redis(host=host, port=port, **asked) for host, port in places]


def _parts(address: str) -> tuple[Seeds, bool, dict[str, Any]]:
    """Return servers to ask, whether by TLS, and who asks."""
    told = urlsplit(address)
    who, _, places = told.netloc.rpartition("@")
    try:
        parsed = [urlsplit(f"//{each}") for each in places.split(",")]
        seeds = tuple((str(each.hostname), each.port or _PORT) for each in parsed if each.hostname)
    except ValueError:
        seeds = ()
    if told.scheme not in SCHEMES or not seeds:
        reason = "this is no address of a cluster"
        raise ConfigError("OPS_HUB_REDIS", reason, "write redis-cluster://user:password@host:port,host:port")
    user, _, password = who.partition(":")
    own = {"username": unquote(user) or None, "password": unquote(password) or None} if who else {}
    is_secure = told.scheme == SCHEMES[1]
    files = {name: value for name, value in _asked(address).items() if name in _TLS}
    if files and not is_secure:
        raise ConfigError("OPS_HUB_REDIS", f"{min(files)} is for TLS only", "write rediss-cluster://")
    return seeds, is_secure, own | files


def _asked(address: str) -> dict[str, str]:
    """Return what stands behind the question mark of an address."""
    told = {name: values[-1] for name, values in parse_qs(urlsplit(address).query).items()}
    if unknown := sorted(told.keys() - set(_ASKED)):
        raise ConfigError("OPS_HUB_REDIS", f"{unknown[0]} is no option of a cluster", f"use {', '.join(_ASKED)}")
    return told


def _retry() -> Retry:
    """Return what sends a command again that a server refused because the slot has moved, and no other."""
    return Retry(NoBackoff(), _MOVES, supported_errors=(MovedError,))


class _Slot:
    """Where a connection goes to: asked anew each time."""

    def __init__(self, *, seeds: Seeds, slot: int, **options: Any) -> None:
        super().__init__(**options)
        self._seeds, self._slot = seeds, slot
        names = ("username", "password", "socket_timeout", "socket_connect_timeout", "protocol", *_TLS)
        self._asked = {name: options[name] for name in names if options.get(name) is not None}
        if isinstance(self, SSLConnection):
            self._asked["ssl"] = True

    def _connect(self) -> Any:
        told = _slots(self._seeds, self._asked)
        holder = next((each.servers[0] for each in told if each.first <= self._slot <= each.last), None)
        if holder is None:
            raise redis.ConnectionError(f"no server of the cluster holds slot {self._slot}")
        self.host, self.port = holder
        return super()._connect()  # type: ignore[misc]  # of the connection that stands beside


class _SlotConnection(_Slot, Connection):
    """A connection to the server that holds a slot."""


class _SecureConnection(_Slot, SSLConnection):
    """The same by TLS."""


def _slots(seeds: Sequence[tuple[str, int]], options: dict[str, Any]) -> list[_Held]:
    """Return who holds which slots, by the first server that answers."""
    failed: Exception = redis.ConnectionError("no server is named")
    for host, port in seeds:
        asked = options | {"socket_timeout": _SECONDS, "socket_connect_timeout": _SECONDS, "retry": None}
        client: Any = redis.Redis(host=host, port=port, **asked)
        try:
            told = client.execute_command("CLUSTER", "SLOTS")
            if told:  # a server that names none means itself
                named = [
                    (a, b, [((each[0] or b"").decode() or host, each[1]) for each in held]) for a, b, *held in told
                ]
                return [_Held(*each) for each in named]
        except (redis.ConnectionError, redis.TimeoutError) as error:
            failed = error
        finally:
            client.close()
    raise redis.ConnectionError(str(failed))
