"""Secrets of the hub that lie in HOME/keys and nowhere else: one file each, made once, readable by the hub's user alone.

Reach for `secret()`. The hub (Redis) holds the fingerprint of each, so that a second machine, or a folder that was
restored from the wrong copy, never makes a second secret of the same name: what was sealed with the first would be lost.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from ops_hub.errors import StoreError

_PRINTS = "oh:{0}:keyfiles"
_WRAPPED = "oh:{0}:keys:"


def secret(folder: Path, client: Any, name: str, fresh: Callable[[], bytes]) -> bytes:
    """Return the secret of a file; it is made where neither this folder nor the hub knows one of that name.

    Args:
        folder: HOME/keys.
        client: of the hub, for the fingerprint.
        name: of the file, e.g. BRB.key.
        fresh: makes a new secret.

    Raises:
        StoreError: the hub knows the secret and this folder does not, or another one; or others may read the file.
    """
    path = folder / name
    known = client.hget(_PRINTS, name)
    if not path.is_file():
        if known is not None or client.exists(_WRAPPED + name.removesuffix(".key")):
            raise StoreError(
                str(path), "the hub has data under this key, and this machine has not the key", f"copy {name} from {folder} of a machine that has it, or from the copy that was put away"
            )  # fmt: skip
        _make(path, fresh())
    data = _read(path)
    mark = hashlib.sha256(b"ops-hub key file " + name.encode() + b"\0" + data).hexdigest().encode()
    if known is None:
        client.hsetnx(_PRINTS, name, mark)
        known = client.hget(_PRINTS, name)
    if known != mark:
        raise StoreError(
            str(path), "this is not the key that the hub's data are under", f"copy {name} from a machine that has the right one"
        )  # fmt: skip
    return data


def _make(path: Path, data: bytes) -> None:
    """Put a secret in its place, unless another process was first."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = path.with_name(f".{path.name}.{os.getpid()}.{os.urandom(4).hex()}.part")
        with os.fdopen(os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        try:
            with suppress(FileExistsError):
                os.link(aside, path)
        finally:
            aside.unlink()
        folder = os.open(path.parent, os.O_RDONLY)
        os.fsync(folder)  # the name, too, must outlive a loss of power: data are sealed with it from now on
        os.close(folder)
    except OSError as error:
        raise StoreError(str(path), f"cannot be written: {error.strerror}", "check space and permissions") from None


def _read(path: Path) -> bytes:
    for place, most in ((path.parent, "700"), (path, "600")):
        mode = stat.S_IMODE(place.stat().st_mode)
        if mode & 0o077:
            raise StoreError(
                str(place), f"others may read or write it (mode {mode:o})", f"chmod {most} {place}; if others could read it, what it seals counts as known"
            )  # fmt: skip
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(str(path), f"cannot be read: {error.strerror}", "run as the user whose key it is") from None
