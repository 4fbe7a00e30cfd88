"""PAIRS into HITS: what the rest of the evidence adds, which pairs are hits, and the reasons in words.

Reach for `weighed_pairs()`, `hitting()` and `hits()` for each part of the lists, then `united()`. Finding pairs is left
to `pairs`; what each kind of evidence is worth, to matching.evidence.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date

import numpy as np
import polars as pl

from ops_hub.matching.compare import lines, listed_side, side_of
from ops_hub.matching.evidence import band, is_hit, weighed
from ops_hub.matching.explain import said, sentence, sentences, tokens
from ops_hub.schemas import HITS, conform
from ops_hub.screening.listed import Knowledge, Part, taken
from ops_hub.screening.pairs import Asked, only

MOST_HITS = 200_000  # made at a time: one takes about a kilobyte
_OWN = (
    "record_id", "family_name", "given_names", "full_name", "birth_date", "sex", "nationality", "flight", "from_port", "to_port",
    "departs_at", "passenger_ref", "source", "message_ref", "position",
)  # fmt: skip
_LISTED = ("list_id", "entry_id", "entry_hash", "owner", "purpose", "crime_types", "handling", "names")


def hitting(pairs: pl.DataFrame, asked: Asked, part: Part, knowledge: Knowledge, today: date) -> pl.DataFrame:
    """Return the pairs that are hits, with all terms and the band."""
    evidence, bands = knowledge.config.evidence, knowledge.config.bands
    reachable = pl.col("name_score") + evidence.most_without_document() >= bands.threshold - 1e-9
    likely = pairs.select(reachable | pl.col("document_agreement").is_not_null()).to_series()
    kept = pairs.filter(likely & is_valid(pairs["entry"], part, today))
    scored = weighed_pairs(kept, asked, part, knowledge)
    return scored.filter(is_hit(bands)).with_columns(band(bands).alias("band"))


def is_valid(entry: pl.Series, part: Part, today: date) -> pl.Series:
    """Return whether each of the entries (rows of ENTRIES) may be used on this day."""
    term = part.evidence.select("valid_from", "valid_until")[entry]
    begun = term["valid_from"].is_null() | (term["valid_from"] <= today)
    return begun & (term["valid_until"].is_null() | (term["valid_until"] >= today))


def weighed_pairs(pairs: pl.DataFrame, asked: Asked, part: Part, knowledge: Knowledge) -> pl.DataFrame:
    """Return pairs with the terms of all evidence and their sum, the score."""
    quality = pl.when("weak").then(pl.lit("weak")).otherwise(pl.lit("strong")).alias("name_quality")
    person = pairs["person"]
    own = [asked.people.rows.select("born", "until")[person], asked.travellers.select("sex", "nationality")[person]]
    listed = taken(part.evidence, pairs["entry"])
    return weighed(pairs.with_columns(quality), pl.concat(own, how="horizontal"), listed, knowledge.config.evidence)


def hits(scored: pl.DataFrame, asked: Asked, part: Part, knowledge: Knowledge) -> pl.DataFrame:
    """Return HITS in any order, and `person` (row of the travellers) beside, of pairs with terms and band."""
    own = asked.travellers.select(_OWN)[scored["person"]]
    own = own.with_columns(pl.coalesce("family_name", "full_name").alias("family_name")).drop("full_name")
    theirs = taken(part.entries.select(_LISTED), scored["entry"])
    place = pl.col("place").cast(pl.Int64)
    name = pl.col("names").list.get(place, null_on_oob=True).struct
    found = pl.concat([scored, own, theirs], how="horizontal").with_columns(
        name.field("full").alias("matched_name"),
        pl.when(place.is_not_null()).then(name.field("quality")).alias("name_quality"),
    )
    found = _explained(found, asked, part, knowledge)
    keys = found.select("record_id", "list_id", "entry_id", "entry_hash").iter_rows()
    ids = [hashlib.blake2b("\x1f".join(key).encode(), digest_size=12).hexdigest() for key in keys]
    whole = found.with_columns(pl.Series("hit_id", ids, dtype=pl.String))
    return pl.concat([whole.select("person"), conform(whole.lazy(), HITS).collect()], how="horizontal")


def _explained(found: pl.DataFrame, asked: Asked, part: Part, knowledge: Knowledge) -> pl.DataFrame:
    """Return the hits with the lines and the sentence of each; hits without names have no lines."""
    numbered = found.with_row_index("hit")
    named = numbered.drop_nulls("list_name")
    pairs = named.select("name", "list_name").cast(pl.Int64).to_numpy()
    names, row = only(asked.people.names, pairs[:, 0])
    pairs = np.column_stack((row, pairs[:, 1]))
    ours, theirs = side_of(names, knowledge.tables), listed_side(part.index)
    spoken = said(lines(ours, theirs, pairs, knowledge.config.names), ours, theirs, pairs)
    made = pl.DataFrame(
        {"hit": named["hit"], "tokens": tokens(spoken, len(pairs)), "names_said": sentences(spoken, len(pairs))}
    )
    joined = numbered.join(made, on="hit", how="left", maintain_order="left")
    nothing = pl.lit([], dtype=HITS["tokens"].dtype)
    return joined.with_columns(pl.col("tokens").fill_null(nothing), sentence().alias("explanation"))


def by_person(scored: Sequence[pl.DataFrame], most: int = MOST_HITS) -> Iterator[list[pl.DataFrame]]:
    """Yield the hits of all parts person after person, about `most` at a time; at least once, all of a person together."""
    persons = [each["person"].to_numpy() for each in scored]
    last = max((int(each.max()) for each in persons if len(each)), default=-1)
    counts = sum((np.bincount(each, minlength=last + 1) for each in persons), np.zeros(last + 1, np.int64))
    piece = np.maximum(np.cumsum(counts) - 1, 0) // most
    if not piece.any():
        yield list(scored)
        return
    for number in np.unique(piece[counts > 0]):
        yield [each.filter(piece[person] == number) for each, person in zip(scored, persons, strict=True)]


def united(found: Sequence[pl.DataFrame]) -> pl.DataFrame:
    """Return the HITS of all parts in the order of the travellers, best first, equal ones by birth date, list and entry."""
    together = pl.concat(found)
    # the score is cut to 1: of two that reach it, the better birth date stands first
    order = ["person", "score", "birth_term", "list_id", "entry_id"]
    return together.sort(order, descending=[False, True, True, False, False]).drop("person")
