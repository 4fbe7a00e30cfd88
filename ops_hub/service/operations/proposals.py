"""Whom or what of a network somebody proposes for an operation: a lead to look at, no more.

A proposal holds ids as who proposed it sees them. Each reader is told of those that are in the network as they see it, and
of the others how many there are; whom a reader may not name is among these.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Annotated, Any

import msgspec
import polars as pl

from ops_hub.casework.case import CENTRE, PROTECTION, Actor
from ops_hub.errors import ConfigError, MissingError, StoreError
from ops_hub.graph.net import Network
from ops_hub.operations import journal as of_journal
from ops_hub.operations.tasks import PROTECTIVE_ROLES
from ops_hub.schemas import WITHHELD
from ops_hub.service.centre import Centre
from ops_hub.service.operations.opened import (
    cut_for,
    journal_of,
    network_named,
    network_names,
    opened_for,
    reads_networks,
)
from ops_hub.service.operations.operations import Asked, Name, Words, told_by
from ops_hub.service.operations.plans import Net
from ops_hub.service.table import Caller, operation

_PERSON, _MOST = "person:", 100
Node = Annotated[str, msgspec.Meta(max_length=300)]


class Proposing(msgspec.Struct, forbid_unknown_fields=True):
    """What is proposed: ids of nodes as the proposer's network has them, and why."""

    operation: Name
    nodes: Annotated[list[Node], msgspec.Meta(min_length=1, max_length=50)]
    reason: Words
    network: Net | None = None


class Proposed(msgspec.Struct):
    """A proposal that stands in the journal."""

    operation: str
    id: int
    nodes: int


@operation("operations.propose", "POST", "/operations/{operation}/proposals")
def propose(centre: Centre, by: Caller, asked: Proposing) -> Proposed:
    """Propose persons or other nodes of a network for an operation, with a reason that names nobody."""
    found, actor = opened_for(centre, by, asked.operation), by.actor
    network = network_named(centre, asked.network)
    seen = cut_for(centre, network, actor)
    nodes = list(dict.fromkeys(asked.nodes))
    _check(centre, network, seen, actor, nodes, found.plan.name)
    reason, now = (
        " ".join("".join(sign if sign.isprintable() else " " for sign in asked.reason).split()),
        centre.hub.now(),
    )
    known = found.write(
        lambda lines: [of_journal.proposing(found.plan, str(actor), lines, nodes, network, reason, now)]
    )  # fmt: skip
    return Proposed(found.plan.name, known.proposals[-1]["id"], len(nodes))


def _check(centre: Centre, network: str, seen: Network, actor: Actor, nodes: list[str], name: str) -> None:
    """Refuse what is not in the network of who proposes, what has no name there, and whom they know to be protected."""
    where, there = f"operation {name}", {row["node_id"]: row for row in _rows(seen, nodes)}
    if any(each.startswith(WITHHELD) or "/withheld-" in each for each in nodes):
        raise ConfigError(
            where, "what is withheld from you cannot be proposed", "speak to the desk that it is withheld for"
        )
    gone = [each for each in nodes if each not in there]
    if gone:
        raise MissingError(
            where, f"{gone[0]} is not in the network {network}", "choose nodes of the network as it is now"
        )
    if actor.role in PROTECTIVE_ROLES and any(_protected(centre, network, seen, row) for row in there.values()):
        remedy = "leave them out: they have packages of their own, and are helped first"
        raise ConfigError(where, "who is to be protected is no target of an operation", remedy)


def _rows(net: Network, nodes: list[str]) -> list[dict[str, Any]]:
    return net.nodes.filter(pl.col("node_id").is_in(nodes)).to_dicts()


def _protected(centre: Centre, network: str, seen: Network, row: Mapping[str, Any]) -> bool:
    """Return whether a node that a protection desk sees is of somebody whom others do not see by name."""
    if row["handling"] == "protect" or row["minor"]:
        return True
    if not row["node_id"].startswith(_PERSON):
        return False
    mine = set(seen.resolved.filter(pl.col("person_id") == row["node_id"])["record_id"])
    others = cut_for(centre, network, Actor(CENTRE, "board", "officer"))
    return bool(mine) and others.resolved.filter(pl.col("record_id").is_in(list(mine))).is_empty()


class Shown(msgspec.Struct):
    """A node of a proposal as the reader sees it; `protect`: to be helped, no target."""

    id: str
    type: str
    label: str
    protect: bool = False


class Proposal(msgspec.Struct):
    """A proposal; `others` are nodes that the reader is not told of."""

    id: int
    at: dt.datetime
    by: str
    network: str
    reason: str
    nodes: list[Shown]
    others: int


class Proposals(msgspec.Struct):
    """Proposals that a reader is told of, the newest first."""

    operation: str
    proposals: list[Proposal]


@operation("operations.proposals", "GET", "/operations/{operation}/proposals", personal=True)
def proposals(centre: Centre, by: Caller, asked: Asked) -> Proposals:
    """List what was proposed: by the reader's own state, or of what they see of the network; the centre is told of all."""
    found, actor = opened_for(centre, by, asked.operation), by.actor
    told = []
    for each in reversed(journal_of(centre, found).proposals):
        nodes = _shown(centre, each, actor)
        own = each["by"].partition("/")[0] == actor.state
        if not (own or nodes or actor.state == CENTRE):
            continue
        told.append(Proposal(
            each["id"], dt.datetime.fromisoformat(each["at"]), told_by(each["by"], actor), each["network"], each["reason"],
            nodes, len(each["nodes"]) - len(nodes),
        ))  # fmt: skip
        if len(told) == _MOST:
            break
    return Proposals(found.plan.name, told)


def _shown(centre: Centre, proposal: Mapping[str, Any], actor: Actor) -> list[Shown]:
    """Return the nodes that are in the network as a reader sees it; none where the network is gone."""
    if not reads_networks(actor) or proposal["network"] not in network_names(centre):
        return []
    try:
        net = cut_for(centre, proposal["network"], actor)
    except StoreError:  # past its time, or not whole
        return []
    ids = {each: _as_seen(net, each) for each in proposal["nodes"]}
    rows = {row["node_id"]: row for row in _rows(net, [each for each in ids.values() if each])}
    helped = actor.role == PROTECTION
    return [
        Shown(row["node_id"], row["type"], row["label"] or row["node_id"], helped and row["handling"] == "protect")
        for each in ids.values()
        if each and (row := rows.get(each)) is not None
    ]


def _as_seen(net: Network, node: str) -> str | None:
    """Return a node's id in another reader's network: a person is known again by the record that the id is of."""
    if not node.startswith(_PERSON):
        return node
    record = node.removeprefix(_PERSON)
    found = net.resolved.filter(pl.col("record_id") == record)["person_id"].to_list()
    person = found[0] if found else node
    return None if person.startswith(WITHHELD) else str(person)
