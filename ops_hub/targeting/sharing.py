"""Facts about what bookings share: one payer, one telephone or e-mail for people who do not book together.

Reach for `payer_facts()` and `contact_facts()`. A value that too many share, or one agency's bookings alone, is an
office's and says nothing about a person: it counts as 0.
"""

from __future__ import annotations

import polars as pl

OFFICE_BOOKINGS = 20  # from so many bookings on, all of one agency, a card or telephone is that agency's
TOO_MANY = 500  # persons; what more share is a carrier's or a hotel's
FEW = 50  # persons; contacts of so many are counted together, one of more by itself: pairs grow with the square
_SHORTEST = 5  # characters of a contact that can tell one person from others


def payer_facts(people: pl.LazyFrame) -> pl.LazyFrame:
    """Return, by row, how many bookings, persons, family names, and persons to the same port, one payer paid for.

    Args:
        people: what `flat` gave, with `row`, earlier ones included.
    """
    paid = _each(people, "payments").select(
        "row", "now", *_SHARED, "family", "to_port", pl.col("token").hash().alias("value"), "token"
    )
    paid = paid.filter(pl.col("token").is_not_null()).drop("token").cache()
    whole = paid.group_by("value").agg(
        *_office(), pl.col("booking").n_unique().alias("payer_bookings"), pl.col("member").n_unique().alias("payer_people"),
        pl.col("family").drop_nulls().n_unique().alias("payer_family_names"),
    )  # fmt: skip
    to_port = paid.group_by("value", "to_port").agg(pl.col("member").n_unique().alias("payer_people_same_port"))
    names = ["payer_bookings", "payer_people", "payer_family_names", "payer_people_same_port"]
    found = (
        paid.filter("now")
        .select("row", "value", "to_port")
        .join(whole, on="value")
        .join(to_port, on=["value", "to_port"], how="left", nulls_equal=True)
    )
    return found.group_by("row").agg(_unless_office(name) for name in names)


def contact_facts(people: pl.LazyFrame) -> pl.LazyFrame:
    """Return, by row, how many persons outside the booking gave the same telephone or e-mail.

    Args:
        people: what `flat` gave, with `row`, earlier ones included.
    """
    kind, value = pl.col("kind"), pl.col("value")
    digits = value.str.replace_all("[^0-9]", "").str.strip_chars_start("0")
    key = pl.when(kind == "phone").then(digits).otherwise(value.str.to_lowercase().str.strip_chars())
    told = _each(people, "contacts").filter(kind.is_in(["phone", "email"])).with_columns(key.alias("key"))
    long = told.filter(pl.col("key").str.len_bytes() >= _SHORTEST)
    given = long.select("row", "now", *_SHARED, pl.col("key").hash().alias("value")).cache()
    # most contacts are of one booking only: what is dear is done for the others
    booking = pl.coalesce("kin", "member")
    seen = given.group_by("value").agg(booking.min().alias("least"), booking.max().alias("most"))
    shared = given.join(seen.filter(pl.col("least") != pl.col("most")), on="value", how="semi").cache()
    whole = shared.group_by("value").agg(*_office(), pl.col("member").n_unique().alias("all"))
    told_of = shared.with_columns(booking.alias("place")).join(whole.filter(~pl.col("office")), on="value")
    counted = pl.concat([_union(told_of), _largest(told_of)]).group_by("row").agg(pl.col("contact_travellers").max())
    return (
        given.filter("now")
        .select("row")
        .unique()
        .join(counted, on="row", how="left")
        .with_columns(pl.col("contact_travellers").fill_null(0))
    )


def _union(told: pl.LazyFrame) -> pl.LazyFrame:
    """Return, by row, how many persons outside the booking its small contacts have together."""
    few = told.filter(pl.col("all") <= FEW).cache()
    each = few.filter("now").select("row", "place", "value").unique()
    # records of one booking with the same contacts are counted once
    sets = each.group_by("row", "place").agg(pl.col("value").bitwise_xor().alias("set"))
    values = each.join(sets.unique(["place", "set"]), on=["row", "place"])
    who = few.select("value", "member").unique()
    own = few.select("place", "member").unique()
    outside = values.join(who, on="value").join(own, on=["place", "member"], how="anti")
    sizes = outside.group_by("place", "set").agg(_persons(pl.col("member").n_unique()))
    return sets.join(sizes, on=["place", "set"]).select("row", "contact_travellers")


def _largest(told: pl.LazyFrame) -> pl.LazyFrame:
    """Return, by row, how many persons outside the booking gave the largest of its large contacts."""
    many = told.filter(pl.col("all") > FEW).cache()
    inside = many.group_by("value", "place").agg(pl.col("member").n_unique().alias("inside"))
    found = many.filter("now").select("row", "value", "place", "all").join(inside, on=["value", "place"])
    return found.group_by("row").agg(_persons((pl.col("all") - pl.col("inside")).max()))


def _persons(count: pl.Expr) -> pl.Expr:
    return count.cast(pl.Int64).alias("contact_travellers")


_SHARED = ("member", "booking", "kin", "agency")


def _each(people: pl.LazyFrame, column: str) -> pl.LazyFrame:
    needed = people.select("row", "now", *_SHARED, "family", "to_port", column).filter(pl.col(column).list.len() > 0)
    return needed.explode(column, empty_as_null=False).unnest(column)


def _office() -> list[pl.Expr]:
    one_agency = (pl.col("agency").n_unique() == 1) & (pl.col("agency").null_count() == 0)
    many = (pl.col("booking").n_unique() >= OFFICE_BOOKINGS) & one_agency
    return [(many | (pl.col("member").n_unique() > TOO_MANY)).alias("office")]


def _unless_office(name: str) -> pl.Expr:
    return pl.when("office").then(0).otherwise(pl.col(name).cast(pl.Int64)).max().alias(name)
