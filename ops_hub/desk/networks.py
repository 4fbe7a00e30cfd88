"""A network to a reader: built anew from what they may see, so that nothing else is in it, counts and dates included.

Reach for `for_reader()` before a network, a finding or a chart leaves the centre. Hits and intelligence are asked about one
by one (`casework.sight`); what carriers said is worked out again from the trips that concern the reader (`desk.seen_trips`).

Who needs protection is on nobody's chart by name but the protection desk's: a chart is printed and passed on.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import polars as pl

from ops_hub.casework.case import CENTRE, Actor
from ops_hub.casework.policy import Policy, terms_of
from ops_hub.casework.sight import PROTECTIVE, Sight, sight_of
from ops_hub.desk.seen_trips import PAYING, VALUES, carried, renamed, seen_trips, told_by
from ops_hub.errors import ConfigError
from ops_hub.graph.net import Network
from ops_hub.schemas import EDGES, rows

READERS = ("officer", "supervisor", "protection", "prosecutor", "list-owner")  # roles that work with networks
CLOSED = "What this reader may not see is not in here; nobody can tell from it whether anything is left out."
_BANDS = {"exact-document": 1.0, "high": 0.9, "review": 0.75}  # strength of a hit whose score is not the reader's


@dataclass
class _Seen:
    """What of hits and intelligence a reader sees.

    Attributes:
        edges: rows of EDGES.
        persons: whom such an edge shows, with the records of it: also those who did not travel to the reader's state.
        masked: persons whom another desk handles, or who are minors.
        opaque: entries of which the reader knows the owner alone, by the id they stand under.
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
    seen = _asked(net, reader, policy, set(released))
    trips = seen_trips(net, reader.state, by_journey=reader.role != "list-owner", persons=seen.persons)
    present = set(trips["person_id"]) | seen.persons.keys()
    if reader.role not in PROTECTIVE and export:
        minors = net.nodes.filter(pl.col("minor").fill_null(False) & pl.col("node_id").is_in(list(present)))
        seen.masked |= set(minors["node_id"])
    whole = reader.state == CENTRE and reader.role != "list-owner"
    unsaid = pl.col("person_id").is_in(list(seen.masked))  # which record somebody is, says who
    trips = trips.with_columns(pl.when(unsaid).then(None).otherwise("cites").alias("cites"))
    carriers = carried(net, trips, whole=whole)
    own = rows(EDGES, list(_own_edges(net, seen, trips, whole)))
    return _put_together(net, pl.concat([carriers, own]), trips, seen, reader, policy, whole=whole)


def _asked(net: Network, reader: Actor, policy: Policy, released: set[tuple[str, str]]) -> _Seen:
    """Return what the reader sees of hits and intelligence: each is asked about, none is passed over."""
    seen = _Seen()
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
        sight = sight_of(
            said, reader,
            owns=policy.is_custodian(reader.state, edge["owner"] or ""),
            released=any((cite["record_id"], edge["to_id"]) in released for cite in edge["cites"]),
            on_journey=reader.state == CENTRE or reader.state in _states(edge, both, journeys),
            minor=any(people[each]["minor"] for each in both),
        )  # fmt: skip
        _note(seen, edge, sight, both, owns=policy.is_custodian(reader.state, edge["owner"] or ""))
    return seen


def _note(seen: _Seen, edge: dict[str, Any], sight: Sight, people: list[str], *, owns: bool) -> None:
    if sight is Sight.ELSEWHERE and edge["handling"] not in ("enforce", "discreet"):
        seen.masked |= set(people)
    is_hit = edge["link"] == "hit"
    if sight < Sight.EXISTS or (sight is Sight.EXISTS and not is_hit):
        return  # that there is intelligence is told with its content or not at all
    made = dict(edge)
    if sight is Sight.EXISTS:
        opaque = seen.opaque.setdefault(edge["to_id"], f"entry:{edge['owner']}/withheld-{len(seen.opaque) + 1}")
        made |= {"to_id": opaque, "label": edge["band"], "weight": _BANDS.get(edge["band"] or "", 0.75)}
        made |= {"crime_types": [], "caveats": []}
    else:
        seen.full |= {end for end in (edge["from_id"], edge["to_id"]) if end not in people}
    if owns:
        for each in people:
            seen.persons.setdefault(each, set()).update(
                cite["record_id"] for cite in edge["cites"] if cite["record_id"]
            )
    seen.edges.append(made | {"_owns": owns})


def _own_edges(
    net: Network, seen: _Seen, trips: pl.DataFrame, whole: bool
) -> Iterator[dict[str, Any]]:  # fmt: skip
    """Yield hits and intelligence whose persons are seen, told by what the reader has of them."""
    told = told_by(trips)
    for edge in seen.edges:
        owns = edge.pop("_owns")
        if edge["link"] == "hit" and not (owns or whole):
            mine = told.get(edge["from_id"])
            if mine is None:
                continue
            cites = [cite for cite in edge["cites"] if cite["record_id"] in mine.records]
            edge |= {"count": max(1, len(cites)), "cites": cites, "first_seen": mine.first, "last_seen": mine.last}
            edge["states"] = mine.states
        yield edge
    about = net.edges.filter((pl.col("link") == "about") & pl.col("from_id").is_in(list(seen.full)))
    yield from about.iter_rows(named=True)
    present = list(told)
    same = net.edges.filter(
        (pl.col("link") == "perhaps same person") & pl.col("from_id").is_in(present) & pl.col("to_id").is_in(present)
    )
    for edge in same.iter_rows(named=True):
        records = told[edge["from_id"]].records | told[edge["to_id"]].records
        cites = edge["cites"] if whole else [cite for cite in edge["cites"] if cite["record_id"] in records]
        yield edge | {"cites": cites}


def _put_together(
    net: Network, edges: pl.DataFrame, trips: pl.DataFrame, seen: _Seen, reader: Actor, policy: Policy, *, whole: bool
) -> Network:  # fmt: skip
    names = {each: f"person:withheld-{place}" for place, each in enumerate(sorted(seen.masked), 1)}
    edges = _without_own(edges, set(names)) if names else edges
    edges = renamed(edges, ("from_id", "to_id"), names)
    trips = renamed(trips, ("person_id",), names)
    trips = trips.with_columns(
        pl.when(pl.col("person_id").is_in(list(names.values()))).then(pl.lit([], dtype=pl.List(pl.String))).otherwise(pl.col(column)).alias(column)
        for column in (*VALUES, *PAYING)
    )  # fmt: skip
    ends = pl.concat([edges["from_id"], edges["to_id"], trips["person_id"]]).unique()
    nodes = _nodes(net, ends, edges, trips, seen, names, policy, whole=whole)
    records = trips["cites"].explode().struct.field("record_id").drop_nulls().unique()
    resolved = net.resolved.filter(pl.col("person_id").is_in(ends.implode()))
    if not whole:
        resolved = resolved.filter(pl.col("record_id").is_in(records.implode()))
        known = pl.col("other_record_id").is_in(records.implode())
        resolved = resolved.with_columns(
            pl.when(known).then(name).otherwise(None).alias(name) for name in ("by", "key", "other_record_id")
        )
    kept = {name: net.about[name] for name in ("name", "made_at", "as_of") if name in net.about}
    about: dict[str, Any] = kept | {"reader": str(reader), "caveats": _caveats(nodes, edges, reader, policy)}
    return Network(nodes, edges.sort("link", "from_id", "to_id", "owner"), trips, resolved, about)


def _without_own(edges: pl.DataFrame, masked: set[str]) -> pl.DataFrame:
    """Return the edges without values that only a masked person has: they would say who it is; of others no proof is told."""
    is_masked = pl.col("from_id").is_in(list(masked)) | pl.col("to_id").is_in(list(masked))
    edges = edges.filter(~(is_masked & pl.col("link").is_in(["hit", "perhaps same person"])))
    edges = edges.filter(~(is_masked & pl.col("grade").is_not_null()))
    valued = edges.filter(pl.col("from_id").str.starts_with("person:") & ~pl.col("to_id").str.starts_with("flight:"))
    shared = valued.group_by("to_id").agg(pl.col("from_id").n_unique().alias("n")).filter(pl.col("n") > 1)
    kept = pl.col("to_id").is_in(shared["to_id"].implode()) | pl.col("to_id").str.contains("^(flight|vessel|port):")
    edges = edges.filter(~is_masked | kept)
    no_cites = pl.lit([], dtype=EDGES["cites"].dtype)
    return edges.with_columns(pl.when(is_masked).then(no_cites).otherwise("cites").alias("cites"))


def _nodes(
    net: Network, ends: pl.Series, edges: pl.DataFrame, trips: pl.DataFrame, seen: _Seen, names: Mapping[str, str],
    policy: Policy, *, whole: bool,
) -> pl.DataFrame:  # fmt: skip
    """Return the nodes that are left, with no more in them than edges and trips tell."""
    back = {new: old for old, new in (seen.opaque | dict(names)).items()}
    asked = pl.DataFrame({"shown": ends}).with_columns(
        pl.col("shown").replace(back).alias("node_id") if back else pl.col("shown").alias("node_id")
    )
    nodes = asked.join(net.nodes, on="node_id", how="left", maintain_order="left")
    is_masked = pl.col("shown").is_in(list(names.values()))
    is_opaque = pl.col("shown").is_in(list(seen.opaque.values()))
    desk = policy.sharing.words["elsewhere"]
    owners = {old: new.removeprefix("entry:").partition("/")[0] for old, new in seen.opaque.items()}
    label = (
        pl.when(is_masked).then(pl.lit("person, name withheld: ") + pl.lit(desk))
        .when(is_opaque).then(pl.lit("entry of ") + pl.col("node_id").replace(owners) + pl.lit(": ask its desk"))
        .otherwise("label")
    )  # fmt: skip
    nodes = nodes.with_columns(label.alias("label"), pl.col("shown").alias("node_id")).drop("shown")
    nulls = ("birth_date", "sex", "nationality")
    nodes = nodes.with_columns(
        *(pl.when(pl.col("node_id").is_in(list(names.values()))).then(None).otherwise(name).alias(name) for name in nulls),
        pl.when(pl.col("node_id").is_in(list(seen.opaque.values()))).then(pl.lit([], dtype=pl.List(pl.String))).otherwise("caveats").alias("caveats"),
    )  # fmt: skip
    return _retold(nodes, edges, trips, whole=whole).select(net.nodes.columns).sort("node_id")


def _retold(nodes: pl.DataFrame, edges: pl.DataFrame, trips: pl.DataFrame, *, whole: bool) -> pl.DataFrame:
    """Return the nodes with band, handling and crime types of the hits that are left, and counts and times likewise."""
    strength = pl.col("band").replace_strict(_BANDS, default=0.0, return_dtype=pl.Float64)
    order = pl.col("handling").replace_strict(
        {"protect": 0, "enforce": 1, "discreet": 2}, default=3, return_dtype=pl.Int64
    )
    hits = edges.filter(pl.col("link") == "hit")
    both = pl.concat([hits.with_columns(pl.col(end).alias("node_id")) for end in ("from_id", "to_id")])
    met = both.group_by("node_id").agg(
        pl.col("band").sort_by(strength, descending=True).first(), pl.col("handling").sort_by(order).first(),
        pl.col("crime_types").explode().drop_nulls().unique().sort(),
    )  # fmt: skip
    is_met = pl.col("type").is_in(["person", "entry"])
    nodes = nodes.join(met, on="node_id", how="left", suffix="_met", maintain_order="left").with_columns(
        pl.when(is_met).then("band_met").otherwise("band").alias("band"),
        pl.when(is_met).then("handling_met").otherwise("handling").alias("handling"),
        pl.when(is_met).then(pl.col("crime_types_met").fill_null([])).otherwise("crime_types").alias("crime_types"),
    )
    if whole:
        return nodes
    ends = pl.concat([edges.with_columns(pl.col(end).alias("node_id"), pl.col(other).alias("other")) for end, other in (("from_id", "to_id"), ("to_id", "from_id"))])  # fmt: skip
    again = ends.group_by("node_id").agg(
        pl.col("first_seen").min(), pl.col("last_seen").max(), pl.col("count").sum().alias("records"),
        pl.col("other").filter(pl.col("other").str.starts_with("person:")).n_unique().alias("persons"),
        pl.col("states").explode().drop_nulls().unique().sort(),
    )  # fmt: skip
    nodes = nodes.drop("first_seen", "last_seen", "records", "persons", "states").join(
        again, on="node_id", how="left", maintain_order="left"
    )
    damped = pl.when(pl.col("damped").is_not_null()).then(pl.lit("shared by many"))
    return nodes.with_columns(
        pl.col("records", "persons").cast(pl.Int64).fill_null(0), pl.col("states").fill_null([]), damped.alias("damped")
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
    if edge["link"] == "hit":
        return set(edge["states"])
    return {state for each in people for state in journeys.get(each, ())}


def _journeys(net: Network, people: list[str]) -> dict[str, set[str]]:
    own = net.trips.filter(pl.col("person_id").is_in(people)).select("person_id", "states").explode("states")
    return {
        person: set(states)
        for person, states in own.drop_nulls().group_by("person_id").agg(pl.col("states").unique()).iter_rows()
    }
