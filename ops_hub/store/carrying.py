"""Folders of the archive on their way to workers on other machines, through the hub.

Reach for `send()` when something is published on a centre's own server, and `fetch()` where it is missing. Files travel
in sealed chunks, each file with its digest; a folder appears whole or not at all. The embedded server carries nothing:
all of its workers see the same home folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from pathlib import Path

import zstandard

from ops_hub.errors import StoreError
from ops_hub.store.files import cannot_write
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

CHUNK = 4 << 20  # bytes of a file in one value
_ONE = {"snapshots": "snapshot", "rules": "rules"}  # how the keys of a kind begin
_KEPT = 3  # snapshots or rulesets that stay in the hub: what holds, and what slow workers still come for


def send(hub: Hub, kind: str, name: str, folder: Path) -> None:
    """Put a folder of the archive into the hub, unless it is there; the oldest ones are taken out."""
    index = key(_ONE[kind], name, "files")
    if not hub.client.exists(index):
        pack = zstandard.ZstdCompressor().compress
        said: dict[str, tuple[int, str]] = {}
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            inner = path.relative_to(folder).as_posix()
            digest, many = hashlib.blake2b(digest_size=16), 0
            with path.open("rb") as file:
                while block := file.read(CHUNK):
                    digest.update(block)
                    sealed = hub.keyring.seal(CENTRE, "lists", pack(block), _about(name, inner, many))
                    hub.client.set(key(_ONE[kind], name, inner, many), sealed)
                    many += 1
            said[inner] = (many, digest.hexdigest())
        hub.client.set(index, json.dumps(said))
    second = hub.client.time()[0]
    hub.client.zadd(key("carried", kind), {name: second})
    for old in hub.client.zrange(key("carried", kind), 0, -_KEPT - 1):
        _forget(hub, kind, old.decode())


def fetch(hub: Hub, kind: str, name: str, folder: Path) -> bool:
    """Fill a folder from the hub, and check it; return whether it was there.

    Raises:
        StoreError: a file is not what was sent, or the disk does not take it.
    """
    index = hub.client.get(key(_ONE[kind], name, "files")) if kind in _ONE else None
    if index is None:
        return False
    aside = folder.with_name(f".{name}.{os.getpid()}.part")
    try:
        for inner, (many, wanted) in json.loads(index).items():
            path = aside / inner
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            digest = hashlib.blake2b(digest_size=16)
            with path.open("wb") as file:
                for number in range(many):
                    sealed = hub.client.get(key(_ONE[kind], name, inner, number)) or b""
                    block = zstandard.ZstdDecompressor().decompress(
                        hub.keyring.unseal(CENTRE, "lists", sealed, _about(name, inner, number)), CHUNK
                    )
                    digest.update(block)
                    file.write(block)
                file.flush()
                os.fsync(file.fileno())
            if digest.hexdigest() != wanted:
                raise StoreError(f"{kind} {name}", f"{inner} is not what was sent", "publish it again")
        if not folder.is_dir():
            aside.rename(folder)
    except OSError as error:
        raise cannot_write(folder, error) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
    return True


def _about(name: str, inner: str, number: int) -> bytes:
    return f"{name} {inner} {number}".encode()


def _forget(hub: Hub, kind: str, name: str) -> None:
    index = hub.client.get(key(_ONE[kind], name, "files"))
    for inner, (many, _) in (json.loads(index) if index else {}).items():
        for number in range(many):
            hub.client.unlink(key(_ONE[kind], name, inner, number))
    hub.client.unlink(key(_ONE[kind], name, "files"))
    hub.client.zrem(key("carried", kind), name)
