"""`ops-hub watchlist`: compile lists, add to them, look at them, see what changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import polars as pl

from ops_hub import __version__
from ops_hub.cli.common import as_json, rules_option, show, table, told
from ops_hub.cli.listed import each_of, knowledge, lists_of
from ops_hub.engines.shards import compile_shards
from ops_hub.errors import ConfigError
from ops_hub.lists.delta import counts, each_in, layers, lists_in, whole
from ops_hub.lists.diff import diff, summary
from ops_hub.lists.reading import read_lists
from ops_hub.lists.snapshot import is_snapshot, open_snapshot, write
from ops_hub.pipeline import add_lists, compile_lists


@click.group()
def watchlist() -> None:
    """Compile lists, add to them, show and compare them.

    \b
    Example:
      ops-hub watchlist compile watchlists --out lists.snapshot
      ops-hub watchlist show lists.snapshot
    """


@watchlist.command("compile")
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option(
    "--out",
    required=True,
    type=click.Path(path_type=Path),
    help="Snapshot to write (a folder, by habit named *.snapshot).",
)
@click.option(
    "--shards",
    type=click.IntRange(1, 999),
    default=1,
    show_default=True,
    help="Cut the lists into so many and compile them one after the other: for lists larger than memory.",
)
@rules_option
@as_json
@told
def compile_(paths: tuple[Path, ...], out: Path, shards: int, rules: Path | None, as_json: bool) -> None:
    """Compile lists of any supported format into one snapshot that opens at once.

    PATH is a list file, a list's folder, or a folder of lists; or one snapshot, whose entries are then compiled anew
    with all that was added to them. The snapshot is accepted wherever --watchlist is.

    \b
    Example:
      ops-hub watchlist compile watchlists --out lists.snapshot
      ops-hub watchlist compile watchlists --shards 4 --out lists.snapshot
    """
    one = open_snapshot(paths[0], verify=True) if len(paths) == 1 and is_snapshot(paths[0]) else None
    said: dict[str, Any] = {"snapshot": str(out)}
    if shards > 1:
        read = each_in(one) if one else each_of(paths)
        said |= compile_shards(read, out, knowledge(rules), shards=shards, engine=__version__)
    else:
        snapshot = compile_lists(lists_in(one) if one else lists_of(paths), knowledge(rules))
        write(out, snapshot, __version__)
        said |= {"hash": snapshot.hash, "entries": snapshot.entries.height, "lists": len(snapshot.lists)}
    show(said, as_json, _compiled)


def _compiled(said: dict[str, Any]) -> None:
    cut = f", in {said['shards']} shards" if "shards" in said else ""
    click.echo(f"{said['entries']:,} entries of {said['lists']} lists: {said['snapshot']} ({said['hash']}){cut}")


@watchlist.command("add")
@click.argument("base", type=click.Path(path_type=Path))
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="PATH...")
@click.option("--out", required=True, type=click.Path(path_type=Path), help="Snapshot to write; it stands on BASE.")
@click.option(
    "--replace", is_flag=True, help="PATH holds whole lists: entries of theirs that are no longer in it are removed."
)
@rules_option
@as_json
@told
def add_(base: Path, paths: tuple[Path, ...], out: Path, replace: bool, rules: Path | None, as_json: bool) -> None:
    """Add new and changed entries to a snapshot without compiling it again.

    Only the entries of PATH that BASE has not, or has otherwise, are compiled. The new snapshot is used like any
    other and finds what all lists compiled together would; it needs BASE, which stays as it is.

    \b
    Example:
      ops-hub watchlist add lists.snapshot new_entries --out today.snapshot
    """
    if not is_snapshot(base):
        raise ConfigError(str(base), "this is no snapshot to add to", "make one: ops-hub watchlist compile")
    snapshot = add_lists(open_snapshot(base, keys_only=True), lists_of(paths), knowledge(rules), replace=replace)
    write(out, snapshot, __version__)
    said = {"snapshot": str(out), "hash": snapshot.hash, "base": str(base), **counts(snapshot)}
    show(said, as_json, _added)


def _added(said: dict[str, Any]) -> None:
    click.echo(
        f"{said['added']:,} entries added, {said['changed']:,} changed, {said['removed']:,} removed: {said['snapshot']} ({said['hash']})\nit stands on {said['base']}: keep that"
    )


@watchlist.command("show")
@click.argument("path", type=click.Path(path_type=Path))
@as_json
@told
def show_(path: Path, as_json: bool) -> None:
    """Count entries, names, documents, originators and dates of a snapshot or of lists.

    \b
    Example:
      ops-hub watchlist show lists.snapshot
    """
    if is_snapshot(path):
        snapshot = open_snapshot(path, verify=True)
        said: dict[str, Any] = {"snapshot": snapshot.hash, "base": None}
        said["shards"] = [each.entries.height for each in layers(snapshot)[-1].shards]
        if snapshot.base is not None:
            said["base"] = {"path": str(snapshot.base.snapshot.place), "hash": snapshot.base.snapshot.hash}
            said["base"] |= counts(snapshot)
        said["lists"] = summary(whole(snapshot), snapshot.lists)
    else:
        said = {
            "snapshot": None,
            "base": None,
            "shards": [],
            "lists": [line for each in read_lists([path]) for line in summary(each.entries, (each.info,))],
        }
    show(said, as_json, _show)


def _show(said: dict[str, Any]) -> None:
    if said["snapshot"]:
        click.echo(f"snapshot {said['snapshot']}")
        if base := said["base"]:
            click.echo(
                f"stands on {base['path']} ({base['hash']}): {base['added']:,} entries added, {base['changed']:,} changed, {base['removed']:,} removed"
            )
        if said["shards"]:
            click.echo(
                f"in {len(said['shards'])} shards, of {min(said['shards']):,} to {max(said['shards']):,} entries"
            )
        click.echo("")
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
@as_json
@told
def diff_(old: Path, new: Path, as_json: bool) -> None:
    """Say which entries were added, changed and removed between two states of the lists.

    OLD and NEW are snapshots or lists.

    \b
    Example:
      ops-hub watchlist diff monday.snapshot tuesday.snapshot
    """
    before, after = (
        whole(open_snapshot(path)) if is_snapshot(path) else pl.concat([each.entries for each in lists_of([path])])
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
