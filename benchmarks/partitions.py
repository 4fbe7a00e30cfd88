"""The live hub on a cluster of 1 to 4 servers: what a hub does in all, and what its servers alone could carry.

    python -m benchmarks.partitions                       # 1, 2, 3 and 4 servers; makes 20,000 entries and a feed first
    python -m benchmarks.partitions --shards 1,2 --queue-only --json partitions.json
    python -m benchmarks.partitions --lists lists.snapshot --feed feed.parquet --backlog 300

For each number of servers, with 8 partitions: first the queue alone, units that cost nothing to screen and leave
what a message of 200 travellers leaves (2 processes do them), all numbers in turn, several times; then once
`ops-hub hub up` with all services, a backlog and
messages at a set rate. All of it runs on this machine, so that a server more takes its time from the workers: what can be
read off is each server's share of the work, not how fast several machines would be.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from typing import Any

import msgspec
import numpy as np

from benchmarks.live import COMMAND, MESSAGE, Sender, at_rest, drained, invented, messages, paced, stored
from benchmarks.parts import say
from benchmarks.results import Section, Table
from benchmarks.servers import Cluster, a_cluster
from benchmarks.settings import Settings
from ops_hub.engines.live.status import status
from ops_hub.store.hub import Hub, grow, key, open_hub
from ops_hub.store.queue import Queue, Unit

PARTITIONS = 8
ENTRIES = 20_000  # of the whole hub's lists
_REPEAT = "python -m benchmarks.partitions"
TOGETHER = 32  # units handed in in one exchange, as ingest does
_DOERS = 2
_IDLE = 10.0  # seconds
# bytes that a message of 200 travellers has when it comes, and leaves in the streams (measured on the exercise)
_MESSAGE, _KEPT, _RECEIPT = 12_000, 20_000, 1_200


@dataclass(frozen=True)
class Work:
    """What is measured.

    Attributes:
        shards: numbers of servers.
        runs: of the queue alone; medians are told.
        units: of the queue alone, each time.
        backlog: messages that wait before the workers of the whole hub are there.
        rate, seconds: messages a second afterwards, and for how long.
        workers: of the whole hub.
    """

    shards: Sequence[int] = (1, 2, 3, 4)
    runs: int = 3
    units: int = 3000
    backlog: int = 100
    rate: float = 5.0
    seconds: float = 20.0
    workers: int = os.cpu_count() or 1


@dataclass(frozen=True)
class Queued:
    """The queue alone: units a second that were handed in, and done; seconds of a core of each server per 1,000 units."""

    handed_in: float
    done: float
    spent: list[float]


@dataclass(frozen=True)
class Whole:
    """A whole hub: travellers a second of the backlog, share of a core of each server while it is worked off and when
    nothing comes, and ms from accepted to stored of what comes afterwards (p50, p95, p99).
    """

    drained: float
    busy: list[float]
    idle: list[float]
    took: list[float]


def used(made: Cluster) -> np.ndarray:
    """Return the seconds of a core that each server has used."""
    return np.array([each.cpu_seconds for each in made.servers])


def idle(made: Cluster, seconds: float) -> list[float]:
    """Return what share of a core each server uses while nothing comes."""
    before = used(made)
    time.sleep(seconds)
    return ((used(made) - before) / seconds).tolist()


def do_all(home: Path, address: str, number: int, left: Any) -> None:
    """Take units and store results until none is left; what is stored is read and let go, as office and keeper do."""
    hub = open_hub(home, address)
    queue = Queue(hub, f"doer-{number}")
    queue.beat({}, [])
    blob, receipt = os.urandom(_KEPT), os.urandom(_RECEIPT)
    while left.value > 0:
        items = queue.take("S R").items
        done = []
        for item in items:
            streams = {name: key(name, partition=item.partition) for name in ("screened", "kept", "audit")}
            adds: list[tuple[str, dict[str, Any]]] = [
                (streams["screened"], {"receipt": receipt}),
                (streams["kept"], {"blob": blob}),
                (streams["audit"], {"event": receipt}),
            ]
            done.append((item, adds, {"units": 1, "screened": MESSAGE}))
        if done:
            queue.commit(done, 1)
            with left.get_lock():
                left.value -= len(done)
        else:
            time.sleep(0.01)
    hub.close()


def queue_alone(home: Path, servers: int, units: int) -> Queued:
    """Measure the queue with units whose screening costs nothing."""
    with a_cluster(servers) as made:
        hub = grow(open_hub(home, made.address), PARTITIONS)
        hub.client.mset({key("snapshot"): "S", key("ruleset"): "R"})
        before, begin = used(made), time.monotonic()
        queue, data = Queue(hub), os.urandom(_MESSAGE)
        for first in range(0, units, TOGETHER):
            numbers = range(first, min(first + TOGETHER, units))
            queue.submit([Unit(f"{k}", "message", "x", data, MESSAGE, flight=f"BW{k}") for k in numbers])
        handed_in = units / (time.monotonic() - begin)
        done = units_done(hub, units)
        hub.close()
        return Queued(handed_in, done, ((used(made) - before) / units * 1000).tolist())


def units_done(hub: Hub, units: int) -> float:
    """Let processes do all units; return how many a second, once all processes are up."""
    context = multiprocessing.get_context("spawn")
    left = context.Value("i", units)
    doers = [context.Process(target=do_all, args=(hub.home, hub.address, k, left)) for k in range(_DOERS)]
    for each in doers:
        each.start()
    while left.value > units * 0.95:  # they are up
        time.sleep(0.005)
    begun, at_first = time.monotonic(), left.value
    for each in doers:
        each.join()
    return float(at_first / (time.monotonic() - begun))


def whole_hub(home: Path, servers: int, lists: Path, texts: list[str], work: Work) -> Whole:
    """Measure a hub with all its services."""
    with a_cluster(servers) as made:
        hub = grow(open_hub(home, made.address), PARTITIONS)
        sender = Sender(hub, texts)
        for _ in range(work.backlog):
            sender.send()
        environment = os.environ | {"OPS_HUB_HOME": str(home), "OPS_HUB_REDIS": made.address}
        publish = [*COMMAND, "hub", "publish", "-w", str(lists)]
        subprocess.run(publish, env=environment, check=True, stdout=subprocess.DEVNULL)
        words = [*COMMAND, "hub", "up", "--workers", str(work.workers)]
        running = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
        try:
            before, begin = used(made), time.monotonic()
            while status(hub)["units"] < work.backlog:
                time.sleep(0.5)
            at_rest(hub)
            busy = ((used(made) - before) / (time.monotonic() - begin)).tolist()
            first = stored(home)
            rest = idle(made, _IDLE)
            for _ in paced(work.rate, work.seconds):
                sender.send()
            at_rest(hub)
            took = [each.took * 1000 for each in stored(home)[len(first) :]]
            return Whole(drained(first), busy, rest, [float(each) for each in np.percentile(took, (50, 95, 99))])
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(60)
            hub.close()


def of_the_queue(folder: Path, work: Work, say: Callable[[str], None]) -> Section:
    """Measure the queue alone on each number of servers, in turn."""
    found: dict[int, list[Queued]] = {many: [] for many in work.shards}
    for run in range(work.runs):
        for many in work.shards:
            found[many].append(queue_alone(folder / f"queue-{many}-{run}", many, work.units))
            say(f"partitions: queue alone, run {run + 1} of {work.runs}, {many} servers: {found[many][-1]}")
    rows = []
    for many, runs in found.items():
        spent = np.median([each.spent for each in runs], axis=0)
        told = (median(each.handed_in for each in runs), median(each.done for each in runs))
        rows.append((many, *map(round, told), _each(spent), round(1000 / float(spent.max()))))
    head = ("servers", "handed in, units/s", "done, units/s", "CPU s of each per 1,000 units", "the busiest could carry, units/s")  # fmt: skip
    says = (
        f"{work.units:,} units that cost nothing to screen and leave what a message of {MESSAGE} travellers leaves, {PARTITIONS} "
        f"partitions, medians of {work.runs} runs. Servers and clients share this machine's cores: what a server's own "
        "core could carry is told by its CPU seconds, where its disk takes the flushes."
    )
    data: dict[str, object] = {str(many): [msgspec.to_builtins(each) for each in runs] for many, runs in found.items()}
    return Section("The hub's queue on several servers", says, [Table(head, rows)], command=_REPEAT, data=data)


def of_the_hub(folder: Path, made: tuple[Path, Path], work: Work, say: Callable[[str], None]) -> Section:
    """Measure a whole hub on each number of servers; `made`: lists and feed."""
    lists, texts = made[0], messages(made[1], date.today())
    found: dict[int, Whole] = {}
    for many in work.shards:
        found[many] = whole_hub(folder / f"hub-{many}", many, lists, texts, work)
        say(f"partitions: whole hub, {many} servers: {found[many]}")
    head = ("servers", "backlog, travellers/s", "cores of each, busy", "cores of each, idle", "p50, ms", "p95, ms", "p99, ms")  # fmt: skip
    rows = [
        (many, round(each.drained), _each(each.busy), _each(each.idle, 3), *map(round, each.took))
        for many, each in found.items()
    ]
    says = (
        f"All services and {work.workers} workers: a backlog of {work.backlog} messages of {MESSAGE}, nothing for {_IDLE:g} s, then {work.rate:g} "
        f"messages a second for {work.seconds:g} s, from accepted to stored. One run each."
    )
    data: dict[str, object] = {str(many): msgspec.to_builtins(each) for many, each in found.items()}
    return Section("The whole hub on several servers", says, [Table(head, rows)], command=_REPEAT, data=data)


def sections(settings: Settings) -> list[Section]:
    """Measure both at the sizes of the report: N / 40 units, and a hub of at most 20,000 entries."""
    work = Work(runs=settings.runs, units=max(200, settings.passengers // 40))
    made = invented(settings.folder, min(ENTRIES, settings.entries[-1]))
    return [of_the_queue(settings.folder, work, settings.say), of_the_hub(settings.folder, made, work, settings.say)]


def _each(spent: Sequence[float] | np.ndarray, places: int = 2) -> str:
    return ", ".join(f"{each:.{places}f}" for each in spent)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", default="1,2,3,4", help="numbers of servers")
    parser.add_argument("--runs", type=int, default=Work.runs, help="of the queue alone")
    parser.add_argument("--units", type=int, default=Work.units, help="units of the queue alone")
    parser.add_argument("--queue-only", action="store_true", help="leave the whole hub out")
    parser.add_argument("--lists", type=Path, help="list or snapshot; made by default")
    parser.add_argument("--feed", type=Path, help="Parquet feed; made by default")
    parser.add_argument("--backlog", type=int, default=Work.backlog, help="messages before the workers are there")
    parser.add_argument("--rate", type=float, default=Work.rate, help="messages a second afterwards")
    parser.add_argument("--seconds", type=float, default=Work.seconds)
    parser.add_argument("--workers", type=int, default=Work.workers)
    parser.add_argument("--json", type=Path, help="write all figures to this file as well")
    told = parser.parse_args()
    numbers = tuple(map(int, told.shards.split(",")))
    work = Work(numbers, told.runs, told.units, told.backlog, told.rate, told.seconds, told.workers)
    with tempfile.TemporaryDirectory(prefix="oh-", dir="/tmp") as name:
        folder = Path(name)
        found = [of_the_queue(folder, work, say)]
        if not told.queue_only:
            given = (told.lists, told.feed) if told.lists and told.feed else invented(folder, ENTRIES)
            found.append(of_the_hub(folder, given, work, say))
    for section in found:
        print(f"\n{section.title}\n{section.says}")
        for table in section.tables:
            print(*(" | ".join(map(str, row)) for row in (table.head, *table.rows)), sep="\n")
    if told.json:
        told.json.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")


if __name__ == "__main__":
    main()
