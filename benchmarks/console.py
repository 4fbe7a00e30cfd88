"""The console under load: officers with open streams who also open pages, while messages arrive.

    python -m benchmarks.console                          # 50 officers, 20 messages a second, 60 s
    python -m benchmarks.console --officers 10 --rate 5 --seconds 15

It starts `ops-hub hub up` and `ops-hub console` in a home folder of its own. Each officer holds one stream of events and
opens a page every few seconds: two times in three the queue, else a case that the stream told of. Told are the times of
pages, and how long after a case changed each stream had it. The load is made on the same machine, and counts in it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import socket
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from pathlib import Path

import msgspec
import numpy as np

from benchmarks.live import COMMAND, Sender, at_rest, invented, messages, paced, rss_mb
from ops_hub.access.accounts import Account
from ops_hub.console.signed_in import COOKIE
from ops_hub.engines.live.status import status
from ops_hub.store import accounts, cases, sessions
from ops_hub.store.hub import Hub, open_hub
from ops_hub.store.server import stop

_DESKS = (("CENTRE", "watch-officer"), ("CENTRE", "watch-officer"), ("CENTRE", "supervisor"), ("BRB", "liaison"), ("TTO", "liaison"))  # fmt: skip
_EVERY = (2.0, 6.0)  # seconds between an officer's pages


@dataclass
class Seen:
    """What the officers met: seconds of pages by kind, answers by status, when each stream was told of a case."""

    pages: dict[str, list[float]] = field(default_factory=dict)
    answers: dict[str, int] = field(default_factory=dict)
    told: dict[tuple[int, int], list[float]] = field(default_factory=dict)
    cases: list[int] = field(default_factory=list)
    lost: int = 0


async def asked(port: int, cookie: str, path: str) -> tuple[int, bytes]:
    """Return status and body of a page."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4_000_000)
    writer.write(f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\nConnection: close\r\n\r\n".encode())
    answer = await reader.read(-1)
    writer.close()
    return int(answer[9:12]), answer


async def following(port: int, cookie: str, officer: int, place: str, seen: Seen) -> None:
    """Follow the stream, and keep when each case was told."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port, limit=4_000_000)
    writer.write(f"GET /watch/events?since={place} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {cookie}\r\n\r\n".encode())
    name = ""
    try:
        while line := await reader.readline():
            if line.startswith(b"event: "):
                name = line[7:].strip().decode()
            elif line.startswith(b"data: ") and name == "rows":
                now = time.time()
                for row in json.loads(line[6:])["rows"]:
                    seen.told.setdefault((officer, row["case"]), []).append(now)
                    seen.cases.append(row["case"])
    finally:
        seen.lost += 1
        writer.close()


async def officer(port: int, cookie: str, number: int, seconds: float, seen: Seen) -> None:
    chance = random.Random(number)
    _, page = await asked(port, cookie, "/watch")
    place = re.search(rb'data-at="([0-9-]+)"', page)
    stream = asyncio.create_task(following(port, cookie, number, place[1].decode() if place else "", seen))
    until = time.monotonic() + seconds
    await asyncio.sleep(chance.uniform(0, _EVERY[1]))
    while time.monotonic() < until:
        case = chance.choice(seen.cases[-200:]) if seen.cases and chance.random() < 1 / 3 else None
        kind, path = ("queue", "/watch") if case is None else ("case", f"/cases/{case}")
        begin = time.perf_counter()
        answer, _ = await asked(port, cookie, path)
        seen.pages.setdefault(kind, []).append(time.perf_counter() - begin)
        seen.answers[f"{kind} {answer}"] = seen.answers.get(f"{kind} {answer}", 0) + 1
        await asyncio.sleep(chance.uniform(*_EVERY))
    ended = stream.done()
    stream.cancel()
    seen.lost -= 0 if ended else 1


async def at_work(port: int, cookies: list[str], seconds: float) -> Seen:
    seen = Seen()
    await asyncio.gather(*(officer(port, cookie, number, seconds, seen) for number, cookie in enumerate(cookies)))
    await asyncio.sleep(0.1)
    return seen


def signed_in(hub: Hub, many: int) -> list[str]:
    """Return a cookie for each of so many officers, with accounts that nobody can open."""
    found = []
    for number in range(many):
        name, (state, role) = f"officer{number}", _DESKS[number % len(_DESKS)]
        accounts.put(hub, name, msgspec.json.encode(Account(name, state, role, "", hub.now())))
        token, session = sessions.begin(hub, name)
        sessions.change(hub, token, msgspec.structs.replace(session, purpose="benchmark"))
        found.append(f"{COOKIE}={token}")
    return found


def delays(hub: Hub, seen: Seen, since: float) -> np.ndarray:
    """Return milliseconds from the first change of a case that a stream had not been told to when it was."""
    changed: dict[int, list[float]] = {}
    for name, fields in hub.client.xrange(cases.FEED):
        changed.setdefault(int(fields[b"case"]), []).append(int(name.split(b"-")[0]) / 1000)
    found = []
    for (_, case), told in seen.told.items():
        for before, at in pairwise([since, *told]):
            waiting = [change for change in changed.get(case, ()) if before < change <= at]
            found += (
                [at - waiting[0]] if waiting and before > since else []
            )  # the first one may be from before the stream
    return np.array(found) * 1000


def cpu_seconds(pid: int) -> float:
    told = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")


def line(name: str, values: np.ndarray) -> str:
    if not len(values):
        return f"{name}: none"
    told = ", ".join(f"p{at} {np.percentile(values, at):.0f} ms" for at in (50, 95, 99, 100))
    return f"{name}: {len(values):,}; {told}"


def ready(port: int) -> None:
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 0.5).close()
            return
        except OSError:
            time.sleep(0.1)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lists", type=Path, help="compiled snapshot or lists [default: 100,000 invented entries]")
    parser.add_argument("--feed", type=Path, help="feed.parquet of `ops-hub exercise` [default: invented]")
    parser.add_argument("--officers", type=int, default=50)
    parser.add_argument("--rate", type=float, default=20, help="messages a second, of 200 travellers each")
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument(
        "--workers", type=int, default=1, help="that screen; the console and the load need room as well"
    )
    given = parser.parse_args()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="oh-", dir="/tmp") as folder:
        home, lists, feed = Path(folder) / "home", given.lists, given.feed
        if lists is None or feed is None:
            lists, feed = invented(Path(folder))
        hub = open_hub(home)
        environment = os.environ | {"OPS_HUB_HOME": str(home)}
        subprocess.run([*COMMAND, "hub", "publish", "-w", str(lists)], env=environment, check=True)
        running = [subprocess.Popen([*COMMAND, "hub", "up", "--workers", str(given.workers)], env=environment)]
        try:
            while len(status(hub)["worker"]) < given.workers:
                time.sleep(0.5)
            console = subprocess.Popen([*COMMAND, "console", "--port", str(port)], env=environment)
            running.append(console)
            sender = Sender(hub, messages(feed, date.today()))
            for _ in range(50):
                sender.send()
            at_rest(hub)
            ready(port)
            cookies = signed_in(hub, given.officers)

            def send() -> None:
                for _ in paced(given.rate, given.seconds):
                    sender.send()

            begin, used = time.time(), cpu_seconds(console.pid)
            sending = threading.Thread(target=send)
            sending.start()
            seen = asyncio.run(at_work(port, cookies, given.seconds))
            sending.join()
            used = cpu_seconds(console.pid) - used
            waits = status(hub)
            print(
                f"{given.officers} officers, {given.rate:g} messages/s for {given.seconds:g} s; streams lost: {seen.lost}"
            )
            for kind, times in sorted(seen.pages.items()):
                print(line(f"pages, {kind}", np.array(times) * 1000))
            every = [each for times in seen.pages.values() for each in times]
            print(line("pages, all", np.array(every) * 1000), dict(sorted(seen.answers.items())))
            print(line("events, from a change of a case to a stream", delays(hub, seen, begin)))
            print(f"console: {used / given.seconds:.0%} of a core, {rss_mb(console.pid):.0f} MB")
            print(f"hub: {waits['lag_ms']:.0f} ms lag, {waits['waiting']} units wait; cases {cases.last_number(hub)}")
        finally:
            for each in reversed(running):
                each.send_signal(signal.SIGTERM)
                each.wait(60)
            hub.client.close()
            stop(home)


if __name__ == "__main__":
    main()
