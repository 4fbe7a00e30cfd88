"""Live screening as real processes: how fast a backlog is drained, how long a message takes, what memory does.

    python -m benchmarks.live --lists lists.snapshot --feed feed.parquet

It starts `ops-hub hub up` in a home folder of its own, hands in a backlog before the workers are there, then messages of
200 travellers at a set rate. Times are the hub's own: from a message's acceptance to the entry that its results were
stored with. What office and keeper would read is read and deleted here.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import msgspec
import numpy as np
import polars as pl

from ops_hub.engines.live.ingest import Intake
from ops_hub.engines.live.status import status
from ops_hub.exercise.paxlst_writer import paxlst
from ops_hub.states import home_states
from ops_hub.store.files import write_text
from ops_hub.store.hub import Hub, key, open_hub
from ops_hub.store.receipt import Receipt
from ops_hub.store.server import pid_of, stop

MESSAGE = 200  # travellers
COMMAND = [sys.executable, "-c", "from ops_hub.cli import main; main()"]


def messages(feed: Path, first_day: date) -> list[str]:
    """Return messages of 200 travellers, made of a feed's rows in their order."""
    rows = pl.read_parquet(feed)
    rows = rows.head(rows.height - rows.height % MESSAGE).with_row_index("row")
    number = pl.col("row") // MESSAGE
    journey = ["from_port", "to_port", "departs_at", *(["arrives_at"] if "arrives_at" in rows.columns else [])]
    flights = rows.with_columns(
        (pl.lit("BW") + (number + 100).cast(pl.String)).alias("flight"),
        *(pl.col(name).first().over(number) for name in journey),
    )
    return list(paxlst(flights.drop("row"), first_day))


class Sender:
    """Hands in the messages again and again, each time as a new one: with another reference."""

    def __init__(self, hub: Hub, made: list[str]) -> None:
        self._intake, self._made, self.sent = Intake(hub, home_states()), made, 0

    def send(self) -> None:
        """Hand in one message."""
        self.sent += 1
        text = self._made[self.sent % len(self._made)].replace("'UNH+", f"'UNH+{self.sent}X", 1)
        text = text.replace("\nUNH+", f"\nUNH+{self.sent}X", 1)
        self._intake.message(text.encode(), f"live-{self.sent}.edi")


class Receiver:
    """Reads what was stored, as the office and the keeper would, and deletes it."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self.latencies: list[float] = []
        self.stored: list[tuple[float, int]] = []

    def receive(self) -> None:
        """Read all that is there now."""
        for stream in ("screened", "kept", "audit"):
            while found := self._hub.client.xrange(key(stream), count=200):
                for name, fields in found if stream == "screened" else []:
                    at = int(name.split(b"-")[0]) / 1000
                    receipt = msgspec.json.decode(fields[b"receipt"], type=Receipt)
                    self.latencies.append(at - receipt.accepted_at.timestamp())
                    self.stored.append((at, receipt.screened))
                self._hub.client.xdel(key(stream), *(name for name, _ in found))


def rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def memory(hub: Hub, home: Path) -> dict[str, float]:
    found = {f"worker {each['pid']}": rss_mb(int(each["pid"])) for each in status(hub)["worker"]}
    server = pid_of(home)
    return found | ({"server": rss_mb(server)} if server else {})


def drain(hub: Hub, sender: Sender, receiver: Receiver, many: int) -> float:
    """Return travellers a second while a backlog that is there already is worked off."""
    while len(receiver.stored) < many:
        time.sleep(0.5)
        receiver.receive()
    times = sorted(receiver.stored)
    begin, end = times[0][0], times[-1][0]
    later = sum(people for at, people in times if at > begin)
    return later / max(1e-3, end - begin)


def paced(rate: float, seconds: float) -> Iterator[int]:
    """Yield at a set rate, whatever the caller takes in between."""
    begin = time.monotonic()
    for number in range(int(rate * seconds)):
        ahead = begin + number / rate - time.monotonic()
        if ahead > 0:
            time.sleep(ahead)
        yield number


def histogram(latencies: np.ndarray, title: str) -> str:
    """Return a picture of milliseconds."""
    most = max(300.0, float(np.percentile(latencies, 99.9)))
    counts, edges = np.histogram(np.clip(latencies, 0, most), bins=60, range=(0, most))
    width, height, left, foot = 720, 260, 50, 40
    scale = (height - foot - 30) / max(1, counts.max())
    step = (width - left - 20) / len(counts)
    bars = [
        f'<rect x="{left + k * step:.1f}" y="{height - foot - many * scale:.1f}" width="{step - 1:.1f}" '
        f'height="{many * scale:.1f}" fill="#3b6ea5"/>'
        for k, many in enumerate(counts)
    ]
    marks = []
    for name, at in (("p50", 50), ("p95", 95), ("p99", 99)):
        value = float(np.percentile(latencies, at))
        x = left + min(value, most) / most * (width - left - 20)
        marks.append(
            f'<line x1="{x:.1f}" x2="{x:.1f}" y1="24" y2="{height - foot}" stroke="#b33" stroke-dasharray="3 3"/>'
            f'<text x="{x + 3:.1f}" y="{34 + 14 * len(marks)}">{name} {value:.0f} ms</text>'
        )
    ticks = [
        f'<text x="{left + share * (width - left - 20):.1f}" y="{height - foot + 16}" text-anchor="middle">'
        f"{share * most:.0f}</text>"
        for share in (0, 0.25, 0.5, 0.75, 1)
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="white"/><text x="{left}" y="16">{title}</text>'
        + "".join(bars + marks + ticks)
        + f'<text x="{width / 2}" y="{height - 6}" text-anchor="middle">ms from accepted to stored</text>'
        f'<text x="6" y="{height - foot}">0</text><text x="6" y="40">{counts.max()}</text></svg>\n'
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lists", type=Path, required=True, help="compiled snapshot or lists")
    parser.add_argument("--feed", type=Path, required=True, help="feed.parquet of `ops-hub exercise`")
    parser.add_argument("--rate", type=float, default=20, help="messages a second")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--backlog", type=int, default=1000, help="messages that wait before the workers are there")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_name("live-latency.svg"))
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oh-", dir="/tmp") as folder:
        home = Path(folder)
        hub = open_hub(home)
        environment = os.environ | {"OPS_HUB_HOME": str(home)}
        subprocess.run([*COMMAND, "hub", "publish", "-w", str(given.lists)], env=environment, check=True)
        sender, receiver = Sender(hub, messages(given.feed, date.today() + timedelta(days=0))), Receiver(hub)
        begin = time.monotonic()
        for _ in range(given.backlog):
            sender.send()
        print(f"handed in {given.backlog} messages one by one in {time.monotonic() - begin:.1f} s", flush=True)
        running = subprocess.Popen([*COMMAND, "hub", "up", "--workers", str(given.workers)], env=environment)
        try:
            if given.backlog:
                print(f"drained at {drain(hub, sender, receiver, given.backlog):,.0f} travellers/s", flush=True)
                print(memory(hub, home), flush=True)
            while len(status(hub)["worker"]) < given.workers:
                time.sleep(0.5)
            receiver.latencies.clear()
            before = sender.sent
            for number in paced(given.rate, given.seconds):
                sender.send()
                if number % int(given.rate) == 0:
                    receiver.receive()
                if number % int(given.rate * 15) == 0:
                    used = {name: round(mb) for name, mb in memory(hub, home).items()}
                    print(f"{number / given.rate:5.0f} s  MB {used}", flush=True)
            while len(receiver.latencies) < sender.sent - before:
                time.sleep(0.2)
                receiver.receive()
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(60)
            hub.client.close()
            stop(home)
    if receiver.latencies:
        took = np.array(receiver.latencies) * 1000
        told = ", ".join(f"p{at} {np.percentile(took, at):.0f} ms" for at in (50, 95, 99, 100))
        print(f"{len(took)} messages of {MESSAGE} at {given.rate:g}/s: {told}")
        title = f"{len(took):,} messages of {MESSAGE} travellers at {given.rate:g} a second, {given.workers} workers"
        write_text(given.picture, histogram(took, title))


if __name__ == "__main__":
    main()
