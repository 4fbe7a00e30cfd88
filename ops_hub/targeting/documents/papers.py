"""Travellers' documents, one a row, with what the checks compare; and findings made of such rows.

Reach for `papers()` at the start of the checks and `found()` at the end of each. What is wrong with a document is
left to the checks.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

import polars as pl
from anyascii import anyascii

from ops_hub.papers import plain
from ops_hub.reference import port_country
from ops_hub.schemas import FINDINGS, conform
from ops_hub.targeting.documents.formats import DocumentRules

NEEDED = (
    "record_id", "source", "message_ref", "message_type", "position", "role", "family_name", "given_names", "full_name",
    "birth_date", "sex", "nationality", "documents", "flight", "from_port", "to_port", "departs_at", "arrives_at",
    "debark_port", "booking_ref", "passenger_ref",
)  # fmt: skip
"""Columns of TRAVELLERS that the checks use; the others need not be kept in memory for them."""
ADULT = 18  # years: younger ones may stand in the passport of a parent


def by_value(column: pl.Expr, of_one: Callable[[Any], Any], dtype: Any) -> pl.Expr:
    """Return a column of what `of_one` says of each value; each different value is asked about once."""

    def each(values: pl.Series) -> pl.Series:
        distinct = values.unique().drop_nulls()
        if not len(distinct):
            return pl.Series(values.name, [None] * len(values), dtype=dtype)
        said = pl.Series([of_one(value) for value in distinct], dtype=dtype)
        return values.replace_strict(distinct, said, default=None, return_dtype=dtype)

    return column.map_batches(each, return_dtype=dtype, is_elementwise=True)


def letters(name: pl.Expr) -> pl.Expr:
    """Return a name as capital letters A to Z and single spaces, whatever its script."""
    other = pl.when(name.str.contains(r"[^\x00-\x7F]")).then(name)
    latin = pl.coalesce(by_value(other, _ascii, pl.String()), name)
    return latin.str.to_uppercase().str.replace_all(r"['’`´]", "").str.replace_all("[^A-Z]+", " ").str.strip_chars()


def _ascii(text: str) -> str:
    return str(anyascii(text.encode("utf-8", "replace").decode()))


def papers(travellers: pl.LazyFrame) -> pl.LazyFrame:
    """Return each document of TRAVELLERS (at least the columns NEEDED) with the columns of its bearer.

    Who showed none has one row with nulls: what messages say of a traveller is compared all the same.

    Beside those: type, number (as sent), issuer, expires, issued, verified; `plain` (the number, letters and digits
    only), `paper` (type:number:issuer), `row` (of the traveller), `name` (letters A to Z), `travels_on` (day of
    departure, else of arrival).
    """
    whole = pl.concat_str("family_name", "given_names", "full_name", separator=" ", ignore_nulls=True)
    each = (
        travellers.select(NEEDED)
        .with_row_index("row")
        .with_columns(
            letters(whole).alias("name"),
            pl.coalesce("departs_at", "arrives_at").dt.date().alias("travels_on"),
        )
        .explode("documents", empty_as_null=True)
        .unnest("documents")
        .with_columns(plain(pl.col("number")).replace("", None).alias("plain"), pl.col("type").fill_null("P"))
    )
    parts = ("type", "number", pl.col("issuer").fill_null(""))
    return each.with_columns(pl.concat_str(*parts, separator=":").alias("paper"))


def destination() -> pl.Expr:
    """Return the state in which a bearer's journey ends as far as the message tells."""
    return by_value(pl.coalesce("debark_port", "to_port"), port_country, pl.String())


def day(moment: pl.Expr) -> pl.Expr:
    """Return a day as officers write it: 3 Feb 2027; nothing when it is not known."""
    return moment.dt.to_string("%-d %b %Y").fill_null("a day not given")


def told(*parts: str | pl.Expr) -> pl.Expr:
    """Return a sentence of fixed texts and columns; what is unknown is left out."""
    each = [pl.lit(part) if isinstance(part, str) else part.cast(pl.String).fill_null("") for part in parts]
    return pl.concat_str(*each)


def journey(suffix: str = "") -> pl.Expr:
    """Return flight and day, e.g. 'BW432 on 20 Nov 2026', of the columns with this suffix."""
    flight, departs = pl.col(f"flight{suffix}"), pl.col(f"departs_at{suffix}")
    dated = pl.concat_str(flight.fill_null("a journey"), pl.lit(" on "), day(departs))
    return pl.when(departs.is_null()).then(pl.coalesce(flight, pl.lit("a record without a journey"))).otherwise(dated)


def found(
    rows: pl.LazyFrame, check: str | pl.Expr, detail: pl.Expr, rules: DocumentRules, *, is_weak: pl.Expr | bool = False
) -> pl.LazyFrame:
    """Return FINDINGS of rows of `papers`, each of them one.

    Args:
        rows: of `papers`; may have `other_record_id`, `list_id`, `entry_id` and `handling` beside.
        check: name of the check.
        detail: the sentence.
        rules: say how severe it is.
        is_weak: whether an innocent reason is likely.
    """
    weak = pl.lit(is_weak) if isinstance(is_weak, bool) else is_weak.fill_null(False)
    named = pl.lit(check) if isinstance(check, str) else check
    made = rows.with_columns(
        named.alias("check"),
        weak.alias("is_weak"),
        detail.alias("detail"),
        pl.col("paper").alias("document"),
        pl.coalesce("family_name", "full_name").alias("family_name"),
    )
    severity = pl.col("check").replace_strict(dict(rules.severity), return_dtype=pl.String)
    return conform(made.with_columns(severity.alias("severity")), FINDINGS)


def numbered(findings: pl.LazyFrame) -> pl.LazyFrame:
    """Return FINDINGS with their ids, each once, in a fixed order: the most severe first."""
    parts = ("check", "record_id", "other_record_id", "document", "list_id", "entry_id")
    key = pl.concat_str(*(pl.col(part).fill_null("") for part in parts), separator="\x1f")
    rank = pl.col("severity").replace_strict({"high": 0, "medium": 1, "low": 2}, return_dtype=pl.Int8)
    return (
        findings.with_columns(by_value(key, _digest, pl.String()).alias("finding_id"))
        .unique("finding_id", keep="first", maintain_order=True)
        .sort(rank, "is_weak", "check", "record_id", "document", "finding_id", maintain_order=True)
    )


def _digest(key: str) -> str:
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=12).hexdigest()
