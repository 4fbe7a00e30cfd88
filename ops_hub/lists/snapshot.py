"""Lists compiled into one folder that opens at once and never changes: the snapshot.

Reach for `write()` when lists are compiled and `open_snapshot()` before screening. The folder holds a
manifest, Arrow files and arrays, all memory-mapped on opening; the index that it keeps is the matcher's and
comes and goes here as named arrays and frames. A snapshot may stand on another one, its base, and hold only what
is new (see `delta`), or consist of several, its shards (see `shards`): opening it opens these, too.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.errors import ConfigError, StoreError
from ops_hub.lists.info import TERMS, ListInfo
from ops_hub.schemas import ENTRIES, check

FORMAT = 4  # raised whenever an older engine could not read what is written
FORMAT_SHARDED = 5  # of a snapshot that consists of others, each of FORMAT
MANIFEST = "manifest.json"
KEY = ["list_id", "entry_id"]
KEPT = [*KEY, "entry_hash", "kind"]  # what must be known of entries that others are added to
_REMEDY = "compile the lists again"


@dataclass(frozen=True)
class Snapshot:
    """Compiled lists.

    Attributes:
        hash: names this content: all entries (the base's too), lists and configuration, however they were compiled.
        lists: what is said about each list, the base's too.
        entries: ENTRIES compiled here, by list and entry id.
        frames: further frames by name (the index's).
        arrays: arrays by name (the index's).
        config_digest: configuration that the index was built for.
        base: what this was added to.
        place: the folder that it was opened from.
        shards: what it consists of where it was compiled in several, each a snapshot of its own; it has no entries
            and no index itself then.
    """

    hash: str
    lists: tuple[ListInfo, ...]
    entries: pl.DataFrame
    frames: Mapping[str, pl.DataFrame]
    arrays: Mapping[str, NDArray[np.generic]]
    config_digest: str
    base: Base | None = None
    place: Path | None = None
    shards: tuple[Snapshot, ...] = ()


@dataclass(frozen=True)
class Base:
    """A snapshot that another one stands on, and which of its entries no longer hold (KEY)."""

    snapshot: Snapshot
    withdrawn: pl.DataFrame


def snapshot_hash(keys: pl.DataFrame, lists: Sequence[ListInfo], config_digest: str) -> str:
    """Return the name of a content: equal for equal entries, terms of lists and configuration.

    What was read and when (files, counts, dates) is no part of it: the same entries may come from other files.

    Args:
        keys: list_id, entry_id and entry_hash of all entries, in any order.
        lists: what is said about each list.
        config_digest: configuration that the index was built for.
    """
    digest = hashlib.blake2b(digest_size=16)
    terms = [{key: _plain(each)[key] for key in ("list_id", *TERMS)} for each in lists]
    digest.update(json.dumps(sorted(terms, key=lambda each: str(each["list_id"]))).encode())
    digest.update(f"\n{config_digest}\n{keys.height}\n".encode())
    # with its length behind it, no id can look like two
    parts = [part for key in KEY for part in (pl.col(key), pl.col(key).str.len_bytes())]
    ordered = keys.select(pl.concat_str(*parts, "entry_hash", separator="\x1f").sort())
    digest.update((ordered.to_series().str.join("\n").item() or "").encode())
    return digest.hexdigest()


def _plain(info: ListInfo) -> dict[str, object]:
    return asdict(info) | {"files": [list(pair) for pair in info.files], "caveats": list(info.caveats)}


def write(path: Path, snapshot: Snapshot, engine: str, *, shards: Iterable[Snapshot] | None = None) -> None:
    """Write a snapshot as a folder, whole or not at all; an existing snapshot of this name is replaced.

    A base that lies in the same folder, or below it, is named from there, so that both can be moved together.

    Args:
        path: the folder.
        snapshot: what to write.
        engine: version that compiled it.
        shards: what it consists of, taken, written and let go one after the other; by default those that it holds.

    Raises:
        StoreError: the disk does not take it, something else stands at the path, or a snapshot that this one stands on.
    """
    if path.exists() and not (path / MANIFEST).is_file():
        raise StoreError(str(path), "something that is no snapshot stands here", "choose another name")
    base = _said_of_base(path, snapshot)
    aside = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        shutil.rmtree(aside, ignore_errors=True)
        aside.mkdir(parents=True)
        made = _write_shards(aside, snapshot.shards if shards is None else shards, engine)
        _write_data(aside, snapshot)
        manifest = {
            "format": FORMAT_SHARDED if made else FORMAT,
            "hash": snapshot.hash,
            "engine": engine,
            "config": snapshot.config_digest,
            "entries": snapshot.entries.height + sum(each["entries"] for each in made),
            "lists": [_plain(each) for each in snapshot.lists],
            "files": {each.name: [each.stat().st_size, file_digest(each)] for each in _files(aside)},
        } | base
        if made:
            manifest["shards"] = made
        manifest["manifest"] = _own_digest(manifest)
        (aside / MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")
        old = path.with_name(f".{path.name}.{os.getpid()}.old")
        if path.exists():
            path.rename(old)
        aside.rename(path)
        shutil.rmtree(old, ignore_errors=True)
    except OSError as error:
        raise StoreError(
            str(path), f"the snapshot cannot be written: {error}", "free some space or choose another place"
        ) from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def _files(folder: Path) -> list[Path]:
    return sorted(each for each in folder.iterdir() if each.is_file())


def _write_shards(folder: Path, shards: Iterable[Snapshot], engine: str) -> list[dict[str, Any]]:
    """Write each shard as a snapshot of its own, and return what the manifest of the whole says of them."""
    made: list[dict[str, Any]] = []
    for each in shards:
        name = f"shard-{len(made) + 1:04d}"
        write(folder / name, each, engine)
        made.append({"path": name, "hash": each.hash, "entries": each.entries.height})
        del each  # before the next one is made
    return made


def _write_data(folder: Path, snapshot: Snapshot) -> None:
    snapshot.entries.write_ipc(folder / "entries.arrow")
    if snapshot.base is not None:
        snapshot.base.withdrawn.write_ipc(folder / "withdrawn.arrow")
    for name, frame in snapshot.frames.items():
        frame.write_ipc(folder / f"{name}.frame.arrow")
    for name, array in snapshot.arrays.items():
        np.save(folder / f"{name}.npy", np.ascontiguousarray(array), allow_pickle=False)


def _said_of_base(path: Path, snapshot: Snapshot) -> dict[str, object]:
    """Return what the manifest says of the base: its hash, and its path from the new one's folder where it is near."""
    if snapshot.base is None:
        return {}
    below: Snapshot | None = snapshot.base.snapshot
    if below is None or below.place is None:
        raise StoreError(str(path), "what it was added to is not written yet", "write the base first")
    base, folder = below.place.resolve(), path.resolve().parent
    said = {"path": str(base.relative_to(folder) if base.is_relative_to(folder) else base), "hash": below.hash}
    while below is not None:
        if below.place is not None and below.place.resolve() == path.resolve():
            raise StoreError(str(path), "the new snapshot would stand on this one", "choose another name")
        below = below.base.snapshot if below.base is not None else None
    return {"base": said}


def file_digest(path: Path) -> str:
    """Return the hash of a file's content, as the manifest says it."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, lambda: hashlib.blake2b(digest_size=16)).hexdigest()


def _own_digest(manifest: dict[str, object]) -> str:
    said = json.dumps({key: value for key, value in manifest.items() if key != "manifest"}, sort_keys=True)
    return hashlib.blake2b(said.encode(), digest_size=16).hexdigest()


def is_snapshot(path: Path) -> bool:
    """Return whether a path is a compiled snapshot."""
    return (path / MANIFEST).is_file()


def open_snapshot(path: Path, *, verify: bool = False, keys_only: bool = False) -> Snapshot:
    """Open a snapshot, and those it stands on or consists of, memory-mapped.

    Args:
        path: its folder.
        verify: compare every file with the hash in the manifest, not only its size.
        keys_only: open no index, and of the entries the columns KEPT: enough to add to it.

    Raises:
        ConfigError: no snapshot, of another format, damaged, or its base is not there or another one: names the file
            and the remedy.
    """
    try:
        manifest = json.loads((path / MANIFEST).read_text(encoding="utf-8"))
        if verify and manifest.get("manifest") != _own_digest(manifest):
            raise ConfigError(str(path / MANIFEST), "damaged: it is not what was compiled", _REMEDY)
        wanted = FORMAT_SHARDED if "shards" in manifest else FORMAT
        if manifest["format"] != wanted:
            raise ConfigError(str(path), f"it has format {manifest['format']}, this engine reads {wanted}", _REMEDY)
        for name, (size, digest) in manifest["files"].items():
            each = path / name
            if not each.is_file() or each.stat().st_size != size or (verify and file_digest(each) != digest):
                raise ConfigError(str(each), "missing or damaged: it is not what was compiled", _REMEDY)
        names = [] if keys_only else list(manifest["files"])
        frames = {
            name.removesuffix(".frame.arrow"): pl.read_ipc(path / name)
            for name in names
            if name.endswith(".frame.arrow")
        }
        arrays = {
            name.removesuffix(".npy"): np.load(path / name, mmap_mode="r", allow_pickle=False)
            for name in names
            if name.endswith(".npy")
        }
        entries = pl.read_ipc(path / "entries.arrow", columns=KEPT if keys_only else None)
        entries = entries.select(KEPT) if keys_only else check(entries, ENTRIES, "snapshot")
        lists = tuple(_info(each) for each in manifest["lists"])
        base = _base(path, manifest["base"], verify, keys_only) if "base" in manifest else None
        shards = tuple(_shard(path, each, verify, keys_only) for each in manifest.get("shards", ()))
        return Snapshot(manifest["hash"], lists, entries, frames, arrays, manifest["config"], base, path, shards)
    except (OSError, ValueError, KeyError, TypeError, pl.exceptions.PolarsError) as error:
        raise ConfigError(str(path), f"this is no readable snapshot: {error}", _REMEDY) from None


def _shard(path: Path, said: Mapping[str, str], verify: bool, keys_only: bool) -> Snapshot:
    """Open one of the snapshots that a snapshot consists of, if it is still what it was."""
    found = open_snapshot(path / said["path"], verify=verify, keys_only=keys_only)
    if found.hash != said["hash"]:
        raise ConfigError(str(path / said["path"]), "this is another shard than was compiled here", _REMEDY)
    return found


def _base(path: Path, said: Mapping[str, str], verify: bool, keys_only: bool) -> Base:
    """Open what a snapshot stands on, if it is still what it was."""
    place = path.resolve().parent / said["path"]
    if place == path.resolve():
        raise ConfigError(str(path), "it stands where its base was", "put both back, or compile all lists")
    if not is_snapshot(place):
        raise ConfigError(
            str(path), f"it adds to {place}, and no snapshot is there", "put that back, or compile all lists"
        )
    held = json.loads((place / MANIFEST).read_text(encoding="utf-8"))["hash"]
    if held != said["hash"]:
        changed = f"it adds to {place}, which has changed since (it was {said['hash']}, it is {held})"
        raise ConfigError(str(path), changed, "add to the new one again, or compile all lists")
    below = open_snapshot(place, verify=verify, keys_only=keys_only)
    return Base(below, pl.read_ipc(path / "withdrawn.arrow"))


def _info(said: dict[str, object]) -> ListInfo:
    files = tuple((str(a), str(b)) for a, b in said["files"])  # type: ignore[attr-defined]
    return ListInfo(**{**said, "files": files, "caveats": tuple(said["caveats"])})  # type: ignore[arg-type]
