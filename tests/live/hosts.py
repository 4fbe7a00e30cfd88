"""Hosts for tests: network namespaces of this machine, joined by a bridge, that can be cut off. Root makes them.

Reach for `some_hosts()`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

CAN = os.geteuid() == 0 and shutil.which("ip") is not None


@dataclass(frozen=True)
class Host:
    """A host: its name, its address, what its link to the others is called."""

    name: str
    address: str
    link: str

    @property
    def inside(self) -> list[str]:
        """Words before a command that is to run there."""
        return ["ip", "netns", "exec", self.name]

    def cut(self) -> None:
        """Cut it off from all others."""
        _ip("link", "set", self.link, "down")

    def join(self) -> None:
        """Let it reach the others again."""
        _ip("link", "set", self.link, "up")


@contextmanager
def some_hosts(many: int) -> Iterator[list[Host]]:
    """Give so many hosts; this machine itself is on their bridge as well."""
    mark = f"oh{os.getpid() % 100_000}"
    net = f"10.77.{os.getpid() % 250}"
    made: list[Host] = []
    try:
        _ip("link", "add", f"{mark}b", "type", "bridge")
        _ip("addr", "add", f"{net}.1/24", "dev", f"{mark}b")
        _ip("link", "set", f"{mark}b", "up")
        for number in range(many):
            host = Host(f"{mark}-{number}", f"{net}.{number + 10}", f"{mark}v{number}")
            _ip("netns", "add", host.name)
            made.append(host)
            _ip("link", "add", host.link, "type", "veth", "peer", "name", "eth0", "netns", host.name)
            _ip("link", "set", host.link, "master", f"{mark}b", "up")
            _ip("-n", host.name, "addr", "add", f"{host.address}/24", "dev", "eth0")
            _ip("-n", host.name, "link", "set", "eth0", "up")
            _ip("-n", host.name, "link", "set", "lo", "up")
        yield made
    finally:
        for host in made:
            subprocess.run(["ip", "netns", "del", host.name], check=False)
        subprocess.run(["ip", "link", "del", f"{mark}b"], check=False)


def _ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True, capture_output=True)
