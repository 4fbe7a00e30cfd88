"""Work on a Ray cluster, or on one that is started on this machine for as long as it takes.

Reach for `runner()`. Ray carries JSON and the files that nodes need, tries again where a worker or node died, and knows
nothing of travellers; what is done there is `node.do`.
"""

from __future__ import annotations

import logging
import os
import shutil
import socket
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import msgspec

from ops_hub.engines.cluster.node import cache_folder, do
from ops_hub.engines.cluster.work import Bundle, Outcome, Runner, Trouble, Work
from ops_hub.errors import ConfigError, StoreError

LOCAL = "local"
PIECE = 32 << 20  # bytes of a file that travel together
RETRIES = 5  # of work whose worker or node died
CONNECT = 10  # seconds for a cluster to answer
_AHEAD = 4  # work handed out for each core, so that none waits for the driver
_LEAST_STORE = 100 << 20  # bytes: Ray's own least
_START = "start it as docs/cluster.md says, this machine being one of its nodes"
_TOKEN = "RAY_AUTH_MODE and RAY_AUTH_TOKEN must be the same here and on all nodes"


def runner(address: str) -> Runner:
    """Return what has work done on the cluster at this address: HOST:PORT, auto, or local.

    Raises:
        ConfigError: Ray is not installed.
    """
    ray = _library()

    def run(works: Sequence[Work], folders: Mapping[str, Path]) -> Iterator[Outcome]:
        size = max(sum(path.stat().st_size for path in folder.rglob("*")) for folder in folders.values())
        # two at once: the shard that is nearly done with and the next
        with _joined(ray, address, 2 * size, works[0].threads):
            yield from _done(ray, works, folders)

    return run


def _library() -> Any:
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    try:
        return import_module("ray")
    except ModuleNotFoundError:
        raise ConfigError("--cluster", "the library ray is not installed", "pip install 'ops-hub[cluster]'") from None


@contextmanager
def _joined(ray: Any, address: str, size: int, threads: int) -> Iterator[None]:
    """Be a driver of a cluster for as long as the context lasts.

    Args:
        ray: the library.
        address: of the cluster, or local.
        size: bytes that will be sent, for which a local one needs room.
        threads: of one piece of work; polars asks when it is imported.
    """
    asked: dict[str, Any] = {
        "log_to_driver": False,
        "logging_level": logging.ERROR,
        "runtime_env": {"env_vars": {"POLARS_MAX_THREADS": str(threads)}},
    }
    temporary = None
    if address == LOCAL:
        # a short path: sockets lie in it
        temporary = tempfile.mkdtemp(prefix="oh-ray-")
        store = max(_LEAST_STORE, size + size // 4)
        asked |= {"include_dashboard": False, "_temp_dir": temporary, "object_store_memory": store}
    try:
        _reachable(address)
        ray.init(address=address, **asked)
        if ray.cluster_resources().get("CPU", 0) < 1:
            raise StoreError(address, "the cluster has no core to work on", "start nodes with --num-cpus 1 or more")
    except StoreError:
        ray.shutdown()
        raise
    except Exception as error:  # of many kinds, none of them ours
        said = next((line.strip() for line in str(error).splitlines() if line.strip()), type(error).__name__)
        raise StoreError(f"cluster {address}", f"cannot be joined: {said}", f"{_START}; {_TOKEN}") from None
    try:
        yield
    finally:
        ray.shutdown()
        if temporary is not None:
            shutil.rmtree(temporary, ignore_errors=True)


def _reachable(address: str) -> None:
    """Have the system's own error at once where nobody listens: Ray tries for minutes.

    Raises:
        OSError: nobody does.
    """
    host, _, port = address.rpartition(":")
    if host and port.isdecimal():
        socket.create_connection((host.strip("[]"), int(port)), CONNECT).close()


def _shipped(ray: Any, folder: Path) -> dict[str, list[Any]]:
    """Put the files of a folder where all nodes can get them, piece by piece."""

    def pieces(path: Path) -> Iterator[Any]:
        with path.open("rb") as file:
            while block := file.read(PIECE):
                yield ray.put(block)

    return {
        path.relative_to(folder).as_posix(): list(pieces(path)) for path in sorted(folder.rglob("*")) if path.is_file()
    }


def _done(ray: Any, works: Sequence[Work], folders: Mapping[str, Path]) -> Iterator[Outcome]:
    """Hand work out, some ahead, and yield what comes of it; what it needs is shipped when it is first needed."""
    task = ray.remote(_task).options(num_cpus=works[0].threads, max_retries=RETRIES, scheduling_strategy="SPREAD")
    ahead = max(int(ray.cluster_resources().get("CPU", 1)) * _AHEAD, 16)
    coming = iter(works)
    waiting: dict[Any, Work] = {}
    shipped: dict[str, dict[str, list[Any]]] = {}
    while True:
        while len(waiting) < ahead and (work := next(coming, None)) is not None:
            names = [bundle.name for bundle in work.bundles]
            # what the work before needed and this does not is let go, once that work is done
            shipped = {name: shipped.get(name) or _shipped(ray, folders[name]) for name in names}
            waiting[task.remote(msgspec.json.encode(work).decode(), shipped)] = work
        if not waiting:
            return
        ready, _ = ray.wait(list(waiting), num_returns=1)
        yield _outcome(ray, ready[0], waiting.pop(ready[0]))


def _outcome(ray: Any, ready: Any, work: Work) -> Outcome:
    try:
        return msgspec.json.decode(ray.get(ready), type=Outcome)
    except ray.exceptions.RayTaskError as error:
        story = str(error)
        if "No module named 'ops_hub" in story:
            trouble = Trouble("ConfigError", "a node", "the engine is not installed there", "install the same one")
        else:
            trouble = Trouble("bug", "", story, "")
    except ray.exceptions.RayError as error:
        said = " ".join(str(error).split())[:600]
        files = ", ".join(file.path for file in work.partition.files[:3])
        lost = f"its worker died {RETRIES + 1} times: {said}"
        trouble = Trouble("StoreError", files, lost, "give nodes more memory or fewer cores (--num-cpus)")
    return Outcome(work.name, trouble=trouble)


def _task(said: str, shipped: Mapping[str, Mapping[str, list[Any]]]) -> str:
    """Do work on a node; what is not here yet comes from the nodes that have it."""
    ray = import_module("ray")

    def fetch(bundle: Bundle, name: str) -> Iterable[bytes]:
        for piece in shipped[bundle.name][name]:
            yield ray.get(piece)

    work = msgspec.json.decode(said, type=Work)
    outcome = do(work, fetch, cache_folder(os.environ))
    return msgspec.json.encode(outcome).decode()
