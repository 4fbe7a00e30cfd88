"""The walk of a passenger through the rooms, on one screen: lists in, travellers in, explained hits out.

Reach for `compile_lists()` and `open_lists()` once, then `screen()` for every batch, message or single query:
there is no other way to a hit. No clock, disk or environment in here: what is needed is an argument.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import date

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.config import MatchingConfig
from ops_hub.errors import ConfigError
from ops_hub.lists.info import ListRead
from ops_hub.lists.snapshot import Snapshot, snapshot_hash
from ops_hub.matching.births import NONE
from ops_hub.matching.candidates import Queries, found_pairs, search
from ops_hub.matching.compare import lines, listed_side, name_scores, side_of
from ops_hub.matching.documents import document_pairs, keyed
from ops_hub.matching.evidence import band, floors, is_hit, weighed
from ops_hub.matching.explain import said, sentence, sentences, tokens
from ops_hub.matching.index import Index, bearer_days, build_index, open_index, stored
from ops_hub.normalise.names import Names, distinct_names
from ops_hub.normalise.people import People, entries_people, travellers_people
from ops_hub.normalise.tables import NameTables
from ops_hub.schemas import ENTRIES, HITS, TRAVELLERS, check, conform

Watch = Callable[[str], AbstractContextManager[object]]
"""Times a stage: `with watch("candidates"): ...`; engines hand one in."""


def unwatched(stage: str) -> AbstractContextManager[object]:
    """Return a watch that times nothing."""
    return nullcontext()


@dataclass(frozen=True)
class Knowledge:
    """What screening knows besides lists: name tables, settings, how many cores it may use."""

    tables: NameTables
    config: MatchingConfig
    threads: int = 1

    def digest(self) -> str:
        """Return the name of the part of this that an index is built for: tables and name settings."""
        return hashlib.blake2b(f"{self.tables.digest}{self.config.names}".encode(), digest_size=8).hexdigest()


@dataclass(frozen=True)
class Lists:
    """Compiled lists ready to be screened against."""

    snapshot: Snapshot
    index: Index
    documents: pl.DataFrame  # of the entries, as matching.documents keys them, with `entry`
    entries: pl.DataFrame  # entry, births, sex, nationalities: what evidence compares


def compile_lists(read: Sequence[ListRead], knowledge: Knowledge) -> Snapshot:
    """Return the lists as one snapshot, index included."""
    entries = pl.concat([each.entries for each in read]).sort("list_id", "entry_id")
    entries = check(entries, ENTRIES, "lists")
    people = entries_people(entries, knowledge.tables, knowledge.config.names)
    bearing = _bearing(people.rows, entries)
    arrays, frames = stored(build_index(people.names, bearing, knowledge.tables, knowledge.config))
    lists = tuple(each.info for each in read)
    return Snapshot(
        snapshot_hash(entries, lists, knowledge.digest()), lists, entries, frames, arrays, knowledge.digest()
    )


def _bearing(rows: pl.DataFrame, entries: pl.DataFrame) -> pl.DataFrame:
    """Return name, entry and place of every name of every entry, whether it is a weak one, and the day of birth."""
    weak = entries.lazy().select(pl.col("names").explode(empty_as_null=False)).unnest("names")
    flat = weak.select((pl.col("quality") == "weak").fill_null(False).alias("weak")).collect()
    born = entries.select(bearer_days(pl.col("births")).alias("day"))["day"]
    return pl.concat(
        [rows.select("name", pl.col("person").alias("entry"), "place"), flat], how="horizontal"
    ).with_columns(born.gather(rows["person"]))


def open_lists(snapshot: Snapshot, knowledge: Knowledge) -> Lists:
    """Return a snapshot ready for screening.

    Raises:
        ConfigError: it was compiled with other name tables or settings.
    """
    if snapshot.config_digest != knowledge.digest():
        raise ConfigError(
            "snapshot",
            "it was compiled with other name tables or settings",
            "compile the lists again with these rules",
        )
    entries = snapshot.entries.with_row_index("entry")
    return Lists(
        snapshot,
        open_index(snapshot.arrays, snapshot.frames, knowledge.tables),
        keyed(entries, "entry"),
        entries.select("entry", "births", "sex", "nationalities", "valid_from", "valid_until"),
    )


def screen(
    travellers: pl.DataFrame, lists: Lists, knowledge: Knowledge, *, today: date, watch: Watch = unwatched
) -> pl.DataFrame:
    """Return HITS of TRAVELLERS against the lists, in the order of the travellers, best first.

    Args:
        travellers: TRAVELLERS.
        lists: what to screen against.
        knowledge: how names and people are compared.
        today: entries not valid on this day are passed over.
        watch: times the stages.
    """
    check(travellers, TRAVELLERS, "screen")
    with watch("normalise"):
        people = travellers_people(travellers, knowledge.tables, knowledge.config.names)
    with watch("candidates"):
        pairs = _pairs(travellers, people, lists, knowledge)
    with watch("score"):
        scored = _scored(pairs, (travellers, people), lists, knowledge, today)
    with watch("explain"):
        return check(_hits(scored, travellers, (people, lists, knowledge)), HITS, "screen")


def look_up(
    family: str | None, given: str, lists: Lists, knowledge: Knowledge, *, born: date | None = None
) -> list[tuple[int, int, float]]:
    """Return entry (row of ENTRIES), place (in its names) and name score of everyone who could be this person, best first.

    For programs that ask very often and explain later: names and birth date only, no frames. `screen` gives hits.

    Args:
        family: family name; None where the name is not split.
        given: given names, or the whole name.
        lists: what to look in.
        knowledge: how names are compared.
        born: birth date, when known.
    """
    frame = pl.DataFrame({"family": [family], "given": [given]}, schema={"family": pl.String, "given": pl.String})
    names = distinct_names(frame, knowledge.tables, knowledge.config.names, cut=True)
    day = np.array([NONE if born is None else born.year * 10000 + born.month * 100 + born.day], dtype=np.int32)
    known = (knowledge.tables, knowledge.config.names)
    asked = Queries(np.zeros(1, np.int64), day, day)
    _, bearers, scores = found_pairs(names, asked, lists.index, known, floors=floors(knowledge.config), threads=1)
    order = np.lexsort((bearers, -scores))
    place = lists.index.places
    return [(int(place[0][b]), int(place[1][b]), float(s)) for b, s in zip(bearers[order], scores[order], strict=True)]


def _pairs(travellers: pl.DataFrame, people: People, lists: Lists, knowledge: Knowledge) -> pl.DataFrame:
    """Return person, entry, name, list_name, place, name_score, weak and documents: by name or by document."""
    settings = knowledge.config.names
    asked = people.rows.select("name", "born", "until").unique(maintain_order=True).with_row_index("query")
    queries = Queries(asked["name"].to_numpy().astype(np.int64), asked["born"].to_numpy(), asked["until"].to_numpy())
    found = search(
        people.names,
        queries,
        lists.index,
        (knowledge.tables, settings),
        floors=floors(knowledge.config),
        threads=knowledge.threads,
    )
    bearing = lists.index.name_entries[found["bearer"]].rename({"name": "list_name"})
    met = pl.concat([found.select(pl.col("query").cast(pl.UInt32), "name_score"), bearing], how="horizontal")
    named = (
        met.lazy()
        .join(asked.lazy().filter(pl.col("query").is_in(found["query"].unique().implode())), on="query")
        .join(people.rows.lazy().select("person", "name", "born", "until"), on=["name", "born", "until"])
    )
    papers = document_pairs(travellers, lists.documents)
    by_name = _best(named, knowledge).collect()
    if not papers.height:
        nothing = [pl.lit(None, dtype=papers.schema[column]).alias(column) for column in papers.columns[2:]]
        return by_name.with_columns(nothing)
    only_papers = papers.join(by_name, on=["person", "entry"], how="anti")
    by_paper = _best(_named_anyway(only_papers, people, lists, knowledge).lazy(), knowledge).collect()
    together = pl.concat([by_name, by_paper]).join(papers, on=["person", "entry"], how="full", coalesce=True)
    return together.with_columns(pl.col("name_score").fill_null(0.0), pl.col("weak").fill_null(False))


def _best(pairs: pl.LazyFrame, knowledge: Knowledge) -> pl.LazyFrame:
    """Return, for each person and entry, the name that met best (a weak a.k.a. counts less)."""
    worth = pl.col("name_score") + pl.when("weak").then(knowledge.config.evidence.weak_name).otherwise(0.0)
    return (
        pairs.with_columns(worth.alias("worth"))
        .sort("person", "entry", "worth", "place", descending=[False, False, True, False])
        .unique(["person", "entry"], keep="first", maintain_order=True)
        .select("person", "entry", "name", "list_name", "place", "name_score", "weak")
    )


def _named_anyway(papers: pl.DataFrame, people: People, lists: Lists, knowledge: Knowledge) -> pl.DataFrame:
    """Score the names of pairs that a document alone brought together, however little they agree."""
    bearing = lists.index.name_entries.rename({"name": "list_name"})
    pairs = (
        papers.select("person", "entry")
        .join(people.rows.select("person", "name"), on="person")
        .join(bearing, on="entry")
    )
    both = pairs.select("name", "list_name").cast(pl.Int64).to_numpy()
    asked, row = _only(people.names, both[:, 0])
    sides = side_of(asked, knowledge.tables), listed_side(lists.index)
    scores = name_scores(*sides, np.column_stack((row, both[:, 1])), knowledge.config.names)
    return pairs.with_columns(pl.Series("name_score", scores, dtype=pl.Float64))


def _scored(
    pairs: pl.DataFrame, asked_for: tuple[pl.DataFrame, People], lists: Lists, knowledge: Knowledge, today: date
) -> pl.DataFrame:
    """Return the pairs that are hits, with all terms."""
    evidence, bands = knowledge.config.evidence, knowledge.config.bands
    reachable = pl.col("name_score") + evidence.most_without_document() >= bands.threshold - 1e-9
    listed = lists.entries[pairs["entry"]]
    kept = pairs.select(reachable | pl.col("document_agreement").is_not_null()).to_series() & _is_valid(listed, today)
    scored = _weighed(pairs.filter(kept), listed.filter(kept), asked_for, knowledge)
    return (
        scored.lazy()
        .filter(is_hit(bands))
        .with_columns(band(bands).alias("band"))
        .sort("person", "score", "entry", descending=[False, True, False])
        .collect()
    )


def _is_valid(listed: pl.DataFrame, today: date) -> pl.Series:
    begun = listed["valid_from"].is_null() | (listed["valid_from"] <= today)
    return begun & (listed["valid_until"].is_null() | (listed["valid_until"] >= today))


def _weighed(
    pairs: pl.DataFrame, listed: pl.DataFrame, asked_for: tuple[pl.DataFrame, People], knowledge: Knowledge
) -> pl.DataFrame:
    travellers, people = asked_for
    quality = pl.when("weak").then(pl.lit("weak")).otherwise(pl.lit("strong")).alias("name_quality")
    person = pairs["person"]
    own = [people.rows.select("born", "until")[person], travellers.select("sex", "nationality")[person]]
    return weighed(pairs.with_columns(quality), pl.concat(own, how="horizontal"), listed, knowledge.config.evidence)


def against(
    travellers: pl.DataFrame, entry_id: str, lists: Lists, knowledge: Knowledge, *, today: date
) -> pl.DataFrame:
    """Return HITS of each traveller against the entries of this id, hits or not; the band of no hit is 'none'.

    Args:
        travellers: TRAVELLERS, few.
        entry_id: id of an entry, or LIST/ID.
        lists: where the entry stands.
        knowledge: how names and people are compared.
        today: entries not valid on this day are no hits.

    Raises:
        ConfigError: no list has such an entry.
    """
    entries = lists.snapshot.entries
    wanted = (pl.col("entry_id") == entry_id) | (pl.concat_str("list_id", pl.lit("/"), "entry_id") == entry_id)
    rows = entries.select(wanted.arg_true().cast(pl.UInt32).alias("entry"))
    if not rows.height:
        raise ConfigError(entry_id, "no list here has this entry", "give the entry's id, or LIST/ID")
    people = travellers_people(travellers, knowledge.tables, knowledge.config.names)
    every = people.rows.select("person").join(rows, how="cross")
    named = _best(_named_anyway(every, people, lists, knowledge).lazy(), knowledge).collect()
    both = every.join(named, on=["person", "entry"], how="left").with_columns(
        pl.col("name_score").fill_null(0.0), pl.col("weak").fill_null(False)
    )
    pairs = both.join(document_pairs(travellers, lists.documents), on=["person", "entry"], how="left")
    listed = lists.entries[pairs["entry"]]
    bands = knowledge.config.bands
    scored = _weighed(pairs, listed, (travellers, people), knowledge)
    shown = pl.when(is_hit(bands) & _is_valid(listed, today)).then(band(bands)).otherwise(pl.lit("none")).alias("band")
    scored = scored.with_columns(shown).sort("person", "score", "entry", descending=[False, True, False])
    return check(_hits(scored, travellers, (people, lists, knowledge)), HITS, "against")


def _hits(scored: pl.DataFrame, travellers: pl.DataFrame, known: tuple[People, Lists, Knowledge]) -> pl.DataFrame:
    people, lists, knowledge = known
    own = travellers.select(
        "record_id", "family_name", "given_names", "full_name", "birth_date", "sex", "nationality", "flight", "from_port", "to_port",
        "departs_at", "passenger_ref", "source", "message_ref", "position",
    )  # fmt: skip
    own = own[scored["person"]].with_columns(pl.coalesce("family_name", "full_name").alias("family_name"))
    theirs = lists.snapshot.entries.select(
        "list_id", "entry_id", "entry_hash", "owner", "purpose", "crime_types", "handling", "names"
    )[scored["entry"]]
    hits = pl.concat([scored, own.drop("full_name"), theirs], how="horizontal")
    place = pl.col("place").cast(pl.Int64)
    hits = hits.with_columns(
        pl.col("names").list.get(place, null_on_oob=True).struct.field("full").alias("matched_name"),
        pl.when(place.is_not_null())
        .then(pl.col("names").list.get(place, null_on_oob=True).struct.field("quality"))
        .alias("name_quality"),
    )
    hits = _explained(hits, people, lists, knowledge)
    ids = [
        hashlib.blake2b("\x1f".join(key).encode(), digest_size=12).hexdigest()
        for key in hits.select("record_id", "list_id", "entry_id", "entry_hash").iter_rows()
    ]
    return conform(hits.with_columns(pl.Series("hit_id", ids, dtype=pl.String)).lazy(), HITS).collect()


def _explained(hits: pl.DataFrame, people: People, lists: Lists, knowledge: Knowledge) -> pl.DataFrame:
    """Return the hits with the lines and the sentence of each; hits without names have no lines."""
    named = hits.with_row_index("hit").drop_nulls("list_name")
    pairs = named.select("name", "list_name").cast(pl.Int64).to_numpy()
    settings = knowledge.config.names
    asked, row = _only(people.names, pairs[:, 0])
    pairs = np.column_stack((row, pairs[:, 1]))
    ours, theirs = side_of(asked, knowledge.tables), listed_side(lists.index)
    spoken = said(lines(ours, theirs, pairs, settings), ours, theirs, pairs)
    made = pl.DataFrame(
        {"hit": named["hit"], "tokens": tokens(spoken, len(pairs)), "names_said": sentences(spoken, len(pairs))}
    )
    joined = hits.with_row_index("hit").join(made, on="hit", how="left", maintain_order="left")
    nothing = pl.lit([], dtype=HITS["tokens"].dtype)
    return joined.with_columns(pl.col("tokens").fill_null(nothing), sentence().alias("explanation"))


def _only(names: Names, wanted: NDArray[np.int64]) -> tuple[Names, NDArray[np.int64]]:
    """Return the names wanted, each once, and where each of `wanted` stands among them."""
    rows, back = np.unique(wanted, return_inverse=True)
    return names.taken(rows), back
