"""What changed between two networks, or between two days of one: who and what is new, gone, grown, put together.

Reach for `compare()`; `until()` gives a network as it was up to a day.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import polars as pl

from ops_hub.graph.analyses.finding import Finding
from ops_hub.graph.damping import SHARING
from ops_hub.graph.net import Network
from ops_hub.schemas import WITHHELD

_VALUES = (*SHARING, "agency")
_ORDER = ("hit", "intelligence", "put together", "taken apart", "grown", "new", "shrunk", "gone")
_FORM = {"change": pl.String, "type": pl.String, "node_id": pl.String, "label": pl.String, "before": pl.Int64, "after": pl.Int64, "why": pl.String}  # fmt: skip


def until(net: Network, day: date) -> Network:
    """Return the network without what was first seen after a day; times and trips end with it, counts are left as they are."""
    known = pl.col("first_seen").is_null() | (pl.col("first_seen").dt.date() <= day)
    end = pl.lit(day).cast(pl.Datetime("us")).dt.offset_by("1d").dt.offset_by("-1us")
    last = pl.min_horizontal("last_seen", end).alias("last_seen")
    departed = pl.col("departs_at").is_null() | (pl.col("departs_at").dt.date() <= day)
    nodes = net.nodes.filter(known)
    there = nodes.select("node_id")
    edges = net.edges.filter(known)
    for end_id in ("from_id", "to_id"):
        edges = edges.join(there, left_on=end_id, right_on="node_id", how="semi", maintain_order="left")
    return Network(
        nodes.with_columns(pl.when(pl.col("last_seen").is_not_null()).then(last)),
        edges.with_columns(pl.when(pl.col("last_seen").is_not_null()).then(last)),
        net.trips.filter(departed).join(there, left_on="person_id", right_on="node_id", how="semi", maintain_order="left"),
        net.resolved.join(there, left_on="person_id", right_on="node_id", how="semi", maintain_order="left"),
        {**net.about, "as_of": str(day)},
    )  # fmt: skip


def compare(old: Network, new: Network) -> Finding:
    """Return what changed: table with change, type, node_id, label, before, after and why, the weightiest first.

    A person keeps its name where its first record is the same; where records came to another person, it is compared with
    that one. `before` and `after` are persons of a value, trips of a person, records of a hit.
    """
    ids = _same_persons(old, new)
    named = pl.concat([new.nodes, old.nodes]).select("node_id", "type", "label").unique("node_id", keep="first")
    parts = [*_persons(old, new, ids), _values(old, new, ids), *_told(old, new, ids)]
    table = pl.concat(parts).join(named, on="node_id", how="left").select(_FORM.keys())
    # whose name is withheld has a number in one network and another in the next: nobody can be told from another
    table = table.filter(~pl.col("node_id").str.starts_with(WITHHELD))
    rank = pl.col("change").replace_strict({each: place for place, each in enumerate(_ORDER)}, return_dtype=pl.Int64)
    step = (pl.col("after") - pl.col("before")).abs()
    table = table.sort(rank, step, "type", "node_id", descending=[False, True, False, False])
    return Finding("compare", tuple(_words(old, new, table)), table, tuple(table["node_id"].unique().sort()))


def _same_persons(old: Network, new: Network) -> pl.DataFrame:
    """Return was and person: which person of the new network each one of the old has become."""
    first = old.resolved.filter(pl.col("person_id") == "person:" + pl.col("record_id"))
    there = first.join(new.resolved.select("record_id", pl.col("person_id").alias("person")), on="record_id")
    return there.select(pl.col("person_id").alias("was"), "person")


def _renamed(column: pl.Series, ids: pl.DataFrame) -> pl.Series:
    frame = column.rename("was").to_frame().join(ids, on="was", how="left", maintain_order="left")
    return frame.select(pl.coalesce("person", "was"))[:, 0].alias(column.name)


def _persons(old: Network, new: Network, ids: pl.DataFrame) -> Iterator[pl.DataFrame]:
    counts = []
    for net, renamed in ((old, True), (new, False)):
        people = net.nodes.filter(pl.col("type") == "person")["node_id"].rename("person_id").to_frame()
        trips = net.trips.group_by("person_id").agg(pl.len().cast(pl.Int64).alias("n"))
        found = people.join(trips, on="person_id", how="left").with_columns(pl.col("n").fill_null(0))
        if renamed:
            found = found.with_columns(_renamed(found["person_id"], ids))
        counts.append(found.group_by("person_id").agg(pl.col("n").sum()))
    yield _changed(counts[0], counts[1], "person_id", "trips", new_from=0)
    several = ids.filter(pl.col("was").n_unique().over("person") > 1).group_by("person").agg(pl.len().cast(pl.Int64))
    yield several.select(
        pl.lit("put together").alias("change"), pl.col("person").alias("node_id"), pl.col("len").alias("before"),
        pl.lit(1, dtype=pl.Int64).alias("after"), pl.format("{} persons of the older network are one now: see graph who for what ties them", "len").alias("why"),
    )  # fmt: skip
    where = old.resolved.select("record_id", pl.col("person_id").alias("was"))
    where = where.join(new.resolved.select("record_id", pl.col("person_id").alias("person")), on="record_id")
    split = where.group_by("was").agg(pl.col("person").n_unique().cast(pl.Int64).alias("n"), pl.col("person").min())
    yield split.filter(pl.col("n") > 1).select(
        pl.lit("taken apart").alias("change"), pl.col("person").alias("node_id"), pl.lit(1, dtype=pl.Int64).alias("before"),
        pl.col("n").alias("after"), pl.format("{} is {} persons now", "was", "n").alias("why"),
    )  # fmt: skip


def _values(old: Network, new: Network, ids: pl.DataFrame) -> pl.DataFrame:
    counts = []
    for net, renamed in ((old, True), (new, False)):
        values = net.nodes.filter(pl.col("type").is_in(_VALUES)).select(pl.col("node_id").alias("to_id"))
        edges = net.edges.filter(pl.col("from_id").str.starts_with("person:")).select("from_id", "to_id")
        edges = edges.join(values, on="to_id", how="semi")
        if renamed:
            edges = edges.with_columns(_renamed(edges["from_id"], ids))
        counts.append(edges.unique().group_by("to_id").agg(pl.len().cast(pl.Int64).alias("n")))
    return _changed(counts[0], counts[1], "to_id", "persons", new_from=2)


def _changed(old: pl.DataFrame, new: pl.DataFrame, key: str, what: str, new_from: int) -> pl.DataFrame:
    """Return what is new (with `new_from` or more), grown, shrunk and gone of two counts `n` by key."""
    both = old.join(new, on=key, how="full", coalesce=True, suffix="_new")
    before, after = pl.col("n"), pl.col("n_new")
    change = (
        pl.when(before.is_null() & (after >= new_from)).then(pl.lit("new"))
        .when(after.is_null() & (before >= new_from)).then(pl.lit("gone"))
        .when(after > before).then(pl.lit("grown"))
        .when(after < before).then(pl.lit("shrunk"))
    )  # fmt: skip
    return both.with_columns(change.alias("change"), before.fill_null(0), after.fill_null(0)).drop_nulls("change").select(
        "change", pl.col(key).alias("node_id"), before.alias("before"), after.alias("after"),
        pl.format(f"{what}: {{}} before, {{}} now", before, after).alias("why"),
    )  # fmt: skip


def _told(old: Network, new: Network, ids: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield hits and intelligence that are new or gone."""
    said = []
    for net, renamed in ((old, True), (new, False)):
        edges = net.edges.filter(
            (pl.col("link") == "hit") | (pl.col("owner").is_not_null() & (pl.col("link") != "about"))
        )
        edges = edges.select("link", "from_id", "to_id", "count", "label", "owner")
        said.append(edges.with_columns(_renamed(edges[end], ids) for end in ("from_id", "to_id")) if renamed else edges)
    is_hit = pl.col("link") == "hit"
    for mine, other, word in ((said[1], said[0], "new"), (said[0], said[1], "no longer there")):
        found = mine.join(other, on=["link", "from_id", "to_id", "owner"], how="anti", nulls_equal=True)
        count = pl.col("count") if word == "new" else pl.lit(0, dtype=pl.Int64)
        yield found.select(
            pl.when(is_hit).then(pl.lit("hit")).otherwise(pl.lit("intelligence")).alias("change"),
            pl.col("from_id").alias("node_id"), (pl.col("count") - count).alias("before"), count.alias("after"),
            pl.concat_str(pl.lit(f"{word}: "), "link", pl.lit(" "), "to_id", pl.concat_str(pl.lit(" ("), "label", pl.lit(")")).fill_null("")).alias("why"),
        )  # fmt: skip


def _words(old: Network, new: Network, table: pl.DataFrame) -> Iterator[str]:
    def days(net: Network) -> str:
        return str(net.about.get("as_of") or "a day that is not known")

    yield f"From {days(old)} to {days(new)}: {old.nodes.height:,} nodes and {old.edges.height:,} edges became {new.nodes.height:,} and {new.edges.height:,}."  # fmt: skip
    counted = dict(table.group_by("change").len().iter_rows())
    told = [f"{counted[each]:,} {each}" for each in _ORDER if each in counted]
    yield f"Changes: {', '.join(told)}." if told else "Nothing changed that this compares."
    yield "Growth is a lead to look at, with the reason in each line; a hit is to be verified before anything is done."
