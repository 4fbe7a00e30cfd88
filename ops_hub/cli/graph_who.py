"""`ops-hub graph who`: persons and values of a network by name or number, and what ties them to whom."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from ops_hub.cli.common import as_json, show, table, told
from ops_hub.cli.graph_reader import folder_argument, network_for
from ops_hub.graph.who import card, found

_LISTED = 20


@click.command()
@folder_argument
@click.argument("text", metavar="TEXT")
@click.option(
    "--as",
    "reader",
    metavar="STATE/NAME[:ROLE]",
    envvar="OPS_HUB_USER",
    help="Who you are: what you may not see is left out.",
)
@as_json
@told
def who(folder: Path, text: str, reader: str | None, as_json: bool) -> None:
    """Show who or what is meant by a name, document, telephone, e-mail or node id.

    Where one is meant its card is shown: what it holds and gave, its trips, who shares what with it and how much that
    says, and its records with what made each of them this person (graph build --apart undoes it). Else they are listed.

    \b
    Example:
      ops-hub graph who network "GARCIA LOPEZ"
      ops-hub graph who network "+504 9555 0142"
    """
    net = network_for(folder, reader, None)
    nodes = found(net, text)
    if nodes.is_empty():
        click.echo(
            f"ops-hub: {text}: nobody and nothing in {folder} is called so; try one name, or part of a number", err=True
        )
        raise click.exceptions.Exit(2)
    said: dict[str, Any] = {"found": nodes.height, "nodes": nodes.head(_LISTED).to_dicts()}
    if nodes.height == 1:
        said["card"] = card(net, nodes["node_id"][0])
    show(said, as_json, _print)


def _print(said: dict[str, Any]) -> None:
    if "card" in said:
        _print_card(said["card"])
        return
    rows = [
        (one["type"], one["label"], one["birth_date"] or "", one["records"], one["persons"], one["node_id"])
        for one in said["nodes"]
    ]
    table(rows, ("type", "name", "born", "records", "persons", "node id, to ask for one"))
    if said["found"] > len(said["nodes"]):
        click.echo(f"... and {said['found'] - len(said['nodes']):,} more; say more of the name")


def _print_card(said: dict[str, Any]) -> None:
    node = said["node"]
    known = (node["birth_date"], node["sex"], node["nationality"], "under 18 on a journey" if node["minor"] else None)
    click.echo(f"{node['label']}   {', '.join(each for each in known if each)}".rstrip())
    click.echo(node["node_id"])
    when = f"seen {node['first_seen'] or '?'} to {node['last_seen'] or '?'}"
    click.echo(f"{when}, {node['records']:,} records, {node['persons']:,} persons tied to it")
    if node["handling"] == "protect":
        click.echo("PROTECT: this may be a person who needs protection; help first, and verify with care")
    if node["damped"]:
        click.echo(f"weight {node['weight']:.3f}: {node['damped']}")
    if said["births"]:
        births = ", ".join(said["births"])
        click.echo(f"birth dates contradict ({births}): perhaps two persons; look at the records (graph build --apart)")
    _part(said["edges"], ("link", "type", "what", "count", "weight", "says", "owner, handling"), _edge)
    _part(said["sharing"], ("shared with", "strength", "what", "node id"), _sharing)
    _part(said["trips"], ("departs", "flight or vessel", "from", "to", "role"), _trip)
    _part(said["records"], ("record", "this person by", "which", "as record"), _record)


def _part(
    rows: list[dict[str, Any]], heading: tuple[str, ...], line: Callable[[dict[str, Any]], tuple[object, ...]]
) -> None:
    if rows:
        click.echo("")
        table([line(one) for one in rows], heading)


def _edge(one: dict[str, Any]) -> tuple[object, ...]:
    owner = " ".join(each for each in (one["owner"], one["handling"], *one["caveats"]) if each)
    link = f"<- {one['link']}" if one["grade"] and one["by_other"] else one["link"]
    return link, one["other_type"], one["other_label"], one["count"], one["weight"], one["label"] or "", owner


def _sharing(one: dict[str, Any]) -> tuple[object, ...]:
    return one["other_label"], one["strength"], ", ".join(one["shares"]), one["other_id"]


def _trip(one: dict[str, Any]) -> tuple[object, ...]:
    return tuple(str(one[name] or "?") for name in ("departs_at", "flight", "from_port", "to_port", "role"))


def _record(one: dict[str, Any]) -> tuple[object, ...]:
    return one["record_id"], one["by"] or "first record", one["key"] or "", one["other_record_id"] or ""
