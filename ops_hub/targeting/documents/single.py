"""Checks of one document on one journey: what the document itself and the rules say against it.

Reach for `single()`. What other records say about the same document is left to `shared`.
"""

from __future__ import annotations

from datetime import date

import polars as pl

from ops_hub.reference import country
from ops_hub.targeting.documents.formats import DocumentRules
from ops_hub.targeting.documents.papers import by_value, day, destination, found, told

_PASSPORT = pl.col("type").str.starts_with("P")


def single(papers: pl.LazyFrame, rules: DocumentRules, today: date) -> list[pl.LazyFrame]:
    """Return FINDINGS of each check on single documents.

    Args:
        papers: documents of travellers.
        rules: formats, issuers and validity.
        today: the day of travel where a record has none.
    """
    return [
        _check_digits(papers, rules),
        _formats(papers, rules),
        _unknown_issuers(papers, rules),
        _ended_issuers(papers, rules, today),
        _expired(papers, rules, today),
        _short(papers, rules),
    ]


def _check_digits(papers: pl.LazyFrame, rules: DocumentRules) -> pl.LazyFrame:
    """Report what the reader of the zone found wrong, and what a carrier says was not verified (which is less)."""
    is_read = pl.col("message_type") == "mrz"
    wrong = told("A check digit of document ", pl.col("paper"), " is wrong: misread, or altered; look at the document itself.")  # fmt: skip
    unverified = told("The carrier sent document ", pl.col("paper"), " as not verified by machine; look at it.")
    detail = pl.when(is_read).then(wrong).otherwise(unverified)
    return found(papers.filter(pl.col("verified").not_()), "check-digit", detail, rules, is_weak=~is_read)


def _formats(papers: pl.LazyFrame, rules: DocumentRules) -> pl.LazyFrame:
    """Compare numbers with the formats of their issuer and type; kinds without a format are passed over."""
    known = papers.join(rules.formats.lazy(), on=["issuer", "type"], how="inner")
    wrong = known.filter(~pl.col("plain").str.contains(pl.col("numbers")))
    detail = told("Number ", pl.col("number"), " is not of a form that ", pl.col("issuer"), " gives to its documents of type ", pl.col("type"), ": mistyped, or not what it seems.")  # fmt: skip
    return found(wrong, "number-format", detail, rules, is_weak=True)


def _unknown_issuers(papers: pl.LazyFrame, rules: DocumentRules) -> pl.LazyFrame:
    known, ended = set(rules.also), set(rules.ended["issuer"])

    def is_unknown(code: str) -> bool:
        return code in rules.specimen or not (code in known or code in ended or country(code))

    rows = papers.filter(by_value(pl.col("issuer"), is_unknown, pl.Boolean()))
    specimen = pl.col("issuer").is_in(rules.specimen)
    why = pl.when(specimen).then(pl.lit(" stands in specimens only")).otherwise(pl.lit(" issues no documents: there is no such state or body"))  # fmt: skip
    detail = told("Document ", pl.col("paper"), " cannot be genuine as sent: ", pl.col("issuer"), why, ".")
    return found(rows, "issuer-unknown", detail, rules, is_weak=~specimen & (pl.col("issuer").str.len_chars() != 3))


def _ended_issuers(papers: pl.LazyFrame, rules: DocumentRules, today: date) -> pl.LazyFrame:
    at = pl.col("travels_on").fill_null(today)
    rows = papers.join(
        rules.ended.lazy().rename({"source": "said_by", "name": "issuer_name"}), on="issuer", how="inner"
    ).with_columns(
        (pl.col("issued") > pl.col("last_issued")).fill_null(False).alias("late"),
        (at > pl.col("last_valid")).alias("over"),
    )
    issued = told(" and this one was issued on ", day(pl.col("issued")), ".")
    over = told("; the last were accepted until ", day(pl.col("last_valid")), ".")
    rest = pl.when("late").then(issued).otherwise(over)
    detail = told("Document ", pl.col("paper"), ": ", pl.col("issuer_name"), " has issued none since ", day(pl.col("last_issued")), rest)  # fmt: skip
    return found(rows.filter(pl.col("late") | pl.col("over")), "issuer-ended", detail, rules)


def _expired(papers: pl.LazyFrame, rules: DocumentRules, today: date) -> pl.LazyFrame:
    """Compare the last day of validity with the day of travel; a visa may have been used up on an earlier journey."""
    at = pl.col("travels_on").fill_null(today)
    rows = papers.filter(pl.col("expires") < at).with_columns(destination().alias("to_state"))
    home = (pl.col("to_state") == pl.col("issuer")).fill_null(False)
    reason = pl.when(home).then(pl.lit(" (the state that it is used to return to may accept it)")).otherwise(pl.lit(""))
    detail = told("Document ", pl.col("paper"), " expired on ", day(pl.col("expires")), ", before travel on ", day(at), reason, ".")  # fmt: skip
    return found(rows, "expired", detail, rules, is_weak=home | (pl.col("type") == "V"))


def _short(papers: pl.LazyFrame, rules: DocumentRules) -> pl.LazyFrame:
    """Compare a passport's validity with what its destination asks; crew and passengers in transit are not asked."""
    asked = pl.col("role").is_null() | (pl.col("role") == "passenger")
    arrives = pl.coalesce("arrives_at", "departs_at").dt.date()
    rows = (
        papers.filter(asked & _PASSPORT & pl.col("expires").is_not_null() & pl.col("travels_on").is_not_null())
        .with_columns(destination().alias("destination"), arrives.alias("arrives_on"))
        .join(rules.validity.lazy(), on="destination", how="inner")
        .filter(~pl.col("issuer").is_in(pl.col("spared")).fill_null(False))
        .with_columns(pl.col("arrives_on").dt.offset_by(pl.format("{}mo", "months")).alias("least"))
        .filter((pl.col("expires") >= pl.col("travels_on")) & (pl.col("expires") < pl.col("least")))
    )
    detail = told("Document ", pl.col("paper"), " expires on ", day(pl.col("expires")), "; ", pl.col("destination"), " asks for ", pl.col("months"), " months after arrival, until ", day(pl.col("least")), ".")  # fmt: skip
    return found(rows, "short-validity", detail, rules)
