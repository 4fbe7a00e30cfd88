"""Travellers' documents against lost, stolen, revoked and stolen-blank ones of the lists.

Reach for `listed()`. Numbers meet as they are, or as what scanners and clerks take them for (weaker). That a listed
person's own document was seen is a hit of screening, and no finding.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ops_hub.papers import MIN_NUMBER, alike, plain, same_issuer
from ops_hub.targeting.documents.formats import DocumentRules
from ops_hub.targeting.documents.papers import found, told


def listed(papers: pl.LazyFrame, entries: pl.LazyFrame, rules: DocumentRules, today: date) -> list[pl.LazyFrame]:
    """Return FINDINGS of documents that a list names.

    Args:
        papers: documents of travellers.
        entries: ENTRIES; those not valid today are passed over.
        rules: say how severe it is.
        today: the day of the check.
    """
    begun = pl.col("valid_from").is_null() | (pl.col("valid_from") <= today)
    valid = begun & (pl.col("valid_until").is_null() | (pl.col("valid_until") >= today))
    theirs = (
        entries.filter(valid)
        .select("list_id", "entry_id", "handling", "kind", "owner", "documents")
        .explode("documents", empty_as_null=False)
        .drop_nulls("documents")
        .unnest("documents")
        .filter(pl.col("status").is_not_null() | (pl.col("kind") == "document"))
        .select(
            "list_id", "entry_id", "handling", "owner", "status", pl.col("issuer").alias("issuer_listed"),
            pl.col("number").alias("number_listed"), "number_to", plain(pl.col("number")).alias("plain_listed"),
            plain(pl.col("number_to")).alias("last"),
        )
        .with_columns(alike(pl.col("plain_listed")).alias("alike"))
    )  # fmt: skip
    ours = papers.filter(pl.col("plain").str.len_chars() >= MIN_NUMBER).with_columns(
        alike(pl.col("plain")).alias("alike")
    )
    met = pl.concat([_single(ours, theirs), _ranges(ours, theirs)], how="diagonal")
    best = met.sort("row", "is_alike", maintain_order=True).unique(["row", "plain", "list_id", "entry_id"], keep="first", maintain_order=True)  # fmt: skip
    status = pl.col("status").fill_null("listed").str.replace("stolen-blank", "a stolen blank", literal=True)
    range_ = pl.concat_str("number_listed", pl.lit(" to "), "number_to")
    what = pl.coalesce(range_, "number_listed")
    sure = told("Document ", pl.col("paper"), " is reported ", status, " by ", pl.col("owner"), " (", pl.col("list_id"), "/", pl.col("entry_id"), ": ", what, ").")  # fmt: skip
    weak = told("Document ", pl.col("paper"), " looks like ", what, ", reported ", status, " by ", pl.col("owner"), " (", pl.col("list_id"), "/", pl.col("entry_id"), "): compare the letters and digits on the document.")  # fmt: skip
    detail = pl.when("is_alike").then(weak).otherwise(sure)
    return [found(best, "listed-document", detail, rules, is_weak=pl.col("is_alike"))]


def _single(ours: pl.LazyFrame, theirs: pl.LazyFrame) -> pl.LazyFrame:
    one = theirs.filter(pl.col("last").is_null())
    return (
        ours.join(one, on="alike", how="inner")
        .filter(same_issuer())
        .with_columns((pl.col("plain") != pl.col("plain_listed")).alias("is_alike"))
    )


def _ranges(ours: pl.LazyFrame, theirs: pl.LazyFrame) -> pl.LazyFrame:
    """Find numbers between the ends of a range: of one length, its letters in front the same, the issuer known and equal."""
    ranges = theirs.filter(pl.col("last").is_not_null()).with_columns(
        alike(pl.col("last")).alias("last_alike"), pl.col("last").str.len_chars().alias("length")
    )
    kept = ranges.rename({"alike": "first_alike", "issuer_listed": "issuer"}).filter(
        pl.col("plain_listed").str.len_chars() == pl.col("length")
    )
    between = pl.col("plain").is_between(pl.col("plain_listed"), pl.col("last"))
    # Letters that stand for digits keep the order only where both ends have the same letters in front
    front = pl.col("plain_listed").str.extract("^([A-Z]*)", 1) == pl.col("last").str.extract("^([A-Z]*)", 1)
    seems = pl.col("alike").is_between(pl.col("first_alike"), pl.col("last_alike")) & front
    return (
        ours.with_columns(pl.col("plain").str.len_chars().alias("length"))
        .join(kept, on=["issuer", "length"], how="inner")
        .filter(between | seems)
        .with_columns((~between).alias("is_alike"))
    )
