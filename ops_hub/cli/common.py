"""What commands share: settings read at the door, errors in one line, tables, progress.

Reach for it in every command module. Nothing in here decides anything about travellers or lists.
"""

from __future__ import annotations

import datetime
import json
import os
import sys
from collections.abc import Callable, Sequence
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from ops_hub.errors import OpsHubError
from ops_hub.feeds.mapping import load_mapping
from ops_hub.feeds.reading import ReadOptions

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
feeds_argument = click.argument("feeds", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FEED...")
mapping_option = click.option(
    "--mapping", type=click.Path(path_type=Path, dir_okay=False), help="TOML file that names the columns of tables."
)
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


def read_options(today: datetime.date, mapping: Path | None = None) -> ReadOptions:
    """Return how feeds are read: the day, the key for payment numbers, the centre's names of columns."""
    return ReadOptions(today=today, hash_key=hash_key(), mapping=load_mapping(mapping) if mapping else None)


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
