"""What past screenings were made with: snapshots of lists, rules and code, each kept under its digest for years.

Reach for `keep_snapshot()`, `keep_rules()`, `keep_code()` before anything is screened with them, for `publish()` to
let all workers change to them, and for the `*_folder()` functions to find them again. Promise: what stands under a
digest is complete and never changes. Paths touched: HOME/archive. Workers on other machines get it through the hub (see
`carrying`).
"""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

from ops_hub.config import data_dir
from ops_hub.errors import StoreError
from ops_hub.states import home_states
from ops_hub.store.archive_folder import Archive
from ops_hub.store.audit import STREAM, line
from ops_hub.store.carrying import fetch, send
from ops_hub.store.hub import Hub, key
from ops_hub.store.keyring import CENTRE

ANNOUNCED = key("published")
"""Stream of what was published: fields snapshot, ruleset, before (the snapshot that held until then, '' none)."""

_MANIFEST = "manifest.json"


def keep_snapshot(hub: Hub, path: Path) -> str:
    """Keep a compiled snapshot, and those it stands on; return its hash. Its own files are not checked here.

    Raises:
        StoreError: it is none, what it stands on is not there, or the disk does not take it.
    """
    try:
        manifest = json.loads((path / _MANIFEST).read_text(encoding="utf-8"))
        name, base = str(manifest["hash"]), manifest.get("base")
    except (OSError, ValueError, KeyError) as error:
        raise StoreError(str(path), f"this is no snapshot: {error}", "compile one: ops-hub watchlist compile") from None
    if base is not None:
        below = keep_snapshot(hub, path.resolve().parent / base["path"])
        if below != base["hash"]:
            raise StoreError(str(path), "what it stands on has changed since", "compile all lists")
        manifest["base"] = {"path": below, "hash": below}  # beside it in the archive
        said = json.dumps({part: value for part, value in manifest.items() if part != "manifest"}, sort_keys=True)
        manifest["manifest"] = hashlib.blake2b(said.encode(), digest_size=16).hexdigest()  # as lists.snapshot makes it

    def copy(aside: Path) -> None:
        shutil.copytree(path, aside)
        (aside / _MANIFEST).write_text(json.dumps(manifest, indent=1, ensure_ascii=False), encoding="utf-8")

    Archive(hub.home).keep("snapshots", name, copy)
    return name


def keep_rules(hub: Hub, folder: Path | None) -> str:
    """Keep a folder of rules (default: the shipped one) and return its digest."""
    source = folder or data_dir("rules")
    digest = _digest(source, "*")
    Archive(hub.home).keep("rules", digest, lambda aside: shutil.copytree(source, aside))
    return digest


def keep_code(hub: Hub) -> str:
    """Keep the code that runs, with the shipped rules, and return its digest."""
    return Archive(hub.home).keep_code()


def snapshot_folder(hub: Hub, name: str) -> Path:
    """Return the folder of a snapshot.

    Raises:
        StoreError: it is no longer here, nor in the hub.
    """
    folder = _folder(hub, "snapshots", name)
    base = json.loads((folder / _MANIFEST).read_text(encoding="utf-8")).get("base")
    if base is not None:
        snapshot_folder(hub, base["hash"])
    return folder


def rules_folder(hub: Hub, digest: str) -> Path:
    """Return the folder of rules, likewise."""
    return _folder(hub, "rules", digest)


def code_folder(hub: Hub, digest: str) -> Path:
    """Return the folder that holds the package ops_hub as it was, likewise."""
    return _folder(hub, "code", digest)


def publish(hub: Hub, name: str, ruleset: str, *, by: str = "CENTRE/hub:system") -> None:
    """Let all workers change to a snapshot and rules that are kept; it is announced and written to the audit log.

    Where both are published already nothing happens.
    The keys of all home states are made here if they were not: of keys that another machine made, no copy would be here.

    Raises:
        ConfigError: no home state can be read from the rules.
        StoreError: something is not kept here, or the disk does not take the keys.
    """
    before = published(hub)
    hub.keyring.have([CENTRE, *home_states(rules_folder(hub, ruleset)).by_code])
    if not hub.embedded:
        for part in _all_parts(hub, name):
            send(hub, "snapshots", part, _folder(hub, "snapshots", part))
        send(hub, "rules", ruleset, rules_folder(hub, ruleset))
    if (before, published_rules(hub)) == (name, ruleset):
        return
    event = line(by, "lists-published", f"snapshot {name}", ruleset=ruleset, before=before)
    with hub.client.pipeline(transaction=True) as pipe:
        pipe.mset({key("snapshot"): name, key("ruleset"): ruleset})
        pipe.xadd(ANNOUNCED, {"snapshot": name, "ruleset": ruleset, "before": before or ""})
        pipe.xadd(STREAM, event)
        pipe.execute()


def published(hub: Hub) -> str | None:
    """Return the hash of the snapshot that is screened with now."""
    name = hub.client.get(key("snapshot"))
    return name.decode() if name else None


def published_rules(hub: Hub) -> str | None:
    """Return the digest of the rules that are screened with now."""
    name = hub.client.get(key("ruleset"))
    return name.decode() if name else None


def rules_in_force(hub: Hub) -> Path | None:
    """Return the folder of the rules that are published; None, the shipped ones, before anything is.

    Raises:
        StoreError: it is no longer here, nor in the hub.
    """
    digest = published_rules(hub)
    return rules_folder(hub, digest) if digest else None


def _all_parts(hub: Hub, name: str) -> list[str]:
    manifest = json.loads((_folder(hub, "snapshots", name) / _MANIFEST).read_text(encoding="utf-8"))
    return [name, *(_all_parts(hub, manifest["base"]["hash"]) if "base" in manifest else [])]


def _folder(hub: Hub, kind: str, name: str) -> Path:
    folder = Archive(hub.home).place(kind, name)
    if not folder.is_dir() and (hub.embedded or not fetch(hub, kind, name, folder)):
        raise StoreError(str(folder), f"this is not kept here any more ({kind} {name})", "restore it from a copy")
    return folder


def _digest(folder: Path, pattern: str) -> str:
    """Return the hash of all files of a folder, names and contents."""
    digest = hashlib.blake2b(digest_size=16)
    for path in sorted(folder.rglob(pattern)):
        if path.is_file() and "__pycache__" not in path.parts:
            data = path.read_bytes()
            digest.update(f"{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode() + data)
    return digest.hexdigest()
