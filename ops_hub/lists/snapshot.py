"""Lists compiled into one folder that opens at once and never changes: the snapshot.

Reach for `write()` when lists are compiled and `open_snapshot()` before screening. The folder holds a
manifest, Arrow files and arrays, all memory-mapped on opening; the index that it keeps is the matcher's and
comes and goes here as named arrays and frames.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.errors import ConfigError, StoreError
from ops_hub.lists.info import ListInfo
from ops_hub.schemas import ENTRIES, check

FORMAT = 1  # raised whenever an older engine could not read what is written
MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Snapshot:
    """Compiled lists.

    Attributes:
        hash: names this content: entries, lists and configuration.
        lists: what is said about each list.
        entries: ENTRIES of all lists.
        frames: further frames by name (the index's).
        arrays: arrays by name (the index's).
        config_digest: configuration that the index was built for.
    """

    hash: str
    lists: tuple[ListInfo, ...]
    entries: pl.DataFrame
    frames: Mapping[str, pl.DataFrame]
    arrays: Mapping[str, NDArray[np.generic]]
    config_digest: str


def snapshot_hash(entries: pl.DataFrame, lists: tuple[ListInfo, ...], config_digest: str) -> str:
    """Return the name of a content: equal for equal entries, lists and configuration."""
    digest = hashlib.blake2b(digest_size=16)
    digest.update(json.dumps([_plain(each) for each in lists], sort_keys=True).encode())
    digest.update(config_digest.encode())
    keys = entries.select(pl.concat_str("list_id", "entry_id", "entry_hash", separator="\x1f"))[:, 0]
    for key in keys.to_list():
        digest.update(key.encode() + b"\n")
    return digest.hexdigest()


def _plain(info: ListInfo) -> dict[str, object]:
    return asdict(info) | {"files": [list(pair) for pair in info.files], "caveats": list(info.caveats)}


def write(path: Path, snapshot: Snapshot, engine: str) -> None:
    """Write a snapshot as a folder, whole or not at all; an existing snapshot of this name is replaced.

    Raises:
        StoreError: the disk does not take it, or something else stands at the path.
    """
    if path.exists() and not (path / MANIFEST).is_file():
        raise StoreError(str(path), "something that is no snapshot stands here", "choose another name")
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        snapshot.entries.write_ipc(aside / "entries.arrow")
        for name, frame in snapshot.frames.items():
            frame.write_ipc(aside / f"{name}.frame.arrow")
        for name, array in snapshot.arrays.items():
            np.save(aside / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)
        files = {each.name: [each.stat().st_size, _digest(each)] for each in sorted(aside.iterdir())}
        manifest = {
            "format": FORMAT,
            "hash": snapshot.hash,
            "engine": engine,
            "config": snapshot.config_digest,
            "entries": snapshot.entries.height,
            "lists": [_plain(each) for each in snapshot.lists],
            "files": files,
        }
        manifest["manifest"] = _own_digest(manifest)
        (aside / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
        old = path.with_name(f".{path.name}.{os.getpid()}.old")
        if path.exists():
            path.rename(old)
        aside.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        shutil.rmtree(aside, ignore_errors=True)
        raise StoreError(
            str(path), f"the snapshot cannot be written: {error}", "free some space or choose another place"
        ) from None


def _digest(path: Path) -> str:
    digest = hashlib.blake2b(digest_size=16)
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def _own_digest(manifest: dict[str, object]) -> str:
    said = json.dumps({key: value for key, value in manifest.items() if key != "manifest"}, sort_keys=True)
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def is_snapshot(path: Path) -> bool:
    """Return whether a path is a compiled snapshot."""
    return (path / MANIFEST).is_file()


def open_snapshot(path: Path, *, verify: bool = False) -> Snapshot:
    """Open a snapshot, memory-mapped.

    Args:
        path: its folder.
        verify: compare every file with the hash in the manifest, not only its size.

    Raises:
        ConfigError: no snapshot, of another format, or damaged: names the file and the remedy.
    """
    remedy = "compile the lists again"
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        if verify and manifest.get("manifest") != _own_digest(manifest):
            raise ConfigError(str(path / MANIFEST), "damaged: it is not what was compiled", remedy)
        if manifest["format"] != FORMAT:
            raise ConfigError(str(path), f"it has format {manifest['format']}, this engine reads {FORMAT}", remedy)
        for name, (size, digest) in manifest["files"].items():
            each = path / name
            if not each.is_file() or each.stat().st_size != size or (verify and _digest(each) != digest):
                raise ConfigError(str(each), "missing or damaged: it is not what was compiled", remedy)
        frames = {
            name.removesuffix(".frame.arrow"): pl.read_ipc(path / name)
            for name in manifest["files"]
            if name.endswith(".frame.arrow")
        }
        arrays = {
            name.removesuffix(".npy"): np.load(path / name, mmap_mode="r", allow_pickle=False)
            for name in manifest["files"]
            if name.endswith(".npy")
        }
        entries = check(pl.read_ipc(path / "entries.arrow"), ENTRIES, "snapshot")
        lists = tuple(_info(each) for each in manifest["lists"])
        return Snapshot(manifest["hash"], lists, entries, frames, arrays, manifest["config"])
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        raise ConfigError(str(path), f"this is no readable snapshot: {error}", remedy) from None


def _info(said: dict[str, object]) -> ListInfo:
    files = tuple((str(a), str(b)) for a, b in said["files"])  # type: ignore[attr-defined]
    return ListInfo(**{**said, "files": files, "caveats": tuple(said["caveats"])})  # type: ignore[arg-type]
