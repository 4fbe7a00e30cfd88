"""The same data by the batch engine, and by clusters of one and two nodes on this machine: travellers a second, CPU.

    python -m benchmarks.cluster --passengers 1000000 --entries 100000

Nodes are real processes with one core each, so on a machine of two cores two nodes are the most that can be told. Each run
is a process of its own; the time is the whole command's, starting included. CPU is of all processes, Ray's own too, those
that ended counted as they were last seen. Each line says how much of the machine others used meanwhile: where that is not near 0,
only the CPU seconds can be compared. A large Parquet file is cut every 400,000 rows: of fewer, a second node gets nothing to do.
"""

from __future__ import annotations

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import polars as pl

ROOT = Path(__file__).resolve().parent.parent
OPS_HUB = [sys.executable, "-c", "from ops_hub.cli import main; main()"]
RAY = [sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--num-cpus", "1"]
TICK = os.sysconf("SC_CLK_TCK")
LOOK = 0.1  # seconds between looks at what processes used
READY = 240  # seconds for a node to start


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--passengers", type=int, default=1_000_000)
    asked.add_argument("--entries", type=int, default=100_000)
    size = asked.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="oc", dir="/tmp"))
    try:
        print(f"{size.passengers:,} travellers, {size.entries:,} entries, {os.cpu_count()} cores")
        _made(folder, size.passengers, size.entries)
        _told("batch", *_screen(folder, "batch", []))
        for nodes in (1, 2):
            with _nodes(folder, nodes) as (address, running):
                more = ["--cluster", address]
                _told(f"{nodes} node{'s' * (nodes > 1)}", *_screen(folder, f"nodes-{nodes}", more, running))
            same = pl.read_parquet(folder / f"nodes-{nodes}" / "hits.parquet").equals(
                pl.read_parquet(folder / "batch" / "hits.parquet")
            )
            print(f"  hits are those of the batch run: {'yes' if same else 'NO'}")
        parts = json.loads((folder / "nodes-2" / "manifest.json").read_text())["partitions"]
        idle = "" if len(parts) > 1 else ": the second node had nothing to do"
        print(f"  {len(parts)} partition{'s' * (len(parts) > 1)}{idle}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _made(folder: Path, passengers: int, entries: int) -> None:
    size = ["--passengers", str(passengers), "--entries", str(entries)]
    _run([*OPS_HUB, "exercise", "generate", *size, "--out", str(folder / "ex")])
    lists = next(path for path in (folder / "ex").iterdir() if path.name.startswith("watchlist"))
    _run([*OPS_HUB, "watchlist", "compile", str(lists), "--out", str(folder / "lists.snapshot")])


def _run(words: list[str]) -> None:
    subprocess.run(words, check=True, env=_environment(), stdout=subprocess.DEVNULL)


def _environment(**more: str) -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "OPS_HUB_HASH_KEY": "k", "RAY_USAGE_STATS_ENABLED": "0"} | more


def _screen(folder: Path, name: str, more: list[str], nodes: Sequence[int] = ()) -> tuple[float, float, float]:
    """Return seconds, CPU seconds of the command and of the nodes, and the cores that others used meanwhile."""
    feed = next((folder / "ex").glob("feed*"))
    words = [
        "screen",
        str(feed),
        "-w",
        str(folder / "lists.snapshot"),
        "--today",
        "2026-11-23",
        "--out",
        str(folder / name),
    ]
    seen = _cpu(nodes)
    before, busy, begin = sum(seen.values()), _busy(), time.perf_counter()
    with subprocess.Popen([*OPS_HUB, *words, *more], env=_environment(), stdout=subprocess.DEVNULL) as driver:
        while driver.poll() is None:  # whose end nobody waits for is not counted anywhere else
            seen |= _cpu([*nodes, driver.pid])
            time.sleep(LOOK)
    seconds = time.perf_counter() - begin
    if driver.returncode:
        raise SystemExit(f"{name}: the command failed")
    own = sum(seen.values()) - before
    return seconds, own, max(0.0, (_busy() - busy - own) / seconds)


def _told(name: str, seconds: float, cpu: float, others: float) -> None:
    print(f"  {name:8} {seconds:6.1f} s, {cpu:6.1f} CPU s; others used {others:.1f} of {os.cpu_count()} cores")


def _busy() -> float:
    """Return the CPU seconds that the machine has worked, whoever for."""
    user, nice, system, _, _, interrupts, soft, *_ = Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]
    return sum(map(int, (user, nice, system, interrupts, soft))) / TICK


@contextmanager
def _nodes(folder: Path, count: int) -> Iterator[tuple[str, list[int]]]:
    """Give the address of a cluster of so many nodes, and the processes whose descendants do the work."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    address = f"{socket.gethostbyname(socket.gethostname())}:{port}"
    os.environ |= {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": secrets.token_hex(32)}
    running: list[subprocess.Popen[bytes]] = []
    try:
        for number in range(count):
            head = [
                "--head",
                "--port",
                str(port),
                "--include-dashboard",
                "false",
                "--temp-dir",
                str(folder / f"r{count}"),
            ]
            log = folder / f"node-{count}-{number}.log"
            with log.open("wb") as out:
                words = [*RAY, *(["--address", address] if number else head)]
                cache = _environment(OPS_HUB_CLUSTER_CACHE=str(folder / f"cache-{count}-{number}"))
                running.append(subprocess.Popen(words, stdout=out, stderr=out, env=cache, start_new_session=True))
            deadline = time.monotonic() + READY
            while "Ray runtime started" not in log.read_text():
                if time.monotonic() > deadline or running[-1].poll() is not None:
                    raise SystemExit(f"a node does not start:\n{log.read_text()}")
                time.sleep(0.2)
        yield address, [each.pid for each in running]
    finally:
        for each in reversed(running):
            each.terminate()
            each.wait(60)


def _cpu(pids: Iterable[int]) -> dict[int, float]:
    """Return the CPU seconds of processes and of all below them, each for itself."""
    found: dict[int, float] = {}
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
            below = [each.read_text().split() for each in Path(f"/proc/{pid}/task").glob("*/children")]
        except OSError:
            continue
        found[pid] = (int(fields[11]) + int(fields[12])) / TICK
        found |= _cpu(int(each) for some in below for each in some)
    return found


if __name__ == "__main__":
    main()
