"""`ops-hub graph compare`: what changed between two networks, or between two days of one."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Any

import click

from ops_hub.cli.common import as_json, show, table, told
from ops_hub.cli.graph_reader import folder_argument, network_for
from ops_hub.cli.persons import as_option
from ops_hub.graph.compare import compare as compared
from ops_hub.graph.compare import until


@click.command()
@folder_argument
@click.argument("new", metavar="[NEW]", required=False, type=click.Path(path_type=Path, exists=True, file_okay=False))
@click.option("--between", nargs=2, metavar="DATE DATE", help="Two days of one network.")
@click.option("--most", default=30, show_default=True, help="Lines to print; --json holds all.")
@as_option
@as_json
@told
def compare(
    folder: Path, new: Path | None, between: tuple[str, str] | None, most: int, who: str | None, as_json: bool
) -> None:  # fmt: skip
    """Say what is new, gone, grown or put together: persons, values that they share, hits, intelligence.

    \b
    Example:
      ops-hub graph compare october november
      ops-hub graph compare network --between 2026-10-31 2026-11-30
    """
    if (new is None) == (between is None):
        raise click.UsageError("name either two networks, or one and --between DATE DATE")
    net = network_for(folder, who, None)
    if new is not None:
        said = compared(net, network_for(new, who, None))
    else:
        first, last = (_day(text) for text in between or ())
        if last < first:
            raise click.UsageError(f"{first} to {last} ends before it begins: exchange the two dates")
        said = compared(until(net, first), until(net, last))
    show({"words": said.words, "changes": said.table.to_dicts()}, as_json, lambda told: _print(told, most))


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text} is no date; write for example 2026-11-23", param_hint="--between") from None


def _print(said: dict[str, Any], most: int) -> None:
    for line in said["words"]:
        click.echo(line)
    rows = [(one["change"], one["type"], one["label"], one["why"], one["node_id"]) for one in said["changes"]]
    if rows:
        click.echo("")
        table(rows[:most], ("change", "type", "what", "how", "node id"))
    if len(rows) > most:
        click.echo(f"... and {len(rows) - most:,} more in --json, or with --most")
