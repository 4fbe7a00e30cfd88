"""Faults that a hub of real processes survives: every message is screened once or a dead letter, the audit log holds
together, no case is lost or doubled."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ops_hub.store.server import pid_of, socket_of
from tests.faults.feeds import Sent, messages
from tests.faults.harness import Place, place

pytestmark = pytest.mark.slow
long = (
    pytest.mark.faults
)  # `make faults`: half a minute each; tests/live/test_up.py kills worker and server in the suite


@pytest.fixture
def hub() -> Iterator[Place]:
    with place() as found:
        yield found


def all_is_well(hub: Place, sent: Sent, travellers: int | None = None) -> None:
    """What must hold after every fault."""
    status = hub.at_rest()
    assert status["screened"] == (sent.travellers if travellers is None else travellers)
    assert status["dead_letters"] == 0
    assert status["hits"] == len(sent.hits)
    assert found_in_cases(hub) == sorted(sent.hits)
    assert hub.run("audit", "verify").startswith("whole")


def found_in_cases(hub: Place) -> list[str]:
    """Hit ids of all cases, each as often as it stands there, once the office has caught up."""
    hub.until(lambda status: not any(status["behind"].values()))
    found: dict[int, list[str]] = {}
    for role in ("supervisor", "protection"):  # neither sees all cases
        cases = json.loads(hub.run("case", "list", "--all", "--json", "--as", f"CENTRE/test:{role}"))
        found |= {case["case"]: [lead["hit_id"] for lead in case["leads"]] for case in cases}
    return sorted(hit for hits in found.values() for hit in hits)


@long
def test_a_worker_killed_in_the_middle_of_a_message_loses_and_doubles_nothing(hub: Place) -> None:
    sent = messages(hub, 40, 50)
    up = hub.start("hub", "up", "-w", sent.lists, "--workers", 0)
    hub.until(lambda status: status["snapshot"] is not None)
    hub.run("hub", "ingest", *sent.files)
    for _ in range(3):
        worker = hub.start("hub", "worker")
        hub.until(lambda status: status["pending"] > 0 or status["waiting"] == 0)
        os.killpg(worker.pid, signal.SIGKILL)
        worker.wait()
    hub.start("hub", "worker")
    all_is_well(hub, sent)
    assert up.poll() is None


@long
def test_the_server_killed_while_messages_come_in_keeps_all_that_it_acknowledged(hub: Place) -> None:
    sent = messages(hub, 40, 50)
    hub.start("hub", "up", "-w", sent.lists)
    hub.until(lambda status: status["snapshot"] is not None)
    for third in (sent.files[:13], sent.files[13:26], sent.files[26:]):
        sending = hub.start("hub", "ingest", *third)
        time.sleep(1.5)
        hub.kill_server()
        sending.wait(60)
    while "ops-hub:" in hub.run(
        "hub", "ingest", *sent.files, code=None
    ):  # who was not told that it arrived sends it again
        time.sleep(0.5)
    all_is_well(hub, sent)


@long
def test_a_feed_that_is_repeated_and_out_of_order_gives_each_hit_once(hub: Place) -> None:
    sent = messages(hub, 30, 40)
    shuffled = sent.files * 3
    random.Random(5).shuffle(shuffled)
    copies = [hub.home.parent / f"{hub.home.name}-sent" / f"copy-{number}.edi" for number in range(len(shuffled))]
    for copy, file in zip(copies, shuffled, strict=True):
        shutil.copy(file, copy)
    hub.start("hub", "up", "-w", sent.lists)
    hub.until(lambda status: status["snapshot"] is not None)
    hub.run("hub", "ingest", *copies[:50])
    hub.run("hub", "ingest", *copies[50:])
    all_is_well(hub, sent)


@long
def test_a_pause_of_the_network_delays_and_loses_nothing(hub: Place) -> None:
    sent = messages(hub, 20, 50)
    hub.start("hub", "up", "-w", sent.lists)
    hub.until(lambda status: status["snapshot"] is not None)
    pid = pid_of(hub.home)
    assert pid is not None
    sending = hub.start("hub", "ingest", *sent.files)
    time.sleep(1.0)
    os.kill(pid, signal.SIGSTOP)
    time.sleep(20)
    os.kill(pid, signal.SIGCONT)
    sending.wait(120)
    hub.run("hub", "ingest", *sent.files)  # what was not acknowledged is sent again
    all_is_well(hub, sent)


CLOCK = """
#define _GNU_SOURCE
#include <dlfcn.h>
#include <time.h>
int clock_gettime(clockid_t id, struct timespec *at) {
  int (*real)(clockid_t, struct timespec *) = dlsym(RTLD_NEXT, "clock_gettime");
  int failed = real(id, at);
  if (!failed && id == CLOCK_REALTIME) at->tv_sec += 3600;
  return failed;
}
"""


@long
@pytest.mark.skipif(shutil.which("gcc") is None, reason="a wrong clock is put before Python's by a small C library")
def test_a_worker_whose_clock_is_an_hour_off_stores_the_hubs_time_and_the_same_hits(hub: Place, tmp_path: Path) -> None:
    (tmp_path / "clock.c").write_text(CLOCK)
    library = tmp_path / "clock.so"
    subprocess.run(["gcc", "-shared", "-fPIC", "-o", library, tmp_path / "clock.c", "-ldl"], check=True)
    sent = messages(hub, 10, 50)
    hub.start("hub", "up", "-w", sent.lists, "--workers", 0)
    hub.until(lambda status: status["snapshot"] is not None)
    hub.run("hub", "ingest", *sent.files)
    ahead = hub.start("hub", "worker", LD_PRELOAD=str(library))
    all_is_well(hub, sent)
    assert ahead.poll() is None
    shown = json.loads(hub.run("case", "list", "--all", "--json", "--as", "CENTRE/test:supervisor"))
    now = datetime.now(UTC)
    assert all(abs(datetime.fromisoformat(case["opened_at"]) - now) < timedelta(minutes=10) for case in shown)
    assert all(each["since"] < now.isoformat() for each in hub.status()["worker"])


@long
def test_ten_thousand_malformed_messages_among_good_ones_cost_only_themselves(hub: Place) -> None:
    sent = messages(hub, 100, 10)
    bad = hub.home.parent / f"{hub.home.name}-sent" / "bad.edi"
    rng = random.Random(7)
    texts = [file.read_bytes() for file in sent.files]
    broken = []
    for number in range(10_000):
        text = bytearray(texts[number % len(texts)])
        head = text.find(b"BGM")
        broken.append(
            bytes(text[:head]).replace(b"PAXLST:D", b"PAXLSX:D") + f"BGM+{rng.random()}'UNT+3+{number}'".encode()
        )
    bad.write_bytes(b"\n".join(broken))
    hub.start("hub", "up", "-w", sent.lists)
    hub.until(lambda status: status["snapshot"] is not None)
    hub.run("hub", "ingest", *sent.files[:50])
    hub.run("hub", "ingest", bad)
    hub.run("hub", "ingest", *sent.files[50:])
    status = hub.at_rest(400)
    assert status["rejected"] + status["dead_letters"] == 10_000
    all_is_well(hub, sent)


@long
def test_a_snapshot_with_one_flipped_byte_is_refused_and_screening_goes_on(hub: Place) -> None:
    sent = messages(hub, 10, 50)
    hub.start("hub", "up", "-w", sent.lists)
    first = hub.until(lambda status: status["snapshot"] is not None)["snapshot"]
    compiled = hub.home.parent / f"{hub.home.name}-next.snapshot"
    other = hub.home.parent / f"{hub.home.name}-other.csv"
    other.write_text(sent.lists.read_text().rsplit("\n", 2)[0] + "\n")
    hub.run("watchlist", "compile", other, "--out", compiled)
    data = next(path for path in sorted(compiled.iterdir()) if path.suffix == ".npy" and path.stat().st_size > 500)
    raw = bytearray(data.read_bytes())
    raw[-100] ^= 1
    data.write_bytes(raw)
    assert "damaged" in hub.run("hub", "publish", "-w", compiled, code=2)
    hub.run("hub", "ingest", *sent.files)
    all_is_well(hub, sent)
    assert hub.status()["snapshot"] == first


@long
@pytest.mark.skipif(os.geteuid() != 0 or shutil.which("mount") is None, reason="a small disk is mounted by root only")
def test_a_full_disk_stops_the_hub_from_promising_and_loses_nothing(hub: Place) -> None:
    sent = messages(hub, 60, 100)
    hub.home.mkdir(parents=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", hub.home], check=True)
    try:
        hub.start("hub", "up", "-w", sent.lists)
        hub.until(lambda status: status["snapshot"] is not None)
        filler = hub.home / "filler"
        hub.run("hub", "ingest", *sent.files[:10])
        with filler.open("wb") as file:
            try:
                while True:
                    file.write(b"\0" * 65536)
                    file.flush()
            except OSError:
                pass
        hub.run("hub", "ingest", *sent.files[10:], code=None)
        time.sleep(3)
        filler.unlink()
        deadline = time.monotonic() + 60
        while "ops-hub:" in hub.run("hub", "ingest", *sent.files, code=None):
            assert time.monotonic() < deadline
            time.sleep(1)
        all_is_well(hub, sent)
    finally:
        hub.end()
        subprocess.run(["umount", "-l", hub.home], check=True)


def test_the_socket_of_a_hub_is_its_owners_alone(hub: Place) -> None:
    hub.start("hub", "up", "--workers", 0)
    hub.until(lambda status: pid_of(hub.home) is not None)
    assert socket_of(Path(hub.home)).stat().st_mode & 0o077 == 0
