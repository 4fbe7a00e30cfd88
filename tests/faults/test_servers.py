"""A hub on several servers that is hurt: a server, a worker, a host cut off; every message is screened once."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from benchmarks.servers import Cluster, a_cluster, until
from ops_hub.store.hub import grow, open_hub
from tests.faults.feeds import messages
from tests.faults.harness import COMMAND, Place
from tests.faults.test_faults import all_is_well
from tests.live.hosts import CAN, some_hosts

pytestmark = [pytest.mark.slow, pytest.mark.faults]


class Wide(Place):
    """A home folder whose hub is on a cluster."""

    def __init__(self, home: Path, made: Cluster, query: str = "") -> None:
        super().__init__(home)
        self._address = made.address + query

    def environment(self, **more: str) -> dict[str, str]:
        return super().environment(OPS_HUB_REDIS=self._address, **more)

    def start_on(self, inside: Sequence[str], *words: object) -> subprocess.Popen[bytes]:
        """Start a command that stays on a host."""
        process = subprocess.Popen(
            [*inside, *COMMAND, *(str(word) for word in words)], stdout=subprocess.DEVNULL,
            env=self.environment(), start_new_session=True,
        )  # fmt: skip
        self._running.append(process)
        return process


@contextmanager
def wide(made: Cluster, query: str = "") -> Iterator[Wide]:
    folder = Path(tempfile.mkdtemp(prefix="oh", dir="/tmp"))
    found = Wide(folder / "h", made, query)
    try:
        yield found
    finally:
        found.end()
        shutil.rmtree(folder, ignore_errors=True)


def handed_in(hub: Wide, files: Sequence[Path], seconds: float = 120) -> None:
    """Hand in until the hub has everything, as whoever delivers does."""
    until = time.monotonic() + seconds
    while subprocess.run(
        [*COMMAND, "hub", "ingest", *map(str, files)], env=hub.environment(), capture_output=True
    ).returncode:
        assert time.monotonic() < until, hub.logs()
        time.sleep(0.5)


def test_a_server_and_a_worker_that_are_killed_lose_and_double_nothing() -> None:
    with a_cluster(2) as made, wide(made) as hub:
        sent = messages(hub, 40, 50)
        up = hub.start("hub", "up", "-w", sent.lists, "--workers", 1, "--partitions", 4)
        hub.until(lambda status: status["snapshot"] is not None and status["partitions"] == 4)
        for third, killed in zip((sent.files[:13], sent.files[13:26], sent.files[26:]), (0, 1, 0), strict=True):
            worker = hub.start("hub", "worker")
            handed_in(hub, third)
            os.killpg(worker.pid, signal.SIGKILL)
            made.servers[killed].kill()
            time.sleep(1.5)
            made.servers[killed].start()
        handed_in(hub, sent.files)
        all_is_well(hub, sent)
        assert up.poll() is None


def test_replicas_that_take_over_by_themselves_have_all_that_was_accepted() -> None:
    with a_cluster(3) as made:
        replicas = [made.add_replica(each) for each in made.servers[:3]]
        with wide(made, "?replicas=1") as hub:
            sent = messages(hub, 40, 50)
            up = hub.start("hub", "up", "-w", sent.lists, "--workers", 1, "--partitions", 8)
            hub.until(lambda status: status["snapshot"] is not None)
            for part, (old, new) in enumerate(zip(made.servers[:2], replicas[:2], strict=True)):
                handed_in(hub, sent.files[20 * part : 20 * part + 10])
                old.kill()
                until(lambda new=new: new.ask("ROLE")[0] == b"master")
                old.start()  # as a replica of the one that took over; without any nothing would be accepted
                handed_in(hub, sent.files[20 * part + 10 : 20 * part + 20])
            handed_in(hub, sent.files)
            all_is_well(hub, sent)
            assert up.poll() is None


def test_a_hub_that_grows_while_it_works_loses_nothing() -> None:
    with a_cluster(2) as made, wide(made) as hub:
        sent = messages(hub, 30, 50)
        hub.start("hub", "up", "-w", sent.lists, "--workers", 1)
        hub.start("hub", "worker")
        hub.until(lambda status: status["snapshot"] is not None)
        handed_in(hub, sent.files[:15])
        opened = open_hub(hub.home, made.address)
        grow(opened, 8)
        opened.close()
        handed_in(hub, sent.files[15:])
        all_is_well(hub, sent)


@pytest.mark.skipif(not CAN, reason="hosts are network namespaces, which root makes")
def test_hosts_that_are_cut_off_for_a_while_lose_and_double_nothing() -> None:
    with (
        some_hosts(4) as hosts,
        a_cluster(2, [(each.address, each.inside) for each in hosts[:2]]) as made,
        wide(made) as hub,
    ):
        sent = messages(hub, 60, 50)
        hub.start("hub", "up", "-w", sent.lists, "--workers", 0, "--partitions", 4)
        hub.until(lambda status: status["snapshot"] is not None)
        for host in hosts[2:]:
            hub.start_on(host.inside, "hub", "worker")
        hub.until(lambda status: status["workers"] == 2)
        folder = hub.home.parent / "incoming"
        folder.mkdir()
        hub.start_on(hosts[3].inside, "hub", "ingest", "--watch", folder)
        for number, path in enumerate(sent.files):
            shutil.copy(path, folder / f"{number}-{path.name}")
            if number == 20:
                hosts[2].cut()  # a worker
            if number == 40:
                hosts[1].cut()  # a server; now the others wait
                time.sleep(6)
                hosts[1].join()
            time.sleep(0.2)
        time.sleep(20)  # longer than a unit is held for a silent worker
        hosts[2].join()
        hub.until(lambda status: status["units"] == len(sent.files), 180)
        all_is_well(hub, sent)
