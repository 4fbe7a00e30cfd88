"""A network to a reader: built anew from what they may see, so that nothing else is in it, counts and dates included.

Reach for `for_reader()` before a network, a finding or a chart leaves the centre. Hits and intelligence are asked about one
by one (`casework.sight`); what carriers said is worked out again from the trips that concern the reader (`desk.seen_trips`),
what nodes say from the edges and records that are left (`desk.seen_nodes`).

Who needs protection is on nobody's chart by name but the protection desk's: a chart is printed and passed on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.casework.policy import Policy, Terms, terms_of
from ops_hub.casework.sight import PROTECTIVE, Sight, sight_of
from ops_hub.desk.seen_nodes import Shown, alike, seen_nodes
from ops_hub.desk.seen_trips import MOST_CITES, PAYING, VALUES, Told, carried, renamed, seen_trips, told_by
from ops_hub.errors import ConfigError
from ops_hub.graph.net import Network
from ops_hub.schemas import EDGES, WITHHELD, rows

READERS = ("officer", "supervisor", "protection", "prosecutor", "list-owner")  # roles that work with networks
CLOSED = "What this reader may not see is not in here; nobody can tell from it whether anything is left out."
_BANDS = {"exact-document": 1.0, "high": 0.9, "review": 0.75}  # strength of a hit whose score is not the reader's


@dataclass
class _Seen:
    """What of hits and intelligence a reader sees.

    Attributes:
        edges: rows of EDGES, with `shown` where they are told to the reader wherever the journey went: the records.
        persons: whom such an edge shows, with these records: also those who did not travel to the reader's state.
        masked: persons whom another desk handles, or who are minors.
        opaque: entries of which the reader knows the owner alone, to the owner.
        full: entries whose content the reader may have.
    """

    edges: list[dict[str, Any]] = field(default_factory=list)
    persons: dict[str, set[str]] = field(default_factory=dict)
    masked: set[str] = field(default_factory=set)
    opaque: dict[str, str] = field(default_factory=dict)
    full: set[str] = field(default_factory=set)


def for_reader(
    net: Network, reader: Actor, policy: Policy, *, released: Collection[tuple[str, str]] = (), export: bool = True
) -> Network:  # fmt: skip
    """Return what a reader may see of a network.

    Args:
        net: the whole.
        reader: who asks.
        policy: what the region agreed on.
        released: (record id, node id of the entry) whose content its owner released to the reader's state.
        export: it leaves the centre: names of minors are left to the protection desk.

    Raises:
        ConfigError: networks are not for this role.
    """
    if reader.role not in READERS:
        raise ConfigError(
            str(reader), f"networks are not for the role {reader.role}", f"roles are {', '.join(READERS)}"
        )
    whole = reader.state == CENTRE and reader.role != "list-owner"
    seen = _asked(net, reader, policy, released)
    trips = seen_trips(net, reader.state, by_journey=reader.role != "list-owner", persons=seen.persons)
    present = set(trips["person_id"]) | seen.persons.keys()
    if reader.role not in PROTECTIVE and export:
        minors = net.nodes.filter(pl.col("minor").fill_null(False) & pl.col("node_id").is_in(list(present)))
        seen.masked |= set(minors["node_id"])
    masked = sorted(seen.masked & present)
    unsaid = pl.col("person_id").is_in(masked)  # which record somebody is, says who
    trips = trips.with_columns(pl.when(unsaid).then(None).otherwise("cites").alias("cites"))
    told = told_by(trips)
    hits = [hit for hit in _hits(seen, told, whole) if hit["from_id"] not in seen.masked]
    own = [*hits, *_about(net, hits, seen.full), *(edge for edge in seen.edges if edge["grade"] is not None)]
    records = net.resolved.filter(~pl.col("person_id").is_in(masked))
    if not whole:
        cited = trips["cites"].explode().struct.field("record_id").drop_nulls()
        shown = {record for each in seen.persons.values() for record in each}
        records = records.filter(pl.col("record_id").is_in(pl.concat([cited, pl.Series(list(shown), dtype=pl.String)]).unique().implode()))  # fmt: skip
    edges = pl.concat(
        [carried(net, trips, whole=whole), rows(EDGES, [{name: edge[name] for name in EDGES} for edge in own])]
    )
    edges = pl.concat([edges, _perhaps(net, told, records, seen, whole)])
    if masked:
        edges = _without_masked(edges, masked, net.resolved.filter(pl.col("person_id").is_in(masked))["record_id"])
    there = set(pl.concat([edges["from_id"], edges["to_id"], trips["person_id"]]))
    # numbered by who is left: a gap would tell that there are more
    names = {each: f"{WITHHELD}{place}" for place, each in enumerate((one for one in masked if one in there), 1)}
    if not whole:
        names = _as_first_seen(trips, edges, seen) | names
    return _put_together(net, edges, trips, records, seen, names, reader, policy, whole=whole)


def _asked(net: Network, reader: Actor, policy: Policy, released: Collection[tuple[str, str]]) -> _Seen:
    """Return what the reader sees of hits and intelligence: each is asked about, none is passed over."""
    seen, given = _Seen(), _released(net, released)
    for each in statements(net, policy):
        edge, owns = each.edge, policy.is_custodian(reader.state, each.edge["owner"] or "")
        freed = given.get((edge["from_id"], edge["to_id"]), set()) if edge["grade"] is None else set()
        sight = sight_of(
            each.terms, reader, owns=owns, released=bool(freed),
            on_journey=reader.state == CENTRE or reader.state in each.states, minor=each.minor,
        )  # fmt: skip
        if sight is Sight.ELSEWHERE and each.terms.protected:
            seen.masked |= set(each.persons)
        cited = {cite["record_id"] for cite in edge["cites"] if cite["record_id"]}
        _note(seen, edge, sight, each.persons, cited if owns else freed if freed else None)
    return seen


@dataclass(frozen=True)
class Statement:
    """A hit or intelligence: a row of EDGES, its persons, what its caveats come to, states of its journeys, whether one is a minor."""

    edge: dict[str, Any]
    persons: list[str]
    terms: Terms
    states: set[str]
    minor: bool


def statements(net: Network, policy: Policy) -> Iterator[Statement]:
    """Yield each hit and each piece of intelligence of a network."""
    asked = net.edges.filter((pl.col("link") == "hit") | pl.col("grade").is_not_null())
    ends = pl.concat([asked["from_id"], asked["to_id"]]).unique()
    known = net.nodes.join(ends.to_frame("node_id"), on="node_id", how="semi")
    people = {row["node_id"]: row for row in known.filter(pl.col("type") == "person").iter_rows(named=True)}
    nations_of = dict(known.select("node_id", "nationalities").iter_rows())
    journeys = _journeys(net, list(people))
    for edge in asked.iter_rows(named=True):
        both = [end for end in (edge["from_id"], edge["to_id"]) if end in people]
        nations = {nation for end in (edge["from_id"], edge["to_id"]) for nation in nations_of.get(end) or ()}
        nations |= {people[each]["nationality"] for each in both} - {None}
        said = terms_of(policy, edge["handling"] or "protect", edge["caveats"], frozenset(nations))
        minor = any(people[each]["minor"] for each in both)
        yield Statement(edge, both, said, _states(edge, both, journeys), minor)


def _released(net: Network, released: Collection[tuple[str, str]]) -> dict[tuple[str, str], set[str]]:
    """Return the records whose hits were released, by person and entry."""
    person = dict(net.resolved.filter(pl.col("record_id").is_in([each for each, _ in released])).select("record_id", "person_id").iter_rows())  # fmt: skip
    if released and not person:  # a network without its records: its hits cite some
        cited = net.edges.filter(pl.col("link") == "hit").select("from_id", "cites").iter_rows()
        person = {cite["record_id"]: one for one, cites in cited for cite in cites}
    found: dict[tuple[str, str], set[str]] = {}
    for record, entry in released:
        if record in person:
            found.setdefault((person[record], entry), set()).add(record)
    return found


def _note(seen: _Seen, edge: dict[str, Any], sight: Sight, people: list[str], shown: set[str] | None) -> None:
    """Add an edge as it may be seen; `shown` are the records by which its persons are shown wherever they travel."""
    is_hit = edge["grade"] is None
    if sight < Sight.EXISTS or (sight is Sight.EXISTS and not is_hit):
        return  # that there is intelligence is told with its content or not at all
    made = edge | {"shown": shown}
    if sight is Sight.EXISTS:
        seen.opaque[edge["to_id"]] = edge["owner"]
        made |= {"to_id": f"opaque {edge['to_id']}", "label": edge["band"], "weight": _BANDS.get(edge["band"] or "", 0.75)}  # fmt: skip
        made |= {"crime_types": [], "caveats": []}
    elif is_hit:
        seen.full.add(edge["to_id"])
    for each in people if shown is not None else ():
        seen.persons.setdefault(each, set()).update(shown or ())
    seen.edges.append(made)


def _hits(seen: _Seen, told: Mapping[str, Told], whole: bool) -> Iterator[dict[str, Any]]:
    """Yield hits whose persons are seen, told by what the reader has of them."""
    for edge in seen.edges:
        mine = told.get(edge["from_id"])
        if edge["grade"] is not None or not (whole or mine or edge["shown"]):
            continue
        if not whole:
            records = (mine.records if mine else frozenset()) | (edge["shown"] or set())
            cites = [cite for cite in edge["cites"] if cite["record_id"] in records]
            if edge["shown"] is None or len(cites) < len(edge["cites"]):
                edge = edge | {"count": max(1, len(cites)), "cites": cites}
                edge |= {"first_seen": mine and mine.first, "last_seen": mine and mine.last, "states": mine.states if mine else []}  # fmt: skip
        yield edge


def _about(net: Network, hits: list[dict[str, Any]], full: set[str]) -> Iterator[dict[str, Any]]:
    """Yield what entries are about whose content is seen, by the hits that are seen."""
    about = net.edges.filter((pl.col("link") == "about") & pl.col("from_id").is_in(list(full)))
    by_entry: dict[str, list[dict[str, Any]]] = {}
    for hit in hits:
        by_entry.setdefault(hit["to_id"], []).append(hit)
    for edge in about.iter_rows(named=True):
        said = by_entry.get(edge["from_id"], [])
        if said:
            dates = {name: [hit[name] for hit in said if hit[name]] for name in ("first_seen", "last_seen")}
            yield edge | {
                "first_seen": min(dates["first_seen"], default=None), "last_seen": max(dates["last_seen"], default=None),
                "count": sum(hit["count"] for hit in said), "states": sorted({state for hit in said for state in hit["states"]}),
                "cites": [cite for hit in said for cite in hit["cites"]][:MOST_CITES],
            }  # fmt: skip


def _perhaps(
    net: Network, told: Mapping[str, Told], records: pl.DataFrame, seen: _Seen, whole: bool
) -> pl.DataFrame:  # fmt: skip
    """Return who is perhaps the same person, of persons that are both seen, where what is seen of them says so."""
    there = pl.Series([*told, *(end for edge in seen.edges for end in (edge["from_id"], edge["to_id"]))], dtype=pl.String).unique().implode()  # fmt: skip
    same = net.edges.filter(
        (pl.col("link") == "perhaps same person") & pl.col("grade").is_null()
        & pl.col("from_id").is_in(there) & pl.col("to_id").is_in(there)
    )  # fmt: skip
    if whole:
        return same
    found = []
    for edge in same.join(alike(records), on=["from_id", "to_id"], how="semi").iter_rows(named=True):
        both = [told[end] for end in (edge["from_id"], edge["to_id"]) if end in told]
        cites = [cite for cite in edge["cites"] if any(cite["record_id"] in each.records for each in both)]
        found.append(edge | {
            "first_seen": min((each.first for each in both if each.first), default=None),
            "last_seen": max((each.last for each in both if each.last), default=None),
            "states": sorted({state for each in both for state in each.states}), "cites": cites, "count": max(1, len(cites)),
        })  # fmt: skip
    return rows(EDGES, found)


def _as_first_seen(trips: pl.DataFrame, edges: pl.DataFrame, seen: _Seen) -> dict[str, str]:
    """Return for each person an id by what the reader has: another one would tell of a record that they may not see."""
    cited = trips.select("person_id", pl.col("cites").list.first().struct.field("record_id")).drop_nulls("record_id")
    names = {
        person: f"person:{record}"
        for person, record in cited.unique("person_id", keep="first", maintain_order=True).iter_rows()
    }
    for edge in sorted(seen.edges, key=lambda each: each["grade"] is not None):
        for end in ("from_id", "to_id"):
            if edge[end].startswith("person:") and edge[end] not in names and edge["cites"]:
                first = edge["cites"][0]
                shown = first["record_id"] if edge["grade"] is None else None
                if shown is None or shown not in (edge["shown"] or ()):
                    shown = f"known/{first['source']}:{first['message_ref']}/{end.removesuffix('_id')}"
                names[edge[end]] = f"person:{shown}"
    return names


def _put_together(
    net: Network, edges: pl.DataFrame, trips: pl.DataFrame, records: pl.DataFrame, seen: _Seen, names: Mapping[str, str],
    reader: Actor, policy: Policy, *, whole: bool,
) -> Network:  # fmt: skip
    there = set(edges["to_id"])
    entries = [each for each in sorted(seen.opaque) if f"opaque {each}" in there]
    hidden = {f"opaque {each}": f"entry:{seen.opaque[each]}/withheld-{place}" for place, each in enumerate(entries, 1)}
    edges = renamed(edges, ("from_id", "to_id"), {**names, **hidden})
    one, other = (pick("from_id", "to_id") for pick in (pl.min_horizontal, pl.max_horizontal))
    turned = (pl.col("link") == "perhaps same person") & pl.col("grade").is_null()  # the smaller end comes first
    edges = edges.with_columns(pl.when(turned).then(new).otherwise(old).alias(old) for old, new in (("from_id", one), ("to_id", other)))  # fmt: skip
    trips = renamed(trips, ("person_id",), names)
    is_masked = pl.col("person_id").str.starts_with(WITHHELD)
    trips = trips.with_columns(
        pl.when(is_masked).then(pl.lit([], dtype=pl.List(pl.String))).otherwise(pl.col(column)).alias(column)
        for column in (*VALUES, *PAYING)
    )
    trips = trips.with_columns(pl.when(~is_masked).then("booked_at").alias("booked_at"))
    records = renamed(records, ("person_id",), names)
    shown = Shown(edges, trips, records, names, {new: old.removeprefix("opaque ") for old, new in hidden.items()}, frozenset(seen.full))  # fmt: skip
    nodes = seen_nodes(net, shown, policy.sharing.words["elsewhere"], whole=whole)
    resolved = records.filter(pl.col("person_id").is_in(nodes["node_id"].implode()))
    if not whole:
        known = pl.col("other_record_id").is_in(resolved["record_id"].implode())
        known &= pl.col("key").is_in(nodes["node_id"].implode())  # of an owner elsewhere: no bookings, no contacts
        resolved = resolved.with_columns(
            pl.when(known).then(name).alias(name) for name in ("by", "key", "other_record_id")
        )
    last = trips["departs_at"].max()
    as_of = net.about.get("as_of") if whole else str(last.date()) if last else None  # type: ignore[union-attr]
    kept = {name: net.about[name] for name in ("name", "made_at") if name in net.about}
    about: dict[str, Any] = kept | {"as_of": as_of, "reader": str(reader), "caveats": _caveats(nodes, edges, reader, policy)}  # fmt: skip
    trips = trips.sort("departs_at", "flight_id", "person_id", nulls_last=True)
    return Network(nodes, edges.sort("link", "from_id", "to_id", "owner"), trips, resolved.sort("record_id"), about)


def _without_masked(edges: pl.DataFrame, masked: list[str], records: pl.Series) -> pl.DataFrame:
    """Return the edges without what says who a masked person is.

    That is: hits, intelligence, their records, and what only masked persons have. What a payment or an agency ties them
    to stays, where it ties several: it is nobody's name, and shows who may be behind them.
    """
    is_masked = pl.col("from_id").is_in(masked) | pl.col("to_id").is_in(masked)
    said = pl.col("link").is_in(["hit", "perhaps same person"]) | pl.col("grade").is_not_null()
    edges = edges.filter(~(is_masked & said))
    valued = edges.filter(pl.col("from_id").str.starts_with("person:")).group_by("to_id").agg(
        pl.col("from_id").n_unique().alias("n"), pl.col("from_id").is_in(masked).all().alias("theirs")
    )  # fmt: skip
    nobodys = pl.col("to_id").str.contains("^(payment|agency):") & (pl.col("n") > 1)
    shared = valued.filter(~pl.col("theirs") | nobodys)["to_id"].implode()
    kept = pl.col("to_id").is_in(shared) | pl.col("to_id").str.contains("^(flight|vessel|port):")
    edges = edges.filter(~is_masked | kept)
    no_cites = pl.lit([], dtype=EDGES["cites"].dtype)
    unsaid = pl.col("cites").list.filter(
        ~pl.element().struct.field("record_id").is_in(records.implode()).fill_null(False)
    )
    of_flights = pl.col("link").is_in(["from", "to"])  # flights cite whoever was on them
    return edges.with_columns(
        pl.when(is_masked).then(no_cites).when(of_flights).then(unsaid).otherwise("cites").alias("cites")
    )


def _caveats(nodes: pl.DataFrame, edges: pl.DataFrame, reader: Actor, policy: Policy) -> list[str]:
    """Return what stands on everything made of it: for whom, what owners ask, and that it is not all."""
    asked = nodes["caveats"].explode().drop_nulls().unique().sort().to_list()
    handlings = edges["handling"].drop_nulls().unique().sort().to_list()
    words = [policy.sharing.words.get(each, policy.sharing.words["protect"]) for each in handlings]
    lines = [f"For {reader.state}, {reader.role}, alone."]
    lines += [f"Caveats of owners: {', '.join(asked)}."] if asked else []
    return [*lines, *words, CLOSED]


def _states(edge: dict[str, Any], people: list[str], journeys: Mapping[str, set[str]]) -> set[str]:
    """Return the states whose journeys an edge is about: of a hit those it was found on, of intelligence all of its persons'."""
    if edge["grade"] is None:
        return set(edge["states"])
    return {state for each in people for state in journeys.get(each, ())}


def _journeys(net: Network, people: list[str]) -> dict[str, set[str]]:
    own = net.trips.filter(pl.col("person_id").is_in(people)).select("person_id", "states").explode("states")
    return {
        person: set(states)
        for person, states in own.drop_nulls().group_by("person_id").agg(pl.col("states").unique()).iter_rows()
    }
