"""Lists and the knowledge of names, for commands that compare names: the others start without loading them.

Reach for `knowledge()` and `snapshot_of()`.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import click

from ops_hub.config import matching_config
from ops_hub.errors import ConfigError
from ops_hub.lists.info import ListRead
from ops_hub.lists.reading import each_read, read_lists
from ops_hub.lists.snapshot import Snapshot, is_snapshot, open_snapshot
from ops_hub.matching.postings import LOWEST_FLOOR
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, compile_lists


def knowledge(rules: Path | None, threshold: float | None = None) -> Knowledge:
    """Return name tables and settings of a rules folder."""
    config = matching_config(rules, threshold)
    lowest = LOWEST_FLOOR + config.evidence.most_without_document()
    if config.bands.threshold < lowest - 1e-9:
        raise ConfigError(
            "threshold",
            f"{config.bands.threshold} is below {lowest:.2f}, the lowest that is searched completely",
            "raise the threshold",
        )
    return Knowledge(name_tables(rules), config, os.cpu_count() or 1)


def ruleset_hash(rules: Path | None, known: Knowledge) -> str:
    """Return the hash of all files of a rules folder, names and contents; of the name tables where there is none."""
    digest = hashlib.blake2b(known.tables.digest.encode(), digest_size=16)
    for path in sorted(rules.rglob("*")) if rules else []:
        if path.is_file():
            digest.update(path.relative_to(rules or path).as_posix().encode() + b"\0" + path.read_bytes())
    digest.update(known.config.digest.encode())
    return digest.hexdigest()


def snapshot_of(paths: Sequence[Path], known: Knowledge) -> Snapshot:
    """Return lists as one snapshot: opened where they are compiled, else compiled now."""
    if len(paths) == 1 and is_snapshot(paths[0]):
        return open_snapshot(paths[0], verify=True)
    return compile_lists(lists_of(paths), known)


def lists_of(paths: Sequence[Path]) -> list[ListRead]:
    """Return the lists in files and folders; what was left out of them is told on stderr."""
    _no_snapshot(paths)
    read = [_told(each) for each in read_lists(paths)]
    if not any(each.entries.height for each in read):
        raise ConfigError(
            str(paths[0]), "the lists hold no entry that can be used", "see the messages above, or docs/watchlists.md"
        )
    return read


def each_of(paths: Sequence[Path]) -> Iterator[ListRead]:
    """Yield the same file by file, for those who cannot hold all at once."""
    _no_snapshot(paths)
    return map(_told, each_read(paths))


def _no_snapshot(paths: Sequence[Path]) -> None:
    compiled = [path for path in paths if is_snapshot(path)]
    if compiled:
        raise click.UsageError(f"{compiled[0]} is a snapshot: give it alone, or compile all lists into one")


def _told(read: ListRead) -> ListRead:
    """Return a list as it is; say what was left out of it."""
    for row in read.rejects.head(20).iter_rows(named=True):
        done = "entry left out" if row["kind"] == "record" else "entry kept without it"
        click.echo(f"ops-hub: {row['source']}:{row['position']}: {row['detail']}; {done}", err=True)
    if read.rejects.height > 20:
        click.echo(f"ops-hub: {read.info.list_id}: {read.rejects.height - 20} more entries left out", err=True)
    return read
