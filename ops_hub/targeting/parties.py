"""Facts about who travels with whom: the party of a booking, minors and their adults, listed persons in it.

Reach for `party_facts()` and `accompanied()`. Minors are children for the purposes of the Trafficking Protocol: under 18.
"""

from __future__ import annotations

import polars as pl
from polars.lazyframe.group_by import LazyGroupBy

from ops_hub.targeting.flat import ADULT

LARGEST = 20  # persons; a larger party is a school or a tour, and says little about one child and one adult
_YEAR_DAYS = 365


def party_facts(people: pl.LazyFrame, listed: pl.LazyFrame) -> pl.LazyFrame:
    """Return, by party, size, adults, minors, minors of another family name, bags a person and listed members.

    Args:
        people: what `flat` gave, those to be judged only.
        listed: record_id of those with a hit that counts.
    """
    member, age = pl.col("member"), pl.col("age")
    counted = (
        people.drop_nulls("party")
        .group_by("party")
        .agg(
            _different(member).alias("party_size"),
            _different(member.filter(age >= ADULT)).alias("party_adults"),
            _different(member.filter(age < ADULT)).alias("party_minors"),
        )
    )
    # the latest record of each that says so: pushed again, a booking has no more bags
    latest = (
        people.select("party", "member", "bags")
        .drop_nulls(["party", "bags"])
        .unique(["party", "member"], keep="last", maintain_order=True)
    )
    bags = latest.group_by("party").agg(pl.col("bags").mean().alias("bags_per_person"))
    strangers = (
        minors_with_adults(people)
        .group_by("party", "minor")
        .agg(pl.col("related").any())
        .group_by("party")
        .agg((~pl.col("related")).sum().cast(pl.Int64).alias("minors_other_family_name"))
    )
    with_hits = listed_members(people, listed).group_by("party").agg(pl.len().cast(pl.Int64).alias("party_listed"))
    return (
        counted.join(bags, on="party", how="left")
        .join(strangers, on="party", how="left")
        .join(with_hits, on="party", how="left")
        .with_columns(pl.col("minors_other_family_name", "party_listed").fill_null(0))
    )


def listed_members(people: pl.LazyFrame, listed: pl.LazyFrame) -> pl.LazyFrame:
    """Return party and member of those in parties one of whose records has a hit that counts, once each."""
    return people.join(listed, on="record_id", how="semi").select("party", "member").drop_nulls("party").unique()


def minors_with_adults(people: pl.LazyFrame) -> pl.LazyFrame:
    """Return each minor with each adult of the party: party, minor, adult (as member), at, related.

    Related is who shares a word of the family name: of two surnames, one is the same in most families that use two.
    """
    small = people.filter(
        pl.col("party").is_not_null() & ~pl.col("role").is_in(["crew", "transit-crew"]).fill_null(value=False)
    )
    words = pl.col("family").fill_null("").str.replace_all(r"[^\p{L}]+", " ").str.strip_chars().str.split(" ")
    one = small.select("party", "member", "at", "age", words.alias("words"))
    minors = one.filter(pl.col("age") < ADULT).select(
        "party", pl.col("member").alias("minor"), pl.col("words").alias("minor_words")
    )
    both = minors.join(one.filter(pl.col("age") >= ADULT), on="party").rename({"member": "adult"})
    size = pl.col("adult").n_unique().over("party") + pl.col("minor").n_unique().over("party")
    shared = pl.col("minor_words").list.set_intersection("words").list.len() > 0
    return both.filter(size <= LARGEST).select("party", "minor", "adult", "at", shared.alias("related"))


def accompanied(people: pl.LazyFrame) -> pl.LazyFrame:
    """Return, by member and at, with how many minors or adults they travelled in the year up to then.

    Args:
        people: what `flat` gave, earlier ones included.
    """
    met = minors_with_adults(people).drop_nulls("at")
    # a child whose parent is in the party is no stranger's charge
    met = met.with_columns(pl.col("related").any().over("party", "minor"))
    pairs = met.unique(["minor", "adult", "at"]).cache()
    strangers = pl.col("other").filter(~pl.col("related"))
    trips = people.select("member", "at").drop_nulls("at").unique()
    of_adults = _in_a_year(trips, pairs.rename({"adult": "member", "minor": "other"})).agg(
        _different(pl.col("other")).alias("distinct_minors_accompanied_365_days"),
        _different(strangers).alias("unrelated_minors_accompanied_365_days"),
    )
    of_minors = _in_a_year(trips, pairs.rename({"minor": "member", "adult": "other"})).agg(
        _different(pl.col("other")).alias("distinct_adults_accompanying_365_days")
    )
    # a document can have shown an adult and a minor: one row for both
    return pl.concat([of_adults, of_minors], how="diagonal").group_by("member", "at").max()


def _in_a_year(trips: pl.LazyFrame, pairs: pl.LazyFrame) -> LazyGroupBy:
    met = trips.join(pairs, on="member", suffix="_then")
    ago = pl.col("at") - pl.col("at_then")
    return met.filter((ago >= pl.duration()) & (ago <= pl.duration(days=_YEAR_DAYS))).group_by("member", "at")


def _different(expr: pl.Expr) -> pl.Expr:
    return expr.n_unique().cast(pl.Int64)
