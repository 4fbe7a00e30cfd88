"""The same person or group in the work of several owners: two crime types, or owners on two continents.

Reach for `cross()`, and for `meetings()` where owners are told. A group is who is tied by bookings, payments, documents and
contacts that are not damped. Hits to be protected, minors, and whoever has such a hit carry no crime and tie no group.
What each owner may be told is its own entries, that somebody else's work meets them, whom to ask; nothing of what the
other one knows. It is worked out without the work that its caveats hide from that owner: no notice tells that it is there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import networkx as nx
import polars as pl

from ops_hub.graph.analyses.explained import damped
from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.analyses.regions import region
from ops_hub.graph.net import Network
from ops_hub.graph.settings import Moves

TYING = ("booking", "payment", "document", "phone", "email", "address")
_TABLE: dict[str, Any] = {
    "who": pl.String, "person_ids": pl.List(pl.String), "entry_ids": pl.List(pl.String), "tie_ids": pl.List(pl.String),
    "owners": pl.List(pl.String), "crime_types": pl.List(pl.String), "regions": pl.List(pl.String),
    "first": pl.Datetime("us"), "last": pl.Datetime("us"), "told": pl.List(pl.String), "why": pl.String,
}  # fmt: skip


@dataclass(frozen=True)
class _Work:
    """One statement of an owner: a hit of a person, or intelligence about one."""

    person: str
    entry: str
    owner: str
    crimes: tuple[str, ...]
    caveats: tuple[str, ...]
    first: Any
    last: Any


@dataclass(frozen=True)
class Meeting:
    """What one owner may be told of one find.

    Attributes:
        number: of the find, from 1, in the order of the table.
        owner: who may be told.
        own: ids of its entries there, sorted.
        has_own_intelligence: it has intelligence there; that has no name which is the owner's alone.
        known: (owner, id) of all work there that the owner may know to be there. Not for telling: for knowing a meeting again.
    """

    number: int
    owner: str
    own: tuple[str, ...]
    has_own_intelligence: bool
    known: tuple[tuple[str, str], ...]


def cross(net: Network, settings: Moves, *, around: Iterable[str] | None = None, top: int = 20) -> Finding:
    """Return persons and groups whom entries or intelligence of two crime types, or of owners of two continents, meet.

    Args:
        net: the network.
        settings: rules/graph.toml.
        around: nodes: only groups with one of these.
        top: rows of the table at most.
    """
    rows, too_large, ties = _found(net, settings)
    if around is not None:
        chosen = set(around)
        rows = [row for row in rows if not chosen.isdisjoint([*row["members"], *row["tie_ids"], *row["entry_ids"]])]
    notices: list[tuple[str, str]] = []
    for place, row in enumerate(rows[:top], 1):
        told = _meetings(row, place, ties, settings)
        row["told"] = sorted({each.owner for each in told})
        notices += [(each.owner, _words(each, net, settings)) for each in told]
    table = pl.DataFrame([{name: row[name] for name in _TABLE} for row in rows[:top]], schema=_TABLE)
    held = sum(len(row["owners"]) > max(1, len(row["told"])) for row in rows[:top])
    words = (
        "Looked for one person, or persons tied by bookings, payments, documents or contacts, whom entries or intelligence "
        "of two crime types, or of owners on two continents, concern.",
        f"Found {len(rows)}" + (f"; {too_large} groups of more than {settings.group_most} persons are left out: too loose to be one." if too_large else "."),
        "Each owner is told of its own entries only, and that somebody else's work meets them; the centre brings desks "
        "together." + (f" In {held} an owner is not told because of a caveat: the centre decides." if held else ""),
        "Persons to be protected and minors carry no crime and tie no group. Hits are leads: namesakes, a shared household or "
        "a shared agent are innocent reasons. Verify the hits before anything is said of a group.",
    )  # fmt: skip
    ids = {node for row in rows[:top] for name in ("person_ids", "entry_ids", "tie_ids") for node in row[name]}
    return Finding("cross", words, table, tuple(sorted(ids)), tuple(notices))


def meetings(net: Network, settings: Moves) -> list[Meeting]:
    """Return what each owner may be told of each find, all of them: those of `cross` without `around` and `top`."""
    rows, _, ties = _found(net, settings)
    return [each for place, row in enumerate(rows, 1) for each in _meetings(row, place, ties, settings)]


def guarded(net: Network) -> set[str]:
    """Return the persons who are minors, or may need protection: no finding names them as suspects."""
    people = net.nodes.filter(pl.col("type") == "person")
    marked = people.filter(
        pl.col("minor").fill_null(value=False) | (pl.col("handling") == "protect").fill_null(value=False)
    )
    hits = net.edges.filter(pl.col("handling") == "protect")
    return {*marked["node_id"], *hits["from_id"], *hits["to_id"]}


def _found(net: Network, settings: Moves) -> tuple[list[dict[str, Any]], int, pl.DataFrame]:
    """Return the finds, best first, the number of groups that are too large, and who has which value."""
    works, ties = _works(net, settings), _ties(net, settings)
    rows, too_large = _groups(works, ties, settings)
    rows.sort(key=lambda row: (-len(row["regions"]), -len(row["crime_types"]), -len(row["owners"]), row["person_ids"]))
    return rows, too_large, ties


def _groups(works: list[_Work], ties: pl.DataFrame, settings: Moves) -> tuple[list[dict[str, Any]], int]:
    graph, rows, too_large = _tied(ties, {work.person for work in works}), [], 0
    for members in nx.connected_components(graph):
        persons = {node for node in members if graph.nodes[node]["is_person"]}
        if len(persons) > settings.group_most:
            too_large += 1
            continue
        row = _row([work for work in works if work.person in persons], sorted(members - persons))
        if row:
            rows.append(row | {"members": sorted(persons)})
    return rows, too_large


def _works(net: Network, settings: Moves) -> list[_Work]:
    safe = guarded(net)
    said = net.edges.filter(
        pl.col("owner").is_not_null()
        & (pl.col("crime_types").list.len() > 0)
        & ((pl.col("link") != "hit") | pl.col("band").is_in(settings.crime_bands))
    )
    found = []
    for row in said.iter_rows(named=True):
        for person, entry in ((row["from_id"], row["to_id"]), (row["to_id"], row["from_id"])):
            if person.startswith("person:") and person not in safe and entry not in safe:
                found.append(
                    _Work(
                        person,
                        entry,
                        row["owner"],
                        tuple(sorted(row["crime_types"])),
                        tuple(row["caveats"] or ()),
                        row["first_seen"],
                        row["last_seen"],
                    )  # fmt: skip
                )
    return found


def _ties(net: Network, settings: Moves) -> pl.DataFrame:
    """Return from_id (a person, nobody guarded) and to_id: the values that tie."""
    safe = pl.Series("node_id", sorted(guarded(net)), dtype=pl.String)
    types = net.nodes.filter(pl.col("type").is_in(TYING))["node_id"]
    ties = net.edges.filter(pl.col("from_id").str.starts_with("person:") & pl.col("to_id").is_in(types.implode()))
    return ties.filter(
        ~pl.col("to_id").is_in(damped(net, settings).implode()) & ~pl.col("from_id").is_in(safe.implode())
    ).select("from_id", "to_id")


def _tied(ties: pl.DataFrame, worked: set[str]) -> nx.Graph:
    """Return persons of the works, the values they share with others, and those others once removed."""
    first = ties.filter(pl.col("from_id").is_in(sorted(worked)))["to_id"].unique()
    near = ties.filter(pl.col("to_id").is_in(first.implode()))["from_id"].unique()
    mine = ties.filter(pl.col("from_id").is_in(near.implode()))
    shared = mine.group_by("to_id").len().filter(pl.col("len") > 1)["to_id"]
    graph = nx.Graph()
    graph.add_nodes_from(sorted(worked), is_person=True)
    for person, value in mine.filter(pl.col("to_id").is_in(shared.implode())).sort("from_id", "to_id").iter_rows():
        graph.add_node(person, is_person=True)
        graph.add_node(value, is_person=False)
        graph.add_edge(person, value)
    return graph


def _row(works: list[_Work], ties: list[str]) -> dict[str, Any] | None:
    entries, owners = {work.entry for work in works}, sorted({work.owner for work in works})
    crimes = sorted({crime for work in works for crime in work.crimes})
    regions = sorted({name for owner in owners if (name := region(owner))})
    is_two_crimes = len(crimes) > 1 and len({work.crimes for work in works}) > 1
    if len(entries) < 2 or not (is_two_crimes or len(regions) > 1):
        return None
    persons = sorted({work.person for work in works})
    who = "one person" if len(persons) == 1 else f"{len(persons)} persons of one group"
    what = [f"crime types {', '.join(crimes)}"] if is_two_crimes else []
    what += [f"owners on {', '.join(regions)}"] if len(regions) > 1 else []
    tied = f", tied by {len(ties)} shared values" if len(persons) > 1 else ""
    return {
        "who": who, "person_ids": persons, "entry_ids": sorted(entries), "tie_ids": ties, "owners": owners,
        "crime_types": crimes, "regions": regions, "first": min(work.first for work in works),
        "last": max(work.last for work in works), "works": works,
        "why": f"{who}{tied}: {len(entries)} entries, {'; '.join(what)}. To verify: each hit is a lead",
    }  # fmt: skip


def _meetings(row: dict[str, Any], place: int, ties: pl.DataFrame, settings: Moves) -> list[Meeting]:
    """Return what owners may be told of a find: each what would be found without the work that is hidden from it."""
    told = []
    for owner in row["owners"]:
        known = [work for work in row["works"] if work.owner == owner or not _is_hidden(work, owner, settings)]
        seen = [row]
        if len(known) < len(row["works"]):
            seen, _ = _groups(known, ties.filter(pl.col("from_id").is_in(row["members"])), settings)
        for each in seen:
            own = {work.entry for work in each["works"] if work.owner == owner}
            if own and len(each["owners"]) > 1:
                entries = tuple(sorted(entry for entry in own if entry.startswith("entry:")))
                works = tuple(sorted({(work.owner, work.entry) for work in each["works"]}))
                told.append(Meeting(place, owner, entries, len(entries) < len(own), works))
    return told


def _words(meeting: Meeting, net: Network, settings: Moves) -> str:
    own = [*meeting.own, *["(your intelligence)"] * meeting.has_own_intelligence]
    return settings.notice.format(own=", ".join(own), number=meeting.number, of=net.about.get("as_of") or "today")


def _is_hidden(work: _Work, owner: str, settings: Moves) -> bool:
    return any(_stops(caveat, owner, settings) for caveat in work.caveats)


def _stops(caveat: str, owner: str, settings: Moves) -> bool:
    """Tell whether a caveat keeps an owner from knowing that there is anything; one that is not known does."""
    name, _, state = caveat.partition(":")
    if name == "not-to" and state:
        return state == owner
    return name not in settings.tell_despite
