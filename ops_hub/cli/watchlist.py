"""`ops-hub watchlist`: compile lists, look at them, see what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from ops_hub import __version__
from ops_hub.cli.common import as_json, knowledge, rules_option, show, snapshot_of, table, told
from ops_hub.lists.diff import diff, summary
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import is_snapshot, open_snapshot, write


@click.group()
def watchlist() -> None:
    """Compile, show and compare lists."""


@watchlist.command("compile")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Snapshot to write (a folder, by habit named *.snapshot).",
)
@rules_option
@as_json
@told
def compile_(paths: tuple[Path, ...], out: Path, rules: Path | None, as_json: bool) -> None:
    r"""Compile lists of any supported format into one snapshot that opens at once.

    PATH is a list file, a list's folder, or a folder of lists. The snapshot is accepted wherever --watchlist is.

    \b
    Example:
      ops-hub watchlist compile watchlists --out lists.snapshot
    """
    snapshot = snapshot_of(paths, knowledge(rules))
    write(out, snapshot, __version__)
    said = {
        "snapshot": str(out),
        "hash": snapshot.hash,
        "entries": snapshot.entries.height,
        "lists": len(snapshot.lists),
    }
    show(
        said,
        as_json,
        lambda s: click.echo(f"{s['entries']:,} entries of {s['lists']} lists: {s['snapshot']} ({s['hash']})"),
    )


@watchlist.command("show")
@click.argument("path", type=click.Path(path_type=Path))
@as_json
@told
def show_(path: Path, as_json: bool) -> None:
    r"""Count entries, names, documents, originators and dates of a snapshot or of lists.

    \b
    Example:
      ops-hub watchlist show lists.snapshot
    """
    if is_snapshot(path):
        snapshot = open_snapshot(path, verify=True)
        said: dict[str, Any] = {"snapshot": snapshot.hash, "lists": summary(snapshot.entries, snapshot.lists)}
    else:
        said = {
            "snapshot": None,
            "lists": [line for each in read_lists([path]) for line in summary(each.entries, (each.info,))],
        }
    show(said, as_json, _show)


def _show(said: dict[str, Any]) -> None:
    if said["snapshot"]:
        click.echo(f"snapshot {said['snapshot']}\n")
    rows = [
        (
            each["list"], ",".join(each["originators"]), each["entries"], sum(each["names"].values()), sum(each["documents"].values()),
            each["with_birth_date"], " ".join(f"{k}:{n}" for k, n in each["handling"].items()), each["last_update"] or "", each["expires"] or "",
        )
        for each in said["lists"]
    ]  # fmt: skip
    table(
        rows,
        (
            "list",
            "originators",
            "entries",
            "names",
            "documents",
            "with birth date",
            "handling",
            "updated",
            "expires",
        ),
    )
    for each in said["lists"]:
        if each["left_out"]:
            click.echo(
                f"{each['list']}: left out, no persons or documents: {', '.join(f'{n:,} {kind}' for kind, n in each['left_out'].items())}"
            )


@watchlist.command("diff")
@click.argument("old", type=click.Path(path_type=Path))
@click.argument("new", type=click.Path(path_type=Path))
@rules_option
@as_json
@told
def diff_(old: Path, new: Path, rules: Path | None, as_json: bool) -> None:
    r"""Say which entries were added, changed and removed between two states of the lists.

    OLD and NEW are snapshots or lists.

    \b
    Example:
      ops-hub watchlist diff monday.snapshot tuesday.snapshot
    """
    before, after = (
        open_snapshot(path).entries if is_snapshot(path) else snapshot_of([path], knowledge(rules)).entries
        for path in (old, new)
    )
    changes = diff(before, after)
    show(changes.to_dicts(), as_json, _changes)


def _changes(rows: list[dict[str, Any]]) -> None:
    for change in ("added", "changed", "removed"):
        click.echo(f"{change}: {sum(row['change'] == change for row in rows):,}")
    if rows:
        click.echo("")
        table(
            [
                (
                    row["change"],
                    row["list_id"],
                    row["entry_id"],
                    row["name"] or "",
                    ",".join(row["columns"] or []),
                )
                for row in rows[:200]
            ],
            ("change", "list", "entry", "name", "columns"),
        )
    if len(rows) > 200:
        click.echo(f"... and {len(rows) - 200:,} more; --json gives all")
