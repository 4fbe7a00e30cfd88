"""The live hub on a cluster of 1 to 4 servers: what a hub does in all, and what its servers alone could carry.

    python -m benchmarks.partitions                       # 1, 2 and 4 servers; makes 100,000 entries and a feed first
    python -m benchmarks.partitions --shards 1,2 --queue-only
    python -m benchmarks.partitions --lists lists.snapshot --feed feed.parquet --backlog 300

For each number of servers, in order, with 8 partitions: first the queue alone, units that cost nothing to screen and leave
what a message of 200 travellers leaves (2 processes do them); then `ops-hub hub up` with all services, a backlog and
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
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.live import COMMAND, MESSAGE, Sender, Stored, at_rest, drained, invented, messages, paced, stored
from benchmarks.servers import Cluster, a_cluster
from ops_hub.engines.live.status import status
from ops_hub.store.hub import Hub, grow, key, open_hub
from ops_hub.store.queue import Queue, Unit

PARTITIONS = 8
TOGETHER = 32  # units handed in in one exchange, as ingest does
_DOERS = 2
_IDLE = 10.0  # seconds
# bytes that a message of 200 travellers has when it comes, and leaves in the streams (measured on the exercise)
_MESSAGE, _KEPT, _RECEIPT = 12_000, 20_000, 1_200


def used(made: Cluster) -> list[float]:
    """Return the seconds of a core that each server has used."""
    return [each.cpu_seconds for each in made.servers]


def idle(made: Cluster, seconds: float) -> list[float]:
    """Return what share of a core each server uses while nothing comes."""
    before = used(made)
    time.sleep(seconds)
    return [(after - was) / seconds for was, after in zip(before, used(made), strict=True)]


def each_1000(spent: list[float], units: int) -> str:
    """Say what each server used for 1,000 units."""
    spent = [each / units * 1000 for each in spent]
    told, most = ", ".join(f"{each:.2f}" for each in spent), max(spent)
    return f"CPU s of each server per 1,000 units: {told} (the busiest could carry {1000 / most:,.0f} units/s)"


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


def queue_alone(hub: Hub, made: Cluster, units: int) -> None:
    """Measure the queue with units whose screening costs nothing."""
    hub.client.set(key("snapshot"), "S")
    hub.client.set(key("ruleset"), "R")
    before, begin = used(made), time.monotonic()
    queue, data = Queue(hub), os.urandom(_MESSAGE)
    for first in range(0, units, TOGETHER):
        numbers = range(first, min(first + TOGETHER, units))
        queue.submit([Unit(f"{k}", "message", "x", data, MESSAGE, flight=f"BW{k}") for k in numbers])
    handed_in = time.monotonic() - begin
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
    did = time.monotonic() - begun
    print(f"  queue alone: {units / handed_in:,.0f} units/s handed in, {at_first / did:,.0f} units/s done", flush=True)
    spent = [after - was for was, after in zip(before, used(made), strict=True)]
    print(f"  queue alone: {each_1000(spent, units)}", flush=True)
    for server in hub.servers():
        server.flushall()


def whole_hub(hub: Hub, made: Cluster, lists: Path, texts: list[str], given: argparse.Namespace) -> None:
    """Measure a hub with all its services."""
    sender = Sender(hub, texts)
    for _ in range(given.backlog):
        sender.send()
    environment = os.environ | {"OPS_HUB_HOME": str(hub.home), "OPS_HUB_REDIS": made.address}
    subprocess.run(
        [*COMMAND, "hub", "publish", "-w", str(lists)], env=environment, check=True, stdout=subprocess.DEVNULL
    )
    words = [*COMMAND, "hub", "up", "--workers", str(given.workers)]
    before, begin = used(made), time.monotonic()
    running = subprocess.Popen(words, env=environment, stdout=subprocess.DEVNULL)
    try:
        while status(hub)["units"] < given.backlog:
            time.sleep(0.5)
        at_rest(hub)
        print(
            f"  whole hub: backlog of {given.backlog} drained at {drained(stored(hub.home)):,.0f} travellers/s",
            flush=True,
        )
        spent, wall = [after - was for was, after in zip(before, used(made), strict=True)], time.monotonic() - begin
        told, rest = (
            ", ".join(map(form.format, each)) for form, each in (("{:.2f}", spent), ("{:.1%}", idle(made, _IDLE)))
        )
        print(
            f"  whole hub: each server used {told} s of a core in these {wall:.0f} s; idle it uses {rest}", flush=True
        )
        known = len(stored(hub.home))
        for _ in paced(given.rate, given.seconds):
            sender.send()
        at_rest(hub)
        print(f"  whole hub: {latencies(stored(hub.home)[known:], given.rate)}", flush=True)
    finally:
        running.send_signal(signal.SIGTERM)
        running.wait(60)


def latencies(found: list[Stored], rate: float) -> str:
    """Say how long messages took from accepted to stored."""
    took = np.array([each.took for each in found]) * 1000
    told = ", ".join(f"p{at} {np.percentile(took, at):.0f} ms" for at in (50, 95, 99))
    return f"{len(took)} messages of {MESSAGE} at {rate:g}/s, accepted to stored: {told}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shards", default="1,2,4", help="numbers of servers")
    parser.add_argument("--units", type=int, default=4000, help="units of the queue alone")
    parser.add_argument("--queue-only", action="store_true", help="leave the whole hub out")
    parser.add_argument("--lists", type=Path, help="list or snapshot; made by default")
    parser.add_argument("--feed", type=Path, help="Parquet feed; made by default")
    parser.add_argument("--backlog", type=int, default=300, help="messages of 200 before the workers are there")
    parser.add_argument("--rate", type=float, default=10, help="messages a second afterwards")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oh-", dir="/tmp") as folder:
        texts: list[str] = []
        if not given.queue_only:
            lists, feed = (given.lists, given.feed) if given.lists and given.feed else invented(Path(folder))
            texts = messages(feed, date.today())
        for many in map(int, given.shards.split(",")):
            print(f"{many} server{'s' if many > 1 else ''}, {PARTITIONS} partitions", flush=True)
            with a_cluster(many) as made:
                hub = grow(open_hub(Path(folder) / f"queue-{many}", made.address), PARTITIONS)
                queue_alone(hub, made, given.units)
                hub.close()
            if not given.queue_only:
                with a_cluster(many) as made:
                    hub = grow(open_hub(Path(folder) / f"hub-{many}", made.address), PARTITIONS)
                    whole_hub(hub, made, lists, texts, given)
                    hub.close()


if __name__ == "__main__":
    main()
