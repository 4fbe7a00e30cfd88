"""Travellers, hits and intelligence into a Network: who is who, what each names, and how much it says that they share it.

Reach for `build()`. It is the walk of this room: gather, resolve, make nodes, make edges, weigh. Everything is sorted and
joined by numbers; texts come in at the end. The same input gives the same frames, in whatever order its rows came.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import polars as pl

from ops_hub.errors import ConfigError
from ops_hub.graph.about import told_of
from ops_hub.graph.damping import companions, weighed
from ops_hub.graph.edges import aggregated, packed, unpacked
from ops_hub.graph.finish import finished_edges, finished_nodes
from ops_hub.graph.gather import LINKS_OF, Gathered, gathered
from ops_hub.graph.known import held, with_persons
from ops_hub.graph.met import met
from ops_hub.graph.net import Network
from ops_hub.graph.resolve import RULES, alike, doubtful, resolved
from ops_hub.graph.said import Said
from ops_hub.graph.settings import Settings
from ops_hub.graph.trips import trips
from ops_hub.schemas import HITS, RESOLVED, check
from ops_hub.states import States

LINKS = sorted({*LINKS_OF.values(), "from", "to", "hit", "about", "perhaps same person"})
_LINK = pl.Enum(LINKS)


def build(
    said: Said,
    states: States,
    settings: Settings,
    *,
    as_of: date | None = None,
    carriers: Mapping[str, str] | None = None,
) -> Network:
    """Return the network.

    Args:
        said: what is known.
        states: home states and their ports.
        settings: limits.
        as_of: journeys and intelligence after this day are left out; None takes all.
        carriers: ICAO codes of carriers to the codes that flights are named by.

    Raises:
        ConfigError: `apart` names a record that is not there.
    """
    found = gathered(said.travellers, states, as_of=as_of, carriers=carriers)
    who = resolved(found, settings.damping.most_names, _apart(said.apart, found.records))
    records = found.records.with_columns(who["root"]).with_columns(_only(found, "booking"), _only(found, "agency"))
    hits = met(check(said.hits, HITS, "build"), records, said.entries)
    known = said.intelligence
    if as_of is not None:
        known = known.filter(pl.col("since").is_null() | (pl.col("since") <= as_of))
    known, perhaps = with_persons(known, found, records["root"])
    known = pl.concat([known, held(known)])
    nodes, code = _nodes(found, records, hits, known, perhaps)
    names = nodes["node_id"]
    persons = _codes(names, pl.concat_str(pl.lit("person:"), pl.col("record_id")), records)
    persons = persons.gather(records["root"])
    rows = _rows(found, records, hits, persons, code, names, _alike(records, said.apart, settings.damping.alike))
    # what names a node: ends that are no persons; ports at both ends of a flight are named once
    named = (
        rows.filter(pl.col("link") != "perhaps same person")
        .select(packed("b", "r").alias("pair"))
        .unique()
        .sort("pair")
    )
    named = named.select(unpacked("pair")[1].alias("node"), unpacked("pair")[2].alias("r"))
    weights = weighed(named, nodes["type"], records, settings.damping)
    near = companions(named, weights, nodes["type"], records["root"], settings.damping.counted)
    rows = rows.select(packed("a", "b", pl.col("link").to_physical()).alias("key"), "r")
    edges = aggregated(rows, records)
    link, one, other = unpacked("key")
    edges = edges.select(link.alias("link"), one.alias("a"), other.alias("b"), pl.exclude("key"))
    edges = edges.with_columns(pl.Series(LINKS, dtype=pl.String).gather(edges["link"]).alias("link"))
    made = finished_nodes(nodes, named, persons, records, weights, near, hits, known, found.states)
    whole = Network(
        made,
        finished_edges(edges, made, hits, persons, known, perhaps, found.states),
        trips(found, persons, code, names),
        _resolved(who, found),
    )
    return Network(whole.nodes, whole.edges, whole.trips, whole.resolved, told_of(whole, said, found, hits, doubtful(records), as_of))  # fmt: skip


def _apart(pairs: Sequence[tuple[str, str]], records: pl.DataFrame) -> list[tuple[int, int]]:
    wanted = {each for pair in pairs for each in pair}
    there = records.filter(pl.col("record_id").is_in(list(wanted))).select("record_id", "r")
    place = dict(there.iter_rows())
    if missing := sorted(wanted - place.keys()):
        problem = f"no record of the feeds is called {', '.join(missing[:5])}"
        raise ConfigError("records to be kept apart", problem, "correct their ids (ID@FILE where one id stands for several), or name the feeds that hold them")  # fmt: skip
    return [(place[one], place[other]) for one, other in pairs]


def _alike(records: pl.DataFrame, apart: Sequence[tuple[str, str]], most: int) -> pl.DataFrame:
    """Return one and other (first records) of persons that are perhaps the same, and of whom nobody said they are not."""
    found = alike(records, most)
    if not apart or found.is_empty():
        return found
    root = records.select("record_id", "root")
    pairs = pl.DataFrame(apart, schema={"a": pl.String, "b": pl.String}, orient="row")
    pairs = pairs.join(root, left_on="a", right_on="record_id").join(
        root, left_on="b", right_on="record_id", suffix="_b"
    )
    ends = pairs.select(
        pl.min_horizontal("root", "root_b").alias("one"), pl.max_horizontal("root", "root_b").alias("other")
    )
    return found.join(ends, on=["one", "other"], how="anti")


def _only(found: Gathered, kind: str) -> pl.Series:
    """Return for each record the booking or agency (number) that it names; null where none."""
    named = found.named.filter(pl.col("type") == kind).unique("r").select("r", pl.col("key").alias(kind))
    return found.records.select("r").join(named, on="r", how="left", maintain_order="left")[kind]


def _nodes(
    found: Gathered, records: pl.DataFrame, hits: pl.DataFrame, known: pl.DataFrame, perhaps: pl.DataFrame
) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Return node_id, type and label of all nodes, sorted by id; and key and node (its place) of the values."""
    first = records.filter(pl.col("r") == pl.col("root"))
    persons = first.select(pl.concat_str(pl.lit("person:"), "record_id").alias("node_id"), pl.lit("person").alias("type"), "label")  # fmt: skip
    ports = (
        pl.concat([records[end].drop_nulls().alias("label") for end in ("from_port", "to_port")]).unique().to_frame()
    )
    entries = hits.group_by(pl.col("entry_id").alias("node_id")).agg(pl.col("entry_label").min().alias("label"))
    crimes = hits["crime_types"].explode(empty_as_null=False).drop_nulls().unique().alias("label").to_frame()
    ends = pl.concat(
        known.select(pl.col(f"{end}_id").alias("node_id"), pl.col(f"{end}_type").alias("type"), pl.col(f"{end}_label").alias("label"))
        for end in ("from", "to")
    )  # fmt: skip
    columns = ("node_id", "type", "label")
    from_records = [
        persons,
        found.values.select(columns),
        ports.select(pl.concat_str(pl.lit("port:"), "label").alias("node_id"), pl.lit("port").alias("type"), "label"),
        entries.select("node_id", pl.lit("entry").alias("type"), "label"),
        crimes.select(_crime(pl.col("label")).alias("node_id"), pl.lit("crime").alias("type"), "label"),
    ]
    told = pl.concat([*from_records[:4], from_records[4].unique("node_id", keep="any").sort("node_id")])
    new = (
        ends.group_by("node_id").agg(pl.col("type").first(), pl.col("label").min()).join(told, on="node_id", how="anti")
    )
    nodes = pl.concat([told, new]).sort("node_id")
    place = nodes.select("node_id", pl.int_range(pl.len(), dtype=pl.UInt32).alias("node"))
    code = found.values.select("key", "node_id").join(place, on="node_id").select("key", "node")
    return nodes, code


def _crime(name: pl.Expr) -> pl.Expr:
    return pl.concat_str(pl.lit("crime:"), name.str.to_lowercase())


def _codes(names: pl.Series, ids: pl.Expr, frame: pl.DataFrame) -> pl.Series:
    """Return the nodes (numbers) of ids that a frame gives, in its order."""
    place = pl.DataFrame({"id": names, "node": pl.int_range(len(names), dtype=pl.UInt32, eager=True)})
    return frame.select(ids.alias("id")).join(place, on="id", how="left", maintain_order="left")["node"]


def _rows(
    found: Gathered,
    records: pl.DataFrame,
    hits: pl.DataFrame,
    persons: pl.Series,
    code: pl.DataFrame,
    names: pl.Series,
    same: pl.DataFrame,
) -> pl.DataFrame:
    """Return link, a, b (nodes) and r: who says what, once a record."""
    named = found.named.join(code, on="key").with_columns(pl.col("type").cast(pl.String).replace_strict(LINKS_OF, return_dtype=_LINK).alias("link"))  # fmt: skip
    values = named.select("link", persons.gather(named["r"]).alias("a"), pl.col("node").alias("b"), "r")
    flown = named.filter(pl.col("link") == "travelled").select("r", pl.col("node").alias("a"))
    parts = [values]
    for end in ("from", "to"):
        ported = flown.with_columns(records[f"{end}_port"].gather(flown["r"]).alias("port")).drop_nulls("port")
        b = _codes(names, pl.concat_str(pl.lit("port:"), "port"), ported)
        parts.append(ported.select(pl.lit(end, dtype=_LINK).alias("link"), "a", b.alias("b"), "r"))
    entry = _codes(names, pl.col("entry_id"), hits)
    parts.append(hits.select(pl.lit("hit", dtype=_LINK).alias("link"), persons.gather(hits["r"]).alias("a"), entry.alias("b"), "r"))  # fmt: skip
    crimes = hits.select("r", entry.alias("a"), pl.col("crime_types").alias("crime")).explode(
        "crime", empty_as_null=False
    )
    crimes = crimes.drop_nulls("crime")
    crime = _codes(names, _crime(pl.col("crime")), crimes)
    parts.append(crimes.select(pl.lit("about", dtype=_LINK).alias("link"), "a", crime.alias("b"), "r").unique())
    ends = same.select(*(persons.gather(same[end]).alias(end) for end in ("one", "other")), pl.concat_list("one", "other").alias("r"))  # fmt: skip
    smaller, larger = pl.min_horizontal("one", "other").alias("a"), pl.max_horizontal("one", "other").alias("b")
    perhaps = ends.select(pl.lit("perhaps same person", dtype=_LINK).alias("link"), smaller, larger, "r").explode("r")
    return pl.concat([*parts, perhaps])


def _resolved(who: pl.DataFrame, found: Gathered) -> pl.DataFrame:
    """Return RESOLVED."""
    ids = found.records["record_id"]
    keys = who.select("key").join(found.values.select("key", "node_id"), on="key", how="left", maintain_order="left")
    made = pl.DataFrame(
        {
            "record_id": ids,
            "person_id": "person:" + ids.gather(who["root"]),
            "by": who["by"].replace_strict(dict(enumerate(RULES)), return_dtype=pl.String),
            "key": keys["node_id"],
            "other_record_id": ids.gather(who["other"]),
            **{name: found.records[name] for name in ("label", "birth_date", "sex", "nationality")},
            "nationalities": found.records["nations"],
        }
    )
    return made.select(RESOLVED.keys()).sort("record_id")
