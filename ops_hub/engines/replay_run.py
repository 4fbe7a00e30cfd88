"""A batch run, repeated: the same files, lists, rules, settings and engine, and whether it comes to the same.

Reach for `given()` when a run is made (the account keeps it), for `Past` to see what a run was made of and whether that
is still there, and for `compared()` once it was repeated.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl

from ops_hub import __version__
from ops_hub.engines.replay import Difference, differences
from ops_hub.errors import ConfigError, StoreError
from ops_hub.feeds.reading import Named
from ops_hub.lists.delta import lists_in
from ops_hub.lists.info import ListInfo
from ops_hub.lists.snapshot import Snapshot, write
from ops_hub.pipeline import Knowledge, compile_lists
from ops_hub.schemas import readable
from ops_hub.store.archive_folder import Archive, copied, files_under
from ops_hub.store.code import code_digest, package_versions

_MEASURED = {"seconds", "peak_memory_mb", "given", "inputs", "lists"}
_RESULTS = {  # and what names a row
    "hits.parquet": ("hit_id",),
    "links.parquet": ("from_id", "to_id", "link", "record_id"),
    "rejects.csv": ("source", "position", "reason"),
}


def fingerprint(hash_key: bytes) -> str:
    """Return what tells whether two keys for payment numbers are one, and nothing about the key."""
    return hashlib.blake2b(b"ops-hub payment numbers", key=hashlib.sha256(hash_key).digest(), digest_size=8).hexdigest()


def given(
    watchlists: Sequence[Path], lists: Sequence[ListInfo], rules: Path | None, threshold: float | None,
    mapping: Path | None, hash_key: bytes,
) -> dict[str, object]:  # fmt: skip
    """Return what the account of a run must say so that it can be repeated: paths with hashes, engine, packages.

    Args:
        watchlists: paths that were given.
        lists: what was read there.
        rules: the folder given.
        threshold: the one given.
        mapping: the file given.
        hash_key: key for payment numbers, of which a fingerprint is kept.
    """
    return {
        "code": code_digest(),
        "versions": package_versions(),
        "watchlists": [str(path.absolute()) for path in watchlists],
        "list_files": {each.list_id: [list(pair) for pair in each.files] for each in lists},
        "rules": str(rules.absolute()) if rules else None,
        "threshold": threshold,
        "mapping": [str(mapping.absolute()), _sha256(mapping)] if mapping else None,
        "hash_key": fingerprint(hash_key),
    }


def keep(archive: Archive, snapshot: Snapshot, rules: Path | None, ruleset: str, knowledge: Knowledge) -> None:
    """Keep in the archive what a run is made of besides its feeds: lists, rules and engine.

    Raises:
        StoreError: the disk does not take it.
    """
    whole = snapshot if snapshot.base is None else compile_lists(lists_in(snapshot), knowledge)
    archive.keep("snapshots", snapshot.hash, lambda folder: write(folder, whole, __version__))
    if rules is not None:
        archive.keep("rules", ruleset, lambda folder: copied(files_under(rules), folder))
    archive.keep_code()


class Past:
    """A run as its folder tells it."""

    def __init__(self, folder: Path) -> None:
        """Read the account.

        Raises:
            ConfigError: the folder holds no run, or one of an engine that did not note how to repeat it.
        """
        try:
            self.account: dict[str, Any] = json.loads((folder / "run.json").read_text(encoding="utf-8"))
        except (OSError, ValueError) as error:
            raise ConfigError(
                str(folder), f"this folder holds no run: {error}", "name the --out folder of screen"
            ) from None
        readable(self.account.get("schemas"), str(folder / "run.json"))
        if not self.account.get("given"):
            raise ConfigError(
                str(folder),
                "its account does not say what it was made of",
                "it comes from an older engine; screen again",
            )
        self.folder = folder
        self.given: dict[str, Any] = self.account["given"]

    @property
    def today(self) -> date:
        """The day that was taken as today."""
        return date.fromisoformat(self.account["today"])

    def feeds(self) -> list[Named]:
        """Return the files that were screened, under their names.

        Raises:
            StoreError: one is gone, or another one than it was.
        """
        for each in self.account["inputs"]:
            _same(Path(each["path"]), each["sha256"], "this feed file")
        return [(each["source"], Path(each["path"])) for each in self.account["inputs"]]

    def mapping(self) -> Path | None:
        """Return the file that named the columns of tables.

        Raises:
            StoreError: it is gone, or another one than it was.
        """
        if self.given["mapping"] is None:
            return None
        path, sha256 = self.given["mapping"]
        return _same(Path(path), sha256, "this mapping of columns")

    def other_lists(self, now: Sequence[ListInfo]) -> str:
        """Return in words which files of the lists are others than they were."""
        then = {name: {tuple(pair) for pair in pairs} for name, pairs in self.given["list_files"].items()}
        there = {each.list_id: set(each.files) for each in now}
        names = sorted(name for name in then.keys() | there.keys() if then.get(name) != there.get(name))
        return (
            f"changed since: {', '.join(names)}" if names else "the files are those of then; terms or settings differ"
        )


def _same(path: Path, sha256: str, what: str) -> Path:
    if not path.is_file():
        raise StoreError(str(path), f"{what} is no longer there", "put it back")
    if _sha256(path) != sha256:
        raise StoreError(str(path), f"{what} is not the one that was read: its sha256 differs", "put that one back")
    return path


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def compared(then: Past, now: Past) -> dict[str, list[Difference]]:
    """Return what differs between a run and its repetition, by part: counts, hits, rejects, links; empty where nothing does.

    Links carry hashed payment numbers, so they are compared where both runs had one key for them.
    """
    found = {"account": _counts(then.account, now.account)}
    for name, key in _RESULTS.items():
        if name != "links.parquet" or then.given["hash_key"] == now.given["hash_key"]:
            found[name] = differences(_result(then.folder / name), _result(now.folder / name), key)
    return {part: rows for part, rows in found.items() if rows}


def _result(path: Path) -> pl.DataFrame:
    try:
        return pl.read_parquet(path) if path.suffix == ".parquet" else pl.read_csv(path, infer_schema=False)
    except (OSError, pl.exceptions.PolarsError) as error:
        raise StoreError(str(path), f"this result cannot be read: {error}", "put it back") from None


def _counts(then: Mapping[str, Any], now: Mapping[str, Any]) -> list[Difference]:
    names = [name for name in {**then, **now} if name not in _MEASURED and then.get(name) != now.get(name)]
    return [
        {"what": "changed", "row": {}, "column": name, "then": then.get(name), "now": now.get(name)} for name in names
    ]
