"""Documents of travellers against documents of lists: the exact route to a hit, whatever the names say.

Reach for `document_pairs()`. A number meets another when both, without signs, are equal or in range, and the
issuers agree as far as both are known; numbers that only look alike to a scanner or a clerk count as weaker.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl
from numpy.typing import NDArray

from ops_hub.papers import MIN_NUMBER, alike, plain, same_issuer

PAIR = {
    "person": pl.UInt32,
    "entry": pl.UInt32,
    "document_agreement": pl.String,
    "matched_document": pl.String,
}


def keyed(frame: pl.DataFrame, person: str) -> pl.DataFrame:
    """Return each document of a frame with a row index `person` as plain number and look-alike number."""
    papers = (
        frame.lazy()
        .select(person, "documents")
        .explode("documents", empty_as_null=False)
        .drop_nulls("documents")
        .unnest("documents")
        .with_columns(plain(pl.col("number")).alias("plain"))
        .filter(pl.col("plain").str.len_chars() >= MIN_NUMBER)
    )
    return papers.with_columns(alike(pl.col("plain")).alias("alike")).collect()


@dataclass(frozen=True)
class Papers:
    """Documents of entries, ready to be met: found by hash, so that a message need not look through all of them.

    Attributes:
        single: one number each, as `keyed`, by the hash of the look-alike number.
        keys: these hashes, ascending.
        ranges: numbers from `plain` to `last`, of the same length.
    """

    single: pl.DataFrame
    keys: NDArray[np.uint64]
    ranges: pl.DataFrame


def papers(listed: pl.DataFrame) -> Papers:
    """Return documents of entries, as `keyed()` gives them with the column `entry`, ready for `document_pairs`."""
    single = listed.filter(pl.col("number_to").is_null()).select("entry", "plain", "alike", "issuer")
    keys = single["alike"].hash().to_numpy()
    order = np.argsort(keys, kind="stable")
    ranges = listed.filter(pl.col("number_to").is_not_null()).select(
        "entry",
        "plain",
        plain(pl.col("number_to")).alias("last"),
        pl.col("plain").str.len_chars().alias("length"),
        "issuer",
        pl.col("issuer").alias("issuer_listed"),
    )
    return Papers(single[order], keys[order], ranges)


def document_pairs(travellers: pl.DataFrame, listed: Papers) -> pl.DataFrame:
    """Return person (row of the travellers), entry, document_agreement and matched_document; the best a pair.

    Args:
        travellers: TRAVELLERS.
        listed: documents of the entries.
    """
    if travellers["documents"].null_count() == travellers.height:
        return pl.DataFrame(schema=PAIR)
    own = keyed(travellers.with_row_index("person"), "person").select(
        "person", "plain", "alike", "issuer", "type", "number"
    )
    if not own.height:
        return pl.DataFrame(schema=PAIR)
    together = pl.concat([_by_number(own, listed), _in_range(own, listed)])
    if not together.height:
        return pl.DataFrame(schema=PAIR)
    return (
        together.lazy()
        .filter(same_issuer())
        .with_columns(
            pl.concat_str(
                pl.col("type").fill_null("P"),
                pl.col("number"),
                pl.coalesce("issuer", "issuer_listed", pl.lit("")),
                separator=":",
            ).alias("matched_document"),
            pl.col("document_agreement").replace_strict({"exact": 0, "in-range": 1, "look-alike": 2}).alias("rank"),
        )
        .sort("person", "entry", "rank", "matched_document")
        .unique(["person", "entry"], keep="first", maintain_order=True)
        .select(pl.col(name).cast(dtype) for name, dtype in PAIR.items())
        .collect()
    )


_MET = ("person", "entry", "document_agreement", "plain", "issuer", "issuer_listed", "type", "number")


def _by_number(own: pl.DataFrame, listed: Papers) -> pl.DataFrame:
    """Return numbers that are equal, or look alike."""
    hashes = own["alike"].hash().to_numpy()
    begin, end = (np.searchsorted(listed.keys, hashes, side) for side in ("left", "right"))
    counts = end - begin
    mine = np.repeat(np.arange(len(counts)), counts)
    first = np.repeat(begin - np.concatenate(([0], np.cumsum(counts[:-1]))), counts)
    theirs = listed.single[first + np.arange(len(mine))].rename(lambda column: f"{column}_listed")
    is_same = pl.col("plain") == pl.col("plain_listed")
    return (
        pl.concat([own[mine], theirs], how="horizontal")
        .lazy()
        .filter(pl.col("alike") == pl.col("alike_listed"))  # two numbers may have one hash
        .with_columns(
            pl.when(is_same).then(pl.lit("exact")).otherwise(pl.lit("look-alike")).alias("document_agreement"),
            pl.col("entry_listed").alias("entry"),
        )
        .select(_MET)
        .collect()
    )


def _in_range(own: pl.DataFrame, listed: Papers) -> pl.DataFrame:
    """Return numbers within a listed range: of one length, between its ends as text, the issuer known and equal."""
    return (
        own.lazy()
        .with_columns(pl.col("plain").str.len_chars().alias("length"))
        .join(listed.ranges.lazy(), on=["issuer", "length"], suffix="_listed_range")
        .filter(pl.col("plain").is_between(pl.col("plain_listed_range"), pl.col("last")))
        .with_columns(pl.lit("in-range").alias("document_agreement"))
        .select(_MET)
        .collect()
    )
