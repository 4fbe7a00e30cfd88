"""Travellers and hits into LINKS: who holds, booked, paid, phoned and travelled what, and which hit met whom.

Reach for `links()` after screening. It takes in everyone with a hit, and everyone who shares a document,
booking, contact or payment with one of them; values that very many share tie nobody. However many travellers
there are, only keys of 8 bytes and one piece of those linked are in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import polars as pl

from ops_hub.graph.persons import bearers, same_person
from ops_hub.graph.values import LINKED, several, single, ties
from ops_hub.schemas import HITS, LINKS, check, conform, empty

MANY = 50  # travellers sharing one value: an agency's telephone rather than a tie between people
PIECE = 400_000  # linked travellers at once: about 1 GB with all their links
ABOUT = ("record_id", "from_id", "from_label", "source", "message_ref", "at")  # of a traveller, what a link says
_ORDER = ("to_id", "label", "band", "handling", "source", "message_ref")  # of the links of one traveller

Hold = Callable[[pl.LazyFrame], pl.LazyFrame]
"""Works a frame out, keeps it somewhere and gives it back, its rows in the same order."""


def in_memory(frame: pl.LazyFrame) -> pl.LazyFrame:
    """Hold a frame in memory."""
    return frame.collect(engine="streaming").lazy()


def links(
    travellers: pl.LazyFrame | pl.DataFrame,
    hits: pl.LazyFrame | pl.DataFrame,
    *,
    hold: Hold = in_memory,
    piece: int = PIECE,
) -> pl.LazyFrame:
    """Return LINKS around the hits, sorted by link, both ends and record.

    Args:
        travellers: TRAVELLERS, at least the columns LINKED.
        hits: HITS.
        hold: keeps what is too much for memory.
        piece: linked travellers that are worked on at once.
    """
    everyone, hits = travellers.lazy().select(LINKED), check(hits.lazy(), HITS, "links")
    wanted = _wanted(everyone, hits)
    hold = hold if wanted.height > piece else in_memory
    theirs = hold(_only(everyone, "record_id", wanted))
    spellings, entries = _spellings(theirs), _entry_labels(hits)
    found: dict[str, list[pl.LazyFrame]] = {}
    borne = []
    ranges = list(_ranges(theirs, wanted.height, piece))
    for within in ranges:
        people = _people(theirs.filter(within))
        for made in (*_to_values(people, spellings), _to_entries(people, hits.filter(within), entries)):
            if made.height:
                found.setdefault(made["link"][0], []).append(hold(made.lazy()))
        borne.append(hold(bearers(people)))
    again = same_person(pl.concat(borne), parts=len(ranges), hold=hold)
    for within in ranges:
        made = _in_order(again.filter(within).collect(engine="streaming"))
        found.setdefault("perhaps same person", []).append(hold(made.lazy()))
    return pl.concat([empty(LINKS).lazy(), *(each for link in sorted(found) for each in found[link])])


def _key(column: str) -> pl.Expr:
    """Return a number for a text: of two texts in ten million, one in a million has the number of another."""
    return pl.col(column).hash()


def _only(frame: pl.LazyFrame, column: str, keys: pl.DataFrame) -> pl.LazyFrame:
    """Return the rows whose column has one of the keys, in the same order."""
    keyed = frame.with_columns(_key(column).alias("key"))
    return keyed.join(keys.lazy(), on="key", how="semi", maintain_order="left").drop("key")


def _wanted(everyone: pl.LazyFrame, hits: pl.LazyFrame) -> pl.DataFrame:
    """Return the keys of the records to be linked: those with hits, and those who share a value with one of them."""
    own = hits.select(_key("record_id").alias("key")).unique().collect(engine="streaming")
    if not own.height:
        return own
    around = ties(_only(everyone, "record_id", own)).select(_key("id").alias("value")).unique()
    met = ties(everyone).select(_key("record_id").alias("key"), _key("id").alias("value"))
    shared = met.join(around.collect(engine="streaming").lazy(), on="value", how="semi").collect(engine="streaming")
    often = shared.group_by("value").len().filter(pl.col("len") > MANY)
    if often.height:
        held = shared.join(often, on="value", how="semi").group_by("value").agg(pl.col("key").n_unique().alias("n"))
        shared = shared.join(held.filter(pl.col("n") > MANY), on="value", how="anti")
    return pl.concat([own, shared.select("key")]).unique()


def _ranges(theirs: pl.LazyFrame, height: int, piece: int) -> Iterator[pl.Expr]:
    """Yield conditions that cut the records into pieces, in the order of their ids."""
    if height <= piece:
        yield pl.lit(True)
        return
    ids = theirs.select(pl.col("record_id").unique().sort()).collect(engine="streaming")["record_id"]
    for at in range(0, len(ids), piece):
        begin = pl.col("record_id") >= ids[at]
        yield begin & (pl.col("record_id") < ids[at + piece]) if at + piece < len(ids) else begin


def _people(theirs: pl.LazyFrame) -> pl.DataFrame:
    """Return the travellers in the order of their ids, with the columns ABOUT; of equal ids, the first tells these."""
    name = pl.coalesce("full_name", pl.concat_str("family_name", "given_names", separator=", ", ignore_nulls=True))
    people = (
        theirs.sort("record_id", maintain_order=True)
        .with_columns(
            pl.concat_str(pl.lit("passenger:"), "record_id").alias("from_id"),
            pl.when(name.str.len_chars() > 0).then(name).otherwise(pl.lit("(no name)")).alias("from_label"),
            pl.col("departs_at").alias("at"),
            pl.concat_str(name.str.to_uppercase(), pl.lit("/"), pl.col("birth_date")).alias("person"),
        )
        .collect()
    )
    told = [*ABOUT[2:], "person"]
    is_first = people["record_id"].ne_missing(people["record_id"].shift())
    people = people.with_columns(is_first.alias("is_first"))
    if is_first.all():
        return people
    return people.with_columns(pl.col(told).first().over("record_id"))


def _spellings(theirs: pl.LazyFrame) -> pl.DataFrame:
    """Return id and label of the values spelled in several ways: one value is one node, its first label in order."""
    written = pl.concat(several(theirs, ["record_id"]))
    keys = written.select(_key("id").alias("key"), _key("label").alias("spelling")).unique()
    often = keys.collect(engine="streaming").filter(pl.col("key").is_duplicated()).select("key").unique()
    if not often.height:
        return pl.DataFrame(schema={"id": pl.String, "first": pl.String})
    found = _only(written, "id", often).group_by("id").agg(pl.col("label").min().alias("first"))
    return found.collect(engine="streaming")


def _to_values(people: pl.DataFrame, spellings: pl.DataFrame) -> Iterator[pl.DataFrame]:
    """Yield the links to documents, bookings and so on, one frame for each name of a link."""
    names = ("booked", "travels", "booked through", "holds", "contact", "paid")
    found = [*single(people.lazy(), ABOUT), *several(people.lazy(), ABOUT)]
    for link, values in zip(names, found, strict=True):
        own = values.collect()
        if spellings.height and link in names[3:]:
            own = own.join(spellings, on="id", how="left", maintain_order="left")
            own = own.with_columns(pl.coalesce("first", "label").alias("label"))
        yield _in_order(
            conform(
                own.lazy().select(
                    *ABOUT,
                    pl.lit("passenger").alias("from_type"),
                    pl.col("id").alias("to_id"),
                    pl.col("type").alias("to_type"),
                    pl.col("label").alias("to_label"),
                    pl.lit(link).alias("link"),
                ),
                LINKS,
            ).collect()
        )


def _entry_id() -> pl.Expr:
    return pl.concat_str(pl.lit("entry:"), "list_id", pl.lit("/"), "entry_id")


def _entry_label() -> pl.Expr:
    named = pl.coalesce("matched_name", pl.concat_str(pl.lit("document "), "matched_document"), "entry_id")
    return pl.concat_str(named, pl.lit(" ["), "list_id", pl.lit("]"))


def _entry_labels(hits: pl.LazyFrame) -> pl.DataFrame:
    """Return node and label of the entries that were met by several names: the first in order is the label."""
    label = _entry_label()
    met = hits.select(_entry_id().alias("to_id"), label.alias("first")).group_by("to_id")
    several_names = met.agg(pl.col("first").min(), pl.col("first").max().alias("last"))
    return several_names.filter(pl.col("first") != pl.col("last")).drop("last").collect(engine="streaming")


def _to_entries(people: pl.DataFrame, hits: pl.LazyFrame, labels: pl.DataFrame) -> pl.DataFrame:
    """Return the hits as links."""
    is_protected = pl.col("handling") == "protect"
    percent = (pl.col("score") * 100).round(0).cast(pl.Int64).cast(pl.String)
    about = people.filter("is_first").select("record_id", "from_id", "from_label", "at")
    made = (
        hits.join(about.lazy(), on="record_id")
        .with_columns(_entry_id().alias("to_id"), _entry_label().alias("to_label"))
        .join(labels.lazy(), on="to_id", how="left")
        .with_columns(
            pl.coalesce("first", "to_label").alias("to_label"),
            pl.lit("passenger").alias("from_type"),
            pl.when(is_protected).then(pl.lit("protected person")).otherwise(pl.lit("entry")).alias("to_type"),
            pl.lit("hit").alias("link"),
            pl.concat_str("band", pl.lit(" "), percent, pl.lit("%")).alias("label"),
        )
    )
    return _in_order(conform(made, LINKS).collect(engine="streaming"))


def _in_order(made: pl.DataFrame) -> pl.DataFrame:
    """Return links of one name in their order, each once."""
    ids = made["record_id"]
    if ids.is_sorted() and not (ids == ids.shift()).any():
        return made
    made = made.sort("record_id", *_ORDER)
    is_again = pl.all_horizontal(pl.col("record_id", *_ORDER).eq_missing(pl.col("record_id", *_ORDER).shift()))
    return made.filter(~is_again | (pl.int_range(pl.len()) == 0))
