"""A Ray cluster of real processes that tests may hurt: a head, a second node, and a driver that screens on both."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.conftest import ROOT

JOB = [sys.executable, "-m", "tests.faults.cluster_job"]
RAY = [str(Path(sys.executable).parent / "ray"), "start", "--block", "--num-cpus", "1"]
STORE = ["--object-store-memory", str(100 << 20)]
PATIENCE = 240.0  # seconds for anything on a busy machine


class Cluster:
    """Processes in groups of their own, and what they work on."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.out = folder, folder / "out"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"{socket.gethostbyname(socket.gethostname())}:{free.getsockname()[1]}"
        self._token = secrets.token_hex(32)
        self._running: list[subprocess.Popen[bytes]] = []

    def start(self) -> None:
        """Start both nodes."""
        port = self.address.rpartition(":")[2]
        self.head = self._node(
            "head", "--head", "--include-dashboard", "false", "--port", port, "--temp-dir", self.folder / "ray"
        )
        self.wait(lambda: self._started(self.head, "head"))
        self.second = self._node("second", "--address", self.address)
        self.wait(lambda: self._started(self.second, "second"))

    def environment(self, node: str = "driver") -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("OPS_HUB_", "RAY_"))}
        return kept | {
            "PYTHONPATH": str(ROOT),
            "OPS_HUB_HASH_KEY": "key",
            "OPS_HUB_CLUSTER_CACHE": str(self.folder / f"cache-{node}"),
            "RAY_AUTH_MODE": "token",
            "RAY_AUTH_TOKEN": self._token,
            "RAY_USAGE_STATS_ENABLED": "0",
        }

    def _start(self, name: str, words: list[object], node: str) -> subprocess.Popen[bytes]:
        with (self.folder / f"{name}.log").open("ab") as log:
            process = subprocess.Popen(
                [str(word) for word in words], stdout=log, stderr=log, env=self.environment(node), start_new_session=True
            )  # fmt: skip
        self._running.append(process)
        return process

    def _node(self, name: str, *words: object) -> subprocess.Popen[bytes]:
        return self._start(name, [*RAY, *STORE, *words], name)

    def _started(self, node: subprocess.Popen[bytes], name: str) -> bool:
        assert node.poll() is None, self.logs()
        return "Ray runtime started" in (self.folder / f"{name}.log").read_text()

    def screen(self, feed: Path, listed: Path) -> subprocess.Popen[bytes]:
        """Begin a job on the cluster."""
        return self._start("driver", [*JOB, feed, listed, self.out, self.address], "driver")

    def finish(self, driver: subprocess.Popen[bytes]) -> None:
        """Wait for a job's good end."""
        assert driver.wait(PATIENCE) == 0, self.logs()

    def parts(self) -> list[Path]:
        """Return the finished parts."""
        return [path.parent for path in self.out.glob("parts/[0-9]*/account.json")]

    def begun(self) -> list[Path]:
        """Return the folders of attempts that go on, or died."""
        return list(self.out.glob("parts/.*.part"))

    def wait(self, holds: Callable[[], object]) -> None:
        deadline = time.monotonic() + PATIENCE
        while not holds():
            assert time.monotonic() < deadline, self.logs()
            time.sleep(0.05)

    def logs(self) -> str:
        return "\n".join(f"{log.name}:\n{log.read_text()[-3000:]}" for log in sorted(self.folder.glob("*.log")))

    def attempts(self) -> dict[str, int]:
        told = json.loads((self.out / "manifest.json").read_text())
        return {each["partition"]: each["shards"][0]["attempts"] for each in told["partitions"]}

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """Kill a process with all that it started, at once."""
        for pid in [*_below(process.pid), process.pid]:
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                continue
        process.wait()

    def end(self) -> None:
        for process in reversed(self._running):
            if process.poll() is None:
                self.kill(process)


def _below(pid: int) -> list[int]:
    """Return the processes that one started, and that these started."""
    parents: dict[int, list[int]] = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = stat.read_text().rpartition(")")[2].split()
        except OSError:
            continue
        parents.setdefault(int(fields[1]), []).append(int(stat.parent.name))
    found, asked = [], [pid]
    while asked:
        own = parents.get(asked.pop(), [])
        found += own
        asked += own
    return found


@contextmanager
def cluster() -> Iterator[Cluster]:
    """Give a cluster of two nodes, and leave nothing of it."""
    folder = Path(tempfile.mkdtemp(prefix="oc", dir="/tmp"))
    found = Cluster(folder)
    try:
        found.start()
        yield found
    finally:
        found.end()
        shutil.rmtree(folder, ignore_errors=True)
