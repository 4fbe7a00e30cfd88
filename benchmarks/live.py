"""Live screening as real processes: how fast a backlog is drained, how long a message takes, what memory does.

    python -m benchmarks.live                       # 100,000 entries; a backlog, then 20 messages a second for 5 minutes
    python -m benchmarks.live --lists lists.snapshot --feed feed.parquet --seconds 60

It starts `ops-hub hub up` in a home folder of its own, all services included, hands in a backlog before the workers are
there, then messages of 200 travellers at a set rate. Times are the hub's own, as the audit log has them: from a message's
acceptance to the event that its results were stored with.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

import msgspec
import numpy as np
import polars as pl

from benchmarks import machine
from ops_hub.engines.live.ingest import Intake
from ops_hub.engines.live.status import status
from ops_hub.exercise.generate import ExerciseSpec, generate
from ops_hub.exercise.paxlst_writer import paxlst
from ops_hub.states import home_states
from ops_hub.store.chain import lines
from ops_hub.store.files import write_text
from ops_hub.store.hub import Hub, open_hub
from ops_hub.store.receipt import Receipt
from ops_hub.store.receipts import SCREENED
from ops_hub.store.scribe import folder_of
from ops_hub.store.server import pid_of, stop

MESSAGE = 200  # travellers
FIGURES = Path(__file__).parent / "results" / "live.json"
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


def invented(folder: Path, entries: int = 100_000) -> tuple[Path, Path]:
    """Return a list of so many entries and a feed of which one traveller in 500 gives a hit.

    Names of an exercise come from one stock, so that far more travellers look like somebody listed than real ones do
    (docs/figures.md: 0.25 to 0.40 in 1,000): most of those are left out.
    """
    made = generate(ExerciseSpec(60_000, entries, seed=1, planted=120))
    lists, feed, out = (folder / name for name in ("watchlist.csv", "feed.parquet", "run"))
    made.watchlist.write_csv(lists)
    made.feed.write_parquet(feed)
    subprocess.run(
        [*COMMAND, "screen", str(feed), "-w", str(lists), "--out", str(out), "--json"],
        check=True,
        stdout=subprocess.DEVNULL,
    )
    met = pl.read_parquet(out / "hits.parquet")["record_id"].unique(maintain_order=True)
    spared = met.slice(made.feed.height // 500)
    made.feed.filter(~pl.col("record_id").is_in(spared.implode())).write_parquet(feed)
    return lists, feed


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


class Stored(NamedTuple):
    """A message: its name, when it was stored (s), how long that took (s), how many travellers it held."""

    source: str
    at: float
    took: float
    travellers: int


def stored(home: Path) -> list[Stored]:
    """Return what the audit log says of all messages that were screened."""
    found = []
    for line in lines(folder_of(home)):
        if line.get("event", {}).get("action") == SCREENED:
            receipt = msgspec.convert(line["event"]["detail"], Receipt)
            at = int(line["id"].split("-")[0]) / 1000
            found.append(Stored(receipt.source, at, at - receipt.accepted_at.timestamp(), receipt.screened))
    return found


def at_rest(hub: Hub) -> None:
    """Wait until everything is screened, kept and written to the log."""
    while (said := status(hub))["waiting"] or said["pending"] or any(said["behind"].values()):
        time.sleep(0.5)


def rss_mb(pid: int) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS"):
            return int(line.split()[1]) / 1024
    return 0.0


def memory(hub: Hub, home: Path, up: int) -> dict[str, float]:
    """Return MB of the workers, of all services together, and of the server."""
    workers = {int(each["pid"]) for each in status(hub)["worker"]}
    children = {int(pid) for pid in Path(f"/proc/{up}/task/{up}/children").read_text().split()}
    found = {f"worker {pid}": rss_mb(pid) for pid in sorted(workers)}
    server = pid_of(home)
    services = sum(rss_mb(pid) for pid in children - workers - {server})
    return found | {"services": services} | ({"server": rss_mb(server)} if server else {})


def drained(done: list[Stored]) -> float:
    """Return travellers a second while a backlog was worked off."""
    begin, end = min(each.at for each in done), max(each.at for each in done)
    return sum(each.travellers for each in done if each.at > begin) / max(1e-3, end - begin)


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


def figures(found: list[Stored], given: argparse.Namespace, drain: float | None) -> dict[str, object]:
    """Return what is kept for the report of all benchmarks."""
    took = np.array([each.took for each in found]) * 1000
    waits = {f"p{at}, ms": round(float(np.percentile(took, at)), 1) for at in (50, 95, 99, 100)}
    return {
        "measured, UTC": f"{datetime.now(UTC):%Y-%m-%d %H:%M}",
        "commit": machine.commit(),
        "machine": machine.described(),
        "load in the last minute": round(machine.load(), 1),
        "workers": given.workers,
        f"messages of {MESSAGE} travellers": len(took),
        "messages a second": given.rate,
        **waits,
        "backlog drained, travellers/s": drain and round(drain),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lists", type=Path, help="compiled snapshot or lists [default: 100,000 invented entries]")
    parser.add_argument(
        "--feed", type=Path, help="feed.parquet of `ops-hub exercise` [default: 60,000 invented travellers]"
    )
    parser.add_argument("--rate", type=float, default=20, help="messages a second")
    parser.add_argument("--seconds", type=float, default=300)
    parser.add_argument("--backlog", type=int, default=1000, help="messages that wait before the workers are there")
    parser.add_argument("--rest", type=float, default=20, help="seconds between backlog and messages")
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    parser.add_argument("--picture", type=Path, default=Path(__file__).with_name("live-latency.svg"))
    parser.add_argument("--figures", type=Path, default=FIGURES, help="JSON for `python -m benchmarks latency`")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="oh-", dir="/tmp") as folder:
        home = Path(folder) / "home"
        lists, feed = given.lists, given.feed
        if lists is None or feed is None:
            lists, feed = invented(Path(folder))
        hub = open_hub(home)
        environment = os.environ | {"OPS_HUB_HOME": str(home)}
        subprocess.run([*COMMAND, "hub", "publish", "-w", str(lists)], env=environment, check=True)
        sender = Sender(hub, messages(feed, date.today()))
        begin = time.monotonic()
        for _ in range(given.backlog):
            sender.send()
        print(f"handed in {given.backlog} messages one by one in {time.monotonic() - begin:.1f} s", flush=True)
        running = subprocess.Popen([*COMMAND, "hub", "up", "--workers", str(given.workers)], env=environment)
        try:
            while len(status(hub)["worker"]) < given.workers:
                time.sleep(0.5)
            at_rest(hub)
            drain = drained(stored(home)) if given.backlog else None
            if drain:
                print(f"drained at {drain:,.0f} travellers/s", flush=True)
            time.sleep(given.rest)
            before = len(stored(home))
            for number in paced(given.rate, given.seconds):
                sender.send()
                if number % int(given.rate * 15) == 0:
                    used = {name: round(mb) for name, mb in memory(hub, home, running.pid).items()}
                    print(f"{number / given.rate:5.0f} s  MB {used}", flush=True)
            at_rest(hub)
            found = stored(home)[before:]
        finally:
            running.send_signal(signal.SIGTERM)
            running.wait(60)
            hub.client.close()
            stop(home)
    took = np.array([each.took for each in found]) * 1000
    told = ", ".join(f"p{at} {np.percentile(took, at):.0f} ms" for at in (50, 95, 99, 100))
    print(f"{len(took)} messages of {MESSAGE} at {given.rate:g}/s: {told}")
    title = f"{len(took):,} messages of {MESSAGE} travellers at {given.rate:g} a second, {given.workers} workers"
    write_text(given.picture, histogram(took, title))
    write_text(given.figures, json.dumps(figures(found, given, drain), indent=1) + "\n")


if __name__ == "__main__":
    main()
