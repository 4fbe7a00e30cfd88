"""All of a centre in the foreground: the server, the workers and the services beside them, each a process of its own.

Reach for `up()`. A process that dies is started again, and what it held is free for the others at once. On SIGTERM or
Ctrl-C all of them finish what they hold. What runs beside the workers is said in
`services`.
"""

from __future__ import annotations

import fcntl
import multiprocessing
import os
import signal
import socket
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import TextIO

import redis

from ops_hub.engines.live.services import SERVICES, Service
from ops_hub.engines.live.worker import reason_of, run_worker
from ops_hub.errors import StoreError
from ops_hub.store.hub import RUNNING, Hub, key, open_hub, running_pid
from ops_hub.store.queue import Queue, units_waiting
from ops_hub.store.server import pid_of, serve, stop

_LOOK = 0.2  # seconds between two looks at the processes
_SHORT = 5.0  # seconds; a process that lived less long is started again after a pause
_PAUSE, _LONGEST = 1.0, 30.0  # seconds for each time in a row, and at most
_LAST = 30.0  # seconds to finish what is held


@dataclass
class _Process:
    """A process of the centre: what it runs, and the one that runs it now."""

    name: str
    service: Service
    running: BaseProcess | None = None
    started: float = 0.0
    short_lives: int = 0


def up(home: Path, address: str | None, workers: int, stopped: Callable[[], bool], told: Callable[[str], None]) -> None:
    """Run workers and services until told to stop.

    Args:
        home: home folder.
        address: of the server; None for the embedded one, which is stopped at the end if it did not run before.
        workers: how many processes screen.
        stopped: true once it must end.
        told: is told in a line what happens.

    Raises:
        StoreError: the hub does not answer, or `up` runs in this home folder already.
    """
    ran_before = address is not None or pid_of(home) is not None
    hub = open_hub(home, address)
    mark = _alone(hub.home / RUNNING)
    hub.client.delete(key("stop"))
    host = f"{socket.gethostname()}-{os.getpid()}"
    processes = [_Process(f"{host}-worker-{k + 1}", run_worker) for k in range(workers)]
    processes += [_Process(f"{host}-{name}", service) for name, service in SERVICES]
    _share_cores(workers)
    try:
        for process in processes:
            _start(process, hub)
        while not stopped() and not _told_to_stop(hub):
            for process in processes:
                _look_after(process, hub, told)
            time.sleep(_LOOK)
    finally:
        _end(processes, told)
        mark.close()
        told(_left(hub))
        hub.close()
        if not ran_before:
            stop(home)


def _alone(path: Path) -> TextIO:
    """Return the mark that says who runs, locked for as long as it is open."""
    mark = path.open("a")
    deadline = time.monotonic() + _PAUSE
    while True:
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
            break
        except BlockingIOError:  # another one runs, or somebody looks whether one does
            if time.monotonic() < deadline:
                time.sleep(_LOOK / 4)
                continue
            mark.close()
            pid = running_pid(path.parent)
            raise StoreError(str(path.parent), f"the hub is up already (process {pid})", "ops-hub hub down") from None
    mark.truncate(0)
    mark.write(str(os.getpid()))
    mark.flush()
    return mark


def _share_cores(workers: int) -> None:
    """Let each process to be started use its share of the cores, and no more: they would wait for one another."""
    share = str(max(1, (os.cpu_count() or 1) // max(1, workers)))
    for name in ("POLARS_MAX_THREADS", "NUMBA_NUM_THREADS"):
        os.environ.setdefault(name, share)


def _start(process: _Process, hub: Hub) -> None:
    context = multiprocessing.get_context("spawn")
    process.running = context.Process(
        target=_child, args=(process.service, str(hub.home), hub.address, process.name, os.getpid()), name=process.name
    )
    process.started = time.monotonic()
    process.running.start()


def _child(service: Service, home: str, address: str | None, name: str, parent: int) -> None:
    """Run a service; Ctrl-C is the parent's, who says SIGTERM; where the parent was killed, nobody would."""
    asked: list[int] = []
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda number, _: asked.append(number))

    def ended() -> bool:
        return bool(asked) or os.getppid() != parent

    try:
        hub = _there(Path(home), address, name, ended)
        if hub is not None:
            # a worker takes up new partitions by itself; the others begin anew
            service(hub, name, ended if service is run_worker else _until_it_grows(hub, ended))
            hub.close()
    except Exception as error:  # a trace would tell what somebody was called
        reason = " ".join(reason_of(error).split())
        sys.stderr.write(f"{name}: {reason}\n")
        if not isinstance(error, redis.RedisError):  # a hub that is away comes back without anybody's doing
            with suppress(Exception):
                _alarm(open_hub(Path(home), address), name, reason)
        raise SystemExit(1) from None


def _until_it_grows(hub: Hub, ended: Callable[[], bool]) -> Callable[[], bool]:
    """Return what ends a service as well when there are more partitions than it knows."""
    looked, grown = time.monotonic(), False

    def is_over() -> bool:
        nonlocal looked, grown
        if not ended() and not grown and time.monotonic() - looked > _PAUSE:
            looked = time.monotonic()
            with suppress(redis.RedisError):  # the service meets it, too
                grown = hub.has_grown()
        return grown or ended()

    return is_over


def _there(home: Path, address: str | None, name: str, ended: Callable[[], bool]) -> Hub | None:
    """Return the hub as soon as it answers; None where it is time to end before."""
    is_told = False
    while not ended():
        try:
            return open_hub(home, address)
        except StoreError as error:
            if not is_told:
                sys.stderr.write(f"{name} waits: {error}\n")
            is_told = True
            time.sleep(_PAUSE)
    return None


def _alarm(hub: Hub, name: str, what: str) -> None:
    """Tell `hub status` why a process ended, once for as long as it is the same."""
    about = name.removeprefix(f"{socket.gethostname()}-{os.getppid()}-")
    with hub.client as client:
        latest = client.xrevrange(key("alarms"), count=len(SERVICES) + 1)
        if not any(fields[b"about"] == about.encode() and fields[b"what"] == what.encode() for _, fields in latest):
            client.xadd(key("alarms"), {"by": name, "what": what, "about": about}, maxlen=1000)


def _look_after(process: _Process, hub: Hub, told: Callable[[str], None]) -> None:
    """Start a process again that ended; one that does not live long, after a pause that grows."""
    running, lived = process.running, time.monotonic() - process.started
    if running is not None:
        if running.is_alive():
            return
        running.join()
        told(f"{process.name} ended ({_how(running.exitcode)}) and is started again")
        running.close()
        process.running = None
        process.short_lives = process.short_lives + 1 if lived < _SHORT else 0
        if process.service is run_worker:
            with suppress(redis.RedisError):  # its units are free after their idle time anyway
                Queue(hub).abandon(process.name)
    if lived >= min(process.short_lives * _PAUSE, _LONGEST):
        _start(process, hub)


def _how(code: int | None) -> str:
    if code is not None and code < 0:
        return signal.Signals(-code).name
    return f"exit code {code}"


def _told_to_stop(hub: Hub) -> bool:
    try:
        return bool(hub.client.exists(key("stop")))
    except redis.RedisError:
        if hub.embedded:
            with suppress(StoreError):  # tried again at the next look
                serve(hub.home)
        return False


def _end(processes: list[_Process], told: Callable[[str], None]) -> None:
    running = [each.running for each in processes if each.running is not None and each.running.pid is not None]
    for each in running:
        each.terminate()
    deadline = time.monotonic() + _LAST
    for each in running:
        each.join(max(0.0, deadline - time.monotonic()))
        if each.is_alive():
            told(f"{each.name} does not end and is killed; what it held stays in the hub")
            each.kill()
            each.join()
        each.close()


def _left(hub: Hub) -> str:
    try:
        waiting = units_waiting(hub)
    except redis.RedisError:
        return "ended; the hub does not answer any more, what waits is in it"
    return f"ended; {waiting} units remain waiting and will be screened when workers are there again"
