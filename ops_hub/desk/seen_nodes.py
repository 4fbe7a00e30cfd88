"""The nodes of a network for its reader: what the edges, trips and records that are left say of them, and nothing else.

Reach for `seen_nodes()` when these are made. Counts, dates, names and weights are worked out again, for those of the whole
would tell of records that the reader may not see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ops_hub.desk.seen_trips import coarse
from ops_hub.graph.damping import SHARING
from ops_hub.graph.finish import TOLD, most_said
from ops_hub.graph.gather import called, whole_date
from ops_hub.graph.net import Network
from ops_hub.graph.nodes import BANDS
from ops_hub.schemas import WITHHELD

_HANDLINGS = ("protect", "enforce", "discreet")  # what counts first
_NONE = pl.lit([], dtype=pl.List(pl.String))
_OF_INTELLIGENCE = ("owner", "handling", "crime_types", "caveats")


@dataclass(frozen=True)
class Shown:
    """What a reader sees.

    Attributes:
        edges: EDGES, by the ids that nodes have for the reader.
        trips: TRIPS, likewise.
        records: RESOLVED, likewise.
        names: ids of persons in the whole to those that they have for the reader.
        opaque: ids for the reader of entries of which only the owner is told, to those in the whole.
        full: entries whose content is seen.
    """

    edges: pl.DataFrame
    trips: pl.DataFrame
    records: pl.DataFrame
    names: Mapping[str, str]
    opaque: Mapping[str, str]
    full: frozenset[str]


def alike(records: pl.DataFrame) -> pl.DataFrame:
    """Return from_id and to_id of persons of whom these records say one name and one whole birth date."""
    told = records.select("person_id", called("label").alias("name"), whole_date(pl.col("birth_date")).alias("born"))
    told = told.drop_nulls().unique()
    both = told.join(told, on=["name", "born"]).filter(pl.col("person_id") < pl.col("person_id_right"))
    return both.select(pl.col("person_id").alias("from_id"), pl.col("person_id_right").alias("to_id")).unique()


def seen_nodes(net: Network, shown: Shown, withheld: str, *, whole: bool) -> pl.DataFrame:
    """Return NODES.

    Args:
        net: the whole.
        shown: what the reader sees.
        withheld: words for whose name is not for the reader.
        whole: the reader sees all that carriers said.
    """
    ends = pl.concat([shown.edges["from_id"], shown.edges["to_id"], shown.trips["person_id"]]).unique()
    back = {new: old for old, new in shown.names.items()} | dict(shown.opaque)
    asked = ends.to_frame("shown").with_columns(pl.col("shown").replace(back).alias("node_id"))
    nodes = asked.join(net.nodes, on="node_id", how="left", maintain_order="left")
    nodes = nodes.drop("node_id").rename({"shown": "node_id"})
    nodes = _told(nodes, net, shown, whole=whole)
    nodes = _hit(nodes, shown.edges)
    nodes = _counted(nodes, shown, whole=whole)
    return _named(nodes, shown, withheld).select(net.nodes.columns).sort("node_id")


def _told(nodes: pl.DataFrame, net: Network, shown: Shown, *, whole: bool) -> pl.DataFrame:
    """Return the nodes with what intelligence and records that are seen say of them."""
    here, all_ = (_by_end(edges.filter(pl.col("grade").is_not_null())) for edges in (shown.edges, net.edges))
    order = pl.col("handling").replace_strict({each: place for place, each in enumerate(_HANDLINGS)}, default=3, return_dtype=pl.Int64)  # fmt: skip
    known = here.group_by("node_id").agg(
        pl.col("owner").min(), pl.col("handling").sort_by(order).first(),
        *(pl.col(name).explode().drop_nulls().unique().sort() for name in ("crime_types", "caveats")), pl.len().alias("seen"),
    )  # fmt: skip
    names = dict(shown.names)
    counted = all_.group_by(pl.col("node_id").replace(names)).agg(pl.len().alias("told"))
    nodes = nodes.join(known, on="node_id", how="left", suffix="_known", maintain_order="left")
    nodes = nodes.join(counted, on="node_id", how="left", maintain_order="left")
    is_person, is_entry = pl.col("type") == "person", pl.col("type") == "entry"
    only_known = (pl.col("records") == 0) & ~is_entry
    nodes = nodes.with_columns(
        pl.when(only_known).then(f"{name}_known").otherwise(name).alias(name) for name in _OF_INTELLIGENCE
    ).with_columns(pl.col("crime_types", "caveats").fill_null([]))
    said = shown.edges.filter(pl.col("grade").is_null())
    carried = pl.col("node_id").is_in(pl.concat([said["from_id"], said["to_id"]]).unique().implode())
    # its label may be somebody else's spelling: of the intelligence of others, or of carriers
    others = pl.col("told").fill_null(0) > pl.col("seen").fill_null(0)
    plain = pl.when(only_known).then(others).otherwise(~carried) & ~is_entry & ~is_person | (
        only_known & is_person & others
    )
    content = ~is_entry | pl.col("node_id").is_in(list(shown.full))
    key = pl.col("node_id").str.replace("^[a-z]+:(known/)?", "")
    nodes = nodes.with_columns(
        pl.when(plain | ~content).then(key).otherwise("label").alias("label"),
        pl.when(content).then("nationalities").otherwise(_NONE).alias("nationalities"),
        pl.when(content).then("caveats").otherwise(_NONE).alias("caveats"),
        pl.when(content | pl.col("node_id").is_in(list(shown.opaque))).then("owner").alias("owner"),
    )
    if whole:
        return nodes
    damped = pl.col("damped").is_not_null() & carried & (coarse(pl.col("weight")) < 1)
    nodes = nodes.with_columns(
        pl.when(damped).then(coarse(pl.col("weight"))).otherwise(1.0).alias("weight"),
        pl.when(damped).then(pl.lit("shared by many")).alias("damped"),
    )
    people = most_said(shown.records.select("person_id", *TOLD, "nationalities"), "person_id").rename(
        {"person_id": "node_id"}
    )
    minors = shown.trips.group_by(pl.col("person_id").alias("node_id")).agg(pl.col("minor").max())
    nodes = nodes.join(people, on="node_id", how="left", suffix="_seen", maintain_order="left")
    nodes = nodes.join(minors, on="node_id", how="left", suffix="_seen", maintain_order="left")
    return nodes.with_columns(
        pl.when(is_person).then(pl.coalesce("label_seen", "label")).otherwise("label").alias("label"),
        *(pl.when(is_person).then(f"{name}_seen").otherwise(name).alias(name) for name in (*TOLD[1:], "minor")),
        pl.when(is_person).then(pl.col("nationalities_seen").fill_null(_NONE)).otherwise("nationalities").alias("nationalities"),
    )  # fmt: skip


def _hit(nodes: pl.DataFrame, edges: pl.DataFrame) -> pl.DataFrame:
    """Return the nodes with band, handling and crime types of the hits that are left."""
    ranks = [
        pl.col(name).replace_strict({each: place for place, each in enumerate(words)}, default=9, return_dtype=pl.Int64)
        for name, words in (("band", BANDS), ("handling", _HANDLINGS))
    ]
    met = _by_end(edges.filter((pl.col("link") == "hit") & pl.col("grade").is_null())).group_by("node_id").agg(
        pl.col("band").sort_by(ranks[0]).first(), pl.col("handling").sort_by(ranks[1]).first(),
        pl.col("crime_types").explode().drop_nulls().unique().sort(),
    )  # fmt: skip
    by_hits = (pl.col("type") == "entry") | ((pl.col("type") == "person") & (pl.col("records") > 0))
    return nodes.join(met, on="node_id", how="left", suffix="_met", maintain_order="left").with_columns(
        pl.when(by_hits).then("band_met").otherwise("band").alias("band"),
        pl.when(by_hits).then("handling_met").otherwise("handling").alias("handling"),
        pl.when(by_hits).then(pl.col("crime_types_met").fill_null([])).otherwise("crime_types").alias("crime_types"),
    )


def _counted(nodes: pl.DataFrame, shown: Shown, *, whole: bool) -> pl.DataFrame:
    """Return the nodes with times, and counts and states, of what is left."""
    ends = _by_end(shown.edges)
    dates = ends.group_by("node_id").agg(pl.col("first_seen").min(), pl.col("last_seen").max())
    nodes = nodes.drop("first_seen", "last_seen").join(dates, on="node_id", how="left", maintain_order="left")
    if whole:
        return nodes
    carriers = ends.filter(pl.col("grade").is_null())
    is_person = pl.col("other").str.starts_with("person:")
    named = carriers.group_by("node_id").agg(
        pl.col("count").filter(is_person | ~is_person.any()).sum().alias("records"),
        pl.col("other").filter(is_person).n_unique().alias("persons"),
        pl.col("states").explode().drop_nulls().unique().sort(),
    )  # fmt: skip
    own = shown.records.group_by(pl.col("person_id").alias("node_id")).agg(pl.len().alias("own"))
    values = shown.edges.filter(pl.col("to_id").str.contains(f"^({'|'.join(SHARING)}):") & pl.col("grade").is_null())
    values = (
        values.filter(pl.col("from_id").n_unique().over("to_id").is_between(2, 200)).select("from_id", "to_id").unique()
    )
    pairs = values.join(values, on="to_id").filter(pl.col("from_id") != pl.col("from_id_right"))
    near = pairs.group_by(pl.col("from_id").alias("node_id")).agg(pl.col("from_id_right").n_unique().alias("near"))
    nodes = nodes.drop("records", "persons", "states")
    for each in (named, own, near):
        nodes = nodes.join(each, on="node_id", how="left", maintain_order="left")
    person = pl.col("type") == "person"
    return nodes.with_columns(
        pl.when(person).then(pl.col("own")).otherwise("records").fill_null(0).cast(pl.Int64).alias("records"),
        pl.when(person).then("near").otherwise("persons").fill_null(0).cast(pl.Int64).alias("persons"),
        pl.col("states").fill_null([]),
    )


def _named(nodes: pl.DataFrame, shown: Shown, withheld: str) -> pl.DataFrame:
    """Return the nodes without names of those that are masked, and without content of entries that are not the reader's."""
    is_masked = pl.col("node_id").str.starts_with(WITHHELD)
    owner = pl.concat_str(pl.lit("entry of "), pl.col("node_id").str.extract("^entry:(.*)/"), pl.lit(": ask its desk"))
    label = (
        pl.when(is_masked).then(pl.lit(f"person, name withheld: {withheld}"))
        .when(pl.col("node_id").is_in(list(shown.opaque))).then(owner).otherwise("label")
    )  # fmt: skip
    return nodes.with_columns(
        label.alias("label"),
        *(pl.when(~is_masked).then(name).alias(name) for name in ("birth_date", "sex", "nationality")),
        pl.when(is_masked).then(_NONE).otherwise("nationalities").alias("nationalities"),
    )


def _by_end(edges: pl.DataFrame) -> pl.DataFrame:
    """Return edges once for each end, as node_id, with the other end as `other`."""
    ends = (("from_id", "to_id"), ("to_id", "from_id"))
    return pl.concat(
        edges.with_columns(pl.col(end).alias("node_id"), pl.col(other).alias("other")) for end, other in ends
    )
