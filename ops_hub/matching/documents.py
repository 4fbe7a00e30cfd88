"""Documents of travellers against documents of lists: the exact route to a hit, whatever the names say.

Reach for `document_pairs()`. A number meets another when both, without signs, are equal or in range, and the
issuers agree as far as both are known; numbers that only look alike to a scanner or a clerk count as weaker.
"""

from __future__ import annotations

import polars as pl

PAIR = {
    "person": pl.UInt32,
    "entry": pl.UInt32,
    "document_agreement": pl.String,
    "matched_document": pl.String,
}
MIN_NUMBER = 4  # letters and digits; shorter ones are seat numbers and typing errors
MIN_WITHOUT_ISSUER = 6  # where one issuer is unknown: short serial numbers repeat between states
# Look-alikes: what scanners and clerks take for each other (0/O, 1/I, 5/S, 8/B, 2/Z).
_LOOK_ALIKE = str.maketrans("OQDISBZ", "0001582")


def keyed(frame: pl.DataFrame, person: str) -> pl.DataFrame:
    """Return each document of a frame with a row index `person` as plain number and look-alike number."""
    papers = (
        frame.lazy()
        .select(person, "documents")
        .explode("documents", empty_as_null=False)
        .drop_nulls("documents")
        .unnest("documents")
        .with_columns(pl.col("number").str.to_uppercase().str.replace_all("[^A-Z0-9]", "").alias("plain"))
        .filter(pl.col("plain").str.len_chars() >= MIN_NUMBER)
    )
    return papers.with_columns(_alike(pl.col("plain")).alias("alike")).collect()


def _alike(number: pl.Expr) -> pl.Expr:
    pairs = {chr(a): chr(b) for a, b in _LOOK_ALIKE.items()}
    return number.str.replace_many(list(pairs), list(pairs.values()))


def document_pairs(travellers: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Return person (row of the travellers), entry, document_agreement and matched_document; the best a pair.

    Args:
        travellers: TRAVELLERS.
        listed: documents of the entries as `keyed()` gives them, with the column `entry`.
    """
    if not listed.height or travellers["documents"].null_count() == travellers.height:
        return pl.DataFrame(schema=PAIR)
    own = keyed(travellers.with_row_index("person"), "person").select(
        "person", "plain", "alike", "issuer", "type", "number"
    )
    if not own.height:
        return pl.DataFrame(schema=PAIR)
    single = listed.filter(pl.col("number_to").is_null())
    found = own.join(single, on="alike", suffix="_listed").with_columns(
        pl.when(pl.col("plain") == pl.col("plain_listed"))
        .then(pl.lit("exact"))
        .otherwise(pl.lit("look-alike"))
        .alias("document_agreement")
    )
    wanted = ["person", "entry", "document_agreement", "plain", "issuer", "issuer_listed", "type", "number"]
    together = pl.concat([found.select(wanted), _in_range(own, listed).select(wanted)])
    return (
        together.filter(_same_issuer())
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
    )


def _same_issuer() -> pl.Expr:
    one, other = pl.col("issuer"), pl.col("issuer_listed")
    unknown = one.is_null() | other.is_null()
    return (one == other).fill_null(False) | (unknown & (pl.col("plain").str.len_chars() >= MIN_WITHOUT_ISSUER))


def _in_range(own: pl.DataFrame, listed: pl.DataFrame) -> pl.DataFrame:
    """Return numbers within a listed range: of one length, between its ends as text, the issuer known and equal."""
    ranges = listed.filter(pl.col("number_to").is_not_null()).with_columns(
        pl.col("number_to").str.to_uppercase().str.replace_all("[^A-Z0-9]", "").alias("last"),
        pl.col("plain").str.len_chars().alias("length"),
        pl.col("issuer").alias("issuer_listed"),
    )
    return (
        own.with_columns(pl.col("plain").str.len_chars().alias("length"))
        .join(
            ranges.select("entry", "plain", "last", "length", "issuer", "issuer_listed"),
            on=["issuer", "length"],
            suffix="_listed_range",
        )
        .filter(pl.col("plain").is_between(pl.col("plain_listed_range"), pl.col("last")))
        .with_columns(pl.lit("in-range").alias("document_agreement"))
    )
