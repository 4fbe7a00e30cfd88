"""What commands share: settings read at the door, errors in one line, tables, progress.

Reach for it in every command module. Nothing in here decides anything about travellers or lists.
"""

from __future__ import annotations

import datetime
import hashlib
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from ops_hub.config import matching_config
from ops_hub.errors import ConfigError, OpsHubError
from ops_hub.lists.info import ListRead
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import Snapshot, is_snapshot, open_snapshot
from ops_hub.matching.postings import LOWEST_FLOOR
from ops_hub.normalise.tables import name_tables
from ops_hub.pipeline import Knowledge, compile_lists

Command = TypeVar("Command", bound=Callable[..., Any])

as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")
rules_option = click.option(
    "--rules",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    help="Folder of rules; the shipped ones by default.",
)
watchlist_option = click.option(
    "--watchlist", "-w", "watchlists", type=click.Path(path_type=Path), multiple=True, required=True,
    help="List file, folder of lists, or compiled snapshot; may be given several times.",
)  # fmt: skip
today_option = click.option(
    "--today", metavar="DATE", help="Day to take as today, for repeating a run [default: today]."
)


def day_of(text: str | None) -> datetime.date:
    """Return the day given as text, or today's."""
    if text is None:
        return datetime.datetime.now(datetime.UTC).date()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text} is no date; write for example 2026-11-23", param_hint="--today") from None


def told(command: Command) -> Command:
    """Turn errors meant for users into one line on stderr and exit code 2."""

    @wraps(command)
    def wrapped(*args: Any, **options: Any) -> Any:
        try:
            return command(*args, **options)
        except OpsHubError as error:
            line = " ".join(str(error).split())
            click.echo(f"ops-hub: {line}", err=True)
            raise click.exceptions.Exit(2) from None
        except BrokenPipeError:
            sys.stderr.close()
            raise click.exceptions.Exit(0) from None

    return wrapped  # type: ignore[return-value]


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
    compiled = [path for path in paths if is_snapshot(path)]
    if compiled:
        raise click.UsageError(f"{compiled[0]} is a snapshot: give it alone, or compile all lists into one")
    read = read_lists(paths)
    for each in read:
        for row in each.rejects.head(20).iter_rows(named=True):
            done = "entry left out" if row["kind"] == "record" else "entry kept without it"
            click.echo(f"ops-hub: {row['source']}:{row['position']}: {row['detail']}; {done}", err=True)
        if each.rejects.height > 20:
            click.echo(f"ops-hub: {each.info.list_id}: {each.rejects.height - 20} more entries left out", err=True)
    if not any(each.entries.height for each in read):
        raise ConfigError(
            str(paths[0]), "the lists hold no entry that can be used", "see the messages above, or docs/watchlists.md"
        )
    return read


def hash_key() -> bytes:
    """Return the key for payment numbers: OPS_HUB_HASH_KEY, or one for this run alone."""
    told_key = os.environ.get("OPS_HUB_HASH_KEY", "")
    return told_key.encode() if told_key else os.urandom(32)


def show(data: Any, as_json: bool, plain: Callable[[Any], None]) -> None:
    """Print data as JSON or, for people, as `plain` does."""
    if as_json:
        click.echo(json.dumps(data, ensure_ascii=False, indent=1, default=str))
    else:
        plain(data)


def table(rows: Sequence[Sequence[object]], heading: Sequence[str]) -> None:
    """Print rows under a heading, columns as wide as needed, numbers to the right."""
    texts = [
        [
            f"{cell:,}" if isinstance(cell, int) else f"{cell:.3f}" if isinstance(cell, float) else str(cell)
            for cell in row
        ]
        for row in rows
    ]
    widths = [max(len(line[k]) for line in [list(heading), *texts]) for k in range(len(heading))]
    right = [bool(rows) and all(isinstance(row[k], int | float) for row in rows) for k in range(len(heading))]
    for line in [list(heading), *texts]:
        cells = [cell.rjust(w) if r else cell.ljust(w) for cell, w, r in zip(line, widths, right, strict=True)]
        click.echo("  ".join(cells).rstrip())


def counter(label: str) -> Callable[[int, int], None] | None:
    """Return a progress line on stderr, or None where nobody watches (no terminal)."""
    if not sys.stderr.isatty():
        return None
    return lambda screened, hits: click.echo(f"\r{label}: {screened:,} travellers, {hits:,} hits", err=True, nl=False)
