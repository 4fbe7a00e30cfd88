"""Travellers into the values that can link them to others: documents, bookings, contacts, payments, flights, agencies.

Reach for `ties()` where only what ties people counts, for `single()` and `several()` where each value becomes a link.
What is done with the values is left to `links`.
"""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from ops_hub.papers import plain

# What of a traveller the links are made from.
LINKED = (
    "record_id", "source", "message_ref", "family_name", "given_names", "full_name", "birth_date", "documents", "flight",
    "departs_at", "booking_ref", "carrier", "contacts", "payments", "agency",
)  # fmt: skip
CONTACTS = ["phone", "email", "address"]
SHORTEST = 5  # characters of a contact that can tell one person from others


def ties(travellers: pl.LazyFrame) -> pl.LazyFrame:
    """Return record_id, type, id and label of every value that ties people; a flight or agency alone ties nobody."""
    own = ["record_id"]
    return pl.concat([*(several(travellers, own)), _booking(travellers, own)])


def single(travellers: pl.LazyFrame, keep: Sequence[str]) -> list[pl.LazyFrame]:
    """Return what a record has at most one of: booking, flight and agency, each with the columns to keep."""
    day = pl.col("departs_at").dt.to_string("%Y-%m-%d").fill_null("")
    flight, at = pl.concat_str("flight", pl.lit("/"), day), pl.concat_str("flight", day, separator=" ")
    return [
        _booking(travellers, keep),
        _values(travellers.drop_nulls("flight"), keep, "flight", flight, at.str.strip_chars()),
        _values(travellers.drop_nulls("agency"), keep, "agency", pl.col("agency"), pl.col("agency")),
    ]


def several(travellers: pl.LazyFrame, keep: Sequence[str]) -> list[pl.LazyFrame]:
    """Return what a record may have several of: documents, contacts and payments, each with the columns to keep."""
    issuer = pl.col("issuer").fill_null("")
    shown = pl.concat_str(pl.col("type").fill_null("P"), "number", issuer, separator=" ").str.strip_chars()
    documents = _each(travellers, keep, "documents").drop_nulls("number")
    payments = _each(travellers, keep, "payments").drop_nulls("token")
    paid_with = pl.concat_str("kind", pl.col("token").str.slice(0, 6), separator=" ")
    return [
        _values(documents, keep, "document", document_key(pl.col("number"), pl.col("issuer")), shown),
        _contacts(_each(travellers, keep, "contacts"), keep),
        _values(payments, keep, "payment", pl.col("token"), paid_with),
    ]


def document_key(number: pl.Expr, issuer: pl.Expr) -> pl.Expr:
    """Return what tells a document from others: its number in capitals and digits, and its issuer, '' where not known."""
    return pl.concat_str(plain(number), pl.lit("/"), issuer.fill_null(""))


def contact_key(kind: pl.Expr, value: pl.Expr) -> pl.Expr:
    """Return what tells a contact from others: the digits of a telephone, else the text in small letters."""
    digits = value.str.replace_all("[^0-9]", "").str.strip_chars_start("0")
    text = value.str.to_lowercase().str.replace_all(r"\s+", " ").str.strip_chars()
    return pl.when(kind == "phone").then(digits).otherwise(text)


def _booking(travellers: pl.LazyFrame, keep: Sequence[str]) -> pl.LazyFrame:
    key = pl.concat_str(pl.col("carrier").fill_null(""), pl.lit("/"), "booking_ref")
    return _values(travellers.drop_nulls("booking_ref"), keep, "booking", key, pl.col("booking_ref"))


def _contacts(contacts: pl.LazyFrame, keep: Sequence[str]) -> pl.LazyFrame:
    key = contact_key(pl.col("kind"), pl.col("value"))
    told = contacts.filter(pl.col("kind").is_in(CONTACTS) & (key.str.len_chars() >= SHORTEST))
    return told.select(
        *keep,
        pl.col("kind").alias("type"),
        pl.concat_str("kind", pl.lit(":"), key).alias("id"),
        pl.col("value").alias("label"),
    )


def _each(travellers: pl.LazyFrame, keep: Sequence[str], column: str) -> pl.LazyFrame:
    """Return one row for each element of a column of lists."""
    return travellers.select(*keep, column).explode(column, empty_as_null=False).drop_nulls(column).unnest(column)


def _values(frame: pl.LazyFrame, keep: Sequence[str], kind: str, key: pl.Expr, label: pl.Expr) -> pl.LazyFrame:
    node = pl.concat_str(pl.lit(f"{kind}:"), key)
    return frame.select(*keep, pl.lit(kind).alias("type"), node.alias("id"), label.alias("label"))
