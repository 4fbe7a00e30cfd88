"""The way to the hub: one connection, the names of its keys, its clock.

Reach for `open_hub()`. With no address the embedded server of the home folder is joined or started; with
OPS_HUB_REDIS, or an address given, the centre's own server is used by the same code. All keys are named by `key()`,
so that they stand in one place of a cluster and one look shows what there is.

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
from ops_hub.store.homes import home_folder as home_folder
from ops_hub.store.keyring import Keyring
from ops_hub.store.server import own_name, serve

PREFIX = "oh:{0}:"
RUNNING = "up.pid"  # in a home folder: the process that keeps workers and services running; it holds a lock on it
_SECONDS = 30.0  # for an answer of the server


def key(*parts: str | int) -> str:
    """Return the name of a key: `key("case", 2031)` is oh:{0}:case:2031."""
    return PREFIX + ":".join(str(part) for part in parts)


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
        client: for commands that answer at once; answers are bytes.
        home: folder of this machine's data: embedded server, keys, lake, audit log, archive.
        keyring: seals and opens what is stored.
        address: what it was opened with, for other processes; None for the embedded server.
    """

    client: Any  # redis.Redis, whose types mix answers with awaitables
    home: Path
    keyring: Keyring
    address: str | None = None

    @property
    def embedded(self) -> bool:
        """Whether the server is this home folder's own."""
        return self.address is None

    def waiting(self, seconds: float) -> Any:
        """Return a connection of its own for commands that block up to so many seconds."""
        return _client(self.home, self.address, seconds + _SECONDS)

    def now(self) -> datetime:
        """Return the hub's time (UTC, with its zone)."""
        whole, micro = self.client.time()
        return datetime.fromtimestamp(whole, UTC).replace(microsecond=micro)


def open_hub(home: Path | None = None, address: str | None = None) -> Hub:
    """Return the hub: of an address (default OPS_HUB_REDIS), else the embedded one of a home folder.

    Raises:
        StoreError: nothing answers there, or it refuses us.
    """
    folder = (home or home_folder()).absolute()
    told = address or os.environ.get("OPS_HUB_REDIS") or None
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    client = _client(folder, told, _SECONDS)
    try:
        client.ping()
    except redis.RedisError as error:
        raise StoreError(
            shown(told) if told else str(folder),
            f"the hub does not answer: {error}",
            "check OPS_HUB_REDIS, or unset it",
        ) from None
    return Hub(client, folder, Keyring(folder, client), told)


def shown(address: str) -> str:
    """Return an address as it may be told: without its password."""
    return re.sub(r"://[^/]*@", "://", address)


def _client(home: Path, address: str | None, seconds: float) -> Any:
    options: dict[str, Any] = {"retry": None, "socket_timeout": seconds, "protocol": 2}
    if address is not None:
        return redis.Redis.from_url(address, socket_connect_timeout=5, **options)
    return redis.Redis(unix_socket_path=str(serve(home)), client_name=own_name(), **options)
