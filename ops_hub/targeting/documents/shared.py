"""Checks of one document in several records: whose it is, and whether the records agree about its bearer.

Reach for `shared()`. Records are compared with a few of the same document, never each with each: a number that
ten thousand records bear (a placeholder) costs ten thousand comparisons or so.
"""

from __future__ import annotations

import polars as pl

from ops_hub.papers import MIN_NUMBER, MIN_WITHOUT_ISSUER
from ops_hub.targeting.documents.formats import DocumentRules
from ops_hub.targeting.documents.names import NAME, Likeness, differing
from ops_hub.targeting.documents.papers import ADULT, found, journey, told

COMPARED = 8  # different bearers of a document with whom the later ones are compared
_BEARER = ("name", "birth_date")
_SAID = ("record_id", "row", "source", "message_ref", "message_type", "name", *NAME, "birth_date", "sex", "nationality", "issuer", "flight", "departs_at")  # fmt: skip


def shared(papers: pl.LazyFrame, likeness: Likeness, rules: DocumentRules) -> list[pl.LazyFrame]:
    """Return FINDINGS of each check on documents that several records bear.

    Args:
        papers: documents of travellers.
        likeness: scores names.
        rules: how names are compared.
    """
    return [_bearers(papers, likeness, rules), *_disagreeing(papers, likeness, rules)]


def is_keyed() -> pl.Expr:
    """Return whether a document can be told from others by number and issuer."""
    long = pl.col("plain").str.len_chars()
    return (long >= MIN_WITHOUT_ISSUER) | ((long >= MIN_NUMBER) & pl.col("issuer").is_not_null())


def births_differ() -> pl.Expr:
    """Return whether two dates of birth contradict each other as far as both are precise."""
    one, other = pl.col("birth_date"), pl.col("birth_date_other")
    return ~(one.str.starts_with(other) | other.str.starts_with(one)).fill_null(True)


def births_misread() -> pl.Expr:
    """Return whether two dates of birth differ as a clerk's slip makes them: day and month exchanged, or one digit."""
    one, other = pl.col("birth_date"), pl.col("birth_date_other")
    exchanged = pl.concat_str(one.str.slice(0, 5), one.str.slice(8, 2), pl.lit("-"), one.str.slice(5, 2)) == other
    digits = [(one.str.slice(k, 1) != other.str.slice(k, 1)).cast(pl.Int8) for k in range(10)]
    return exchanged | (pl.sum_horizontal(digits) == 1)


def _bearers(papers: pl.LazyFrame, likeness: Likeness, rules: DocumentRules) -> pl.LazyFrame:
    """Compare the bearers of each document: two names, two dates of birth, or two people altogether."""
    key = ["plain", "issuer"]
    known = papers.filter(is_keyed())
    several = known.group_by(key).agg(pl.struct(_BEARER).n_unique().alias("n")).filter(pl.col("n") > 1)
    borne = known.join(several, on=key, how="semi", nulls_equal=True)
    # Who bears it, each once, in the order of the records
    bearers = (
        borne.sort("row")
        .unique([*key, *_BEARER], keep="first", maintain_order=True)
        .with_columns(pl.int_range(pl.len()).over(key).alias("place"))
    )
    others = bearers.filter(pl.col("place") < COMPARED).select("plain", "place", *_SAID)
    pairs = (
        bearers.join(others, on=key, how="inner", suffix="_other", nulls_equal=True)
        .filter(pl.col("place_other") < pl.col("place"))
        .with_columns(births_differ().alias("births"))
    )
    judged = differing(pairs, likeness, rules).filter(pl.col("births") | pl.col("names").is_not_null())
    first = judged.sort(
        "row", "plain", "issuer", "names", "place_other", descending=[False, False, False, True, False], nulls_last=True
    ).unique(["row", *key], keep="first", maintain_order=True)
    two = pl.col("names").is_not_null()
    check = (
        pl.when(two & pl.col("births"))
        .then(pl.lit("two-bearers"))
        .when(two)
        .then(pl.lit("two-names"))
        .otherwise(pl.lit("two-births"))
    )
    what = (
        pl.when(two & pl.col("births"))
        .then(pl.lit("another name and date of birth"))
        .when(two)
        .then(pl.lit("another name"))
        .otherwise(pl.lit("another date of birth"))
    )
    child, slip = _is_child() & (two & pl.col("births")), ~two & births_misread()
    why = (
        pl.when(child)
        .then(pl.lit(" (a child may stand in a parent's passport)"))
        .when(slip)
        .then(pl.lit(" (it may be a clerk's slip)"))
        .otherwise(pl.lit(""))
    )
    detail = told("Document ", pl.col("paper"), " is shown here for ", _person(""), "; on ", journey("_other"), " it bore ", what, ": ", _person("_other"), why, ".")  # fmt: skip
    weak = child | slip | (pl.col("names") == "partly").fill_null(False)
    named = first.with_columns(pl.col("record_id_other").alias("other_record_id"))
    return found(named, check, detail, rules, is_weak=weak)


def _person(suffix: str) -> pl.Expr:
    family, given, full = (pl.col(f"{part}{suffix}") for part in NAME)
    name = pl.coalesce(pl.concat_str(family, given, separator=", "), family, given, full, pl.lit("no name"))
    return pl.concat_str(name, pl.lit(", born "), pl.col(f"birth_date{suffix}").fill_null("on a day not given"))


def _is_child() -> pl.Expr:
    """Return whether exactly one of two bearers was a child when travelling."""
    ages = [
        pl.col(f"departs_at{end}").dt.year() - pl.col(f"birth_date{end}").str.slice(0, 4).cast(pl.Int32, strict=False)
        for end in ("", "_other")
    ]
    return ((ages[0] < ADULT) ^ (ages[1] < ADULT)).fill_null(False)


def _disagreeing(papers: pl.LazyFrame, likeness: Likeness, rules: DocumentRules) -> list[pl.LazyFrame]:
    """Compare what different messages say of one traveller: sex, nationality, and the issuer of one number.

    One traveller: the same document, or the same reference (of the passenger or the booking) on the same flight and
    date of birth; and no name or date of birth that says otherwise.
    """
    on = pl.col("departs_at").dt.date().cast(pl.String)
    same_paper = pl.when(is_keyed()).then(pl.concat_str("plain", pl.col("issuer").fill_null(""), separator="|"))
    by_ref = [
        pl.concat_str(pl.lit(ref), ref, "flight", on, "birth_date", separator="|")
        for ref in ("passenger_ref", "booking_ref")
    ]
    long = pl.col("plain").str.len_chars() >= MIN_WITHOUT_ISSUER
    same_number = pl.when(long).then(
        pl.concat_str("plain", pl.col("type").str.slice(0, 1), "birth_date", separator="|")
    )
    traveller = [same_paper, *by_ref]
    return [
        _differing("sex", papers.filter(pl.col("sex").is_in(["M", "F"])), traveller, (likeness, rules)),
        _differing("nationality", papers, traveller, (likeness, rules)),
        _differing("issuer", papers, [same_number], (likeness, rules)),
    ]


def _differing(
    what: str, papers: pl.LazyFrame, keys: list[pl.Expr], known: tuple[Likeness, DocumentRules]
) -> pl.LazyFrame:
    """Return records of which an earlier one with the same key, in another message, says something else."""
    likeness, rules = known
    told_of = papers.filter(pl.col(what).is_not_null())
    pairs = []
    for key in keys:
        keyed = told_of.with_columns(key.alias("key")).drop_nulls("key")
        split = keyed.group_by("key").agg(pl.col(what).n_unique().alias("n")).filter(pl.col("n") > 1)
        mixed = keyed.join(split, on="key", how="semi").sort("row")
        first = mixed.select("key", *_SAID).unique("key", keep="first", maintain_order=True)
        pairs.append(
            mixed.join(first, on="key", how="inner", suffix="_other").filter(
                pl.col(what) != pl.col(f"{what}_other"), _other_message(), ~births_differ()
            )
        )
    judged = differing(pl.concat(pairs), likeness, rules).filter(pl.col("names").is_null())
    each = judged.sort("row", "paper", "row_other").unique("row", keep="first", maintain_order=True)
    noun = {"sex": "sex", "nationality": "nationality", "issuer": "issuer of number "}[what]
    number = pl.col("number") if what == "issuer" else pl.lit("")
    shown = pl.concat_str(pl.lit("; document "), "paper").fill_null("")
    kind, other = (pl.col(f"message_type{end}").fill_null("message") for end in ("", "_other"))
    detail = told("Two messages disagree about this traveller's ", noun, number, ": ", pl.col(what), " here (", kind, "), ", pl.col(f"{what}_other"), " in the ", other, " of ", journey("_other"), shown, ".")  # fmt: skip
    named = each.with_columns(pl.col("record_id_other").alias("other_record_id"))
    return found(named, f"{what}-disagrees", detail, rules)


def _other_message() -> pl.Expr:
    """Return whether two records came in two messages (or rows, in a table that has none)."""
    same = [pl.col(name).eq_missing(pl.col(f"{name}_other")) for name in ("source", "message_ref", "message_type")]
    return ~pl.all_horizontal(same) | pl.col("message_ref").is_null()
