"""Travellers and hits into LINKS: who holds, booked, paid, phoned and travelled what, and which hit met whom.

Reach for `links()` after screening. It takes in everyone with a hit, and everyone who shares a document,
booking, contact or payment with one of them; values that very many share tie nobody. Columnar throughout.
"""

from __future__ import annotations

import polars as pl

from ops_hub.schemas import HITS, LINKS, check, conform, empty

# What of a traveller the links are made from.
LINKED = (
    "record_id", "source", "message_ref", "family_name", "given_names", "full_name", "birth_date", "documents", "flight",
    "departs_at", "booking_ref", "carrier", "contacts", "payments", "agency",
)  # fmt: skip
MANY = 50  # travellers sharing one value: an agency's telephone rather than a tie between people
_TYING = ("document", "booking", "phone", "email", "address", "payment")  # a flight alone ties nobody


def links(travellers: pl.LazyFrame | pl.DataFrame, hits: pl.DataFrame) -> pl.DataFrame:
    """Return LINKS around the hits.

    Args:
        travellers: TRAVELLERS, at least the columns LINKED.
        hits: HITS.
    """
    check(hits, HITS, "links")
    if not hits.height:
        return empty(LINKS)
    everyone = travellers.lazy()
    hit_ids = hits.lazy().select("record_id").unique()
    is_tie = pl.col("type").is_in(_TYING)
    around = _values(everyone.join(hit_ids, on="record_id", how="semi")).filter(is_tie).select("id").unique().collect()
    # the one look at everybody: who shares a value with them
    shared = (
        _values(everyone).filter(is_tie).join(around.lazy(), on="id", how="semi").select("record_id", "id").collect()
    )
    busy = shared.group_by("id").agg(pl.col("record_id").n_unique().alias("n")).filter(pl.col("n") > MANY)
    pulled = shared.join(busy, on="id", how="anti").select("record_id")
    wanted = pl.concat([hit_ids.collect(), pulled]).unique().lazy()
    theirs = everyone.join(wanted, on="record_id", how="semi").collect()
    own, people = _values(theirs.lazy()).unique().collect(), _people(theirs.lazy()).collect()
    made = [_to_values(own, people), _to_entries(hits, people), _same_person(own, people)]
    return check(pl.concat(made).unique().sort("link", "from_id", "to_id", "record_id"), LINKS, "links")


def _values(travellers: pl.LazyFrame) -> pl.LazyFrame:
    """Return record_id, type, id and label of every value that can link a traveller to others."""
    base = travellers.select(LINKED)
    documents = (
        base.select("record_id", "documents")
        .explode("documents", empty_as_null=False)
        .drop_nulls("documents")
        .unnest("documents")
    )
    number = pl.col("number").str.to_uppercase().str.replace_all("[^A-Z0-9]", "")
    contacts = (
        base.select("record_id", "contacts")
        .explode("contacts", empty_as_null=False)
        .drop_nulls("contacts")
        .unnest("contacts")
    )
    digits, plain = (
        pl.col("value").str.replace_all("[^0-9]", ""),
        pl.col("value").str.to_lowercase().str.replace_all(r"\s+", " "),
    )
    key = pl.when(pl.col("kind") == "phone").then(digits.str.strip_chars_start("0")).otherwise(plain.str.strip_chars())
    payments = (
        base.select("record_id", "payments")
        .explode("payments", empty_as_null=False)
        .drop_nulls("payments")
        .unnest("payments")
    )
    day = pl.col("departs_at").dt.to_string("%Y-%m-%d").fill_null("")
    return pl.concat(
        [
            documents.drop_nulls("number").select(
                *_value(
                    "document",
                    pl.concat_str(number, pl.lit("/"), pl.col("issuer").fill_null("")),
                    pl.concat_str(
                        pl.col("type").fill_null("P"), "number", pl.col("issuer").fill_null(""), separator=" "
                    ).str.strip_chars(),
                )
            ),
            base.drop_nulls("booking_ref").select(
                *_value(
                    "booking",
                    pl.concat_str(pl.col("carrier").fill_null(""), pl.lit("/"), "booking_ref"),
                    pl.col("booking_ref"),
                )
            ),
            base.drop_nulls("flight").select(
                *_value(
                    "flight",
                    pl.concat_str("flight", pl.lit("/"), day),
                    pl.concat_str("flight", day, separator=" ").str.strip_chars(),
                )
            ),
            contacts.filter(pl.col("kind").is_in(["phone", "email", "address"]) & (key.str.len_chars() >= 5)).select(
                "record_id",
                pl.col("kind").alias("type"),
                pl.concat_str("kind", pl.lit(":"), key).alias("id"),
                pl.col("value").alias("label"),
            ),
            payments.drop_nulls("token").select(
                *_value(
                    "payment",
                    pl.col("token"),
                    pl.concat_str("kind", pl.col("token").str.slice(0, 6), separator=" "),
                )
            ),
            base.drop_nulls("agency").select(*_value("agency", pl.col("agency"), pl.col("agency"))),
        ]
    )


def _value(kind: str, key: pl.Expr, label: pl.Expr) -> list[pl.Expr | str]:
    return [
        "record_id",
        pl.lit(kind).alias("type"),
        pl.concat_str(pl.lit(f"{kind}:"), key).alias("id"),
        label.alias("label"),
    ]


def _people(travellers: pl.LazyFrame) -> pl.LazyFrame:
    """Return record_id with its node and what its links cite."""
    name = pl.coalesce("full_name", pl.concat_str("family_name", "given_names", separator=", ", ignore_nulls=True))
    return travellers.select(
        "record_id",
        pl.concat_str(pl.lit("passenger:"), "record_id").alias("from_id"),
        pl.when(name.str.len_chars() > 0).then(name).otherwise(pl.lit("(no name)")).alias("from_label"),
        "source",
        "message_ref",
        pl.col("departs_at").alias("at"),
        pl.concat_str(name.str.to_uppercase(), pl.lit("/"), pl.col("birth_date")).alias("person"),
    ).unique("record_id", maintain_order=True)


_LINK_NAMES = {
    "document": "holds",
    "booking": "booked",
    "flight": "travels",
    "phone": "contact",
    "email": "contact",
    "address": "contact",
    "payment": "paid",
    "agency": "booked through",
}


def _to_values(own: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    made = own.join(people, on="record_id").select(
        "from_id",
        pl.lit("passenger").alias("from_type"),
        "from_label",
        pl.col("id").alias("to_id"),
        pl.col("type").alias("to_type"),
        pl.col("label").alias("to_label"),
        pl.col("type").replace_strict(_LINK_NAMES).alias("link"),
        pl.lit(None, dtype=pl.String).alias("label"),
        "record_id",
        "source",
        "message_ref",
        "at",
    )
    # one value is one node: of its several spellings the first in order is its label
    made = made.with_columns(pl.col("to_label").min().over("to_id"))
    return conform(made.lazy(), LINKS).collect()


def _to_entries(hits: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    protected = pl.col("handling") == "protect"
    named = pl.coalesce("matched_name", pl.concat_str(pl.lit("document "), "matched_document"), "entry_id")
    made = hits.join(people.select("record_id", "from_id", "from_label", "at"), on="record_id").select(
        "from_id",
        pl.lit("passenger").alias("from_type"),
        "from_label",
        pl.concat_str(pl.lit("entry:"), "list_id", pl.lit("/"), "entry_id").alias("to_id"),
        pl.when(protected).then(pl.lit("protected person")).otherwise(pl.lit("entry")).alias("to_type"),
        pl.concat_str(named, pl.lit(" ["), "list_id", pl.lit("]")).alias("to_label"),
        pl.lit("hit").alias("link"),
        pl.concat_str(
            "band", pl.lit(" "), (pl.col("score") * 100).round(0).cast(pl.Int64).cast(pl.String), pl.lit("%")
        ).alias("label"),
        "band",
        "handling",
        "record_id",
        "source",
        "message_ref",
        "at",
    )
    return conform(made.with_columns(pl.col("to_label").min().over("to_id")).lazy(), LINKS).collect()


def _same_person(own: pl.DataFrame, people: pl.DataFrame) -> pl.DataFrame:
    """Tie records of one bearer: by the same document, or the same name and birth date; tied, never merged."""
    papers = own.filter(pl.col("type") == "document").select(
        "record_id", pl.col("id").alias("key"), pl.lit("same document").alias("label")
    )
    names = people.drop_nulls("person").select(
        "record_id", pl.col("person").alias("key"), pl.lit("same name and birth date").alias("label")
    )
    both = pl.concat([papers, names]).sort("key", "record_id")
    pairs = both.with_columns(pl.col("record_id").shift(-1).over("key", "label").alias("other")).drop_nulls("other")
    right = people.select(
        pl.col("record_id").alias("other"),
        pl.col("from_id").alias("to_id"),
        pl.col("from_label").alias("to_label"),
    )
    made = (
        pairs.join(people, on="record_id")
        .join(right, on="other")
        .select(
            "from_id",
            pl.lit("passenger").alias("from_type"),
            "from_label",
            "to_id",
            pl.lit("passenger").alias("to_type"),
            "to_label",
            pl.lit("perhaps same person").alias("link"),
            "label",
            "record_id",
            "source",
            "message_ref",
            "at",
        )
    )
    return conform(made.lazy(), LINKS).collect()
