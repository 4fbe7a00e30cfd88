"""Records into persons: which records tell of one person, and by what.

Reach for `resolved()`. Two records are tied by the same document with the same birth date or name, by the same name,
birth date and contact, and by the same name in the same booking on the same flight. A document alone ties nobody (several
people on one passport are a finding), nor do name and birth date alone (that is an edge, `alike`). Ties chain: whoever
is tied to somebody tied to a third is one person with both. What a chain puts together wrongly is cut by pairs of records
that somebody says are to be kept apart (see `apart`); who is in doubt is told by `doubtful`.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import rustworkx as rx

from ops_hub.graph.apart import kept_apart
from ops_hub.graph.gather import Gathered
from ops_hub.papers import MIN_NUMBER, MIN_WITHOUT_ISSUER

RULES = ("document and birth date", "document and name", "name, birth date and contact", "name, booking and flight")
_CONTACTS = ("phone", "email", "address")


def resolved(found: Gathered, most_names: int, apart: Sequence[tuple[int, int]] = ()) -> pl.DataFrame:
    """Return r, root (the first record of its person), by (place in RULES), key (a value) and other (r): one row a record.

    `by`, `key` and `other` are null for the first record of a person. The others lead from record to record to the first:
    they are the evidence, and as many as are needed.

    Args:
        found: records and values.
        most_names: a document or contact seen with more names than this ties nobody.
        apart: pairs of records (r) that are of different persons whatever ties them.
    """
    ties = _ties(found, most_names)
    count = found.records.height
    root = _roots(ties, count)
    if apart:
        root = kept_apart(ties, root, apart)
    tied = ties.with_columns(root.gather(ties["r"]).alias("root"))
    by = _evidence(tied)
    everyone = pl.DataFrame({"r": pl.int_range(count, dtype=pl.UInt32, eager=True), "root": root})
    return everyone.join(by, on="r", how="left", maintain_order="left")


def _ties(found: Gathered, most_names: int) -> pl.DataFrame:
    """Return r, tie (a number for all that must agree), rule and key: each tie is shared by two records or more."""
    records = found.records.select("r", "name", "born", "flight_id", "source", "message_ref")
    usable = _usable(found, records, most_names)
    documents = usable.filter(pl.col("type") == "document").drop("type")
    contacts = usable.filter(pl.col("type").is_in(_CONTACTS)).drop("type")
    bookings = found.named.filter(pl.col("type") == "booking").select("r", "key").join(records, on="r")
    made = [
        documents.drop_nulls("born").with_columns(pl.struct("key", "born").alias("tie")),
        documents.drop_nulls("name").with_columns(pl.struct("key", "name").alias("tie")),
        contacts.drop_nulls(["name", "born"]).with_columns(pl.struct("key", "name", "born").alias("tie")),
        _one_each(bookings.drop_nulls(["name", "flight_id"])).with_columns(
            pl.struct("key", "name", "flight_id").alias("tie")
        ),
    ]
    ties = pl.concat(
        each.select("r", pl.col("tie").hash(rule).alias("tie"), pl.lit(rule, dtype=pl.UInt8).alias("rule"), "key")
        for rule, each in enumerate(made)
    )
    return ties.filter(pl.col("tie").is_duplicated())


def _usable(found: Gathered, records: pl.DataFrame, most_names: int) -> pl.DataFrame:
    """Return documents and contacts named, without numbers that are none and values seen with too many names."""
    number, issuer = (pl.col("node_id").str.extract(part) for part in (r"^document:([^/]*)/", r"/(.*)$"))
    least = pl.when(issuer == "").then(MIN_WITHOUT_ISSUER).otherwise(MIN_NUMBER)
    repeats = number.str.split("").list.n_unique() < 2  # 000000000
    is_none = (number.str.len_chars() < least) | ~number.str.contains("[0-9]") | repeats
    none = found.values.filter((pl.col("type") == "document") & is_none).select("key")
    named = found.named.filter(pl.col("type").is_in(["document", *_CONTACTS]))
    named = named.join(none, on="key", how="anti").join(records, on="r")
    often = named.group_by("key").len().filter(pl.col("len") > most_names).select("key")
    many = named.join(often, on="key", how="semi").group_by("key").agg(pl.col("name").n_unique())
    return named.join(many.filter(pl.col("name") > most_names), on="key", how="anti")


def _one_each(bookings: pl.DataFrame) -> pl.DataFrame:
    """Return records of a name in a booking on a flight where it can be one person: once a message, one birth date."""
    here = ["key", "name", "flight_id"]
    message = pl.struct("source", "message_ref")
    often = bookings.filter(pl.struct(here).is_duplicated())
    one = often.group_by(here).agg(
        message.n_unique().alias("messages"), pl.len(), pl.col("born").drop_nulls().n_unique()
    )
    one = one.filter(pl.col("messages") == pl.col("len"), pl.col("born") <= 1)
    return often.join(one.select(here), on=here, how="semi")


def _roots(ties: pl.DataFrame, count: int) -> pl.Series:
    """Return for each record the first record that it hangs together with."""
    first = (
        ties.select("r", pl.col("r").min().over("tie").alias("first")).filter(pl.col("r") != pl.col("first")).unique()
    )
    if first.is_empty():
        return pl.int_range(count, dtype=pl.UInt32, eager=True).alias("root")
    tied = pl.concat([first["r"], first["first"].rename("r")]).unique().sort()
    ends = [tied.search_sorted(first[end]).to_list() for end in ("r", "first")]
    graph = rx.PyGraph(multigraph=True, node_count_hint=len(tied), edge_count_hint=first.height)
    graph.add_nodes_from(range(len(tied)))
    graph.add_edges_from_no_data(list(zip(*ends, strict=True)))
    parts = rx.connected_components(graph)
    sizes = pl.Series([len(part) for part in parts])
    members = tied.gather(pl.Series([node for part in parts for node in part], dtype=pl.UInt32))
    number = pl.int_range(len(parts), eager=True)
    of_part = pl.DataFrame({"r": members, "part": number.repeat_by(sizes).explode()})
    of_part = of_part.with_columns(pl.col("r").min().over("part").alias("root"))
    everyone = pl.int_range(count, dtype=pl.UInt32, eager=True).alias("r").to_frame()
    return everyone.join(of_part, on="r", how="left", maintain_order="left").select(pl.coalesce("root", "r"))["root"]


def _evidence(tied: pl.DataFrame) -> pl.DataFrame:
    """Return r, by, key and other: what ties each record to one nearer to the first record of its person."""
    within = tied.with_columns(pl.struct("tie", "root").hash().alias("tie"))
    within = within.filter(pl.col("tie").is_duplicated())
    reached = within.filter(pl.col("r") == pl.col("root")).select("r").unique()
    left = within.join(reached, on="r", how="anti")
    said = []
    while left.height and reached.height:
        near = within.join(reached, on="r", how="semi").group_by("tie").agg(pl.col("r").min().alias("other"))
        met = left.join(near, on="tie").sort("r", "rule", "other", "key")
        new = met.unique("r", keep="first", maintain_order=True)
        said.append(new.select("r", pl.col("rule").alias("by"), "key", "other"))
        reached = new.select("r")
        left = left.join(reached, on="r", how="anti")
    none = {"r": pl.UInt32, "by": pl.UInt8, "key": pl.UInt64, "other": pl.UInt32}
    return pl.concat(said) if said else pl.DataFrame(schema=none)


def doubtful(records: pl.DataFrame) -> pl.DataFrame:
    """Return root and births of the persons whose whole birth dates contradict: perhaps a chain put two together.

    Args:
        records: with `root` and `born`.
    """
    births = records.drop_nulls("born").group_by("root").agg(pl.col("born").unique().sort().alias("births"))
    return births.filter(pl.col("births").list.len() > 1).sort("root")


def alike(records: pl.DataFrame, most: int) -> pl.DataFrame:
    """Return one and other (roots) of persons with the same name and birth date, each with the next of them.

    Args:
        records: with `root`, `name` and `born`.
        most: names and birth dates that more persons share than this tie nobody (dates that stand for 'unknown').
    """
    told = records.drop_nulls(["name", "born"]).select("root", pl.struct("name", "born").hash().alias("key")).unique()
    told = told.filter(pl.col("key").is_duplicated()).sort("key", "root")
    told = told.filter(pl.len().over("key") <= most)
    following = told.with_columns(pl.col("root").shift(-1).over("key").alias("other")).drop_nulls("other")
    return following.select(pl.col("root").alias("one"), "other").unique(maintain_order=True)
