"""The way to the hub: one connection, the names of its keys, its clock.

Reach for `open_hub()`. With no address the embedded server of the home folder is joined or started; with
OPS_HUB_REDIS, or an address given, the centre's own server or cluster is used by the same code. All keys are named by
`key()`, so that one look shows what there is.

Keys stand in partitions, each with a hash tag of its own, so that a cluster can spread them over servers. Partition 0 has
cases, users, mailboxes, sessions, what is published, who works; every one of them, 0 among them, has a queue of units and
the streams that screening adds to. A step that must happen whole stays in one partition.

Writers never repeat a command by themselves (redis-py would: one XADD, two entries); who must repeat does so knowing
what it does. The hub's own clock is the only one that counts: machines' clocks differ.
"""

from __future__ import annotations

import fcntl
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import redis

from ops_hub.errors import StoreError
from ops_hub.store import cluster
from ops_hub.store.homes import home_folder as home_folder
from ops_hub.store.keyring import Keyring
from ops_hub.store.server import own_name, serve

PREFIX = "oh:{0}:"
RUNNING = "up.pid"  # in a home folder: the process that keeps workers and services running; it holds a lock on it
MOST_PARTITIONS = 64
_SECONDS = 30.0  # for an answer of the server
_TAG = re.compile(r"oh:\{(\d+)\}:")


def key(*parts: str | int, partition: int = 0) -> str:
    """Return the name of a key: `key("case", 2031)` is oh:{0}:case:2031."""
    return f"oh:{{{partition}}}:" + ":".join(str(part) for part in parts)


_PARTITIONS = key("partitions")


def partition_of(name: str) -> int:
    """Return the partition that a key stands in."""
    found = _TAG.match(name)
    return int(found[1]) if found else 0


def running_pid(home: Path) -> int | None:
    """Return the process that keeps the workers and services of a home folder running; None where none does."""
    try:
        with (home / RUNNING).open() as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:  # a number alone may be another process's, after the machine was started anew
        with suppress(OSError, ValueError):
            return int((home / RUNNING).read_text())
    except OSError:
        return None
    return None


@dataclass(frozen=True)
class Hub:
    """An open hub.

    Attributes:
        client: for commands that answer at once on partition 0 and on its server; answers are bytes.
        home: folder of this machine's data: embedded server, keys, lake, audit log, archive.
        keyring: seals and opens what is stored.
        address: what it was opened with, for other processes; None for the embedded server.
        others: the same as `client` for partitions 1, 2 ...; on a single server they are that client.
    """

    client: Any  # redis.Redis, whose types mix answers with awaitables
    home: Path
    keyring: Keyring
    address: str | None = None
    others: tuple[Any, ...] = ()

    @property
    def embedded(self) -> bool:
        """Whether the server is this home folder's own."""
        return self.address is None

    @property
    def partitions(self) -> range:
        """The partitions that there were when it was opened."""
        return range(len(self.others) + 1)

    def at(self, partition: int) -> Any:
        """Return the client for the keys of a partition."""
        return self.others[partition - 1] if partition else self.client

    def of(self, name: str) -> Any:
        """Return the client for a key."""
        return self.at(partition_of(name))

    def streams(self, name: str) -> list[str]:
        """Return the keys of a stream that each partition has."""
        return [key(name, partition=partition) for partition in self.partitions]

    def waiting(self, seconds: float, partition: int = 0) -> Any:
        """Return a connection of its own for commands that block up to so many seconds."""
        return _client(self.home, self.address, seconds + _SECONDS, partition)

    def servers(self) -> list[Any]:
        """Return a client for each server, replicas as well; of a single one, `client` itself."""
        return _servers(self.client, self.address)

    def now(self) -> datetime:
        """Return the hub's time (UTC, with its zone): that of the server of partition 0."""
        whole, micro = self.client.time()
        return datetime.fromtimestamp(whole, UTC).replace(microsecond=micro)

    def has_grown(self) -> bool:
        """Return whether there are more partitions by now than when it was opened."""
        return _many(self.client) > len(self.partitions)

    def close(self) -> None:
        """Let go of all connections."""
        for client in {id(each): each for each in (self.client, *self.others)}.values():
            client.close()


def open_hub(home: Path | None = None, address: str | None = None) -> Hub:
    """Return the hub: of an address (default OPS_HUB_REDIS), else the embedded one of a home folder.

    Raises:
        ConfigError: the address is that of a cluster, and cannot be read.
        StoreError: nothing answers there, or it refuses us.
    """
    folder = (home or home_folder()).absolute()
    told = address or os.environ.get("OPS_HUB_REDIS") or None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    client = _client(folder, told, _SECONDS)
    try:
        many = _many(client)
    except redis.exceptions.MovedError:
        raise StoreError(
            shown(told or ""), "this server is one of a cluster, and others have a part of the hub",
            "write redis-cluster://, or rediss-cluster://, in OPS_HUB_REDIS",
        ) from None  # fmt: skip
    except redis.RedisError as error:
        raise StoreError(
            shown(told) if told else str(folder),
            f"the hub does not answer: {error}",
            "check OPS_HUB_REDIS, or unset it",
        ) from None
    keyring = Keyring(folder, client, lambda: _servers(client, told))
    return Hub(client, folder, keyring, told, _others(client, folder, told, many))


def grow(hub: Hub, partitions: int) -> Hub:
    """Let a hub have so many partitions from now on, and return it with them; all processes of it notice within seconds.

    Nothing moves: what waits in the partitions that there were is screened where it is. A unit that was handed in before
    and comes again may be screened again, because what it is known by stands in another partition; its hits are the same.

    Raises:
        StoreError: there are more already: what stands in the last ones would never be looked at again.
    """
    if partitions < _many(hub.client):
        raise StoreError(
            "partitions", f"there are {_many(hub.client)} already, and what stands in them would be lost",
            "keep that number; a cluster of fewer servers holds any number of them",
        )  # fmt: skip
    hub.client.set(_PARTITIONS, partitions)
    others = _others(hub.client, hub.home, hub.address, partitions)
    return Hub(hub.client, hub.home, hub.keyring, hub.address, others)


def shown(address: str) -> str:
    """Return an address as it may be told: without its password."""
    return re.sub(r"://[^/]*@", "://", address)


def _many(client: Any) -> int:
    return int(client.get(_PARTITIONS) or 1)


def _others(client: Any, home: Path, address: str | None, many: int) -> tuple[Any, ...]:
    if not cluster.is_cluster(address):
        return (client,) * (many - 1)
    return tuple(_client(home, address, _SECONDS, partition) for partition in range(1, many))


def _servers(client: Any, address: str | None) -> list[Any]:
    if address is None or not cluster.is_cluster(address):
        return [client]
    return cluster.servers(address, socket_timeout=_SECONDS, socket_connect_timeout=5, protocol=2, retry=None)


def _client(home: Path, address: str | None, seconds: float, partition: int = 0) -> Any:
    options: dict[str, Any] = {"retry": None, "socket_timeout": seconds, "protocol": 2}
    if address is None:
        return redis.Redis(unix_socket_path=str(serve(home)), client_name=own_name(), **options)
    if cluster.is_cluster(address):
        return cluster.client_of(address, str(partition), socket_connect_timeout=5, **options)
    return redis.Redis.from_url(address, socket_connect_timeout=5, **options)
