"""A hub of real processes that tests may hurt: killed, starved, stopped, and looked at afterwards."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from ops_hub.store.server import pid_of, stop
from tests.conftest import ROOT

COMMAND = [sys.executable, "-c", "from ops_hub.cli import main; main()"]
PATIENCE = 90.0  # seconds for a hub to come to rest on a busy machine


class Place:
    """A home folder with the processes that work on it."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self._running: list[subprocess.Popen[bytes]] = []

    def environment(self, **more: str) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("OPS_HUB_")}
        return kept | {"OPS_HUB_HOME": str(self.home), "PYTHONPATH": str(ROOT)} | more

    def run(self, *words: object, code: int | None = 0) -> str:
        """Run a command to its end; its output, and its words of trouble behind it."""
        done = subprocess.run(
            [*COMMAND, *(str(word) for word in words)],
            capture_output=True,
            text=True,
            env=self.environment(),
            timeout=300,
        )
        assert code is None or done.returncode == code, f"{words}: {done.returncode}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr

    def start(self, *words: object, **environment: str) -> subprocess.Popen[bytes]:
        """Start a command that stays, with a log in the home folder."""
        log = self.home.parent / f"{self.home.name}-{len(self._running)}.log"
        with log.open("wb") as out:
            process = subprocess.Popen(
                [*COMMAND, *(str(word) for word in words)], stdout=out, stderr=subprocess.STDOUT,
                env=self.environment(**environment), start_new_session=True,
            )  # fmt: skip
        self._running.append(process)
        return process

    def status(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self.run("hub", "status", "--json"))
        return found

    def until(self, holds: Callable[[dict[str, Any]], bool], seconds: float = PATIENCE) -> dict[str, Any]:
        """Return the status as soon as something holds of it."""
        deadline = time.monotonic() + seconds
        while not holds(status := self.status()):
            assert time.monotonic() < deadline, f"still not so: {status}\n{self.logs()}"
            time.sleep(0.5)
        return status

    def at_rest(self, seconds: float = PATIENCE) -> dict[str, Any]:
        """Return the status once nothing waits and nobody holds anything."""
        return self.until(lambda status: status["waiting"] == status["pending"] == 0, seconds)

    def logs(self) -> str:
        logs = sorted(self.home.parent.glob(f"{self.home.name}-*.log"))
        return "\n".join(log.read_text(errors="replace")[-3000:] for log in logs)

    def kill_server(self) -> None:
        pid = pid_of(self.home)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def end(self) -> None:
        for process in self._running:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
        for process in self._running:
            try:
                process.wait(30)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
                process.wait()
        stop(self.home)


@contextmanager
def place() -> Iterator[Place]:
    """Give a hub of its own, and leave nothing of it."""
    folder = Path(tempfile.mkdtemp(prefix="oh", dir="/tmp"))
    found = Place(folder / "h")
    try:
        yield found
    finally:
        found.end()
        shutil.rmtree(folder, ignore_errors=True)
