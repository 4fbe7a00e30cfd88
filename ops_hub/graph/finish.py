"""Numbered nodes and edges into NODES and EDGES: texts, what hits and intelligence add, weights.

Reach for `finished_nodes()` and `finished_edges()`; only `build` does.
"""

from __future__ import annotations

import polars as pl

from ops_hub.graph.gather import states_of
from ops_hub.graph.intelligence import UNGRADED, trust
from ops_hub.graph.met import HANDLINGS, strongest
from ops_hub.schemas import CITE, EDGES, NODES

PERHAPS = 0.5  # weight of 'perhaps same person'
_NONE = pl.lit([], dtype=pl.List(pl.String))
TOLD = ("label", "birth_date", "sex", "nationality")  # what records say of a person
_ALSO = ("band", "handling", "owner", "crime_types", "caveats")


def finished_nodes(
    nodes: pl.DataFrame,
    named: pl.DataFrame,
    persons: pl.Series,
    records: pl.DataFrame,
    weights: pl.DataFrame,
    near: pl.DataFrame,
    hits: pl.DataFrame,
    known: pl.DataFrame,
    states: tuple[str, ...],
) -> pl.DataFrame:
    """Return NODES.

    Args:
        nodes: node_id, type and label, sorted by id.
        named: node and r of nodes that are no persons, each pair once.
        persons: node of the person of each record.
        records: in the order of r.
        weights: node, persons, weight and damped.
        near: root and persons of persons.
        hits: what `met` gave.
        known: INTELLIGENCE.
        states: codes of the home states.
    """
    seen = pl.concat([named.select("node", "r"), pl.DataFrame({"node": persons, "r": records["r"]})])
    seen = seen.with_columns(records["departs_at"].gather(seen["r"]).alias("at"), records["mask"].gather(seen["r"]))
    times = seen.group_by("node").agg(
        pl.col("at").min().alias("first_seen"), pl.col("at").max().alias("last_seen"),
        pl.len().cast(pl.Int64).alias("records"), pl.col("mask").bitwise_or(),
    )  # fmt: skip
    companions = near.select(persons.gather(near["root"]).alias("node"), "persons")
    shared = pl.concat([weights.select("node", "persons"), companions])
    whole = nodes.with_row_index("node")
    said = records.select(persons.alias("node"), *TOLD, "minor", pl.col("nations").alias("nationalities"))
    people = most_said(said, "node", pl.col("minor").max()).rename({"label": "label_told", "nationalities": "nations"})
    for part in (times, shared, weights.drop("persons"), people, _of_hits(nodes, persons, hits)):
        whole = whole.join(
            part.with_columns(pl.col("node").cast(pl.UInt32)), on="node", how="left", maintain_order="left"
        )
    listed = hits.unique("entry_id", keep="first", maintain_order=True).select(pl.col("entry_id").alias("node_id"), "nationalities")  # fmt: skip
    for part in (_of_intelligence(known), listed):
        whole = whole.join(part, on="node_id", how="left", maintain_order="left")
    only_known = pl.col("records").is_null()
    made = whole.with_columns(
        pl.coalesce("label_told", "label").alias("label"),
        pl.min_horizontal("first_seen", "since").alias("first_seen"),
        pl.max_horizontal("last_seen", "until").alias("last_seen"),
        pl.col("records").fill_null(0),
        pl.coalesce("persons", pl.when(pl.col("type") != "person").then("persons_known"), 0).alias("persons"),
        pl.col("weight").fill_null(1.0),
        pl.coalesce("owner", pl.when(only_known).then("owner_known")).alias("owner"),
        pl.coalesce("handling", pl.when(only_known).then("handling_known")).alias("handling"),
        pl.coalesce("crime_types", pl.when(only_known).then("crimes_known"), _NONE).alias("crime_types"),
        pl.coalesce("caveats", pl.when(only_known).then("caveats_known"), _NONE).alias("caveats"),
        states_of(whole["mask"].fill_null(0), states).alias("states"),
        pl.coalesce("nations", "nationalities", _NONE).alias("nationalities"),
    )
    return made.select(pl.col(name).cast(column.dtype) for name, column in NODES.items())


def most_said(records: pl.DataFrame, person: str, *more: pl.Expr) -> pl.DataFrame:
    """Return one row a person: of the columns TOLD what most of its records say, and all nationalities.

    Args:
        records: with the columns TOLD and nationalities, and those that `more` takes.
        person: column that tells whose record it is.
        more: what else is to be made of several records, under the names that the columns have.
    """
    several = records.filter(pl.col(person).is_duplicated())
    single = records.filter(~pl.col(person).is_duplicated())
    nations = pl.col("nationalities").explode(empty_as_null=False).drop_nulls().unique().sort()
    made = several.group_by(person).agg(nations, *more)
    for name in TOLD:
        often = several.drop_nulls(name).group_by(person, name).len()
        precise = [pl.col(name).str.len_chars()] if name == "birth_date" else []  # a whole date before a year
        down = [False, *(True for _ in precise), True, False]
        best = often.sort(person, *precise, "len", name, descending=down)
        best = best.unique(person, keep="first", maintain_order=True)
        made = made.join(best.select(person, name), on=person, how="left")
    return pl.concat([single, made.select(single.columns)])


def _of_hits(nodes: pl.DataFrame, persons: pl.Series, hits: pl.DataFrame) -> pl.DataFrame:
    """Return node and the columns that nodes have of hits: of persons without owner and caveats, which are the entry's."""
    place = nodes.select(pl.col("node_id").alias("entry_id"), pl.int_range(pl.len(), dtype=pl.UInt32).alias("node"))
    entries = strongest(hits.join(place, on="entry_id"), ["node"]).select("node", *_ALSO)
    people = strongest(hits.with_columns(persons.gather(hits["r"]).alias("node")), ["node"])
    people = people.with_columns(pl.lit(None, dtype=pl.String).alias("owner"), pl.lit(None, dtype=pl.List(pl.String)).alias("caveats"))  # fmt: skip
    return pl.concat([entries, people.select("node", *_ALSO)])


def _of_intelligence(known: pl.DataFrame) -> pl.DataFrame:
    """Return what intelligence says of each node that it names; where several owners do, the first in the alphabet."""
    ends = pl.concat(
        known.select(
            pl.col(f"{end}_id").alias("node_id"),
            pl.col(f"{other}_id").alias("other"),
            "since",
            "until",
            "owner",
            "handling",
            "crime_types",
            "caveats",
        )
        for end, other in (("from", "to"), ("to", "from"))
    )
    ranks = {each: place for place, each in enumerate(HANDLINGS)}
    return ends.group_by("node_id").agg(
        pl.min_horizontal(pl.col("since").min(), pl.col("until").min()).cast(pl.Datetime("us")).alias("since"),
        pl.max_horizontal(pl.col("since").max(), pl.col("until").max()).cast(pl.Datetime("us")).alias("until"),
        pl.col("other")
        .filter(pl.col("other").str.starts_with("person:"))
        .n_unique()
        .cast(pl.Int64)
        .alias("persons_known"),
        pl.col("owner").min().alias("owner_known"),
        pl.col("handling").sort_by(pl.col("handling").replace_strict(ranks)).first().alias("handling_known"),
        pl.col("crime_types").explode(empty_as_null=False).drop_nulls().unique().sort().alias("crimes_known"),
        pl.col("caveats").explode(empty_as_null=False).drop_nulls().unique().sort().alias("caveats_known"),
    )


def finished_edges(
    edges: pl.DataFrame,
    nodes: pl.DataFrame,
    hits: pl.DataFrame,
    persons: pl.Series,
    known: pl.DataFrame,
    perhaps: pl.DataFrame,
    states: tuple[str, ...],
) -> pl.DataFrame:
    """Return EDGES.

    Args:
        edges: what `aggregated` gave for link, a and b: those of records.
        nodes: NODES, in the order that a and b count them.
        hits: what `met` gave.
        persons: node of the person of each record.
        known: INTELLIGENCE.
        perhaps: one and other (node ids): persons of intelligence that are perhaps persons of records.
        states: codes of the home states.
    """
    ids, weight = nodes["node_id"], nodes["weight"]
    both = pl.DataFrame({"a": weight.gather(edges["a"]), "b": weight.gather(edges["b"])})
    is_perhaps = pl.col("link") == "perhaps same person"
    made = edges.with_columns(
        ids.gather(edges["a"]).alias("from_id"),
        ids.gather(edges["b"]).alias("to_id"),
        both.select(pl.min_horizontal("a", "b"))[:, 0].alias("weight"),
        states_of(edges["mask"], states).alias("states"),
    ).with_columns(pl.when(is_perhaps).then(PERHAPS).otherwise("weight").alias("weight"))
    found = strongest(hits.with_columns(persons.gather(hits["r"]).alias("a")), ["a", "entry_id"])
    found = found.with_columns(pl.lit("hit").alias("link")).drop("entry_label").rename({"entry_id": "to_id"})
    # what an entry is about is its owner's to show, like the hit
    about = strongest(hits, ["entry_id"]).select(
        pl.lit("about").alias("link"), pl.col("entry_id").alias("from_id"), *_ALSO[1:]
    )
    about = about.with_columns(pl.lit([], dtype=pl.List(pl.String)).alias("crime_types"))
    made = made.join(found, on=["link", "a", "to_id"], how="left", maintain_order="left")
    made = made.join(about, on=["link", "from_id"], how="left", maintain_order="left", suffix="_about")
    made = made.with_columns(pl.coalesce(name, f"{name}_about").alias(name) for name in _ALSO[1:])
    made = made.with_columns(
        pl.coalesce("score", "weight").alias("weight"), pl.col("crime_types", "caveats").fill_null(_NONE)
    )
    whole = pl.concat([_edges(made), _edges(_known(known, states)), _edges(_perhaps(perhaps))])
    # only edges of intelligence can be out of order
    return (
        whole.sort("link", "from_id", "to_id", "owner", "handling", "grade", maintain_order=True)
        if len(known)
        else whole
    )


def _edges(made: pl.DataFrame) -> pl.DataFrame:
    there = set(made.columns)
    return made.select(
        (pl.col(name) if name in there else pl.lit(None).alias(name)).cast(column.dtype)
        for name, column in EDGES.items()
    )


def _known(known: pl.DataFrame, states: tuple[str, ...]) -> pl.DataFrame:
    """Return edges of intelligence: one for each owner, handling, grade and caveats that say the same.

    They go the way that their owner says: who exploits somebody must never be read as exploited by them. All have a grade,
    by which they are known from what carriers say.
    """
    same = ("link", "from_id", "to_id", "owner", "handling", "grade", "crime_types", "caveats")
    cite = pl.struct(
        pl.lit(None, dtype=pl.String).alias("record_id"), "source",
        pl.col("line").cast(pl.String).alias("message_ref"), pl.col("line").alias("position"),
    )  # fmt: skip
    graded = pl.col("grade").fill_null(UNGRADED)
    ordered = known.with_columns(graded, cite.cast(CITE).alias("cite")).sort("source", "line")
    first, last = pl.coalesce("since", "until"), pl.coalesce("until", "since")
    made = ordered.group_by(same, maintain_order=True).agg(
        first.min().cast(pl.Datetime("us")).alias("first_seen"),
        last.max().cast(pl.Datetime("us")).alias("last_seen"),
        pl.len().alias("count"),
        pl.concat([pl.col("cite").head(4), pl.col("cite").slice(4).tail(1)]).alias("cites"),
    )
    grades = {each: trust(each) for each in made["grade"].unique()}
    weight = pl.col("grade").replace_strict(grades, return_dtype=pl.Float64)
    return made.with_columns(weight.alias("weight"), pl.col("grade").alias("label"), _NONE.alias("states"))


def _perhaps(perhaps: pl.DataFrame) -> pl.DataFrame:
    smaller, larger = pl.min_horizontal("one", "other"), pl.max_horizontal("one", "other")
    return perhaps.select(
        smaller.alias("from_id"), larger.alias("to_id"), pl.lit("perhaps same person").alias("link"), pl.lit(1).alias("count"),
        pl.lit(PERHAPS).alias("weight"), *(_NONE.alias(name) for name in ("crime_types", "caveats", "states")),
        pl.lit([], dtype=pl.List(CITE)).alias("cites"),
    )  # fmt: skip
